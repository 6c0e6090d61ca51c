"""The record of alarms: appended, and changed only by their end and by who muted them."""

from typing import Any

from faceaccess.core.alarms import Alarm, AlarmKind
from faceaccess.store.codec import Place, damaged
from faceaccess.store.session import Session
from faceaccess.store.times import from_micros, to_micros

_COLUMNS = "id, station, kind, began, ended, detail, muted_by"


def put(session: Session, alarm: Alarm) -> None:
    """Append an alarm, or bring the one with its id up to date. An end is never taken back."""
    values = {
        "ended": None if alarm.ended is None else to_micros(alarm.ended),
        "detail": session.fields.seal(alarm.detail, Place("alarms", "detail", alarm.id)),
        "muted_by": session.fields.seal(alarm.muted_by, Place("alarms", "muted_by", alarm.id)),
    }
    known = session.sql.execute("SELECT ended FROM alarms WHERE id = ?", [alarm.id]).fetchone()
    if known is None:
        own = {"id": alarm.id, "station": alarm.station, "kind": alarm.kind.value}
        session.table("alarms").insert({**own, "began": to_micros(alarm.began), **values})
    elif known[0] is None or alarm.ended is not None:
        session.sql.execute(
            "UPDATE alarms SET ended = :ended, detail = :detail, muted_by = :muted_by"
            " WHERE id = :id",
            {**values, "id": alarm.id},
        )


def read(session: Session, station: str | None, lasting: bool, limit: int) -> list[Alarm]:  # noqa: FBT001  # a filter
    """Return alarms, newest first."""
    rows = session.sql.execute(
        f"SELECT {_COLUMNS} FROM alarms"  # noqa: S608  # ours
        " WHERE (:station IS NULL OR station = :station) AND (NOT :lasting OR ended IS NULL)"
        " ORDER BY row DESC LIMIT :limit",
        {"station": station, "lasting": lasting, "limit": limit},
    ).fetchall()
    return [_alarm(session, row) for row in rows]


def _alarm(session: Session, row: tuple[Any, ...]) -> Alarm:
    alarm_id, station, kind, began, ended, detail, muted_by = row
    try:
        return Alarm(
            alarm_id,
            station,
            AlarmKind(kind),
            from_micros(began),
            None if ended is None else from_micros(ended),
            session.fields.open(detail, Place("alarms", "detail", alarm_id)),
            session.fields.open(muted_by, Place("alarms", "muted_by", alarm_id)),
        )
    except ValueError as error:
        raise damaged(f"alarm {alarm_id}") from error
