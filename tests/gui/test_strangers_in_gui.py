"""People's pages beside the list: strangers, and who looks alike."""

import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot
from seeded import ACTOR, Seeded, face_picture, unnamed

from faceaccess.core.actors import Actor
from faceaccess.core.errors import KnownError
from faceaccess.core.frames import Image
from faceaccess.core.people import Person
from faceaccess.core.progress import Job, Progress
from faceaccess.core.strangers import Stranger, role_of
from faceaccess.gui.paged_place import Page
from faceaccess.gui.theme import theme
from faceaccess.gui.translation import LONGER, use_language
from faceaccess.gui.views.look_alikes import SHOWN, LookAlikesPage
from faceaccess.gui.views.people import PeopleView
from faceaccess.gui.views.strangers import StrangersPage
from faceaccess.gui.worker import JobRunner
from faceaccess.pipeline.look_alikes import Pair
from faceaccess.pipeline.results import Rejected
from faceaccess.pipeline.strangers import StrangersAdded
from faceaccess.pipeline.sureness import Sureness


class FakeGallery:
    """Adds as many strangers as it is told to, one picture each."""

    def __init__(self, seeded: Seeded) -> None:
        self._clock = seeded.clock
        self.kept: list[Stranger] = []
        self.rejected: tuple[Rejected, ...] = ()
        self.folders: list[Path] = []
        self.error: KnownError | None = None
        self.revision = 1

    def take(self, count: int) -> None:
        for _ in range(count):
            new = str(uuid.uuid4())
            self.kept.append(
                Stranger(new, f"face {len(self.kept) + 1}", role_of(new), 1, self._clock.now())
            )
        self.revision += 1

    def add(self, actor: Actor, folder: Path) -> Job[StrangersAdded]:
        self.folders.append(folder)
        yield Progress("Reading pictures", 1, 2)
        if self.error is not None:
            raise self.error
        self.take(2)
        return StrangersAdded(2, 2, self.rejected, 0.1)

    def list(self) -> Sequence[Stranger]:
        return tuple(self.kept)

    def remove(self, actor: Actor, stranger_id: str) -> None:
        self.kept = [one for one in self.kept if one.id != stranger_id]
        self.revision += 1

    def thumbnail(self, stranger_id: str) -> Image | None:
        return face_picture(len(stranger_id))


class FakePairs:
    """Answers with the pairs that the test put there."""

    def __init__(self) -> None:
        self.found: list[Pair] = []
        self.asked = 0

    def pairs(self) -> Job[list[Pair]]:
        self.asked += 1
        yield Progress("Comparing", 1, 1)
        return self.found


@pytest.fixture
def seeded(tmp_path: Path) -> Iterator[Seeded]:
    seeded = Seeded(tmp_path / "home")
    yield seeded
    seeded.close()


@pytest.fixture
def gallery(seeded: Seeded) -> FakeGallery:
    return FakeGallery(seeded)


@pytest.fixture
def pairs() -> FakePairs:
    return FakePairs()


@pytest.fixture
def runner() -> Iterator[JobRunner]:
    runner = JobRunner()
    yield runner
    runner.shutdown()


@pytest.fixture
def page(qtbot: QtBot, gallery: FakeGallery, runner: JobRunner) -> Iterator[StrangersPage]:
    theme()
    page = StrangersPage(gallery, runner, ACTOR, lambda: gallery.revision)
    qtbot.addWidget(page)
    page.resize(900, 600)
    page.show()
    yield page
    page.shutdown()


def test_no_strangers_teach_what_they_are_for(qtbot: QtBot, page: StrangersPage) -> None:
    page.arrive()
    qtbot.waitUntil(page.empty.isVisible)
    # Half a stranger is expected over the threshold from 50 on, and half of all calibrate.
    assert "about 100 carry 1 in 100" in page.empty._text.text()
    assert page.empty.button.text() == "Add a folder"


def test_a_folder_is_taken_in_with_what_was_not_taken(
    qtbot: QtBot, page: StrangersPage, gallery: FakeGallery, tmp_path: Path
) -> None:
    gallery.rejected = (Rejected("x.jpg", "There is no face in it."),)
    page.arrive()
    page.add_folder(tmp_path)
    qtbot.waitUntil(lambda: page.model.rowCount() == 2)
    assert gallery.folders == [tmp_path]
    message = page.bar.message
    assert message is not None
    assert message.text == "2 strangers were added (2 pictures)."
    assert message.tone == "warn"
    assert "x.jpg: There is no face in it." in message.details
    assert page.counts.text() == "2 strangers, 2 pictures"
    assert "drawn ones are used" in page.roles.text()
    assert page.model.data(page.model.index(0, 1)) == "face 2"  # the newest on top


def test_a_folder_that_cannot_be_taken_changes_nothing(
    qtbot: QtBot, page: StrangersPage, gallery: FakeGallery, tmp_path: Path
) -> None:
    gallery.error = KnownError("face.jpg shows Li Wei, who is enrolled.", "Take it out.")
    page.arrive()
    page.add_folder(tmp_path)
    qtbot.waitUntil(lambda: page.bar.message is not None)
    assert page.bar.message is not None
    assert page.bar.message.text == "face.jpg shows Li Wei, who is enrolled."
    assert "Nothing was changed." in page.bar.message.remedy
    assert gallery.kept == []


def test_a_stranger_is_removed_after_one_question(
    qtbot: QtBot, page: StrangersPage, gallery: FakeGallery
) -> None:
    gallery.take(60)
    page.arrive()
    qtbot.waitUntil(lambda: page.model.rowCount() == 60)
    assert not page.remove.isEnabled()
    page.table.selectRow(0)
    last = gallery.kept[-1]
    page.remove.click()
    assert page.keep.hasFocus()
    page.keep.click()
    assert len(gallery.kept) == 60
    page.remove.click()
    page.sure.click()
    qtbot.waitUntil(lambda: page.model.rowCount() == 59)
    assert last not in gallery.kept
    assert page.table.model().index(0, 0).isValid()


