"""Heads that are kept, pinned and used again: each version stays what it was, and costs little."""

import contextlib
import math
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from store_builders import GRAY, add_head, head_of, person, vector

from faceaccess.core.calibrations import Method, RiskEstimate
from faceaccess.core.clock import ManualClock
from faceaccess.core.corrections import CounterExamples
from faceaccess.core.errors import BugError, KnownError
from faceaccess.core.head_tests import HeadScore, HeadTest, PersonChange
from faceaccess.core.heads import Head
from faceaccess.core.home import DataHome
from faceaccess.store import head_rows
from faceaccess.store.sqlite_store import SqliteStore

ESTIMATE = RiskEstimate(
    risk=0.01,
    threshold=0.47,
    fpir=0.004,
    fpir_interval=(0.001, 0.009),
    fnmr=0.02,
    fnmr_interval=(0.01, 0.04),
    strangers=400,
    probes=120,
    people=3,
    unit="visit",
    synthetic=False,
    promise=True,
    method=Method.COUNTED,
    belief=(3.5, 400.5),
    text="At most 1 stranger in 100 is let in.",
)


def _people(store: SqliteStore, *names: str) -> list[str]:
    with store.transaction() as t:
        return [t.add_person(person(name)).id for name in names]


def _test_of(*person_ids: str, refused: str | None = None) -> HeadTest:
    score = HeadScore(None, 3, 0.47, 90, 1, 120, 117, 0)
    changes = tuple(PersonChange(i, 4, None, 3, None, 0.7) for i in person_ids)
    return HeadTest(replace(score, version=4, known=118), score, changes, True, refused, None)


def _same(head: Head, other: Head) -> None:
    assert (head.space, head.person_ids) == (other.space, other.person_ids)
    assert (head.scale, head.steps) == (other.scale, other.steps)
    np.testing.assert_array_equal(head.rows, other.rows)
    np.testing.assert_array_equal(head.means, other.means)


def _rows(store: SqliteStore) -> int:
    with store._reading() as session:
        return int(session.sql.execute("SELECT count(*) FROM head_rows").fetchone()[0])


def test_figures_come_back_as_stored(open_store: Callable[..., SqliteStore]) -> None:
    store = open_store()
    ids = _people(store, "Ana", "Ben", "Cy")
    test = _test_of(*ids, refused="one more stranger gets in")
    with store.transaction() as t:
        add_head(t, head_of(ids), estimate=ESTIMATE, test=test)
        add_head(t, head_of(ids), estimate=replace(ESTIMATE, fnmr=None, fnmr_interval=None))
        add_head(t, head_of(ids))
    third, second, first = open_store().head_records()
    assert (first.estimate, first.test) == (ESTIMATE, test)
    assert first.estimate is not None
    assert isinstance(first.estimate.method, Method)
    assert second.estimate == replace(ESTIMATE, fnmr=None, fnmr_interval=None)
    assert (second.test, third.estimate, third.test) == (None, None, None)


def test_one_more_person_costs_one_row_and_the_moved_neighbours(store: SqliteStore) -> None:
    ids = _people(store, *(f"P{n}" for n in range(50)))
    first = head_of(ids[:49])
    with store.transaction() as t:
        add_head(t, first)
    assert _rows(store) == 49
    grown = head_of(ids)
    rows = np.concatenate([first.rows, grown.rows[49:]])
    rows[[3, 7]] = [vector(900), vector(901)]
    second = replace(grown, rows=rows)
    with store.transaction() as t:
        add_head(t, second)
    assert _rows(store) == 49 + 3
    _same(store.head(1)[1], first)
    _same(store.head(2)[1], second)


def test_a_refused_head_does_not_make_the_next_one_dearer(store: SqliteStore) -> None:
    ids = _people(store, "Ana", "Ben", "Cy", "Di")
    serving, refused = head_of(ids[:3], 1), head_of(ids[1:3][::-1], 40)
    with store.transaction() as t:
        add_head(t, serving)
        add_head(t, refused, accepted=False)
        before = store._connections.mine().sql.total_changes
        grown = head_of(ids, 1)
        add_head(t, grown)
        assert store._connections.mine().sql.total_changes - before < 8
    for version, head in ((1, serving), (2, refused), (3, grown)):
        _same(store.head(version)[1], head)
    assert store.serving_head()[0].version == 3


def test_a_head_without_numbers_leaves_its_record_only(store: SqliteStore) -> None:
    ids = _people(store, "Ana", "Ben")
    broken = head_of(ids)
    broken.rows[1, 3] = math.nan
    with store.transaction() as t:
        add_head(t, head_of(ids))
        test = replace(_test_of(refused="rows that are no numbers"), before=None)
        record = add_head(t, broken, accepted=False, test=test)
    assert (record.version, record.stored, record.people, record.test) == (2, False, 2, test)
    assert store.serving_head()[0].version == 1
    with pytest.raises(KnownError, match="dropped"):
        store.head(2)
    with pytest.raises(BugError, match="accepted"), store.transaction() as t:
        add_head(t, broken)


