"""Steps 0001 to 0007: people, pictures, heads, events. Released, so never changed."""

from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:  # costs a tenth of a second, which reading does not need
    from sqlite_utils import Database
    from sqlite_utils.db import Table


def _table(database: "Database", name: str) -> "Table":
    """Return a table of that name, there or still to be made."""
    return cast("Table", database[name])


def people(database: "Database") -> None:
    """0001: people, who was removed, settings."""
    _table(database, "state").create(
        {"id": int, "revision": int, "key_check": bytes},
        pk="id",
        not_null={"revision", "key_check"},
        strict=True,
    )
    _table(database, "people").create(
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
    _table(database, "people").create_index(["id"], "people_id", unique=True)
    _table(database, "people").create_index(["number_hash"], "people_number", unique=True)
    _table(database, "people").create_index(["changed"], "people_changed")
    _table(database, "former_names").create(
        {"row": int, "person_id": str, "name": bytes, "name_hash": bytes},
        pk="row",
        not_null={"person_id", "name", "name_hash"},
        strict=True,
    )
    _table(database, "former_names").create_index(["person_id"], "former_names_person")
    _table(database, "erased").create(
        {"person_id": str, "changed": int}, pk="person_id", not_null={"changed"}, strict=True
    )
    _table(database, "erased").create_index(["changed"], "erased_changed")
    _table(database, "settings").create(
        {"name": str, "value": str}, pk="name", not_null={"value"}, strict=True
    )


def samples(database: "Database") -> None:
    """0002: pictures of people. SQL, for constraints of several columns and partial indices."""
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


def heads(database: "Database") -> None:
    """0003: heads and their rows."""
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


def events(database: "Database") -> None:
    """0004: events, their pictures, the stations that number them."""
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
    _table(database, "stations").create(
        {"station": str, "last": int}, pk="station", not_null={"last"}, strict=True
    )


# Rows of one person in a stretch of versions: from `first` until before `until`, or still.
# `aside` rows are of version `first` alone and go before the others there: a head that never
# served differs by them from the one that serves. One without vectors says that this head has no
# such person. The older rows come over with the names that their vectors were sealed for.
def kept_heads(database: "Database") -> None:
    """0005: rows of a head are kept for a stretch of versions."""
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


def strangers(database: "Database") -> None:
    """0006: strangers and their pictures."""
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


def evidence(database: "Database") -> None:
    """0007: what decisions stood on, and corrections."""
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
