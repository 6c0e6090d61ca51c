"""The access rules as people write, read and try them."""

import logging
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from faceaccess.core.access_rules import (
    AccessPolicy,
    AccessRule,
    DoorPlan,
    Effect,
    Holiday,
    HolidayUse,
    checked_name,
    zone_named,
)
from faceaccess.core.actors import Actor
from faceaccess.core.clock import Clock
from faceaccess.core.decisions import Decision, Outcome
from faceaccess.core.errors import KnownError
from faceaccess.core.people import Person
from faceaccess.core.reasons import Reason
from faceaccess.core.weekly_schedules import parse
from faceaccess.door.rules.admission import Admission, AdmissionFacts, admit
from faceaccess.pipeline.holiday_files import read_holidays
from faceaccess.pipeline.rule_text import RuleText, maybe_moment, moment_from
from faceaccess.pipeline.rules import whereabouts
from faceaccess.store.protocol import Store

_log = logging.getLogger(__name__)

_SHORTEST_START = 6
"""Characters of an id that are enough to name a rule, if they fit one only."""


@dataclass(frozen=True)
class RuleChange:
    """What became of a change.

    Attributes:
        rule: the rule that came or went.
        effect: a sentence or two on what that means for whom, or "".
    """

    rule: AccessRule
    effect: str


@dataclass(frozen=True)
class Tried:
    """What would happen to a person at a door.

    Attributes:
        person: who.
        door: the door's name.
        time: when, aware.
        admission: what the door would do with somebody who is recognised for sure.
    """

    person: Person
    door: str
    time: datetime
    admission: Admission


