"""The steps that make the database what this program needs, each named and done once.

A step is recorded by sqlite-utils in `_sqlite_migrations`, in the same transaction. Steps are
only ever added at the end; one that was released is never changed.
"""

import sqlite3
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeAlias, cast

if TYPE_CHECKING:  # costs a tenth of a second, which reading does not need
    from sqlite_utils import Database
    from sqlite_utils.db import Table

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


def table(database: "Database", name: str) -> "Table":
    """Return a table of that name, there or still to be made."""
    return cast("Table", database[name])


def _people(database: "Database") -> None:
    table(database, "state").create(
        {"id": int, "revision": int, "key_check": bytes},
        pk="id",
        not_null={"revision", "key_check"},
        strict=True,
    )
    table(database, "people").create(
        {
            "row": int,
            "id": str,
            "name": bytes,
            "staff_number": bytes,
            "number_hash": bytes,
            "department": bytes,
            "note": bytes,
            "active": int,
            "created_at": int,
            "updated_at": int,
            "samples": int,
            "changed": int,
        },
        pk="row",
        not_null={"id", "name", "department", "note", "active", "created_at", "updated_at"}
        | {"samples", "changed"},
        strict=True,
    )
    table(database, "people").create_index(["id"], "people_id", unique=True)
    table(database, "people").create_index(["number_hash"], "people_number", unique=True)
    table(database, "people").create_index(["changed"], "people_changed")
    table(database, "former_names").create(
        {"row": int, "person_id": str, "name": bytes, "name_hash": bytes},
        pk="row",
        not_null={"person_id", "name", "name_hash"},
        strict=True,
    )
    table(database, "former_names").create_index(["person_id"], "former_names_person")
    table(database, "erased").create(
        {"person_id": str, "changed": int}, pk="person_id", not_null={"changed"}, strict=True
    )
    table(database, "erased").create_index(["changed"], "erased_changed")
    table(database, "settings").create(
        {"name": str, "value": str}, pk="name", not_null={"value"}, strict=True
    )


# Written as SQL where constraints of several columns and partial indices are needed.
def _samples(database: "Database") -> None:
    database.execute("""
        CREATE TABLE samples (
            row INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            person_id TEXT NOT NULL REFERENCES people(id) ON DELETE CASCADE,
            model TEXT NOT NULL,
            preprocessing TEXT NOT NULL,
            dimension INTEGER NOT NULL,
            embedding BLOB NOT NULL,
            quality BLOB NOT NULL,
            merit REAL NOT NULL,
            source BLOB NOT NULL,
            digest BLOB NOT NULL,
            digest_hash BLOB NOT NULL,
            added_at INTEGER NOT NULL,
            UNIQUE (person_id, digest_hash)
        ) STRICT
    """)
    # Apart, so that reading all embeddings does not read over all pictures.
    database.execute("""
        CREATE TABLE crops (
            sample_row INTEGER PRIMARY KEY REFERENCES samples(row) ON DELETE CASCADE,
            crop BLOB NOT NULL
        ) STRICT
    """)


def _heads(database: "Database") -> None:
    database.execute("""
        CREATE TABLE heads (
            version INTEGER PRIMARY KEY,
            model TEXT NOT NULL,
            preprocessing TEXT NOT NULL,
            dimension INTEGER NOT NULL,
            created_at INTEGER NOT NULL,
            people INTEGER NOT NULL,
            samples INTEGER NOT NULL,
            steps INTEGER NOT NULL,
            seconds REAL NOT NULL,
            scale REAL NOT NULL,
            accepted INTEGER NOT NULL,
            note BLOB NOT NULL,
            actor BLOB NOT NULL,
            stored INTEGER NOT NULL
        ) STRICT
    """)
    database.execute("""
        CREATE TABLE head_rows (
            version INTEGER NOT NULL REFERENCES heads(version) ON DELETE CASCADE,
            position INTEGER NOT NULL,
            person_id TEXT NOT NULL REFERENCES people(id) ON DELETE CASCADE,
            row BLOB NOT NULL,
            mean BLOB NOT NULL,
            PRIMARY KEY (version, position)
        ) STRICT
    """)
    database.execute("CREATE UNIQUE INDEX head_rows_person ON head_rows (person_id, version)")