def test_a_head_that_is_used_again_serves_until_the_next(store: SqliteStore) -> None:
    ids = _people(store, "Ana", "Ben", "Cy")
    heads = {n: head_of(ids, 20 * n) for n in range(1, 5)}
    test = _test_of(ids[0])
    with store.transaction() as t:
        for n in (1, 2, 3):
            add_head(t, heads[n], test=test)
    with store.transaction() as t:
        record = t.use_head(1, ESTIMATE)
    assert (record.version, record.estimate, record.test) == (1, ESTIMATE, test)
    served = store.serving_head()
    assert served[0] == record == store.head(1)[0]
    _same(served[1], heads[1])
    assert store.revision() == 4
    with store.transaction() as t:
        add_head(t, heads[4], accepted=False)
        assert store.serving_head()[0].version == 1
        assert t.use_head(2, None, _test_of(ids[1])).test == _test_of(ids[1])
        assert store.serving_head()[0].version == 2
        add_head(t, heads[4])
    assert store.serving_head()[0].version == 5
    _same(store.serving_head()[1], heads[4])


def test_a_serving_head_is_kept_however_old(store: SqliteStore) -> None:
    ids = _people(store, "Ana", "Ben")
    with store.transaction() as t:
        add_head(t, head_of(ids, 1))
        add_head(t, head_of(ids, 11))
        t.use_head(1, None)
        for n in range(2, 6):
            add_head(t, head_of(ids, 10 * n), accepted=False, kept=2)
    assert [r.version for r in store.head_records() if r.stored] == [6, 5, 1]
    _same(store.serving_head()[1], head_of(ids, 1))
    with store.transaction() as t:
        add_head(t, head_of(ids, 90), kept=1)
    assert [r.version for r in store.head_records() if r.stored] == [7]
    assert _rows(store) == 2


