"""`faceaccess watch`, `events`, `camera`, `models` and `doctor`."""

import csv
import json
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import cv2
import pytest

from faceaccess.camera.drawn_people import STAFF, STRANGERS, render
from faceaccess.cli.watch import changes
from faceaccess.core.decisions import Decision, FrameResult, Outcome
from faceaccess.core.reasons import Reason

from .conftest import Photos, Ran

Run = Callable[..., Ran]


def seen(frame: int, decision: Decision) -> FrameResult:
    return FrameResult(frame, datetime(2026, 1, 5, tzinfo=UTC), "Front door", (), decision)


def test_only_changes_are_told_and_a_similarity_that_wavers_is_none() -> None:
    nobody = Decision(Outcome.NONE, Reason.NOBODY)
    results = [
        seen(0, nobody),
        seen(1, nobody),
        seen(2, Decision(Outcome.GRANTED, Reason.RECOGNISED, "a", "Ada", 0.71)),
        seen(3, Decision(Outcome.GRANTED, Reason.RECOGNISED, "a", "Ada", 0.72)),
        seen(4, Decision(Outcome.GRANTED, Reason.RECOGNISED, "b", "Ben", 0.72)),
        seen(5, Decision(Outcome.DENIED, Reason.UNKNOWN)),
        seen(6, nobody),
    ]
    assert [result.frame for result in changes(results)] == [0, 2, 4, 5, 6]


@pytest.fixture
def folder(tmp_path: Path, photos: Photos) -> Path:
    """Pictures of a member of staff, then of a stranger, as a recording."""
    made = tmp_path / "recording"
    made.mkdir()
    for number, person in enumerate((STAFF[0], STRANGERS[0])):
        (made / f"{number}.jpg").write_bytes(photos.of(person, 4).read_bytes())
    return made


def test_a_folder_is_read_to_its_end_and_each_visit_is_an_event(
    run: Run, enrolled: Path, folder: Path
) -> None:
    done = run("watch", folder, "--json")
    assert done.exit_code == 0
    assert done.stderr == ""
    decided = [(one["outcome"], one["person"]) for one in done.lines if one["outcome"] != "none"]
    assert decided == [("granted", STAFF[0].name), ("denied", None)]
    granted = next(one for one in done.lines if one["outcome"] == "granted")
    assert set(granted) >= {"time", "frame", "outcome", "person", "similarity", "reason"}
    assert datetime.fromisoformat(granted["time"]).tzinfo is not None
    assert granted["reason"] == "Recognised"
    assert granted["similarity"] >= granted["threshold"]

    newest, oldest = run("events", "list", "--json").lines
    assert (oldest["outcome"], oldest["person"]) == ("granted", STAFF[0].name)
    assert (newest["outcome"], newest["person"]) == ("denied", None)
    assert (oldest["sequence"], newest["sequence"]) == (1, 2)
    assert oldest["camera"] == str(folder)
    assert oldest["head"] == 3


def test_frames_counts_the_frames_that_were_looked_at(
    run: Run, enrolled: Path, folder: Path
) -> None:
    lines = run("watch", folder, "--frames", "2", "--json").lines
    assert all(one["frame"] < 2 for one in lines)
    assert {one["outcome"] for one in lines} == {"none"}  # too few to decide


def test_a_video_is_read_to_its_end(run: Run, enrolled: Path, tmp_path: Path) -> None:
    file = tmp_path / "visit.avi"
    writer = cv2.VideoWriter(str(file), cv2.VideoWriter.fourcc(*"MJPG"), 10, (640, 480))
    for number in range(12):
        writer.write(render(STAFF[1], seed=number))
    writer.release()
    lines = run("watch", file, "--json").lines
    assert (lines[-1]["outcome"], lines[-1]["person"]) == ("granted", STAFF[1].name)
    # A face that does not move may be a picture.
    run("settings", "set", "liveness", "always")
    lines = run("watch", file, "--json").lines
    assert (lines[-1]["outcome"], lines[-1]["person"]) == ("none", STAFF[1].name)


