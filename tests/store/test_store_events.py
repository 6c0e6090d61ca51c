"""Events: order, filters against a naive model, numbering, replay."""

import contextlib
from collections.abc import Callable
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from store_builders import START, event

from faceaccess.core.decisions import Event, Outcome
from faceaccess.core.errors import BugError, KnownError
from faceaccess.store import sqlite_events
from faceaccess.store.protocol import EventFilter
from faceaccess.store.sqlite_store import SqliteStore

_ANA, _BEN = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"

_events = st.builds(
    lambda minute, who, outcome, camera: event(
        minute, person_id=who, person=who and f"name {who[0]}", outcome=outcome, camera=camera
    ),
    st.integers(0, 9),
    st.sampled_from([None, _ANA, _BEN]),
    st.sampled_from(list(Outcome)),
    st.sampled_from(["Front door", "Back door"]),
)
_filters = st.builds(
    EventFilter,
    outcome=st.none() | st.sampled_from(list(Outcome)),
    person_id=st.none() | st.sampled_from([_ANA, _BEN, "nobody"]),
    since=st.none() | st.integers(0, 9).map(lambda m: START + timedelta(minutes=m)),
    until=st.none() | st.integers(0, 9).map(lambda m: START + timedelta(minutes=m)),
    camera=st.none() | st.sampled_from(["Front door", "Back door", "no door"]),
)


def _passes(e: Event, which: EventFilter) -> bool:
    return (
        (which.outcome is None or e.decision.outcome is which.outcome)
        and (which.person_id is None or e.decision.person_id == which.person_id)
        and (which.since is None or e.time >= which.since)
        and (which.until is None or e.time < which.until)
        and (which.camera is None or e.camera == which.camera)
    )


# The store is shared by the examples on purpose: it only grows, and so does the model.
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(_events, max_size=6), _filters, st.integers(0, 8), st.integers(0, 8))
def test_filters_agree_with_a_naive_model(
    store: SqliteStore, new: list[Event], which: EventFilter, offset: int, limit: int
) -> None:
    model: list[Event] = getattr(store, "_model_of_this_test", [])
    store._model_of_this_test = model  # type: ignore[attr-defined]  # lives with the store
    with store.transaction() as t:
        model.extend(t.add_event(e) for e in new)
    oldest_first = sorted(
        (e for e in model if _passes(e, which)), key=lambda e: (e.time, e.sequence)
    )
    newest_first = [e.id for e in reversed(oldest_first)]
    page = store.events(which, offset=offset, limit=limit)
    assert [e.id for e in page] == newest_first[offset : offset + limit]
    assert store.count_events(which) == len(oldest_first)
    assert store.count_events() == len(model)
    assert [e.id for e in store.all_events(which)] == [e.id for e in oldest_first]
    by_id = {e.id: e for e in model}
    for e in page:
        original = by_id[e.id]
        assert (e.station, e.sequence, e.time, e.camera, e.decision) == (
            original.station,
            original.sequence,
            original.time,
            original.camera,
            original.decision,
        )


def test_stations_number_their_events_without_gaps(store: SqliteStore) -> None:
    with store.transaction() as t:
        got = [t.add_event(event(station=s)) for s in ("a", "b", "a", "a", "b")]
    assert [(e.station, e.sequence) for e in got] == [
        ("a", 1),
        ("b", 1),
        ("a", 2),
        ("a", 3),
        ("b", 2),
    ]
    with contextlib.suppress(ZeroDivisionError), store.transaction() as t:
        assert t.add_event(event(station="a")).sequence == 4
        _ = 1 / 0
    with store.transaction() as t:
        assert t.add_event(event(station="a")).sequence == 4


def test_a_replayed_journal_makes_no_duplicates(store: SqliteStore) -> None:
    with store.transaction() as t:
        first = t.add_event(event(1, person_id=_ANA, person="Ana"))
    journal = [first, event(2, sequence=2), event(3, sequence=5)]
    for _ in range(2):
        with store.transaction() as t:
            again = [t.add_event(e) for e in journal]
        assert [e.sequence for e in again] == [1, 2, 5]
        assert again[0].decision == first.decision
    assert store.count_events() == 3
    with store.transaction() as t:
        assert t.add_event(event(4)).sequence == 6


def test_two_computers_with_one_station_name_are_told(store: SqliteStore) -> None:
    with store.transaction() as t:
        t.add_event(event(sequence=7))
    clash = "station-1 has two events with the number 7"
    with pytest.raises(KnownError, match=clash), store.transaction() as t:
        t.add_event(event(sequence=7))
    assert store.count_events() == 1
    with store.transaction() as t:  # a number that came late is no duplicate
        assert t.add_event(event(sequence=3)).sequence == 3
        assert t.add_event(event()).sequence == 8


def test_times_keep_their_microseconds_and_their_moment(store: SqliteStore) -> None:
    from dataclasses import replace
    from datetime import datetime, timezone

    east = timezone(timedelta(hours=9))
    moment = datetime(2026, 3, 1, 0, 0, 0, 123457, tzinfo=east)
    with store.transaction() as t:
        t.add_event(replace(event(), time=moment))
    (got,) = store.events()
    assert got.time == moment
    assert got.time.utcoffset() == timedelta(0)
    with pytest.raises(BugError, match="zone"), store.transaction() as t:
        t.add_event(replace(event(), time=moment.replace(tzinfo=None)))


def test_a_picture_is_kept_apart_and_near_the_original(store: SqliteStore) -> None:
    ramp = np.linspace(40, 200, 64, dtype=np.uint8)
    pixels = np.repeat(np.repeat(ramp[None, :, None], 48, axis=0), 3, axis=2)
    with store.transaction() as t:
        shown = t.add_event(event(1, picture=pixels))
        blank = t.add_event(event(2))
    assert all(e.picture is None for e in store.events())
    got = store.event_picture(shown.id)
    assert got is not None
    assert got.shape == pixels.shape
    assert np.abs(got.astype(int) - pixels).mean() < 3
    assert store.event_picture(blank.id) is None
    assert store.event_picture("nothing") is None


def test_an_export_sees_events_of_one_moment_once_and_reads_in_chunks(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_events, "EXPORT_CHUNK", 3)
    with store.transaction() as t:
        ids = [t.add_event(event(minute // 5)).id for minute in range(17)]
    listing = store.all_events()
    got = [next(listing).id]
    with store.transaction() as t:  # an open export does not stand in the way of writing
        ids.append(t.add_event(event(99)).id)
    got += [e.id for e in listing]
    assert got == ids


def test_counts_follow_another_process(open_store: Callable[..., SqliteStore]) -> None:
    here, there = open_store(), open_store()
    granted = EventFilter(outcome=Outcome.GRANTED)
    for number in range(1, 4):
        with there.transaction() as t:
            t.add_event(event(outcome=Outcome.GRANTED))
            t.add_event(event(outcome=Outcome.DENIED))
        assert here.count_events(granted) == number
        assert here.count_events() == 2 * number


def test_a_count_in_a_rolled_back_transaction_is_forgotten(store: SqliteStore) -> None:
    with contextlib.suppress(ZeroDivisionError), store.transaction() as t:
        t.add_event(event())
        assert store.count_events() == 1
        _ = 1 / 0
    assert store.count_events() == 0
    with store.transaction() as t:
        t.add_event(event(outcome=Outcome.DENIED))
    assert store.count_events() == 1
    assert store.count_events(EventFilter(outcome=Outcome.GRANTED)) == 0


def test_events_change_no_revision(store: SqliteStore) -> None:
    before = store.revision()
    with store.transaction() as t:
        t.add_event(event())
    assert store.revision() == before
