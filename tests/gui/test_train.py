"""Train: what changed, the button, the curve, the verdict, cancelling and failing."""

import os
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot
from seeded import ACTOR, SPACE, Seeded, unnamed

from faceaccess.core.actors import Actor
from faceaccess.core.errors import KnownError
from faceaccess.core.head_tests import HeadScore, HeadTest, PersonChange
from faceaccess.core.heads import HeadRecord
from faceaccess.core.progress import Job, Progress
from faceaccess.core.settings import Settings
from faceaccess.gui.theme import theme
from faceaccess.gui.translation import LONGER, use_language
from faceaccess.gui.views.head_page import HeadPage
from faceaccess.gui.widgets.det_plot import DetPlot
from faceaccess.gui.widgets.loss_curve import LossCurve
from faceaccess.gui.worker import JobRunner
from faceaccess.learn.det import det_curve
from faceaccess.learn.open_set import Attempts
from faceaccess.pipeline.calibrating import Calibrating
from faceaccess.pipeline.heads_in_service import HeadsInService
from faceaccess.pipeline.results import Calibration, Changes, HeadComparison, RetrainResult
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
        self.forced: list[str] = []
        self.accepted = True
        self.test: HeadTest | None = None
        self.names: dict[str, str] = {}

    def changes(self) -> Changes:
        return self.told

    def run(self, actor: Actor, *, full: bool = False, force: str = "") -> Job[RetrainResult]:
        self.full.append(full)
        self.forced.append(force)
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
        accepted = self.accepted or bool(force)
        self._seeded.head(*self._seeded.directory.list(), accepted=accepted)
        record = self._seeded.store.head_records(limit=1)[0]
        verdict = "Better than before." if accepted else "Refused: worse than before."
        test = self.test
        if test is not None and force:
            test = replace(test, forced_because=force)
        return RetrainResult(record, accepted, verdict, tuple(losses), test, self.names)


class FakeHeads:
    """The stored heads of a real store; comparing answers what the test put there."""

    def __init__(self, seeded: Seeded) -> None:
        self._store = seeded.store
        self.used: list[tuple[int, str]] = []
        self.pinned: list[tuple[int, bool]] = []
        self.compared: list[tuple[int, int]] = []

    def list(self) -> Sequence[HeadRecord]:
        return self._store.head_records()

    def serving(self) -> int | None:
        serving = self._store.serving_head()
        return None if serving is None else serving[0].version

    def compare(self, a: int, b: int) -> Job[HeadComparison]:
        self.compared.append((a, b))
        yield Progress("Scoring")
        first, second = self._store.head(a)[0], self._store.head(b)[0]
        test = HeadTest(score(a, 3), score(b, 1), (change("x", 2, 1),))
        return HeadComparison(first, second, test, {"x": "Xaver"})

    def use(self, actor: Actor, version: int, force: str = "") -> Job[RetrainResult]:
        self.used.append((version, force))
        yield Progress("Scoring")
        record = self._store.head(version)[0]
        test = HeadTest(score(2, 1), score(version, 1), (), refused_because="It loses somebody.")
        if force:
            test = replace(test, forced_because=force)
        return RetrainResult(record, bool(force), "Refused: it loses somebody.", (), test, {})

    def pin(self, actor: Actor, version: int, pinned: bool) -> None:  # as the real one
        self.pinned.append((version, pinned))


class FakeCalibrating:
    """Twenty strangers and ten pictures, whose scores are known."""

    def curve(self) -> Job[Calibration]:
        yield Progress("Scoring")
        return measured(0.5)


def measured(threshold: float) -> Calibration:
    strangers = Attempts(
        tuple(f"s{n}" for n in range(20)), np.arange(20) / 40.0, ("a",) * 20
    )  # 0 to 0.475
    own = Attempts(("a",) * 10, 0.42 + np.arange(10) / 50.0, ("a",) * 10)  # 0.42 to 0.60
    return Calibration(
        None,
        threshold,
        det_curve(strangers, own),
        strangers,
        own,
        "picture",
        True,
        score(1, 0),
        (),
        False,
    )