def _events(database: "Database") -> None:
    # person_id has no foreign key: an event outlives the person, and may come from another site.
    database.execute("""
        CREATE TABLE events (
            row INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            station TEXT NOT NULL,
            sequence INTEGER NOT NULL,
            time INTEGER NOT NULL,
            camera TEXT NOT NULL,
            outcome TEXT NOT NULL,
            reason TEXT NOT NULL,
            person_id TEXT,
            person BLOB,
            similarity REAL,
            threshold REAL,
            runner_up BLOB,
            runner_up_hash BLOB,
            margin REAL,
            head INTEGER,
            UNIQUE (station, sequence)
        ) STRICT
    """)
    for name, columns in (
        ("events_time", "(time)"),
        ("events_outcome", "(outcome, time)"),
        ("events_camera", "(camera, time)"),
        ("events_camera_outcome", "(camera, outcome, time)"),
        ("events_person", "(person_id, time) WHERE person_id IS NOT NULL"),
        ("events_runner_up", "(runner_up_hash) WHERE runner_up_hash IS NOT NULL"),
    ):
        database.execute(f"CREATE INDEX {name} ON events {columns}")
    database.execute("""
        CREATE TABLE event_pictures (
            event_row INTEGER PRIMARY KEY REFERENCES events(row) ON DELETE CASCADE,
            picture BLOB NOT NULL
        ) STRICT
    """)
    table(database, "stations").create(
        {"station": str, "last": int}, pk="station", not_null={"last"}, strict=True
    )


# Rows of one person in a stretch of versions: from `first` until before `until`, or still.
# `aside` rows are of version `first` alone and go before the others there: a head that never
# served differs by them from the one that serves. One without vectors says that this head has no
# such person. The older rows come over with the names that their vectors were sealed for.
def _kept_heads(database: "Database") -> None:
    for column in (
        "figures BLOB",
        "pinned INTEGER NOT NULL DEFAULT 0",
        "served INTEGER",
        "changed INTEGER NOT NULL DEFAULT 0",
    ):
        database.execute(f"ALTER TABLE heads ADD COLUMN {column}")
    database.execute("UPDATE heads SET served = version WHERE accepted = 1")
    database.execute("CREATE INDEX heads_served ON heads (served) WHERE served IS NOT NULL")
    database.execute("CREATE INDEX heads_stored ON heads (version) WHERE stored = 1")
    database.execute("CREATE INDEX heads_leaving ON heads (version) WHERE stored = 2")
    database.execute("ALTER TABLE head_rows RENAME TO whole_heads")
    database.execute("DROP INDEX head_rows_person")
    database.execute("""
        CREATE TABLE head_rows (
            id INTEGER PRIMARY KEY,
            person_id TEXT NOT NULL REFERENCES people(id) ON DELETE CASCADE,
            position INTEGER NOT NULL,
            first INTEGER NOT NULL REFERENCES heads(version) ON DELETE CASCADE,
            until INTEGER,
            aside INTEGER NOT NULL,
            row BLOB,
            mean BLOB,
            UNIQUE (person_id, first)
        ) STRICT
    """)
    database.execute("""
        INSERT INTO head_rows (person_id, position, first, until, aside, row, mean)
        SELECT person_id, position, version,
            CASE WHEN accepted = 1 THEN (
                SELECT min(later.version) FROM heads later
                WHERE later.accepted = 1 AND later.version > whole_heads.version
            ) END,
            1 - accepted, row, mean
        FROM whole_heads JOIN heads USING (version) WHERE stored = 1
        ORDER BY version, position
    """)
    database.execute("""
        INSERT INTO head_rows (person_id, position, first, aside)
        SELECT line.person_id, line.position, heads.version, 1
        FROM heads JOIN head_rows line ON line.aside = 0 AND line.first < heads.version
            AND (line.until IS NULL OR line.until > heads.version)
        WHERE stored = 1 AND accepted = 0 AND NOT EXISTS (
            SELECT 1 FROM head_rows own
            WHERE own.person_id = line.person_id AND own.first = heads.version
        )
    """)
    database.execute("DROP TABLE whole_heads")
    for name, columns in (
        ("head_rows_open", "(position, person_id) WHERE until IS NULL AND aside = 0"),
        ("head_rows_first", "(first)"),
        ("head_rows_until", "(until, first) WHERE until IS NOT NULL"),
    ):
        database.execute(f"CREATE INDEX {name} ON head_rows {columns}")
    database.execute("""
        CREATE TABLE head_counter_examples (
            version INTEGER NOT NULL REFERENCES heads(version) ON DELETE CASCADE,
            position INTEGER NOT NULL,
            person_id TEXT NOT NULL REFERENCES people(id) ON DELETE CASCADE,
            vector BLOB NOT NULL,
            PRIMARY KEY (version, position)
        ) STRICT
    """)
    database.execute(
        "CREATE INDEX head_counter_examples_person ON head_counter_examples (person_id)"
    )


