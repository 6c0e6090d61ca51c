"""The pure parts of the door screen: what is said, how long, how bright, what is forgotten."""

import io
import itertools
import wave
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from door_views import BOX, NOW, face, let_in, nobody, refused, view
from hypothesis import given
from hypothesis import strategies as st

from faceaccess.core.alarms import AlarmKind
from faceaccess.core.decisions import Outcome
from faceaccess.core.errors import KnownError
from faceaccess.core.reasons import Reason
from faceaccess.gui.door_screen import sounds, wording
from faceaccess.gui.door_screen.entry_line import FORGET_SECONDS, EntryLine
from faceaccess.gui.door_screen.names import shown_name
from faceaccess.gui.door_screen.shown import Level, Shown, Sign, shown_of
from faceaccess.gui.door_screen.sleep import (
    DARK_AFTER,
    DIM_AFTER,
    SHIFT,
    SHIFT_EVERY,
    Light,
    Sleep,
    shift_at,
)
from faceaccess.gui.door_screen.steadiness import READ_SECONDS, Steadiness
from faceaccess.gui.translation import use_language


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    use_language("en")
    yield
    use_language("en")


# Words


def test_every_reason_has_its_words_in_both_languages() -> None:
    assert {reason.value for reason in Reason} == wording.known_reasons()
    english = {reason: wording.reason_words(reason) for reason in Reason}
    use_language("zh_CN")
    for reason, (word, sentence) in english.items():
        translated = wording.reason_words(reason)
        for one, other in zip((word, sentence), translated, strict=True):
            assert other != one, reason
            assert any("\u4e00" <= letter <= "\u9fff" for letter in other), reason


@pytest.mark.parametrize("reason", list(Reason))
@pytest.mark.parametrize("outcome", list(Outcome))
def test_green_and_come_in_are_for_those_alone_who_are_let_in(
    outcome: Outcome, reason: Reason
) -> None:
    shown = shown_of(view(reason, outcome, person="Ana Silva", lock_trouble=None), "full")
    let = outcome is Outcome.GRANTED and reason is not Reason.CAMERA_LOST
    assert (shown.tone == "ok") == let
    assert (shown.word == "Come in") == let
    assert shown.word
    assert shown.sentence


@pytest.mark.parametrize("reason", list(Reason))
@pytest.mark.parametrize("outcome", [Outcome.DENIED, Outcome.NONE])
def test_who_is_not_let_in_is_never_named(outcome: Outcome, reason: Reason) -> None:
    shown = shown_of(view(reason, outcome, person="Zacharias Quill"), "full")
    assert "Zacharias" not in shown.word + shown.sentence
    assert "Quill" not in shown.word + shown.sentence


@pytest.mark.parametrize(
    ("how", "sentence"),
    [
        ("full", "Welcome, Ana Silva"),
        ("first", "Welcome, Ana"),
        ("none", "The door is open"),
    ],
)
def test_who_is_let_in_is_named_as_the_setting_allows(how: str, sentence: str) -> None:
    assert shown_of(let_in("Ana Silva"), how).sentence == sentence  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("Ana Silva Pereira", "Ana"),
        ("  Ana\tSilva ", "Ana"),
        ("Silva, Ana", "Ana"),
        ("Dr. Ana Silva", "Ana"),
        ("J. R. Ewing", "Ewing"),
        ("Dr.", "Dr."),
        ("Ana", "Ana"),
        ("Silva,", "Silva"),
        ("王小明", "王*明"),
        ("李伟", "李*"),
        ("欧阳小明", "欧**明"),
        ("王", "王"),
        ("王 小明", "王"),
        ("", ""),
    ],
)
def test_first_names(name: str, first: str) -> None:
    assert shown_name(name, "first") == first


@given(st.text(max_size=40))
def test_no_name_breaks_and_none_shows_nothing(name: str) -> None:
    assert shown_name(name, "none") == ""
    assert shown_name(name, "full") == " ".join(name.split())
    first = shown_name(name, "first")
    assert len(first) <= len(name)
    assert bool(first.strip(",")) or not name.strip().strip(",")


# What weighs more