def score(version: int, inside: int) -> HeadScore:
    return HeadScore(version, 4, 0.5, 200, inside, 12, 11, 1)


def change(person: str, before: int | None, after: int) -> PersonChange:
    return PersonChange(person, 3, before, after, None if before is None else 0.6, 0.5)


@pytest.fixture
def seeded(tmp_path: Path) -> Iterator[Seeded]:
    seeded = Seeded(tmp_path / "home")
    yield seeded
    seeded.close()


@pytest.fixture
def retraining(seeded: Seeded) -> FakeRetraining:
    return FakeRetraining(seeded)


@pytest.fixture
def heads(seeded: Seeded) -> FakeHeads:
    return FakeHeads(seeded)


@pytest.fixture
def chosen() -> list[float]:
    return []


@pytest.fixture
def runner() -> Iterator[JobRunner]:
    runner = JobRunner()
    yield runner
    runner.shutdown()


@pytest.fixture
def make_view(
    qtbot: QtBot,
    seeded: Seeded,
    retraining: FakeRetraining,
    runner: JobRunner,
    heads: FakeHeads,
    chosen: list[float],
) -> Iterator[Callable[..., HeadPage]]:
    theme()
    made: list[HeadPage] = []

    def make(real: Retraining | None = None) -> HeadPage:
        view = HeadPage(
            retraining=real or retraining,
            heads=heads,
            calibrating=FakeCalibrating(),
            set_threshold=chosen.append,
            runner=runner,
            actor=ACTOR,
            revision=seeded.store.revision,
            clock=seeded.clock,
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
    qtbot: QtBot, make_view: Callable[..., HeadPage]
) -> None:
    view = make_view()
    assert view.changes.text() == "Nobody is enrolled yet"
    assert not view.retrain.isEnabled()
    with qtbot.waitSignal(view.asked_for) as asked:
        view.enrol.click()
    assert asked.args == ["enrol"]


def test_changes_are_told_in_words(
    make_view: Callable[..., HeadPage], seeded: Seeded, retraining: FakeRetraining
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
    qtbot: QtBot, make_view: Callable[..., HeadPage], seeded: Seeded, retraining: FakeRetraining
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
    qtbot: QtBot, make_view: Callable[..., HeadPage], seeded: Seeded, retraining: FakeRetraining
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
    qtbot: QtBot, make_view: Callable[..., HeadPage], seeded: Seeded, retraining: FakeRetraining
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
    qtbot: QtBot, make_view: Callable[..., HeadPage], seeded: Seeded, retraining: FakeRetraining
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
    make_view: Callable[..., HeadPage],
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
    qtbot: QtBot, make_view: Callable[..., HeadPage], seeded: Seeded
) -> None:
    ada = seeded.person("Ada")
    seeded.head(ada)
    view = make_view()
    seeded.head(ada, note="by the command line")
    qtbot.waitUntil(lambda: view.versions.rowCount() == 2, timeout=5000)
    assert view.versions.item(0, 2).text() == "by the command line"


def test_a_refusal_says_why_per_person_and_can_be_forced_with_a_reason(
    qtbot: QtBot, make_view: Callable[..., HeadPage], seeded: Seeded, retraining: FakeRetraining
) -> None:
    ada = seeded.person("Ada")
    seeded.head(ada)
    retraining.accepted = False
    retraining.test = HeadTest(
        score(1, 2), score(2, 2), (change(ada.id, 3, 1),), refused_because="It loses somebody."
    )
    retraining.names = {ada.id: "Ada"}
    retraining.go.release(6)
    view = make_view()
    view.retrain.click()
    qtbot.waitUntil(view.test.force.isVisible)
    assert view.verdict_words.text() == "Refused: it loses Ada."
    cells = [view.test.people.item(0, column).text() for column in range(7)]
    assert cells == ["Ada", "3", "3", "1", "0.600", "0.500", "lost"]
    assert [view.test.scores.item(row, 1).text() for row in (0, 1)] == ["2 of 200", "2 of 200"]
    assert not view.test.force.button.isEnabled()
    QTest.keyClicks(view.test.force.reason.line, "She has moved away")
    qtbot.waitUntil(view.retrain.isEnabled)
    view.test.force.button.click()
    qtbot.waitUntil(lambda: retraining.forced == ["", "She has moved away"])
    qtbot.waitUntil(lambda: "She has moved away" in view.verdict_words.text())
    assert not view.test.force.isVisible()


