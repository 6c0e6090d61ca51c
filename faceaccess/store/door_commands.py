"""The record of what people commanded doors: appended, never changed but by the lock's answer."""

from typing import Any

from faceaccess.core.door_commands import DoorCommand, DoorCommandKind
from faceaccess.core.errors import BugError
from faceaccess.core.locks import LockOutcome
from faceaccess.store.codec import Place, damaged
from faceaccess.store.session import Session
from faceaccess.store.times import from_micros, to_micros

_COLUMNS = "id, station, time, kind, actor, lock, until"


def _place(command_id: str) -> Place:
    return Place("door_commands", "actor", command_id, "")


def add(session: Session, command: DoorCommand) -> None:
    """Append a command; one that is stored already is left alone."""
    known = session.sql.execute("SELECT 1 FROM door_commands WHERE id = ?", [command.id]).fetchone()
    if known is not None:
        return
    session.table("door_commands").insert(
        {
            "id": command.id,
            "station": command.station,
            "time": to_micros(command.time),
            "kind": command.kind.value,
            "actor": session.fields.seal(command.actor, _place(command.id)),
            "lock": command.lock.value,
            "until": None if command.until is None else to_micros(command.until),
        }
    )


def set_lock(session: Session, command_id: str, outcome: LockOutcome) -> None:
    """Note what the lock answered.

    Raises:
        BugError: if there is no such command.
    """
    done = session.sql.execute(
        "UPDATE door_commands SET lock = ? WHERE id = ?", [outcome.value, command_id]
    )
    if done.rowcount != 1:
        raise BugError(f"there is no door command {command_id}")


def read(session: Session, station: str | None, limit: int) -> list[DoorCommand]:
    """Return commands, newest first."""
    which, values = ("TRUE", []) if station is None else ("station = ?", [station])
    rows = session.sql.execute(
        f"SELECT {_COLUMNS} FROM door_commands WHERE {which} ORDER BY row DESC LIMIT ?",  # noqa: S608
        [*values, limit],
    ).fetchall()
    return [_command(session, row) for row in rows]


def locked_down(session: Session, station: str) -> bool:
    """Return whether the newest command that speaks of it locked the station down."""
    return _newest(session, station, DoorCommandKind.LOCK_DOWN, DoorCommandKind.END_LOCK_DOWN)


def held_open(session: Session, station: str) -> bool:
    """Return whether the newest command that speaks of it holds the station open."""
    return _newest(session, station, DoorCommandKind.HOLD_OPEN, DoorCommandKind.END_HOLD)


def _newest(session: Session, station: str, begin: DoorCommandKind, end: DoorCommandKind) -> bool:
    """Return whether `begin` is the newest command of the two."""
    row = session.sql.execute(
        "SELECT kind FROM door_commands WHERE station = ? AND kind IN (?, ?)"
        " ORDER BY row DESC LIMIT 1",
        [station, begin.value, end.value],
    ).fetchone()
    return row is not None and row[0] == begin.value


def stations(session: Session) -> list[str]:
    """Return the names of stations with events, commands or alarms, in order."""
    rows = session.sql.execute(
        "SELECT station FROM stations UNION SELECT station FROM door_commands"
        " UNION SELECT station FROM alarms ORDER BY 1"
    )
    return [name for (name,) in rows]


def _command(session: Session, row: tuple[Any, ...]) -> DoorCommand:
    command_id, station, time, kind, actor, lock, until = row
    try:
        return DoorCommand(
            command_id,
            station,
            from_micros(time),
            DoorCommandKind(kind),
            session.fields.open(actor, _place(command_id)),
            LockOutcome(lock),
            None if until is None else from_micros(until),
        )
    except ValueError as error:
        raise damaged(f"door command {command_id}") from error
