"""Enrol: the three steps, by keyboard, with everything that can go wrong between them."""

import threading
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from gui_fakes import NOW, FakeFeed, State, frame, picture
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QFileDialog
from pytestqt.qtbot import QtBot
from seeded import ACTOR, SPACE, quality, unnamed

from faceaccess.core.actors import Actor
from faceaccess.core.clock import SystemClock
from faceaccess.core.errors import KnownError
from faceaccess.core.faces import Face, Observation
from faceaccess.core.frames import Frame, Image
from faceaccess.core.heads import HeadRecord
from faceaccess.core.people import Person, PersonDetails
from faceaccess.core.progress import Job, Progress
from faceaccess.core.reasons import Reason
from faceaccess.gui import camera_thread
from faceaccess.gui.capture_work import EnrolCamera
from faceaccess.gui.theme import theme
from faceaccess.gui.translation import LONGER, use_language
from faceaccess.gui.views.enrol import WANTED, EnrolView
from faceaccess.gui.widgets.sure_line import SureLine
from faceaccess.gui.worker import JobRunner
from faceaccess.pipeline.guided_capture import CaptureStep, Direction
from faceaccess.pipeline.results import EnrolResult, LookAlike, Picture, Rejected
from faceaccess.pipeline.sureness import Sureness


def observation(level: int = 100) -> Observation:
    face = Face((40.0, 30.0, 50.0, 60.0), np.zeros((5, 2), np.float32), 0.9)
    return Observation(face, quality(), np.full((112, 112), level, np.uint8))


def person(name: str, number: str | None = None, samples: int = WANTED) -> Person:
    return Person("id-" + name, PersonDetails(name, number), NOW, NOW, samples)


def record(version: int = 13) -> HeadRecord:
    return HeadRecord(version, SPACE, NOW, 3, 24, 30, 0.4, True, "added", "test")


class FakeCapture:
    """Takes a picture of every frame, after as many bad ones as the test wants.

    Frames of number 0 may come as often as it takes until the camera thread runs: they are all
    bad while a bad one is wanted, and else only the first is taken.
    """

    def __init__(self, wanted: int, bad: Sequence[Reason] = ()) -> None:
        self._wanted, self._bad = wanted, list(bad)
        self._taken: list[Observation] = []

    def offer(self, one: Frame) -> CaptureStep:
        if self._bad:
            reason = self._bad[0] if one.number == 0 else self._bad.pop(0)
            return self._step(reason.sentence, reason)
        if one.number == 0 and self._taken:
            return self._step("Turn your head a little to your left", None)
        self._taken.append(observation(100 + len(self._taken)))
        return self._step("Turn your head a little to your left", None)

    def _step(self, sentence: str, hint: Reason | None) -> CaptureStep:
        count = len(self._taken)
        return CaptureStep(
            box=(40.0, 30.0, 50.0, 60.0),
            quality=quality(),
            hint=hint,
            sentence=sentence,
            taken=hint is None,
            count=count,
            wanted=self._wanted,
            done=count >= self._wanted,
        )

    @property
    def observations(self) -> tuple[Observation, ...]:
        return tuple(self._taken)


@dataclass
class FakeEnroller:
    alikes: tuple[LookAlike, ...] = ()
    error: Exception | None = None
    rejected: tuple[Rejected, ...] = ()
    hold: threading.Event | None = None
    calls: list[tuple[str, object, int]] = field(default_factory=list)

    def _job(self, kind: str, who: object, count: int) -> Job[EnrolResult]:
        yield Progress("Storing", 0, count)
        if self.hold is not None:
            self.hold.wait(10)
            yield Progress("Storing", 1, count)
        if self.error is not None:
            raise self.error
        self.calls.append((kind, who, count))
        name = who.name if isinstance(who, PersonDetails) else "Ana"
        alikes = self.alikes if kind == "files" else ()
        return EnrolResult(person(name), count, self.rejected, (), alikes, record(), seconds=0.42)

    def add(
        self, actor: Actor, details: PersonDetails, pictures: Sequence[Picture]
    ) -> Job[EnrolResult]:
        return self._job("files", details, len(pictures))

    def add_observed(
        self, actor: Actor, details: PersonDetails, observations: Sequence[Observation], source: str
    ) -> Job[EnrolResult]:
        assert source == "camera Front door"
        return self._job("new", details, len(observations))

    def add_observed_to(
        self, actor: Actor, person_id: str, observations: Sequence[Observation], source: str
    ) -> Job[EnrolResult]:
        return self._job("more", person_id, len(observations))

    def look_alikes(self, observations: Sequence[Observation]) -> tuple[LookAlike, ...]:
        return self.alikes


