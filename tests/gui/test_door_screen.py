"""The door screen as real widgets: nothing clipped at any size, states and light."""

import math
from collections.abc import Iterator
from datetime import timedelta

import pytest
from door_screens import Made, Make, screens
from door_views import NOW, SIZE, let_in, nobody, refused, view
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QFont, QFontMetrics, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton, QWidget
from pytestqt.qtbot import QtBot

from faceaccess.core.decisions import Outcome
from faceaccess.core.reasons import Reason
from faceaccess.gui.door_screen.feed_thread import Told
from faceaccess.gui.door_screen.fitting import SMALLEST, balanced_width, height_of
from faceaccess.gui.door_screen.layers import DIMMED
from faceaccess.gui.door_screen.sleep import DARK_AFTER, DIM_AFTER, SHIFT_EVERY, Light
from faceaccess.gui.theme import DARK, contrast
from faceaccess.gui.translation import LONGER, use_language
from faceaccess.pipeline.station_feed import DoorView

SIZES = [(800, 480), (1024, 600), (1920, 1080), (1080, 1920), (480, 800), (480, 320)]


@pytest.fixture
def make(qtbot: QtBot) -> Iterator[Make]:
    yield from screens(qtbot)


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