def test_more_strangers_are_told_in_figures(
    qtbot: QtBot, make_view: Callable[..., HeadPage], seeded: Seeded, retraining: FakeRetraining
) -> None:
    seeded.head(seeded.person("Ada"))
    retraining.accepted = False
    retraining.test = HeadTest(score(1, 1), score(2, 4), refused_because="More strangers.")
    retraining.go.release(3)
    view = make_view()
    view.retrain.click()
    qtbot.waitUntil(view.verdict.isVisible)
    assert view.verdict_words.text() == (
        "Refused: it lets in 4 of 200 strangers of the test, the one in service 1."
    )
    assert view.test.changed.text() == "Everybody is known as before."
    qtbot.waitUntil(view.retrain.isEnabled)


def select(view: HeadPage, *rows: int) -> None:
    view.versions.clearSelection()
    model = view.versions.selectionModel()
    for row in rows:
        flags = model.SelectionFlag.Select | model.SelectionFlag.Rows
        model.select(view.versions.model().index(row, 0), flags)


def test_versions_are_used_kept_and_compared(
    qtbot: QtBot, make_view: Callable[..., HeadPage], seeded: Seeded, heads: FakeHeads
) -> None:
    ada = seeded.person("Ada")
    for note in ("first", "second"):
        seeded.head(ada, note=note)
    view = make_view()
    cards = view.version_buttons
    assert not cards.use.isEnabled()
    select(view, 0)
    assert not cards.use.isEnabled()  # it serves already
    select(view, 1)
    assert cards.use.text() == "Use version 1"
    cards.pin.click()
    qtbot.waitUntil(lambda: heads.pinned == [(1, True)])
    qtbot.waitUntil(cards.use.isEnabled)
    cards.use.click()
    qtbot.waitUntil(view.test.force.isVisible)
    assert heads.used == [(1, "")]
    QTest.keyClicks(view.test.force.reason.line, "The newer one is broken")
    qtbot.waitUntil(view.retrain.isEnabled)
    view.test.force.button.click()
    qtbot.waitUntil(lambda: heads.used[1:] == [(1, "The newer one is broken")])
    qtbot.waitUntil(view.retrain.isEnabled)
    select(view, 0, 1)
    assert not cards.use.isEnabled()
    cards.compare.click()
    qtbot.waitUntil(lambda: view.test.words.text().startswith("Versions 1 and 2"))
    assert heads.compared == [(1, 2)]
    assert view.test.people.item(0, 0).text() == "Xaver"
    assert [view.test.scores.item(row, 1).text() for row in (0, 1)] == ["3 of 200", "1 of 200"]


