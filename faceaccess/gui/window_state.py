"""What the window remembers between two runs: size, place, splitters, columns, filters."""

from collections.abc import Mapping

from PySide6.QtCore import QByteArray, QSettings
from PySide6.QtWidgets import QMainWindow

from faceaccess.core.home import DataHome

FILE_NAME = "window.ini"


class WindowState:
    """An ini file in the data folder; lost or damaged, it only means the usual size.

    Args:
        home: the data folder.
    """

    def __init__(self, home: DataHome) -> None:
        self._ini = QSettings(str(home.root / FILE_NAME), QSettings.Format.IniFormat)

    def restore_geometry(self, window: QMainWindow) -> bool:
        """Give the window its former size and position; whether there was one."""
        stored = self._ini.value("window/geometry")
        return isinstance(stored, QByteArray) and window.restoreGeometry(stored)

    @property
    def place(self) -> str:
        """The place that was shown last, or ""."""
        return str(self._ini.value("window/place", ""))

    def of_place(self, name: str) -> dict[str, str]:
        """Return what a place's view remembered."""
        self._ini.beginGroup(f"place-{name}")
        values = {key: str(self._ini.value(key)) for key in self._ini.childKeys()}
        self._ini.endGroup()
        return values

    def save(self, window: QMainWindow, place: str, views: Mapping[str, Mapping[str, str]]) -> None:
        """Write all; views that were never shown keep what they had."""
        self._ini.setValue("window/geometry", window.saveGeometry())
        self._ini.setValue("window/place", place)
        for name, values in views.items():
            for key, value in values.items():
                self._ini.setValue(f"place-{name}/{key}", value)
        self._ini.sync()
