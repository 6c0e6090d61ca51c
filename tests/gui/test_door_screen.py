"""The door screen as real widgets: nothing clipped at any size, states, keys, light, threads."""

import logging
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest
from door_views import GONE, NOW, SIZE, FakeFeed, Send, let_in, nobody, refused, view
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QFont, QFontMetrics, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton, QWidget
from pytestqt.qtbot import QtBot

from faceaccess.core.clock import ManualClock
from faceaccess.core.decisions import Outcome
from faceaccess.core.errors import KnownError
from faceaccess.core.reasons import Reason
from faceaccess.gui.door_screen import feed_thread
from faceaccess.gui.door_screen.entry_line import FORGET_SECONDS
from faceaccess.gui.door_screen.feed_thread import Told
from faceaccess.gui.door_screen.fitting import SMALLEST, balanced_width, height_of
from faceaccess.gui.door_screen.layers import DIMMED
from faceaccess.gui.door_screen.screen import ASK_SECONDS, SAID_SECONDS, DoorScreen, ScreenPlan
from faceaccess.gui.door_screen.shown import Level
from faceaccess.gui.door_screen.sleep import DARK_AFTER, DIM_AFTER, SHIFT_EVERY, Light
from faceaccess.gui.door_screen.sounds import Sound
from faceaccess.gui.theme import DARK, contrast, theme
from faceaccess.gui.translation import LONGER, use_language
from faceaccess.gui.widgets.picture import to_qimage
from faceaccess.pipeline.station_feed import DoorView

SIZES = [(800, 480), (1024, 600), (1920, 1080), (1080, 1920), (480, 800), (480, 320)]


@dataclass
class FakePlayer:
    heard: list[Sound] = field(default_factory=list)

    def play(self, sound: Sound) -> None:
        self.heard.append(sound)


@dataclass
class Made:
    """A screen with everything behind it in the test's hand."""

    screen: DoorScreen
    clock: ManualClock
    feed: FakeFeed
    player: FakePlayer
    sent: list[str]

    def tell(self, shown: DoorView | None) -> None:
        """Hand a view over, as the thread does."""
        picture = None
        if shown is not None and shown.picture is not None:
            picture = to_qimage(shown.picture[:, ::-1])
        self.screen._take(Told(shown, picture))

    def after(self, seconds: float) -> None:
        self.clock.advance(seconds)
        self.screen.tick()

    @property
    def word(self) -> str:
        shown = self.screen.pages.board.shown
        assert shown is not None
        return shown.word

    def key(self, key: Qt.Key) -> None:
        QTest.keyClick(self.screen, key)


Make = Callable[..., Made]


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    use_language("en")
    yield
    use_language("en")
    theme().choose("light")


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed_thread, "RETRY_SECONDS", 0.01)
    monkeypatch.setattr(feed_thread, "WAIT_SECONDS", 0.01)


@pytest.fixture
def make(qtbot: QtBot) -> Iterator[Make]:
    made: list[DoorScreen] = []

    def start(*, size: tuple[int, int] = (800, 480), send: Send | None = None, **plan: str) -> Made:
        theme().choose("dark")
        clock, feed, player, sent = ManualClock(), FakeFeed(), FakePlayer(), list[str]()
        given = ScreenPlan(
            door="Front door",
            names="first",
            notice="",
            open_feed=feed.open,
            send_entry=send or sent.append,
            player=player,
        )
        screen = DoorScreen(replace(given, **plan), clock)  # type: ignore[arg-type]  # texts alone
        qtbot.addWidget(screen)
        screen.resize(*size)
        screen.show()
        made.append(screen)
        return Made(screen, clock, feed, player, sent)

    yield start
    for screen in made:
        screen.shutdown()


# Nothing is clipped


