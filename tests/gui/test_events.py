"""Events: the list, its filters, new events on top, export."""

import csv
import uuid
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot
from seeded import ACTOR, SPACE, Seeded, unnamed

from faceaccess.core.actors import Actor
from faceaccess.core.corrections import Correction, CorrectionKind
from faceaccess.core.decisions import Decision, Outcome
from faceaccess.core.errors import KnownError
from faceaccess.core.progress import Job, Progress
from faceaccess.core.reasons import Reason
from faceaccess.core.strangers import Stranger, role_of
from faceaccess.gui.correction_uses import VisitUses
from faceaccess.gui.models.events import Column
from faceaccess.gui.theme import theme
from faceaccess.gui.translation import LONGER, use_language
from faceaccess.gui.views.events import EventsView
from faceaccess.gui.views.what_if import WhatIfPage
from faceaccess.gui.widgets.buttons import Button
from faceaccess.gui.widgets.filter_chips import Named, start_of_day
from faceaccess.gui.widgets.labels import Label
from faceaccess.gui.widgets.replay_bar import shares_of
from faceaccess.gui.wording import full_moment_words, moment_words, reason_words
from faceaccess.gui.worker import JobRunner
from faceaccess.pipeline.corrections import Corrected
from faceaccess.pipeline.what_if import Change, Replay
from faceaccess.store.protocol import EventFilter


class FakeCorrections:
    """Keeps what is said; the door then refuses what was corrected."""

    def __init__(self, seeded: Seeded) -> None:
        self._seeded = seeded
        self.kept: list[Correction] = []
        self.told: list[tuple[str, ...]] = []
        self.without: set[str] = set()
        self.error: KnownError | None = None

    def _say(self, event_id: str, kind: CorrectionKind, person_id: str) -> Job[Corrected]:
        yield Progress("Training")
        if self.error is not None:
            raise self.error
        made = Correction(
            str(uuid.uuid4()),
            event_id,
            kind,
            person_id,
            SPACE,
            np.zeros((1, SPACE.dimension), np.float32),
            self._seeded.clock.now(),
            "reception (window)",
        )
        self.kept.append(made)
        return self._corrected(event_id)

    def _corrected(self, event_id: str) -> Corrected:
        decision = Decision(Outcome.DENIED, Reason.UNKNOWN)
        return Corrected(self._seeded.store.event(event_id), "Noted.", None, decision)

    def not_me(self, actor: Actor, event_id: str) -> Job[Corrected]:
        self.told.append(("not me", event_id))
        person = self._seeded.store.event(event_id).decision.person_id
        assert person is not None
        return self._say(event_id, CorrectionKind.NOT_ME, person)

    def this_is(self, actor: Actor, event_id: str, person_id: str) -> Job[Corrected]:
        self.told.append(("this is", event_id, person_id))
        return self._say(event_id, CorrectionKind.IS, person_id)

    def of_event(self, event_id: str) -> Sequence[Correction]:
        return [one for one in self.kept if one.event_id == event_id]

    def take_back(self, actor: Actor, correction_id: str) -> Job[Corrected]:
        yield Progress("Taking it back")
        found = next(one for one in self.kept if one.id == correction_id)
        self.kept.remove(found)
        return self._corrected(found.event_id)

    def add_from_event(self, actor: Actor, event_id: str, label: str = "") -> Job[Stranger]:
        self.told.append(("stranger", event_id))
        yield Progress("Embedding")
        new = str(uuid.uuid4())
        return Stranger(new, "visitor of today", role_of(new), 1, self._seeded.clock.now())


