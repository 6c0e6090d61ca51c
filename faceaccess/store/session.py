"""What reading and writing one table needs at hand."""

import sqlite3
from dataclasses import dataclass
from typing import TYPE_CHECKING

from faceaccess.core.clock import Clock
from faceaccess.store.codec import Fields
from faceaccess.store.connections import Connection
from faceaccess.store.key_ring import KeyRing
from faceaccess.store.keyed_hash import KeyedHash

if TYPE_CHECKING:
    from sqlite_utils.db import Table


@dataclass(frozen=True)
class Session:
    """A thread's connection with codec, key and clock.

    Attributes:
        connection: held by the caller (`using` or `snapshot`) while a session is used.
        fields: personal texts and vectors through the codec.
        keys: keyed hashes for uniqueness.
        clock: what writes the times.
    """

    connection: Connection
    fields: Fields
    keys: KeyedHash
    clock: Clock

    @property
    def sql(self) -> sqlite3.Connection:
        """The connection for reading."""
        return self.connection.sql

    def table(self, name: str) -> "Table":
        """Return a table for writing."""
        return self.connection.table(name)

    def retire_key(self, person_id: str) -> None:
        """Have the key of somebody who is removed destroyed once that is committed."""
        if isinstance(self.fields.codec, KeyRing):
            mark = self.fields.codec.retire(person_id)
            if mark is not None:
                self.sql.execute(
                    "INSERT INTO dead_keys (person_id, mark) VALUES (?, ?)", [person_id, mark]
                )
