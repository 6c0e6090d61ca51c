"""The item models: what they show, what they ask for, and on which thread."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QModelIndex, QObject, Qt, Slot
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from faceaccess.core.decisions import Decision, Event, Outcome
from faceaccess.core.people import Person, PersonDetails
from faceaccess.core.reasons import Reason
from faceaccess.gui.models import events as event_models
from faceaccess.gui.models import people as people_models
from faceaccess.gui.models.events import EventsModel
from faceaccess.gui.models.loader import Loader
from faceaccess.gui.models.people import PERSON_ROLE, PeopleModel, folded, snapshot
from faceaccess.gui.models.thumbnails import SIDE, Thumbnails, small, to_qimage
from faceaccess.store.protocol import EventFilter

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def person(
    name: str, number: str | None = None, department: str = "", samples: int = 3, day: int = 0
) -> Person:
    made = NOW + timedelta(days=day)
    details = PersonDetails(name, staff_number=number, department=department)
    return Person(f"id-{name}", details, made, made, samples)


def people_model(*people: Person, thumbnails: Thumbnails | None = None) -> PeopleModel:
    model = PeopleModel(
        thumbnails,
        [column.name for column in people_models.Column],
        lambda who, column: who.name if column == 0 else f"{who.name}/{column.name}",
    )
    model.take(snapshot(people))
    return model


def names(model: PeopleModel) -> list[str]:
    return [model.person(row).name for row in range(model.rowCount())]


@pytest.fixture
def loader(qtbot: QtBot) -> Iterator[Loader]:
    loader = Loader(limit=4)
    yield loader
    loader.close()


class Receiver(QObject):
    """Notes what came in, and on which thread."""

    def __init__(self) -> None:
        super().__init__()
        self.values: list[tuple[object, object]] = []
        self.threads: set[int] = set()

    @Slot(object, object)
    def take(self, key: object, value: object) -> None:
        self.values.append((key, value))
        self.threads.add(threading.get_ident())


# Loader.


def test_work_runs_elsewhere_and_its_result_arrives_on_the_windows_thread(
    qtbot: QtBot, loader: Loader
) -> None:
    seen = Receiver()
    loader.loaded.connect(seen.take)
    with qtbot.waitSignal(loader.loaded):
        loader.ask("k", threading.get_ident)
    qtbot.waitUntil(lambda: bool(seen.values))
    key, worker = seen.values[0]
    assert key == "k"
    assert worker != threading.get_ident()
    assert seen.threads == {threading.get_ident()}


def test_a_failing_request_is_told_once_and_the_thread_goes_on(
    qtbot: QtBot, loader: Loader
) -> None:
    failures, successes = Receiver(), Receiver()
    loader.failed.connect(failures.take)
    loader.loaded.connect(successes.take)
    loader.ask("bad", lambda: 1 / 0)
    loader.ask("good", lambda: 7)
    qtbot.waitUntil(lambda: bool(successes.values) and bool(failures.values))
    assert [key for key, _ in failures.values] == ["bad"]
    assert isinstance(failures.values[0][1], ZeroDivisionError)
    assert successes.values == [("good", 7)]


def test_what_was_asked_last_is_done_first_and_the_oldest_fall_off(
    qtbot: QtBot, loader: Loader
) -> None:
    gate, begun = threading.Event(), threading.Event()
    done = Receiver()
    gone: list[object] = []
    loader.loaded.connect(done.take)
    loader.dropped.connect(gone.append)

    def hold() -> None:
        begun.set()
        gate.wait(10)

    loader.ask("hold", hold)
    assert begun.wait(10)
    for number in range(6):  # four may wait
        loader.ask(number, lambda: None)
    loader.ask("page", lambda: None, urgent=True)
    gate.set()
    qtbot.waitUntil(lambda: len(done.values) == 6)
    assert [key for key, _ in done.values] == ["hold", "page", 5, 4, 3, 2]
    assert gone == [0, 1]


def test_close_ends_the_thread_and_takes_no_more(qtbot: QtBot) -> None:
    before = threading.active_count()
    loader = Loader()
    with qtbot.waitSignal(loader.loaded):
        loader.ask("k", lambda: None)
    loader.close()
    assert threading.active_count() == before
    loader.ask("late", lambda: pytest.fail("ran after close"))
    assert threading.active_count() == before


# Thumbnails.


def test_a_picture_is_fetched_once_off_the_windows_thread(qtbot: QtBot, loader: Loader) -> None:
    threads: list[int] = []

    def fetch(key: str) -> np.ndarray | None:
        threads.append(threading.get_ident())
        return None if key == "nobody" else np.full((300, 200, 3), (0, 0, 255), np.uint8)

    cache = Thumbnails(loader, fetch)
    with qtbot.waitSignal(cache.ready):
        assert cache.get("a") is None
        assert cache.get("a") is None
    picture = cache.get("a")
    assert picture is not None
    assert (picture.width(), picture.height()) == (SIDE, SIDE * 3 // 2)
    assert picture.pixelColor(5, 5).red() == 255
    assert picture.pixelColor(5, 5).blue() == 0
    with qtbot.waitSignal(cache.ready):
        cache.get("nobody")
    assert cache.has("nobody")
    assert cache.get("nobody") is None
    assert len(threads) == 2
    assert threading.get_ident() not in threads


def test_the_cache_is_bounded_and_keeps_what_was_looked_at_last(
    qtbot: QtBot, loader: Loader
) -> None:
    cache = Thumbnails(loader, lambda _key: np.zeros((4, 4), np.uint8), kept=2)
    for key in "ab":
        with qtbot.waitSignal(cache.ready):
            cache.get(key)
    cache.get("a")
    with qtbot.waitSignal(cache.ready):
        cache.get("c")
    assert (cache.has("a"), cache.has("b"), cache.has("c")) == (True, False, True)


def test_a_dropped_picture_is_asked_for_again_when_it_is_looked_at(
    qtbot: QtBot, loader: Loader
) -> None:
    gate, begun = threading.Event(), threading.Event()

    def hold() -> None:
        begun.set()
        gate.wait(10)

    cache = Thumbnails(loader, lambda _key: np.zeros((4, 4), np.uint8))
    loader.ask("hold", hold)
    assert begun.wait(10)
    for key in "abcdef":
        cache.get(key)
    gate.set()
    qtbot.waitUntil(lambda: len(cache) == 4)
    assert not cache.has("a")
    with qtbot.waitSignal(cache.ready):
        cache.get("a")
    assert cache.get("a") is not None


def test_pixels_are_copied_and_rows_of_odd_width_stay_straight() -> None:
    pixels = np.arange(21, dtype=np.uint8).reshape(3, 7)
    drawn = to_qimage(pixels)
    pixels[:] = 255
    assert [drawn.pixelColor(x, 2).red() for x in range(7)] == list(range(14, 21))
    assert small(np.zeros((50, 40), np.uint8)).width() == 40  # never blown up


# People.


def test_search_folds_case_and_accents_and_takes_words_in_any_order(qtbot: QtBot) -> None:
    model = people_model(
        person("Zoë Ångström", "A-7", "Forschung"), person("Li Wei", "B-1"), person("李伟", "B-2")
    )
    for query, wanted in {
        "zoe": ["Zoë Ångström"],
        "ANGSTROM zo": ["Zoë Ångström"],
        "b-": ["Li Wei", "李伟"],
        "李": ["李伟"],
        "forsch a-7": ["Zoë Ångström"],
        "nobody like that": [],
        "": ["Li Wei", "Zoë Ångström", "李伟"],
    }.items():
        model.search(query)
        assert names(model) == wanted, query
    assert model.total == 3


def test_a_word_never_matches_across_two_fields(qtbot: QtBot) -> None:
    model = people_model(person("Ann", "1", "Bau"))
    model.search("nn1")
    assert names(model) == []


def test_sorting_by_each_column(qtbot: QtBot) -> None:
    a, b, c = (
        person("Bea", "3", "zoo", 1, 2),
        person("Ada", None, "Bau", 5, 1),
        person("Cem", "1", "Äpfel", 3, 3),
    )
    model = people_model(a, b, c)
    wanted = {
        people_models.Column.NAME: ["Ada", "Bea", "Cem"],
        people_models.Column.STAFF_NUMBER: ["Cem", "Bea", "Ada"],  # without one: last
        people_models.Column.DEPARTMENT: ["Cem", "Ada", "Bea"],
        people_models.Column.PICTURES: ["Bea", "Cem", "Ada"],
        people_models.Column.ADDED: ["Ada", "Bea", "Cem"],
    }
    for column, order in wanted.items():
        model.sort(int(column), Qt.SortOrder.AscendingOrder)
        assert names(model) == order, column
        model.sort(int(column), Qt.SortOrder.DescendingOrder)
        assert names(model) == order[::-1], column


def test_a_new_state_keeps_search_and_order(qtbot: QtBot) -> None:
    model = people_model(person("Ada"), person("Bea"))
    model.sort(0, Qt.SortOrder.DescendingOrder)
    model.search("a")
    model.take(snapshot([person("Ada"), person("Zara"), person("Otto")]))
    assert names(model) == ["Zara", "Ada"]
    assert model.row_of("id-Ada") == 1
    assert model.row_of("id-Otto") is None


def test_only_drawn_rows_ask_for_pictures(qtbot: QtBot, loader: Loader) -> None:
    asked: list[str] = []

    def fetch(key: str) -> np.ndarray:
        asked.append(key)
        return np.zeros((112, 112), np.uint8)

    cache = Thumbnails(loader, fetch)
    model = people_model(*(person(f"P{n:04}") for n in range(1000)), thumbnails=cache)
    assert asked == []
    with qtbot.waitSignal(model.dataChanged) as changed:
        assert model.data(model.index(3, 0), Qt.ItemDataRole.DecorationRole) is None
    assert asked == ["id-P0003"]
    assert changed.args is not None
    assert changed.args[0].row() == 3
    assert model.data(model.index(3, 0), Qt.ItemDataRole.DecorationRole) is not None
    assert model.data(model.index(3, 1), Qt.ItemDataRole.DecorationRole) is None


def test_the_people_model_keeps_qts_rules(qtbot: QtBot, qtmodeltester: ModelTester) -> None:
    model = people_model(person("Ada"), person("Bea"))
    qtmodeltester.check(model)
    assert model.data(model.index(1, 0), PERSON_ROLE).name == "Bea"
    assert model.data(model.index(1, 2)) == "Bea/DEPARTMENT"


@given(st.lists(st.text(min_size=1, max_size=12), max_size=20), st.text(max_size=6))
@settings(deadline=None, max_examples=60)
def test_search_gives_exactly_those_that_contain_every_word(written: list[str], query: str) -> None:
    everybody = []
    for number, name in enumerate(written):
        cleaned = "".join(c for c in name if c.isprintable()).strip() or "x"
        everybody.append(replace(person(cleaned), id=f"id-{number}"))
    model = people_model(*everybody)
    model.search(query)
    shown = {model.person(row).id for row in range(model.rowCount())}
    words = folded(query).split()
    assert shown == {p.id for p in everybody if all(w in folded(p.name) for w in words)}


# Events.


def event(number: int, outcome: Outcome = Outcome.GRANTED) -> Event:
    decision = Decision(outcome, Reason.RECOGNISED)
    return Event(f"e{number}", "s", number, NOW + timedelta(seconds=number), "Door", decision)


class Journal:
    """Events in memory, newest first."""

    def __init__(self, count: int) -> None:
        self.events = [event(n) for n in reversed(range(count))]
        self.asked: list[tuple[int, int]] = []
        self.threads: set[int] = set()
        self.broken: Exception | None = None

    def add(self, number: int) -> None:
        self.events.insert(0, event(number))

    def _passing(self, which: EventFilter | None) -> list[Event]:
        self.threads.add(threading.get_ident())
        if self.broken:
            raise self.broken
        wanted = which.outcome if which else None
        return [e for e in self.events if wanted in (None, e.decision.outcome)]

    def list(self, which: EventFilter | None, offset: int, limit: int) -> list[Event]:
        self.asked.append((offset, limit))
        return self._passing(which)[offset : offset + limit]

    def count(self, which: EventFilter | None) -> int:
        return len(self._passing(which))


def events_model(journal: Journal, loader: Loader) -> EventsModel:
    headers = [column.name for column in event_models.Column]
    return EventsModel(journal, loader, None, headers, lambda e, column: f"{e.id}/{column.name}")


def ids(model: EventsModel) -> list[str]:
    return [model.event_at(row).id for row in range(model.rowCount())]


def begin(qtbot: QtBot, model: EventsModel, which: EventFilter | None = None) -> None:
    with qtbot.waitSignals([model.settled, model.counted]):
        model.show(which or EventFilter())


def test_pages_come_in_as_they_are_scrolled_to(qtbot: QtBot, loader: Loader) -> None:
    journal = Journal(450)
    model = events_model(journal, loader)
    begin(qtbot, model)
    assert model.rowCount() == 200
    for wanted in (400, 450):
        assert model.canFetchMore(QModelIndex())
        model.fetchMore(QModelIndex())
        assert not model.canFetchMore(QModelIndex())  # one page at a time
        qtbot.waitUntil(lambda wanted=wanted: model.rowCount() == wanted)
    assert not model.canFetchMore(QModelIndex())
    assert ids(model) == [e.id for e in journal.events]
    assert threading.get_ident() not in journal.threads


def test_the_count_is_told(qtbot: QtBot, loader: Loader) -> None:
    model = events_model(Journal(3), loader)
    counts: list[int] = []
    model.counted.connect(counts.append)
    begin(qtbot, model)
    assert counts == [3]


def test_new_events_are_put_on_top_without_a_reset(qtbot: QtBot, loader: Loader) -> None:
    journal = Journal(30)
    model = events_model(journal, loader)
    begin(qtbot, model)
    resets: list[bool] = []
    model.modelReset.connect(lambda: resets.append(True))
    journal.add(30)
    journal.add(31)
    with qtbot.waitSignal(model.rowsInserted) as inserted:
        model.poll()
    assert inserted.args is not None
    assert inserted.args[1:] == [0, 1]
    assert ids(model) == [e.id for e in journal.events]
    assert resets == []


def test_an_event_that_came_in_late_is_put_where_it_belongs(qtbot: QtBot, loader: Loader) -> None:
    journal = Journal(10)
    model = events_model(journal, loader)
    begin(qtbot, model)
    journal.events.insert(4, event(99))
    with qtbot.waitSignal(model.arrived):
        model.poll()
    assert ids(model) == [e.id for e in journal.events]


def test_a_page_after_new_events_has_no_event_twice(qtbot: QtBot, loader: Loader) -> None:
    journal = Journal(300)
    model = events_model(journal, loader)
    begin(qtbot, model)
    for number in range(300, 305):
        journal.add(number)
    model.fetchMore(QModelIndex())
    qtbot.waitUntil(lambda: model.rowCount() == 295 + 5)
    with qtbot.waitSignal(model.arrived):
        model.poll()
    assert ids(model) == [e.id for e in journal.events]


def test_a_filter_drops_pages_of_the_former_one(qtbot: QtBot, loader: Loader) -> None:
    journal = Journal(5)
    journal.events.insert(0, event(7, Outcome.DENIED))
    model = events_model(journal, loader)
    model.show(EventFilter())
    begin(qtbot, model, EventFilter(outcome=Outcome.DENIED))
    assert ids(model) == ["e7"]


def test_a_journal_in_trouble_is_told_and_tried_again(qtbot: QtBot, loader: Loader) -> None:
    journal = Journal(5)
    model = events_model(journal, loader)
    begin(qtbot, model)
    journal.broken = OSError("disk gone")
    with qtbot.waitSignal(model.trouble) as trouble:
        model.poll()
    assert trouble.args == [journal.broken]
    assert model.rowCount() == 5
    journal.broken = None
    journal.add(5)
    with qtbot.waitSignal(model.arrived):
        model.poll()
    assert model.rowCount() == 6


def test_first_events_of_an_empty_journal_can_be_paged_on(qtbot: QtBot, loader: Loader) -> None:
    journal = Journal(0)
    model = events_model(journal, loader)
    begin(qtbot, model)
    assert model.rowCount() == 0
    for number in range(250):
        journal.add(number)
    with qtbot.waitSignal(model.arrived):
        model.poll()
    assert model.rowCount() == 200
    assert model.canFetchMore(QModelIndex())


def test_the_events_model_keeps_qts_rules(
    qtbot: QtBot, loader: Loader, qtmodeltester: ModelTester
) -> None:
    model = events_model(Journal(5), loader)
    begin(qtbot, model)
    qtmodeltester.check(model)
    assert model.data(model.index(0, 4)) == "e4/REASON"
