"""Training on pictures: what it computes, that it is the same every time, and what it refuses."""

import errno
import math
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
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

from faceaccess.core.clock import ManualClock
from faceaccess.core.errors import BugError, KnownError
from faceaccess.core.progress import CancelledError, Progress, run
from faceaccess.learn import checkpoints, trainer
from faceaccess.learn.choices import OPTIMIZERS
from faceaccess.learn.hyperparameters import Hyperparameters
from faceaccess.learn.network_input import network_input
from faceaccess.learn.networks import build_network
from faceaccess.learn.optimizers import make_optimizer
from faceaccess.learn.picture_task import PictureTask
from faceaccess.learn.picture_training import train_pictures
from faceaccess.learn.prepared_set import PreparedSet, from_arrays
from faceaccess.learn.stop_rules import best_epoch
from faceaccess.learn.trained_network import TrainedNetwork
from faceaccess.optim.weight_average import WeightAverage

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


@pytest.fixture
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def without_seconds(trained: TrainedNetwork) -> list[Any]:
    return [replace(figures, seconds=0.0) for figures in trained.history]


def assert_same(found: TrainedNetwork, expected: TrainedNetwork) -> None:
    """Bit by bit, all but the seconds."""
    assert list(found.weights) == list(expected.weights)
    for name, values in expected.weights.items():
        assert found.weights[name].tobytes() == values.tobytes(), name
    assert without_seconds(found) == without_seconds(expected)
    assert replace(found, weights={}, history=(), seconds=0.0).__dict__ == (
        replace(expected, weights={}, history=(), seconds=0.0).__dict__
    )


# --- what it computes


@pytest.mark.usefixtures("one_thread")
@pytest.mark.parametrize("averaged", [False, True])
@pytest.mark.parametrize("optimizer", ["direction", "adam", "momentum"])
def test_as_written_out_by_hand(
    training: PreparedSet, test: PreparedSet, optimizer: str, averaged: bool
) -> None:
    chosen = replace(CHOSEN, optimizer=optimizer, averaged_weights=averaged, shift=0, mirror=False)
    trained = run(train_pictures(training, test, chosen))

    task = PictureTask(training, test, chosen)  # for the start and the order alone
    network = task.network
    params = list(network.parameters())
    steps = make_optimizer(optimizer, params)
    average = WeightAverage(params)
    losses = []
    for epoch in (1, 2, 3):
        total = 0.0
        order = np.concatenate([task._positions(epoch, step) for step in range(4)])
        assert sorted(order) == list(range(30))
        for start in range(0, 30, 8):
            which = order[start : start + 8]
            labels = torch.from_numpy(training.labels[which])
            loss = torch.nn.functional.cross_entropy(
                network(network_input(training.batch(which))), labels
            )
            steps.zero_grad()
            loss.backward()
            steps.step()
            average.update()
            total += loss.item() * len(which)
        losses.append(total / 30)
    with average.applied() if averaged else torch.no_grad():
        expected = {name: value.clone() for name, value in network.state_dict().items()}
        with torch.no_grad():
            logits = network(network_input(test.batch(np.arange(15))))
    right = (logits.argmax(dim=1) == torch.from_numpy(test.labels.copy())).float().mean()

    for name, values in trained.weights.items():
        np.testing.assert_array_equal(values, expected[name].numpy())
    assert [figures.loss for figures in trained.history] == pytest.approx(losses, rel=1e-12)
    assert trained.accuracy == pytest.approx(float(right))
    assert trained.history[-1].accuracy == trained.accuracy
    assert trained.loss == trained.history[-1].loss
    assert trained.classes == training.classes
    assert trained.fingerprint == training.fingerprint
    assert trained.stopped_by == "epochs"
    assert all(values.dtype == np.float32 for values in trained.weights.values())


@pytest.mark.parametrize("loss", ["cross-entropy", "log-likelihood", "hinge"])
def test_it_learns(loss: str) -> None:
    training, test = gratings(3, 60, seed=1, noise=0.2), gratings(3, 20, seed=2, noise=0.2)
    chosen = replace(CHOSEN, loss=loss, epochs=12, mirror=False)
    trained = run(train_pictures(training, test, chosen))
    assert trained.accuracy is not None
    assert trained.accuracy > 0.9
    assert trained.history[-1].loss < 0.3 * trained.history[0].loss


def test_without_test_pictures(training: PreparedSet) -> None:
    trained = run(train_pictures(training, None, CHOSEN))
    assert trained.accuracy is None
    assert [(f.accuracy, f.test_loss) for f in trained.history] == [(None, None)] * 3


