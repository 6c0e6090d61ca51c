"""Stopped anywhere, the serving head and its threshold go on together, or the new ones do."""

import random
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from crowd import Crowd
from killed_gate import WHAT, do, prepare

from faceaccess.core.errors import KnownError
from faceaccess.core.heads import HeadRecord
from faceaccess.store.connections import Connection
from faceaccess.store.transaction import SqliteTransaction

PROGRAM = Path(__file__).with_name("killed_gate.py")
WRITES = (
    "add_person",
    "remove_person",
    "add_samples",
    "add_head",
    "use_head",
    "recalibrate_head",
    "put_settings",
)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("prepared") / "data"
    prepare(folder)
    return folder


@dataclass(eq=False)
class State:
    """All that the door decides with."""

    record: HeadRecord
    rows: np.ndarray
    means: np.ndarray
    risk: float | None
    threshold: float
    people: frozenset[str]

    @classmethod
    def of(cls, crowd: Crowd) -> "State":
        record, head = crowd.store.serving_head()
        return cls(
            record,
            head.rows,
            head.means,
            crowd.settings.get().risk,
            crowd.threshold(),
            frozenset(p.id for p in crowd.store.people()),
        )

    def is_sound(self) -> bool:
        """Whether head, threshold and people belong together."""
        estimate = self.record.estimate
        return (
            estimate is not None
            and estimate.risk == self.risk
            and estimate.threshold == self.threshold
            and self.record.people == len(self.people) == len(self.rows) == estimate.people
        )

    def same_as(self, other: "State") -> bool:
        return (
            (self.record, self.risk, self.threshold, self.people)
            == (other.record, other.risk, other.threshold, other.people)
            and bool((self.rows == other.rows).all())
            and bool((self.means == other.means).all())
        )


def copied(prepared: Path, to: Path) -> Path:
    shutil.copytree(prepared, to)
    return to


def failing_at(monkeypatch: pytest.MonkeyPatch, write: int, error: type[BaseException]) -> None:
    """Let the write of that number raise: before it, and for odd numbers after it was done. The
    commit is the last one."""
    done = 0

    def spoil(method: Callable[..., Any]) -> Callable[..., Any]:
        def spoiled(*args: Any, **more: Any) -> Any:
            nonlocal done
            done += 1
            if done == write // 2 + 1:
                if write % 2:
                    method(*args, **more)
                raise error("a fault of the test")
            return method(*args, **more)

        return spoiled

    for name in WRITES:
        monkeypatch.setattr(SqliteTransaction, name, spoil(getattr(SqliteTransaction, name)))

    commit = Connection.commit

    def failing_commit(self: Connection) -> None:
        nonlocal done
        done += 1
        if done == write // 2 + 1:
            raise error("a fault of the test")
        commit(self)

    monkeypatch.setattr(Connection, "commit", failing_commit)


@pytest.mark.parametrize("what", WHAT)
def test_an_error_at_any_write_leaves_what_was(
    prepared: Path, tmp_path: Path, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    crowd = Crowd(copied(prepared, tmp_path / "data"))
    try:
        before = State.of(crowd)
        assert before.is_sound()
        revision = crowd.store.revision()
        write = 0
        while True:
            error = (KnownError, MemoryError, KeyboardInterrupt)[write % 3]
            with monkeypatch.context() as patch:
                failing_at(patch, write, error)
                try:
                    do(crowd, what)
                except error:
                    pass
                else:
                    break
            assert State.of(crowd).same_as(before), f"write {write}"
            assert crowd.store.revision() == revision, f"write {write}"
            write += 1
        assert write >= 2
        after = State.of(crowd)
        assert after.is_sound()
        assert not after.same_as(before)
    finally:
        crowd.close()


@pytest.mark.parametrize("what", ["retrain"])
def test_closed_at_any_yield(prepared: Path, tmp_path: Path, what: str) -> None:
    crowd = Crowd(copied(prepared, tmp_path / "data"))
    try:
        before, yields = State.of(crowd), 0
        while True:
            job = crowd.retraining.run(crowd.actor, full=True)
            try:
                for _ in range(yields + 1):
                    next(job)
            except StopIteration:
                break
            job.close()
            assert State.of(crowd).same_as(before)
            yields += 3
        assert yields > 3
        assert State.of(crowd).is_sound()
    finally:
        crowd.close()


def killed(folder: Path, what: str, statement: int) -> bool:
    """Return whether the use case was killed at that SQL statement."""
    ended = subprocess.run(
        [sys.executable, PROGRAM, folder, what, str(statement)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode in (0, -signal.SIGKILL), ended.stderr
    return ended.returncode != 0


@pytest.mark.parametrize(
    ("what", "statements"),
    [("enrol", 114), ("retrain", 421), ("remove", 141), ("apply", 54), ("use", 53)],
)
def test_killed_at_a_statement(prepared: Path, tmp_path: Path, what: str, statements: int) -> None:
    """One seeded moment each; bench/kill_retraining.py tries hundreds."""
    folder = copied(prepared, tmp_path / "data")
    crowd = Crowd(folder)
    before = State.of(crowd)
    crowd.close()
    was_killed = killed(folder, what, random.Random(f"5 {what}").randrange(statements))
    with sqlite3.connect(folder / "faceaccess.sqlite3") as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    connection.close()
    crowd = Crowd(folder)
    try:
        state = State.of(crowd)
        assert state.is_sound()
        if not was_killed:
            assert not state.same_as(before)
        if state.same_as(before):
            do(crowd, what)
            assert State.of(crowd).is_sound()
            assert not State.of(crowd).same_as(before)
    finally:
        crowd.close()
