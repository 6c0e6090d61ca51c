"""Heads and what is known about each; their rows are kept by `head_rows`."""

import json
import re
from dataclasses import replace
from typing import Any

import numpy as np

from faceaccess.core.calibrations import RiskEstimate
from faceaccess.core.errors import BugError, KnownError
from faceaccess.core.faces import EmbeddingSpace
from faceaccess.core.head_tests import HeadTest
from faceaccess.core.heads import Head, HeadFacts, HeadRecord
from faceaccess.store import head_examples, head_figures, head_rows
from faceaccess.store.codec import Place
from faceaccess.store.head_cache import HeadCache
from faceaccess.store.session import Session
from faceaccess.store.times import from_micros, to_micros

ERASED_NAME = "somebody since removed"
"""What stands in a head's note where the name of a removed person stood."""
REFUSED_KEPT = 20_000
"""People up to whom the rows of a refused head are kept."""

_COLUMNS = (
    "version, model, preprocessing, dimension, created_at, people, samples, steps, seconds,"
    " accepted, note, actor, figures, pinned, stored"
)


def add(
    session: Session, cache: HeadCache, head: Head, facts: HeadFacts, kept: int, revision: int
) -> HeadRecord:
    """Store a head and its record under the next version, and drop rows of old ones.

    Of a head with numbers that are none, which nothing can use, only the record is kept; and so of
    a refused one of more than `REFUSED_KEPT` people, which differs from the line in every row: the
    door could not write its visits for seconds. Whoever wants it all the same forces the training.

    Raises:
        KnownError: if a class of the head is nobody's any more.
        BugError: if `kept` is less than 1, or such a head is accepted.
    """
    if kept < 1:
        raise BugError(f"at least one head is kept, not {kept}")
    sound = bool(np.isfinite(head.rows).all() and np.isfinite(head.means).all())
    if facts.accepted and not sound:
        raise BugError("a head with numbers that are none was accepted")
    keeps_rows = sound and (facts.accepted or len(head.person_ids) <= REFUSED_KEPT)
    before = head_rows.line_version(session)
    line = None if before is None else cache.head(session, before)
    _check_people(session, head, () if line is None else line.person_ids)
    (last,) = session.sql.execute("SELECT coalesce(max(version), 0) FROM heads").fetchone()
    version = int(last) + 1
    fields = session.fields
    session.table("heads").insert(
        {
            "version": version,
            "model": head.space.model,
            "preprocessing": head.space.preprocessing,
            "dimension": head.space.dimension,
            "created_at": to_micros(session.clock.now()),
            "people": len(head.person_ids),
            "samples": facts.samples,
            "steps": head.steps,
            "seconds": facts.seconds,
            "scale": head.scale,
            "accepted": int(facts.accepted),
            "note": fields.seal(facts.note, Place("heads", "note", str(version))),
            "actor": fields.seal(facts.actor, Place("heads", "actor", str(version))),
            "figures": _sealed_figures(session, version, facts.estimate, facts.test),
            "stored": int(keeps_rows),
            "served": _next_served(session) if facts.accepted else None,
            "changed": revision,
        }
    )
    written = 0
    if keeps_rows:
        written = head_rows.write(session, version, head, line, aside=not facts.accepted)
        head_examples.write(session, version, head)
        head_rows.clean(session, version)
    _prune(session, kept)
    head_rows.sweep(session, written)
    return read_record(session, version)


def _sealed_figures(
    session: Session, version: int, estimate: RiskEstimate | None, test: HeadTest | None
) -> bytes | None:
    if estimate is None and test is None:
        return None
    return session.fields.seal(
        head_figures.to_text(estimate, test), Place("heads", "figures", str(version))
    )


def _next_served(session: Session) -> int:
    (last,) = session.sql.execute("SELECT coalesce(max(served), 0) FROM heads").fetchone()
    return int(last) + 1


def _check_people(session: Session, head: Head, surely: tuple[str, ...]) -> None:
    # Whoever has rows is enrolled, or the rows would have gone with the person.
    missing = 0
    for person_id in set(head.person_ids).difference(surely):
        found = session.sql.execute("SELECT 1 FROM people WHERE id = ?", [person_id])
        missing += found.fetchone() is None
    if missing:
        raise KnownError(
            f"The new head knows {missing} who are not enrolled (any more).",
            "Nothing was changed. Train again.",
        )


def _prune(session: Session, kept: int) -> None:
    old = session.sql.execute(
        "SELECT version FROM heads WHERE stored = 1 AND pinned = 0 AND version IS NOT ?"
        " AND version NOT IN (SELECT version FROM heads ORDER BY version DESC LIMIT ?)"
        " ORDER BY version",
        [head_rows.serving_version(session), kept],
    ).fetchall()
    for (version,) in old:
        test = read_record(session, version).test
        if test is not None and test.changed_people:  # the totals say enough of a past head
            _put_test(session, version, replace(test, changed_people=()))
        session.sql.execute(
            "UPDATE heads SET stored = ? WHERE version = ?", [head_rows.LEAVING, version]
        )


def use(
    session: Session, version: int, estimate: RiskEstimate | None, test: HeadTest | None
) -> HeadRecord:
    """Let a stored head serve from now on.

    Raises:
        KnownError: if there is no such head, or its rows were dropped.
    """
    _check_stored(session, version)
    _put_estimate(session, version, estimate)
    if test is not None:
        _put_test(session, version, test)
    session.sql.execute(
        "UPDATE heads SET served = ? WHERE version = ?", [_next_served(session), version]
    )
    return read_record(session, version)


