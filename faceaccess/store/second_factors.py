"""People's second factors: hashes, never what they were made of."""

from typing import Any

from faceaccess.core.errors import KnownError
from faceaccess.core.second_factors import SecondFactors
from faceaccess.store import people
from faceaccess.store.codec import Place
from faceaccess.store.session import Session


def _place(column: str, person_id: str) -> Place:
    return Place("second_factors", column, person_id, person_id)


def read(session: Session, person_id: str) -> SecondFactors:
    """Return a person's second factors; none for somebody who is not there.

    Raises:
        KnownError: if something is damaged.
    """
    row: tuple[Any, ...] | None = session.sql.execute(
        "SELECT pin, card_hash, code_salt, code_step, failures FROM second_factors"
        " WHERE person_id = ?",
        [person_id],
    ).fetchone()
    if row is None:
        return SecondFactors()
    pin, card, salt, step, failures = row
    return SecondFactors(
        session.fields.open_maybe(pin, _place("pin", person_id)),
        card,
        session.fields.open_maybe(salt, _place("code_salt", person_id)),
        step,
        failures,
    )


def put(session: Session, person_id: str, factors: SecondFactors) -> None:
    """Store a person's second factors in place of what was.

    Raises:
        KnownError: if there is no such person, or the card is somebody else's.
    """
    people.row_of(session, person_id)
    if factors.card is not None:
        owner = session.sql.execute(
            "SELECT person_id FROM second_factors WHERE card_hash = ? AND person_id <> ?",
            [factors.card, person_id],
        ).fetchone()
        if owner is not None:
            raise KnownError(
                f"The card is that of {people.read(session, owner[0]).name}.",
                "Give another card, or take it from that person first.",
            )
    session.sql.execute("DELETE FROM second_factors WHERE person_id = ?", [person_id])
    if not factors.kinds:
        return
    session.table("second_factors").insert(
        {
            "person_id": person_id,
            "pin": session.fields.seal_maybe(factors.pin, _place("pin", person_id)),
            "card_hash": factors.card,
            "code_salt": session.fields.seal_maybe(
                factors.code_salt, _place("code_salt", person_id)
            ),
            "code_step": factors.code_step,
            "failures": factors.failures,
        }
    )


def count_try(session: Session, person_id: str) -> int:
    """Count one more entry as wrong and return how many there are in a row."""
    row = session.sql.execute(
        "UPDATE second_factors SET failures = failures + 1 WHERE person_id = ? RETURNING failures",
        [person_id],
    ).fetchone()
    return 0 if row is None else int(row[0])


def accept(session: Session, person_id: str, code_step: int | None) -> bool:
    """End the wrong entries in a row because one was right.

    Args:
        session: the connection.
        person_id: whose.
        code_step: the time step of a one-time code, or None for another factor.

    Returns:
        Whether it counts: not where the code of that step, or a later one, was used already.
    """
    done = session.sql.execute(
        "UPDATE second_factors SET failures = 0, code_step = max(code_step, coalesce(?, -1))"
        " WHERE person_id = ? AND (? IS NULL OR code_step < ?)",
        [code_step, person_id, code_step, code_step],
    )
    return done.rowcount == 1
