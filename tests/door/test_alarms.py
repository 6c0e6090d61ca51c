"""When a door calls for help: hand-computed cases, and what holds of every sequence."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faceaccess.core.alarms import AlarmKind
from faceaccess.door.alarms import (
    AFTER_EXIT,
    AFTER_PULSE,
    HELD_AFTER,
    LONGEST_EXIT,
    TOGETHER,
    AlarmChange,
    DoorAlarms,
)

FORCED, HELD, LOST = AlarmKind.FORCED_OPEN, AlarmKind.HELD_OPEN, AlarmKind.LOCK_UNREACHABLE


def shut_door() -> DoorAlarms:
    alarms = DoorAlarms()
    assert alarms.contact(True, 0.0) == []
    return alarms


def told(changes: list[AlarmChange]) -> list[tuple[AlarmKind, bool, float]]:
    return [(change.kind, change.lasting, change.moment) for change in changes]


def test_a_door_that_opens_without_us_is_forced_until_it_is_shut() -> None:
    alarms = shut_door()
    assert alarms.contact(False, 10.0) == []  # the request to exit may come a moment later
    assert alarms.at(10.0 + TOGETHER) == []
    assert told(alarms.at(10.01 + TOGETHER)) == [(FORCED, True, 10.0)]
    assert alarms.at(500.0) == []  # once; and not held open besides
    assert alarms.lasting == (FORCED,)
    assert told(alarms.contact(True, 600.0)) == [(FORCED, False, 600.0)]
    assert alarms.lasting == ()


def test_a_door_that_is_forced_and_shut_at_once_is_told_all_the_same() -> None:
    alarms = shut_door()
    alarms.contact(False, 10.0)
    assert told(alarms.contact(True, 10.2)) == [(FORCED, True, 10.0), (FORCED, False, 10.2)]


@pytest.mark.parametrize(
    ("opened", "forced"),
    [(5.0, False), (7.99, False), (8.0 + AFTER_PULSE, False), (8.01 + AFTER_PULSE, True)],
)
def test_what_was_opened_by_us_is_not_forced(opened: float, forced: bool) -> None:
    alarms = shut_door()
    alarms.opening(5.0, 3.0)
    alarms.contact(False, opened)
    assert bool(alarms.at(opened + TOGETHER + 0.01)) is forced


def test_an_opening_that_comes_after_the_door_excuses_nothing() -> None:
    alarms = shut_door()
    alarms.contact(False, 4.9)
    alarms.opening(5.0, 3.0)
    assert told(alarms.at(5.6)) == [(FORCED, True, 4.9)]


@pytest.mark.parametrize(
    ("asked", "released", "forced"),
    [
        (99.9, 100.1, False),  # the bar of the door does both
        (100.0 + TOGETHER, 100.9, False),  # noticed a little late
        (97.0, 97.2, False),
        (94.0, 100.0 - AFTER_EXIT, False),
        (94.0, 99.99 - AFTER_EXIT, True),
        (100.0 - LONGEST_EXIT - AFTER_EXIT, None, False),  # held, just within
        (99.9 - LONGEST_EXIT - AFTER_EXIT, None, True),  # stuck, or bridged
    ],
)
def test_who_asks_to_leave_may(asked: float, released: float | None, forced: bool) -> None:
    alarms = shut_door()
    happening = [(asked, "asked"), (100.0, "opened")]
    if released is not None:
        happening.append((released, "released"))
    found = []
    for moment, what in sorted(happening):
        if what == "opened":
            found += alarms.contact(False, moment)
        else:
            found += alarms.exit_asked(what == "asked", moment)
    found += alarms.at(101.0)
    assert [change.kind for change in found] == ([FORCED] if forced else [])


def test_a_door_that_stands_open_is_told_once_and_ends_when_it_is_shut() -> None:
    alarms = shut_door()
    alarms.opening(10.0, 3.0)
    alarms.contact(False, 12.0)
    assert alarms.at(12.99 + HELD_AFTER) == []  # counted from the pulse's end, 13
    assert told(alarms.at(13.0 + HELD_AFTER)) == [(HELD, True, 13.0 + HELD_AFTER)]
    assert alarms.at(1000.0) == []
    alarms.opening(1001.0, 3.0)  # does not end it
    assert told(alarms.contact(True, 1002.0)) == [(HELD, False, 1002.0)]


def test_a_door_that_is_held_open_by_pulse_after_pulse_stands_open_rightly() -> None:
    alarms = shut_door()
    for moment in range(0, 600, 5):
        alarms.opening(float(moment), 10.0)
        if moment == 5:
            alarms.contact(False, 5.5)
        assert alarms.at(moment + 5.0) == []
    assert alarms.at(604.9 + HELD_AFTER) == []  # the last pulse ended at 605
    assert told(alarms.at(605.0 + HELD_AFTER)) == [(HELD, True, 605.0 + HELD_AFTER)]


def test_a_contact_that_is_lost_is_never_shut() -> None:
    alarms = shut_door()
    alarms.contact(False, 10.0)
    alarms.at(11.0)
    assert alarms.contact(None, 12.0) == []
    assert alarms.lasting == (FORCED,)
    assert alarms.door_open is None
    assert alarms.contact(False, 20.0) == []
    assert alarms.lasting == (FORCED,)  # the same opening
    assert told(alarms.contact(True, 30.0)) == [(FORCED, False, 30.0)]


def test_a_door_that_opened_while_its_contact_was_lost_is_forced() -> None:
    alarms = shut_door()
    alarms.contact(None, 10.0)
    alarms.contact(False, 50.0)
    assert told(alarms.at(51.0)) == [(FORCED, True, 50.0)]


def test_a_door_that_we_opened_while_its_contact_was_lost_is_not() -> None:
    alarms = shut_door()
    alarms.contact(None, 10.0)
    alarms.opening(20.0, 3.0)
    alarms.contact(False, 50.0)
    assert alarms.at(51.0) == []


def test_a_door_that_stands_open_at_the_beginning_is_held_and_not_forced() -> None:
    alarms = DoorAlarms(held_after=10.0)
    assert alarms.contact(False, 0.0) == []
    assert alarms.at(9.9) == []
    assert told(alarms.at(10.0)) == [(HELD, True, 10.0)]


def test_alarms_of_a_process_before_go_on_until_the_contact_says_shut() -> None:
    alarms = DoorAlarms(lasting=[FORCED, LOST])
    assert alarms.contact(False, 0.0) == []
    assert alarms.at(100.0) == []
    assert told(alarms.contact(True, 101.0)) == [(FORCED, False, 101.0)]
    assert alarms.condition(LOST, "still", 102.0) == []
    assert told(alarms.condition(LOST, "", 103.0)) == [(LOST, False, 103.0)]


def test_a_condition_is_told_when_it_begins_and_when_it_ends() -> None:
    alarms = DoorAlarms()
    began = alarms.condition(LOST, "It does not answer.", 1.0)
    assert began == [AlarmChange(LOST, lasting=True, moment=1.0, detail="It does not answer.")]
    assert alarms.condition(LOST, "In other words.", 2.0) == []
    assert told(alarms.condition(LOST, "", 3.0)) == [(LOST, False, 3.0)]
    assert alarms.condition(LOST, "", 4.0) == []


_STEPS = st.lists(
    st.tuples(
        st.sampled_from(["open", "shut", "lost", "ours", "asked", "released", "no exit", "wait"]),
        st.floats(0.0, 90.0),
    ),
    max_size=40,
)


@given(_STEPS)
def test_what_holds_of_every_sequence(steps: list[tuple[str, float]]) -> None:
    alarms = DoorAlarms()
    moment = 0.0
    lasting: dict[AlarmKind, float] = {}
    opened_by_us_or_asked = False
    shut = False
    for what, wait in steps:
        moment += wait
        changes = alarms.at(moment)
        if what in ("open", "shut", "lost"):
            closed = {"open": False, "shut": True, "lost": None}[what]
            changes += alarms.contact(closed, moment)
        elif what == "ours":
            alarms.opening(moment, 3.0)
        elif what != "wait":
            changes += alarms.exit_asked({"asked": True, "released": False}.get(what), moment)
        opened_by_us_or_asked |= what in ("ours", "asked")
        shut |= what == "shut"
        for change in changes:
            assert change.moment <= moment
            if change.lasting:
                assert change.kind not in lasting  # never twice
                lasting[change.kind] = change.moment
            else:
                assert lasting.pop(change.kind) <= change.moment
                assert what == "shut"  # only a door that is seen to be shut ends them
        assert set(alarms.lasting) == set(lasting)
        if what == "shut":
            assert not lasting
        if FORCED in lasting:
            assert shut  # a door that was never seen shut was not forced
        assert not (FORCED in lasting and HELD in lasting)
    if not opened_by_us_or_asked and shut and alarms.door_open:
        alarms.at(moment + TOGETHER + 0.01)
        assert alarms.lasting


@given(st.floats(0.1, 60.0), st.floats(0.0, 100.0))
def test_forced_or_not_depends_on_the_pulse_alone(pulse: float, wait: float) -> None:
    alarms = shut_door()
    alarms.opening(1.0, pulse)
    alarms.contact(False, 1.0 + wait)
    alarms.at(1.01 + wait + TOGETHER)
    assert (FORCED in alarms.lasting) is (1.0 + wait > 1.0 + pulse + AFTER_PULSE)
