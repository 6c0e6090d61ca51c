"""Training on pictures: what it computes, that it is the same every time, and what it refuses."""

import random
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from gratings import gratings
from same_training import assert_same, without_seconds

from faceaccess.core.errors import BugError, KnownError
from faceaccess.core.progress import Progress, run
from faceaccess.learn.hyperparameters import Hyperparameters
from faceaccess.learn.network_input import network_input
from faceaccess.learn.networks import build_network
from faceaccess.learn.optimizers import make_optimizer
from faceaccess.learn.picture_task import PictureTask
from faceaccess.learn.picture_training import train_pictures
from faceaccess.learn.prepared_set import PreparedSet
from faceaccess.learn.stop_rules import best_epoch
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
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


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


# --- what is refused


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