def test_drawn_people_for_people(run: Run, enrolled: Path) -> None:
    done = run("watch", "demo:", "--frames", "3")
    assert "Nobody at the door" in done.stdout or "Come closer" in done.stdout


def test_events_can_be_chosen_and_exported(
    run: Run, enrolled: Path, folder: Path, tmp_path: Path
) -> None:
    run("watch", folder)
    (granted,) = run("events", "list", "--outcome", "granted", "--json").lines
    assert run("events", "list", "--person", "101", "--json").lines == [granted]
    assert run("events", "list", "--person", "102", "--json").lines == []
    assert run("events", "list", "--until", "2020-01-01", "--json").lines == []
    assert len(run("events", "list", "--since", "2020-01-01", "--json").lines) == 2
    assert len(run("events", "list", "--limit", "1", "--json").lines) == 1
    assert run("events", "list", "--offset", "1", "--json").lines == [granted]
    assert run("events", "list", "--camera", "elsewhere", "--json").lines == []
    assert STAFF[0].name in run("events", "list").stdout

    file = tmp_path / "visits.csv"
    assert run("events", "export", file, "--json").line == {"file": str(file), "events": 2}
    with file.open(encoding="utf-8-sig", newline="") as written:
        rows = list(csv.DictReader(written))
    assert [row["outcome"] for row in rows] == ["granted", "denied"]
    assert rows[0]["person"] == STAFF[0].name
    shown = run("people", "show", "101", "--json").line
    assert [one["id"] for one in shown["last_visits"]] == [granted["id"]]


def test_a_camera_list_is_objects_with_address_and_name(run: Run) -> None:
    done = run("camera", "list", "--json")
    assert done.exit_code == 0
    assert all(set(one) == {"address", "name"} for one in done.lines)


def test_models_are_listed_with_licence_and_hash(run: Run) -> None:
    models = {one["name"]: one for one in run("models", "list", "--json").lines}
    assert {"yunet", "sface", "mtcnn", "facenet", "dlib"} <= set(models)
    assert models["sface"]["licence"] == "Apache-2.0"
    assert models["sface"]["in_use"]
    assert models["sface"]["available"]
    assert len(models["sface"]["sha256"]) == 64
    assert "Apache-2.0" in run("models", "list").stdout


def test_the_doctor_looks_at_everything(run: Run, enrolled: Path) -> None:
    done = run("doctor", "--json")
    assert done.exit_code == 0
    checks = {one["name"]: one for one in done.lines}
    assert all(set(one) == {"name", "ok", "text"} for one in done.lines)
    assert {"camera", "weights", "data folder", "display"} <= set(checks)
    assert checks["weights"]["ok"]
    assert checks["data folder"]["ok"]
    (enrolled / "faceaccess.sqlite3").write_text("damaged")
    again = {one["name"]: one for one in run("doctor", "--json").lines}
    assert not again["database"]["ok"]


def test_the_demo_names_staff_and_takes_nobody_for_another() -> None:
    demo = subprocess.Popen(
        [sys.executable, "-u", "-m", "faceaccess", "demo", "--headless", "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    decided = []
    try:
        assert demo.stdout is not None
        for line in demo.stdout:
            one = json.loads(line)
            assert "truth" in one
            if one["outcome"] == "granted":
                assert one["person"] == one["truth"]
            if one["outcome"] == "denied":
                assert one["truth"] is None
            decided += [one["outcome"]] * (one["outcome"] != "none")
            if {"granted", "denied"} <= set(decided):
                break
        demo.terminate()
        _, stderr = demo.communicate(timeout=60)
    finally:
        demo.kill()
    assert demo.returncode == 143
    assert "Traceback" not in stderr


def test_the_demo_ends_after_its_seconds_and_leaves_nothing(
    process: Callable[..., Ran], home: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "temporary"
    folder.mkdir()
    done = process("demo", "--headless", "--seconds", "1", "--json", TMPDIR=str(folder))
    assert done.exit_code == 0
    assert done.lines
    assert list(folder.iterdir()) == []
    assert not home.exists()
