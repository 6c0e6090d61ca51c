"""Train: what changed, the button, the curve, the verdict, cancelling and failing."""

import os
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot
from seeded import ACTOR, SPACE, Seeded, unnamed

from faceaccess.core.actors import Actor
from faceaccess.core.errors import KnownError
from faceaccess.core.progress import Job, Progress
from faceaccess.core.settings import Settings
from faceaccess.gui.theme import theme
from faceaccess.gui.translation import LONGER, use_language
from faceaccess.gui.views.train import TrainView
from faceaccess.gui.widgets.loss_curve import LossCurve
from faceaccess.gui.worker import JobRunner
from faceaccess.pipeline.results import Changes, RetrainResult
from faceaccess.pipeline.retraining import Retraining


class FakeRetraining:
    """Takes one step for each permit; the test holds the permits."""

    def __init__(self, seeded: Seeded) -> None:
        self._seeded = seeded
        self.told = Changes((), (), ())
        self.go = threading.Semaphore(0)
        self.full: list[bool] = []
        self.threads: set[int] = set()
        self.closed = False
        self.error: Exception | None = None
        self.accepted = True

    def changes(self) -> Changes:
        return self.told

    def run(self, actor: Actor, *, full: bool = False) -> Job[RetrainResult]:
        self.full.append(full)
        self.threads.add(threading.get_ident())
        self.niceness = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
        if self.error is not None:
            raise self.error
        losses = []
        try:
            for step in range(1, 4):
                self.go.acquire()
                losses.append(1.0 / step)
                yield Progress(
                    "Training", step, 3, figures={"loss": losses[-1], "step": float(step)}
                )
        finally:
            self.closed = True
        self._seeded.head(*self._seeded.directory.list(), accepted=self.accepted)
        record = self._seeded.store.head_records(limit=1)[0]
        verdict = "Better than before." if self.accepted else "Refused: worse than before."
        return RetrainResult(record, self.accepted, verdict, tuple(losses))


@pytest.fixture
def seeded(tmp_path: Path) -> Iterator[Seeded]:
    seeded = Seeded(tmp_path / "home")
    yield seeded
    seeded.close()


@pytest.fixture
def retraining(seeded: Seeded) -> FakeRetraining:
    return FakeRetraining(seeded)


@pytest.fixture
def runner() -> Iterator[JobRunner]:
    runner = JobRunner()
    yield runner
    runner.shutdown()


@pytest.fixture
def make_view(
    qtbot: QtBot, seeded: Seeded, retraining: FakeRetraining, runner: JobRunner
) -> Iterator[Callable[..., TrainView]]:
    theme()
    made: list[TrainView] = []

    def make(real: Retraining | None = None) -> TrainView:
        view = TrainView(
            real or retraining,  # type: ignore[arg-type]  # stands in for the real one
            seeded.store.head_records,
            runner,
            ACTOR,
            seeded.store.revision,
            seeded.clock,
        )
        qtbot.addWidget(view)
        view.resize(1100, 760)
        view.show()
        view.arrive()
        made.append(view)
        qtbot.waitUntil(lambda: view._state is not None)
        return view

    yield make
    for view in made:
        view.shutdown()


def test_before_the_first_enrolment_there_is_nothing_to_train(
    qtbot: QtBot, make_view: Callable[..., TrainView]
) -> None:
    view = make_view()
    assert view.changes.text() == "Nobody is enrolled yet"
    assert not view.retrain.isEnabled()
    with qtbot.waitSignal(view.asked_for) as asked:
        view.enrol.click()
    assert asked.args == ["enrol"]


def test_changes_are_told_in_words(
    make_view: Callable[..., TrainView], seeded: Seeded, retraining: FakeRetraining
) -> None:
    seeded.head(seeded.person("Ada"))
    names = tuple(f"P{n}" for n in range(7))
    retraining.told = Changes(names, ("Bob",), ("Li Wei", "Ana"))
    view = make_view()
    assert view.changes.text() == "10 changes"
    assert view.lines.text().splitlines() == [
        "P0, P1, P2, P3, P4 and 2 more came in",
        "Bob went",
        "Li Wei, Ana: pictures changed",
    ]
    assert view.retrain.isEnabled()


def test_a_training_draws_its_curve_and_ends_with_a_verdict(
    qtbot: QtBot, make_view: Callable[..., TrainView], seeded: Seeded, retraining: FakeRetraining
) -> None:
    seeded.head(seeded.person("Ada"))
    view = make_view()
    view.full.click()
    qtbot.mouseClick(view.retrain, Qt.MouseButton.LeftButton)
    assert view.job.isVisible()
    assert not view.retrain.isEnabled()
    retraining.go.release(2)
    qtbot.waitUntil(lambda: view.curve.losses == (1.0, 0.5))
    assert "2 of 3" in view.job.words.text()
    retraining.go.release()
    qtbot.waitUntil(view.verdict.isVisible)
    assert view.curve.losses == pytest.approx((1.0, 0.5, 1 / 3))
    assert view.verdict_words.text() == "Better than before."
    assert view.verdict_figures.text().startswith("Version 2: 1 person, 3 pictures")
    assert not view.job.isVisible()
    assert retraining.full == [True]
    assert threading.get_ident() not in retraining.threads
    if sys.platform == "linux":  # the window and the door come first
        assert retraining.niceness > os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
    qtbot.waitUntil(lambda: view.versions.rowCount() == 2)
    assert view.versions.item(0, 7).text() == "in use"
    assert view.versions.item(1, 7).text() == "former"
    assert view.retrain.isEnabled()


