"""The challenge: what passes, and every way in which it fails."""

from collections.abc import Sequence
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faceaccess.core.challenges import HeadMotion, Step
from faceaccess.core.reasons import Reason
from faceaccess.door.challenge import (
    A_STEP,
    FIRST_PAUSE,
    LONGEST_GAP,
    LONGEST_PAUSE,
    REACTION,
    STRAIGHT_WITHIN,
    TURN_WITHIN,
    Challenge,
    Outcome,
    Pauses,
    Plan,
    drawn_plan,
)

PLAN = Plan((Step.LEFT, Step.UP), (0.0, 0.0), (0.1,))
ASIDE = {Step.LEFT: 1.0, Step.RIGHT: -1.0}
UP = {Step.UP: 1.0, Step.DOWN: -1.0}
FULL = 0.12


def turned(moment: float, step: Step | None, size: float = FULL, relief: float = 0.4) -> HeadMotion:
    """A head turned by `size` as a step asks, of which a share of `relief` is the nose's own."""
    aside = 0.0 if step is None else ASIDE.get(step, 0.0) * size
    up = 0.0 if step is None else UP.get(step, 0.0) * size
    return HeadMotion(moment, aside, up, relief * aside, relief * up)


class Watched:
    """A challenge that began at second 0 and is shown a head 20 times a second."""

    def __init__(self, plan: Plan = PLAN) -> None:
        self.challenge = Challenge(plan, 0.0)
        self.now = 0.0

    def show(self, step: Step | None, seconds: float, size: float = FULL, **how: float) -> None:
        """Show a head for a while, or until all is over."""
        end = self.now + seconds
        while self.now < end - 1e-9 and self.challenge.outcome is Outcome.UNDER_WAY:
            self.now += 0.05
            self.challenge.see(self.now, turned(self.now, step, size, **how))

    def obey(self, reaction: float = 0.5) -> None:
        """Do what is asked, each time after a reaction, until all is over."""
        ways = {step.reason: step for step in Step}
        last = ways.get(self.challenge.asks)
        while self.challenge.outcome is Outcome.UNDER_WAY:
            asked = ways.get(self.challenge.asks)
            before = None if last == asked else last
            self.show(before, reaction)
            if self.challenge.outcome is not Outcome.UNDER_WAY:
                return
            last = asked
            while ways.get(self.challenge.asks) == asked:
                self.show(asked, 0.05)
                if self.challenge.outcome is not Outcome.UNDER_WAY:
                    return


def test_who_does_what_is_asked_passes_and_is_told_each_step() -> None:
    watched = Watched()
    told = [watched.challenge.asks]
    for step, seconds in ((None, 0.5), (Step.LEFT, 0.15), (Step.LEFT, 0.3), (None, 0.2)):
        watched.show(step, seconds)
        told.append(watched.challenge.asks)
    assert told == [
        Reason.TURN_LEFT,
        Reason.TURN_LEFT,
        Reason.LOOK_STRAIGHT,
        Reason.LOOK_STRAIGHT,
        Reason.LOOK_UP,
    ]
    watched.show(None, 0.4)
    watched.show(Step.UP, 0.4)
    assert watched.challenge.outcome is Outcome.UNDER_WAY
    watched.show(None, 0.2)
    assert watched.challenge.outcome is Outcome.PASSED
    assert watched.now < 2 * A_STEP


@given(seed=st.integers(0, 10**6), reaction=st.floats(0.36, 0.55))
def test_whatever_is_asked_who_obeys_in_time_passes(seed: int, reaction: float) -> None:
    watched = Watched(drawn_plan(Random(seed)))
    watched.obey(reaction)
    assert watched.challenge.outcome is Outcome.PASSED, watched.challenge.why


def failed(scene: Sequence[tuple[Step | None, float]], plan: Plan = PLAN) -> str:
    watched = Watched(plan)
    for step, seconds in scene:
        watched.show(step, seconds)
    assert watched.challenge.outcome is Outcome.FAILED
    return watched.challenge.why


LEFT_AND_BACK: tuple[tuple[Step | None, float], ...] = ((None, 0.5), (Step.LEFT, 0.3), (None, 0.2))


@pytest.mark.parametrize(
    ("scene", "why"),
    [
        ([(None, 9.0)], "did not turn as asked"),
        ([(Step.LEFT, 1.0)], "turned before anybody could have obeyed"),
        ([(None, 0.5), (Step.RIGHT, 1.0)], "turned another way"),
        ([(None, 0.5), (Step.UP, 1.0)], "turned another way"),
        ([(None, 0.5), (Step.LEFT, 9.0)], "did not look straight again"),
        ([(None, 0.5), (Step.LEFT, 0.15), (None, 1.0)], "came back before that was asked for"),
        ([(None, 0.5), (Step.LEFT, 0.4), (Step.RIGHT, 1.0)], "turned another way"),
        ([*LEFT_AND_BACK, (None, 0.4), (Step.LEFT, 1.0)], "turned another way"),
        ([*LEFT_AND_BACK, (Step.UP, 1.0)], "turned before anybody could have obeyed"),
        ([*LEFT_AND_BACK, (None, 9.0)], "did not turn as asked"),
        ([(None, 1.4), (Step.LEFT, 1.1), (None, 9.0)], "it took too long"),
    ],
)
def test_everything_else_fails(scene: list[tuple[Step | None, float]], why: str) -> None:
    assert failed(scene) == why


