"""The one QApplication of the process, how signals end it, and who uses it."""

import getpass
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from PySide6.QtCore import QTimer
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication

from faceaccess.core.errors import BugError
from faceaccess.core.resources import resource_folder

_SIGNAL_MS = 250
"""How often Python looks for Ctrl+C while Qt's loop runs."""


def application() -> QApplication:
    """Return the one QApplication, made if there is none.

    Raises:
        BugError: if there is one without windows.
    """
    present = QApplication.instance()
    if present is None:
        made = QApplication(["faceaccess"])
        made.setApplicationName("faceaccess")
        made.setDesktopFileName("faceaccess")
        made.setWindowIcon(QIcon(str(resource_folder("assets") / "icons" / "faceaccess.svg")))
        return made
    if not isinstance(present, QApplication):
        raise BugError("there is a Qt application without windows in this process")
    return present


def user_name() -> str:
    """Return the name of the account that the program runs under."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # no name for this user id, as in some containers
        return "unknown"


@contextmanager
def ends_by_signal(qt: QApplication) -> Iterator[None]:
    """Close the window on Ctrl+C and on a kind kill, as on its own button."""

    def end(_number: int, _frame: FrameType | None) -> None:
        qt.quit()

    before: dict[int, Callable[..., object] | int | None] = {}
    timer = QTimer()
    timer.timeout.connect(lambda: None)
    try:
        for number in (signal.SIGINT, signal.SIGTERM):
            before[number] = signal.signal(number, end)
    except ValueError:  # not the main thread; whoever runs it there ends it
        yield
        return
    timer.start(_SIGNAL_MS)
    try:
        yield
    finally:
        timer.stop()
        for which, handler in before.items():
            signal.signal(which, handler)
