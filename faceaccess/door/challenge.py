"""The challenge: turns of the head asked for at random, judged by size, direction, order and time.

Pure: what is seen comes in, moments come with it, chance is injected. Steps are asked one after
another, each in the same way:

    turn as asked    not before `REACTION` after the order, and within `TURN_WITHIN`
    stay turned      until straight is asked for, at a moment nobody can know
    look straight    not before `RELEASE` after that order, and within `STRAIGHT_WITHIN`
    stay straight    until the next step is asked for, or the end

A film cannot know the order and the moments; somebody who keeps turning their head moves while
straight is asked for; a picture that is turned shows no nose that stands out.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from faceaccess.core.challenges import HeadMotion, Step
from faceaccess.core.reasons import Reason

A_STEP = 2.0
"""Seconds for each step, within which all together are done."""
REACTION = 0.35
"""Seconds after an order before which nobody can be seen to obey: an order is on a screen after
some 0.06 seconds, is read in 0.2 at the very least, and a head takes 0.1 to turn so far that it
shows (`BEGUN`)."""
TURN_WITHIN = 1.6
"""Seconds from an order to the head being turned."""
RELEASE = 0.2
"""The same as `REACTION` where the head only has to come back: people see that coming."""
STRAIGHT_WITHIN = 1.2
"""Seconds from "look straight" to the head being straight."""
HOLD = (0.0, 0.12)
"""Bounds of the seconds for which a turned head waits for "look straight"."""
SETTLE = (0.08, 0.18)
"""Bounds of the seconds for which a straight head waits for the next order."""
LONGEST_GAP = 0.6
"""Seconds between two views in which the same person was seen, beyond which they are lost."""
BEGUN = 0.035
"""How far (see `HeadMotion`) a head that moves has begun to turn; some 6 degrees."""
TURNED = {Step.LEFT: 0.07, Step.RIGHT: 0.07, Step.UP: 0.05, Step.DOWN: 0.05}
"""How far it must turn, some 13 degrees of a head with a small nose."""
KEPT = 0.5
"""Share of `TURNED` that a head must keep until straight is asked for."""
RELIEF = {Step.LEFT: 0.018, Step.RIGHT: 0.018, Step.UP: 0.022, Step.DOWN: 0.022}
"""How much of a nose must show in that (`HeadMotion.relief_aside`), see
`docs/adr/liveness-challenge.md`. More where a sheet that is bent and tilted comes closer to it."""
VIEWS = 2
"""Views in a row that must show a head turned. For straight one does: it has to stay so."""
MOST_CHALLENGES = 3
"""Challenges of one visit."""
FIRST_PAUSE, LONGEST_PAUSE = 2.0, 1800.0
"""Seconds to wait after the first failure of a person, doubled with each one more, up to this."""


class Chance(Protocol):
    """Where chance comes from: `secrets.SystemRandom` in service."""

    def randrange(self, stop: int, /) -> int:
        """Return a whole number from 0 to `stop` - 1."""
        ...

    def uniform(self, low: float, high: float, /) -> float:
        """Return a number between two bounds."""
        ...


@dataclass(frozen=True)
class Plan:
    """What one challenge asks for; nobody knows it beforehand.

    Attributes:
        steps: what is asked, in this order; the same may come twice.
        holds: for each step, seconds for which the head stays turned.
        settles: for each step but the last, seconds for which it stays straight after it.
    """

    steps: tuple[Step, ...]
    holds: tuple[float, ...]
    settles: tuple[float, ...]


def drawn_plan(chance: Chance, steps: int = 2) -> Plan:
    """Return a challenge of so many steps drawn at random: each is equally likely each time."""
    every = tuple(Step)
    return Plan(
        tuple(every[chance.randrange(len(every))] for _ in range(steps)),
        tuple(chance.uniform(*HOLD) for _ in range(steps)),
        tuple(chance.uniform(*SETTLE) for _ in range(steps - 1)),
    )


class Outcome(Enum):
    """How a challenge stands."""

    UNDER_WAY = "under way"
    PASSED = "passed"
    FAILED = "failed"


class _Phase(Enum):
    TURN = "turn"
    HOLD = "hold"
    COME_BACK = "come back"
    SETTLE = "settle"


class Challenge:
    """One challenge of one person, from the first order to its end.

    Args:
        plan: what is asked for.
        moment: at which the first order was given, seconds as in `Frame.moment`.

    Attributes:
        outcome: how it stands.
        why: why it failed, for the log, or "".
    """

    def __init__(self, plan: Plan, moment: float) -> None:
        self._plan = plan
        self._began = self._asked = self._seen = moment
        self._step = 0
        self._phase = _Phase.TURN
        self._since = moment  # since when the present phase's condition holds
        self._views = 0
        self.outcome = Outcome.UNDER_WAY
        self.why = ""

    @property
    def asks(self) -> Reason:
        """What the person is told now."""
        if self._phase in (_Phase.TURN, _Phase.HOLD) and self.outcome is Outcome.UNDER_WAY:
            return self._plan.steps[self._step].reason
        return Reason.LOOK_STRAIGHT

    def see(self, moment: float, motion: HeadMotion | None) -> None:
        """Take notice of a view.

        Args:
            moment: of the view.
            motion: how the head has moved since the first order; None where that cannot be told,
                or where it was not certain that it is the same person's head.
        """
        if self.outcome is not Outcome.UNDER_WAY:
            return
        if moment < self._seen or moment - self._seen > LONGEST_GAP:
            self._fail("the face was lost")
        elif moment - self._began > A_STEP * len(self._plan.steps):
            self._fail("it took too long")
        elif motion is not None:
            self._seen = moment
            look: dict[_Phase, Callable[[float, HeadMotion, Step], None]] = {
                _Phase.TURN: self._turning,
                _Phase.HOLD: self._holding,
                _Phase.COME_BACK: self._coming_back,
                _Phase.SETTLE: self._settling,
            }
            look[self._phase](moment, motion, self._plan.steps[self._step])

    def _turning(self, moment: float, motion: HeadMotion, step: Step) -> None:
        waited = moment - self._asked
        towards, across = motion.towards(step), motion.across(step)
        if towards < -BEGUN or (across > BEGUN and across > towards):
            self._fail("turned another way")
        elif waited < REACTION and towards > BEGUN:
            self._fail("turned before anybody could have obeyed")
        elif waited > TURN_WITHIN:
            self._fail("did not turn as asked")
        elif self._counted(towards >= TURNED[step] and motion.relief(step) >= RELIEF[step]):
            self._enter(_Phase.HOLD, moment)

    def _holding(self, moment: float, motion: HeadMotion, step: Step) -> None:
        if motion.towards(step) < KEPT * TURNED[step]:
            self._fail("came back before that was asked for")
        elif moment - self._since >= self._plan.holds[self._step]:
            self._enter(_Phase.COME_BACK, moment)

    def _coming_back(self, moment: float, motion: HeadMotion, step: Step) -> None:
        waited = moment - self._asked
        towards = motion.towards(step)
        if waited < RELEASE and towards < KEPT * TURNED[step]:
            self._fail("came back before that was asked for")
        elif towards < -TURNED[step]:
            self._fail("turned another way")
        elif waited > STRAIGHT_WITHIN:
            self._fail("did not look straight again")
        elif motion.most < BEGUN:
            self._enter(_Phase.SETTLE, moment)
            self._settling(moment, motion, step)

    def _settling(self, moment: float, motion: HeadMotion, _step: Step) -> None:
        if motion.most > 1.3 * BEGUN:
            self._fail("moved while straight was asked for")
        elif self._step == len(self._plan.steps) - 1:
            self.outcome = Outcome.PASSED
        elif moment - self._since >= self._plan.settles[self._step]:
            self._step += 1
            self._enter(_Phase.TURN, moment)

    def _counted(self, shown: bool) -> bool:  # noqa: FBT001  # a condition, not a mode
        """Whether enough views in a row have shown something."""
        self._views = self._views + 1 if shown else 0
        return self._views >= VIEWS

    def _enter(self, phase: _Phase, moment: float) -> None:
        self._phase, self._since, self._views = phase, moment, 0
        if phase in (_Phase.TURN, _Phase.COME_BACK):
            self._asked = moment

    def abandon(self, why: str) -> None:
        """Let it fail for a reason from outside."""
        if self.outcome is Outcome.UNDER_WAY:
            self._fail(why)

    def _fail(self, why: str) -> None:
        self.outcome, self.why = Outcome.FAILED, why


class Pauses:
    """How long who failed must wait for the next challenge: twice as long each time, by person.

    Kept in memory for as long as the door runs; a challenge that is passed ends the row.
    """

    def __init__(self) -> None:
        self._failures: dict[str, tuple[int, float]] = {}

    def failed(self, person_id: str, moment: float) -> None:
        """Note a failure."""
        count, _ = self._failures.get(person_id, (0, 0.0))
        self._failures[person_id] = (count + 1, moment)

    def passed(self, person_id: str) -> None:
        """Note a challenge that was passed."""
        self._failures.pop(person_id, None)

    def left(self, person_id: str, moment: float) -> float:
        """Return for how many seconds a person has to wait yet; 0 for none."""
        count, failed = self._failures.get(person_id, (0, 0.0))
        if count == 0:
            return 0.0
        pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(count - 1, 30))
        return max(0.0, pause - max(0.0, moment - failed))  # a recording may begin again
