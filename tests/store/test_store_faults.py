"""Every new way of writing, ended at each of its statements: all of it is there, or nothing."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from store_builders import GRAY, add_head, event, head_of, person, quality, sample, vector

from faceaccess.core.clock import ManualClock
from faceaccess.core.corrections import CorrectionKind, CounterExamples, Evidence
from faceaccess.core.errors import BugError
from faceaccess.core.faces import Embedding
from faceaccess.core.home import DataHome
from faceaccess.store.protocol import Transaction
from faceaccess.store.sqlite_store import SqliteStore

SEEN = Evidence(GRAY, np.stack([vector(1), vector(2)]), sample(1).crop, quality())
NOT_ME = CorrectionKind.NOT_ME


@dataclass(frozen=True)
class _There:
    """What is there before the write under test."""

    ana: str
    ben: str
    visit: str
    stranger: str
    stranger_sample: str
    correction: str


def _fill(store: SqliteStore) -> _There:
    with store.transaction() as t:
        ana, ben = (t.add_person(person(name)).id for name in ("Ana", "Ben"))
        t.add_samples(ana, [sample(10), sample(11)])
        visit = t.add_event(replace(event(person_id=ana, person="Ana"), evidence=SEEN)).id
        correction = t.add_correction(visit, NOT_ME, ana, SEEN, "x").id
        stranger = t.add_stranger("visitor", [sample(3), sample(4)]).id
        examples = CounterExamples((ana, ben), np.stack([vector(1), vector(2)]))
        add_head(t, replace(head_of([ana, ben], 1), counter_examples=examples))
        add_head(t, head_of([ben, ana], 30), accepted=False)
        add_head(t, head_of([ana, ben], 50))
    picture = store.stranger_samples(stranger)[0].id
    return _There(ana, ben, visit, stranger, picture, correction)


def _enrol(t: Transaction, there: _There) -> None:
    cy = t.add_person(person("Cy")).id
    t.add_samples(cy, [sample(20), sample(21)])
    grown = head_of([there.ana, there.ben, cy], 50)
    examples = CounterExamples((there.ana,), vector(1)[None])
    add_head(t, replace(grown, counter_examples=examples), kept=1)


WRITES: dict[str, Callable[[Transaction, _There], object]] = {
    "enrol": _enrol,
    "refuse a head": lambda t, there: add_head(t, head_of([there.ben], 70), accepted=False),
    "use a head": lambda t, there: t.use_head(1, None),
    "pin a head": lambda t, there: t.pin_head(2, pinned=True),
    "calibrate": lambda t, there: t.recalibrate_head(3, None),
    "add a stranger": lambda t, there: t.add_stranger("new", [sample(5), sample(6)]),
    "remove a stranger": lambda t, there: t.remove_stranger(there.stranger),
    "embed a stranger anew": lambda t, there: t.replace_stranger_embedding(
        there.stranger_sample, Embedding(vector(80), GRAY)
    ),
    "correct": lambda t, there: t.add_correction(
        there.visit, CorrectionKind.IS, there.ben, SEEN, "y"
    ),
    "change a correction": lambda t, there: t.replace_correction(
        there.correction, GRAY, vector(81)[None]
    ),
    "take back": lambda t, there: t.remove_correction(there.correction),
    "add an event": lambda t, there: t.add_event(
        replace(event(5, person_id=there.ben, person="Ben"), evidence=SEEN)
    ),
    "remove a person": lambda t, there: t.remove_person(there.ana),
}


def _dump(store: SqliteStore) -> list[str]:
    """All that is stored but what time and chance make different."""
    store.check()
    with store._reading() as session:
        found = []
        for (name,) in session.sql.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"
        ).fetchall():
            columns = [c[1] for c in session.sql.execute(f"PRAGMA table_info({name})")]
            kept = [f"quote({c})" for c in columns if not c.endswith("id")] or ["1"]
            rows = session.sql.execute(f"SELECT {', '.join(kept)} FROM {name}").fetchall()
            found += sorted(f"{name} {row}" for row in rows)
    return found


@contextmanager
def _killed_at(store: SqliteStore, number: int) -> Iterator[None]:
    """Kill this process as the statement of that number begins."""
    count = [0]

    def statement(text: str) -> None:
        if not text.startswith("--"):  # what a trigger or a foreign key does
            count[0] += 1
            if count[0] == number:
                os.kill(os.getpid(), signal.SIGKILL)

    sql = store._connections.mine().sql
    sql.set_trace_callback(statement)
    try:
        yield
    finally:
        sql.set_trace_callback(None)


def _write(store: SqliteStore, there: _There, what: str) -> None:
    with store.transaction() as t:
        WRITES[what](t, there)


@pytest.mark.parametrize("what", WRITES)
def test_an_interrupted_write_leaves_nothing(store: SqliteStore, what: str) -> None:
    there = _fill(store)
    before = _dump(store)
    records = store.head_records()
    sql = store._connections.mine().sql
    steps, ended = 0, False
    while not ended:
        steps += 1
        calls = [0]

        def interrupt(calls: list[int] = calls, at: int = steps) -> bool:
            calls[0] += 1
            return calls[0] == at  # SQLite ends what it is doing

        sql.set_progress_handler(interrupt, 15)
        try:
            _write(store, there, what)
            ended = True
        except BugError as error:
            if "interrupted" not in str(error):
                raise
        finally:
            sql.set_progress_handler(None, 15)
        if not ended:
            assert _dump(store) == before
            assert store.serving_head()[0] == records[0]
    assert steps > 3
    assert _dump(store) != before


def _kill_everywhere(root: Path, what: str) -> None:
    clock = ManualClock()
    homes = DataHome(root / "killed"), DataHome(root / "whole")
    store = SqliteStore(homes[0], clock)
    there = _fill(store)
    before = _dump(store)
    store.close()
    shutil.copytree(homes[0].root, homes[1].root)
    store = SqliteStore(homes[1], clock)
    _write(store, there, what)
    after = _dump(store)
    store.close()
    number, now = 0, before
    while now == before:
        number += 1
        child = os.fork()
        if child == 0:
            mine = SqliteStore(homes[0], clock)
            mine.revision()
            with _killed_at(mine, number):
                _write(mine, there, what)
            os._exit(0)  # nothing of the parent's ends here
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        assert code in (0, -signal.SIGKILL), code
        store = SqliteStore(homes[0], clock)
        now = _dump(store)
        assert store.serving_head() is not None
        store.close()
    assert now == after, what  # also where the process died between the end and emptying the log
    assert number > 3, what


@pytest.mark.skipif(sys.platform == "win32", reason="needs fork")
def test_a_process_killed_at_any_statement_leaves_all_or_nothing(tmp_path: Path) -> None:
    # In a process with one thread, as forking wants it.
    done = subprocess.run([sys.executable, __file__, str(tmp_path)], check=False, timeout=120)
    assert done.returncode == 0


if __name__ == "__main__":
    for number, write in enumerate(WRITES):
        _kill_everywhere(Path(sys.argv[1]) / str(number), write)