def test_the_challenges_signs_are_a_mirrors() -> None:
    signs = {
        reason: shown_of(view(reason), "full").sign
        for reason in Reason
        if reason.value.startswith(("turn_", "look_"))
    }
    assert signs == {
        Reason.TURN_LEFT: Sign.LEFT,
        Reason.TURN_RIGHT: Sign.RIGHT,
        Reason.LOOK_UP: Sign.UP,
        Reason.LOOK_DOWN: Sign.DOWN,
        Reason.LOOK_STRAIGHT: Sign.STRAIGHT,
    }


def test_what_is_wrong_with_the_door_goes_before_what_is_seen() -> None:
    def word(**more: object) -> str:
        return shown_of(refused(Reason.UNKNOWN, **more), "full").word

    assert word() == "Not known"
    assert word(locked_down=True) == "Locked down"
    assert word(camera_state="lost") == "Out of order"
    assert word(camera_state="opening") == "One moment"
    assert word(camera_state="starting") == "One moment"
    assert word(alarms=(AlarmKind.HELD_OPEN.value,)) == "Close the door"
    assert word(alarms=(AlarmKind.TAMPERED.value,)) == "Camera trouble"
    assert word(alarms=(AlarmKind.TAMPERED.value,), camera_state="lost") == "Camera trouble"
    held = shown_of(nobody(held_until=NOW + timedelta(hours=1)), "full")
    assert (held.word, held.tone, held.level) == ("Open", "ok", Level.TROUBLE)
    assert word(held_until=NOW + timedelta(hours=1), locked_down=True) == "Locked down"


def test_a_lock_in_trouble_is_told_while_nobody_is_there_and_does_not_hide_answers() -> None:
    assert shown_of(nobody(lock_trouble="no answer"), "full").word == "Not open"
    assert shown_of(refused(lock_trouble="no answer"), "full").word == "Not known"


def test_who_is_let_in_reads_that_before_the_alarm_of_the_one_before() -> None:
    assert shown_of(let_in(alarms=(AlarmKind.HELD_OPEN.value,)), "full").word == "Come in"
    assert shown_of(let_in(locked_down=True), "full").word == "Locked down"


def test_keys_are_offered_only_where_the_door_takes_entries() -> None:
    for reason in (Reason.FACTOR_NEEDED, Reason.WRONG_FACTOR):
        assert shown_of(view(reason, takes_entries=True), "full").pad
        assert not shown_of(view(reason), "full").pad
    assert not shown_of(view(Reason.TOO_FAR, takes_entries=True), "full").pad


def test_the_ring_is_around_the_face_in_front_and_no_other() -> None:
    others = (face(in_front=False, box=(0.0, 0.0, 9.0, 9.0)), face())
    assert shown_of(refused(faces=others), "full").face == BOX
    assert shown_of(refused(faces=others[:1]), "full").face is None


# For how long


def hint(word: str) -> Shown:
    return Shown(Level.HINT, word, "", "warn")


def test_a_hint_stands_long_enough_to_be_read() -> None:
    steady = Steadiness()
    assert steady.take(hint("Hold still"), 0.0).word == "Hold still"
    assert steady.take(hint("Come closer"), READ_SECONDS * 0.5).word == "Hold still"
    assert steady.take(Shown(Level.IDLE, "Hello", ""), READ_SECONDS * 0.9).word == "Hold still"
    assert steady.take(hint("Come closer"), READ_SECONDS).word == "Come closer"


def test_a_standing_hint_keeps_its_ring_on_the_face() -> None:
    steady = Steadiness()
    steady.take(hint("Hold still"), 0.0)
    moved = Shown(Level.HINT, "Come closer", "", face=BOX)
    shown = steady.take(moved, 0.1)
    assert (shown.word, shown.face) == ("Hold still", BOX)


@pytest.mark.parametrize("level", [Level.ANSWER, Level.TROUBLE])
def test_answers_come_at_once_and_give_way_at_once(level: Level) -> None:
    steady = Steadiness()
    steady.take(hint("Hold still"), 0.0)
    assert steady.take(Shown(level, "Come in", ""), 0.01).word == "Come in"
    assert steady.take(hint("Hold still"), 0.02).word == "Hold still"


# How bright