class FakeWhatIf:
    """Answers with what the test put there, and remembers what was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[float | None, int | None, int | None, bool]] = []
        self.changes: tuple[Change, ...] = ()
        self.events = 10
        self.before = 7

    def replay(
        self,
        since: datetime | None = None,
        until: datetime | None = None,
        threshold: float | None = None,
        head: int | None = None,
        evidence_frames: int | None = None,
    ) -> Job[Replay]:
        self.asked.append((threshold, head, evidence_frames, since is None))
        yield Progress("Deciding again")
        changes = self.changes if threshold is not None else ()
        inside = self.before - len(changes)
        return Replay(
            self.events,
            inside,
            self.events - inside,
            self.before,
            changes,
            2,
            None,  # type: ignore[arg-type]  # the page does not show the rules
        )


@pytest.fixture
def seeded(tmp_path: Path) -> Iterator[Seeded]:
    seeded = Seeded(tmp_path / "home")
    yield seeded
    seeded.close()


@pytest.fixture
def said(seeded: Seeded) -> FakeCorrections:
    return FakeCorrections(seeded)


@pytest.fixture
def what_if() -> FakeWhatIf:
    return FakeWhatIf()


@pytest.fixture
def make_view(
    qtbot: QtBot, seeded: Seeded, said: FakeCorrections, what_if: FakeWhatIf
) -> Iterator[Callable[[], EventsView]]:
    jobs = JobRunner()
    uses = VisitUses(said, said, lambda event_id: event_id not in said.without, jobs, ACTOR)
    theme()
    made: list[EventsView] = []

    def make() -> EventsView:
        view = EventsView(
            seeded.journal,
            seeded.directory,
            seeded.clock,
            uses,
            lambda: WhatIfPage(what_if, seeded.store.head_records, lambda: 0.5, seeded.clock),
        )
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
    jobs.shutdown()


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


def look_at(qtbot: QtBot, view: EventsView, row: int) -> None:
    wanted = view.model.event_at(row).id
    view.table.selectRow(row)
    view.table.setCurrentIndex(view.model.index(row, 1))
    qtbot.waitUntil(lambda: view.panel.event_id == wanted and view.panel.isVisible())


def test_this_is_not_me_is_learned_shown_and_taken_back(
    qtbot: QtBot, make_view: Callable[[], EventsView], seeded: Seeded, said: FakeCorrections
) -> None:
    li = seeded.person("Li Wei")
    event = seeded.event(li)
    view = make_view()
    look_at(qtbot, view, 0)
    panel = view.panel
    assert panel.wrong.text() == "This is not Li Wei"
    assert not panel.keep.isVisible()  # somebody let in is no stranger
    assert "decided by version 1" in panel.facts.text()
    qtbot.waitUntil(panel.wrong.isEnabled)
    panel.wrong.click()
    qtbot.waitUntil(panel.effect.isVisible)
    assert said.told == [("not me", event.id)]
    assert panel.effect.text() == (
        "It is noted. Shown the same pictures, the door lets nobody in now."
    )
    qtbot.waitUntil(lambda: "Said: this is not Li Wei" in said_lines(view))
    back = next(b for b in panel.findChildren(Button) if b.text() == "Take back")
    assert back.accessibleName() == "Take back: Said: this is not Li Wei"
    qtbot.waitUntil(panel.is_button.isEnabled)
    assert not panel.wrong.isEnabled()  # it was said
    back.click()
    qtbot.waitUntil(lambda: said.kept == [])
    qtbot.waitUntil(lambda: said_lines(view) == [])
    assert view.escape()
    assert not panel.isVisible()


def said_lines(view: EventsView) -> list[str]:
    shown = [one for one in view.panel.findChildren(Label) if not one.isHidden()]
    return [one.text() for one in shown if one.text().startswith("Said: ")]


def test_this_is_somebody_is_chosen_by_typing(
    qtbot: QtBot, make_view: Callable[[], EventsView], seeded: Seeded, said: FakeCorrections
) -> None:
    ana = seeded.person("Ana")
    event = seeded.event(None)
    view = make_view()
    look_at(qtbot, view, 0)
    panel = view.panel
    assert not panel.wrong.isVisible()
    qtbot.waitUntil(panel.is_button.isEnabled)
    panel.is_button.click()
    assert panel.chooser.isVisible()
    qtbot.keyClicks(panel.chooser, "an")
    qtbot.waitUntil(lambda: panel.chooser._suggested == {"Ana": Named(ana.id, "Ana")})
    QTest.keyClick(panel.chooser, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: said.told == [("this is", event.id, ana.id)])
    qtbot.waitUntil(lambda: "Said: this is Ana" in said_lines(view))
    assert not panel.chooser.isVisible()


def test_a_visitor_is_kept_as_a_stranger(
    qtbot: QtBot, make_view: Callable[[], EventsView], seeded: Seeded, said: FakeCorrections
) -> None:
    event = seeded.event(None)
    view = make_view()
    look_at(qtbot, view, 0)
    qtbot.waitUntil(view.panel.keep.isEnabled)
    view.panel.keep.click()
    qtbot.waitUntil(view.panel.effect.isVisible)
    assert said.told == [("stranger", event.id)]
    assert "visitor of today" in view.panel.effect.text()


def test_a_visit_without_pictures_teaches_nothing_and_errors_are_told(
    qtbot: QtBot, make_view: Callable[[], EventsView], seeded: Seeded, said: FakeCorrections
) -> None:
    li = seeded.person("Li Wei")
    bare, other = seeded.event(li), seeded.event(li)
    said.without = {bare.id}
    view = make_view()
    look_at(qtbot, view, 1)
    qtbot.waitUntil(view.panel.without.isVisible)
    assert not view.panel.wrong.isEnabled()
    look_at(qtbot, view, 0)
    qtbot.waitUntil(view.panel.wrong.isEnabled)
    assert view.panel.event_id == other.id
    said.error = KnownError("Whom the door took this visitor for is not enrolled any more.")
    view.panel.wrong.click()
    qtbot.waitUntil(lambda: view.bar.message is not None)
    assert view.bar.message is not None
    assert "not enrolled any more" in view.bar.message.text
    assert not view.learning.isVisible()


def test_what_if_replays_as_the_slider_moves(
    qtbot: QtBot, make_view: Callable[[], EventsView], seeded: Seeded, what_if: FakeWhatIf
) -> None:
    li = seeded.person("Li Wei")
    event = seeded.event(li)
    refused = Decision(Outcome.DENIED, Reason.UNKNOWN, similarity=0.55, threshold=0.6)
    what_if.changes = (Change(event, event.decision, refused),)
    view = make_view()
    view.what_if.click()
    page = view.what_if_page
    assert page is not None
    qtbot.waitUntil(lambda: page.words.text().startswith("Nothing would have been otherwise"))
    assert what_if.asked == [(None, None, None, False)]
    assert page.value.text() == "0.500, in force"
    assert page.without.text().startswith("2 visits")
    page.slider.setValue(600)
    qtbot.waitUntil(page.table.isVisible)
    assert what_if.asked[-1] == (0.6, None, None, False)
    assert page.words.text() == (
        "Of 10 events, 6 would be let in and 4 kept out (it was 7 let in): 0 more in, 1 more out."
    )
    cells = [page.table.item(0, column).text() for column in range(1, 5)]
    assert cells == ["Li Wei", "Let in: Li Wei", "Refused: Not known", "0.550"]
    assert "1 kept out in addition" in page.picture.accessibleName()
    page.days.chips[3].click()
    qtbot.waitUntil(lambda: what_if.asked[-1] == (0.6, None, None, True))
    qtbot.waitUntil(lambda: not page._runner.busy)
    page.reset.click()
    qtbot.waitUntil(lambda: not page.table.isVisible())
    assert unnamed(page) == []
    page.slider.setValue(600)
    qtbot.waitUntil(page.table.isVisible)
    page._open(page.table.model().index(0, 0))
    qtbot.waitUntil(lambda: view.panel.event_id == event.id)
    assert view.whole.currentIndex() == 0


def test_a_replay_falls_apart_into_what_becomes_of_each_visit(seeded: Seeded) -> None:
    li = seeded.person("Li Wei")
    event = seeded.event(li)
    granted = event.decision
    as_other = Decision(Outcome.GRANTED, Reason.RECOGNISED, "x", "Ana")
    refused = Decision(Outcome.DENIED, Reason.UNKNOWN)
    changes = (
        Change(event, granted, refused),
        Change(event, granted, as_other),
        Change(event, refused, granted),
        Change(event, refused, granted),
    )
    # Twelve visits, five let in before: three stay, one is lost, one is another's, and two come in.
    shares = shares_of(Replay(12, 6, 6, 5, changes, 0, None))  # type: ignore[arg-type]  # no rules
    assert (shares.kept, shares.lost, shares.other, shares.gained) == (3, 1, 1, 2)
    assert shares.out == 5
    assert sum(vars(shares).values()) == 12


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
