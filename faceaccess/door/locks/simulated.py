"""A lock that is none: for trying the door out, and for tests that must know what it did."""

import json
import os
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from faceaccess.core.clock import Clock
from faceaccess.core.errors import KnownError
from faceaccess.core.locks import LockError, LockOutcome, LockReport
from faceaccess.door.address import DeviceAddress
from faceaccess.door.locks.protocol import checked_pulse

FAULTS = ("none", "unreachable", "refuses")


@dataclass(frozen=True)
class Commanded:
    """One command that a simulated lock carried out.

    Attributes:
        at: when, in UTC.
        seconds: the pulse's length, or 0.0 for a command to lock.
    """

    at: datetime
    seconds: float


class SimulatedLock:
    """Behaves like a board with a timer of its own: what it is told lasts, whoever dies.

    Addresses: `simulated:` keeps its record in memory; `simulated:FILE` also appends every command
    to the file as one JSON line, before it is acknowledged, so that another process can see what
    the lock did (`read_record`, `open_spans`). `?fault=unreachable` and `?fault=refuses` make it
    fail. The attribute `fault` does the same while it runs.

    Args:
        address: taken apart.
        clock: tells when a pulse is over.
    """

    def __init__(self, address: DeviceAddress, clock: Clock) -> None:
        address.only("fault")
        if address.host:
            raise KnownError(
                f"The lock {address.shown} names a host.",
                "Write it as simulated: or simulated:FILE.",
            )
        self.fault = address.choice("fault", FAULTS)
        self.record: list[Commanded] = []
        self._shown = address.shown
        self._file = Path(address.path) if address.path else None
        self._clock = clock
        self._until = float("-inf")
        self._commands = threading.Lock()

    @property
    def address(self) -> str:
        """The address as given."""
        return self._shown

    @property
    def is_open(self) -> bool:
        """Whether a pulse runs."""
        return self._clock.monotonic() < self._until

    def open(self, seconds: float) -> LockReport:
        """Open for `seconds` by the clock.

        Raises:
            LockError: with a fault set, a bad length, or a record that cannot be written.
        """
        seconds = checked_pulse(seconds)
        with self._commands:
            self._carry_out(seconds)
        return self._report(f"The simulated lock is open for {seconds:g} s.")

    def lock(self) -> None:
        """End any pulse.

        Raises:
            LockError: with a fault set, or a record that cannot be written.
        """
        with self._commands:
            self._carry_out(0.0)

    def check(self) -> LockReport:
        """Answer that it is there.

        Raises:
            LockError: with `fault` "unreachable".
        """
        if self.fault == "unreachable":
            self._fail()
        return self._report("The simulated lock is there.")

    def close(self) -> None:
        """Do nothing: the pulse is the lock's own and ends by itself."""

    def _carry_out(self, seconds: float) -> None:
        if self.fault != "none":
            self._fail()
        commanded = Commanded(self._clock.now(), seconds)
        if self._file is not None:
            _append(self._file, commanded)
        self.record.append(commanded)
        self._until = self._clock.monotonic() + seconds

    def _fail(self) -> None:
        if self.fault == "refuses":
            raise LockError(f"The lock {self._shown} refuses.", "Its address asks for this fault.")
        raise LockError(
            f"The lock {self._shown} cannot be reached.", "Its address asks for this fault."
        )

    def _report(self, text: str) -> LockReport:
        return LockReport(LockOutcome.ACKNOWLEDGED, text, 0.0)


def _append(file: Path, commanded: Commanded) -> None:
    line = json.dumps({"at": commanded.at.isoformat(), "seconds": commanded.seconds}) + "\n"
    try:
        handle = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(handle, line.encode())  # one write: whole, or not there
        finally:
            os.close(handle)
    except OSError as error:
        raise LockError(
            f"The simulated lock cannot write its record {file}: {error.strerror}.",
            "Give a file in a folder that can be written.",
        ) from None


def read_record(file: Path) -> list[Commanded]:
    """Return the commands that `simulated:FILE` carried out, in order.

    Raises:
        KnownError: if the file cannot be read or is no such record.
    """
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
        entries = [json.loads(line) for line in lines]
        return [Commanded(datetime.fromisoformat(e["at"]), float(e["seconds"])) for e in entries]
    except (OSError, ValueError, KeyError, TypeError):
        raise KnownError(f"{file} is not the record of a simulated lock.") from None


def open_spans(record: Iterable[Commanded]) -> list[tuple[datetime, datetime]]:
    """Return from when to when the lock was open: each pulse, cut where the next command came."""
    commands = list(record)
    spans = []
    for number, command in enumerate(commands):
        if command.seconds == 0.0:
            continue
        end = command.at + timedelta(seconds=command.seconds)
        if number + 1 < len(commands):
            end = min(end, max(commands[number + 1].at, command.at))
        spans.append((command.at, end))
    return spans
