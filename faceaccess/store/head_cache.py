"""The rows of one head in memory, so that only what changed is read again."""

import threading
from typing import NamedTuple

from faceaccess.store import head_rows
from faceaccess.store.head_rows import Rows
from faceaccess.store.session import Session


class _Kept(NamedTuple):
    version: int
    changed: int
    in_line: bool
    rows: Rows


class HeadCache:
    """Remembers the rows that were read or stored last; thread-safe.

    What a version holds never changes but by a person's removal, which `heads.changed` tells. What
    an open transaction has written is not remembered before it has ended well.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: _Kept | None = None

    def rows(self, session: Session, version: int) -> Rows:
        """Return the rows of a version that is stored, or is the newest of the line.

        Raises:
            KnownError: if a row is damaged.
        """
        (dimension,) = session.sql.execute(
            "SELECT dimension FROM heads WHERE version = ?", [version]
        ).fetchone()
        return head_rows.read(session, version, dimension)
