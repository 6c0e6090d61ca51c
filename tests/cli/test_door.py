"""`faceaccess door` as an installer uses it: real processes, a simulated lock."""

import configparser
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from faceaccess.app import build
from faceaccess.camera.drawn_people import STAFF, STRANGERS
from faceaccess.core.actors import Actor
from faceaccess.core.home import DataHome
from faceaccess.door.locks.simulated import read_record
from faceaccess.pipeline.door_lock import HOLD_PULSE
from faceaccess.pipeline.station_client import ask
from faceaccess.pipeline.station_feed import StationFeed

from .conftest import Photos, Ran
from .killed_station import kill_again_and_again

Run = Callable[..., Ran]
KEYS = ["time", "door", "outcome", "person", "reason", "similarity", "liveness", "lock", "head"]
KEYS += ["seconds"]


@pytest.fixture
def folder(tmp_path: Path, photos: Photos) -> Path:
    """Pictures of a member of staff, then of a stranger, as a recording."""
    made = tmp_path / "recording"
    made.mkdir()
    for number, person in enumerate((STAFF[0], STRANGERS[0])):
        (made / f"{number}.jpg").write_bytes(photos.of(person, 4).read_bytes())
    return made


@pytest.fixture
def record(tmp_path: Path) -> Path:
    return tmp_path / "lock.jsonl"


def openings(record: Path) -> list[float]:
    return [command.seconds for command in read_record(record) if command.seconds > 0]


def test_a_recording_is_read_to_its_end_and_the_lock_opens_for_staff_alone(
    run: Run, enrolled: Path, folder: Path, record: Path
) -> None:
    done = run(
        "door", "run", "Back door", "--camera", folder, "--lock", f"simulated:{record}", "--json"
    )
    assert (done.exit_code, done.stderr) == (0, "")
    assert all(list(line) == KEYS for line in done.lines)
    assert {line["door"] for line in done.lines} == {"Back door"}
    decided = [
        (line["outcome"], line["person"], line["lock"])
        for line in done.lines
        if line["outcome"] != "none"
    ]
    assert decided == [
        ("granted", STAFF[0].name, "acknowledged"),
        ("denied", None, "none"),
    ]
    assert openings(record) == [3.0]
    events = run("events", "list", "--json").lines
    assert [(e["station"], e["lock"]) for e in events] == [
        ("Back door", "none"),
        ("Back door", "acknowledged"),
    ]
    (door,) = run("door", "status", "--json").lines
    assert (door["door"], door["running"]) == ("Back door", False)
    run("door", "status", "Back door").refused("does not run")


def test_a_lock_that_fails_is_told_in_words(run: Run, enrolled: Path, folder: Path) -> None:
    done = run("door", "run", "Front", "--camera", folder, "--lock", "simulated:?fault=unreachable")
    assert done.exit_code == 0
    assert "granted" not in done.stdout
    assert "The lock does not answer: please ring; lock failed" in done.stdout
    assert "cannot be reached" in done.stderr
    (_, oldest) = run("events", "list", "--json").lines
    assert (oldest["outcome"], oldest["lock"]) == ("granted", "failed")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--camera", "0", "--lock", "teleport:"], ["teleport"]),
        (["--camera", "0", "--lock", "nothing"], ["nothing"]),
        (["--camera", "nothing", "--lock", "simulated:"], ["no camera, file or folder"]),
        (["--camera", "gopher://x", "--lock", "simulated:"], ["gopher"]),
    ],
)
def test_bad_addresses_are_a_sentence(
    run: Run, enrolled: Path, options: list[str], words: list[str]
) -> None:
    run("door", "run", "Front", *options).refused(*words)


def test_bad_names_and_pulses_are_refused(run: Run, enrolled: Path, folder: Path) -> None:
    given = ["--camera", folder, "--lock", "simulated:"]
    run("door", "run", "  ", *given).refused("cannot be called")
    assert run("door", "run", "Front", *given, "--pulse", "61").exit_code == 2
    run("door", "open", "Front").refused("'Front' does not run")
    run("door", "lockdown", "Front").refused("There is no door 'Front'")


def test_a_door_that_does_not_run_comes_up_locked_down(
    run: Run, enrolled: Path, folder: Path, record: Path
) -> None:
    given = ["door", "run", "Front", "--camera", folder, "--lock", f"simulated:{record}", "--json"]
    run(*given)
    assert run("door", "lockdown", "Front", "--json").line["locked_down"]
    lines = run(*given).lines
    assert "granted" not in {line["outcome"] for line in lines}
    assert "locked down" in next(line["reason"] for line in lines if line["outcome"] == "denied")
    assert openings(record) == [3.0]
    assert not run("door", "lockdown", "Front", "--off", "--json").line["locked_down"]
    run(*given)
    assert openings(record) == [3.0, 3.0]


class Running:
    """A door as a process before a camera that never ends."""

    def __init__(self, home: Path, lock: str) -> None:
        self.process = subprocess.Popen(
            [
                *(sys.executable, "-u", "-m", "faceaccess", "door", "run", "Front", "--json"),
                *("--camera", "demo:?who=strangers", "--lock", lock),
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, "FACEACCESS_HOME": str(home)},
        )
        assert self.process.stdout is not None
        self.first: dict[str, Any] = json.loads(self.process.stdout.readline())
        # Nobody reads on: without this the door would wait for its reader for ever.
        self._drain = threading.Thread(target=self.process.stdout.read, daemon=True)
        self._drain.start()

    def end(self, number: int) -> tuple[int, str]:
        self.process.send_signal(number)
        code = self.process.wait(60)
        self._drain.join()
        assert self.process.stderr is not None
        errors = self.process.stderr.read().decode()
        self.process.stderr.close()
        assert self.process.stdout is not None
        self.process.stdout.close()
        return code, errors