@dataclass
class FakePeople:
    people: list[Person] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)

    def list(self, query: str) -> Sequence[Person]:
        return [p for p in self.people if query in (p.details.staff_number or "")]

    def show(self, person_id: str) -> Person:
        for one in self.people:
            if one.id == person_id:
                return one
        raise KnownError("There is no such person.")

    def thumbnail(self, person_id: str) -> Image | None:
        return picture(112, 112)

    def remove(self, actor: Actor, person_id: str) -> object:
        self.removed.append(person_id)
        return None


@dataclass
class Stage:
    """A view with everything that it stands on."""

    view: EnrolView
    feed: FakeFeed
    enroller: FakeEnroller
    people: FakePeople
    jobs: JobRunner
    captures: list[Sequence[Reason]] = field(default_factory=list)

    def until(self, qtbot: QtBot, test: Callable[[], object], number: int = 1) -> None:
        """Put frames in until the test holds."""

        def one_more() -> bool:
            self.feed.put(frame(number))
            return bool(test())

        qtbot.waitUntil(one_more)

    def type(self, qtbot: QtBot, name: str, number: str = "") -> None:
        qtbot.keyClicks(self.view.form.name.line, name)
        qtbot.keyClicks(self.view.form.number.line, number)

    def shows(self, page: object) -> bool:
        return self.view.pages.currentWidget() is page


@pytest.fixture
def stage(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    monkeypatch.setattr(camera_thread, "RETRY_SECONDS", 0.01)
    monkeypatch.setattr(camera_thread, "WAIT_SECONDS", 0.01)
    theme()
    feed, enroller, people, jobs = FakeFeed(), FakeEnroller(), FakePeople(), JobRunner()
    captures: list[Sequence[Reason]] = []
    camera = EnrolCamera(
        open_feed=lambda: feed,
        make_capture=lambda wanted: FakeCapture(wanted, captures.pop(0) if captures else ()),
        source=lambda: "camera Front door",
        clock=SystemClock(),
    )
    view = EnrolView(camera=camera, enroller=enroller, people=people, jobs=jobs, actor=ACTOR)
    qtbot.addWidget(view)
    view.resize(1060, 760)
    view.show()
    yield Stage(view, feed, enroller, people, jobs, captures)
    view.shutdown()
    jobs.shutdown()


def test_a_fast_receptionist_needs_only_the_keyboard(qtbot: QtBot, stage: Stage) -> None:
    view = stage.view
    qtbot.waitUntil(lambda: QApplication.focusWidget() is view.form.name.line)
    qtbot.keyClicks(QApplication.focusWidget(), "Li Wei")
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
    qtbot.keyClicks(QApplication.focusWidget(), "77")
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)
    assert view.steps.current == 1
    stage.until(qtbot, lambda: stage.shows(view.done))
    assert stage.enroller.calls == [("new", PersonDetails("Li Wei", "77"), WANTED)]
    assert view.done.words.text() == "The door knows Li Wei now (0.4 s)"
    assert "head v13" in view.done.figures.text()
    assert stage.feed.closed
    assert QApplication.focusWidget() is view.done.another_button
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)
    assert view.steps.current == 0
    assert view.form.name.text == ""
    assert QApplication.focusWidget() is view.form.name.line


