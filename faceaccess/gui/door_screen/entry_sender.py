"""Sends what was entered to the station, off the GUI thread."""

import logging
from collections.abc import Callable

from PySide6.QtCore import QObject, QRunnable, QThreadPool, Signal

from faceaccess.core.errors import KnownError

_log = logging.getLogger(__name__)


class EntrySender(QObject):
    """Sends one entry at a time.

    Args:
        send: hands an entry to the station; called in another thread.
        parent: the owner.

    Attributes:
        sent: emitted when the station has taken an entry; from another thread, so connect
            methods of Qt objects only, which Qt then calls in their own.
        failed: emitted likewise when it has not.
    """

    sent = Signal()
    failed = Signal()

    def __init__(self, send: Callable[[str], object], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._send = send
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(1)

    def send(self, text: str) -> None:
        """Send an entry; one that waits behind another is too late and is not sent."""
        if self._pool.activeThreadCount():
            self.failed.emit()
            return
        self._pool.start(_Sending(self, self._send, text))

    def stop(self) -> None:
        """Wait for what is under way."""
        self._pool.waitForDone()


class _Sending(QRunnable):
    def __init__(self, sender: EntrySender, send: Callable[[str], object], text: str) -> None:
        super().__init__()
        self._sender, self._send, self._text = sender, send, text

    def run(self) -> None:
        text, self._text = self._text, ""
        try:
            self._send(text)
        except KnownError as error:
            _log.warning("an entry did not reach the station: %s", error)
            self._sender.failed.emit()
        except Exception:  # noqa: BLE001  # told to the person, logged, and the screen goes on
            _log.exception("an entry could not be sent")
            self._sender.failed.emit()
        else:
            self._sender.sent.emit()
