"""The steps that make the database what this program needs, each named and done once.

A step is recorded by sqlite-utils in `_sqlite_migrations`, in the same transaction. Steps are
only ever added at the end; one that was released is never changed.
"""

import sqlite3
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeAlias

from faceaccess.store import steps_doors, steps_records, steps_trust

if TYPE_CHECKING:  # costs a tenth of a second, which reading does not need
    from sqlite_utils import Database

MIGRATION_SET = "faceaccess"
RECORDS = "_sqlite_migrations"

Step: TypeAlias = "tuple[str, Callable[[Database], None]]"


def applied(sql: sqlite3.Connection) -> list[str]:
    """Return the names of the steps done so far, in their order."""
    if not sql.execute("SELECT 1 FROM sqlite_master WHERE name = ?", [RECORDS]).fetchone():
        return []
    rows = sql.execute(
        f"SELECT name FROM {RECORDS} WHERE migration_set = ? ORDER BY rowid",  # noqa: S608  # ours
        [MIGRATION_SET],
    )
    return [name for (name,) in rows]


def apply(sql: sqlite3.Connection, steps: Sequence[Step]) -> None:
    """Do what is still to do, inside the caller's transaction.

    Raises:
        Exception: whatever a step raises; the caller rolls back.
    """
    from sqlite_utils import Database, Migrations

    migrations = Migrations(MIGRATION_SET)
    for name, step in steps:
        migrations(name=name)(step)
    migrations.apply(Database(sql, recursive_triggers=False, execute_plugins=False))
    # In the header, away from the records: if these are lost, nobody takes the file for older.
    sql.execute(f"PRAGMA user_version = {len(steps)}")


STEPS: tuple[Step, ...] = (
    ("0001 people", steps_records.people),
    ("0002 samples", steps_records.samples),
    ("0003 heads", steps_records.heads),
    ("0004 events", steps_records.events),
    ("0005 kept heads", steps_records.kept_heads),
    ("0006 strangers", steps_records.strangers),
    ("0007 evidence", steps_records.evidence),
    ("0008 locks and commands", steps_doors.locks_and_commands),
    ("0009 access rules", steps_doors.access_rules),
    ("0010 second factors", steps_doors.second_factors),
    ("0011 attack tests", steps_doors.attack_tests),
    ("0012 alarms", steps_doors.alarms),
    ("0013 ends of commands", steps_doors.ends_of_commands),
    ("0014 keys", steps_trust.keys),
)
