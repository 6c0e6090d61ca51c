"""How long after something happens an alarm is told: contact forced, contact lost, lock lost.

    python bench/alarm_delay.py [--times N] [--out FILE]

Counterparts as in the tests: a file, a pty with a board behind it, pymodbus' server over TCP,
mosquitto. From the change to the call that tells, through input, debouncing, alarm machine and
journal; an alarm of a forced door waits half a second for a request to exit, which is part of it.
"""

import argparse
import json
import os
import pty
import statistics
import sys
import tempfile
import threading
import time
import tty
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from faceaccess.core.alarms import Alarm, AlarmKind
from faceaccess.core.clock import SystemClock
from faceaccess.core.home import DataHome
from faceaccess.door.inputs.open import open_input
from faceaccess.door.locks.open import open_lock
from faceaccess.pipeline.alarm_watch import AlarmWatch
from faceaccess.pipeline.door_lock import DoorLock
from faceaccess.pipeline.event_journal import EventJournal
from faceaccess.pipeline.journal_records import AlarmRecord
from faceaccess.store.sqlite_store import SqliteStore

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "door" / "locks"))

from modbus_servers import ModbusDevice, tcp_server  # of the tests
from mqtt_house import Device, broker  # of the tests

CLOCK = SystemClock()
Say = Callable[[bool | None], None]