def test_the_threshold_can_be_dragged_and_says_what_it_means(
    qtbot: QtBot, make_view: Callable[..., HeadPage], seeded: Seeded, chosen: list[float]
) -> None:
    seeded.head(seeded.person("Ada"))
    view = make_view()
    assert view.det.teaching.isVisible()
    view.det.compute.click()
    qtbot.waitUntil(view.det.plot.isVisible)
    assert view.det.meaning.text() == (
        "None of 20 strangers is let in (surely fewer than 1 in 6). "
        "40 in 100 colleagues is asked to try again."
    )
    assert view.det.weaker.isVisible()
    assert not view.det.use.isEnabled()
    plot = view.det.plot
    wanted = plot.place_of(0.44).toPoint()
    start = plot.place_of(0.5).toPoint()
    qtbot.mousePress(plot, Qt.MouseButton.LeftButton, pos=start)
    qtbot.mouseMove(plot, wanted)
    QTest.mouseRelease(plot, Qt.MouseButton.LeftButton, pos=wanted)
    # Two of the twenty strangers reach 0.44, and nine of the ten pictures.
    assert plot.threshold == pytest.approx(0.44, abs=0.01)
    assert view.det.meaning.text().startswith("1 in 10 strangers is let in.")
    before = plot.threshold
    QTest.keyClick(plot, Qt.Key.Key_Up)
    assert plot.threshold == pytest.approx(before + 0.001)
    QTest.keyClick(plot, Qt.Key.Key_End)
    assert view.det.meaning.text().startswith("None of 20 strangers")
    view.det.back.click()
    assert plot.threshold == 0.5
    QTest.keyClick(plot, Qt.Key.Key_PageDown)
    view.det.use.click()
    qtbot.waitUntil(lambda: chosen == [0.49])
    qtbot.waitUntil(view.retrain.isEnabled)


def test_every_place_of_the_curve_gives_its_own_threshold(qtbot: QtBot) -> None:
    theme()
    plot = DetPlot()
    qtbot.addWidget(plot)
    plot.resize(600, plot.height())
    found = measured(0.5)
    plot.show_curve(found.curve, 0.5)
    for threshold in found.curve.thresholds[1:-1]:
        place = plot.place_of(float(threshold))
        again = plot.place_of(plot.threshold_at(place))
        assert (again - place).manhattanLength() < 1.0
    assert plot.place_of(0.0) != plot.place_of(1.0)


class _Analyser:
    space = SPACE
    default_threshold = 0.5


def test_the_real_training_runs_behind_the_button(
    qtbot: QtBot, make_view: Callable[..., HeadPage], seeded: Seeded
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


def test_the_real_use_cases_measure_compare_and_roll_back(
    qtbot: QtBot, seeded: Seeded, runner: JobRunner, retraining: FakeRetraining
) -> None:
    theme()
    people = [seeded.person(f"P{n}") for n in range(6)]
    for note in ("first", "second"):
        seeded.head(*people, note=note)
    view = HeadPage(
        retraining=retraining,
        heads=HeadsInService(seeded.store, Settings, seeded.serving),
        calibrating=Calibrating(seeded.store, Settings, seeded.serving),
        set_threshold=pytest.fail,
        runner=runner,
        actor=ACTOR,
        revision=seeded.store.revision,
        clock=seeded.clock,
    )
    qtbot.addWidget(view)
    view.resize(1100, 760)
    view.show()
    try:
        view.arrive()
        qtbot.waitUntil(lambda: view.versions.rowCount() == 2)
        view.det.compute.click()
        qtbot.waitUntil(view.det.plot.isVisible, timeout=20_000)
        assert view.det.threshold.text() == "Threshold 0.500, in force"
        assert view.det.weaker.isVisible()  # nobody gave strangers: they were drawn
        qtbot.waitUntil(view.retrain.isEnabled)
        select(view, 0, 1)
        view.version_buttons.compare.click()
        qtbot.waitUntil(lambda: view.test.words.text().startswith("Versions 1 and 2"))
        assert view.test.changed.text() == "Everybody is known as before."
        qtbot.waitUntil(view.retrain.isEnabled)
        select(view, 1)
        view.version_buttons.pin.click()
        qtbot.waitUntil(lambda: view.versions.item(1, 7).text() == "kept", timeout=5000)
        select(view, 1)
        view.version_buttons.use.click()
        qtbot.waitUntil(lambda: view.versions.item(1, 7).text() == "in use", timeout=20_000)
        assert seeded.store.serving_head()[0].version == 1  # type: ignore[index]  # it is there
        qtbot.waitUntil(view.retrain.isEnabled)
    finally:
        view.shutdown()


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
    make_view: Callable[..., HeadPage],
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
