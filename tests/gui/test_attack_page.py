"""The page of the attack test: leading through attempts, counting them, keeping the report."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import pytest
from gui_fakes import NOW, FakeFeed, frame
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot
from seeded import unnamed

from faceaccess.core.attack_tests import (
    AttackReport,
    Attempt,
    AttemptOutcome,
    PresentationKind,
    Variation,
)
from faceaccess.core.clock import ManualClock
from faceaccess.core.errors import KnownError
from faceaccess.core.frames import Frame
from faceaccess.core.reasons import Reason
from faceaccess.gui import camera_thread
from faceaccess.gui.attack_work import AttackUses
from faceaccess.gui.theme import theme
from faceaccess.gui.translation import LONGER, use_language
from faceaccess.gui.views.attack_test import AttackTestPage
from faceaccess.pipeline.attack_test import AttemptStep, Phase


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(camera_thread, "RETRY_SECONDS", 0.01)
    monkeypatch.setattr(camera_thread, "WAIT_SECONDS", 0.01)


@dataclass
class FakeTest:
    """Attempts whose steps the test says."""

    step: AttemptStep = field(
        default_factory=lambda: AttemptStep(Phase.CLEARING, None, Reason.NOBODY, 4.0)
    )
    begun: list[tuple[PresentationKind, Variation | None]] = field(default_factory=list)
    dropped: int = 0
    closed: int = 0
    error: Exception | None = None

    def begin(self, kind: PresentationKind, variation: Variation | None = None) -> None:
        self.begun.append((kind, variation))

    def offer(self, frame: Frame) -> AttemptStep:
        if self.error is not None:
            raise self.error
        return self.step

    def drop(self) -> None:
        self.dropped += 1

    def close(self) -> None:
        self.closed += 1

    def end(self, outcome: AttemptOutcome, *, recognised: bool = False) -> None:
        kind, variation = self.begun[-1]
        attempt = Attempt(kind, variation, outcome, 1.25, recognised)
        self.step = AttemptStep(Phase.OVER, None, Reason.NOBODY, None, attempt)


class Stage:
    def __init__(self, qtbot: QtBot, reports: Sequence[AttackReport] = ()) -> None:
        self.feed, self.test = FakeFeed(), FakeTest()
        self.kept: list[tuple[Attempt, ...]] = []
        self.fails: KnownError | None = None
        self.qtbot = qtbot

        def report(attempts: Sequence[Attempt]) -> AttackReport:
            if self.fails is not None:
                raise self.fails
            self.kept.append(tuple(attempts))
            return AttackReport(NOW, "Front door", "Ana (window)", tuple(attempts))

        uses = AttackUses(
            lambda: self.feed, lambda: self.test, report, lambda: reports, ManualClock(NOW)
        )
        self.page = AttackTestPage(uses)
        qtbot.addWidget(self.page)
        self.page.resize(960, 640)
        self.page.show()
        self.page.arrive()

    def until(self, true: Callable[[], object]) -> None:
        def one_more() -> bool:
            self.feed.put(frame(1))
            return bool(true())

        self.qtbot.waitUntil(one_more)

    def attempt(
        self, kind: PresentationKind, outcome: AttemptOutcome, *, recognised: bool = False
    ) -> None:
        before, count = len(self.test.begun), len(self.page.pending)
        self.test.step = AttemptStep(Phase.CLEARING, None, Reason.NOBODY, 4.0)
        self.until(lambda: self.page.ready)
        if self.page.steps.currentWidget() is self.page.plan:
            self.page.plan.buttons[kind].click()
        else:
            self.page.attempt.next_button.click()
        self.until(lambda: len(self.test.begun) > before)
        self.test.end(outcome, recognised=recognised)
        self.until(lambda: len(self.page.pending) > count)

    def words(self) -> str:
        return "\n".join(
            label.text() for label in self.page.findChildren(QLabel) if label.isVisible()
        )


@pytest.fixture
def stage(qtbot: QtBot) -> Iterator[Stage]:
    theme()
    made = Stage(qtbot)
    yield made
    made.page.shutdown()
    use_language("en")


def test_an_attempt_is_led_from_the_empty_doorway_to_its_outcome(stage: Stage) -> None:
    stage.until(lambda: stage.page.ready)
    stage.until(lambda: "No attack test was kept yet" in stage.words())
    stage.page.plan.buttons[PresentationKind.PHONE].click()
    stage.until(lambda: "step out of view, with everything: 4 s" in stage.words())
    assert "Hold the phone still, with a film of the face" in stage.words()
    stage.test.step = AttemptStep(Phase.READY, None, Reason.NOBODY, None)
    stage.until(lambda: "Now: come into view" in stage.words())
    stage.test.step = AttemptStep(Phase.RUNNING, (1.0, 1.0, 9.0, 9.0), Reason.TURN_LEFT, 7.0)
    stage.until(lambda: "The door looks: 7 s left" in stage.words())
    assert Reason.TURN_LEFT.sentence in stage.words()
    assert len(stage.page.picture.marks) == 1
    stage.test.end(AttemptOutcome.LET_IN, recognised=True)
    stage.until(lambda: "The door would have opened for this." in stage.words())
    assert "1 of 1" in stage.words()
    assert (
        "2 to 100 %" in stage.words()
    )  # 0.025, rounded to even: nearly nothing is known after one
    assert stage.page.attempt.next_button.isEnabled()


def test_the_next_attempt_is_another_variation_and_another_kind_can_be_chosen(
    stage: Stage,
) -> None:
    stage.attempt(PresentationKind.PRINT, AttemptOutcome.REFUSED)
    stage.attempt(PresentationKind.PRINT, AttemptOutcome.UNSURE)
    assert [variation for _, variation in stage.test.begun] == [Variation.STILL, Variation.MOVED]
    stage.page.attempt.stop_button.click()
    assert stage.page.steps.currentWidget() is stage.page.plan
    stage.attempt(PresentationKind.BONA_FIDE, AttemptOutcome.LET_IN)
    assert "0 of 2" in stage.words()
    assert "0 of 1" in stage.words()
    assert "0 to 84 %" in stage.words()  # 1 - sqrt(0.025)


def test_stopping_drops_the_attempt_at_hand_and_keeps_the_others(stage: Stage) -> None:
    stage.attempt(PresentationKind.MASK, AttemptOutcome.LET_IN)
    stage.test.step = AttemptStep(Phase.CLEARING, None, Reason.NOBODY, 4.0)
    stage.page.attempt.next_button.click()
    stage.until(lambda: len(stage.test.begun) == 2)
    dropped = stage.test.dropped
    assert stage.page.escape()
    stage.until(lambda: stage.test.dropped > dropped)
    assert len(stage.page.pending) == 1
    assert not stage.page.escape()


def test_a_report_is_kept_and_then_shown_as_the_last(stage: Stage) -> None:
    stage.attempt(PresentationKind.TABLET, AttemptOutcome.REFUSED)
    stage.page.figures.keep.click()
    stage.qtbot.waitUntil(lambda: len(stage.kept) == 1)
    stage.qtbot.waitUntil(lambda: "The report is kept." in stage.words())
    assert "camera Front door, 1 attempt." in stage.words()
    assert "0 of 1" in stage.words()
    assert not stage.page.figures.keep.isVisible()
    assert stage.page.pending == ()


def test_a_report_that_cannot_be_kept_loses_no_attempt(stage: Stage) -> None:
    stage.attempt(PresentationKind.TABLET, AttemptOutcome.REFUSED)
    stage.fails = KnownError("The disk is full.", "Free some space.")
    stage.page.figures.keep.click()
    stage.qtbot.waitUntil(lambda: "The disk is full." in stage.words())
    assert len(stage.page.pending) == 1
    assert stage.page.figures.keep.isVisible()


def test_leaving_the_page_lets_the_camera_go_and_keeps_the_attempts(stage: Stage) -> None:
    stage.attempt(PresentationKind.TABLET, AttemptOutcome.REFUSED)
    stage.page.leave()
    assert stage.feed.closed
    assert stage.test.closed == 1
    assert len(stage.page.pending) == 1
    stage.page.arrive()
    stage.attempt(PresentationKind.TABLET, AttemptOutcome.REFUSED)
    assert "0 of 2" in stage.words()


def test_a_fault_breaks_the_attempt_off_without_counting_it(stage: Stage) -> None:
    stage.until(lambda: stage.page.ready)
    stage.page.plan.buttons[PresentationKind.PRINT].click()
    stage.until(lambda: stage.test.begun)
    stage.test.error = KnownError("The networks are gone.", "Look after them.")
    stage.until(lambda: "broken off and is not counted" in stage.words())
    assert stage.page.steps.currentWidget() is stage.page.plan
    assert stage.page.pending == ()


def test_everything_has_a_name_and_survives_longer_words(qtbot: QtBot, stage: Stage) -> None:
    use_language(LONGER)
    longer = Stage(qtbot)
    longer.attempt(PresentationKind.PHONE, AttemptOutcome.REFUSED)
    assert unnamed(longer.page) == []
    assert longer.page.width() == 960
    longer.page.shutdown()
