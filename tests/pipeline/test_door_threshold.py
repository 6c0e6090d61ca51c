"""The door takes head and threshold of one moment, however others write meanwhile."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from crowd import DEFAULT, SPACE, Crowd

from faceaccess.core.errors import KnownError
from faceaccess.core.heads import Head, HeadRecord
from faceaccess.pipeline.door_knowledge import LOOK_EVERY, DoorKnowledge


class Analyser:
    """What the door asks of the embedder."""

    space = SPACE
    spaces = (SPACE,)
    default_threshold = DEFAULT

    def in_space(self, _: object) -> "Analyser":
        return self

    def newest(self) -> "Analyser":
        return self


class BusyStore:
    """Lets somebody write between two reads of the door."""

    def __init__(self, store: Any) -> None:
        self._store = store
        self.before_head: Callable[[], None] | None = None

    def serving_head(self) -> tuple[HeadRecord, Head] | None:
        if self.before_head is not None:
            self.before_head()
        return self._store.serving_head()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


@pytest.fixture
def crowd(tmp_path: Path) -> Iterator[Crowd]:
    crowd = Crowd(tmp_path / "data")
    crowd.add(*range(6))
    crowd.strangers(120)
    yield crowd
    crowd.close()


def door(crowd: Crowd, store: Any) -> DoorKnowledge:
    return DoorKnowledge(store, crowd.settings.get, Analyser(), None, crowd.clock)


def test_the_threshold_follows_the_head(crowd: Crowd) -> None:
    knowledge = door(crowd, crowd.store)
    assert knowledge.rules.threshold == DEFAULT
    crowd.state_risk(0.02)
    for number in range(10, 13):
        crowd.add(number)
        crowd.clock.advance(LOOK_EVERY)
        assert knowledge.refresh()
        record = crowd.record()
        assert knowledge.rules.head == record.version
        assert knowledge.rules.threshold == record.estimate.threshold


def test_a_write_between_settings_and_head_is_noticed(crowd: Crowd) -> None:
    store = BusyStore(crowd.store)
    knowledge = door(crowd, store)
    writes = [lambda: crowd.state_risk(0.02), lambda: crowd.add(10)]

    def write() -> None:
        if writes:
            writes.pop(0)()

    store.before_head = write
    crowd.settings.set(crowd.actor, "evidence_frames", "2")  # something to look for
    crowd.clock.advance(LOOK_EVERY)
    assert knowledge.refresh()
    assert not writes
    record = crowd.record()
    assert knowledge.settings.risk == 0.02
    assert knowledge.rules.head == record.version
    assert knowledge.rules.threshold == record.estimate.threshold


def test_where_others_never_stop_writing_the_look_fails_and_the_next_goes_well(
    crowd: Crowd,
) -> None:
    store = BusyStore(crowd.store)
    knowledge = door(crowd, store)
    before = knowledge.rules
    numbers = iter(range(50, 100))
    store.before_head = lambda: crowd.add(next(numbers)) and None
    crowd.add(40)
    crowd.clock.advance(LOOK_EVERY)
    with pytest.raises(KnownError, match="faster than they can be read"):
        knowledge.refresh()
    assert knowledge.rules == before
    assert not knowledge.is_current()
    store.before_head = None
    crowd.clock.advance(LOOK_EVERY)
    assert knowledge.refresh()
    assert knowledge.rules.head == crowd.record().version