def test_a_large_head_is_dropped_in_several_steps(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(head_rows, "_SWEPT", 4)
    ids = _people(store, *(f"P{n}" for n in range(10)))
    with store.transaction() as t:
        add_head(t, head_of(ids, 1))
        add_head(t, head_of(ids, 100), accepted=False)
        add_head(t, head_of(ids, 200))
    counts = []
    for _ in range(8):
        with store.transaction() as t:
            add_head(t, head_of(ids, 200), kept=1)
        counts.append(_rows(store))
        assert [r.stored for r in store.head_records()].count(True) == 1
        _same(store.serving_head()[1], head_of(ids, 200))
    assert counts == [26, 22, 18, 14, 10, 10, 10, 10]
    with store._reading() as session:
        left = session.sql.execute("SELECT DISTINCT stored FROM heads").fetchall()
    assert sorted(left) == [(0,), (1,)]


def test_pinned_heads_stay(store: SqliteStore) -> None:
    ids = _people(store, "Ana", "Ben")
    with store.transaction() as t:
        add_head(t, head_of(ids, 1))
        assert t.pin_head(1, pinned=True).pinned
        for n in range(2, 6):
            add_head(t, head_of(ids, 10 * n), kept=1)
    assert [(r.version, r.pinned) for r in store.head_records() if r.stored] == [
        (5, False),
        (1, True),
    ]
    _same(store.head(1)[1], head_of(ids, 1))
    with store.transaction() as t:
        assert not t.pin_head(1, pinned=False).pinned
        add_head(t, head_of(ids, 70), kept=1)
    assert [r.version for r in store.head_records() if r.stored] == [6]
    assert _rows(store) == 2
    for call in (
        lambda t: t.use_head(3, None),
        lambda t: t.pin_head(3, pinned=True),
    ):
        with pytest.raises(KnownError, match="dropped"), store.transaction() as t:
            call(t)


def test_of_a_dropped_head_the_totals_stay(store: SqliteStore) -> None:
    ids = _people(store, "Ana", "Ben")
    test = _test_of(*ids)
    with store.transaction() as t:
        add_head(t, head_of(ids, 1), estimate=ESTIMATE, test=test, kept=1)
        add_head(t, head_of(ids, 10), test=test, kept=1)
    newest, dropped = store.head_records()
    assert newest.test == test
    assert (dropped.test, dropped.estimate) == (replace(test, changed_people=()), ESTIMATE)


def test_a_head_that_never_was_is_named(store: SqliteStore) -> None:
    for call in (
        lambda t: store.head(7),
        lambda t: t.use_head(7, None),
        lambda t: t.recalibrate_head(7, ESTIMATE),
        lambda t: t.pin_head(7, pinned=True),
    ):
        with pytest.raises(KnownError, match="no head 7") as caught, store.transaction() as t:
            call(t)
        assert caught.value.remedy


def test_a_head_is_calibrated_anew(store: SqliteStore) -> None:
    ids = _people(store, "Ana")
    test = _test_of(ids[0])
    with store.transaction() as t:
        add_head(t, head_of(ids), test=test)
        assert t.recalibrate_head(1, ESTIMATE).estimate == ESTIMATE
    (record,) = store.head_records()
    assert (record.estimate, record.test) == (ESTIMATE, test)
    with store.transaction() as t:
        t.recalibrate_head(1, None)
    assert store.head_records()[0].estimate is None


def test_counter_examples_are_of_the_heads_people_and_version(store: SqliteStore) -> None:
    ids = _people(store, "Ana", "Ben")
    examples = CounterExamples(
        (ids[0], "nobody", ids[0], ids[1]), np.stack([vector(n) for n in range(4)])
    )
    with store.transaction() as t:
        add_head(t, replace(head_of(ids), counter_examples=examples))
        add_head(t, head_of(ids))
        add_head(t, replace(head_of(ids[1:]), counter_examples=examples), accepted=False)
    for version, people, vectors in (
        (1, (ids[0], ids[0], ids[1]), (0, 2, 3)),
        (3, (ids[1],), (3,)),
    ):
        got = store.head(version)[1].counter_examples
        assert got is not None
        assert got.person_ids == people
        np.testing.assert_array_equal(got.vectors, [vector(n) for n in vectors])
    assert store.head(2)[1].counter_examples is None


def test_a_removed_person_is_in_no_figure_and_no_reason(store: SqliteStore) -> None:
    ana, ben = _people(store, 'An "a\\b" x', "Ben")
    test = replace(
        _test_of(ana, ben, refused="Ana is not known any more"), forced_because="Ana left; Anabel"
    )
    by_name = replace(_test_of(ben), forced_because='An "a\\b" x asked for it')
    with store.transaction() as t:
        t.edit_person(ana, person("Ana"))
        add_head(t, head_of([ana, ben]), test=by_name)
        add_head(t, head_of([ana, ben]), test=test, estimate=ESTIMATE)
    with store.transaction() as t:
        t.remove_person(ana)
    record, earlier = store.head_records()
    assert earlier.test == replace(by_name, forced_because="somebody since removed asked for it")
    assert record.test is not None
    assert [one.person_id for one in record.test.changed_people] == [ben]
    assert record.test.refused_because == "somebody since removed is not known any more"
    assert record.test.forced_because == "somebody since removed left; Anabel"
    assert record.estimate == ESTIMATE


def test_heads_cannot_be_written_to_by_who_reads_them(store: SqliteStore) -> None:
    ids = _people(store, "Ana")
    mine = replace(head_of(ids), rows=head_of(ids).rows.copy())
    with store.transaction() as t:
        add_head(t, mine)
    with pytest.raises(ValueError, match="read-only"):
        mine.rows[:] = 0  # the store remembers it
    whole = np.concatenate([head_of(ids).rows, head_of(ids).rows])
    with store.transaction() as t:
        add_head(t, replace(head_of(ids), rows=whole[:1]))
    whole[:] = 0  # of what is a part of something else it has a copy
    head = store.serving_head()[1]
    _same(head, head_of(ids))
    for array in (head.rows, head.means, store.training_set(GRAY).vectors):
        with pytest.raises(ValueError, match="read-only"):
            array[:] = 0


@dataclass
class _Version:
    head: Head
    accepted: bool
    stored: bool = True
    pinned: bool = False


class HeadMachine(RuleBasedStateMachine):
    """Every rule does the same to the store and to a list of whole heads."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory()
        home, clock = DataHome(Path(self._folder.name)), ManualClock()
        self.store, self.other = SqliteStore(home, clock), SqliteStore(home, clock)
        self.fresh = lambda: SqliteStore(home, clock)
        self.people: list[str] = []
        self.versions: dict[int, _Version] = {}
        self.served: list[int] = []
        self._seed = 0

    def teardown(self) -> None:
        fresh = self.fresh()
        self.agree(fresh)
        fresh.check()
        for store in (fresh, self.store, self.other):
            store.close()
        self._folder.cleanup()

    @rule(other=st.booleans())
    def person(self, other: bool) -> None:
        with (self.other if other else self.store).transaction() as t:
            self.people.append(t.add_person(person("Ana")).id)

    def _next(self, data: st.DataObject) -> Head:
        """A head near the serving one, as training makes it, or anything at all."""
        self._seed += 100
        base = self.versions[self.served[-1]].head if self.served else head_of([])
        if data.draw(st.integers(0, 3)) == 0:
            ids = data.draw(st.permutations(self.people))
            return head_of(ids[: data.draw(st.integers(0, len(ids)))], self._seed)
        stay = [i for i, p in enumerate(base.person_ids) if p in self.people]
        new = [p for p in self.people if p not in base.person_ids][:2]
        fresh = head_of(new, self._seed)
        rows = np.concatenate([base.rows[stay], fresh.rows])
        means = np.concatenate([base.means[stay], fresh.means])
        for i in data.draw(st.lists(st.integers(0, max(0, len(rows) - 1)), max_size=2)):
            if len(rows):
                rows[i] = vector(self._seed + i)
        ids = (*(base.person_ids[i] for i in stay), *new)
        return replace(base, person_ids=ids, rows=rows, means=means)

    @rule(data=st.data(), accepted=st.booleans(), kept=st.integers(1, 4), other=st.booleans())
    def add(self, data: st.DataObject, accepted: bool, kept: int, other: bool) -> None:
        head = self._next(data)
        with (self.other if other else self.store).transaction() as t:
            record = add_head(t, head, accepted=accepted, kept=kept)
        assert record.version == len(self.versions) + 1
        self.versions[record.version] = _Version(head, accepted)
        if accepted:
            self.served.append(record.version)
        newest = sorted(self.versions)[-kept:]
        for version, one in self.versions.items():
            serving = bool(self.served) and version == self.served[-1]
            if version not in newest and not one.pinned and not serving:
                one.stored = False

    @rule(data=st.data())
    def abandon(self, data: st.DataObject) -> None:
        head = self._next(data)
        with contextlib.suppress(KeyboardInterrupt), self.store.transaction() as t:
            add_head(t, head, kept=1)
            for person_id in self.people[:1]:
                t.remove_person(person_id)
            self.store.serving_head()
            raise KeyboardInterrupt

    @rule(data=st.data(), pin=st.sampled_from([None, True, False]), other=st.booleans())
    def use_or_pin(self, data: st.DataObject, pin: bool | None, other: bool) -> None:
        if self.versions:
            version = data.draw(st.sampled_from(sorted(self.versions)))
            try:
                with (self.other if other else self.store).transaction() as t:
                    if pin is None:
                        t.use_head(version, None)
                    else:
                        t.pin_head(version, pinned=pin)
            except KnownError:
                assert not self.versions[version].stored
                return
            assert self.versions[version].stored
            if pin is None:
                self.served.append(version)
            else:
                self.versions[version].pinned = pin

    @rule(data=st.data(), other=st.booleans(), again=st.booleans())
    def remove(self, data: st.DataObject, other: bool, again: bool) -> None:
        if not self.people:
            return
        gone = data.draw(st.sampled_from(self.people))
        with (self.other if other else self.store).transaction() as t:
            t.remove_person(gone)
            if again:  # a removal that is undone; heads keep what they have forgotten
                t.add_person(person("Ana"), person_id=gone)
        self.people.remove(gone)
        if again:
            self.people.append(gone)
        for one in self.versions.values():
            stay = [i for i, p in enumerate(one.head.person_ids) if p != gone]
            one.head = replace(
                one.head,
                person_ids=tuple(one.head.person_ids[i] for i in stay),
                rows=one.head.rows[stay],
                means=one.head.means[stay],
            )

    def agree(self, store: SqliteStore) -> None:
        served = store.serving_head()
        assert (None if served is None else served[0].version) == (
            self.served[-1] if self.served else None
        )
        if served is not None:
            _same(served[1], self.versions[self.served[-1]].head)
        for version, one in self.versions.items():
            if one.stored:
                record, head = store.head(version)
                _same(head, one.head)
                assert (record.people, record.pinned) == (len(head.person_ids), one.pinned)
        assert [r.stored for r in store.head_records()[::-1]] == [
            one.stored for one in self.versions.values()
        ]

    @invariant()
    def both_agree(self) -> None:
        self.agree(self.store)
        self.agree(self.other)

    @invariant()
    def no_row_is_left_over(self) -> None:
        with self.store._reading() as session:
            left = session.sql.execute(
                "SELECT * FROM head_rows r WHERE (until IS NOT NULL OR aside = 1) AND NOT EXISTS"
                " (SELECT 1 FROM heads WHERE stored = 1 AND version >= first AND"
                " CASE aside WHEN 1 THEN version = first ELSE version < until END)"
            ).fetchall()
        assert left == []


HeadMachine.TestCase.settings = settings(
    max_examples=25,
    stateful_step_count=20,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
TestHeads = HeadMachine.TestCase
