"""The data folder: one place for data, settings and logs."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class DataHome:
    """Paths inside one data folder. Nothing is made here; who writes makes the folder.

    Attributes:
        root: the folder itself.
    """

    root: Path

    @property
    def database(self) -> Path:
        """The database file; the only one here whose name ends in .db or .sqlite*."""
        return self.root / "faceaccess.sqlite3"

    @property
    def settings_file(self) -> Path:
        """The program's settings, JSON."""
        return self.root / "settings.json"

    @property
    def backups(self) -> Path:
        """Folder of copies of the database made before a migration."""
        return self.root / "backups"

    @property
    def logs(self) -> Path:
        """Folder of rotating logs."""
        return self.root / "logs"

    @property
    def picture_models(self) -> Path:
        """Folder of the models that the window trains on pictures, and of their checkpoints."""
        return self.root / "picture-models"

    @property
    def trusted_weights(self) -> Path:
        """Weights files that the user trusted, by SHA-256; TOML."""
        return self.root / "trusted-weights.toml"

    @property
    def brought_models(self) -> Path:
        """Folder of the embedders that the user brought, and of the list of them."""
        return self.root / "embedders"

    @property
    def stations(self) -> Path:
        """Folder of what doors keep while they run: holds, sockets, and cards with their tokens."""
        return self.root / "stations"

    @property
    def number_key(self) -> Path:
        """Secret key of the hash that keeps staff numbers unique."""
        return self.root / "number.key"
