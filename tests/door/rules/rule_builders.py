"""Rules for the tests of admission."""

from datetime import UTC, datetime

from faceaccess.core.access_rules import AccessRule, Effect
from faceaccess.core.decisions import Decision, Outcome
from faceaccess.core.reasons import Reason
from faceaccess.core.weekly_schedules import parse

MADE = datetime(2026, 1, 1, tzinfo=UTC)
ANA = Decision(Outcome.GRANTED, Reason.RECOGNISED, "ana", "Ana", 0.8, 0.5)


def rule(
    effect: Effect = Effect.ALLOW,
    person: str | None = "ana",
    door: str | None = None,
    hours: str | None = None,
    zone: str = "UTC",
    **more: object,
) -> AccessRule:
    return AccessRule(
        id=f"{effect.value} {person} {door} {hours}",
        effect=effect,
        zone=zone,
        added_at=MADE,
        added_by="test",
        person_id=person,
        door=door,
        schedule=None if hours is None else parse(hours),
        **more,  # type: ignore[arg-type]  # passed on
    )