def recalibrate(session: Session, version: int, estimate: RiskEstimate | None) -> HeadRecord:
    """Replace the estimate in a head's record.

    Raises:
        KnownError: if there is no such head.
    """
    _put_estimate(session, version, estimate)
    return read_record(session, version)


def pin(session: Session, version: int, *, pinned: bool) -> HeadRecord:
    """Keep a head's rows whatever follows, or no longer; they go when the next head comes.

    Raises:
        KnownError: if there is no such head, or its rows were dropped.
    """
    _check_stored(session, version)
    session.sql.execute("UPDATE heads SET pinned = ? WHERE version = ?", [int(pinned), version])
    return read_record(session, version)


def _put_estimate(session: Session, version: int, estimate: RiskEstimate | None) -> None:
    _put_figures(session, version, estimate, read_record(session, version).test)


def _put_test(session: Session, version: int, test: HeadTest) -> None:
    _put_figures(session, version, read_record(session, version).estimate, test)


def _put_figures(
    session: Session, version: int, estimate: RiskEstimate | None, test: HeadTest | None
) -> None:
    session.sql.execute(
        "UPDATE heads SET figures = ? WHERE version = ?",
        [_sealed_figures(session, version, estimate, test), version],
    )


def _check_stored(session: Session, version: int) -> None:
    if not read_record(session, version).stored:
        raise KnownError(
            f"Of head {version} only the record is left; its rows were dropped.",
            "Choose a newer one, and pin heads that shall be kept.",
        )


def _record(session: Session, row: tuple[Any, ...]) -> HeadRecord:
    version, model, preprocessing, dimension, created, people, samples, steps, seconds = row[:9]
    accepted, note, actor, figures, pinned, stored = row[9:]
    place = Place("heads", "figures", str(version))
    estimate, test = None, None
    if figures is not None:
        estimate, test = head_figures.from_text(session.fields.open(figures, place), place)
    return HeadRecord(
        version=version,
        space=EmbeddingSpace(model, preprocessing, dimension),
        created_at=from_micros(created),
        people=people,
        samples=samples,
        steps=steps,
        seconds=seconds,
        accepted=bool(accepted),
        note=session.fields.open(note, Place("heads", "note", str(version))),
        actor=session.fields.open(actor, Place("heads", "actor", str(version))),
        estimate=estimate,
        test=test,
        pinned=bool(pinned),
        stored=stored == 1,
    )


def read_record(session: Session, version: int) -> HeadRecord:
    """Return what is known about a version.

    Raises:
        KnownError: if there is no such head.
    """
    row = session.sql.execute(
        f"SELECT {_COLUMNS} FROM heads WHERE version = ?",  # noqa: S608  # constant
        [version],
    ).fetchone()
    if row is None:
        raise KnownError(f"There is no head {version}.", "Look at the list of heads.")
    return _record(session, row)


def records(session: Session, limit: int) -> list[HeadRecord]:
    """Return what is known about stored heads, newest first."""
    rows = session.sql.execute(
        f"SELECT {_COLUMNS} FROM heads ORDER BY version DESC LIMIT ?",  # noqa: S608  # constant
        [limit],
    ).fetchall()
    return [_record(session, row) for row in rows]


def serving(session: Session, cache: HeadCache) -> tuple[HeadRecord, Head] | None:
    """Return the head that was accepted or used last, or None.

    Raises:
        KnownError: if its rows are damaged.
    """
    version = head_rows.serving_version(session)
    return None if version is None else read(session, cache, version)


def read(session: Session, cache: HeadCache, version: int) -> tuple[HeadRecord, Head]:
    """Return a stored head.

    Raises:
        KnownError: if there is no such head, or its rows were dropped or are damaged.
    """
    record = read_record(session, version)
    _check_stored(session, version)
    return record, cache.head(session, version)


def forget(session: Session, person_id: str, names: list[str], revision: int) -> None:
    """Take a person out of every stored head's count, note and figures; rows go by foreign key."""
    head_rows.count_out(session, person_id, revision)
    pattern = re.compile("|".join(rf"(?<!\w){re.escape(name)}(?!\w)" for name in names))
    # Most figures are of others, so they are only looked through and not taken apart.
    hints = [person_id, *(json.dumps(name, ensure_ascii=False)[1:-1] for name in names)]
    notes = session.sql.execute("SELECT version, note, figures FROM heads").fetchall()
    for version, sealed, figures in notes:
        place = Place("heads", "note", str(version))
        note = session.fields.open(sealed, place)
        without = pattern.sub(ERASED_NAME, note)
        if without != note:
            session.table("heads").update(version, {"note": session.fields.seal(without, place)})
        if figures is not None:
            place = Place("heads", "figures", str(version))
            text = session.fields.open(figures, place)
            test = head_figures.from_text(text, place)[1] if _has(text, hints) else None
            if test is not None:
                without_person = head_figures.without_person(test, person_id, pattern, ERASED_NAME)
                _put_test(session, version, without_person)


def _has(text: str, hints: list[str]) -> bool:
    return any(hint in text for hint in hints)
