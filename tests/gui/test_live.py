"""Live: the answer in words, symbol and colour, and every state of the camera."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from gui_fakes import (
    NOW,
    FakeDoor,
    FakeFeed,
    FakeVisits,
    State,
    denied,
    event,
    frame,
    granted,
    picture,
    waiting,
)
from PySide6.QtCore import QRect
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from seeded import unnamed

from faceaccess.core.clock import ManualClock, SystemClock
from faceaccess.core.decisions import Decision, Outcome
from faceaccess.core.errors import KnownError
from faceaccess.core.reasons import Reason
from faceaccess.gui import camera_thread
from faceaccess.gui.theme import ANSWER, theme
from faceaccess.gui.translation import LONGER, use_language
from faceaccess.gui.views.live import Figures, LiveView, mark_of
from faceaccess.gui.widgets.answer_panel import answer_of
from faceaccess.gui.widgets.camera_view import CameraView
from faceaccess.gui.widgets.fitted_text import FittedText

Make = Callable[..., LiveView]


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(camera_thread, "RETRY_SECONDS", 0.01)
    monkeypatch.setattr(camera_thread, "WAIT_SECONDS", 0.01)


@pytest.fixture
def make(qtbot: QtBot) -> Iterator[Make]:
    theme()
    made: list[LiveView] = []

    def start(
        feed: FakeFeed, door: FakeDoor | None = None, visits: FakeVisits | None = None
    ) -> LiveView:
        view = LiveView(
            door_name=lambda: "Front door",
            open_feed=lambda: feed,
            make_door=lambda: door or FakeDoor(),
            visits=visits or FakeVisits(),
            clock=SystemClock(),
        )
        qtbot.addWidget(view)
        view.resize(1060, 760)
        view.show()
        view.start()
        made.append(view)
        return view

    yield start
    for view in made:
        view.shutdown()


def feeding(view: LiveView, feed: FakeFeed, test: Callable[[], object]) -> Callable[[], bool]:
    """Put frames in until the test holds."""

    def one_more() -> bool:
        feed.put(frame(1))
        return bool(test())

    return one_more


def test_who_is_let_in_is_named_with_word_symbol_and_figures(qtbot: QtBot, make: Make) -> None:
    feed = FakeFeed()
    view = make(feed, FakeDoor(granted("Li Wei", 0.71)))
    assert view.answer.words == "Loading the models"
    qtbot.waitUntil(feeding(view, feed, lambda: view.answer.tone == "ok"))
    answer = view.answer
    assert answer.words == "Let in: Li Wei"
    assert answer.reason == "Recognised"
    assert answer.figures == "0.71 (needs 0.50)"
    assert answer.symbol == "granted"
    (mark,) = view._camera.marks
    assert (mark.text, mark.tone, mark.symbol) == ("Li Wei", "ok", "granted")
    assert view.figures.head == 12


def test_a_stranger_is_refused_with_the_reason(qtbot: QtBot, make: Make) -> None:
    feed = FakeFeed()
    view = make(feed, FakeDoor(denied()))
    qtbot.waitUntil(feeding(view, feed, lambda: view.answer.tone == "danger"))
    assert (view.answer.words, view.answer.reason) == ("Refused", "Not known: please ring")
    assert view.answer.symbol == "denied"


@pytest.mark.parametrize("reason", list(Reason))
@pytest.mark.parametrize("outcome", list(Outcome))
def test_no_decision_but_granted_is_ever_shown_as_granted(outcome: Outcome, reason: Reason) -> None:
    answer = answer_of(Decision(outcome, reason, "id", "Li Wei", 0.7, 0.5))
    assert (answer.tone == "ok") == (outcome is Outcome.GRANTED)
    assert ("Let in" in answer.words) == (outcome is Outcome.GRANTED)
    assert answer.words


def test_nobody_enrolled_offers_to_enrol(qtbot: QtBot, make: Make) -> None:
    feed = FakeFeed()
    view = make(feed, FakeDoor(waiting(Reason.NOBODY_ENROLLED), head_version=None))
    qtbot.waitUntil(feeding(view, feed, view._answer.button.isVisible))
    with qtbot.waitSignal(view.asked_for) as asked:
        view._answer.button.click()
    assert asked.args == ["enrol"]


def test_no_camera_says_why_and_offers_set_up(qtbot: QtBot, make: Make) -> None:
    feed = FakeFeed()
    feed.state = State("failed", "There is no camera 0.")
    view = make(feed)
    qtbot.waitUntil(view._no_camera.isVisible)
    assert "There is no camera 0." in view._no_camera._text.text()
    assert view.answer.tone == "danger"
    with qtbot.waitSignal(view.asked_for) as asked:
        view._no_camera.button.click()
    assert asked.args == ["set_up"]


def test_a_lost_camera_takes_the_answer_away_and_comes_back(qtbot: QtBot, make: Make) -> None:
    feed = FakeFeed()
    view = make(feed, FakeDoor(granted()))
    qtbot.waitUntil(feeding(view, feed, lambda: view.answer.tone == "ok"))
    feed.state = State("lost", "The camera went away.")
    qtbot.waitUntil(lambda: view.answer.words == "The camera gives no picture")
    assert view._camera.marks == ()
    assert view.figures.fps is None
    feed.state = State("running")
    qtbot.waitUntil(feeding(view, feed, lambda: view.answer.tone == "ok"))


def test_a_fault_of_the_store_shows_what_it_is(qtbot: QtBot, make: Make) -> None:
    feed = FakeFeed()
    door = FakeDoor(Decision(Outcome.DENIED, Reason.FAULT))
    door.problem = KnownError("The database is locked.", "Close the other program.")
    view = make(feed, door)
    qtbot.waitUntil(feeding(view, feed, lambda: view.answer.tone == "danger"))
    assert view.answer.reason == "The database is locked. Close the other program."


def test_recent_visits_are_listed_once_and_pictures_asked_for_once(
    qtbot: QtBot, make: Make
) -> None:
    visits = FakeVisits([event(2), event(1, denied())])
    view = make(FakeFeed(), visits=visits)
    qtbot.waitUntil(lambda: view._recent.ids == ("event-2", "event-1"))
    visits.events.insert(0, event(3))
    view.arrive()
    qtbot.waitUntil(lambda: view._recent.ids == ("event-3", "event-2", "event-1"))
    assert sorted(visits.asked) == ["event-1", "event-2", "event-3"]


def test_visits_that_cannot_be_read_say_why(qtbot: QtBot, make: Make) -> None:
    visits = FakeVisits(fail=KnownError("The database is locked.", "Wait."))
    view = make(FakeFeed(), visits=visits)
    qtbot.waitUntil(lambda: "locked" in view._recent._empty.text())


def test_restart_watches_the_new_camera_and_closes_the_old(qtbot: QtBot, make: Make) -> None:
    feed = FakeFeed()
    door = FakeDoor()
    view = make(feed, door)
    qtbot.waitUntil(feeding(view, feed, lambda: view.answer.tone == "ok"))
    view.restart()
    assert feed.closed
    assert door.closed == 1
    assert view.answer.words == "Loading the models"
    qtbot.waitUntil(feeding(view, feed, lambda: view.answer.tone == "ok"))


def test_figures_are_told_rounded_and_only_when_they_change(qtbot: QtBot, make: Make) -> None:
    view = make(FakeFeed())
    told: list[Figures] = []
    view.figures_changed.connect(told.append)
    for fps in (24.9, 25.1, 25.2):
        view._tell_figures(Figures(fps, 12))
    assert told == [Figures(25.0, 12)]


def test_the_answer_is_at_least_64_pixels_and_a_long_one_takes_two_lines(qtbot: QtBot) -> None:
    theme()
    text = FittedText()
    qtbot.addWidget(text)
    room = QRect(0, 0, 600, text.sizeHint().height())
    text.set_text("Refused")
    assert text.layout_in(room) == (96, "Refused", False)
    text.set_text("Let in: Maria Oberhuber")
    pixels, shown, wraps = text.layout_in(room)
    assert (pixels, shown, wraps) == (ANSWER, "Let in: Maria Oberhuber", True)
    text.set_text("word " * 60)
    pixels, shown, wraps = text.layout_in(room)
    assert pixels == ANSWER
    assert shown.endswith("…")
    metrics = QFontMetrics(text._font(pixels))
    assert metrics.horizontalAdvance(shown) < 2 * room.width()


def test_boxes_keep_the_aspect_and_fall_where_the_face_is(qtbot: QtBot) -> None:
    theme()
    view = CameraView("camera")
    qtbot.addWidget(view)
    view.resize(800, 400)
    from faceaccess.gui.widgets.picture import to_qimage

    view.show_frame(to_qimage(picture(120, 160)))
    shown = view.picture_rect()
    assert (shown.width(), shown.height()) == (533, 400)
    box = view.to_widget((80, 60, 16, 12))
    assert box.x() == pytest.approx(shown.x() + 533 / 2, abs=1)
    assert box.y() == pytest.approx(200, abs=1)
    assert box.width() / box.height() == pytest.approx(16 / 12)


@pytest.mark.parametrize("name", ["Li Wei", "李伟", "ليلى حداد", "A" * 200, "<b>bold</b> &amp;"])
def test_every_name_is_painted_on_the_picture(qtbot: QtBot, make: Make, name: str) -> None:
    feed = FakeFeed()
    view = make(feed, FakeDoor(granted(name)))
    qtbot.waitUntil(feeding(view, feed, lambda: view.answer.tone == "ok"))
    assert view._camera.marks[0].text == name
    assert not view.grab().isNull()
    assert view.answer.words == f"Let in: {name}"


def test_somebody_known_but_switched_off_is_named_as_refused() -> None:
    decision = Decision(Outcome.DENIED, Reason.INACTIVE, "id", "Ana", 0.8, 0.5)
    from faceaccess.core.decisions import TrackedFace

    mark = mark_of(TrackedFace("v", (1, 2, 3, 4), decision))
    assert (mark.text, mark.tone) == ("Ana", "danger")
    assert answer_of(decision).reason == "Your access is switched off: please ring"


def test_everything_has_an_accessible_name(qtbot: QtBot, make: Make) -> None:
    view = make(FakeFeed(), visits=FakeVisits([event(1)]))
    qtbot.waitUntil(lambda: bool(view._recent.ids))
    assert unnamed(view) == []


def test_text_half_as_long_again_still_fits(qtbot: QtBot) -> None:
    theme()
    use_language(LONGER)
    try:
        view = LiveView(
            door_name=lambda: "Front door",
            open_feed=FakeFeed,
            make_door=FakeDoor,
            visits=FakeVisits(),
            clock=ManualClock(NOW),
        )
        qtbot.addWidget(view)
        view.resize(900, 700)
        view.show()
        QApplication.processEvents()
        assert view.minimumSizeHint().width() <= 900
        view.shutdown()
    finally:
        use_language("en")


def test_the_splitter_is_remembered(qtbot: QtBot, make: Make) -> None:
    view = make(FakeFeed())
    view._splitter.setSizes([500, 500])
    kept = view.remembered()
    view._splitter.setSizes([700, 300])
    view.restore(kept)
    assert view.remembered() == kept
    view.restore({"splitter": "nonsense"})
    assert view.remembered() == kept


def test_a_result_without_a_front_face_never_reads_as_let_in() -> None:
    assert answer_of(replace(granted(), outcome=Outcome.NONE)).tone != "ok"
