"""Train: the door's head, and further pages."""

from collections.abc import Callable, Sequence
from typing import cast

from PySide6.QtWidgets import QWidget

from faceaccess.gui.paged_place import Page, PagedPlace
from faceaccess.gui.translation import tr
from faceaccess.gui.views.head_page import HeadPage

HEAD = "head"
"""The name of the page on the door's head."""


class TrainView(PagedPlace):
    """The place "Train".

    Args:
        make_head_page: makes the first page, which is there from the start.
        pages: the pages after it.
        parent: the owner.
    """

    def __init__(
        self,
        make_head_page: Callable[[], HeadPage],
        pages: Sequence[Page] = (),
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(tr("Train"), parent)
        self.add_page(Page(HEAD, tr("The door's head"), make_head_page))
        self.head.told.connect(self._tell)
        for page in pages:
            self.add_page(page)

    @property
    def head(self) -> HeadPage:
        """The first page."""
        return cast(HeadPage, self.page_of(HEAD))

    def _tell(self, text: str) -> None:
        self.set_subtitle(HEAD, text)