@pytest.fixture
def running(enrolled: Path, record: Path) -> Iterator[Running]:
    made = Running(enrolled, f"simulated:{record}")
    yield made
    if made.process.poll() is None:
        made.end(signal.SIGKILL)


def test_a_running_door_is_shown_and_commanded_and_ends_in_order(
    run: Run, running: Running, record: Path, folder: Path
) -> None:
    door = run("door", "status", "Front", "--json").line
    assert (door["running"], door["ready"], door["camera_state"]) == (True, True, "running")
    assert door["pid"] == running.process.pid
    assert "demo:" in run("door", "status").stdout

    assert run("door", "open", "Front", "--json").line["lock"] == "acknowledged"
    assert openings(record) == [3.0]
    assert "locked down" in run("door", "lockdown", "Front").stdout
    run("door", "open", "Front").refused("locked down")
    assert run("door", "lockdown", "Front", "--off", "--json").line["locked_down"] is False
    assert run("door", "open", "Front").exit_code == 0
    assert openings(record) == [3.0, 3.0]

    given = ["--camera", folder, "--lock"]
    run("door", "run", "Front", *given, "simulated:").refused("'Front' runs already")
    run("door", "run", "Back", *given, f"simulated:{record}").refused("Another door uses the lock")

    code, errors = running.end(signal.SIGTERM)
    assert (code, errors.strip()) == (143, "Ended by the system.")
    run("door", "status", "Front").refused("does not run")


def test_a_running_door_is_watched_held_open_and_muted_and_a_killed_one_shuts(
    run: Run, running: Running, enrolled: Path, record: Path, folder: Path
) -> None:
    feed = StationFeed(DataHome(enrolled), "Front", Actor("screen", "screen"))
    try:
        views = [feed.next(20.0)]
        while views[-1] is not None and views[-1].picture is None:
            views.append(feed.next(20.0))
        seen = views[-1]
        assert seen is not None
        assert seen.picture is not None
        assert (seen.door, seen.camera_state, seen.takes_entries) == ("Front", "running", True)
        assert (seen.held_until, seen.pulse_left) == (None, 0.0)

        run("door", "hold", "Front", "--for", "13h").refused("12 hours at most")
        run("door", "hold", "Front", "--until", "soon").refused("'soon' is no time")
        assert openings(record) == []
        held = run("door", "hold", "Front", "--for", "2m", "--json").line
        assert (held["door"], held["lock"]) == ("Front", "acknowledged")
        assert "muted until" in run("door", "mute", "Front", "--for", "1h").stdout
        shown = run("door", "status", "Front", "--json").line
        assert shown["held_until"] is not None
        assert shown["muted_until"] is not None
        assert "held open until" in run("door", "status").stdout
        while (view := feed.next(20.0)) is not None and view.muted_until is None:
            pass
        assert view is not None
        assert view.held_until is not None
        assert view.pulse_left > 100
        ask(DataHome(enrolled), "Front", Actor("x", "screen"), "entry", text="1234")
    finally:
        feed.close()
    assert set(openings(record)) == {HOLD_PULSE}  # however long it is held
    running.end(signal.SIGKILL)
    run("door", "hold", "Front", "--off").refused("does not run")
    run("door", "run", "Front", "--camera", folder, "--lock", f"simulated:{record}")
    with closing(build(enrolled)) as app:
        commands = [(c.kind.value, c.actor) for c in app.store.door_commands("Front")]
    assert commands[0] == ("end_hold", "ended with the process before (station)")
    assert [kind for kind, _ in commands[1:]] == ["mute", "hold_open"]


def test_a_killed_door_leaves_nothing_that_holds_up_the_next_one(
    run: Run, running: Running, folder: Path, record: Path
) -> None:
    running.end(signal.SIGKILL)
    run("door", "status", "Front").refused("does not run")
    run("door", "open", "Front").refused("does not run")
    again = run("door", "run", "Front", "--camera", folder, "--lock", f"simulated:{record}")
    assert again.exit_code == 0
    assert "granted" in again.stdout


def test_killed_at_any_moment_it_leaves_no_lock_open_and_loses_no_event(
    enrolled: Path, record: Path
) -> None:
    record.touch()
    found = kill_again_and_again(enrolled, record, kills=4, seed=3)
    assert found.wrong == []
    assert found.kills == 4


def test_the_unit_names_what_the_program_has() -> None:
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign]  # keep the names as they are
    source = Path(__file__).parents[2] / "assets" / "systemd" / "faceaccess-door@.service"
    unit.read_string(source.read_text("utf-8"))
    service = unit["Service"]
    assert (service["Type"], service["Restart"], service["KillMode"]) == (
        "notify",
        "always",
        "mixed",
    )
    assert int(service["WatchdogSec"]) > 2 * 5 + 1 + 5  # two waits for the store, the lock, spare
    words = service["ExecStart"].split()
    assert words[1:3] == ["door", "run"]
    assert [w for w in words if w.startswith("--")] == ["--camera", "--lock", "--json"]
