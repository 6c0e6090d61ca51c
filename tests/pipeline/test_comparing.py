"""What compared runs are said to mean, and the comparison as a use case."""

import math
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from compared import RUNS, compared
from labelled_folders import labelled_folder

from faceaccess.core.clock import SystemClock
from faceaccess.core.errors import KnownError
from faceaccess.core.progress import Progress, run
from faceaccess.pipeline import drawn_pictures
from faceaccess.pipeline.comparing import (
    COMPARED,
    DRAWN_EPOCHS,
    EPOCHS,
    Comparing,
    ComparisonSettings,
)
from faceaccess.pipeline.comparison_summary import Figure, figure, summarise, target_of

TINY = ComparisonSettings(
    optimizers=("direction", "adam"),
    seeds=2,
    epochs=2,
    batch=4,
    network="fc 4 | relu | classes",
    size=8,
    share=0.5,
)


@pytest.fixture
def comparing() -> Comparing:
    return Comparing(SystemClock())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return labelled_folder(tmp_path / "pictures", 4)


def test_rows_by_hand() -> None:
    direction, adam, sgd = summarise(RUNS, 0.6)
    assert (direction.optimizer, adam.optimizer, sgd.optimizer) == ("direction", "adam", "sgd")
    assert direction.runs == 2
    assert direction.final == Figure(pytest.approx(0.8), pytest.approx(math.sqrt(0.02)))
    assert direction.best == Figure(pytest.approx(0.85), pytest.approx(math.sqrt(0.005)))
    assert direction.fall == Figure(pytest.approx(0.05), pytest.approx(math.sqrt(0.005)))
    assert direction.difference is None
    # Epoch 1.5 (0.5 to 0.7) and 1 1/3 (0.5 to 0.8), at 2 s an epoch.
    assert direction.epochs_to == Figure(pytest.approx(17 / 12), pytest.approx(1 / 6 / 2**0.5))
    assert direction.seconds_to is not None
    assert direction.seconds_to.mean == pytest.approx(17 / 6)
    assert direction.seconds == Figure(6.0, 0.0)
    # Adam against direction: 0.7 - 0.9 and 0.8 - 0.7.
    assert adam.difference == Figure(pytest.approx(-0.05), pytest.approx(math.sqrt(0.045)))
    assert adam.epochs_to is not None
    assert adam.epochs_to.mean == pytest.approx((2.5 + 2.0) / 2)
    assert adam.seconds.mean == 9.0
    assert (sgd.reached, sgd.epochs_to, sgd.seconds_to) == (0, None, None)


def test_times_are_told_only_where_every_run_got_there() -> None:
    _, adam, sgd = summarise(RUNS, 0.75)
    assert (adam.reached, adam.epochs_to) == (1, None)
    assert sgd.reached == 0


def test_the_target_is_a_share_of_the_best_mean_and_a_whole_per_cent() -> None:
    assert target_of(RUNS) == 0.76  # 0.95 * 0.8
    assert target_of([compared("sgd", 0, (0.307,))]) == 0.29


def test_one_run_has_no_spread() -> None:
    assert figure([0.5]) == Figure(0.5, None)
    assert figure([]) is None


def test_a_run_that_diverged_counts_with_what_it_came_through() -> None:
    runs = (
        compared("direction", 0, (0.5, 0.9)),
        compared("momentum", 0, (0.4,), stopped_by="diverged"),
        compared("direction", 1, (0.5, 0.9)),
        compared("momentum", 1, (), stopped_by="diverged"),
    )
    _, momentum = summarise(runs, 0.3)
    assert (momentum.runs, momentum.diverged) == (2, 2)
    assert momentum.final == Figure(0.4, None)
    assert momentum.difference == Figure(pytest.approx(-0.5), None)
    assert (momentum.reached, momentum.epochs_to) == (1, None)
    gone = summarise([compared("sgd", 0, (), stopped_by="diverged")], 0.0)[0]
    assert (gone.final, gone.best, gone.fall) == (None, None, None)
    assert target_of([compared("sgd", 0, (), stopped_by="diverged")]) == 0.0


