"""Who may have gone in with somebody who was let in: hand-made faces, one after the other."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faceaccess.core.frames import Box
from faceaccess.pipeline.tailgating import FaceInView, Tailgating

PULSE = 3.0
STEP = 0.1


class Doorway:
    """Frames ten times a second; the test says who stands where, and whether the door is open."""

    def __init__(self, *, contact: bool = True) -> None:
        self.tailgating = Tailgating()
        self.moment = 0.0
        self.told: list[str] = []
        self._contact = contact

    def show(
        self,
        seconds: float,
        *,
        open_: bool = False,
        people: dict[str, str] | None = None,
        **heights: float,
    ) -> None:
        """Show faces by name, at places of their own, for a while."""
        for _ in range(round(seconds / STEP)):
            self.moment += STEP
            faces = [
                FaceInView(name, _box(name, height), (people or {}).get(name))
                for name, height in heights.items()
            ]
            said = self.tailgating.seen(faces, self.moment, open_ if self._contact else None)
            if said:
                self.told.append(said)

    def let_in(self, visit: str) -> None:
        self.tailgating.let_in(visit, self.moment, PULSE)


def _box(name: str, height: float) -> Box:
    return (200.0 * (ord(name[0]) - ord("a")), 100.0, 0.8 * height, height)


def follows(door: Doorway, *, near: float = 100.0, last: float = 100.0) -> None:
    door.show(1.0, a=100, b=60)
    door.let_in("a")
    door.show(0.5, a=100, b=60)
    door.show(1.0, open_=True, b=near)  # a has gone in
    door.show(0.3, open_=True, b=last)
    door.show(1.0, open_=True)
    door.show(3.0)


def test_who_follows_and_comes_as_near_is_told_once() -> None:
    door = Doorway()
    follows(door)
    assert door.told == [
        "Another face came as near as the one that was let in and went out of view meanwhile."
    ]


def test_without_a_contact_the_pulse_says_how_long() -> None:
    door = Doorway(contact=False)
    follows(door)
    door.show(3.0)
    assert len(door.told) == 1


@pytest.mark.parametrize(("near", "told"), [(79.0, False), (80.0, True)])
def test_who_stays_farther_away_went_nowhere(near: float, told: bool) -> None:
    door = Doorway()
    follows(door, near=near, last=near)
    assert bool(door.told) is told


@pytest.mark.parametrize(("last", "told"), [(74.0, False), (76.0, True)])
def test_who_drew_back_went_away(last: float, told: bool) -> None:
    door = Doorway()
    follows(door, last=last)
    assert bool(door.told) is told


def test_who_stays_in_view_did_not_go_in() -> None:
    door = Doorway()
    door.show(1.0, a=100, b=100)
    door.let_in("a")
    door.show(2.0, open_=True, b=100)
    door.show(3.0, b=100)
    assert door.told == []


def test_who_goes_out_of_view_when_the_door_is_shut_did_not_go_in() -> None:
    door = Doorway()
    door.show(1.0, a=100, b=100)
    door.let_in("a")
    door.show(2.0, open_=True, b=100)
    door.show(0.3, b=100)
    door.show(3.0)
    assert door.told == []


def test_a_door_that_did_not_open_let_nobody_through() -> None:
    door = Doorway()
    door.show(1.0, a=100, b=100)
    door.let_in("a")
    door.show(1.0, a=100, b=100)
    door.show(10.0)
    assert door.told == []


def test_whoever_is_let_in_too_is_no_tailgater() -> None:
    door = Doorway()
    door.show(1.0, a=100, b=60)
    door.let_in("a")
    door.show(1.0, open_=True, b=100)
    door.let_in("b")
    door.show(1.0, open_=True)
    door.show(3.0)
    assert door.told == []


def test_the_one_who_was_let_in_and_is_found_again_is_no_other() -> None:
    door = Doorway()
    door.show(1.0, a=100)
    door.let_in("a")
    door.show(0.5, open_=True)
    door.show(0.5, open_=True, c=105)  # turned to the side for a moment, another visit
    door.show(1.0, open_=True)
    door.show(3.0)
    assert door.told == []


def test_recognised_as_the_same_person_beside_their_own_reflection() -> None:
    door = Doorway()
    both = {"a": "ana", "b": "ana"}
    door.show(1.0, a=100, b=100, people=both)
    door.let_in("a")
    door.show(1.0, open_=True, a=100, b=100, people=both)
    door.show(1.0, open_=True)
    door.show(3.0)
    assert door.told == []


def test_a_face_goes_on_under_another_visit() -> None:
    """A visit ends with its event: whoever was refused goes on under a new one."""
    door = Doorway()
    door.show(1.0, a=100, b1=60)
    door.let_in("a")
    door.show(0.5, a=100, b2=60)
    door.show(1.0, open_=True, b3=100)
    door.show(1.0, open_=True)
    door.show(3.0)
    assert len(door.told) == 1


def test_two_others_are_counted() -> None:
    door = Doorway()
    door.show(1.0, a=100, b=60, c=60)
    door.let_in("a")
    door.show(1.0, open_=True, b=100, c=95)
    door.show(1.0, open_=True)
    door.show(3.0)
    assert door.told[0].startswith("2 other faces came as near")


def test_nothing_is_said_of_what_was_not_seen() -> None:
    door = Doorway()
    door.show(1.0, a=100, b=100)
    door.let_in("a")
    door.show(0.5, open_=True, a=100, b=100)
    door.moment += 2.0  # the camera gave nothing
    door.show(5.0)
    assert door.told == []


def test_somebody_let_in_who_is_not_in_view_is_no_opening() -> None:
    door = Doorway()
    door.let_in("nobody")
    door.show(5.0, b=100)
    assert door.told == []


def test_the_next_opening_is_judged_anew() -> None:
    door = Doorway()
    follows(door)
    follows(door)
    assert len(door.told) == 2


_FRAMES = st.lists(
    st.tuples(
        st.dictionaries(st.sampled_from("abc"), st.floats(10, 200), max_size=3),
        st.sampled_from([True, False, None]),
        st.sampled_from(["", "a"]),
        st.floats(0.01, 3.0),
    ),
    max_size=60,
)


@given(_FRAMES)
def test_alone_there_is_never_a_tailgater(
    frames: list[tuple[dict[str, float], bool | None, str, float]],
) -> None:
    tailgating, moment = Tailgating(), 0.0
    for heights, door_open, let_in, wait in frames:
        moment += wait
        faces = [FaceInView("a", _box("a", heights["a"]))] if "a" in heights else []
        assert tailgating.seen(faces, moment, door_open) == ""
        if let_in:
            tailgating.let_in("a", moment, PULSE)


@given(_FRAMES)
def test_nothing_is_told_where_nobody_was_let_in(
    frames: list[tuple[dict[str, float], bool | None, str, float]],
) -> None:
    tailgating, moment = Tailgating(), 0.0
    for heights, door_open, _, wait in frames:
        moment += wait
        faces = [FaceInView(name, _box(name, height)) for name, height in heights.items()]
        assert tailgating.seen(faces, moment, door_open) == ""
