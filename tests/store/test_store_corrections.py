"""Evidence of events, what people said of them, and what a removal takes away."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from store_builders import COLOUR, GRAY, XorCodec, add_head, event, head_of, person, quality, vector

from faceaccess.core.clock import ManualClock
from faceaccess.core.corrections import CorrectionKind, CounterExamples, Evidence
from faceaccess.core.decisions import Event
from faceaccess.core.errors import BugError, KnownError
from faceaccess.core.home import DataHome
from faceaccess.store import evidence, sqlite_events
from faceaccess.store.protocol import EventFilter
from faceaccess.store.sqlite_store import SqliteStore

NOT_ME, IS = CorrectionKind.NOT_ME, CorrectionKind.IS


def _seen(*seeds: int, crop: bool = True) -> Evidence:
    pixels = np.random.default_rng(seeds[0]).integers(0, 256, (12, 12), dtype=np.uint8)
    return Evidence(
        GRAY, np.stack([vector(s) for s in seeds]), pixels if crop else None, quality(50)
    )


def _visit(seen: Evidence | None, minute: float = 0, **fields: object) -> Event:
    return replace(event(minute, **fields), evidence=seen)  # type: ignore[arg-type]  # passed on


def _plain(one: Event) -> tuple[object, ...]:
    return one.id, one.station, one.sequence, one.time, one.camera, one.decision


def _people(store: SqliteStore, *names: str) -> list[str]:
    with store.transaction() as t:
        return [t.add_person(person(name)).id for name in names]


def test_evidence_is_kept_with_its_event(store: SqliteStore) -> None:
    seen = _seen(1, 2, 3)
    visit, bare = _visit(seen), _visit(None, 1)
    with store.transaction() as t:
        stored = t.add_event(visit)
        t.add_event(bare)
        t.add_event(visit)  # a journal that is read twice
    assert stored.evidence is seen
    got = store.event_evidence(visit.id)
    assert got is not None
    assert (got.space, got.quality) == (GRAY, quality(50))
    np.testing.assert_array_equal(got.vectors, seen.vectors)
    np.testing.assert_array_equal(got.crop, seen.crop)
    assert store.event_evidence(bare.id) is store.event_evidence("nothing") is None
    assert store.event(visit.id).evidence is None
    assert (
        _plain(store.event(bare.id))
        == _plain(store.events()[0])
        == _plain(replace(bare, sequence=2))
    )
    with pytest.raises(KnownError, match="no event"):
        store.event("nothing")


def test_evidence_without_crop_and_quality(store: SqliteStore) -> None:
    visit = _visit(Evidence(GRAY, vector(1)[None]))
    with store.transaction() as t:
        t.add_event(visit)
    got = store.event_evidence(visit.id)
    assert got is not None
    assert (got.crop, got.quality, got.vectors.shape) == (None, None, (1, 8))


@pytest.mark.parametrize("vectors", [np.zeros((0, 8), np.float32), np.zeros((1, 9), np.float32)])
def test_evidence_of_another_shape_is_our_fault(store: SqliteStore, vectors: np.ndarray) -> None:
    with pytest.raises(BugError, match="evidence of shape"), store.transaction() as t:
        t.add_event(_visit(Evidence(GRAY, vectors)))
    assert store.events() == []


def test_all_evidence_comes_oldest_first_by_filter_and_in_chunks(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_events, "EXPORT_CHUNK", 2)
    visits = [
        _visit(None if n % 3 == 0 else _seen(n), 10 - n, camera="Roof" if n < 6 else "Garage")
        for n in range(1, 11)
    ]
    with store.transaction() as t:
        visits = [t.add_event(visit) for visit in visits]
    got = list(store.all_evidence())
    wanted = [visit for visit in reversed(visits) if visit.evidence is not None]
    assert [one.id for one in got] == [one.id for one in wanted]
    for one, other in zip(got, wanted, strict=True):
        assert one.evidence is not None
        assert one.evidence.crop is None
        assert one.evidence.quality == quality(50)
        np.testing.assert_array_equal(one.evidence.vectors, other.evidence.vectors)
        assert _plain(one) == _plain(store.event(other.id)) == _plain(other)
    roof = list(store.all_evidence(EventFilter(camera="Roof")))
    assert [one.id for one in roof] == [one.id for one in wanted if one.camera == "Roof"]


def test_the_oldest_evidence_goes_corrections_stay(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evidence, "KEPT", 3)
    monkeypatch.setattr(evidence, "_LOOKED_EVERY", 4)
    (ana,) = _people(store, "Ana")
    visits = [_visit(_seen(n), n) for n in range(1, 9)]
    with store.transaction() as t:
        t.add_event(visits[0])
        t.add_correction(visits[0].id, NOT_ME, ana, _seen(1), "x")
        for visit in visits[1:]:
            t.add_event(visit)
    assert [one.id for one in store.all_evidence()] == [visit.id for visit in visits[5:]]
    assert store.event_evidence(visits[4].id) is None
    assert store.count_events() == 8
    np.testing.assert_array_equal(store.corrections()[0].vectors, [vector(1)])
    store.check()


def test_a_correction_comes_back_and_says_the_same_only_once(
    store: SqliteStore, clock: ManualClock
) -> None:
    ana, ben = _people(store, "Ana", "Ben")
    visit = _visit(_seen(1, 2), person_id=ana, person="Ana")
    with store.transaction() as t:
        t.add_event(visit)
        first = t.add_correction(visit.id, NOT_ME, ana, _seen(1, 2), "reception (window)")
        second = t.add_correction(visit.id, IS, ben, _seen(1, 2), "reception (window)")
    clock.advance(60)
    with store.transaction() as t:
        again = t.add_correction(visit.id, NOT_ME, ana, _seen(5), "somebody else")
    assert (again.id, again.made_at, again.actor) == (first.id, first.made_at, first.actor)
    got = store.corrections()
    assert [one.id for one in got] == [first.id, second.id]
    assert (got[0].event_id, got[0].kind, got[0].person_id) == (visit.id, NOT_ME, ana)
    assert (got[0].space, got[0].actor) == (GRAY, "reception (window)")
    np.testing.assert_array_equal(got[0].vectors, _seen(1, 2).vectors)
    assert [c.id for c in store.corrections(person_id=ben)] == [second.id]
    assert [c.id for c in store.corrections(event_id=visit.id)] == [first.id, second.id]
    assert store.corrections(event_id=visit.id, person_id="x") == []
    with store.transaction() as t:
        t.remove_correction(first.id)
    assert [one.id for one in store.corrections()] == [second.id]


def test_a_correction_gets_vectors_of_another_space(store: SqliteStore) -> None:
    (ana,) = _people(store, "Ana")
    visit = _visit(_seen(1), person_id=ana, person="Ana")
    with store.transaction() as t:
        t.add_event(visit)
        said = t.add_correction(visit.id, NOT_ME, ana, _seen(1), "x")
        t.replace_correction(said.id, COLOUR, np.stack([vector(7), vector(8)]))
    (got,) = store.corrections()
    assert (got.id, got.space, got.actor) == (said.id, COLOUR, "x")
    np.testing.assert_array_equal(got.vectors, [vector(7), vector(8)])


def test_what_is_not_there_is_named(store: SqliteStore) -> None:
    (ana,) = _people(store, "Ana")
    visit = _visit(None)
    with store.transaction() as t:
        t.add_event(visit)
        for call, named in (
            (lambda: t.add_correction("e", NOT_ME, ana, _seen(1), "x"), "no event"),
            (lambda: t.add_correction(visit.id, NOT_ME, "p", _seen(1), "x"), "no person"),
            (lambda: t.remove_correction("c"), "no correction"),
            (lambda: t.replace_correction("c", GRAY, vector(1)[None]), "no correction"),
        ):
            with pytest.raises(KnownError, match=named) as caught:
                call()
            assert caught.value.remedy
    assert store.corrections() == []


def test_a_removed_person_takes_corrections_and_evidence_along(store: SqliteStore) -> None:
    ana, ben, cy = _people(store, "Ana", "Ben", "Cy")
    pixels = np.full((8, 8, 3), 90, np.uint8)
    hers = _visit(_seen(1), 1, person_id=ana, person="Ana", picture=pixels)
    taken_for_ben = _visit(_seen(2), 2, person_id=ben, person="Ben", picture=pixels)
    nobody = _visit(_seen(3), 3, picture=pixels)
    not_her = _visit(_seen(4), 4, person_id=ana, person="Ana", picture=pixels)
    his = _visit(_seen(5), 5, person_id=ben, person="Ben", picture=pixels)
    with store.transaction() as t:
        for visit in (hers, taken_for_ben, nobody, not_her, his):
            t.add_event(visit)
        t.add_correction(hers.id, NOT_ME, cy, _seen(1), "x")  # shows her, says so of somebody
        t.add_correction(taken_for_ben.id, NOT_ME, ben, _seen(2), "x")
        t.add_correction(taken_for_ben.id, IS, ana, _seen(2), "x")
        t.add_correction(nobody.id, IS, ana, _seen(3), "x")
        t.add_correction(not_her.id, NOT_ME, ana, _seen(4), "x")
        kept = [
            t.add_correction(not_her.id, IS, cy, _seen(4), "x").id,
            t.add_correction(his.id, NOT_ME, ben, _seen(5), "x").id,
        ]
    with store.transaction() as t:
        t.remove_person(ana)
    assert [one.id for one in store.corrections()] == kept
    for visit in (hers, taken_for_ben, nobody, not_her):
        assert store.event_evidence(visit.id) is None, visit.time
        assert store.event_picture(visit.id) is None
    assert store.event_evidence(his.id) is not None
    assert store.event_picture(his.id) is not None
    assert [one.id for one in store.all_evidence()] == [his.id]
    store.check()


def test_a_removed_person_is_in_no_counter_example(store: SqliteStore) -> None:
    ana, ben = _people(store, "Ana", "Ben")
    shows_ana = _visit(_seen(1, 2), 1, person_id=ben, person="Ben")
    shows_a_stranger = _visit(_seen(3), 2, person_id=ben, person="Ben")
    examples = CounterExamples(
        (ben, ben, ben, ana), np.stack([vector(1), vector(2), vector(3), vector(4)])
    )
    with store.transaction() as t:
        for visit in (shows_ana, shows_a_stranger):
            t.add_event(visit)
            t.add_correction(visit.id, NOT_ME, ben, visit.evidence, "x")
        t.add_correction(shows_ana.id, IS, ana, shows_ana.evidence, "x")
        add_head(t, replace(head_of([ana, ben]), counter_examples=examples))
    served = store.serving_head()
    assert served is not None
    assert served[1].counter_examples is not None
    assert served[1].counter_examples.person_ids == (ben, ben, ben, ana)
    with store.transaction() as t:
        t.remove_person(ana)
    served = store.serving_head()
    assert served is not None
    left = served[1].counter_examples
    assert left is not None
    assert left.person_ids == (ben,)
    np.testing.assert_array_equal(left.vectors, [vector(3)])


def test_a_visit_that_ends_after_the_removal_brings_no_evidence_back(store: SqliteStore) -> None:
    (ana,) = _people(store, "Ana")
    late = _visit(_seen(1), person_id=ana, person="Ana")
    with store.transaction() as t:
        t.remove_person(ana)
    with store.transaction() as t:
        t.add_event(late)
    assert store.event_evidence(late.id) is None


def test_evidence_and_corrections_pass_the_codec(
    open_store: Callable[..., SqliteStore], data_home: DataHome
) -> None:
    codec = XorCodec()
    store = open_store(codec=codec)
    (ana,) = _people(store, "Ana")
    visit = _visit(_seen(1, 2), person_id=ana, person="Ana")
    with store.transaction() as t:
        t.add_event(visit)
        t.add_correction(visit.id, NOT_ME, ana, _seen(3), "Annegret Unverwechselbar")
        add_head(
            t,
            replace(head_of([ana], 60), counter_examples=CounterExamples((ana,), vector(4)[None])),
        )
    assert {
        "event_evidence.vectors",
        "event_evidence.quality",
        "evidence_crops.crop",
        "corrections.vectors",
        "corrections.actor",
        "head_counter_examples.vector",
    } <= codec.columns
    store.close()
    store = open_store(codec=codec)
    got = store.event_evidence(visit.id)
    assert got is not None
    np.testing.assert_array_equal(got.vectors, _seen(1, 2).vectors)
    np.testing.assert_array_equal(got.crop, _seen(1, 2).crop)
    assert store.corrections()[0].actor == "Annegret Unverwechselbar"
    served = store.serving_head()
    assert served is not None
    assert served[1].counter_examples is not None
    store.close()
    raw = b"".join(p.read_bytes() for p in data_home.root.glob("faceaccess.sqlite3*"))
    for secret in (b"Unverwechselbar", b"PNG", *(vector(n).tobytes() for n in range(1, 5))):
        assert secret not in raw


@pytest.mark.parametrize("broken", [b"", b"\0" * 31, np.full(8, np.nan, "<f4").tobytes()])
def test_damaged_evidence_is_told(store: SqliteStore, broken: bytes) -> None:
    visit = _visit(_seen(1))
    with store.transaction() as t:
        t.add_event(visit)
    store._connections.mine().sql.execute("UPDATE event_evidence SET vectors = ?", [broken])
    with pytest.raises(KnownError, match=r"damaged: event_evidence\.vectors"):
        store.event_evidence(visit.id)
