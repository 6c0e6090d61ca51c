"""A place of several pages behind a switch; each is a small place of its own."""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from faceaccess.gui.place import Place
from faceaccess.gui.theme import SPACE_4, SPACE_6
from faceaccess.gui.translation import tr
from faceaccess.gui.widgets.page_header import PageHeader
from faceaccess.gui.widgets.page_switch import PageSwitch


@dataclass(frozen=True)
class Page:
    """One page of a place.

    Attributes:
        name: how the program calls it.
        title: what its button says.
        make: makes it; called when it is first shown.
    """

    name: str
    title: str
    make: Callable[[], Place]


class PagedPlace(Place):
    """Shows one of its pages, and remembers which.

    What the window asks of the place, it asks of the page that is shown; what a page asks for, the
    place asks for. A place of one page shows no switch.

    Args:
        title: the place's name.
        parent: the owner.

    Attributes:
        header: the top of the place.
        switch: chooses the page.
    """

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pages: dict[str, Page] = {}
        self._made: dict[str, Place] = {}
        self._subtitles: dict[str, str] = {}
        self._kept: dict[str, str] = {}
        self._current = ""
        self._here = False
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE_6, SPACE_6, SPACE_6, SPACE_6)
        column.setSpacing(SPACE_4)
        self.header = PageHeader(title)
        column.addWidget(self.header)
        self.switch = PageSwitch(tr("Pages of {place}", place=title))
        self.switch.setVisible(False)
        self.switch.chosen.connect(self.show_page)
        column.addWidget(self.switch)
        self._stack = QStackedWidget()
        column.addWidget(self._stack, 1)

    def add_page(self, page: Page) -> None:
        """Add a page; the first is shown."""
        self._pages[page.name] = page
        self.switch.add(page.name, page.title)
        self.switch.setVisible(len(self._pages) > 1)
        if not self._current:
            self.show_page(page.name)

    @property
    def page(self) -> str:
        """The name of the page that is shown."""
        return self._current

    def page_of(self, name: str) -> Place:
        """Return a page, which is made at the first call."""
        if name not in self._made:
            page = self._pages[name].make()
            page.asked_for.connect(self.asked_for)
            page.settings_changed.connect(self.settings_changed)
            page.restore(_of_page(self._kept, name))
            self._made[name] = page
            self._stack.addWidget(page)
        return self._made[name]

    def show_page(self, name: str) -> None:
        """Show a page."""
        if name == self._current:
            return
        try:
            page = self.page_of(name)
        except Exception:
            self.switch.show_chosen(self._current)
            raise
        if self._here:
            self._made[self._current].leave()
        self._current = name
        self.switch.show_chosen(name)
        self.header.set_subtitle(self._subtitles.get(name, ""))
        self._stack.setCurrentWidget(page)
        if self._here:
            page.arrive()

    def set_subtitle(self, name: str, text: str) -> None:
        """Change the line under the heading that goes with a page."""
        self._subtitles[name] = text
        if name == self._current:
            self.header.set_subtitle(text)

    # A place of the window.

    def arrive(self) -> None:
        """The page that is shown is looked at."""
        self._here = True
        self._made[self._current].arrive()

    def leave(self) -> None:
        """It is not any more."""
        self._here = False
        self._made[self._current].leave()

    def escape(self) -> bool:
        """Step back on the page."""
        return self._made[self._current].escape()

    def focus_search(self) -> bool:
        """Go to the page's search field."""
        return self._made[self._current].focus_search()

    def remembered(self) -> dict[str, str]:
        """Return which page is shown, and what each page remembers."""
        kept = dict(self._kept)
        for name, page in self._made.items():
            kept |= {f"{name}-{key}": value for key, value in page.remembered().items()}
        return {**kept, "page": self._current}

    def restore(self, values: dict[str, str]) -> None:
        """Show the page of an earlier run."""
        self._kept = {key: value for key, value in values.items() if key != "page"}
        for name, page in self._made.items():
            page.restore(_of_page(self._kept, name))
        if values.get("page", "") in self._pages:
            self.show_page(values["page"])

    def shutdown(self) -> None:
        """End the threads of every page."""
        for page in self._made.values():
            page.shutdown()


def _of_page(values: dict[str, str], name: str) -> dict[str, str]:
    """Return what belongs to one page, by its own keys."""
    start = f"{name}-"
    return {key.removeprefix(start): text for key, text in values.items() if key.startswith(start)}