def test_the_screen_is_dimmed_and_dark_without_anybody_and_wakes_at_once() -> None:
    sleep = Sleep(0.0)
    assert sleep.light(DIM_AFTER - 0.1, trouble=False) is Light.BRIGHT
    assert sleep.light(DIM_AFTER, trouble=False) is Light.DIMMED
    assert sleep.light(DARK_AFTER, trouble=False) is Light.DARK
    assert sleep.light(1e7, trouble=True) is Light.DIMMED
    sleep.wake(1e7)
    assert sleep.light(1e7, trouble=False) is Light.BRIGHT


def test_everything_moves_a_little_through_nine_places() -> None:
    places = {shift_at(number * SHIFT_EVERY + 1.0) for number in range(9)}
    assert len(places) == 9
    assert all(abs(x) <= SHIFT and abs(y) <= SHIFT for x, y in places)
    steps = [shift_at(number * SHIFT_EVERY) for number in range(9)]
    for one, other in itertools.pairwise(steps):
        assert max(abs(one[0] - other[0]), abs(one[1] - other[1])) <= SHIFT * 2


# What is entered


def test_an_entry_is_forgotten_ten_seconds_after_its_last_key() -> None:
    line = EntryLine()
    line.add("1", 0.0)
    line.add("2", FORGET_SECONDS - 0.1)
    assert not line.forget_old(2 * FORGET_SECONDS - 0.2)
    assert len(line) == 2
    assert line.forget_old(2 * FORGET_SECONDS)
    assert len(line) == 0
    line.add("1", 0.0)
    line.add("2", FORGET_SECONDS + 1)  # another person's first key
    assert line.take(FORGET_SECONDS + 2) == "2"
    assert line.take(FORGET_SECONDS + 2) == ""


def test_an_entry_that_is_too_old_is_not_sent() -> None:
    line = EntryLine()
    line.add("1", 0.0)
    assert line.take(FORGET_SECONDS) == ""


@given(st.text(max_size=200))
def test_an_entry_is_printable_bounded_and_never_shown(text: str) -> None:
    line = EntryLine()
    for letter in text:
        line.add(letter, 1.0)
    assert len(line) <= 64
    assert "_keys" not in repr(line)
    assert line.take(1.0) == "".join(c for c in text if " " < c <= "~")[:64]


# Sounds


@pytest.mark.parametrize("sound", list(sounds.TONES))
def test_a_sound_is_the_tones_of_its_table(sound: sounds.Sound) -> None:
    with wave.open(io.BytesIO(sounds.wave_of(sound))) as read:
        assert (read.getnchannels(), read.getsampwidth(), read.getframerate()) == (1, 2, 22_050)
        samples = np.frombuffer(read.readframes(read.getnframes()), np.int16).astype(float)
    assert len(samples) == sum(int(seconds * sounds.RATE) for _, seconds in sounds.TONES[sound])
    assert 0.3 < np.abs(samples).max() / 32_767 < 0.4
    assert samples[0] == samples[-1] == 0  # no click
    at = 0
    for pitch, seconds in sounds.TONES[sound]:
        part = samples[at : (at := at + int(seconds * sounds.RATE))]
        if pitch == 0:
            assert not part.any()
            continue
        loudest = np.abs(np.fft.rfft(part)).argmax() * sounds.RATE / len(part)
        assert loudest == pytest.approx(pitch, abs=1.0 / seconds)


def test_a_system_without_a_player_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(KnownError, match="plays sounds"):
        sounds.find_player()


@pytest.mark.parametrize("code", ["en", "zh_CN"])
def test_every_large_word_is_in_the_guide_for_who_stands_at_the_door(code: str) -> None:
    use_language(code)
    guide = (Path(__file__).parents[2] / "docs" / "user-guide" / "at-the-door.md").read_text(
        "utf-8"
    )
    words = {wording.reason_words(reason)[0] for reason in set(Reason) - {Reason.NOBODY}}
    words |= {wording.let_in_words("")[0], wording.away_words()[0], wording.starting_words()[0]}
    words |= {wording.held_open_words(NOW, NOW)[0], wording.close_door_words()[0]}
    words |= {wording.camera_trouble_words()[0]}
    assert sorted(word for word in words if word not in guide) == []