def _strangers(database: "Database") -> None:
    database.execute("ALTER TABLE state ADD COLUMN strangers INTEGER NOT NULL DEFAULT 0")
    database.execute("""
        CREATE TABLE strangers (
            row INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            label BLOB NOT NULL,
            samples INTEGER NOT NULL,
            added_at INTEGER NOT NULL
        ) STRICT
    """)
    database.execute("""
        CREATE TABLE stranger_samples (
            row INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            stranger_id TEXT NOT NULL REFERENCES strangers(id) ON DELETE CASCADE,
            model TEXT NOT NULL,
            preprocessing TEXT NOT NULL,
            dimension INTEGER NOT NULL,
            embedding BLOB NOT NULL,
            quality BLOB NOT NULL,
            source BLOB NOT NULL,
            digest BLOB NOT NULL,
            digest_hash BLOB NOT NULL,
            added_at INTEGER NOT NULL,
            UNIQUE (stranger_id, digest_hash)
        ) STRICT
    """)
    database.execute("CREATE INDEX stranger_samples_digest ON stranger_samples (digest_hash)")
    database.execute("""
        CREATE TABLE stranger_crops (
            sample_row INTEGER PRIMARY KEY REFERENCES stranger_samples(row) ON DELETE CASCADE,
            crop BLOB NOT NULL
        ) STRICT
    """)


def _evidence(database: "Database") -> None:
    database.execute("""
        CREATE TABLE event_evidence (
            event_row INTEGER PRIMARY KEY REFERENCES events(row) ON DELETE CASCADE,
            model TEXT NOT NULL,
            preprocessing TEXT NOT NULL,
            dimension INTEGER NOT NULL,
            vectors BLOB NOT NULL,
            quality BLOB
        ) STRICT
    """)
    # Apart, so that reading what many decisions stood on does not read over the pictures.
    database.execute("""
        CREATE TABLE evidence_crops (
            event_row INTEGER PRIMARY KEY REFERENCES event_evidence(event_row) ON DELETE CASCADE,
            crop BLOB NOT NULL
        ) STRICT
    """)
    database.execute("""
        CREATE TABLE corrections (
            row INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            event_id TEXT NOT NULL REFERENCES events(id) ON DELETE CASCADE,
            kind TEXT NOT NULL,
            person_id TEXT NOT NULL REFERENCES people(id) ON DELETE CASCADE,
            model TEXT NOT NULL,
            preprocessing TEXT NOT NULL,
            dimension INTEGER NOT NULL,
            vectors BLOB NOT NULL,
            made_at INTEGER NOT NULL,
            actor BLOB NOT NULL,
            UNIQUE (event_id, kind, person_id)
        ) STRICT
    """)
    database.execute("CREATE INDEX corrections_person ON corrections (person_id)")


def _locks_and_commands(database: "Database") -> None:
    database.execute("ALTER TABLE events ADD COLUMN lock TEXT NOT NULL DEFAULT 'none'")
    database.execute("""
        CREATE TABLE door_commands (
            row INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            station TEXT NOT NULL,
            time INTEGER NOT NULL,
            kind TEXT NOT NULL,
            actor BLOB NOT NULL,
            lock TEXT NOT NULL
        ) STRICT
    """)
    database.execute("CREATE INDEX door_commands_station ON door_commands (station, kind)")


def _access_rules(database: "Database") -> None:
    # A person's rules go with the person: they would hold for nobody, and their notes are personal.
    database.execute("""
        CREATE TABLE access_rules (
            row INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            person_id TEXT REFERENCES people(id) ON DELETE CASCADE,
            added_at INTEGER NOT NULL,
            rule BLOB NOT NULL
        ) STRICT
    """)
    database.execute("CREATE INDEX access_rules_person ON access_rules (person_id)")
    database.execute("""
        CREATE TABLE holidays (
            day TEXT PRIMARY KEY,
            name BLOB NOT NULL
        ) STRICT
    """)
    database.execute("""
        CREATE TABLE door_plans (
            door TEXT PRIMARY KEY,
            passback TEXT NOT NULL,
            leads_from TEXT NOT NULL,
            leads_to TEXT NOT NULL,
            passback_hours REAL NOT NULL,
            tries INTEGER,
            look_alikes_need_factor INTEGER NOT NULL
        ) STRICT
    """)


def _second_factors(database: "Database") -> None:
    database.execute("""
        CREATE TABLE second_factors (
            person_id TEXT PRIMARY KEY REFERENCES people(id) ON DELETE CASCADE,
            pin BLOB,
            card_hash BLOB UNIQUE,
            code_salt BLOB,
            code_step INTEGER NOT NULL,
            failures INTEGER NOT NULL
        ) STRICT
    """)


STEPS: tuple[Step, ...] = (
    ("0001 people", _people),
    ("0002 samples", _samples),
    ("0003 heads", _heads),
    ("0004 events", _events),
    ("0005 kept heads", _kept_heads),
    ("0006 strangers", _strangers),
    ("0007 evidence", _evidence),
    ("0008 locks and commands", _locks_and_commands),
    ("0009 access rules", _access_rules),
    ("0010 second factors", _second_factors),
)
