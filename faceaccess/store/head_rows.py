"""The rows of heads, each kept for the stretch of versions in which it holds.

The heads that serve, one after the other, are the line: a row of it is of version `first` and of
all later ones before `until`. A further version closes the rows that it changes and adds its own,
so it costs what differs. A head that was refused is kept beside the line: its `aside` rows are of
its version alone and stand in place of the line's rows of the same people there.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from faceaccess.core.heads import Head
from faceaccess.store.codec import Place
from faceaccess.store.session import Session

LEAVING = 2
"""`heads.stored` of a dropped head that has rows to be removed still; 1 is kept, 0 has gone."""
_NO_END = 2**62
_SWEPT = 250
_CHUNK = 4096
"""Rows that are opened or compared at a time: bounds the memory beside the result."""

_IN_LINE = "aside = 0 AND first <= :version AND (until IS NULL OR until > :version)"
_BESIDE = "SELECT person_id FROM head_rows WHERE first = :version AND aside = 1"
_OF_VERSION = (
    f"(({_IN_LINE} AND person_id NOT IN ({_BESIDE}))"
    " OR (first = :version AND aside = 1 AND row IS NOT NULL))"
)
_OPEN = "until IS NULL AND aside = 0"


class Rows(NamedTuple):
    """Rows of one version.

    Attributes:
        person_ids: (people,) in the head's order.
        rows, means: (people, dimension) float32.
    """

    person_ids: tuple[str, ...]
    rows: NDArray[np.float32]
    means: NDArray[np.float32]


def _place(column: str, first: int, person_id: str) -> Place:
    return Place("head_rows", column, f"{first}/{person_id}", person_id)


def line_version(session: Session) -> int | None:
    """Return the newest version of the line, or None without one."""
    (version,) = session.sql.execute("SELECT max(version) FROM heads WHERE accepted = 1").fetchone()
    return None if version is None else int(version)


def serving_version(session: Session) -> int | None:
    """Return which version serves, or None before the first."""
    found = session.sql.execute(
        "SELECT version FROM heads WHERE served IS NOT NULL ORDER BY served DESC LIMIT 1"
    ).fetchone()
    return None if found is None else int(found[0])


def _condition(session: Session, version: int) -> str:
    # The newest of the line has an index of its own, in its order.
    return _OPEN if version == line_version(session) else _OF_VERSION


def read_ids(session: Session, version: int) -> tuple[str, ...]:
    """Return the people of a stored version in its order."""
    found = session.sql.execute(
        f"SELECT person_id FROM head_rows WHERE {_condition(session, version)}"  # noqa: S608  # constant
        " ORDER BY position",
        {"version": version},
    )
    return tuple(person_id for (person_id,) in found)


def read(session: Session, version: int, dimension: int, *, after: int = 0) -> Rows:
    """Return the rows of a stored version.

    Args:
        session: the database.
        version: which.
        dimension: length of a row.
        after: only rows that are not of this version or an earlier one.

    Raises:
        KnownError: if a row is damaged.
    """
    where = _condition(session, version) if after == 0 else f"first > :after AND {_OF_VERSION}"
    found = session.sql.execute(
        f"SELECT person_id, first, row, mean FROM head_rows WHERE {where} ORDER BY position",  # noqa: S608
        {"version": version, "after": after},
    )
    ids: list[str] = []
    parts: dict[str, list[NDArray[np.float32]]] = {"row": [], "mean": []}
    while some := found.fetchmany(_CHUNK):
        ids += [person_id for person_id, _, _, _ in some]
        for at, column in ((2, "row"), (3, "mean")):
            places = (_place(column, first, person_id) for person_id, first, _, _ in some)
            stored = [one[at] for one in some]
            parts[column].append(session.fields.open_vectors(stored, dimension, places))
    empty = np.zeros((0, dimension), np.float32)
    return Rows(
        tuple(ids),
        np.concatenate(parts["row"] or [empty]),
        np.concatenate(parts["mean"] or [empty]),
    )


class _Difference(NamedTuple):
    """What a head changes.

    Attributes:
        changed: positions in the head whose rows are other ones, or new.
        gone: who of the line is not in the head.
        anew: whether the order is another one, so that every row has to be stored.
    """

    changed: NDArray[np.int64]
    gone: list[str]
    anew: bool


def _difference(head: Head, line: Head | None) -> _Difference:
    count = len(head.person_ids)
    if line is None:
        return _Difference(np.arange(count), [], anew=True)
    known = len(line.person_ids)
    if head.person_ids[:known] == line.person_ids:
        at, gone = np.arange(known), []
    else:
        places = {person_id: place for place, person_id in enumerate(line.person_ids)}
        at = np.array([places.pop(person_id, -1) for person_id in head.person_ids], np.int64)
        gone = list(places)
        known = int((at >= 0).sum())
    # Who stays comes first and in the same order, who is new behind: then positions can stay.
    in_order = (at[:known] >= 0).all() and (np.diff(at[:known]) > 0).all()
    if not in_order or line.space.dimension != head.space.dimension:
        return _Difference(np.arange(count), gone, anew=True)
    other = np.ones(count, np.bool_)
    for start in range(0, known, _CHUNK):
        end = min(start + _CHUNK, known)
        there = at[start:end]
        other[start:end] = (head.rows[start:end] != line.rows[there]).any(axis=1)
        other[start:end] |= (head.means[start:end] != line.means[there]).any(axis=1)
    return _Difference(np.flatnonzero(other), gone, anew=False)


def write(session: Session, version: int, head: Head, line: Head | None, *, aside: bool) -> int:
    """Store what a head changes; returns how many rows.

    Args:
        session: the database.
        version: the head's, newer than all; its record is there.
        head: with people who are all enrolled, all numbers finite.
        line: the newest head of the line, or None where there is none.
        aside: whether the head is kept beside the line.
    """
    change = _difference(head, line)
    sql = session.sql
    # Read before the rows are closed: an open row tells where its person stands.
    positions = change.changed if change.anew else _positions(session, head, change.changed)
    if aside:
        sql.executemany(
            "INSERT INTO head_rows (person_id, position, first, aside) VALUES (?, 0, ?, 1)",
            ((person_id, version) for person_id in change.gone),
        )
    else:
        ended = [*(head.person_ids[i] for i in change.changed), *change.gone]
        sql.executemany(
            f"UPDATE head_rows SET until = ? WHERE person_id = ? AND {_OPEN}",  # noqa: S608  # constant
            ((version, person_id) for person_id in ended),
        )
    for start in range(0, len(change.changed), _CHUNK):
        part = change.changed[start : start + _CHUNK]
        ids = [head.person_ids[i] for i in part]
        sealed = (
            session.fields.seal_vectors(
                matrix[part], [_place(column, version, person_id) for person_id in ids]
            )
            for column, matrix in (("row", head.rows), ("mean", head.means))
        )
        sql.executemany(
            "INSERT INTO head_rows (first, aside, person_id, position, row, mean)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            zip(
                [version] * len(ids),
                [int(aside)] * len(ids),
                ids,
                positions[start : start + _CHUNK].tolist(),
                *sealed,
                strict=True,
            ),
        )
    return len(change.changed)


def _positions(session: Session, head: Head, changed: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return where the changed people stand: as in the line, or behind all of it."""
    (last,) = session.sql.execute(
        f"SELECT coalesce(max(position), -1) FROM head_rows WHERE {_OPEN}"  # noqa: S608  # constant
    ).fetchone()
    positions = np.empty(len(changed), np.int64)
    for i, place in enumerate(changed):
        found = session.sql.execute(
            f"SELECT position FROM head_rows WHERE person_id = ? AND {_OPEN}",  # noqa: S608  # constant
            [head.person_ids[place]],
        ).fetchone()
        last += found is None
        positions[i] = last if found is None else found[0]
    return positions


