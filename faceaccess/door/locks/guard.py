"""A small process that shuts a board without a timer when the station dies in mid-pulse.

    python -m faceaccess.door.locks.guard

It reads lines from its standard input: the lock's address first, then `open` before every pulse
and `locked` after it. At the end of the input, which comes however the station ended, it locks if
the last word was `open`, and leaves. It is deaf to the signals that end a station in an orderly
way, so that it outlives the station by those moments. Pulling the plug ends both: the relay falls
off then by itself.
"""

import contextlib
import logging
import os
import signal
import subprocess
import sys
import threading
import time

from faceaccess.core.locks import LockError
from faceaccess.door.locks.deadline import Deadline
from faceaccess.door.locks.protocol import Lock

_log = logging.getLogger(__name__)

# How long a guard goes on trying to lock when its station is gone, s. Often at first: a dying
# process gives its devices back a moment after its pipes.
_TRIES_FOR = 60.0
_TRY_AFTER, _OFTEN, _LATER_AFTER = 0.01, 100, 0.2
# How long `close` waits for the guard to leave, s. One that has something to lock goes on alone.
_LEAVES_WITHIN = 2.0


class Guard:
    """The station's side of it. The process is started by the first pulse or `start`.

    Args:
        address: the lock's, which holds no secret.
    """

    def __init__(self, address: str) -> None:
        self._address = address
        self._process: subprocess.Popen[bytes] | None = None
        self._ready = threading.Event()
        self._listener: threading.Thread | None = None

    @property
    def pid(self) -> int | None:
        """The process's number, or None before it was started."""
        return None if self._process is None else self._process.pid

    def start(self) -> None:
        """Start the process if it does not run; it may take some tenths of a second to be ready.

        Raises:
            LockError: if it cannot be started.
        """
        if self._process is not None and self._process.poll() is None:
            return
        self._leave()
        try:
            process = subprocess.Popen(  # our own module, no shell
                [sys.executable, "-m", "faceaccess.door.locks.guard"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                start_new_session=True,  # Ctrl-C in a terminal is not for it
            )
        except OSError as error:
            raise self._failed(error.strerror or "") from None
        self._ready = threading.Event()
        self._process = process
        self._listener = threading.Thread(
            target=_listen, args=(process, self._ready), name="lock guard", daemon=True
        )
        self._listener.start()
        self._say(self._address)

    def opens(self, deadline: Deadline) -> None:
        """Have it lock from now on if we die.

        Raises:
            LockError: if it is not ready within the deadline.
        """
        self.start()
        if not self._ready.wait(deadline.left()):
            raise self._failed("it is not ready yet")
        self._say("open")

    def locked(self) -> None:
        """Tell it that nothing is open. If it is gone nothing is lost."""
        with contextlib.suppress(LockError):
            if self._process is not None:
                self._say("locked")

    def close(self) -> None:
        """Let it go: it locks first if the last pulse was not ended."""
        self._leave()

    def _say(self, word: str) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(word.encode() + b"\n")
            self._process.stdin.flush()
        except (OSError, ValueError):  # it died, or its pipe was closed
            raise self._failed("it died") from None

    def _leave(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        assert process.stdin is not None
        with contextlib.suppress(OSError):
            process.stdin.close()
        try:
            process.wait(_LEAVES_WITHIN)
        except subprocess.TimeoutExpired:
            _log.warning("the guard of the lock %s still tries to shut it", self._address)
            return
        if self._listener is not None:
            self._listener.join()

    def _failed(self, why: str) -> LockError:
        return LockError(
            f"The lock {self._address} stays shut: the process that would shut it if this one died "
            f"cannot be used ({why}).",
            "The machine has too many processes or too little memory, or the program is not "
            "installed whole.",
        )


def _listen(process: subprocess.Popen[bytes], ready: threading.Event) -> None:
    """Set `ready` at the guard's word; return when it leaves."""
    assert process.stdout is not None
    with process.stdout:
        for line in process.stdout:
            if line.strip() == b"ready":
                ready.set()


def guard() -> None:
    """What the process does; see the module."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    from faceaccess.door.locks.open import open_lock

    logging.disable(logging.WARNING)  # the first tries may well fail; see `_lock`
    address = sys.stdin.readline().strip()
    lock = open_lock(address, guarded=False)
    try:
        os.write(sys.stdout.fileno(), b"ready\n")
    except OSError:  # the station is gone, and nothing was opened before this word
        return
    is_open = False
    for line in sys.stdin:
        is_open = line.strip() == "open"
    if is_open:
        _lock(lock)
    lock.close()


def _lock(lock: Lock) -> None:
    until = time.monotonic() + _TRIES_FOR
    tried = 0
    while time.monotonic() < until:
        try:
            lock.lock()
        except LockError as error:
            tried += 1
            if tried == _OFTEN:
                sys.stderr.write(f"the lock cannot be shut after its station died: {error}\n")
            time.sleep(_TRY_AFTER if tried < _OFTEN else _LATER_AFTER)
        else:
            return


if __name__ == "__main__":
    guard()
