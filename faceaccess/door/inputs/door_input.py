"""An input on a thread of its own: reached, read, debounced, and tried again when it goes away."""

import logging
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from faceaccess.core.clock import Clock
from faceaccess.core.errors import KnownError
from faceaccess.door.inputs.debounce import Debounced
from faceaccess.door.inputs.protocol import LOOK, InputSource

_log = logging.getLogger(__name__)

TRY_AGAIN = 1.0
"""Seconds before an input that went away is reached for again."""
DEBOUNCE = 0.05
"""Seconds for which a new state must last, unless its address says otherwise."""
FLUTTERS, WITHIN = 20, 10.0
"""Changes within so many seconds after which an input is not believed: a loose wire, perhaps."""
_MOST = 256  # changes that nobody has taken; then the oldest are lost
_QUICK = 0.005  # s


@dataclass(frozen=True)
class InputChange:
    """A new state of an input.

    Attributes:
        closed: whether the circuit is closed; None where it is not known (any more).
        moment: since when, monotonic seconds of the clock.
    """

    closed: bool | None
    moment: float


class DoorInput:
    """One input of a door.

    Args:
        named: what it is and its address, for people: "contact gpio:...".
        source: where its state comes from.
        clock: tells since when a state is so.
        debounce: seconds for which a new state must last.
        invert: whether a circuit that is closed counts as open.
    """

    def __init__(
        self,
        named: str,
        source: InputSource,
        clock: Clock,
        *,
        debounce: float = DEBOUNCE,
        invert: bool = False,
    ) -> None:
        self.named = named
        self._source = source
        self._clock = clock
        self._invert = invert
        self._debounced = Debounced(debounce)
        self._state: bool | None = None
        self._recent: deque[float] = deque()  # moments of its changes
        self._changes: deque[InputChange] = deque(maxlen=_MOST)
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._wake: Callable[[], None] = lambda: None
        self._trouble = ""

    @property
    def trouble(self) -> str:
        """Why nothing is known of the input; "" where it is."""
        return self._trouble

    @property
    def state(self) -> bool | None:
        """Whether the circuit is closed; None where it is not known."""
        return self._state

    def start(self, wake: Callable[[], None]) -> None:
        """Begin to read; `wake` is called, from its thread, when there is something to take."""
        self._wake = wake
        self._thread = threading.Thread(target=self._run, name="door input", daemon=True)
        self._thread.start()

    def taken(self) -> list[InputChange]:
        """Return what has changed since the last time, the oldest first; never waits."""
        changes = []
        while self._changes:
            changes.append(self._changes.popleft())
        return changes

    def close(self) -> None:
        """Stop reading and give the source back; may be called twice."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(5.0)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._source.open()
                self._read_on()
            except KnownError as error:
                self._lost(str(error))
            except Exception as error:  # noqa: BLE001  # the door goes on without it
                _log.exception("a fault in the %s", self.named)
                self._lost(f"The {self.named} failed ({type(error).__name__}).")
            finally:
                self._source.close()
            self._stopping.wait(TRY_AGAIN)

    def _read_on(self) -> None:
        while not self._stopping.is_set():
            pending = self._debounced.left(self._clock.monotonic())
            within = LOOK if pending is None else min(LOOK, pending + _QUICK)
            closed = self._source.read(within)
            if closed is None:
                self._lost(f"The {self.named} has not said yet how it is.")
                continue
            if self._invert:
                closed = not closed
            self._see(closed)
            flutters = len(self._recent) > FLUTTERS
            self._note(f"The {self.named} changes too often to be believed." if flutters else "")

    def _lost(self, trouble: str) -> None:
        self._note(trouble)
        self._see(None)

    def _note(self, trouble: str) -> None:
        if trouble == self._trouble:
            return
        if trouble:
            _log.warning("%s", trouble)
        else:
            _log.info("the %s is known again", self.named)
        self._trouble = trouble
        self._wake()

    def _see(self, closed: bool | None) -> None:  # noqa: FBT001  # a state
        now = self._clock.monotonic()
        since = self._debounced.seen(closed, now)
        if since is not None and closed is not None:
            self._recent.append(now)
        while self._recent and now - self._recent[0] > WITHIN:
            self._recent.popleft()
        state = None if len(self._recent) > FLUTTERS else self._debounced.state
        if state != self._state:
            self._state = state
            self._changes.append(InputChange(state, now if since is None else since))
            self._wake()
