"""`people pin / card / code`, and a door whose reader is standard input, as processes."""

import json
import os
import pty
import select
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyotp
import pytest

from faceaccess.camera.drawn_people import STAFF
from faceaccess.core.reasons import Reason
from faceaccess.door.locks.simulated import read_record

from .conftest import Photos, Ran
from .test_startup import heavy_of, imported

Run = Callable[..., Ran]
PIN = "90210042"


def in_file(folder: Path, text: str) -> Path:
    file = folder / "secret"
    file.write_text(text, "utf-8")
    return file


def at_a_terminal(home: Path, arguments: list[str], typed: list[str]) -> tuple[int, str]:
    """Run a command at a terminal that types an answer to each question."""
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "faceaccess", *arguments],
        stdin=slave,
        stdout=slave,
        stderr=slave,
        start_new_session=True,
        env={**os.environ, "FACEACCESS_HOME": str(home)},
    )
    os.close(slave)
    shown, left = b"", list(typed)
    while select.select([master], [], [], 120)[0]:
        try:
            data = os.read(master, 1000)
        except OSError:  # the other end is closed
            break
        if not data:
            break
        shown += data
        if left and data.rstrip().endswith(b":"):
            os.write(master, left.pop(0).encode() + b"\n")
    code = process.wait(120)
    os.close(master)
    return code, shown.decode()


def test_a_pin_is_asked_for_twice_and_not_shown(enrolled: Path, run: Run) -> None:
    code, shown = at_a_terminal(enrolled, ["people", "pin", "101"], [PIN, PIN])
    assert code == 0, shown
    assert f"{STAFF[0].name} has a PIN." in shown
    assert PIN not in shown
    log = "".join(p.read_text("utf-8") for p in (enrolled / "logs").glob("*"))
    assert "gave a PIN to" in log
    assert PIN not in log
    assert PIN.encode() not in (enrolled / "faceaccess.sqlite3").read_bytes()


def test_what_is_no_pin_is_refused_and_not_repeated(
    run: Run, enrolled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for text, words in (("12a456", "other characters"), ("123", "3 digits"), ("", "empty")):
        refused = run("people", "pin", "101", "--file", in_file(tmp_path, text))
        refused.refused("The PIN", words)
        assert text == "" or text not in refused.stderr
    run("people", "pin", "101", "--file", in_file(tmp_path, "1234\n5678")).refused("holds more")
    run("people", "pin", "101", "--file", in_file(tmp_path, "1" * 9999)).refused("holds more")
    run("people", "pin", "101", "--file", tmp_path / "none").refused("none")
    monkeypatch.delenv("NO_PIN", raising=False)
    run("people", "pin", "101", "--env", "NO_PIN").refused("NO_PIN is not set")
    run("people", "pin", "101").refused("no terminal", "--file")
    run("people", "pin", "999", "--env", "PATH").refused("nobody with the id")
    assert run("people", "pin", "101", "1234").exit_code == 2  # never an argument
    assert run("people", "pin", "101", "--env", "A", "--remove").exit_code == 2


def test_factors_are_given_and_taken(
    run: Run, enrolled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("THE_PIN", PIN)
    assert "has a PIN" in run("people", "pin", "101", "--env", "THE_PIN").stdout
    card = in_file(tmp_path, "04:a1:b2:c3\n")
    both = run("people", "card", "101", "--file", card, "--json").line
    assert both["second_factors"] == ["pin", "card"]
    run("people", "card", "102", "--file", card).refused("The card is that of", STAFF[0].name)
    line = run("people", "code", "101", "--json").line
    assert line["second_factors"] == ["pin", "card", "code"]
    assert pyotp.parse_uri(line["uri"]).name == STAFF[0].name
    shown = run("people", "code", "101")
    assert shown.stdout.startswith("otpauth://totp/faceaccess:")
    assert shown.stdout.strip() != line["uri"]  # a new secret each time
    assert run("people", "show", "101", "--json").line["second_factors"] == ["pin", "card", "code"]
    assert "Second factor: pin, card, code" in run("people", "show", "101").stdout
    assert "Second factor" not in run("people", "show", "102").stdout
    for kind, left in (("pin", ["card", "code"]), ("card", ["code"]), ("code", [])):
        done = run("people", kind, "101", "--remove", "--json").line
        assert done["second_factors"] == left
    assert "has a card" in run("people", "card", "102", "--file", card).stdout


def at_a_door(
    home: Path, folder: Path, entered: str, photos: Photos
) -> tuple[Ran, list[dict[str, Any]], Path]:
    """Run a door with a reader at its standard input, on a recording of one of the staff."""
    recording, record = folder / "recording", folder / "lock.jsonl"
    recording.mkdir(exist_ok=True)
    (recording / "1.jpg").write_bytes(photos.of(STAFF[0], 4).read_bytes())
    arguments = ["--camera", str(recording), "--lock", f"simulated:{record}", "--json"]
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "faceaccess",
            "door",
            "run",
            "Lab",
            *arguments,
            "--reader",
            "stdin:",
        ],
        input=entered,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        env={**os.environ, "FACEACCESS_HOME": str(home)},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    return Ran(done.returncode, done.stdout, done.stderr), lines, record


@pytest.mark.parametrize(
    ("entered", "outcome", "reason"),
    [
        (f"{PIN}\n", "granted", Reason.RECOGNISED),
        ("04A1B2C3\n", "granted", Reason.RECOGNISED),
        ("00000000\n", "denied", Reason.WRONG_FACTOR),
        ("", "denied", Reason.FACTOR_NEEDED),
        (PIN, "denied", Reason.FACTOR_NEEDED),  # no end of the line
    ],
)
def test_a_door_lets_in_with_the_factor_and_only_with_it(
    run: Run,
    enrolled: Path,
    tmp_path: Path,
    photos: Photos,
    entered: str,
    outcome: str,
    reason: Reason,
) -> None:
    run("people", "pin", "101", "--file", in_file(tmp_path, PIN))
    run("people", "card", "101", "--file", in_file(tmp_path, "04:A1:B2:C3"))
    run("rules", "add", "second-factor", "--person", "101")
    done, lines, record = at_a_door(enrolled, tmp_path, entered, photos)
    (event,) = run("events", "list", "--json").lines
    assert (event["outcome"], event["reason"]) == (outcome, reason.sentence)
    assert event["person"] == STAFF[0].name
    assert any(one.seconds > 0 for one in read_record(record)) is (outcome == "granted")
    assert ("granted" in {line["outcome"] for line in lines}) is (outcome == "granted")
    if outcome == "denied":
        awaited = [line for line in lines if line["outcome"] == "none"]
        assert reason.sentence in {line["reason"] for line in awaited}
    assert PIN not in done.stdout + done.stderr


def test_a_reader_that_means_nothing_is_refused(run: Run, enrolled: Path) -> None:
    for address, words in (("usb:1", "no reader of the kind"), ("serial:", "names no port")):
        arguments = ["--camera", "demo:", "--lock", "simulated:", "--reader", address]
        run("door", "run", "Lab", *arguments).refused(words)


def test_giving_a_factor_loads_no_network(enrolled: Path, tmp_path: Path) -> None:
    file = str(in_file(tmp_path, PIN))
    for command in (["pin", "101", "--file", file], ["code", "101"]):
        assert heavy_of(imported("people", *command, "--home", str(enrolled))) == set()
