"""The store against a model of plain dicts, through random sequences of calls."""

import contextlib
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    rule,
)
from store_builders import GRAY, add_head, event, head_of, person, sample, vector

from faceaccess.core.clock import ManualClock
from faceaccess.core.errors import KnownError
from faceaccess.core.home import DataHome
from faceaccess.core.people import PersonDetails
from faceaccess.store.keyed_hash import normalised_number
from faceaccess.store.sqlite_store import SqliteStore

_names = st.sampled_from(["Ana", "ána", "Ben", "李伟", "Zoë", "محمد"])
_numbers = st.none() | st.sampled_from(["1", " 1", "a", "A", "B"])


@dataclass
class _Model:
    people: dict[str, PersonDetails] = field(default_factory=dict)
    samples: dict[str, dict[str, int]] = field(default_factory=dict)  # sample id -> seed
    events: list[tuple[str, str | None, str | None]] = field(default_factory=list)
    heads: list[tuple[tuple[str, ...], bool]] = field(default_factory=list)


class _Abandoned(Exception):  # noqa: N818  # a way out, not an error
    pass


class StoreMachine(RuleBasedStateMachine):
    """Every rule does the same to store and model; a second store looks from outside."""

    ids = Bundle("ids")

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory()
        self._home = DataHome(Path(self._folder.name))
        self._clock = ManualClock()
        self.store = SqliteStore(self._home, self._clock)
        self.other = SqliteStore(self._home, self._clock)
        self.model = _Model()

    def teardown(self) -> None:
        self.store.check()
        self.store.close()
        self.other.close()
        self._folder.cleanup()

    @initialize(target=ids)
    def nobody(self) -> str:
        return "nobody"

    def _taken(self, number: str | None, but: str = "") -> bool:
        return number is not None and any(
            d.staff_number is not None
            and normalised_number(d.staff_number) == normalised_number(number)
            for i, d in self.model.people.items()
            if i != but
        )

    @rule(target=ids, name=_names, number=_numbers)
    def add_person(self, name: str, number: str | None) -> object:
        details = person(name, number)
        try:
            with self.store.transaction() as t:
                added = t.add_person(details)
        except KnownError:
            assert self._taken(number)
            return multiple()
        assert not self._taken(number)
        self.model.people[added.id] = details
        self.model.samples[added.id] = {}
        return added.id

    @rule(person_id=ids, name=_names, number=_numbers)
    def edit_person(self, person_id: str, name: str, number: str | None) -> None:
        details = person(name, number)
        allowed = person_id in self.model.people and not self._taken(number, person_id)
        try:
            with self.store.transaction() as t:
                t.edit_person(person_id, details)
        except KnownError:
            assert not allowed
            return
        assert allowed
        self.model.people[person_id] = details

    @rule(person_id=consumes(ids))
    def remove_person(self, person_id: str) -> None:
        try:
            with self.store.transaction() as t:
                t.remove_person(person_id)
        except KnownError:
            assert person_id not in self.model.people
            return
        del self.model.people[person_id]
        del self.model.samples[person_id]
        self.model.events = [(i, p, None if p == person_id else n) for i, p, n in self.model.events]
        self.model.heads = [
            (tuple(i for i in ids if i != person_id), ok) for ids, ok in self.model.heads
        ]

    @rule(person_id=ids, seeds=st.lists(st.integers(0, 5), max_size=3))
    def add_samples(self, person_id: str, seeds: list[int]) -> None:
        try:
            with self.store.transaction() as t:
                added = t.add_samples(person_id, [sample(seed) for seed in seeds])
        except KnownError:
            assert person_id not in self.model.people
            return
        mine = self.model.samples[person_id]
        new = [s for s in dict.fromkeys(seeds) if s not in mine.values()]
        assert len(added) == len(new)
        mine.update(zip((s.id for s in added), new, strict=True))

    @rule(person_id=ids)
    def remove_a_sample(self, person_id: str) -> None:
        mine = self.model.samples.get(person_id)
        if mine:
            with self.store.transaction() as t:
                t.remove_sample(next(iter(mine)))
            del mine[next(iter(mine))]

    @rule(person_id=ids, named=st.booleans())
    def add_event(self, person_id: str, named: bool) -> None:
        name = "Some name" if named else None
        with self.store.transaction() as t:
            added = t.add_event(event(len(self.model.events), person_id=person_id, person=name))
        self.model.events.append((added.id, person_id, name))

    @rule(accepted=st.booleans())
    def add_head(self, accepted: bool) -> None:
        ids = tuple(sorted(self.model.people))
        with self.store.transaction() as t:
            record = add_head(t, head_of(list(ids)), accepted=accepted, kept=1)
        self.model.heads.append((ids, accepted))
        assert record.version == len(self.model.heads)

    @rule(name=_names)
    def abandon(self, name: str) -> None:
        with contextlib.suppress(_Abandoned), self.store.transaction() as t:
            t.add_person(person(name))
            t.add_event(event())
            for person_id in self.model.people:
                t.remove_person(person_id)
            assert len(self.store.people()) == 1
            raise _Abandoned

    @invariant()
    def people_agree(self) -> None:
        for store in (self.store, self.other):
            got = store.people()
            assert {p.id: p.details for p in got} == self.model.people
            assert {p.id: p.samples for p in got} == {
                i: len(s) for i, s in self.model.samples.items()
            }
        assert [p.id for p in self.store.people("ana")] == [
            p.id for p in self.store.people() if p.name in ("Ana", "ána")
        ]

    @invariant()
    def pictures_agree(self) -> None:
        wanted = [(i, seed) for i, mine in self.model.samples.items() for seed in mine.values()]
        got = self.other.training_set(GRAY)
        assert list(got.person_ids) == [i for i, _ in wanted]
        for row, (_, seed) in zip(got.vectors, wanted, strict=True):
            np.testing.assert_array_equal(row, vector(seed))

    @invariant()
    def events_agree(self) -> None:
        got = [(e.id, e.decision.person_id, e.decision.person) for e in self.other.all_events()]
        assert got == self.model.events
        assert self.other.count_events() == len(self.model.events)

    @invariant()
    def heads_agree(self) -> None:
        accepted = [ids for ids, ok in self.model.heads if ok]
        served = self.other.serving_head()
        assert (served is None) == (not accepted)
        if served is not None:
            assert served[1].person_ids == accepted[-1]
            assert served[0].people == len(accepted[-1])


StoreMachine.TestCase.settings = settings(
    max_examples=20,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
TestStore = StoreMachine.TestCase