def test_a_head_that_comes_back_while_it_must_stay_turned_fails() -> None:
    plan = Plan((Step.LEFT,), (0.5,), ())
    scene = [(None, 0.5), (Step.LEFT, 0.3), (None, 0.2)]
    assert failed(scene, plan) == "came back before that was asked for"


def test_a_head_that_moves_while_straight_is_asked_for_fails() -> None:
    plan = Plan((Step.LEFT, Step.UP), (0.0, 0.0), (1.0,))
    watched = Watched(plan)
    for step, seconds in LEFT_AND_BACK:
        watched.show(step, seconds)
    watched.show(Step.RIGHT, 0.5)
    assert watched.challenge.why == "moved while straight was asked for"


def test_a_flat_picture_that_is_turned_shows_no_nose_and_fails() -> None:
    watched = Watched()
    watched.show(None, 0.5)
    watched.show(Step.LEFT, 9.0, size=0.3, relief=0.05)
    assert watched.challenge.why == "did not turn as asked"


@pytest.mark.parametrize("compared", [True, False])
def test_who_is_lost_or_not_known_to_be_the_same_fails(*, compared: bool) -> None:
    challenge = Challenge(PLAN, 0.0)
    if not compared:
        for number in range(1, 10):
            challenge.see(0.05 * number, None)
    moment = LONGEST_GAP + 0.05
    challenge.see(moment, turned(moment, None))
    assert (challenge.outcome, challenge.why) == (Outcome.FAILED, "the face was lost")


def test_a_clock_that_goes_back_fails() -> None:
    challenge = Challenge(PLAN, 5.0)
    challenge.see(4.9, turned(4.9, None))
    assert challenge.outcome is Outcome.FAILED


def test_a_failure_or_a_pass_is_final() -> None:
    watched = Watched()
    watched.show(Step.LEFT, 1.0)
    why = watched.challenge.why
    watched.challenge.see(5.0, turned(5.0, None))
    watched.challenge.abandon("too late")
    assert (watched.challenge.outcome, watched.challenge.why) == (Outcome.FAILED, why)


@given(seed=st.integers(0, 10**6))
def test_a_head_that_keeps_turning_never_passes(seed: int) -> None:
    random = Random(seed)
    watched = Watched(drawn_plan(random))
    while watched.challenge.outcome is Outcome.UNDER_WAY:
        watched.show(random.choice(list(Step)), random.uniform(0.1, 0.5))
    assert watched.challenge.outcome is Outcome.FAILED


@given(seed=st.integers(0, 10**6), size=st.floats(0.0, 0.5), fps=st.floats(5.0, 30.0))
def test_nothing_flat_ever_passes(seed: int, size: float, fps: float) -> None:
    """Whatever moves, and whenever: without a nose that stands out nobody passes."""
    random = Random(seed)
    challenge, now = Challenge(drawn_plan(random), 0.0), 0.0
    while challenge.outcome is Outcome.UNDER_WAY:
        now += 1 / fps
        aside, up = random.uniform(-size, size), random.uniform(-size, size)
        noise = [random.uniform(-0.0179, 0.0179) for _ in range(2)]
        challenge.see(now, HeadMotion(now, aside, up, *noise))
    assert challenge.outcome is Outcome.FAILED


def test_orders_are_drawn_evenly_and_the_same_may_come_twice() -> None:
    random = Random(7)
    plans = [drawn_plan(random) for _ in range(4000)]
    pairs = {plan.steps for plan in plans}
    assert len(pairs) == len(Step) ** 2
    for pair in pairs:
        assert 170 < sum(plan.steps == pair for plan in plans) < 330  # 250 on average
    assert len({plan.holds for plan in plans}) == len(plans)
    assert len(drawn_plan(random, steps=4).steps) == 4


def test_pauses_double_by_person_and_end_with_a_pass() -> None:
    pauses = Pauses()
    assert pauses.left("li", 0.0) == 0.0
    for count in range(4):
        pauses.failed("li", 100.0)
        assert pauses.left("li", 100.0) == FIRST_PAUSE * 2**count
    assert pauses.left("li", 100.0 + 8 * FIRST_PAUSE) == 0.0
    assert pauses.left("ada", 100.0) == 0.0
    assert pauses.left("li", 1.0) == 8 * FIRST_PAUSE  # a recording that begins again
    for _ in range(2000):
        pauses.failed("li", 100.0)
    assert pauses.left("li", 100.0) == LONGEST_PAUSE
    pauses.passed("li")
    assert pauses.left("li", 100.0) == 0.0


def test_the_limits_leave_people_the_time_they_need() -> None:
    assert REACTION < 0.4
    assert TURN_WITHIN + STRAIGHT_WITHIN > A_STEP > 1.7
