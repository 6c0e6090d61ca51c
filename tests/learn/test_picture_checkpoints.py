"""A training goes on from its checkpoints bit by bit, or says why it cannot."""

import errno
import math
import os
import random
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from gratings import gratings
from killed_training import CHOSEN as KILLED
from killed_training import TEST as KILLED_TEST
from killed_training import TRAINING as KILLED_TRAINING
from same_training import assert_same

from faceaccess.core.clock import ManualClock
from faceaccess.core.errors import BugError, KnownError
from faceaccess.core.progress import CancelledError, run
from faceaccess.learn import checkpoints, trainer
from faceaccess.learn.choices import OPTIMIZERS
from faceaccess.learn.hyperparameters import Hyperparameters
from faceaccess.learn.picture_task import PictureTask
from faceaccess.learn.picture_training import train_pictures
from faceaccess.learn.prepared_set import PreparedSet, from_arrays

NETWORK = "conv 4x3 | relu | pool 2 | fc 12 | relu | classes"
CHOSEN = Hyperparameters(
    network=NETWORK, batch=8, epochs=3, shift=1, mirror=True, averaged_weights=False
)


@pytest.fixture(scope="module")
def training() -> PreparedSet:
    return gratings(3, 10, seed=1, size=10)


@pytest.fixture(scope="module")
def test() -> PreparedSet:
    return gratings(3, 5, seed=2, size=10)


@pytest.fixture
def saving_each_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trainer, "CHECKPOINT_SECONDS", 0.0)