class RuleBook:
    """Rules, holidays and plans of doors.

    Args:
        store: where they are kept.
        clock: tells the time.
        site_zone: returns the IANA name of this computer's time zone.
        look_alikes: returns whom a person may be taken for; slow.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        site_zone: Callable[[], str],
        look_alikes: Callable[[str], frozenset[str]],
    ) -> None:
        self._store = store
        self._clock = clock
        self._site_zone = site_zone
        self._look_alikes = look_alikes

    def policy(self) -> AccessPolicy:
        """Return all that is laid down.

        Raises:
            KnownError: if the store cannot be read.
        """
        return self._store.access_policy()

    def find(self, text: str) -> AccessRule:
        """Return the rule with this id or beginning of an id.

        Raises:
            KnownError: if none fits, or more than one.
        """
        fitting = [
            rule
            for rule in self.policy().rules
            if text == rule.id
            or (len(text) >= _SHORTEST_START and rule.id.startswith(text.lower()))
        ]
        if len(fitting) == 1:
            return fitting[0]
        if fitting:
            raise KnownError(f"{text} fits {len(fitting)} rules.", "Give the whole id.")
        raise KnownError(
            f"There is no rule with the id {text!r}.", "`faceaccess rules list` shows the ids."
        )

    def add(self, actor: Actor, text: RuleText) -> RuleChange:
        """Store a rule; running doors keep to it from their next decision on.

        Raises:
            KnownError: if it cannot be read, or there is no such person.
        """
        rule = self.made(actor, text)
        with self._store.transaction() as transaction:
            before = self._store.access_policy().rules
            transaction.add_access_rule(rule)
        _log.info("%s (%s) added the rule %s", actor.name, actor.way, rule.id)
        return RuleChange(rule, " ".join(self._came(rule, before)))

    def made(self, actor: Actor, text: RuleText) -> AccessRule:
        """Return the rule that a text means, without storing it.

        Raises:
            KnownError: if it cannot be read.
        """
        zone = zone_named(text.zone or self._site_zone())
        usual = HolidayUse.NOT if text.hours and text.effect is Effect.ALLOW else HolidayUse.ALSO
        return AccessRule(
            id=str(uuid.uuid4()),
            effect=text.effect,
            zone=zone.key,
            added_at=self._clock.now(),
            added_by=actor.signature,
            person_id=text.person_id,
            door=text.door,
            schedule=None if text.hours is None else parse(text.hours),
            on_holidays=text.on_holidays or usual,
            valid_from=maybe_moment(text.valid_from, zone.key, is_end=False),
            valid_until=maybe_moment(text.valid_until, zone.key, is_end=True),
            note=text.note,
        )

    def replace(self, actor: Actor, rule_id: str, text: RuleText) -> RuleChange:
        """Put another rule in a rule's place, under its id, at one moment.

        Running doors keep to the one or to the other, never to none of them.

        Raises:
            KnownError: if it cannot be read, or there is no such rule (any more), or no such
                person.
        """
        rule = replace(self.made(actor, text), id=rule_id)
        with self._store.transaction() as transaction:
            rules = self._store.access_policy().rules
            transaction.remove_access_rule(rule_id)
            transaction.add_access_rule(rule)
        _log.info("%s (%s) changed the rule %s", actor.name, actor.way, rule_id)
        old = next(one for one in rules if one.id == rule_id)
        others = [one for one in rules if one.id != rule_id]
        return RuleChange(
            rule, " ".join([*self._went(old, [*others, rule]), *self._came(rule, rules)])
        )

    def put_back(self, actor: Actor, rule: AccessRule) -> RuleChange:
        """Store a rule again that was removed, as it was.

        Raises:
            KnownError: if it is there, or the person is not there any more.
        """
        with self._store.transaction() as transaction:
            before = self._store.access_policy().rules
            if any(one.id == rule.id for one in before):
                raise KnownError("The rule is there already.", "Nothing was changed.")
            transaction.add_access_rule(rule)
        _log.info("%s (%s) put the rule %s back", actor.name, actor.way, rule.id)
        return RuleChange(rule, " ".join(self._came(rule, before)))

    def remove(self, actor: Actor, rule_id: str) -> RuleChange:
        """Remove a rule; running doors forget it before their next decision.

        Raises:
            KnownError: if there is no such rule.
        """
        with self._store.transaction() as transaction:
            rules = self._store.access_policy().rules
            transaction.remove_access_rule(rule_id)
        rule = next(one for one in rules if one.id == rule_id)
        _log.info("%s (%s) removed the rule %s", actor.name, actor.way, rule_id)
        left = [one for one in rules if one.id != rule_id]
        return RuleChange(rule, " ".join(self._went(rule, left)))

    def take_holidays(self, actor: Actor, source: Path) -> tuple[Holiday, ...]:
        """Replace all holidays by those of a file, wholly or not at all.

        Raises:
            KnownError: if the file is cut or cannot be understood.
            OSError: if it cannot be read.
        """
        holidays = read_holidays(source)
        self.put_holidays(actor, holidays)
        return holidays

    def forget_holidays(self, actor: Actor) -> None:
        """Remove all holidays."""
        self.put_holidays(actor, ())

    def plan(self, door: str) -> DoorPlan:
        """Return what is special about a door; nothing for a door that has no plan.

        Raises:
            KnownError: if it is no name of a door.
        """
        name = checked_name("door", door)
        return self.policy().plan(name) or DoorPlan(name)

    def put_plan(self, actor: Actor, plan: DoorPlan) -> None:
        """Store what is special about a door, in place of what was."""
        with self._store.transaction() as transaction:
            transaction.put_door_plan(plan)
        _log.info("%s (%s) changed the plan of the door %s", actor.name, actor.way, plan.door)

    def moment_from(self, text: str, zone: str | None = None) -> datetime:
        """Return the moment that a text means, by this computer's clock unless a zone is given.

        Raises:
            KnownError: if it is none.
        """
        return moment_from(text, zone or self._site_zone(), is_end=False)

    def test(self, person_id: str, door: str, at: datetime | None = None) -> Tried:
        """Return what the door would do if this person were recognised for sure, alone.

        Args:
            person_id: who.
            door: the door's name; it need not have been started yet.
            at: when, aware, or None for now. Where people are, and a lock-down, are as of now.

        Raises:
            KnownError: if there is no such person, or it is no name of a door.
        """
        person = self._store.person(person_id)
        name = checked_name("door", door)
        time = self._clock.now() if at is None else at
        if not person.details.active:
            denied = Admission(Outcome.DENIED, Reason.INACTIVE)
            return Tried(person, name, time, denied)
        policy = self.policy()
        plan = policy.plan(name)
        alike = plan is not None and plan.look_alikes_need_factor
        facts = AdmissionFacts(
            door=name,
            rules=policy.rules,
            holidays=policy.days,
            locked_down=self._store.locked_down(name),
            look_alikes=self._look_alikes(person_id) if alike else frozenset(),
            plan=plan,
            whereabouts=whereabouts(self._store, policy, plan, person_id, time),
        )
        seen = Decision(Outcome.GRANTED, Reason.RECOGNISED, person_id, person.name)
        return Tried(person, name, time, admit(seen, facts, time))

    def _came(self, rule: AccessRule, before: Sequence[AccessRule]) -> list[str]:
        """Return what it means that a rule came to those before."""
        told = []
        if rule.effect is Effect.ALLOW and not any(_allows_too(one, rule) for one in before):
            who = self._who(rule)
            told.append(f"{who} may pass where such a rule holds, and nowhere else any more.")
        if rule.door is not None and rule.door not in self._store.stations():
            told.append(f"No door has run as {rule.door!r} yet: is that its name?")
        return told

    def _went(self, rule: AccessRule, left: Sequence[AccessRule]) -> list[str]:
        """Return what it means that a rule went and others are left."""
        if rule.effect is not Effect.ALLOW or any(_allows_too(one, rule) for one in left):
            return []
        return [
            (
                f"No such rule is left for {self._who(rule, small=True)}: whoever has no rule that "
                "allows may pass every door at any time."
            )
        ]

    def put_holidays(self, actor: Actor, holidays: Sequence[Holiday]) -> None:
        """Replace all holidays, each day at most once."""
        with self._store.transaction() as transaction:
            transaction.put_holidays(holidays)
        _log.info("%s (%s) put %d holidays", actor.name, actor.way, len(holidays))

    def _who(self, rule: AccessRule, *, small: bool = False) -> str:
        if rule.person_id is None:
            return "everybody" if small else "Everybody"
        return self._store.person(rule.person_id).name


def _allows_too(rule: AccessRule, other: AccessRule) -> bool:
    """Return whether a rule allows whoever the other one is about."""
    return rule.effect is Effect.ALLOW and rule.person_id in (None, other.person_id)
