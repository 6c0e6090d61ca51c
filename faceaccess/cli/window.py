"""Opening the window: the only place of the command line that knows there is one."""

from typing import TYPE_CHECKING

from faceaccess.cli.display import has_display
from faceaccess.core.errors import KnownError

if TYPE_CHECKING:
    from faceaccess.app import App


def check_display(remedy: str = "") -> None:
    """Make sure that a window can be opened.

    Raises:
        KnownError: if there is no display.
    """
    if not has_display():
        raise KnownError(
            "There is no display here, so the window cannot be opened.",
            remedy or "Open it on a desktop, or use the commands: `faceaccess --help` lists them.",
        )


def open_window(app: "App") -> int:
    """Open the window and return its exit code when it is closed.

    Raises:
        KnownError: if there is no display, or Qt misses a system library.
    """
    check_display()
    try:
        from faceaccess.gui.main import open_window as run_window
    except ImportError as error:
        raise without_qt(error) from error
    return run_window(app)


def without_qt(error: ImportError) -> KnownError:
    """Return what is said where Qt cannot be loaded.

    Raises:
        ImportError: the same one, if it is not Qt that is missing.
    """
    if error.name is not None and not error.name.startswith("PySide6"):
        raise error
    return KnownError(
        f"The window cannot be opened: {error}.",
        "`script/bootstrap` installs the system libraries that Qt needs, or names them.",
    )
