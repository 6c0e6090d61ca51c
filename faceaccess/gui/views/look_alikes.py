"""Look-alikes: pairs of enrolled people of whom one may pass for the other."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Protocol

from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from faceaccess.core.frames import Image
from faceaccess.core.progress import Job
from faceaccess.gui.models.loader import Loader
from faceaccess.gui.place import PeoplePage
from faceaccess.gui.theme import SPACE_3, SPACE_4
from faceaccess.gui.translation import tr, trn
from faceaccess.gui.widgets.card import Card
from faceaccess.gui.widgets.empty_state import EmptyState
from faceaccess.gui.widgets.job_strip import JobStrip
from faceaccess.gui.widgets.labels import Label
from faceaccess.gui.widgets.look_alike_cards import PairRow
from faceaccess.gui.widgets.message_bar import MessageBar
from faceaccess.gui.widgets.page_scroll import PageScroll
from faceaccess.gui.worker import JobRunner
from faceaccess.pipeline.look_alikes import Pair

SHOWN = 50
"""Pairs shown, the worst first; more are counted."""


class Pairs(Protocol):
    """What the page uses of `LookAlikePairs`."""

    def pairs(self) -> Job[list[Pair]]: ...  # noqa: D102  # as in pipeline.look_alikes


class LookAlikesPage(PeoplePage):
    """The page "Look-alikes" of People.

    Args:
        look_alikes: finds the pairs.
        thumbnail: returns somebody's picture; asked off the window's thread.
        revision: grows when people change; asked off the window's thread.
        parent: the owner.
    """

    def __init__(
        self,
        look_alikes: Pairs,
        thumbnail: Callable[[str], Image | None],
        revision: Callable[[], int],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._look_alikes, self._thumbnail, self._revision = look_alikes, thumbnail, revision
        self._seen: int | None = None
        self._pairs: Sequence[Pair] = ()
        # Comparing everybody with everybody must not keep people from being edited meanwhile.
        self._runner = JobRunner(self)
        self._loader = Loader(self)
        self._loader.loaded.connect(self._on_loaded)
        self._loader.failed.connect(self._on_failed)
        self.rows: list[PairRow] = []
        self._build()

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE_4)
        self.bar = MessageBar()
        self.job = JobStrip(self._runner)
        column.addWidget(self.bar)
        column.addWidget(self.job)
        self.pages = QStackedWidget()
        column.addWidget(self.pages, 1)
        self.none = EmptyState(
            "people",
            tr("No two people look alike to the door"),
            tr(
                "Whenever somebody is enrolled, everybody is compared with everybody. Pairs of "
                "whom one may pass for the other would be listed here."
            ),
        )
        self.waiting = EmptyState("search", tr("Comparing everybody with everybody"))
        self.waiting.acted.connect(self.arrive)
        scroll = PageScroll(tr("Look-alikes"))
        self._column = QVBoxLayout(scroll.inside)
        self._column.setContentsMargins(0, 0, SPACE_3, 0)
        self._column.setSpacing(SPACE_4)
        self.count = Label("", "strong")
        advice = tr(
            "The stated risk holds against strangers. Between these people a face alone is not "
            "enough."
        )
        self._column.addWidget(self.count)
        self._column.addWidget(Label(advice, "muted"))
        self._card = Card()
        self._card.body.setSpacing(SPACE_4)
        self._column.addWidget(self._card)
        self.more = Label("", "muted")
        self._column.addWidget(self.more)
        self._column.addStretch(1)
        for page in (self.waiting, self.none, scroll):
            self.pages.addWidget(page)
        self._scroll = scroll

    # A place of the window.

    def arrive(self) -> None:
        """Compare anew if people have changed."""
        self._loader.ask((id(self), "revision"), self._revision, urgent=True)

    def shutdown(self) -> None:
        """End the threads."""
        self._runner.shutdown()
        self._loader.close()

    # Finding.

    def _on_loaded(self, key: Hashable, value: object) -> None:
        if key == (id(self), "revision"):
            if value != self._seen and not self._runner.busy:
                self._seen = value if isinstance(value, int) else None
                self._find()
        elif key == (id(self), "faces"):
            self._show(value)  # type: ignore[arg-type]  # what `_faces` returned

    def _on_failed(self, _key: Hashable, error: Exception) -> None:
        self.bar.show_error(error)

    def _find(self) -> None:
        self._runner.start(
            self._look_alikes.pairs,
            on_progress=self.job.show_progress,
            on_done=self._on_found,
            on_failed=self._on_not_found,
            on_cancelled=self._on_cancelled,
        )
        self.bar.clear()
        self.waiting.set_words(tr("Comparing everybody with everybody"))
        self.job.begin(tr("Comparing everybody with everybody"))

    def _on_found(self, pairs: Sequence[Pair]) -> None:
        self.job.end()
        self._pairs = pairs
        wanted = {one.id for pair in pairs[:SHOWN] for one in (pair.a, pair.b)}
        thumbnail = self._thumbnail
        self._loader.ask(
            (id(self), "faces"), lambda: {one: thumbnail(one) for one in wanted}, urgent=True
        )

    def _on_not_found(self, error: BaseException) -> None:
        self._end()
        self.bar.show_error(error)

    def _on_cancelled(self) -> None:
        self._end()

    def _end(self) -> None:
        self.job.end()
        self._seen = None
        self.waiting.set_words(tr("Not compared yet"), "", tr("Compare now"))
        self.pages.setCurrentWidget(self.waiting)

    def _show(self, faces: Mapping[str, Image | None]) -> None:
        for row in self.rows:
            self._card.body.removeWidget(row)
            row.hide()
            row.deleteLater()
        self.rows = [PairRow(pair, faces, self.person_wanted.emit) for pair in self._pairs[:SHOWN]]
        for row in self.rows:
            self._card.body.addWidget(row)
        count, more = len(self._pairs), len(self._pairs) - len(self.rows)
        self.count.setText(
            trn(
                "{count} pair may be taken for each other",
                "{count} pairs may be taken for each other",
                count,
            )
        )
        self.more.setText(trn("and {count} more", "and {count} more", more) if more > 0 else "")
        self.more.setVisible(more > 0)
        self.pages.setCurrentWidget(self._scroll if self.rows else self.none)
