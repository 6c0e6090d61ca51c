"""The access rules as people write, read and try them."""

import logging
import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
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
from faceaccess.core.weekly_schedules import DAY, parse
from faceaccess.door.rules.admission import Admission, AdmissionFacts, admit
from faceaccess.door.rules.hours import moment_of
from faceaccess.pipeline.holiday_files import FIRST_YEAR, LAST_YEAR, read_holidays
from faceaccess.pipeline.rules import whereabouts
from faceaccess.store.protocol import Store

_log = logging.getLogger(__name__)

_SHORTEST_START = 6
"""Characters of an id that are enough to name a rule, if they fit one only."""
_TIME = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[ T]([0-9]{1,2}):([0-9]{2}))?")


@dataclass(frozen=True)
class RuleText:
    """A rule as people write it.

    Attributes:
        effect: what it does.
        person_id: whom it is about, or None for everybody.
        door: which door, or None for every door.
        hours: as `weekly_schedules.parse` reads it, or None for always.
        on_holidays: what a holiday does to it, or None for the usual: hours that allow do not count
            on holidays, everything else holds then too.
        valid_from, valid_until: as `moment_from` reads it, or None; a day of ending is its last.
        zone: IANA name of the time zone, or None for that of this computer.
        note: anything worth knowing.
    """

    effect: Effect
    person_id: str | None = None
    door: str | None = None
    hours: str | None = None
    on_holidays: HolidayUse | None = None
    valid_from: str | None = None
    valid_until: str | None = None
    zone: str | None = None
    note: str = ""


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
        zone = zone_named(text.zone or self._site_zone())
        usual = HolidayUse.NOT if text.hours and text.effect is Effect.ALLOW else HolidayUse.ALSO
        rule = AccessRule(
            id=str(uuid.uuid4()),
            effect=text.effect,
            zone=zone.key,
            added_at=self._clock.now(),
            added_by=f"{actor.name} ({actor.way})",
            person_id=text.person_id,
            door=text.door,
            schedule=None if text.hours is None else parse(text.hours),
            on_holidays=text.on_holidays or usual,
            valid_from=_maybe(text.valid_from, zone.key, is_end=False),
            valid_until=_maybe(text.valid_until, zone.key, is_end=True),
            note=text.note,
        )
        with self._store.transaction() as transaction:
            before = self._store.access_policy().rules
            transaction.add_access_rule(rule)
        _log.info("%s (%s) added the rule %s", actor.name, actor.way, rule.id)
        effect = []
        if rule.effect is Effect.ALLOW and not any(_allows_too(one, rule) for one in before):
            who = self._who(rule)
            effect.append(f"{who} may pass where such a rule holds, and nowhere else any more.")
        if rule.door is not None and rule.door not in self._store.stations():
            effect.append(f"No door has run as {rule.door!r} yet: is that its name?")
        return RuleChange(rule, " ".join(effect))

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
        left = [one for one in rules if one.id != rule_id and _allows_too(one, rule)]
        if rule.effect is not Effect.ALLOW or left:
            return RuleChange(rule, "")
        return RuleChange(
            rule,
            f"No such rule is left for {self._who(rule, small=True)}: whoever has no rule that "
            "allows may pass every door at any time.",
        )

    def take_holidays(self, actor: Actor, source: Path) -> tuple[Holiday, ...]:
        """Replace all holidays by those of a file, wholly or not at all.

        Raises:
            KnownError: if the file is cut or cannot be understood.
            OSError: if it cannot be read.
        """
        holidays = read_holidays(source)
        self._put_holidays(actor, holidays)
        return holidays

    def forget_holidays(self, actor: Actor) -> None:
        """Remove all holidays."""
        self._put_holidays(actor, ())

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

    def _put_holidays(self, actor: Actor, holidays: tuple[Holiday, ...]) -> None:
        with self._store.transaction() as transaction:
            transaction.put_holidays(holidays)
        _log.info("%s (%s) put %d holidays", actor.name, actor.way, len(holidays))

    def _who(self, rule: AccessRule, *, small: bool = False) -> str:
        if rule.person_id is None:
            return "everybody" if small else "Everybody"
        return self._store.person(rule.person_id).name


def moment_from(text: str, zone: str, *, is_end: bool) -> datetime:
    """Return the moment that a text means: "2026-12-24", "2026-12-24 18:00".

    Args:
        text: by the zone's clock; with an offset at its end ("+01:00", "Z") by that.
        zone: IANA name.
        is_end: whether a day without a time means its end instead of its beginning.

    Returns:
        aware, UTC.

    Raises:
        KnownError: if it is no such time, or of a year that cannot be meant.
    """
    wrong = KnownError(
        f"{text[:60]!r} is no time.",
        f"Write 2026-12-24 or 2026-12-24 18:00, years {FIRST_YEAR} to {LAST_YEAR}.",
    )
    text = text.strip()
    found = _TIME.fullmatch(text)
    try:
        if found is not None:
            day = date.fromisoformat(found[1])
            minutes = None if found[2] is None else 60 * int(found[2]) + int(found[3])
        else:
            moment = datetime.fromisoformat(text)
            day, minutes = moment.date(), 0
    except ValueError:
        raise wrong from None
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise wrong
    if found is None:
        if moment.tzinfo is None:
            raise wrong
        return moment.astimezone(UTC)
    if minutes is None:
        minutes = DAY if is_end else 0
    elif int(found[3]) > 59 or minutes > DAY:
        raise wrong
    return moment_of(day, minutes, zone_named(zone))


def _maybe(text: str | None, zone: str, *, is_end: bool) -> datetime | None:
    return None if text is None else moment_from(text, zone, is_end=is_end)


def _allows_too(rule: AccessRule, other: AccessRule) -> bool:
    """Return whether a rule allows whoever the other one is about."""
    return rule.effect is Effect.ALLOW and rule.person_id in (None, other.person_id)
