"""What the program says to its user outside the normal flow, and where unforeseen errors go.

`Messages` takes a message from any thread; they wait until a window shows them. `ErrorHooks` is
the one place that installs Python's and Qt's hooks for unforeseen errors, and takes them off.
"""

import logging
import sys
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Literal

from PySide6.QtCore import (
    QMessageLogContext,
    QObject,
    Qt,
    QtMsgType,
    Signal,
    Slot,
    qInstallMessageHandler,
)

from faceaccess.core.errors import KnownError
from faceaccess.gui.told import told
from faceaccess.gui.translation import tr

_log = logging.getLogger(__name__)

Tone = Literal["accent", "ok", "warn", "danger"]


@dataclass(frozen=True)
class Message:
    """One message.

    Attributes:
        tone: "accent" for news, "ok", "warn", "danger".
        text: what happened, one sentence.
        remedy: what it means and what to do; may be empty.
        details: what only an expert reads, shown behind a fold; may be empty.
    """

    tone: Tone
    text: str
    remedy: str = ""
    details: str = ""


def from_error(error: BaseException, consequence: str = "") -> Message:
    """Return what to show of an error.

    A `KnownError` says itself what happened and what to do; anything else is a fault of the
    program and carries its traceback as details.

    Args:
        error: what was raised.
        consequence: what it means for the door ("The door goes on with v12."), or "".
    """
    if isinstance(error, KnownError):
        remedy = " ".join(filter(None, (consequence, told(error.remedy))))
        return Message("danger", told(error.text), remedy)
    remedy = tr("This is a fault of the program. The details help to mend it.")
    details = "".join(traceback.format_exception(error)).strip()
    return Message(
        "danger",
        tr("Something went wrong that should not have."),
        " ".join(filter(None, (consequence, remedy))),
        details,
    )


class Messages(QObject):
    """Takes messages from any thread and hands them to the window, in the GUI thread.

    Before `attach` they wait.
    """

    _posted = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._show: Callable[[Message], object] | None = None
        self._waiting: list[Message] = []
        self._posted.connect(self._take, Qt.ConnectionType.QueuedConnection)

    def post(self, message: Message) -> None:
        """Say something; from any thread."""
        self._posted.emit(message)

    def attach(self, show: Callable[[Message], object]) -> None:
        """Let `show` have all messages, those that wait first."""
        self._show = show
        waiting, self._waiting = self._waiting, []
        for message in waiting:
            show(message)

    def detach(self) -> None:
        """Let messages wait again."""
        self._show = None

    @Slot(object)
    def _take(self, message: Message) -> None:
        if self._show is None:
            self._waiting.append(message)
        else:
            self._show(message)


_QT_LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}


class ErrorHooks:
    """Sends every unforeseen error to the log and to `messages`.

    Covers exceptions in callbacks of Qt and in the main thread (`sys.excepthook`), in Python
    threads (`threading.excepthook`), and what Qt itself complains of (to the log only).
    """

    def __init__(self, messages: Messages) -> None:
        self._messages = messages
        self._undo: list[Callable[[], object]] = []

    def install(self) -> None:
        """Put the hooks on; the former ones come back with `remove`."""
        if self._undo:
            return
        before, before_threads = sys.excepthook, threading.excepthook
        sys.excepthook = self._unforeseen
        threading.excepthook = self._in_thread
        before_qt = qInstallMessageHandler(self._from_qt)

        def undo() -> None:
            sys.excepthook = before
            threading.excepthook = before_threads
            qInstallMessageHandler(before_qt)

        self._undo.append(undo)

    def remove(self) -> None:
        """Take the hooks off; harmless when they are not on."""
        while self._undo:
            self._undo.pop()()

    def _unforeseen(
        self,
        kind: type[BaseException],
        error: BaseException,
        trace: TracebackType | None,
    ) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
            return
        if not isinstance(error, KnownError):
            _log.critical("an unforeseen error", exc_info=(kind, error, trace))
        self._messages.post(from_error(error))

    def _in_thread(self, args: threading.ExceptHookArgs) -> None:
        if args.exc_value is None or issubclass(args.exc_type, SystemExit):
            return
        self._unforeseen(args.exc_type, args.exc_value, args.exc_traceback)

    def _from_qt(self, kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
        _log.log(_QT_LEVELS.get(kind, logging.WARNING), "Qt: %s", text)
