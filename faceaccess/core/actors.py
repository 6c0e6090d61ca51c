"""Who asks for something, and by which way in."""

from dataclasses import dataclass
from typing import Literal

Way = Literal["command line", "window", "demo", "station", "screen", "test"]


@dataclass(frozen=True)
class Actor:
    """The one on whose behalf a use case runs.

    Attributes:
        name: the account or operating-system user.
        way: which way in was taken.
    """

    name: str
    way: Way

    @property
    def signature(self) -> str:
        """Who it was and how, as records keep it: "Ana (window)"."""
        return f"{self.name} ({self.way})"
