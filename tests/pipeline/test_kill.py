"""kill -9 in the middle of an import and of a retraining: the next start is whole."""

import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from drawn import POSES, drawing

from faceaccess.app import App
from faceaccess.camera.drawn_people import STAFF
from faceaccess.core.actors import Actor
from faceaccess.core.people import Person
from faceaccess.core.progress import run
from faceaccess.images.codec import encode_png

PROGRAM = Path(__file__).with_name("killed_process.py")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("people")
    for person in STAFF[:3]:
        (root / person.name).mkdir()
        for i, turn in POSES:
            (root / person.name / f"{i}.png").write_bytes(encode_png(drawing(person, turn)))
    return root


def killed(home: Path, what: str, source: Path, at_step: int, then: float) -> bool:
    """Start the job, kill it so many seconds after a step; return whether it had ended before."""
    process = subprocess.Popen(
        [sys.executable, PROGRAM, home, what, source], stdout=subprocess.PIPE, text=True
    )
    with process:
        assert process.stdout is not None
        ended = False
        for line in process.stdout:
            ended = line.strip() == "done"
            if ended or int(line) >= at_step:
                break
        time.sleep(then)  # the moment of the kill is what is tested, nothing is waited for
        process.send_signal(signal.SIGKILL)
        rest = process.stdout.read()
    return ended or "done" in rest


def is_whole(home: Path) -> bool:
    with sqlite3.connect(home / "faceaccess.sqlite3") as connection:
        answer = connection.execute("PRAGMA integrity_check").fetchall()
        broken = connection.execute("PRAGMA foreign_key_check").fetchall()
    connection.close()
    return answer == [("ok",)] and broken == []


@pytest.mark.parametrize("seed", range(5))
def test_killed_during_import(
    make_app: Callable[..., App], actor: Actor, folder: Path, seed: int
) -> None:
    app = make_app()
    home = app.home.root
    app.close()
    rng = random.Random(seed)
    # The last steps are where people are trained and stored.
    step = rng.choice([2, 8, 9, 10, 11, 12])
    ended = killed(home, "import", folder, step, rng.uniform(0, 0.05))
    again = make_app()
    assert is_whole(home)
    people = again.store.count_people()
    assert people in ((3,) if ended else (0, 3))
    assert again.store.count_samples() == 3 * people
    serving = again.store.serving_head()
    assert (serving is None) == (people == 0)
    result = run(again.people_import.run(actor, folder))
    assert again.store.count_people() == 3
    assert again.store.count_samples() == 9
    assert result.samples + result.skipped == 9
    assert len(again.store.serving_head()[1].person_ids) == 3


@pytest.mark.parametrize("seed", range(3))
def test_killed_during_retraining(
    app: App,
    make_app: Callable[..., App],
    actor: Actor,
    enrol: Callable[..., Person],
    seed: int,
) -> None:
    for i in range(3):
        enrol(i)
    before = app.store.serving_head()[0]
    home = app.home.root
    app.close()
    rng = random.Random(seed)
    ended = killed(home, "retrain", Path(), rng.choice([0, 1, 2]), rng.uniform(0, 0.05))
    again = make_app()
    assert is_whole(home)
    record, head = again.store.serving_head()
    assert record.version in (
        (before.version + 1,) if ended else (before.version, before.version + 1)
    )
    assert len(head.person_ids) == 3
    assert run(again.retraining.run(actor)).accepted
