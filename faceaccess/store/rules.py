"""Who may pass which door when: rules, holidays, and what is special about doors."""

import json
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from faceaccess.core.access_rules import (
    AccessPolicy,
    AccessRule,
    DoorPlan,
    Effect,
    Holiday,
    HolidayUse,
    Passback,
)
from faceaccess.core.errors import BugError, KnownError
from faceaccess.core.weekly_schedules import Span, WeeklySchedule
from faceaccess.store import people
from faceaccess.store.codec import Place, damaged
from faceaccess.store.session import Session
from faceaccess.store.times import from_micros, to_micros


def _place(rule_id: str, person_id: str | None) -> Place:
    return Place("access_rules", "rule", rule_id, person_id or "")


def _name_place(day: date) -> Place:
    return Place("holidays", "name", day.isoformat())


def add(session: Session, rule: AccessRule) -> None:
    """Store a rule.

    Raises:
        KnownError: if there is no such person.
        BugError: if there is a rule of this id.
    """
    if rule.person_id is not None:
        people.row_of(session, rule.person_id)
    session.table("access_rules").insert(
        {
            "id": rule.id,
            "person_id": rule.person_id,
            "added_at": to_micros(rule.added_at),
            "rule": session.fields.seal(_text(rule), _place(rule.id, rule.person_id)),
        }
    )


def remove(session: Session, rule_id: str) -> None:
    """Remove a rule.

    Raises:
        KnownError: if there is no such rule.
    """
    done = session.sql.execute("DELETE FROM access_rules WHERE id = ?", [rule_id])
    if not done.rowcount:
        raise KnownError(
            f"There is no rule with the id {rule_id}.", "`faceaccess rules list` shows the ids."
        )


def put_holidays(session: Session, holidays: Sequence[Holiday]) -> None:
    """Replace all holidays.

    Raises:
        BugError: if a day is there twice.
    """
    if len({holiday.day for holiday in holidays}) < len(holidays):
        raise BugError("a holiday is there twice")
    session.sql.execute("DELETE FROM holidays")
    session.table("holidays").insert_all(
        {
            "day": holiday.day.isoformat(),
            "name": session.fields.seal(holiday.name, _name_place(holiday.day)),
        }
        for holiday in holidays
    )


def put_plan(session: Session, plan: DoorPlan) -> None:
    """Store what is special about a door, in place of what was."""
    session.table("door_plans").upsert(
        {
            "door": plan.door,
            "passback": plan.passback.value,
            "leads_from": plan.leads_from,
            "leads_to": plan.leads_to,
            "passback_hours": plan.passback_hours,
            "tries": plan.tries,
            "look_alikes_need_factor": int(plan.look_alikes_need_factor),
        },
        pk="door",
    )


def read(session: Session) -> AccessPolicy:
    """Return everything.

    Raises:
        KnownError: if something is damaged.
    """
    rules = session.sql.execute(
        "SELECT id, person_id, added_at, rule FROM access_rules ORDER BY row"
    ).fetchall()
    holidays = session.sql.execute("SELECT day, name FROM holidays ORDER BY day").fetchall()
    plans = session.sql.execute(
        "SELECT door, passback, leads_from, leads_to, passback_hours, tries,"
        " look_alikes_need_factor FROM door_plans ORDER BY door"
    ).fetchall()
    return AccessPolicy(
        tuple(_rule(session, row) for row in rules),
        tuple(_holiday(session, row) for row in holidays),
        tuple(_plan(row) for row in plans),
    )


def _text(rule: AccessRule) -> str:
    schedule = rule.schedule
    return json.dumps(
        {
            "effect": rule.effect.value,
            "zone": rule.zone,
            "door": rule.door,
            "schedule": None if schedule is None else [list(span) for span in schedule.spans],
            "on_holidays": rule.on_holidays.value,
            "valid_from": _micros(rule.valid_from),
            "valid_until": _micros(rule.valid_until),
            "note": rule.note,
            "added_by": rule.added_by,
        }
    )


def _rule(session: Session, row: tuple[Any, ...]) -> AccessRule:
    rule_id, person_id, added_at, sealed = row
    text = session.fields.open(sealed, _place(rule_id, person_id))
    try:
        values: dict[str, Any] = json.loads(text)
        spans = values["schedule"]
        return AccessRule(
            id=rule_id,
            effect=Effect(values["effect"]),
            zone=values["zone"],
            added_at=from_micros(added_at),
            added_by=values["added_by"],
            person_id=person_id,
            door=values["door"],
            schedule=None if spans is None else WeeklySchedule(tuple(Span(*s) for s in spans)),
            on_holidays=HolidayUse(values["on_holidays"]),
            valid_from=_moment(values["valid_from"]),
            valid_until=_moment(values["valid_until"]),
            note=values["note"],
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise damaged(f"access rule {rule_id}") from error


def _holiday(session: Session, row: tuple[Any, ...]) -> Holiday:
    text, name = row
    try:
        day = date.fromisoformat(text)
    except (ValueError, TypeError) as error:
        raise damaged("a holiday") from error
    return Holiday(day, session.fields.open(name, _name_place(day)))


def _plan(row: tuple[Any, ...]) -> DoorPlan:
    door, passback, leads_from, leads_to, hours, tries, look_alikes = row
    try:
        return DoorPlan(
            door, Passback(passback), leads_from, leads_to, hours, tries, bool(look_alikes)
        )
    except (ValueError, KnownError) as error:
        raise damaged(f"the plan of the door {door}") from error


def _micros(moment: datetime | None) -> int | None:
    return None if moment is None else to_micros(moment)


def _moment(micros: int | None) -> datetime | None:
    return None if micros is None else from_micros(micros)