def test_a_refused_head_is_shown_and_the_door_goes_on(
    qtbot: QtBot, make_view: Callable[..., TrainView], seeded: Seeded, retraining: FakeRetraining
) -> None:
    seeded.head(seeded.person("Ada"))
    retraining.accepted = False
    view = make_view()
    view.retrain.click()
    retraining.go.release(3)
    qtbot.waitUntil(lambda: view.versions.rowCount() == 2)
    assert view.verdict_words.text() == "Refused: worse than before."
    assert view.versions.item(0, 7).text() == "refused"
    assert view.versions.item(1, 7).text() == "in use"


def test_cancelling_keeps_the_head_that_serves(
    qtbot: QtBot, make_view: Callable[..., TrainView], seeded: Seeded, retraining: FakeRetraining
) -> None:
    seeded.head(seeded.person("Ada"))
    view = make_view()
    view.retrain.click()
    retraining.go.release()
    qtbot.waitUntil(lambda: len(view.curve.losses) == 1)
    view.job.cancel.click()
    retraining.go.release()
    qtbot.waitUntil(lambda: view.bar.message is not None)
    assert view.bar.message is not None
    assert view.bar.message.remedy == "The door goes on with version 1."
    assert retraining.closed
    assert len(seeded.store.head_records()) == 1
    assert view.retrain.isEnabled()


def test_a_failed_training_says_what_it_means_for_the_door(
    qtbot: QtBot, make_view: Callable[..., TrainView], seeded: Seeded, retraining: FakeRetraining
) -> None:
    seeded.head(seeded.person("Ada"))
    retraining.error = KnownError("The disk is full.", "Make room.")
    view = make_view()
    view.retrain.click()
    qtbot.waitUntil(lambda: view.bar.message is not None)
    assert view.bar.message is not None
    assert view.bar.message.text == "The disk is full."
    assert "goes on with version 1" in view.bar.message.remedy
    assert "Make room." in view.bar.message.remedy


def test_something_else_that_runs_keeps_the_button_still(
    qtbot: QtBot,
    make_view: Callable[..., TrainView],
    seeded: Seeded,
    runner: JobRunner,
) -> None:
    seeded.head(seeded.person("Ada"))
    view = make_view()
    hold = threading.Event()
    runner.call(lambda: hold.wait(10), on_failed=lambda _error: None)
    assert not view.retrain.isEnabled()
    view.start()  # by whatever way
    assert view.bar.message is not None
    hold.set()
    qtbot.waitUntil(view.retrain.isEnabled)


def test_a_head_made_elsewhere_is_noticed(
    qtbot: QtBot, make_view: Callable[..., TrainView], seeded: Seeded
) -> None:
    ada = seeded.person("Ada")
    seeded.head(ada)
    view = make_view()
    seeded.head(ada, note="by the command line")
    qtbot.waitUntil(lambda: view.versions.rowCount() == 2, timeout=5000)
    assert view.versions.item(0, 2).text() == "by the command line"


class _Analyser:
    space = SPACE
    default_threshold = 0.5


def test_the_real_training_runs_behind_the_button(
    qtbot: QtBot, make_view: Callable[..., TrainView], seeded: Seeded
) -> None:
    people = [seeded.person(f"P{n}") for n in range(6)]
    seeded.head(*people[:5])
    real = Retraining(
        seeded.store,
        _Analyser,  # type: ignore[arg-type]  # only its space is asked
        Settings,
        seeded.serving,
        seeded.clock,
    )
    view = make_view(real)
    assert view.lines.text() == "P5 came in"
    view.retrain.click()
    qtbot.waitUntil(view.verdict.isVisible, timeout=60_000)
    serving = seeded.store.serving_head()
    assert serving is not None
    assert len(serving[1].person_ids) == 6
    qtbot.waitUntil(lambda: view.changes.text() == "Nothing has changed", timeout=5000)
    assert view.curve.losses


def test_the_curve_says_in_words_what_it_draws(qtbot: QtBot) -> None:
    theme()
    curve = LossCurve()
    qtbot.addWidget(curve)
    curve.add(0, 2.5)
    curve.add(1, 1.0)
    curve.add(2, 0.25)
    curve.load()
    assert curve.accessibleDescription() == "2 steps: loss 2.500 at the start, 0.250 now"
    assert list(curve._line.getData()[1]) == [2.5, 1.0, 0.25]
    theme().choose("dark")
    assert curve._line.opts["pen"].color() == theme().colour("accent")
    theme().choose("light")
    curve.clear()
    assert curve.losses == ()


@pytest.mark.parametrize("language", ["en", LONGER])
def test_every_control_has_a_name(
    qtbot: QtBot,
    make_view: Callable[..., TrainView],
    seeded: Seeded,
    retraining: FakeRetraining,
    language: str,
) -> None:
    use_language(language)
    try:
        seeded.head(seeded.person("Ω" * 200))
        retraining.told = Changes(("Ω" * 200,), (), ())
        view = make_view()
        assert unnamed(view) == []
        view.resize(700, 560)
        qtbot.waitUntil(lambda: view.curve.width() <= 700)
    finally:
        use_language("en")
