"""A place of several pages: made when shown, by button and by key, remembered, taken down."""

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from faceaccess.core.errors import KnownError
from faceaccess.gui.paged_place import Page, PagedPlace
from faceaccess.gui.place import Place
from faceaccess.gui.theme import theme


class Noted(Place):
    """Writes down what the place asks of it."""

    def __init__(self, name: str, notes: list[str]) -> None:
        super().__init__()
        self.name, self.notes = name, notes
        self.kept: dict[str, str] = {}
        notes.append(f"{name} made")

    def arrive(self) -> None:
        self.notes.append(f"{self.name} arrives")

    def leave(self) -> None:
        self.notes.append(f"{self.name} leaves")

    def escape(self) -> bool:
        self.notes.append(f"{self.name} escapes")
        return True

    def remembered(self) -> dict[str, str]:
        return dict(self.kept)

    def restore(self, values: dict[str, str]) -> None:
        self.kept = dict(values)

    def shutdown(self) -> None:
        self.notes.append(f"{self.name} ends")


@pytest.fixture
def notes() -> list[str]:
    return []


@pytest.fixture
def place(qtbot: QtBot, notes: list[str]) -> PagedPlace:
    theme()
    made = PagedPlace("Train")
    qtbot.addWidget(made)
    for name, title in (("one", "First"), ("two", "Second"), ("three", "Third")):
        made.add_page(Page(name, title, lambda name=name: Noted(name, notes)))
    return made


def test_a_page_is_made_when_it_is_first_shown(place: PagedPlace, notes: list[str]) -> None:
    assert notes == ["one made"]
    place.arrive()
    place.switch.buttons["two"].click()
    assert notes == ["one made", "one arrives", "two made", "one leaves", "two arrives"]
    assert place.page == "two"
    place.switch.buttons["two"].click()
    place.switch.buttons["one"].click()
    assert notes[5:] == ["two leaves", "one arrives"]
    place.leave()
    place.show_page("three")  # the place itself is not looked at
    assert notes[7:] == ["one leaves", "three made"]


def test_the_keyboard_goes_to_the_switch_and_along_it(qtbot: QtBot, place: PagedPlace) -> None:
    place.show()
    place.activateWindow()
    qtbot.waitUntil(place.isActiveWindow)
    first = place.switch.buttons["one"]
    first.setFocus()
    qtbot.keyClick(first, Qt.Key.Key_Right)
    assert place.page == "two"
    assert place.switch.buttons["two"].hasFocus()
    assert place.switch.buttons["two"].isChecked()
    qtbot.keyClick(place.switch.buttons["two"], Qt.Key.Key_Left)
    assert place.page == "one"


def test_which_page_and_what_each_remembers_is_remembered(
    qtbot: QtBot, place: PagedPlace, notes: list[str]
) -> None:
    place.show_page("two")
    place.page_of("two").restore({"axis": "seconds"})
    kept = place.remembered()
    assert kept == {"page": "two", "two-axis": "seconds"}
    again = PagedPlace("Train")
    qtbot.addWidget(again)
    for name in ("one", "two"):
        again.add_page(Page(name, name, lambda name=name: Noted(name, notes)))
    again.restore(kept)
    assert again.page == "two"
    assert again.page_of("two").remembered() == {"axis": "seconds"}
    again.restore({"page": "cellar"})
    assert again.page == "two"


def test_what_a_page_that_was_not_shown_remembered_is_not_lost(
    qtbot: QtBot, place: PagedPlace
) -> None:
    place.restore({"two-axis": "seconds"})
    assert place.page == "one"
    assert place.remembered() == {"two-axis": "seconds", "page": "one"}


def test_what_a_page_asks_for_the_place_asks_for(qtbot: QtBot, place: PagedPlace) -> None:
    with qtbot.waitSignal(place.asked_for) as asked:
        place.page_of("two").asked_for.emit("enrol")
    assert asked.args == ["enrol"]
    assert place.escape()


def test_each_page_has_its_line_under_the_heading(place: PagedPlace) -> None:
    place.set_subtitle("one", "The door uses version 3")
    assert place.header._subtitle.text() == "The door uses version 3"
    place.show_page("two")
    assert place.header._subtitle.text() == ""
    place.show_page("one")
    assert place.header._subtitle.text() == "The door uses version 3"


def test_a_page_that_cannot_be_made_leaves_the_present_one(place: PagedPlace) -> None:
    def broken() -> Place:
        raise KnownError("The list cannot be read.")

    place.add_page(Page("four", "Fourth", broken))
    place.arrive()
    with pytest.raises(KnownError):
        place.show_page("four")
    assert place.page == "one"
    assert place.switch.buttons["one"].isChecked()


def test_every_page_that_was_made_is_taken_down(place: PagedPlace, notes: list[str]) -> None:
    place.show_page("two")
    place.shutdown()
    assert notes[-2:] == ["one ends", "two ends"]


def test_a_place_of_one_page_shows_no_switch(qtbot: QtBot, notes: list[str]) -> None:
    theme()
    single = PagedPlace("Train")
    qtbot.addWidget(single)
    single.add_page(Page("one", "First", lambda: Noted("one", notes)))
    single.show()
    assert not single.switch.isVisible()
