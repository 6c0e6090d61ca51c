"""The claim of the comparison, small and fast: untuned, a direction needs fewer epochs than Adam.

Gratings in eight directions under noise, 6 epochs, the source's setting (no averaged weights, each
rival with a step of 0.001). Pictures, network and thresholds were chosen on the seeds 0 to 3, the
test runs others. It is no law of nature: of seven small networks that were tried, four gave the
direction 20 to 30 % fewer epochs than Adam, two none, and one with mean instead of maximum pooling
40 % more. The last tests put SGD in the direction's place and show that the claim then fails.
"""

from collections.abc import Sequence
from dataclasses import replace

import pytest
import torch
from gratings import gratings

from faceaccess.core.progress import run
from faceaccess.learn import optimizers
from faceaccess.learn.comparison import ComparedRun, Variations, compare
from faceaccess.learn.comparison_figures import reached
from faceaccess.learn.hyperparameters import Hyperparameters

TARGET = 0.6
SEEDS = 3
CHOSEN = Hyperparameters(
    network="conv 6x5 | relu | pool 2 | fc 48 | relu | classes",
    batch=32,
    epochs=6,
    seed=100,
    shift=0,
    mirror=False,
    averaged_weights=False,
)
DIRECTIONS = ("direction-as-written", "direction")
RIVALS = ("adam", "sgd")

# What is claimed.
ALL_REACH = "every direction reaches the target from every start"
FASTER = "as written it needs at least 20 % fewer epochs than Adam"
NO_SLOWER = "as recommended it needs no more epochs than Adam"
SGD_BEHIND = "SGD stays far behind"
NO_SCALE = "a factor on the loss changes nothing"

Runs = Sequence[ComparedRun]


def runs_of(names: Sequence[str], *, loss_factor: float = 1.0, seeds: int = SEEDS) -> Runs:
    training = gratings(8, 120, seed=1, noise=0.7)
    test = gratings(8, 50, seed=2, noise=0.7)
    variations = Variations(loss_factor=loss_factor)
    return run(
        compare(training, test, CHOSEN, optimizers=names, seeds=seeds, variations=variations)
    )


@pytest.fixture(scope="module")
def rivals() -> Runs:
    return runs_of(RIVALS)


@pytest.fixture(scope="module")
def directions() -> Runs:
    return runs_of(DIRECTIONS)


def of(name: str, runs: Runs) -> Runs:
    return [one for one in runs if one.optimizer == name]


def epochs_needed(runs: Runs) -> float:
    """Return the sum over the runs; one that never reaches the target counts in full."""
    needed = [reached(one.history, TARGET) for one in runs]
    return sum(CHOSEN.epochs if one is None else one.epochs for one in needed)


def broken_claims(directions: Runs, scaled: Runs, rivals: Runs) -> set[str]:
    """Return what of the claim does not hold.

    Args:
        directions: of each seed, both.
        scaled: of the first seed, as written, with every loss multiplied by 128.
        rivals: of each seed, Adam and SGD.
    """
    written, recommended = (of(name, directions) for name in DIRECTIONS)
    adam = epochs_needed(of("adam", rivals))
    holds = {
        ALL_REACH: all(reached(one.history, TARGET) for one in directions),
        FASTER: epochs_needed(written) <= 0.8 * adam,
        NO_SLOWER: epochs_needed(recommended) <= adam,
        SGD_BEHIND: all(one.history[-1].accuracy < TARGET / 2 for one in of("sgd", rivals)),
        NO_SCALE: [f.loss for f in scaled[0].history] == [f.loss for f in written[0].history],
    }
    return {claim for claim, true in holds.items() if not true}


def test_the_claim(directions: Runs, rivals: Runs) -> None:
    scaled = runs_of(DIRECTIONS[:1], loss_factor=128.0, seeds=1)
    assert broken_claims(directions, scaled, rivals) == set()


@pytest.mark.parametrize(
    ("step", "broken"),
    [
        ("of the comparison", {ALL_REACH, FASTER, NO_SLOWER, NO_SCALE}),
        ("computed", {ALL_REACH, FASTER, NO_SCALE}),
    ],
)
def test_it_fails_if_the_optimizer_is_replaced_by_sgd(
    rivals: Runs, step: str, broken: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Replaced(torch.optim.SGD):
        """SGD with the source's 0.001, or with the step that a direction would start with."""

        def __init__(
            self, params: Sequence[torch.Tensor], given: float | None = None, **_: object
        ) -> None:
            computed = 0.0014 * sum(p.numel() for p in params) ** 0.5
            super().__init__(params, 0.001 if step == "of the comparison" else given or computed)

        @property
        def step_lengths(self) -> tuple[float, ...]:
            return (self.param_groups[0]["lr"],)

    monkeypatch.setattr(optimizers, "GradientDirection", Replaced)
    monkeypatch.setitem(optimizers._MAKERS, "direction-as-written", Replaced)
    replaced = runs_of(DIRECTIONS)
    scaled = runs_of(DIRECTIONS[:1], loss_factor=128.0, seeds=1)
    assert broken_claims(replaced, scaled, rivals) >= broken


def test_it_fails_if_the_two_of_them_change_places(directions: Runs, rivals: Runs) -> None:
    adam = of("adam", rivals)
    changed = [replace(one, optimizer=name) for name in DIRECTIONS for one in adam]
    as_adam = [replace(one, optimizer="adam") for one in of(DIRECTIONS[0], directions)]
    broken = broken_claims(changed, changed, [*as_adam, *of("sgd", rivals)])
    assert {FASTER, NO_SLOWER} <= broken
