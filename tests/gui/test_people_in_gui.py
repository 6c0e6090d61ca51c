"""People: the list, the person's page, editing, removing and taking it back."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot
from seeded import ACTOR, Seeded, unnamed

from faceaccess.core.actors import Actor
from faceaccess.core.decisions import Outcome
from faceaccess.core.errors import KnownError
from faceaccess.core.people import Person
from faceaccess.core.progress import Job, Progress
from faceaccess.core.reasons import Reason
from faceaccess.gui.models.people import Column
from faceaccess.gui.theme import theme
from faceaccess.gui.translation import LONGER, use_language
from faceaccess.gui.views.people import PeopleView
from faceaccess.gui.views.removal_undo import UNDO_FOR
from faceaccess.gui.worker import JobRunner
from faceaccess.pipeline.results import EnrolResult, Picture, Rejected
from faceaccess.pipeline.sureness import SurenessOfPeople, of_samples


class FakeEnrolment:
    """Adds what it is given without looking at it."""

    def __init__(self, seeded: Seeded) -> None:
        self._seeded = seeded
        self.asked: list[tuple[str, list[str]]] = []
        self.error: Exception | None = None

    def add_pictures(
        self, actor: Actor, person_id: str, pictures: Sequence[Picture]
    ) -> Job[EnrolResult]:
        self.asked.append((person_id, [str(picture.path) for picture in pictures]))
        if self.error is not None:
            raise self.error
        yield Progress("Reading pictures", 1, len(pictures))
        centre = self._seeded.store.samples(person_id)[0].embedding.vector
        with self._seeded.store.transaction() as t:
            t.add_samples(person_id, [self._seeded.sample(centre, 77)])
        return EnrolResult(
            self._seeded.store.person(person_id),
            1,
            (Rejected("/pictures/two.jpg", "There is no face in it."),),
            (),
            (),
            self._seeded.store.head_records(limit=1)[0],
            0.4,
        )


@pytest.fixture
def seeded(tmp_path: Path) -> Iterator[Seeded]:
    seeded = Seeded(tmp_path / "home")
    yield seeded
    seeded.close()


@pytest.fixture
def enrolment(seeded: Seeded) -> FakeEnrolment:
    return FakeEnrolment(seeded)


@pytest.fixture
def make_view(
    qtbot: QtBot, seeded: Seeded, enrolment: FakeEnrolment
) -> Iterator[Callable[[], PeopleView]]:
    theme()
    runner = JobRunner()
    made: list[PeopleView] = []

    def make() -> PeopleView:
        view = PeopleView(
            directory=seeded.directory,
            enrolment=lambda: enrolment,  # type: ignore[arg-type, return-value]  # a stand-in
            runner=runner,
            actor=ACTOR,
            revision=seeded.store.revision,
            sureness=SurenessOfPeople(seeded.store, lambda: 0.5).of_person,
            alikes=lambda _person: (),
            clock=seeded.clock,
        )
        qtbot.addWidget(view)
        view.resize(1100, 760)
        view.show()
        view.arrive()
        made.append(view)
        return view

    yield make
    for view in made:
        view.shutdown()
    runner.shutdown()


def shown(qtbot: QtBot, view: PeopleView, count: int) -> None:
    qtbot.waitUntil(
        lambda: view.model.total == count and view.lists.currentWidget() is not view.waiting
    )


def open_person(qtbot: QtBot, view: PeopleView, person: Person) -> None:
    view.show_person(person.id)
    qtbot.waitUntil(lambda: view.page.person is not None and view.page.person.id == person.id)


def test_an_empty_place_teaches_and_leads_on(
    qtbot: QtBot, make_view: Callable[[], PeopleView]
) -> None:
    view = make_view()
    qtbot.waitUntil(lambda: view.lists.currentWidget() is view.empty)
    assert not view.tools.isVisible()
    with qtbot.waitSignal(view.asked_for) as asked:
        qtbot.mouseClick(view.empty.button, Qt.MouseButton.LeftButton)
    assert asked.args == ["enrol"]


def test_search_counts_and_says_when_nobody_matches(
    qtbot: QtBot, make_view: Callable[[], PeopleView], seeded: Seeded
) -> None:
    for name in ("Li Wei", "Ana Souza", "Zoë Ångström"):
        seeded.person(name)
    view = make_view()
    shown(qtbot, view, 3)
    assert view.header.findChildren(type(view.waiting))[1].text() == "3 people"
    assert view.focus_search()
    qtbot.keyClicks(view.search, "zoe")
    assert [view.model.person(r).name for r in range(view.model.rowCount())] == ["Zoë Ångström"]
    assert view.header.findChildren(type(view.waiting))[1].text() == "1 of 3 people"
    qtbot.keyClicks(view.search, "xx")
    assert view.lists.currentWidget() is view.nobody
    assert view.escape()
    assert view.lists.currentWidget() is view.grid
    assert view.model.rowCount() == 3
    assert not view.escape()


def test_ten_thousand_people_are_counted_and_only_the_seen_are_read(
    qtbot: QtBot,
    make_view: Callable[[], PeopleView],
    seeded: Seeded,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with seeded.store.transaction() as t:
        from faceaccess.core.people import PersonDetails

        for number in range(10_000):
            t.add_person(PersonDetails(f"Person {number:05}"))
    asked: list[str] = []
    monkeypatch.setattr(seeded.directory, "thumbnail", asked.append)
    view = make_view()
    qtbot.waitUntil(lambda: view.model.total == 10_000, timeout=30_000)
    assert view.header.findChildren(type(view.waiting))[1].text() == "10,000 people"
    qtbot.waitUntil(lambda: len(asked) > 5)
    qtbot.wait(50)
    assert len(asked) < 100


def test_grid_and_table_show_the_same_and_the_order_is_one(
    qtbot: QtBot, make_view: Callable[[], PeopleView], seeded: Seeded
) -> None:
    seeded.person("Bea", pictures=1)
    seeded.clock.advance(100)
    seeded.person("Ada", pictures=4)
    view = make_view()
    shown(qtbot, view, 2)
    qtbot.mouseClick(view.as_table, Qt.MouseButton.LeftButton)
    assert view.lists.currentWidget() is view.table
    view.order.setCurrentIndex(2)
    view.order.activated.emit(2)
    assert [view.model.person(row).name for row in range(2)] == ["Bea", "Ada"]
    view.table.sortByColumn(int(Column.NAME), Qt.SortOrder.AscendingOrder)
    assert view.order.currentIndex() == 0
    view.order.activated.emit(1)
    assert [view.model.person(row).name for row in range(2)] == ["Ada", "Bea"]
    kept = view.remembered()
    other = make_view()
    other.restore(kept)
    shown(qtbot, other, 2)
    assert other.lists.currentWidget() is other.table
    assert other.order.currentIndex() == 1


def test_somebody_who_comes_in_elsewhere_appears_by_himself(
    qtbot: QtBot, make_view: Callable[[], PeopleView], seeded: Seeded
) -> None:
    seeded.person("Ada")
    view = make_view()
    shown(qtbot, view, 1)
    seeded.person("Bea")
    qtbot.waitUntil(lambda: view.model.total == 2, timeout=5000)


def test_the_page_tells_all_about_a_person(
    qtbot: QtBot, make_view: Callable[[], PeopleView], seeded: Seeded
) -> None:
    li = seeded.person(
        "Li Wei", pictures=5, staff_number="A-7", department="IT", note="left-handed"
    )
    seeded.event(li)
    seeded.event(li, outcome=Outcome.DENIED, reason=Reason.TOO_DARK)
    view = make_view()
    shown(qtbot, view, 1)
    open_person(qtbot, view, li)
    page = view.page
    assert page.name.text() == "Li Wei"
    assert page.face.has_picture
    assert page.sure.words.text() == "The door knows Li Wei surely."
    assert len(page.pictures.tiles) == 5
    assert page.details.number.text == "A-7"
    assert page.details.note.toPlainText() == "left-handed"
    assert "Remove Li Wei" in page.remove.text()
    assert "deletes 5 pictures" in page.loss.text()
    assert not page.visits.empty.isVisible()


def test_a_door_that_would_not_know_its_own_picture_says_so(
    qtbot: QtBot, make_view: Callable[[], PeopleView], seeded: Seeded
) -> None:
    mixed = seeded.person("Mixed", pictures=4, spread=3.0)
    one = seeded.person("One", pictures=1)
    none = seeded.person("None", pictures=0)
    view = make_view()
    shown(qtbot, view, 3)
    words = {}
    for person in (mixed, one, none):
        open_person(qtbot, view, person)
        words[person.name] = view.page.sure.words.text()
    assert words == {
        "Mixed": "The door may fail to know Mixed.",
        "One": "The door knows One from one picture only.",
        "None": "The door cannot know None: there are no pictures.",
    }


def test_sureness_is_each_pictures_cosine_to_the_mean_of_the_others(seeded: Seeded) -> None:
    person = seeded.person("P", pictures=3, spread=1.0)
    samples = seeded.store.samples(person.id)
    a, b, c = (s.embedding.vector.astype(float) for s in samples)
    found = of_samples(samples, 0.5).similarities
    wanted = float(a @ ((b + c) / ((b + c) @ (b + c)) ** 0.5))
    assert found[samples[0].id] == pytest.approx(wanted, abs=1e-6)


def test_problems_stand_at_their_fields_and_nothing_is_stored(
    qtbot: QtBot, make_view: Callable[[], PeopleView], seeded: Seeded
) -> None:
    li = seeded.person("Li Wei", staff_number="A-7")
    seeded.person("Ana", staff_number="B-1")
    view = make_view()
    shown(qtbot, view, 2)
    open_person(qtbot, view, li)
    details = view.page.details
    assert not details.save.isEnabled()
    details.name.line.selectAll()
    QTest.keyClick(details.name.line, Qt.Key.Key_Delete)
    assert details.name.line.property("invalid") == "true"
    assert "empty" in details.name.line.accessibleDescription()
    qtbot.mouseClick(details.save, Qt.MouseButton.LeftButton)
    assert seeded.store.person(li.id).name == "Li Wei"
    qtbot.keyClicks(details.name.line, "Li Wei Ming")
    details.number.line.selectAll()
    qtbot.keyClicks(details.number.line, "B-1")
    qtbot.mouseClick(details.save, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: details.number.line.property("invalid") == "true")
    assert seeded.store.person(li.id).name == "Li Wei"
    assert details.name.text == "Li Wei Ming"  # what was typed stays to be mended
    details.number.line.selectAll()
    qtbot.keyClicks(details.number.line, "B-2")
    with qtbot.waitSignal(view.page.changed):
        qtbot.mouseClick(details.save, Qt.MouseButton.LeftButton)
    stored = seeded.store.person(li.id).details
    assert (stored.name, stored.staff_number) == ("Li Wei Ming", "B-2")


def test_switching_somebody_off_is_stored_at_once(
    qtbot: QtBot, make_view: Callable[[], PeopleView], seeded: Seeded
) -> None:
    li = seeded.person("Li Wei")
    view = make_view()
    shown(qtbot, view, 1)
    open_person(qtbot, view, li)
    with qtbot.waitSignal(view.page.changed):
        view.page.details.active.click()
    assert not seeded.store.person(li.id).details.active
    message = view.page.bar.message
    assert message is not None
    assert "refuses Li Wei" in message.text


def test_removing_a_person_can_be_undone(
    qtbot: QtBot, make_view: Callable[[], PeopleView], seeded: Seeded
) -> None:
    li, ana = seeded.person("Li Wei", pictures=4), seeded.person("Ana")
    seeded.head(li, ana)
    view = make_view()
    shown(qtbot, view, 2)
    open_person(qtbot, view, li)
    with qtbot.waitSignal(view.page.removed):
        qtbot.mouseClick(view.page.remove, Qt.MouseButton.LeftButton)
    shown(qtbot, view, 1)
    assert UNDO_FOR >= 10_000
    serving = seeded.store.serving_head()
    assert serving is not None
    assert serving[1].person_ids == (ana.id,)
    message = view.bar.message
    assert message is not None
    assert message.text == "Li Wei was removed with 4 pictures."
    qtbot.mouseClick(view.undo.button, Qt.MouseButton.LeftButton)
    shown(qtbot, view, 2)
    assert len(seeded.store.samples(li.id)) == 4
    serving = seeded.store.serving_head()
    assert serving is not None
    assert set(serving[1].person_ids) == {li.id, ana.id}


def test_removing_a_picture_asks_once(
    qtbot: QtBot, make_view: Callable[[], PeopleView], seeded: Seeded
) -> None:
    li = seeded.person("Li Wei", pictures=3)
    seeded.head(li)
    view = make_view()
    shown(qtbot, view, 1)
    open_person(qtbot, view, li)
    tile = view.page.pictures.tiles[0]
    qtbot.waitUntil(tile.remove.isVisible)  # a layout shows what is new in it a little later
    tile.remove.click()
    assert tile._sure.isVisible()
    tile._keep.click()
    assert not tile._sure.isVisible()
    tile.remove.click()
    with qtbot.waitSignal(view.page.changed):
        tile._sure.click()
    assert len(seeded.store.samples(li.id)) == 2
    qtbot.waitUntil(lambda: len(view.page.pictures.tiles) == 2)


def test_more_pictures_are_added_and_refusals_told(
    qtbot: QtBot,
    make_view: Callable[[], PeopleView],
    seeded: Seeded,
    enrolment: FakeEnrolment,
) -> None:
    li = seeded.person("Li Wei", pictures=2)
    seeded.head(li)
    view = make_view()
    shown(qtbot, view, 1)
    open_person(qtbot, view, li)
    view.page.add_files([Path("/pictures/one.jpg"), Path("/pictures/two.jpg")])
    assert view.page.job.isVisible()
    qtbot.waitUntil(lambda: view.page.bar.message is not None)
    assert enrolment.asked == [(li.id, ["/pictures/one.jpg", "/pictures/two.jpg"])]
    message = view.page.bar.message
    assert message is not None
    assert message.tone == "warn"
    assert "two.jpg: There is no face in it." in message.details
    qtbot.waitUntil(lambda: len(view.page.pictures.tiles) == 3)
    assert not view.page.job.isVisible()
    enrolment.error = KnownError("No picture was taken.", "Try others.")
    view.page.add_files([Path("/pictures/three.jpg")])
    qtbot.waitUntil(lambda: "No picture was taken." in view.page.bar.accessibleName())
    with qtbot.waitSignal(view.enrol_more) as wanted:
        qtbot.mouseClick(view.page.pictures.camera, Qt.MouseButton.LeftButton)
    assert wanted.args == [li.id]


def test_somebody_removed_elsewhere_is_told_on_the_page(
    qtbot: QtBot, make_view: Callable[[], PeopleView], seeded: Seeded
) -> None:
    li = seeded.person("Li Wei")
    view = make_view()
    shown(qtbot, view, 1)
    open_person(qtbot, view, li)
    with seeded.store.transaction() as t:
        t.remove_person(li.id)
    qtbot.waitUntil(lambda: view.page.bar.message is not None, timeout=5000)
    message = view.page.bar.message
    assert message is not None
    assert message.tone == "danger"
    assert "Traceback" not in message.details


def test_enter_opens_the_first_match_by_keyboard(
    qtbot: QtBot, make_view: Callable[[], PeopleView], seeded: Seeded
) -> None:
    seeded.person("Ada")
    bea = seeded.person("Bea")
    view = make_view()
    shown(qtbot, view, 2)
    qtbot.keyClicks(view.search, "bea")
    QTest.keyClick(view.search, Qt.Key.Key_Return)
    assert view.grid.currentIndex().row() == 0
    QTest.keyClick(view.grid, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: view.page.person is not None)
    assert view.page.person is not None
    assert view.page.person.id == bea.id
    assert view.escape()
    assert view.whole.currentIndex() == 0


@pytest.mark.parametrize("language", ["en", LONGER])
def test_every_control_has_a_name_and_long_text_survives(
    qtbot: QtBot, make_view: Callable[[], PeopleView], seeded: Seeded, language: str
) -> None:
    use_language(language)
    try:
        long = seeded.person("Ω" * 200, department="d" * 2000, note="n" * 2000, pictures=2)
        view = make_view()
        shown(qtbot, view, 1)
        open_person(qtbot, view, long)
        assert unnamed(view) == []
        view.resize(700, 500)
        assert not view.grab().isNull()
        qtbot.waitUntil(lambda: view.page._inside.width() <= 700)
    finally:
        use_language("en")