def test_the_ring_fills_and_a_bad_picture_says_what_to_do(qtbot: QtBot, stage: Stage) -> None:
    stage.captures.append([Reason.TOO_DARK])
    stage.type(qtbot, "Li Wei")
    stage.view.begin_button.click()
    capture = stage.view.capture
    # Frames number 0 stay bad: nothing is taken, and the hint stands.
    stage.until(qtbot, lambda: capture.hint.text() == "Too dark: turn on the light", number=0)
    assert capture.ring.share == 0
    assert not capture.enough_button.isEnabled()
    stage.until(qtbot, lambda: capture.strip.shown >= 1 or stage.shows(stage.view.done))
    stage.until(qtbot, lambda: stage.shows(stage.view.done))
    assert capture.ring.share == 1.0


def test_three_pictures_may_be_enough(qtbot: QtBot, stage: Stage) -> None:
    view = stage.view
    stage.type(qtbot, "Li Wei")
    view.begin()
    stage.until(qtbot, lambda: view.capture.strip.shown == 1, number=0)
    assert not view.capture.enough_button.isEnabled()
    for count in (2, 3):
        stage.feed.put(frame(count))
        qtbot.waitUntil(lambda count=count: view.capture.strip.shown == count)
    assert view.capture.enough_button.text() == "Use these 3 pictures"
    view.capture.enough_button.click()
    qtbot.waitUntil(lambda: stage.shows(view.done))
    assert stage.enroller.calls == [("new", PersonDetails("Li Wei"), 3)]


@pytest.mark.parametrize(
    ("name", "number", "where", "text"),
    [
        ("", "", "name", "The name is empty. Give a name."),
        ("   ", "", "name", "The name is empty. Give a name."),
        ("x" * 201, "", "name", "at most 200"),
        ("Li Wei", "12", "number", "Ana has the staff number 12 already."),
        ("Li Wei", "9" * 65, "number", "at most 64"),
    ],
)
def test_what_is_wrong_is_said_at_the_field(
    qtbot: QtBot, stage: Stage, name: str, number: str, where: str, text: str
) -> None:
    stage.people.people.append(person("Ana", "12"))
    stage.view.form.name.line.setText(name)
    stage.view.form.number.line.setText(number)
    stage.view.begin()
    assert stage.view.steps.current == 0
    fields = {"name": stage.view.form.name, "number": stage.view.form.number}
    assert text in fields[where].error
    assert fields[where].line.property("invalid") is True
    assert QApplication.focusWidget() is fields[where].line
    qtbot.keyClick(fields[where].line, Qt.Key.Key_Backspace)
    qtbot.keyClicks(fields[where].line, "1")
    assert fields[where].error == ""


def test_a_number_that_only_contains_the_typed_one_is_free(qtbot: QtBot, stage: Stage) -> None:
    stage.people.people.append(person("Ana", "123"))
    stage.type(qtbot, "Li Wei", "12")
    stage.view.begin()
    assert stage.view.steps.current == 1


@pytest.fixture
def alike(qtbot: QtBot, stage: Stage) -> Stage:
    """A capture that has just ended in the question whether it is Ana."""
    stage.enroller.alikes = (LookAlike("id-Ana", "Ana", 0.62),)
    stage.type(qtbot, "Li Wei")
    stage.view.begin()
    stage.until(qtbot, lambda: stage.shows(stage.view.choice))
    return stage


def test_a_look_alike_is_asked_about_before_anything_is_stored(alike: Stage) -> None:
    assert alike.enroller.calls == []
    assert "Ana" in alike.view.choice._question.text()
    assert "0.62" in alike.view.choice._why.text()


def test_it_is_the_same_person(qtbot: QtBot, alike: Stage) -> None:
    alike.view.choice.same_button.click()
    qtbot.waitUntil(lambda: alike.shows(alike.view.done))
    assert alike.enroller.calls == [("more", "id-Ana", WANTED)]


def test_it_is_somebody_else(qtbot: QtBot, alike: Stage) -> None:
    alike.view.choice.other_button.click()
    qtbot.waitUntil(lambda: alike.shows(alike.view.done))
    assert alike.enroller.calls == [("new", PersonDetails("Li Wei"), WANTED)]


def test_start_again_looks_anew(qtbot: QtBot, alike: Stage) -> None:
    alike.view.choice.again_button.click()
    assert alike.shows(alike.view.capture)
    assert alike.enroller.calls == []
    alike.until(qtbot, lambda: alike.shows(alike.view.choice))


