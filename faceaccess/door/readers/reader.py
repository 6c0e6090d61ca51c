"""A reader on a thread of its own: it is opened, read, and tried again when it goes away."""

import logging
import threading
from collections import deque
from dataclasses import dataclass
from typing import Protocol

from faceaccess.core.clock import Clock
from faceaccess.core.errors import KnownError
from faceaccess.door.readers.lines import EntryLines

_log = logging.getLogger(__name__)

TRY_AGAIN = 2.0
"""Seconds before a reader that went away is opened again."""
LOOK = 0.2
"""Longest time for which a source waits for bytes, s."""
_MOST = 8  # entries that nobody has taken; then the oldest are lost


@dataclass(frozen=True, repr=False)
class Entry:
    """What somebody entered; never logged.

    Attributes:
        text: one line, printable ASCII, not empty.
        moment: when it was whole, monotonic seconds of the clock.
    """

    text: str
    moment: float


class ByteSource(Protocol):
    """Where a reader's bytes come from; used by one thread."""

    def open(self) -> None:
        """Open it.

        Raises:
            KnownError: if it cannot be opened now; it is tried again.
        """
        ...

    def read(self) -> bytes | None:
        """Return what has come, waiting at most `LOOK` seconds; None at the end for good.

        Raises:
            KnownError: if it went away; it is opened again.
        """
        ...

    def close(self) -> None:
        """Give it back; may be called at any time."""
        ...


class Reader:
    """What stands at a door for PINs, cards and codes.

    Args:
        address: as given.
        source: its bytes.
        clock: tells when something was entered.
    """

    def __init__(self, address: str, source: ByteSource, clock: Clock) -> None:
        self.address = address
        self._source = source
        self._clock = clock
        self._entries: deque[Entry] = deque(maxlen=_MOST)
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._trouble = ""

    @property
    def trouble(self) -> str:
        """Why nothing can be entered, or what was wrong with the last line; "" for nothing."""
        return self._trouble

    def start(self) -> None:
        """Begin to read."""
        self._thread = threading.Thread(target=self._run, name="reader", daemon=True)
        self._thread.start()

    def taken(self) -> list[Entry]:
        """Return what was entered since the last time, the oldest first; never waits."""
        entries = []
        while self._entries:
            entries.append(self._entries.popleft())
        return entries

    def close(self) -> None:
        """Stop reading and give the source back; may be called twice."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(5.0)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._source.open()
                self._note("")
                if self._read_on():
                    return
            except KnownError as error:
                self._note(str(error))
            except Exception as error:  # noqa: BLE001  # the door goes on without its reader
                _log.exception("a fault in the reader %s", self.address)
                self._note(f"The reader {self.address} failed ({type(error).__name__}).")
            finally:
                self._source.close()
            self._stopping.wait(TRY_AGAIN)

    def _read_on(self) -> bool:
        """Take entries until the end; returns whether it is one for good."""
        lines = EntryLines()
        while not self._stopping.is_set():
            data = self._source.read()
            if data is None:
                self._note(f"The reader {self.address} has ended: nothing more can be entered.")
                return True
            if not data:
                continue
            moment = self._clock.monotonic()
            texts, dropped = lines.fed(data, moment)
            self._entries.extend(Entry(text, moment) for text in texts)
            if dropped:
                self._note(
                    f"The reader {self.address} gave a line that is no number; is its speed right?"
                )
            elif texts:
                self._note("")
        return True

    def _note(self, trouble: str) -> None:
        if trouble and trouble != self._trouble:
            _log.warning("%s", trouble)
        self._trouble = trouble