class Told:
    """What was told, and when."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._alarms: list[tuple[Alarm, float]] = []

    def __call__(self, alarm: Alarm) -> None:
        with self._changed:
            self._alarms.append((alarm, time.monotonic()))
            self._changed.notify_all()

    def wait(self, kind: AlarmKind, *, lasting: bool, since: float) -> float:
        """Return how long after `since` an alarm of that kind began or ended, s."""

        def found() -> float | None:
            for alarm, moment in self._alarms:
                if alarm.kind is kind and (alarm.ended is None) is lasting and moment >= since:
                    return moment - since
            return None

        with self._changed:
            if not self._changed.wait_for(lambda: found() is not None, 30):
                raise SystemExit(f"{kind} was never told")
        delay = found()
        assert delay is not None
        return delay


@contextmanager
def a_file(folder: Path) -> Iterator[tuple[str, Say]]:
    file = folder / "contact"

    def say(closed: bool | None) -> None:  # noqa: FBT001  # a state
        if closed is None:
            file.unlink()
        else:
            part = folder / "part"
            part.write_text("closed" if closed else "open")
            part.replace(file)

    yield f"simulated:{file}", say


@contextmanager
def a_board(_folder: Path) -> Iterator[tuple[str, Say]]:
    master, slave = pty.openpty()
    tty.setraw(slave)
    state: list[bool | None] = [True]
    said, over = threading.Event(), threading.Event()

    def beat() -> None:
        while not over.is_set():
            if state[0] is not None:
                os.write(master, b"contact=1\n" if state[0] else b"contact=0\n")
            said.wait(0.5)
            said.clear()

    def say(closed: bool | None) -> None:  # noqa: FBT001  # a state
        state[0] = closed
        said.set()

    thread = threading.Thread(target=beat)
    thread.start()
    yield f"serial:{os.ttyname(slave)}?name=contact&silent=2", say
    over.set()
    said.set()
    thread.join()


@contextmanager
def a_device(folder: Path) -> Iterator[tuple[str, Say]]:
    with broker(folder, "allow_anonymous true") as port:
        device = Device(port, "nothing")

        def say(closed: bool | None) -> None:  # noqa: FBT001  # a state
            if closed is None:
                device.client.publish("door/alive", "offline", qos=1)
                return
            device.client.publish("door/alive", "online", qos=1)
            device.client.publish("door", "ON" if closed else "OFF", qos=1)

        yield f"mqtt://127.0.0.1:{int(port)}/door?availability=door/alive", say
        device.close()


@contextmanager
def a_module(_folder: Path) -> Iterator[tuple[str, Say]]:
    with tcp_server(ModbusDevice()) as port:
        lock = open_lock(f"modbus://127.0.0.1:{port}?coil=3", guarded=False)

        def say(closed: bool | None) -> None:  # noqa: FBT001  # a state
            if closed:
                lock.open(60.0)
            elif closed is False:
                lock.lock()

        yield f"modbus://127.0.0.1:{port}?coil=3", say
        lock.close()


def contacts(times: int, folder: Path) -> dict[str, dict[str, list[float]]]:
    """Return the delays of forced and lost contacts, by kind of input."""
    found: dict[str, dict[str, list[float]]] = {}
    kinds = {"simulated": a_file, "serial": a_board, "mqtt": a_device, "modbus": a_module}
    for name, kind in kinds.items():
        with ExitStack() as undo:
            told, store = Told(), SqliteStore(DataHome(folder / name), CLOCK)
            undo.callback(store.close)
            (folder / name).mkdir(exist_ok=True)
            address, say = undo.enter_context(kind(folder / name))
            contact = open_input(address, "contact", CLOCK)
            watch = AlarmWatch(name, store, CLOCK, contact=contact, tell=told)
            journal = EventJournal(store, CLOCK)
            watch.write_by(lambda alarm, to=journal: to.write(AlarmRecord(alarm)))
            if name != "mqtt":
                say(True)
            watch.start()
            undo.callback(watch.close)
            while watch.contact_state != "closed":
                if name == "mqtt":
                    say(True)
                time.sleep(0.1)
            forced, lost = [], []
            for _ in range(times):
                moment = time.monotonic()
                say(False)
                forced.append(told.wait(AlarmKind.FORCED_OPEN, lasting=True, since=moment))
                moment = time.monotonic()
                say(True)
                told.wait(AlarmKind.FORCED_OPEN, lasting=False, since=moment)
                if name == "modbus":
                    continue
                moment = time.monotonic()
                say(None)
                lost.append(told.wait(AlarmKind.INPUT_LOST, lasting=True, since=moment))
                moment = time.monotonic()
                while watch.contact_state != "closed":
                    say(True)
                    time.sleep(0.2)
                told.wait(AlarmKind.INPUT_LOST, lasting=False, since=moment)
            found[name] = {"forced": forced, **({"lost": lost} if lost else {})}
            print(name, shown(found[name]), flush=True)
    return found


def locks(times: int) -> dict[str, list[float]]:
    """Return how long after a lock is lost, at any moment, that is noticed; nobody comes."""
    found: dict[str, list[float]] = {}
    for name in ("simulated", "modbus"):
        delays = []
        for number in range(times):
            with ExitStack() as undo:
                server = undo.enter_context(ExitStack())
                if name == "modbus":
                    port = server.enter_context(tcp_server(ModbusDevice()))
                    lock = open_lock(f"modbus://127.0.0.1:{port}?coil=0", guarded=False)
                else:
                    lock = open_lock("simulated:", CLOCK)
                noticed = threading.Event()
                door = DoorLock(lock, locked_down=False)
                door.on_trouble = lambda trouble, seen=noticed: trouble and seen.set()
                door.start()
                undo.callback(door.close)
                time.sleep(1.0 + (number % 10) * (0.5 if name == "modbus" else 0.1))
                moment = time.monotonic()
                if name == "modbus":
                    server.close()
                else:
                    lock.fault = "unreachable"  # type: ignore[attr-defined]  # a simulated one
                if not noticed.wait(30):
                    raise SystemExit("a lock that is lost was never noticed")
                delays.append(time.monotonic() - moment)
        found[name] = delays
        print("lock", name, shown({"lost": delays}), flush=True)
    return found


def shown(delays: dict[str, list[float]]) -> dict[str, dict[str, float]]:
    """Return median and greatest of each, s."""
    return {
        name: {"median": round(statistics.median(found), 2), "most": round(max(found), 2)}
        for name, found in delays.items()
    }


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = contacts(options.times, Path(folder))
    at_locks = locks(options.times)
    if options.out is not None:
        kinds = {name: shown(delays) for name, delays in found.items()}
        result = {"times": options.times, "contacts": kinds, "locks": shown(at_locks)}
        options.out.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
