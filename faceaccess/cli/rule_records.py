"""Access rules as JSON objects."""

from typing import TYPE_CHECKING

from faceaccess.cli.records import Record, moment
from faceaccess.core.access_rules import AccessRule, DoorPlan, Holiday

if TYPE_CHECKING:
    from faceaccess.pipeline.rule_book import Tried


def rule_record(rule: AccessRule, name: str | None) -> Record:
    """Return a rule; `person` is null for everybody.

    Args:
        rule: the rule.
        name: that of the person whom it is about, or None.
    """
    return {
        "id": rule.id,
        "effect": rule.effect.value,
        "person_id": rule.person_id,
        "person": name,
        "door": rule.door,
        "hours": None if rule.schedule is None else rule.schedule.text,
        "holidays": rule.on_holidays.value,
        "valid_from": None if rule.valid_from is None else moment(rule.valid_from),
        "valid_until": None if rule.valid_until is None else moment(rule.valid_until),
        "zone": rule.zone,
        "note": rule.note,
        "added_at": moment(rule.added_at),
        "added_by": rule.added_by,
    }


def holiday_record(holiday: Holiday) -> Record:
    """Return a holiday."""
    return {"date": holiday.day.isoformat(), "name": holiday.name}


def plan_record(plan: DoorPlan) -> Record:
    """Return what is special about a door."""
    return {
        "door": plan.door,
        "anti_passback": plan.passback.value,
        "from": plan.leads_from,
        "to": plan.leads_to,
        "forget_after_hours": plan.passback_hours,
        "tries": plan.tries,
        "look_alikes_need_factor": plan.look_alikes_need_factor,
    }


def tried_record(tried: "Tried") -> Record:
    """Return what a door would do; `rule` is the id of the rule that decided, or null."""
    admission = tried.admission
    return {
        "person_id": tried.person.id,
        "person": tried.person.name,
        "door": tried.door,
        "time": moment(tried.time),
        "outcome": admission.outcome.value,
        "reason": admission.reason.sentence,
        "code": admission.reason.value,
        "warning": None if admission.warning is None else admission.warning.sentence,
        "rule": None if admission.rule is None else admission.rule.id,
    }
