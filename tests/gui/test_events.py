"""Events: the list, its filters, new events on top, export."""

import csv
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot
from seeded import Seeded, unnamed

from faceaccess.core.decisions import Outcome
from faceaccess.core.reasons import Reason
from faceaccess.gui.models.events import Column
from faceaccess.gui.theme import theme
from faceaccess.gui.translation import LONGER, use_language
from faceaccess.gui.views.events import EventsView
from faceaccess.gui.widgets.filter_chips import start_of_day
from faceaccess.gui.wording import full_moment_words, moment_words, reason_words
from faceaccess.store.protocol import EventFilter


@pytest.fixture
def seeded(tmp_path: Path) -> Iterator[Seeded]:
    seeded = Seeded(tmp_path / "home")
    yield seeded
    seeded.close()


@pytest.fixture
def make_view(qtbot: QtBot, seeded: Seeded) -> Iterator[Callable[[], EventsView]]:
    theme()
    made: list[EventsView] = []

    def make() -> EventsView:
        view = EventsView(seeded.journal, seeded.directory, seeded.clock)
        qtbot.addWidget(view)
        view.resize(1100, 700)
        view.show()
        made.append(view)
        with qtbot.waitSignals([view.model.settled, view.model.counted]):
            view.arrive()
        return view

    yield make
    for view in made:
        view.shutdown()


def chip(qtbot: QtBot, view: EventsView, button: object) -> None:
    with qtbot.waitSignals([view.model.settled, view.model.counted]):
        button.click()  # type: ignore[attr-defined]  # a chip


def cells(view: EventsView, row: int) -> list[str]:
    return [view.model.data(view.model.index(row, int(column))) for column in Column]


def test_an_empty_journal_teaches(qtbot: QtBot, make_view: Callable[[], EventsView]) -> None:
    view = make_view()
    assert view.lists.currentWidget() is view.empty
    assert not view.export.isVisible()
    with qtbot.waitSignal(view.asked_for) as asked:
        view.empty.button.click()
    assert asked.args == ["live"]


def test_rows_tell_in_words_who_came_and_why(
    make_view: Callable[[], EventsView], seeded: Seeded
) -> None:
    li = seeded.person("Li Wei")
    seeded.event(li)
    seeded.event(None, reason=Reason.TOO_DARK, camera="Back door")
    view = make_view()
    now = seeded.clock.now()
    assert cells(view, 0)[2:] == [
        "Refused",
        "Somebody not known",
        "Too dark",
        "0.21 (needs 0.50)",
        "Back door",
    ]
    assert cells(view, 1)[1:5] == [moment_words(now, now), "Let in", "Li Wei", "Recognised"]
    assert view.header.accessibleName() is not None


def test_a_time_has_its_date_where_it_is_not_today() -> None:
    now = datetime(2026, 3, 2, 12, 0, 5, tzinfo=UTC)
    assert len(moment_words(now, now)) == 5
    assert moment_words(now - timedelta(days=1), now).startswith("1 Mar 2026, ")
    assert full_moment_words(now).endswith(":05")


def test_every_reason_has_words() -> None:
    words = {reason_words(reason) for reason in Reason}
    assert len(words) == len(Reason)


def test_chips_narrow_the_list_and_stay(
    qtbot: QtBot, make_view: Callable[[], EventsView], seeded: Seeded
) -> None:
    li, ana = seeded.person("Li Wei"), seeded.person("Ana")
    seeded.event(li)
    seeded.clock.advance(3 * 86400)
    seeded.event(ana)
    seeded.event(None)
    view = make_view()
    assert view.model.rowCount() == 3
    chip(qtbot, view, view.filters.outcomes.chips[2])
    assert [cells(view, r)[2] for r in range(view.model.rowCount())] == ["Refused"]
    chip(qtbot, view, view.filters.outcomes.chips[0])
    chip(qtbot, view, view.filters.days.chips[1])
    assert view.model.rowCount() == 2
    assert view.filters.days.chips[1].isChecked()
    with qtbot.waitSignal(view.model.settled):
        view.only_person(li.id, "Li Wei")
    assert view.lists.currentWidget() is view.none
    assert view.filters.person.isVisible()
    with qtbot.waitSignal(view.model.settled):
        assert view.escape()
    assert view.model.rowCount() == 3
    assert view.filters.value == EventFilter()
    assert not view.escape()


def test_days_are_whole_local_days(make_view: Callable[[], EventsView], seeded: Seeded) -> None:
    view = make_view()
    now = seeded.clock.now()
    view.filters.days.choose(2)
    value = view.filters.value
    assert value.since == start_of_day(now, -1)
    assert value.until == start_of_day(now)
    assert value.since.astimezone().hour == 0
    view.filters.days.choose(4)
    view.filters.first.setDate(view.filters.last.date().addDays(3))  # the wrong way round
    value = view.filters.value
    assert value.since is not None
    assert value.until is not None
    assert (value.until - value.since).days in (3, 4)


def test_a_typed_name_is_suggested_and_becomes_a_chip(
    qtbot: QtBot, make_view: Callable[[], EventsView], seeded: Seeded
) -> None:
    li = seeded.person("Li Wei")
    seeded.person("Ana")
    seeded.event(li)
    seeded.event(None)
    view = make_view()
    assert view.focus_search()
    qtbot.keyClicks(view.filters.who, "wei")
    qtbot.waitUntil(lambda: list(view.filters._suggested) == ["Li Wei"])
    with qtbot.waitSignal(view.model.settled):
        QTest.keyClick(view.filters.who, Qt.Key.Key_Return)
    assert view.filters.value.person_id == li.id
    assert view.filters.person.text() == "Li Wei"
    assert view.model.rowCount() == 1
    chip(qtbot, view, view.filters.person)
    assert view.filters.value.person_id is None


