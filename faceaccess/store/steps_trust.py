"""Steps of what protects the data. One that was released is never changed."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:  # costs a tenth of a second, which reading does not need
    from sqlite_utils import Database


def keys(database: "Database") -> None:
    """0014: the name of the keys that personal fields are sealed with, and keys still to destroy.

    Without a name the fields are plain; see `sealing`.
    """
    database.execute("ALTER TABLE state ADD COLUMN key_id TEXT")
    database.execute("""
        CREATE TABLE dead_keys (
            row INTEGER PRIMARY KEY,
            person_id TEXT NOT NULL,
            mark BLOB NOT NULL
        ) STRICT
    """)
