"""The networks that the product knows, and trusting a weights file."""

from collections.abc import Callable
from pathlib import Path

from faceaccess.core.actors import Actor
from faceaccess.core.errors import BugError
from faceaccess.core.home import DataHome
from faceaccess.core.settings import Settings
from faceaccess.pipeline.results import ModelInfo


class Models:
    """Lists and trusts weights.

    Args:
        home: the data folder.
        settings: gives the settings in force.
    """

    def __init__(self, home: DataHome, settings: Callable[[], Settings]) -> None:
        self._home, self._settings = home, settings

    def list(self) -> tuple[ModelInfo, ...]:
        """Return every network that the product knows."""
        raise BugError("not built yet")

    def trust(self, actor: Actor, file: Path, name: str | None = None) -> ModelInfo:
        """Trust a weights file by its SHA-256 from now on.

        Args:
            actor: who trusts it.
            file: the weights file.
            name: the network that it belongs to, or None to tell it from the file's name.

        Raises:
            KnownError: if the file cannot be read or no network of the product takes it.
        """
        raise BugError("not built yet")