def sweep(session: Session, written: int) -> None:
    """Remove rows that only dropped heads had, not many more than were just written.

    So a whole head of many people goes with the next one like it, or in many small steps, and
    nobody's enrolment waits for it.
    """
    left = max(_SWEPT, written)
    for (version,) in session.sql.execute(
        "SELECT version FROM heads WHERE stored = ? ORDER BY version", [LEAVING]
    ).fetchall():
        left -= _drop(session, version, left)
        if left <= 0:
            return
        session.sql.execute("UPDATE heads SET stored = 0 WHERE version = ?", [version])


def _drop(session: Session, version: int, most: int) -> int:
    sql = session.sql
    sql.execute("DELETE FROM head_counter_examples WHERE version = ?", [version])
    gone = sql.execute(
        "DELETE FROM head_rows WHERE id IN"
        " (SELECT id FROM head_rows WHERE first = ? AND aside = 1 LIMIT ?)",
        [version, most],
    ).rowcount
    (behind,) = sql.execute(
        "SELECT coalesce(min(version), ?) FROM heads WHERE stored = 1 AND version > ?",
        [_NO_END, version],
    ).fetchone()
    return gone + clean(session, behind, most - gone)


def clean(session: Session, behind: int, most: int = -1) -> int:
    """Remove the line's rows that ended after the last stored version before `behind`, at most
    there: no stored version has them. Returns how many, at most `most` (-1: all).
    """
    return session.sql.execute(
        "DELETE FROM head_rows WHERE id IN (SELECT id FROM head_rows WHERE aside = 0"
        " AND until <= :behind AND first > :before AND until > :before LIMIT :most)",
        {"behind": behind, "before": _stored_before(session, behind), "most": most},
    ).rowcount


