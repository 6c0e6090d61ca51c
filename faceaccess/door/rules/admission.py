"""Evidence, rules and what happened before -> let in, kept out, or something is awaited. Pure.

The evidence decides first: what it does not grant, no rule opens. Then, in this order, and the
first that refuses gives the reason:

1. a locked-down door lets nobody in, whatever the rules say;
2. a rule that denies wins over all that allow;
3. whoever has a rule that allows (of their own or for everybody) may pass where and when one of
   them holds; whoever has none may pass every door;
4. after too many tries in a row the face alone opens no more until the delay is over;
5. who is on the other side already is kept out by a hard anti-passback;
6. where a second factor is asked for, it must be there;
7. where two people or an escort are asked for, another one must be there.

So a rule other than `Effect.ALLOW` only ever takes away. What is awaited (6, 7) is no refusal yet.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from faceaccess.core.access_rules import AccessRule, DoorPlan, Effect, Passback
from faceaccess.core.decisions import Decision, Outcome
from faceaccess.core.errors import BugError
from faceaccess.core.reasons import Reason
from faceaccess.door.rules.hours import holds, is_valid

TOGETHER_SECONDS = 30.0
"""How long one of two people may come after the other."""
ESCORT_SECONDS = 60.0
"""How long a visitor may come after the escort."""


@dataclass(frozen=True)
class Companion:
    """Somebody else who was recognised at this door a short while ago.

    Attributes:
        person_id: who.
        seconds: how long ago, s, by a clock that nobody sets.
        let_in: whether the door was opened for them; else all but a second person was there.
        escorted: whether they need an escort themselves; then they are nobody's companion.
    """

    person_id: str
    seconds: float
    let_in: bool
    escorted: bool = False


@dataclass(frozen=True)
class AdmissionFacts:
    """What an admission stands on besides the evidence.

    Attributes:
        door: the door's name.
        rules: all rules, of all people and doors.
        holidays: the site's holidays.
        locked_down: whether the door is locked down.
        wait: what is left of the delay after tries in a row, s.
        factor_given: whether the person's second factor was given and is right.
        look_alikes: whom the person may be taken for.
        companions: who else was there.
        plan: what is special about the door, or None.
        whereabouts: the area that the person was let into last, or None where nobody knows (any
            more).
    """

    door: str
    rules: Sequence[AccessRule] = ()
    holidays: frozenset[date] = frozenset()
    locked_down: bool = False
    wait: float = 0.0
    factor_given: bool = False
    look_alikes: frozenset[str] = frozenset()
    companions: Sequence[Companion] = ()
    plan: DoorPlan | None = None
    whereabouts: str | None = None


@dataclass(frozen=True)
class Admission:
    """What follows for one person at one door.

    Attributes:
        outcome: granted; denied; none while something is awaited.
        reason: why.
        warning: what is to be told although the person is let in, or None.
        rule: the rule that decided, or None where none did.
    """

    outcome: Outcome
    reason: Reason
    warning: Reason | None = None
    rule: AccessRule | None = None


def admit(decision: Decision, facts: AdmissionFacts, now: datetime) -> Admission:
    """Return whether somebody whom the evidence grants may pass now.

    Args:
        decision: what the evidence says; one that is not granted comes back as it is.
        facts: rules and state.
        now: the time, aware.

    Raises:
        BugError: if the time has no zone, or a granted decision names nobody.
        KnownError: if the time zone of a rule does not exist on this machine.
    """
    if now.tzinfo is None:
        raise BugError(f"a time without a zone: {now}")
    if decision.outcome is not Outcome.GRANTED:
        return Admission(decision.outcome, decision.reason)
    person_id = decision.person_id
    if person_id is None:
        raise BugError("a granted decision names nobody")
    if facts.locked_down:
        return _denied(Reason.LOCKED_DOWN)
    of_person = [rule for rule in facts.rules if rule.person_id in (None, person_id)]
    here = [rule for rule in of_person if rule.door in (None, facts.door)]
    in_force = [rule for rule in here if holds(rule, now, facts.holidays)]
    allowing = _first(in_force, Effect.ALLOW)
    refused = (
        _denied_by(in_force)
        or _not_allowed(of_person, here, allowing, now)
        or _delayed(facts)
        or _passed_already(facts)
        or _awaiting(person_id, in_force, facts)
    )
    if refused is not None:
        return refused
    warning = Reason.PASSED_ALREADY if _is_inside(facts) else None
    return Admission(Outcome.GRANTED, decision.reason, warning, allowing)


def needs_escort(person_id: str, facts: AdmissionFacts, now: datetime) -> bool:
    """Return whether a person needs an escort at the door now."""
    return any(
        rule.effect is Effect.ESCORT
        and rule.person_id in (None, person_id)
        and rule.door in (None, facts.door)
        and holds(rule, now, facts.holidays)
        for rule in facts.rules
    )


def _denied(reason: Reason, rule: AccessRule | None = None) -> Admission:
    return Admission(Outcome.DENIED, reason, rule=rule)


def _first(rules: Sequence[AccessRule], effect: Effect) -> AccessRule | None:
    return next((rule for rule in rules if rule.effect is effect), None)


def _denied_by(in_force: Sequence[AccessRule]) -> Admission | None:
    denying = _first(in_force, Effect.DENY)
    if denying is None:
        return None
    lasting = denying.schedule is None and denying.valid_until is None
    return _denied(Reason.NOT_THIS_DOOR if lasting else Reason.NOT_NOW, denying)


def _not_allowed(
    of_person: Sequence[AccessRule],
    here: Sequence[AccessRule],
    allowing: AccessRule | None,
    now: datetime,
) -> Admission | None:
    if allowing is not None or _first(of_person, Effect.ALLOW) is None:
        return None
    would = [rule for rule in here if rule.effect is Effect.ALLOW]
    if not would:
        return _denied(Reason.NOT_THIS_DOOR)
    valid = [rule for rule in would if is_valid(rule, now)]
    return _denied(Reason.NOT_NOW, valid[0]) if valid else _denied(Reason.NOT_VALID, would[0])


def _delayed(facts: AdmissionFacts) -> Admission | None:
    over = facts.wait <= 0  # a number that is none is no end of a delay
    return None if over or facts.factor_given else _denied(Reason.TOO_MANY_TRIES)


def _is_inside(facts: AdmissionFacts) -> bool:
    """Return whether the person would enter where they are already."""
    plan = facts.plan
    if plan is None or plan.passback is Passback.OFF or facts.whereabouts is None:
        return False
    return facts.whereabouts != plan.leads_from


def _passed_already(facts: AdmissionFacts) -> Admission | None:
    hard = facts.plan is not None and facts.plan.passback is Passback.HARD
    return _denied(Reason.PASSED_ALREADY) if hard and _is_inside(facts) else None


def _awaiting(
    person_id: str, in_force: Sequence[AccessRule], facts: AdmissionFacts
) -> Admission | None:
    factor = _first(in_force, Effect.SECOND_FACTOR)
    alike = facts.plan is not None and facts.plan.look_alikes_need_factor and facts.look_alikes
    if (factor is not None or alike) and not facts.factor_given:
        return Admission(Outcome.NONE, Reason.FACTOR_NEEDED, rule=factor)
    others = [
        one
        for one in facts.companions
        # One face that is taken for two people must not be two people.
        if one.person_id != person_id
        and one.person_id not in facts.look_alikes
        and not one.escorted
    ]
    escort = _first(in_force, Effect.ESCORT)
    if escort is not None and not any(
        one.let_in and _lately(one, ESCORT_SECONDS) for one in others
    ):
        return Admission(Outcome.NONE, Reason.ESCORT_NEEDED, rule=escort)
    two = _first(in_force, Effect.TWO_PEOPLE)
    if two is not None and not any(_lately(one, TOGETHER_SECONDS) for one in others):
        return Admission(Outcome.NONE, Reason.SECOND_PERSON_NEEDED, rule=two)
    return None


def _lately(companion: Companion, seconds: float) -> bool:
    return math.isfinite(companion.seconds) and 0 <= companion.seconds <= seconds
