"""The rotating log in the data folder: where faults leave their tracebacks, off the screen."""

import logging
import logging.handlers
import sys
from pathlib import Path

_LARGEST = 1_000_000
"""Bytes of one log file before the next is begun."""
_KEPT = 5
"""Former log files that are kept."""


class HomeLog(logging.handlers.RotatingFileHandler):
    """Writes to `logs/faceaccess.log`; makes the folder with the first line, not before.

    Args:
        folder: the folder of logs.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(
            folder / "faceaccess.log",
            maxBytes=_LARGEST,
            backupCount=_KEPT,
            encoding="utf-8",
            errors="backslashreplace",
            delay=True,
        )
        self._told = False
        self.setFormatter(
            logging.Formatter("%(asctime)s %(levelname)s %(process)d %(name)s: %(message)s")
        )

    @property
    def file(self) -> Path:
        """The file that is written now."""
        return Path(self.baseFilename)

    def emit(self, record: logging.LogRecord) -> None:
        """Write a line, after making the folder where that is needed."""
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
        except OSError:
            self.handleError(record)
            return
        super().emit(record)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: ARG002, N802 - logging calls it so
        """Say once that the log cannot be written; the work itself goes on."""
        if not self._told:
            self._told = True
            problem = sys.exc_info()[1]
            sys.stderr.write(f"The log {self.file} cannot be written: {problem}.\n")


def start(folder: Path) -> HomeLog:
    """Send the program's log to the folder, from level INFO; other libraries' from WARNING."""
    handler = HomeLog(folder)
    logging.getLogger().addHandler(handler)
    logging.getLogger("faceaccess").setLevel(logging.INFO)
    return handler


def stop(handler: HomeLog) -> None:
    """Take the log away again and close its file."""
    logging.getLogger().removeHandler(handler)
    handler.close()