def test_many_test_pictures_are_taken_in_pieces(
    training: PreparedSet, test: PreparedSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = run(train_pictures(training, test, CHOSEN))
    monkeypatch.setattr("faceaccess.learn.picture_task.EVALUATED_AT_ONCE", 4 * 100)
    seen: list[Progress] = []
    in_pieces = run(train_pictures(training, test, CHOSEN), seen.append)
    assert in_pieces.accuracy == whole.accuracy
    assert in_pieces.history[-1].test_loss == pytest.approx(whole.history[-1].test_loss)
    assert len([p for p in seen if not p.figures]) == 3 * 3  # 15 pictures, 4 at once


def test_augmentation_changes_what_is_learned_from_and_nothing_else(training: PreparedSet) -> None:
    plain = replace(CHOSEN, shift=0, mirror=False)
    results = [
        run(train_pictures(training, training, chosen)).history[0]
        for chosen in (plain, replace(plain, shift=2), replace(plain, mirror=True))
    ]
    assert len({figures.loss for figures in results}) == 3


def test_patience_keeps_the_best(training: PreparedSet, test: PreparedSet) -> None:
    chosen = replace(CHOSEN, epochs=40, patience=3)
    trained = run(train_pictures(training, test, chosen))
    assert trained.stopped_by == "no improvement"
    best = best_epoch(trained.history)
    assert trained.history[-1].epoch == best + 1 + 3
    assert (trained.accuracy, trained.loss) == (
        trained.history[best].accuracy,
        trained.history[best].loss,
    )
    until_then = run(train_pictures(training, test, replace(CHOSEN, epochs=best + 1)))
    for name, values in until_then.weights.items():
        assert np.array_equal(trained.weights[name], values)


@pytest.mark.parametrize(
    ("goal", "reason"),
    [
        ({"until_loss": 1.5}, "loss"),
        ({"until_accuracy": 0.01}, "accuracy"),
        ({"until_seconds": 1e-9}, "time"),
        ({"epochs": 1}, "epochs"),
    ],
)
def test_goals(training: PreparedSet, test: PreparedSet, goal: dict[str, Any], reason: str) -> None:
    trained = run(train_pictures(training, test, replace(CHOSEN, **{"epochs": 50, **goal})))
    assert trained.stopped_by == reason
    assert len(trained.history) == 1


def test_asked_to_stop(training: PreparedSet, test: PreparedSet) -> None:
    answers = iter([False] * 5 + [True] * 9)
    trained = run(train_pictures(training, test, CHOSEN, stop=lambda: next(answers)))
    assert trained.stopped_by == "asked"
    assert trained.accuracy is not None
    assert trained.history[-1].step < 12


# --- the same every time


def test_a_seed_is_a_result(training: PreparedSet, test: PreparedSet) -> None:
    first, second = (run(train_pictures(training, test, CHOSEN)) for _ in range(2))
    assert_same(first, second)
    other = run(train_pictures(training, test, replace(CHOSEN, seed=1)))
    assert without_seconds(other) != without_seconds(first)


def test_what_others_draw_and_set_between_does_not_matter(
    training: PreparedSet, test: PreparedSet
) -> None:
    expected = run(train_pictures(training, test, CHOSEN))

    def disturb(_: Progress) -> None:
        torch.manual_seed(random.randrange(1000))
        torch.rand(3)
        np.random.rand(3)  # noqa: NPY002 # on purpose

    with torch.inference_mode():
        assert_same(run(train_pictures(training, test, CHOSEN), disturb), expected)


def test_it_draws_from_no_generator_of_others_and_puts_threads_back(
    training: PreparedSet, test: PreparedSet
) -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        torch.manual_seed(3)
        state = torch.get_rng_state()
        random_state, numpy_state = random.getstate(), np.random.get_state()[1].copy()  # noqa: NPY002
        for _ in train_pictures(training, test, CHOSEN, threads=1):
            assert torch.get_num_threads() == 2
            assert torch.equal(torch.get_rng_state(), state)
        assert random.getstate() == random_state
        assert np.array_equal(np.random.get_state()[1], numpy_state)  # noqa: NPY002
    finally:
        torch.set_num_threads(before)


# --- checkpoints


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


def test_a_batch_larger_than_the_set(training: PreparedSet) -> None:
    with pytest.raises(KnownError, match=r"batch of 31 .*training set of 30") as caught:
        run(train_pictures(training, None, replace(CHOSEN, batch=31)))
    assert "at most 30" in caught.value.remedy
    whole = run(train_pictures(training, None, replace(CHOSEN, batch=30)))
    assert whole.history[-1].step == 3


def test_a_batch_of_one(training: PreparedSet) -> None:
    trained = run(train_pictures(training, None, replace(CHOSEN, batch=1, epochs=1)))
    assert trained.history[-1].step == 30


def test_an_accuracy_to_reach_without_test_pictures(training: PreparedSet) -> None:
    with pytest.raises(KnownError, match=r"accuracy of 0\.9"):
        run(train_pictures(training, None, replace(CHOSEN, until_accuracy=0.9)))


def test_empty_sets(training: PreparedSet) -> None:
    none = training.part(np.array([], np.int64))
    with pytest.raises(KnownError, match="no pictures to train on"):
        run(train_pictures(none, None, CHOSEN))
    with pytest.raises(KnownError, match="no pictures to test on"):
        run(train_pictures(training, none, CHOSEN))


def test_sets_that_do_not_belong_together(training: PreparedSet) -> None:
    with pytest.raises(BugError, match="classes"):
        run(train_pictures(training, gratings(4, 5, seed=2, size=10), CHOSEN))


# --- what is not finite


def test_diverged_in_the_first_epoch(training: PreparedSet, test: PreparedSet) -> None:
    wild = replace(CHOSEN, optimizer="sgd", initial_step=1e30)
    with pytest.raises(KnownError, match="infinite or NaN in the first epoch") as caught:
        run(train_pictures(training, test, wild))
    assert "smaller initial step" in caught.value.remedy


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


def test_the_network_is_the_one_described(training: PreparedSet) -> None:
    trained = run(train_pictures(training, None, CHOSEN))
    network = build_network(NETWORK, channels=1, size=10, classes=3)
    network.load_state_dict({k: torch.from_numpy(v.copy()) for k, v in trained.weights.items()})


def test_importing_does_not_import_torch() -> None:
    code = (
        "import sys, faceaccess.learn.picture_training, faceaccess.learn.comparison,"
        " faceaccess.learn.comparison_figures; assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
