"""Steps from 0008 on: what doors need. One that was released is never changed."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:  # costs a tenth of a second, which reading does not need
    from sqlite_utils import Database


def locks_and_commands(database: "Database") -> None:
    """0008: what the lock answered, and what people commanded a door."""
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


def access_rules(database: "Database") -> None:
    """0009: rules, holidays, plans of doors."""
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


def second_factors(database: "Database") -> None:
    """0010: PINs, cards and one-time codes."""
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


def attack_tests(database: "Database") -> None:
    """0011: the reports of guided attack tests."""
    database.execute("""
        CREATE TABLE attack_tests (
            row INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            time INTEGER NOT NULL,
            camera TEXT NOT NULL,
            actor BLOB NOT NULL,
            attempts TEXT NOT NULL
        ) STRICT
    """)


def alarms(database: "Database") -> None:
    """0012: what doors called for help about."""
    database.execute("""
        CREATE TABLE alarms (
            row INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            station TEXT NOT NULL,
            kind TEXT NOT NULL,
            began INTEGER NOT NULL,
            ended INTEGER,
            detail BLOB NOT NULL,
            muted_by BLOB NOT NULL
        ) STRICT
    """)
    database.execute("CREATE INDEX alarms_lasting ON alarms (station) WHERE ended IS NULL")


def ends_of_commands(database: "Database") -> None:
    """0013: until when a door was to be held open or muted."""
    database.execute("ALTER TABLE door_commands ADD COLUMN until INTEGER")
