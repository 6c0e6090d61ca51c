"""Checks of what the product needs, each quick, none raising."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from faceaccess.core.errors import BugError
from faceaccess.core.home import DataHome
from faceaccess.core.settings import Settings
from faceaccess.pipeline.results import Check

if TYPE_CHECKING:
    from faceaccess.store.protocol import Store


class Doctor:
    """Looks at camera, weights, data folder, database, head and display.

    Args:
        home: the data folder.
        settings: gives the settings in force.
        store: opens the store.
    """

    def __init__(
        self, home: DataHome, settings: Callable[[], Settings], store: "Callable[[], Store]"
    ) -> None:
        self._home, self._settings, self._store = home, settings, store

    def run(self) -> tuple[Check, ...]:
        """Return every check in a fixed order."""
        raise BugError("not built yet")