# Who looks alike.


def pair(a: Person, b: Person, risk: float = 0.2, *, same: bool = False) -> Pair:
    return Pair(a, b, 0.48, risk, same)


@pytest.fixture
def alikes(qtbot: QtBot, seeded: Seeded, pairs: FakePairs) -> Iterator[LookAlikesPage]:
    theme()
    page = LookAlikesPage(pairs, seeded.directory.thumbnail, seeded.store.revision)
    qtbot.addWidget(page)
    page.resize(900, 600)
    page.show()
    yield page
    page.shutdown()


def test_pairs_stand_side_by_side_with_what_they_need(
    qtbot: QtBot, alikes: LookAlikesPage, seeded: Seeded, pairs: FakePairs
) -> None:
    ana, eva, bo, twin = (seeded.person(name) for name in ("Ana", "Eva", "Bo", "Bo again"))
    pairs.found = [pair(bo, twin, 0.99, same=True), pair(ana, eva)]
    alikes.arrive()
    qtbot.waitUntil(lambda: len(alikes.rows) == 2)
    assert [row.mark.text() for row in alikes.rows] == [
        "Perhaps the same person twice",
        "Needs a second factor",
    ]
    assert alikes.rows[1].words.text().startswith("1 in 5 pictures of one may pass for the other.")
    assert alikes.count.text() == "2 pairs may be taken for each other"
    button = next(b for b in alikes.rows[1].findChildren(QPushButton) if b.toolTip() == "Eva")
    with qtbot.waitSignal(alikes.person_wanted) as wanted:
        button.click()
    assert wanted.args == [eva.id]
    assert unnamed(alikes) == []


def test_nobody_alike_is_good_news_and_many_pairs_are_counted(
    qtbot: QtBot, alikes: LookAlikesPage, seeded: Seeded, pairs: FakePairs
) -> None:
    alikes.arrive()
    qtbot.waitUntil(alikes.none.isVisible)
    alikes.arrive()
    qtbot.wait(50)
    assert pairs.asked == 1  # nobody came in meanwhile
    ana, eva = seeded.person("Ana"), seeded.person("Eva")
    pairs.found = [pair(ana, eva)] * (SHOWN + 3)
    alikes.arrive()
    qtbot.waitUntil(lambda: len(alikes.rows) == SHOWN)
    assert alikes.more.text() == "and 3 more"
    assert pairs.asked == 2


def test_people_have_both_pages_beside_the_list_and_a_look_alike_on_the_persons_page(
    qtbot: QtBot,
    seeded: Seeded,
    gallery: FakeGallery,
    pairs: FakePairs,
    runner: JobRunner,
) -> None:
    theme()
    ana, eva = seeded.person("Ana"), seeded.person("Eva")
    pairs.found = [pair(ana, eva)]

    def sure(person_id: str) -> Sureness:
        (first, *_rest) = seeded.store.samples(person_id)
        return Sureness("unsure", {first.id: 0.7}, 0.5, {first.id: eva.id})

    view = PeopleView(
        directory=seeded.directory,
        enrolment=pytest.fail,
        runner=runner,
        actor=ACTOR,
        revision=seeded.store.revision,
        sureness=sure,
        alikes=lambda _person: tuple(pairs.found),
        clock=seeded.clock,
        pages=(
            Page(
                "look_alikes",
                "Look-alikes",
                lambda: LookAlikesPage(pairs, seeded.directory.thumbnail, seeded.store.revision),
            ),
            Page(
                "strangers",
                "Strangers",
                lambda: StrangersPage(gallery, runner, ACTOR, lambda: gallery.revision),
            ),
        ),
    )
    qtbot.addWidget(view)
    view.resize(1000, 700)
    view.show()
    try:
        view.arrive()
        qtbot.waitUntil(lambda: view.model.rowCount() == 2)
        view.switch.buttons["strangers"].click()
        strangers = view.page_of("strangers")
        assert isinstance(strangers, StrangersPage)
        qtbot.waitUntil(strangers.empty.isVisible)
        assert view.escape()
        assert view.tools.isVisible()
        view.switch.buttons["look_alikes"].click()
        alike = view.page_of("look_alikes")
        assert isinstance(alike, LookAlikesPage)
        qtbot.waitUntil(lambda: len(alike.rows) == 1)
        alike.person_wanted.emit(ana.id)
        qtbot.waitUntil(view.page.alike.isVisible)
        assert len(view.page.alike.rows) == 1
        assert view.page.sure.words.text() == "The door may take Ana for somebody else."
        assert "resembles Eva more" in view.page.sure.advice.text()
        assert unnamed(view) == []
    finally:
        view.shutdown()


@pytest.mark.parametrize("language", ["en", LONGER])
def test_every_control_has_a_name(
    qtbot: QtBot, gallery: FakeGallery, runner: JobRunner, language: str
) -> None:
    theme()
    use_language(language)
    page = StrangersPage(gallery, runner, ACTOR, lambda: gallery.revision)
    qtbot.addWidget(page)
    try:
        gallery.take(3)
        page.show()
        page.arrive()
        qtbot.waitUntil(lambda: page.model.rowCount() == 3)
        page.table.selectRow(1)
        page.remove.click()
        assert unnamed(page) == []
        page.resize(560, 420)
        qtbot.waitUntil(lambda: page.table.width() <= 560)
    finally:
        page.shutdown()
        use_language("en")