# --- going on


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("more", [{}, {"averaged_weights": True, "patience": 2}])
@pytest.mark.usefixtures("saving_each_step")
def test_going_on_from_every_checkpoint(
    training: PreparedSet,
    test: PreparedSet,
    optimizer: str,
    more: dict[str, Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    chosen = replace(CHOSEN, optimizer=optimizer, **more)
    path = tmp_path / "model.checkpoint"
    copies: list[Path] = []
    save = checkpoints.save_checkpoint

    def save_and_copy(*args: Any) -> None:
        save(*args)
        copies.append(tmp_path / f"copy-{len(copies)}")
        shutil.copy(path, copies[-1])

    with monkeypatch.context() as patched:
        patched.setattr(checkpoints, "save_checkpoint", save_and_copy)
        expected = run(train_pictures(training, test, chosen, checkpoint=path))
    assert_same(run(train_pictures(training, test, chosen)), expected)  # saving changes nothing
    assert len(copies) == expected.history[-1].step + 1
    for copied in copies[1::3] + copies[-1:]:
        shutil.copy(copied, path)
        found = run(train_pictures(training, test, chosen, checkpoint=path, resume=True))
        assert_same(found, expected)


@pytest.mark.usefixtures("saving_each_step")
def test_killed_again_and_again(tmp_path: Path) -> None:
    """Three processes die at drawn moments, in steps and in the midst of writing."""
    path = tmp_path / "model.checkpoint"
    expected = run(train_pictures(KILLED_TRAINING, KILLED_TEST, KILLED))
    rng = random.Random(1)
    for _ in range(3):
        died = subprocess.run(
            [
                *(sys.executable, Path(__file__).with_name("killed_training.py")),
                *(path, str(rng.randrange(8, 24))),
            ],
            capture_output=True,
            text=True,
            check=False,
        )
        assert died.returncode == -9, died.stderr
    assert path.exists()
    found = run(train_pictures(KILLED_TRAINING, KILLED_TEST, KILLED, checkpoint=path, resume=True))
    assert_same(found, expected)
    assert [one.name for one in tmp_path.iterdir()] == [path.name]  # no half-written rest


@pytest.mark.usefixtures("saving_each_step")
def test_closed_at_any_yield(
    training: PreparedSet, test: PreparedSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trainer, "REPORT_SECONDS", 0.0)  # a yield after every step
    expected = run(train_pictures(training, test, CHOSEN))
    path = tmp_path / "model.checkpoint"
    for after in (1, 2, 3):
        job = train_pictures(training, test, CHOSEN, checkpoint=path, resume=path.exists())
        for _ in range(after):
            next(job)
        job.close()
        assert [one.name for one in tmp_path.iterdir()] == [path.name]
    found = run(train_pictures(training, test, CHOSEN, checkpoint=path, resume=True))
    assert_same(found, expected)


def test_cancelled(training: PreparedSet, test: PreparedSet, tmp_path: Path) -> None:
    with pytest.raises(CancelledError):
        run(
            train_pictures(training, test, CHOSEN, checkpoint=tmp_path / "model.checkpoint"),
            cancelled=lambda: True,
        )
    assert list(tmp_path.iterdir()) == []


def test_more_epochs_from_the_end(training: PreparedSet, test: PreparedSet, tmp_path: Path) -> None:
    path = tmp_path / "model.checkpoint"
    short = run(train_pictures(training, test, CHOSEN, checkpoint=path))
    again = run(train_pictures(training, test, CHOSEN, checkpoint=path, resume=True))
    assert_same(again, short)
    longer = replace(CHOSEN, epochs=6, until_loss=1e-9, until_seconds=1e9)
    on = run(train_pictures(training, test, longer, checkpoint=path, resume=True))
    assert_same(on, run(train_pictures(training, test, longer)))


def test_time_goes_on_where_it_was(
    training: PreparedSet, test: PreparedSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = ManualClock()
    gradients = PictureTask.gradients

    def slow(*args: Any) -> Any:
        clock.advance(1.0)
        return (yield from gradients(*args))

    monkeypatch.setattr(PictureTask, "gradients", slow)
    path = tmp_path / "model.checkpoint"
    limited = replace(CHOSEN, until_seconds=6.0)
    first = run(train_pictures(training, test, limited, checkpoint=path, clock=clock))
    assert (first.stopped_by, first.seconds) == ("time", 6.0)
    assert [(f.epoch, f.step) for f in first.history] == [(1, 4), (2, 6)]
    clock.advance(1000.0)
    same = run(train_pictures(training, test, limited, checkpoint=path, resume=True, clock=clock))
    assert_same(same, first)
    whole = run(train_pictures(training, test, CHOSEN, checkpoint=path, resume=True, clock=clock))
    assert whole.seconds == 12.0
    assert_same(whole, run(train_pictures(training, test, CHOSEN)))


# --- what is refused


@pytest.fixture
def broken_off(training: PreparedSet, test: PreparedSet, tmp_path: Path) -> Path:
    path = tmp_path / "model.checkpoint"
    run(train_pictures(training, test, CHOSEN, checkpoint=path))
    return path


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("network", "fc 9 | relu | classes"),
        ("loss", "hinge"),
        ("optimizer", "adam"),
        ("initial_step", 0.5),
        ("batch", 7),
        ("seed", 5),
        ("initialiser", "near zero"),
        ("shift", 0),
        ("mirror", False),
        ("averaged_weights", True),
        ("patience", 3),
    ],
)
def test_a_checkpoint_of_other_hyperparameters(
    training: PreparedSet, test: PreparedSet, broken_off: Path, name: str, value: Any
) -> None:
    before = broken_off.read_bytes()
    other = replace(CHOSEN, epochs=9, **{name: value})
    with pytest.raises(KnownError, match=rf"model\.checkpoint was made with {name} "):
        run(train_pictures(training, test, other, checkpoint=broken_off, resume=True))
    assert broken_off.read_bytes() == before


def test_a_checkpoint_of_other_pictures(
    training: PreparedSet, test: PreparedSet, broken_off: Path
) -> None:
    changed = training.batch(np.arange(30))
    changed[17, 0, 3, 3] ^= 1
    other = from_arrays(changed, training.labels, training.classes, colour=False)
    with pytest.raises(KnownError, match="other training pictures"):
        run(train_pictures(other, test, CHOSEN, checkpoint=broken_off, resume=True))
    for tested in (None, gratings(3, 5, seed=3, size=10)):
        with pytest.raises(KnownError, match="other test pictures"):
            run(train_pictures(training, tested, CHOSEN, checkpoint=broken_off, resume=True))


def test_a_checkpoint_that_is_further_than_asked(
    training: PreparedSet, test: PreparedSet, broken_off: Path
) -> None:
    fewer = replace(CHOSEN, epochs=2)
    with pytest.raises(KnownError, match="epoch 3 already"):
        run(train_pictures(training, test, fewer, checkpoint=broken_off, resume=True))


@pytest.mark.parametrize("part", ["task", "trainer", "optimizer", "history"])
def test_a_checkpoint_that_contradicts_itself(
    training: PreparedSet, test: PreparedSet, broken_off: Path, part: str
) -> None:
    about, state = checkpoints.load_checkpoint(broken_off)
    if part == "task":
        state["task"]["network"] = {"0.weight": torch.zeros(3)}
    elif part == "trainer":
        del state["trainer"]["loss_sum"]
    elif part == "optimizer":
        state["trainer"]["optimizer"] = {"state": {}, "param_groups": []}
    else:
        state["trainer"]["history"] = [{"epoch": 1}]
    checkpoints.save_checkpoint(broken_off, about, state)
    with pytest.raises(KnownError):
        run(train_pictures(training, test, CHOSEN, checkpoint=broken_off, resume=True))


def test_no_checkpoint_to_go_on_from(
    training: PreparedSet, test: PreparedSet, tmp_path: Path
) -> None:
    path = tmp_path / "model.checkpoint"
    with pytest.raises(KnownError, match="no checkpoint"):
        run(train_pictures(training, test, CHOSEN, checkpoint=path, resume=True))
    with pytest.raises(BugError):
        run(train_pictures(training, test, CHOSEN, resume=True))


def test_a_full_disk(
    training: PreparedSet, test: PreparedSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trainer, "CHECKPOINT_SECONDS", 0.0)
    path = tmp_path / "model.checkpoint"
    expected = run(train_pictures(training, test, CHOSEN))
    fsync = os.fsync
    calls: list[int] = []

    def full(handle: int) -> None:
        calls.append(handle)
        if len(calls) > 8:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        fsync(handle)

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(KnownError, match=r"model\.checkpoint.*No space left"):
            run(train_pictures(training, test, CHOSEN, checkpoint=path))
    assert [one.name for one in tmp_path.iterdir()] == [path.name]
    found = run(train_pictures(training, test, CHOSEN, checkpoint=path, resume=True))
    assert_same(found, expected)


# --- what is not finite


@pytest.mark.usefixtures("saving_each_step")
@pytest.mark.parametrize("fault", [math.nan, math.inf])
def test_diverged_later(
    training: PreparedSet,
    test: PreparedSet,
    tmp_path: Path,
    fault: float,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    good = run(train_pictures(training, test, replace(CHOSEN, epochs=2)))
    gradients = PictureTask.gradients

    def failing(task: PictureTask, epoch: int, step: int) -> Any:
        loss, samples = yield from gradients(task, epoch, step)
        return (fault if (epoch, step) == (3, 2) else loss), samples

    path = tmp_path / "model.checkpoint"
    with monkeypatch.context() as patched:
        patched.setattr(PictureTask, "gradients", failing)
        trained = run(train_pictures(training, test, CHOSEN, checkpoint=path))
    assert trained.stopped_by == "diverged"
    assert [figures.epoch for figures in trained.history] == [1, 2]
    assert_same(replace(trained, stopped_by="epochs", hyperparameters=good.hyperparameters), good)
    # The last checkpoint is good: without the fault it leads to the end as if nothing had been.
    found = run(train_pictures(training, test, CHOSEN, checkpoint=path, resume=True))
    assert_same(found, run(train_pictures(training, test, CHOSEN)))
