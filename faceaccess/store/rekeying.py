"""When the key file was lost or replaced: all keyed hashes are made again from what they stand for.

Without this, two people could get one staff number after a data folder was moved without its key.
"""

import logging

from faceaccess.store.codec import Place
from faceaccess.store.session import Session

_log = logging.getLogger(__name__)


def needed(session: Session) -> bool:
    """Return whether the database was last used with another key."""
    (check,) = session.sql.execute("SELECT key_check FROM state WHERE id = 1").fetchone()
    return bool(check != session.keys.check)


def rekey(session: Session) -> None:
    """Make all hashes again; the caller holds a write transaction."""
    if not needed(session):
        return
    _log.warning("the key of staff numbers was lost or replaced; its hashes are made again")
    sql, keys, fields = session.sql, session.keys, session.fields
    people = sql.execute("SELECT id, staff_number FROM people WHERE staff_number IS NOT NULL")
    for person_id, sealed in people.fetchall():
        number = fields.open(sealed, Place("people", "staff_number", person_id, person_id))
        sql.execute(
            "UPDATE people SET number_hash = ? WHERE id = ?", [keys.number(number), person_id]
        )
    for row, person_id, sealed in sql.execute("SELECT row, person_id, name FROM former_names"):
        name = fields.open(sealed, Place("former_names", "name", person_id, person_id))
        sql.execute(
            "UPDATE former_names SET name_hash = ? WHERE row = ?", [keys.of("name", name), row]
        )
    for row, sample_id, person_id, sealed in sql.execute(
        "SELECT row, id, person_id, digest FROM samples ORDER BY row"
    ).fetchall():
        digest = fields.open(sealed, Place("samples", "digest", sample_id, person_id))
        sql.execute(
            "UPDATE samples SET digest_hash = ? WHERE row = ?", [keys.of("picture", digest), row]
        )
    for row, sample_id, stranger_id, sealed in sql.execute(
        "SELECT row, id, stranger_id, digest FROM stranger_samples ORDER BY row"
    ).fetchall():
        place = Place("stranger_samples", "digest", sample_id, stranger_id)
        sql.execute(
            "UPDATE stranger_samples SET digest_hash = ? WHERE row = ?",
            [keys.of("picture", fields.open(sealed, place)), row],
        )
    if sql.execute("DELETE FROM second_factors").rowcount:
        _log.warning("PINs, cards and codes stood on the former key: all must be given anew")
    _rekey_events(session)
    sql.execute("UPDATE state SET key_check = ? WHERE id = 1", [keys.check])


def _rekey_events(session: Session) -> None:
    row = 0
    while True:
        rows = session.sql.execute(
            "SELECT row, id, runner_up FROM events WHERE row > ? AND runner_up IS NOT NULL"
            " ORDER BY row LIMIT 10000",
            [row],
        ).fetchall()
        if not rows:
            return
        for row, event_id, sealed in rows:  # `row` is where the next ones begin
            name = session.fields.open(sealed, Place("events", "runner_up", event_id))
            session.sql.execute(
                "UPDATE events SET runner_up_hash = ? WHERE row = ?",
                [session.keys.of("name", name), row],
            )