def in_words(made: Made) -> None:
    """Every text that can be seen fits its place in whole words, and is not tiny."""
    pages = made.screen.pages
    low = max(SMALLEST, min(made.screen.width(), made.screen.height()) // 38)
    for block in (pages.door, pages.time, pages.large_time, pages.date, pages.hint, pages.notice):
        if block.isVisible():
            assert block.pixels >= low, (block.text, block.size(), block.pixels)
    if pages.board.isVisible():
        word, sentence = pages.board.sizes()
        shown = pages.board.shown
        assert word >= 1.8 * low, shown
        assert sentence >= low, shown
        assert word > sentence, shown
        assert word > max(b.pixels for b in (pages.door, pages.notice)), shown
        for text, size, room, bold in zip(
            (shown.word, shown.sentence),
            (word, sentence),
            pages.board.rooms()[1:],
            (True, False),
            strict=True,
        ):
            font = QFont(pages.board.font().family())
            font.setPixelSize(size)
            font.setBold(bold)
            flags = int(Qt.TextFlag.TextWordWrap)
            taken = QFontMetrics(font).boundingRect(QRect(room), flags, text)
            assert room.contains(QRect(room.topLeft(), taken.size())), (text, room, taken)
            assert pages.board.rect().contains(room)
    for button in made.screen.findChildren(QPushButton):
        if button.isVisible() and button.text():
            wide = button.fontMetrics().horizontalAdvance(button.text())
            assert wide <= button.width(), (button.text(), button.width(), wide)
            assert button.fontMetrics().height() <= button.height(), button.text()


def in_place(made: Made) -> None:
    """What can be seen lies on the screen, and nothing lies over anything else."""
    pages = made.screen.pages
    seen = [child for child in pages.findChildren(QWidget) if child.parent() is pages]
    seen = [child for child in seen if child.isVisible()]
    for number, child in enumerate(seen):
        assert pages.rect().contains(child.geometry()), child
        for other in seen[number + 1 :]:
            assert not child.geometry().intersects(other.geometry()), (child, other)


@pytest.mark.parametrize(
    ("size", "code"),
    [
        *((size, code) for size in SIZES for code in ("en", "zh_CN")),
        *((size, LONGER) for size in (SIZES[0], SIZES[3])),
    ],
    ids=str,
)
def test_nothing_is_clipped_at_any_size(make: Make, size: tuple[int, int], code: str) -> None:
    use_language(code)
    made = make(size=size)
    views: list[DoorView | None] = [
        None,
        let_in("Maximiliane Oberhauser", pulse_left=2.0),
        nobody(takes_entries=True),
        nobody(held_until=NOW + timedelta(hours=1)),
        nobody(locked_down=True),
        nobody(camera_state="opening"),
        nobody(alarms=("held_open",)),
        nobody(alarms=("tampered",)),
    ]
    for reason in Reason:
        outcome = Outcome.DENIED if reason in {Reason.UNKNOWN, Reason.FAULT} else Outcome.NONE
        views.append(view(reason, outcome, takes_entries=True))
    for shown in views:
        made.tell(nobody())
        made.clock.advance(2)
        made.tell(shown)
        in_words(made)
        in_place(made)


@pytest.mark.parametrize("code", ["en", "zh_CN"])
def test_a_seven_inch_screen_can_be_read_from_two_metres(make: Make, code: str) -> None:
    # Letters of 5 minutes of arc are what good eyes just read (Snellen): 2.9 mm at 2 m. A 7-inch
    # screen of 800 x 480 has 5.2 pixels a millimetre; capitals are 0.72 of the type size.
    use_language(code)
    made = make()
    just_read = 2000 * math.tan(math.radians(5 / 60)) * 5.2 / 0.72
    for reason in set(Reason) - {Reason.NOBODY}:
        made.tell(view(reason, Outcome.DENIED))
        word, sentence = made.screen.pages.board.sizes()
        assert word >= 2.5 * just_read, reason
        assert sentence >= 1.3 * just_read, reason


@pytest.mark.parametrize("width", [200, 260, 400])
def test_lines_are_of_like_length_and_not_more_than_needed(make: Make, width: int) -> None:
    make()
    text = "Known. Turn your head to your left"
    family = QFont().family()
    narrow = balanced_width(text, width, 30, bold=False, family=family)
    assert narrow <= width
    for tried, same in ((width, True), (narrow, True), (narrow - 2, False)):
        high = height_of(text, tried, 30, family)
        assert (high == height_of(text, width, 30, family)) == same or narrow == width // 2


def test_a_long_door_name_and_notice_of_ones_own_are_shown_whole(make: Make) -> None:
    notice = "Diese Tür öffnet nach einem Blick in die Kamera. " * 3
    made = make(door="Staff entrance of the northern building", notice=notice)
    made.tell(nobody(takes_entries=True))
    in_words(made)
    assert made.screen.pages.notice.text == notice.strip() or notice


@pytest.mark.parametrize("step", range(9))
def test_the_shift_against_burning_in_clips_nothing(make: Make, step: int) -> None:
    made = make()
    made.tell(view(Reason.FACTOR_NEEDED, takes_entries=True))
    before = made.screen.pages.board.geometry()
    made.clock.advance(step * SHIFT_EVERY)
    made.tell(view(Reason.FACTOR_NEEDED, takes_entries=True))
    in_place(made)
    after = made.screen.pages.board.geometry()
    assert (after.topLeft() == before.topLeft()) == (step == 0)
    assert after.size() == before.size()


# What is shown


def test_who_is_let_in_reads_come_in_their_first_name_and_sees_themselves(make: Make) -> None:
    made = make()
    made.tell(let_in("Ana Silva", pulse_left=3.0))
    pages = made.screen.pages
    assert (made.word, pages.board.shown and pages.board.shown.sentence) == (
        "Come in",
        "Welcome, Ana",
    )
    assert pages.mirror.isVisible()
    image = made.screen.grab().toImage()
    middle = pages.board.geometry().topLeft() + QPoint(pages.board.width() // 2, 12)
    assert image.pixelColor(middle).name() == DARK.ok
    assert made.player.heard == ["granted"]


def test_the_picture_and_the_ring_are_a_mirrors(make: Make) -> None:
    made = make()
    shown = let_in(picture=None)
    painted = QImage(320, 240, QImage.Format.Format_RGB32)
    painted.fill(Qt.GlobalColor.black)
    made.screen._take(Told(shown, painted))
    ring = made.screen.pages.mirror.ring()
    assert ring is not None
    mirror = made.screen.pages.mirror
    scale = mirror.width() / SIZE[0]
    # The face's middle is at x 160 of 640 in the camera's picture, so at 480 in the mirror.
    assert ring.center().x() == pytest.approx(480 * scale, abs=2)
    top = (mirror.height() - SIZE[1] * scale) / 2
    assert ring.center().y() == pytest.approx(top + 140 * scale, abs=2)


def test_nobody_there_shows_the_clock_and_no_picture(make: Make) -> None:
    made = make()
    made.tell(let_in())
    made.tell(nobody())
    pages = made.screen.pages
    assert pages.is_idle
    assert not pages.mirror.has_picture
    local = NOW.astimezone()
    assert pages.large_time.text == local.strftime("%H:%M")
    assert pages.hint.text == "Look at the camera"
    assert pages.notice.text.startswith("A camera recognises")


def test_the_clock_goes_on(make: Make) -> None:
    made = make()
    made.tell(nobody())
    made.after(60)
    assert made.screen.pages.large_time.text == (NOW + timedelta(minutes=1)).astimezone().strftime(
        "%H:%M"
    )


@pytest.mark.parametrize(
    ("shown", "word"),
    [
        (None, "Out of order"),
        (view(Reason.CAMERA_LOST, camera_state="lost"), "Out of order"),
        (nobody(locked_down=True), "Locked down"),
        (nobody(held_until=NOW + timedelta(hours=1)), "Open"),
        (nobody(camera_state="opening"), "One moment"),
        (refused(Reason.FAULT), "Out of order"),
    ],
)
def test_what_is_wrong_with_the_door_is_told_plainly(
    make: Make, shown: DoorView | None, word: str
) -> None:
    made = make()
    made.tell(let_in())
    made.tell(shown)
    assert made.word == word
    assert made.screen.pages.board.isVisible()


def test_an_answer_of_a_station_that_went_away_does_not_stand(make: Make) -> None:
    made = make()
    made.tell(let_in())
    made.tell(None)
    assert made.word == "Out of order"
    assert not made.screen.pages.mirror.has_picture


def test_the_same_answer_sounds_once_and_a_muted_door_not_at_all(make: Make) -> None:
    made = make()
    for _ in range(3):
        made.tell(refused())
    made.tell(view(Reason.TURN_LEFT))
    assert made.player.heard == ["denied", "asked"]
    made.tell(nobody())
    made.tell(let_in(muted_until=NOW + timedelta(hours=1)))
    assert made.player.heard == ["denied", "asked"]


# Light


def test_it_is_dimmed_then_dark_and_wakes_at_the_first_face(make: Make) -> None:
    made = make()
    made.tell(nobody())
    assert made.screen.veil.light is Light.BRIGHT
    made.after(DIM_AFTER)
    assert made.screen.veil.light is Light.DIMMED
    made.after(DARK_AFTER)
    assert made.screen.veil.light is Light.DARK
    image = made.screen.grab().toImage()
    dark = {image.pixelColor(x, y).name() for x in range(0, 800, 7) for y in range(0, 480, 7)}
    assert dark == {"#000000"}
    made.tell(view(Reason.TOO_FAR))
    assert made.screen.veil.light is Light.BRIGHT
    assert not made.screen.veil.isVisible()


def test_words_can_still_be_read_when_dimmed() -> None:
    def veiled(colour: str) -> str:
        parts = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
        return "#" + "".join(f"{round(part * (1 - DIMMED)):02x}" for part in parts)

    assert contrast(veiled(DARK.text), veiled(DARK.background)) >= 4.5


def test_words_on_the_boards_colours_can_be_read_and_are_not_told_by_colour_alone() -> None:
    for tone in ("ok", "danger", "warn", "accent"):
        assert contrast(DARK.background, getattr(DARK, tone)) >= 4.5
    assert contrast(DARK.text, DARK.surface) >= 4.5


def test_trouble_is_dimmed_and_never_dark(make: Make) -> None:
    made = make()
    made.tell(None)
    made.after(DARK_AFTER * 2)
    assert made.screen.veil.light is Light.DIMMED


def test_a_touch_wakes_and_presses_nothing_that_could_not_be_seen(make: Make) -> None:
    made = make()
    made.tell(nobody(takes_entries=True))
    made.after(DARK_AFTER)
    key = made.screen.pages.pin_key
    at = key.mapTo(made.screen, key.rect().center())
    target = made.screen.childAt(at)
    assert target is made.screen.veil
    QTest.mouseClick(target, Qt.MouseButton.LeftButton, pos=at)
    assert made.screen.veil.light is Light.BRIGHT
    assert not made.screen.pages.pad_is_shown
    made.after(DIM_AFTER)
    assert made.screen.childAt(at) is key  # a dimmed screen can be used at once


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
