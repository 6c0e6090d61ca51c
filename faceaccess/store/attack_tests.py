"""The reports of guided attack tests: counts and times, no faces; appended, never changed."""

import json
import uuid
from typing import Any

from faceaccess.core.attack_tests import AttackReport, Attempt, Variation
from faceaccess.core.attack_tests import AttemptOutcome as Outcome
from faceaccess.core.attack_tests import PresentationKind as Kind
from faceaccess.store.codec import Place, damaged
from faceaccess.store.session import Session
from faceaccess.store.times import from_micros, to_micros


def _place(test_id: str, column: str) -> Place:
    return Place("attack_tests", column, test_id, "")


def add(session: Session, report: AttackReport) -> None:
    """Append the report of a test."""
    test_id = str(uuid.uuid4())
    session.table("attack_tests").insert(
        {
            "id": test_id,
            "time": to_micros(report.time),
            "camera": report.camera,
            "actor": session.fields.seal(report.actor, _place(test_id, "actor")),
            "attempts": json.dumps([_row(attempt) for attempt in report.attempts]),
        }
    )


def read(session: Session, limit: int) -> list[AttackReport]:
    """Return reports, newest first."""
    rows = session.sql.execute(
        "SELECT id, time, camera, actor, attempts FROM attack_tests ORDER BY row DESC LIMIT ?",
        [limit],
    ).fetchall()
    return [_report(session, *row) for row in rows]


def _row(attempt: Attempt) -> list[object]:
    variation = None if attempt.variation is None else attempt.variation.value
    return [
        attempt.kind.value,
        variation,
        attempt.outcome.value,
        attempt.seconds,
        attempt.recognised,
    ]


def _report(
    session: Session, test_id: str, time: int, camera: str, actor: bytes, attempts: str
) -> AttackReport:
    try:
        return AttackReport(
            from_micros(time),
            camera,
            session.fields.open(actor, _place(test_id, "actor")),
            tuple(_attempt(row) for row in json.loads(attempts)),
        )
    except (ValueError, TypeError) as error:
        raise damaged(f"attack test {test_id}") from error


def _attempt(row: list[Any]) -> Attempt:
    kind, variation, outcome, seconds, recognised = row
    return Attempt(
        Kind(kind),
        None if variation is None else Variation(variation),
        Outcome(outcome),
        float(seconds),
        bool(recognised),
    )