def _stored_before(session: Session, version: int) -> int:
    (before,) = session.sql.execute(
        "SELECT coalesce(max(version), 0) FROM heads WHERE stored = 1 AND version < ?", [version]
    ).fetchone()
    return int(before)


def count_out(session: Session, person_id: str, revision: int) -> None:
    """Let the records of all stored heads say one person less where this one is in them.

    The newest of the line is marked as changed also where only later versions need its rows.
    """
    session.sql.execute(
        "UPDATE heads SET changed = ? WHERE version = ?", [revision, line_version(session)]
    )
    session.sql.execute(
        """
        UPDATE heads SET people = people - 1, changed = :revision
        WHERE stored = 1 AND EXISTS (
            SELECT 1 FROM head_rows
            WHERE person_id = :person AND row IS NOT NULL AND first <= version
                AND CASE aside WHEN 1 THEN first = version ELSE (until IS NULL OR until > version)
                    AND NOT EXISTS (
                        SELECT 1 FROM head_rows own
                        WHERE own.person_id = :person AND own.first = version AND own.aside = 1
                    )
                END
        )
        """,
        {"person": person_id, "revision": revision},
    )


def matching(head: Head, person_ids: tuple[str, ...], fresh: Rows) -> Rows:
    """Return the rows of these people: from `fresh` where they are there, else from `head`."""
    new = {person_id: i for i, person_id in enumerate(fresh.person_ids)}
    old = {person_id: i for i, person_id in enumerate(head.person_ids)}
    shape = (len(person_ids), head.space.dimension)
    made = Rows(person_ids, np.empty(shape, np.float32), np.empty(shape, np.float32))
    mine = np.array([new.get(i, -1) for i in person_ids], np.int64)
    theirs = np.array([old.get(i, -1) if i not in new else 0 for i in person_ids], np.int64)
    for target, source, changed in (
        (made.rows, head.rows, fresh.rows),
        (made.means, head.means, fresh.means),
    ):
        if len(source):
            np.take(source, theirs, axis=0, out=target, mode="clip")
        target[mine >= 0] = changed[mine[mine >= 0]]
    return made