def test_cameras_become_a_choice_when_there_are_two(
    qtbot: QtBot, make_view: Callable[[], EventsView], seeded: Seeded
) -> None:
    seeded.event(None, camera="Front door")
    view = make_view()
    assert not view.filters.camera.isVisible()
    seeded.event(None, camera="Back door")
    with qtbot.waitSignal(view.model.arrived):
        view.model.poll()
    assert view.filters.camera.isVisible()
    with qtbot.waitSignal(view.model.settled):
        view.filters.camera.setCurrentIndex(view.filters.camera.findData("Back door"))
        view.filters.camera.activated.emit(2)
    assert cells(view, 0)[6] == "Back door"
    assert view.model.rowCount() == 1


def test_new_events_on_top_leave_what_is_read_where_it_is(
    qtbot: QtBot, make_view: Callable[[], EventsView], seeded: Seeded
) -> None:
    for _ in range(40):
        seeded.event(None, picture=False)
    view = make_view()
    bar = view.table.verticalScrollBar()
    bar.setValue(560)
    read = view.model.event_at(view.table.rowAt(5)).id
    for _ in range(3):
        seeded.event(None, picture=False)
    with qtbot.waitSignal(view.model.arrived):
        view.model.poll()
    assert view.model.event_at(view.table.rowAt(5)).id == read
    assert view.fresh.isVisible()
    assert view.fresh.text() == "3 new events: show"
    view.fresh.click()
    assert view.table.at_top
    assert not view.fresh.isVisible()
    seeded.event(None, picture=False)
    with qtbot.waitSignal(view.model.arrived):
        view.model.poll()
    assert view.table.at_top  # who looks at the newest sees the newer one at once
    assert not view.fresh.isVisible()


def test_the_timer_brings_new_events_while_the_place_is_shown(
    qtbot: QtBot, make_view: Callable[[], EventsView], seeded: Seeded
) -> None:
    view = make_view()
    seeded.event(None)
    qtbot.waitUntil(lambda: view.model.rowCount() == 1, timeout=5000)
    assert view.model.rowCount() == 1
    qtbot.waitUntil(lambda: view.lists.currentWidget() is view.table)
    view.leave()
    assert not view._look.isActive()


def test_pictures_are_read_for_rows_in_sight_only(
    qtbot: QtBot,
    make_view: Callable[[], EventsView],
    seeded: Seeded,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for _ in range(60):
        seeded.event(None, picture=False)
    asked: list[str] = []
    monkeypatch.setattr(seeded.journal, "picture", asked.append)
    make_view()
    qtbot.waitUntil(lambda: len(asked) > 5)
    assert len(set(asked)) < 30


def test_enter_leads_to_the_person(
    qtbot: QtBot, make_view: Callable[[], EventsView], seeded: Seeded
) -> None:
    li = seeded.person("Li Wei")
    seeded.event(li)
    seeded.event(None)
    view = make_view()
    view.table.setFocus()
    view.table.setCurrentIndex(view.model.index(1, 3))
    with qtbot.waitSignal(view.person_wanted) as wanted:
        QTest.keyClick(view.table, Qt.Key.Key_Return)
    assert wanted.args == [li.id]


def test_export_writes_what_the_filter_lets_through(
    qtbot: QtBot, make_view: Callable[[], EventsView], seeded: Seeded, tmp_path: Path
) -> None:
    li = seeded.person("Li Wei")
    seeded.event(li)
    seeded.event(None)
    view = make_view()
    chip(qtbot, view, view.filters.outcomes.chips[1])
    target = tmp_path / "events.csv"
    view.export_to(target)
    qtbot.waitUntil(lambda: view.bar.message is not None)
    assert view.bar.message is not None
    assert view.bar.message.text == "1 event was written."
    with target.open(encoding="utf-8-sig", newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert [(row["person"], row["outcome"]) for row in rows] == [("Li Wei", Outcome.GRANTED.value)]
    assert view.export.isEnabled()


def test_an_export_that_cannot_be_written_says_so_and_leaves_nothing(
    qtbot: QtBot, make_view: Callable[[], EventsView], seeded: Seeded, tmp_path: Path
) -> None:
    seeded.event(None)
    view = make_view()
    view.export_to(tmp_path / "not there" / "events.csv")
    qtbot.waitUntil(lambda: view.bar.message is not None)
    assert view.bar.message is not None
    assert view.bar.message.tone == "danger"
    assert "No file was made." in view.bar.message.remedy
    assert not (tmp_path / "not there").exists()
    assert not view.job.isVisible()


def test_chips_and_columns_are_remembered(
    qtbot: QtBot, make_view: Callable[[], EventsView], seeded: Seeded
) -> None:
    seeded.event(None)
    view = make_view()
    view.table.setColumnWidth(int(Column.PERSON), 333)
    chip(qtbot, view, view.filters.outcomes.chips[2])
    kept = view.remembered()
    other = make_view()
    other.restore(kept)
    other.restore({"chips": "77 x", "widths": "1 2"})  # nonsense is left alone
    assert other.filters.value.outcome is Outcome.DENIED
    assert other.table.columnWidth(int(Column.PERSON)) == 333


@pytest.mark.parametrize("language", ["en", LONGER])
def test_every_control_has_a_name(
    qtbot: QtBot, make_view: Callable[[], EventsView], seeded: Seeded, language: str
) -> None:
    use_language(language)
    try:
        seeded.event(seeded.person("Ω" * 200))
        view = make_view()
        view.filters.days.chips[4].click()
        assert unnamed(view) == []
        view.resize(680, 500)
        qtbot.waitUntil(lambda: view.table.width() <= 680)
    finally:
        use_language("en")