def test_files_are_enrolled_and_the_rejected_say_why(
    qtbot: QtBot, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.enroller.rejected = (Rejected("b.jpg", "No face was found."),)
    monkeypatch.setattr(
        QFileDialog, "getOpenFileNames", lambda *_args: (["/p/a.jpg", "/p/b.jpg"], "")
    )
    stage.type(qtbot, "Li Wei")
    stage.view.files_button.click()
    qtbot.waitUntil(lambda: stage.shows(stage.view.done))
    assert stage.enroller.calls == [("files", PersonDetails("Li Wei"), 2)]
    assert stage.view.done.remarks.isVisible()


def test_files_without_a_name_open_no_dialog(
    qtbot: QtBot, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *_args: pytest.fail("opened"))
    stage.view.files_button.click()
    assert stage.view.form.name.error


def test_files_can_be_dropped(qtbot: QtBot, stage: Stage, tmp_path: Path) -> None:
    stage.type(qtbot, "Li Wei")
    files = QMimeData()
    files.setUrls([QUrl.fromLocalFile(str(tmp_path / "a.jpg")), QUrl("https://example.org/b.jpg")])
    copy, left = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
    none = Qt.KeyboardModifier.NoModifier
    # The constructors are marked as deprecated because only Qt itself should call them.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        enter = QDragEnterEvent(QPoint(5, 5), copy, files, left, none)
        drop = QDropEvent(QPointF(5, 5), copy, files, left, none)
    stage.view.dragEnterEvent(enter)
    assert enter.isAccepted()
    stage.view.dropEvent(drop)
    qtbot.waitUntil(lambda: stage.shows(stage.view.done))
    assert stage.enroller.calls == [("files", PersonDetails("Li Wei"), 1)]


def test_files_that_look_like_somebody_can_be_taken_back(qtbot: QtBot, stage: Stage) -> None:
    stage.enroller.alikes = (LookAlike("id-Ana", "Ana", 0.62),)
    stage.type(qtbot, "Li Wei")
    stage.view.enrol_files([Path("a.jpg")])
    qtbot.waitUntil(lambda: stage.view.bar.message is not None)
    (button,) = stage.view.bar._extra
    button.click()
    qtbot.waitUntil(lambda: stage.people.removed == ["id-Li Wei"])
    qtbot.waitUntil(lambda: stage.view.steps.current == 0)


def test_a_failed_enrolment_says_so_and_keeps_what_was_typed(qtbot: QtBot, stage: Stage) -> None:
    stage.enroller.error = KnownError("No picture could be used.", "Take others.")
    stage.type(qtbot, "Li Wei", "77")
    stage.view.enrol_files([Path("a.jpg")])
    qtbot.waitUntil(lambda: stage.view.bar.message is not None)
    message = stage.view.bar.message
    assert message is not None
    assert message.text == "No picture could be used."
    assert message.remedy.startswith("Nothing was stored; the door goes on as before.")
    assert (stage.view.form.name.text, stage.view.form.number.text) == ("Li Wei", "77")
    assert stage.view.begin_button.isEnabled()


def test_escape_cancels_the_job(qtbot: QtBot, stage: Stage) -> None:
    stage.enroller.hold = threading.Event()
    stage.type(qtbot, "Li Wei")
    stage.view.enrol_files([Path("a.jpg")])
    qtbot.waitUntil(lambda: stage.shows(stage.view._working))
    assert stage.view.escape()
    stage.enroller.hold.set()
    qtbot.waitUntil(lambda: stage.view.steps.current == 0)
    assert stage.enroller.calls == []


def test_escape_and_leaving_stop_the_camera_and_keep_the_name(qtbot: QtBot, stage: Stage) -> None:
    stage.type(qtbot, "Li Wei")
    for stop in (stage.view.escape, stage.view.leave):
        stage.feed.closed = False
        stage.captures.append([Reason.TOO_DARK])
        stage.view.begin()
        stage.until(qtbot, lambda: stage.view.capture.ring.has_frame, number=0)
        stop()
        assert stage.feed.closed
        assert stage.view.steps.current == 0
        assert stage.view.form.name.text == "Li Wei"


def test_another_job_is_told_instead_of_starting(qtbot: QtBot, stage: Stage) -> None:
    hold = threading.Event()
    stage.jobs.call(lambda: hold.wait(10), on_failed=pytest.fail)
    stage.type(qtbot, "Li Wei")
    stage.view.begin()
    assert stage.view.steps.current == 0
    assert stage.view.bar.message is not None
    hold.set()
    qtbot.waitUntil(lambda: not stage.jobs.busy)


def test_no_camera_says_why_and_offers_set_up(qtbot: QtBot, stage: Stage) -> None:
    stage.feed.state = State("failed", "There is no camera 0.")
    stage.type(qtbot, "Li Wei")
    stage.view.begin()
    qtbot.waitUntil(lambda: stage.shows(stage.view._no_camera))
    with qtbot.waitSignal(stage.view.asked_for) as asked:
        stage.view._no_camera.button.click()
    assert asked.args == ["set_up"]


def test_more_pictures_of_somebody_go_to_that_person(qtbot: QtBot, stage: Stage) -> None:
    stage.people.people.append(person("Ana", "12"))
    stage.view.show_person("id-Ana")
    assert stage.view.form.name.text == "Ana"
    stage.until(qtbot, lambda: stage.shows(stage.view.done))
    assert stage.enroller.calls == [("more", "id-Ana", WANTED)]
    stage.view.show_person("nobody")
    assert stage.view.bar.message is not None


def test_try_it_goes_to_live(qtbot: QtBot, stage: Stage) -> None:
    stage.type(qtbot, "Li Wei")
    stage.view.enrol_files([Path("a.jpg")])
    qtbot.waitUntil(lambda: stage.shows(stage.view.done))
    with qtbot.waitSignals([stage.view.asked_for, stage.view.tried]):
        stage.view.done.try_button.click()


@pytest.mark.parametrize(
    ("sure", "weakest", "words", "advice"),
    [
        (Sureness("one", {}, 0.5), None, "One picture: ", ""),
        (
            Sureness("unsure", {"0": 0.4, "1": 0.7, "2": 0.7}, 0.5),
            "left",
            "2 of 3 pictures would be known by the others.",
            "Next: turn to the left; those pictures are the least like the others.",
        ),
        (
            Sureness("unsure", {"0": 0.6, "1": 0.7}, 0.5, {"0": "x"}),
            None,
            "Somebody enrolled looks more like this person",
            "Take more pictures, in good light.",
        ),
        (
            Sureness("fair", {"0": 0.55, "1": 0.7}, 0.5),
            None,
            "The door will know this person well enough (2 of 2).",
            "Three or more pictures make it steady.",
        ),
        (
            Sureness("sure", {"0": 0.8, "1": 0.7, "2": 0.7}, 0.5),
            "right",
            "The door will know this person surely (3 of 3).",
            "",
        ),
    ],
)
def test_while_pictures_are_taken_it_is_said_how_surely_the_door_will_know_them(
    qtbot: QtBot, sure: Sureness, weakest: Direction | None, words: str, advice: str
) -> None:
    theme()
    line = SureLine()
    qtbot.addWidget(line)
    assert line.isHidden()
    line.show_sure(sure, weakest)
    assert not line.isHidden()
    assert line.words.text().startswith(words)
    assert line.advice.text() == advice
    assert line.accessibleName() == f"{line.words.text()} {advice}".strip()
    line.show_sure(None, None)
    assert line.isHidden()


def test_everything_has_an_accessible_name(stage: Stage) -> None:
    assert unnamed(stage.view) == []


def test_text_half_as_long_again_still_fits(qtbot: QtBot) -> None:
    theme()
    use_language(LONGER)
    jobs = JobRunner()
    try:
        camera = EnrolCamera(
            open_feed=FakeFeed,
            make_capture=FakeCapture,
            source=lambda: "camera",
            clock=SystemClock(),
        )
        view = EnrolView(
            camera=camera, enroller=FakeEnroller(), people=FakePeople(), jobs=jobs, actor=ACTOR
        )
        qtbot.addWidget(view)
        assert view.minimumSizeHint().width() <= 900
    finally:
        use_language("en")
        jobs.shutdown()
