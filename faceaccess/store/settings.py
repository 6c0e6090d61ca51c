"""Settings that belong to the data, JSON by name."""

import json

from faceaccess.store.codec import damaged
from faceaccess.store.session import Session


def put(session: Session, values: dict[str, object]) -> None:
    """Store values; others stay.

    Raises:
        ValueError, TypeError: if a value is not JSON.
    """
    session.table("settings").upsert_all(
        [{"name": n, "value": json.dumps(v, allow_nan=False)} for n, v in values.items()],
        pk="name",
    )


def read(session: Session) -> dict[str, object]:
    """Return all stored values.

    Raises:
        KnownError: if one is damaged.
    """
    values: dict[str, object] = {}
    rows = session.sql.execute("SELECT name, value FROM settings ORDER BY name").fetchall()
    for name, value in rows:
        try:
            values[name] = json.loads(value)
        except ValueError as error:
            raise damaged(f"setting {name}") from error
    return values
