"""The door screen: what is entered and forgotten, how it is left, and the thread behind it."""

import logging
from collections.abc import Iterator

import pytest
from door_screens import Make, screens
from door_views import GONE, let_in, nobody, refused, view
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton, QWidget
from pytestqt.qtbot import QtBot

from faceaccess.core.errors import KnownError
from faceaccess.core.reasons import Reason
from faceaccess.gui.door_screen import feed_thread
from faceaccess.gui.door_screen.entry_line import FORGET_SECONDS
from faceaccess.gui.door_screen.screen import ASK_SECONDS, SAID_SECONDS
from faceaccess.gui.door_screen.shown import Level
from faceaccess.pipeline.station_feed import DoorView


@pytest.fixture
def make(qtbot: QtBot) -> Iterator[Make]:
    yield from screens(qtbot)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed_thread, "RETRY_SECONDS", 0.01)
    monkeypatch.setattr(feed_thread, "WAIT_SECONDS", 0.01)


# Entries


def test_a_pin_by_touch_is_sent_once_and_seen_by_nobody(
    make: Make, qtbot: QtBot, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    made = make()
    made.tell(view(Reason.FACTOR_NEEDED, takes_entries=True))
    pad = made.screen.pages.pad
    assert pad.isVisible()
    for digit in "8642":
        QTest.mouseClick(pad.keys[digit], Qt.MouseButton.LeftButton)
    assert pad.count == 4
    texts = [w.accessibleName() for w in made.screen.findChildren(QWidget)]
    assert "4 entered" in texts
    assert not [text for text in texts if "8642" in text]
    QTest.mouseClick(pad.keys["send"], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: made.sent == ["8642"])
    assert pad.count == 0
    assert "8642" not in caplog.text


def test_a_keyboard_or_a_card_reader_that_acts_as_one_enters_too(make: Make, qtbot: QtBot) -> None:
    made = make()
    made.tell(nobody(takes_entries=True))
    QTest.keyClicks(made.screen, "0A12")
    assert made.screen.pages.pad_is_shown
    made.key(Qt.Key.Key_Backspace)
    QTest.keyClicks(made.screen, "9")
    made.key(Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: made.sent == ["0A19"])
    qtbot.waitUntil(lambda: made.word == "Thank you")
    assert not made.screen.pages.pad_is_shown
    made.after(SAID_SECONDS)
    assert made.screen.pages.is_idle


def test_a_door_that_takes_no_entries_has_no_keys(make: Make) -> None:
    made = make()
    made.tell(view(Reason.FACTOR_NEEDED))
    QTest.keyClicks(made.screen, "1234")
    made.key(Qt.Key.Key_Return)
    assert not made.screen.pages.pad_is_shown
    assert not made.screen.pages.pin_key.isVisible()
    assert made.sent == []


def test_the_key_shows_the_pad_first_and_it_goes_by_itself(make: Make) -> None:
    made = make()
    made.tell(nobody(takes_entries=True))
    QTest.mouseClick(made.screen.pages.pin_key, Qt.MouseButton.LeftButton)
    assert made.screen.pages.pad_is_shown
    assert made.word == "PIN or code"
    made.screen.pages.pad.press("1")
    made.after(FORGET_SECONDS - 1)
    assert made.screen.pages.pad.count == 1
    made.after(2)
    assert made.screen.pages.pad.count == 0
    assert not made.screen.pages.pad_is_shown


def test_who_looks_down_at_the_keys_keeps_them(make: Make) -> None:
    made = make()
    made.tell(view(Reason.FACTOR_NEEDED, takes_entries=True))
    made.screen.pages.pad.press("1")
    for shown in (
        view(Reason.TURNED_AWAY, takes_entries=True),
        nobody(takes_entries=True),
        view(Reason.FACTOR_NEEDED, takes_entries=True),
    ):
        made.after(2)
        made.tell(shown)
        assert made.screen.pages.pad_is_shown
        assert made.screen.pages.pad.count == 1


@pytest.mark.parametrize("shown", [let_in(takes_entries=True), None, nobody(locked_down=True)])
def test_an_answer_or_a_lost_station_forgets_what_was_begun(
    make: Make, shown: DoorView | None
) -> None:
    made = make()
    made.tell(view(Reason.FACTOR_NEEDED, takes_entries=True))
    made.screen.pages.pad.press("1")
    made.tell(shown)
    assert not made.screen.pages.pad_is_shown
    assert made.screen.pages.pad.count == 0


def test_an_entry_that_does_not_arrive_is_told(make: Make, qtbot: QtBot) -> None:
    def fail(text: str) -> None:
        raise KnownError("The door 'Front door' does not run.")

    made = make(send=fail)
    made.tell(nobody(takes_entries=True))
    QTest.keyClicks(made.screen, "1")
    made.key(Qt.Key.Key_Enter)
    qtbot.waitUntil(lambda: made.word == "Not entered")


@pytest.mark.expected_log_errors
def test_a_fault_while_sending_is_logged_without_what_was_entered(
    make: Make, qtbot: QtBot, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(text: str) -> None:
        raise RuntimeError("broken")

    made = make(send=fail)
    made.tell(nobody(takes_entries=True))
    QTest.keyClicks(made.screen, "97531")
    made.key(Qt.Key.Key_Enter)
    qtbot.waitUntil(lambda: made.word == "Not entered")
    assert "broken" in caplog.text
    assert "97531" not in caplog.text


# Leaving


def test_esc_asks_first_and_the_question_goes_by_itself(make: Make) -> None:
    made = make()
    made.tell(nobody())
    question = made.screen.question
    made.key(Qt.Key.Key_Escape)
    assert question.isVisible()
    assert made.screen.isVisible()
    assert made.screen.rect().contains(question.geometry())
    made.after(ASK_SECONDS)
    assert not question.isVisible()
    made.key(Qt.Key.Key_Escape)
    QTest.mouseClick(question.stay, Qt.MouseButton.LeftButton)
    assert not question.isVisible()
    made.key(Qt.Key.Key_Escape)
    QTest.mouseClick(question.leave, Qt.MouseButton.LeftButton)
    assert not made.screen.isVisible()


def test_esc_takes_an_entry_back_before_it_asks(make: Make) -> None:
    made = make()
    made.tell(nobody(takes_entries=True))
    QTest.keyClicks(made.screen, "12")
    made.key(Qt.Key.Key_Escape)
    assert not made.screen.question.isVisible()
    assert made.screen.pages.pad.count == 0
    assert not made.screen.pages.pad_is_shown


def test_ctrl_q_leaves_at_once(make: Make) -> None:
    made = make()
    QTest.keyClick(made.screen, Qt.Key.Key_Q, Qt.KeyboardModifier.ControlModifier)
    assert not made.screen.isVisible()


def test_everything_that_can_be_pressed_has_a_name(make: Make) -> None:
    made = make()
    made.tell(view(Reason.FACTOR_NEEDED, takes_entries=True))
    assert all(b.accessibleName() for b in made.screen.findChildren(QPushButton))


# The thread


def test_the_feed_is_followed_and_a_lost_station_tried_again(make: Make, qtbot: QtBot) -> None:
    made = make()
    made.feed.put(let_in("Ana Silva"))
    made.screen.start()
    qtbot.waitUntil(lambda: made.word == "Come in")
    assert made.screen.pages.mirror.has_picture
    made.feed.put(GONE)
    qtbot.waitUntil(lambda: made.word == "Out of order")
    qtbot.waitUntil(lambda: made.feed.opened > 1)
    made.feed.put(refused())
    qtbot.waitUntil(lambda: made.word == "Not known")
    assert made.feed.closed == made.feed.opened - 1


def test_a_station_that_never_runs_is_told_once_in_the_log_however_often_it_is_tried(
    make: Make, qtbot: QtBot, caplog: pytest.LogCaptureFixture
) -> None:
    made = make()
    made.feed.refusing = GONE
    made.screen.start()
    qtbot.waitUntil(lambda: made.feed.opened > 20)
    assert made.word == "Out of order"
    assert len([r for r in caplog.records if "is away" in r.getMessage()]) == 1


def test_a_silent_station_counts_as_away(make: Make, qtbot: QtBot) -> None:
    made = make()
    made.feed.put(let_in())
    made.screen.start()
    qtbot.waitUntil(lambda: made.word == "Come in")
    made.clock.advance(feed_thread.SILENT_SECONDS + 1)
    qtbot.waitUntil(lambda: made.word == "Out of order")


@pytest.mark.expected_log_errors
def test_a_fault_in_the_feed_ends_nothing(make: Make, qtbot: QtBot) -> None:
    made = make()
    made.feed.put(ValueError("garbage"))
    made.screen.start()
    qtbot.waitUntil(lambda: made.feed.opened > 1)
    made.feed.put(nobody())
    qtbot.waitUntil(lambda: made.screen.pages.is_idle)
    assert made.screen.shown.level is Level.IDLE