def test_a_folder_is_compared_and_reported(
    comparing: Comparing, folder: Path, tmp_path: Path
) -> None:
    steps: list[Progress] = []
    result = run(comparing.run(folder, TINY), steps.append)
    assert [(one.optimizer, one.seed) for one in result.runs] == [
        ("direction", 0),
        ("adam", 0),
        ("direction", 1),
        ("adam", 1),
    ]
    assert all(len(one.history) == 2 for one in result.runs)
    assert (result.training, result.test) == (6, 6)
    assert [row.optimizer for row in result.rows] == ["direction", "adam"]
    assert result.rows == summarise(result.runs, result.target)
    ends = [step for step in steps if "end_of_run" in step.figures]
    assert [end.text for end in ends][:2] == ["direction, seed 0", "adam, seed 0"]
    out = tmp_path / "deep" / "report"
    files = comparing.export(result, out)
    assert {path.name for path in out.iterdir()} == {path.name for path in files}


def test_runs_of_one_seed_start_from_the_same_weights(comparing: Comparing, folder: Path) -> None:
    settings = replace(TINY, optimizers=("direction", "direction-as-written"), epochs=1, batch=6)
    result = run(comparing.run(folder, settings))
    first, second, third, _ = (one.history[0].loss for one in result.runs)
    assert first == second  # one step an epoch: the loss is that of the first weights
    assert first != third


def test_drawn_faces_need_no_folder(comparing: Comparing, monkeypatch: pytest.MonkeyPatch) -> None:
    few = partial(drawn_pictures.draw, training=8, test=4, people=drawn_pictures.PEOPLE[:2])
    monkeypatch.setattr(drawn_pictures, "draw", few)
    result = run(comparing.run(None, replace(TINY, size=99, seed=3)))
    assert result.what == "24 pictures of 2 drawn people"
    assert result.preprocessing.size == drawn_pictures.SIZE
    assert [one.seed for one in result.runs] == [3, 3, 4, 4]


def test_a_given_target_is_taken(comparing: Comparing, folder: Path) -> None:
    assert run(comparing.run(folder, replace(TINY, target=0.25, seeds=1))).target == 0.25


def test_the_usual_settings_are_those_of_the_method() -> None:
    usual = ComparisonSettings()
    assert usual.optimizers == COMPARED
    chosen = usual.hyperparameters(drawn=False)
    assert (chosen.network, chosen.batch, chosen.epochs) == ("lenet", 64, EPOCHS)
    assert (chosen.shift, chosen.mirror, chosen.initial_step) == (0, False, None)
    assert usual.hyperparameters(drawn=True).epochs == DRAWN_EPOCHS
    assert replace(usual, epochs=7).hyperparameters(drawn=True).epochs == 7


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"optimizers": ()}, "No optimizer"),
        ({"optimizers": ("adam", "sgd", "adam")}, "adam is named twice"),
        ({"seeds": 0}, "0 runs"),
        ({"target": 0.0}, "accuracy of 0"),
        ({"target": 1.5}, "accuracy of 1.5"),
        ({"target": math.nan}, "accuracy of nan"),
    ],
)
def test_settings_that_are_not_possible(change: dict[str, object], word: str) -> None:
    with pytest.raises(KnownError, match=word):
        replace(TINY, **change)  # type: ignore[arg-type]  # wrong on purpose


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"optimizers": ("adam", "magic")}, "magic"),
        ({"epochs": 0}, "0"),
        ({"batch": 64}, "64"),
        ({"network": "conv"}, "conv"),
        ({"loss": "regret"}, "regret"),
        ({"share": 1.0}, "share"),
    ],
)
def test_a_comparison_that_is_not_possible(
    comparing: Comparing, folder: Path, change: dict[str, object], word: str
) -> None:
    with pytest.raises(KnownError, match=word):
        run(comparing.run(folder, replace(TINY, **change)))  # type: ignore[arg-type]  # wrong on purpose


def test_a_folder_that_cannot_be_made_is_told_before_any_work(
    comparing: Comparing, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("in the way")
    for place in ("file", "file/report"):
        with pytest.raises(KnownError, match="file"):
            comparing.check_place(tmp_path / place)
    comparing.check_place(tmp_path / "new" / "report")
    assert (tmp_path / "new" / "report").is_dir()
