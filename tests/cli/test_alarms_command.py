"""Alarms as an installer sees them: a real process, a contact that is a file."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from .conftest import Ran

Run = Callable[..., Ran]


@contextmanager
def running(home: Path, *options: str) -> Iterator[None]:
    """A door as a process before a camera that never ends; it is ready in the block."""
    with subprocess.Popen(
        [
            *(sys.executable, "-u", "-m", "faceaccess", "door", "run", "Front", "--json"),
            *("--camera", "demo:?who=strangers", "--lock", "simulated:", *options),
        ],
        stdout=subprocess.PIPE,
        env={**os.environ, "FACEACCESS_HOME": str(home)},
    ) as process:
        assert process.stdout is not None
        assert json.loads(process.stdout.readline())["door"] == "Front"
        drain = threading.Thread(target=process.stdout.read)
        drain.start()
        try:
            yield
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.wait(60) == 143
            drain.join()


def until(look: Callable[[], Any]) -> Any:
    """Look again until there is something, and return it."""
    over = threading.Event()
    for _ in range(600):
        found = look()
        if found:
            return found
        over.wait(0.05)
    pytest.fail("it did not come")


def test_a_forced_door_is_listed_shown_and_told(run: Run, enrolled: Path, tmp_path: Path) -> None:
    contact = tmp_path / "contact"
    contact.write_text("closed")
    with socket.create_server(("127.0.0.1", 0)) as free:
        nobody = free.getsockname()[1]
    with running(
        enrolled,
        *("--contact", f"simulated:{contact}", "--alert", f"http://127.0.0.1:{nobody}/in"),
    ):

        def status() -> dict[str, Any]:
            return run("door", "status", "Front", "--json").line

        until(lambda: status()["contact"] == "closed")
        assert run("door", "alarms", "Front").stdout == ""
        contact.write_text("open")
        (alarm,) = until(lambda: run("door", "alarms", "Front", "--lasting", "--json").lines)
        assert (alarm["kind"], alarm["ended"], alarm["muted_by"]) == ("forced_open", None, None)
        shown = until(lambda: status() if status()["alerts"][0]["trouble"] else None)
        assert shown["contact"] == "open"
        assert [one["id"] for one in shown["alarms"]] == [alarm["id"]]
        assert shown["alerts"][0]["waiting"] == 1
        assert "nothing listens there" in shown["alerts"][0]["trouble"]
        table = run("door", "status").stdout
        assert "forced open" in table
        contact.write_text("closed")
        until(lambda: not status()["alarms"])
        contact.unlink()
        until(lambda: status()["contact"] == "unknown")
        assert "cannot be read" in until(lambda: status()["input_trouble"])
    stopped = run("door", "status", "--json").line
    assert [one["kind"] for one in stopped["alarms"]] == ["input_lost"]
    lost, forced = run("door", "alarms", "--json").lines
    assert (lost["kind"], lost["ended"]) == ("input_lost", None)
    assert forced["id"] == alarm["id"]
    assert forced["ended"] > forced["began"]
    assert "without anybody being let in" in run("door", "alarms").stdout


def test_a_door_that_was_opened_by_command_is_not_forced(
    run: Run, enrolled: Path, tmp_path: Path
) -> None:
    contact = tmp_path / "contact"
    contact.write_text("closed")
    with running(enrolled, "--contact", f"simulated:{contact}", "--held-open-after", "1"):
        until(lambda: run("door", "status", "Front", "--json").line["contact"] == "closed")
        assert run("door", "open", "Front").exit_code == 0
        contact.write_text("open")
        (alarm,) = until(lambda: run("door", "alarms", "--json").lines)
        assert alarm["kind"] == "held_open"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--contact", "telnet://x"], "no contact of the kind telnet:"),
        (["--exit", "modbus://x?input=1"], "without a contact no opening is noticed"),
        (
            ["--contact", "simulated:x", "--exit", "modbus://x"],
            "request to exit modbus://x must name an input",
        ),
        (["--alert", "mailto:ana@example.org"], "cannot go to addresses of the kind mailto:"),
        (["--alert", "http://a?secret=x"], "secret cannot stand"),
        (["--alert", "http://a", "--alert", "http://a"], "is given twice"),
    ],
)
def test_bad_addresses_are_a_sentence(
    run: Run, enrolled: Path, tmp_path: Path, options: list[str], words: str
) -> None:
    run("door", "run", "Front", "--camera", tmp_path, "--lock", "simulated:", *options).refused(
        words
    )


def test_nothing_was_ever_raised(run: Run, home: Path) -> None:
    done = run("door", "alarms")
    assert (done.exit_code, done.stdout) == (0, "")
    assert "No alarm was ever raised." in done.stderr
    run("door", "alarms", "Front").refused("There is no door 'Front'")
