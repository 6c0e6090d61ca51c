"""Holidays, and what is special about a door."""

from collections.abc import Callable, Hashable
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QVBoxLayout, QWidget

from faceaccess.core.access_rules import DoorPlan, Holiday
from faceaccess.core.errors import KnownError
from faceaccess.gui.messages import Message
from faceaccess.gui.models.loader import Loader
from faceaccess.gui.place import Place
from faceaccess.gui.rule_uses import RuleFacts, RuleUses, read_rules
from faceaccess.gui.theme import SPACE_3, SPACE_4
from faceaccess.gui.translation import tr, trn
from faceaccess.gui.views.rules import LOOK_EVERY
from faceaccess.gui.widgets.buttons import Button
from faceaccess.gui.widgets.door_plan_card import DoorPlanCard
from faceaccess.gui.widgets.holidays_card import HolidaysCard
from faceaccess.gui.widgets.message_bar import MessageBar
from faceaccess.gui.widgets.page_scroll import PageScroll


class DoorPlansPage(Place):
    """The page "Holidays and doors" of Doors.

    Args:
        uses: what it reads and writes with.
        parent: the owner.
    """

    def __init__(self, uses: RuleUses, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._uses = uses
        self._seen: int | None = None
        self._facts = RuleFacts.nothing()
        self._loader = Loader(self)
        self._loader.loaded.connect(self._on_loaded)
        self._loader.failed.connect(self._on_failed)
        self._build()
        self._look = QTimer(self)
        self._look.setInterval(LOOK_EVERY)
        self._look.timeout.connect(self._ask_revision)

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE_4)
        self.bar = MessageBar()
        column.addWidget(self.bar)
        scroll = PageScroll(tr("Holidays and doors"))
        column.addWidget(scroll, 1)
        halves = QHBoxLayout(scroll.inside)
        halves.setContentsMargins(0, 0, SPACE_3, 0)
        halves.setSpacing(SPACE_4)
        self.holidays = HolidaysCard()
        self.holidays.file_wanted.connect(self._choose)
        self.holidays.clear_wanted.connect(self._clear)
        self.plan = DoorPlanCard()
        self.plan.saving.connect(self._save)
        halves.addWidget(self.holidays, 1)
        halves.addWidget(self.plan, 1)
        self.undo_button: Button | None = None

    # A place of the window.

    def arrive(self) -> None:
        """Bring everything up to date and keep it so."""
        self._ask_revision()
        self._look.start()

    def leave(self) -> None:
        """Stop looking for changes."""
        self._look.stop()

    def shutdown(self) -> None:
        """End the reading thread."""
        self._look.stop()
        self._loader.close()

    # Reading.

    def _ask_revision(self) -> None:
        self._loader.ask((id(self), "revision"), self._uses.revision, urgent=True)

    def refresh(self) -> None:
        """Read everything anew."""
        self._seen = None
        self._ask_revision()

    def _on_loaded(self, key: Hashable, value: object) -> None:
        if key == (id(self), "revision") and value != self._seen:
            self._seen = value if isinstance(value, int) else None
            uses = self._uses
            self._loader.ask((id(self), "rules"), lambda: read_rules(uses), urgent=True)
        elif key == (id(self), "rules"):
            assert isinstance(value, RuleFacts)
            self._facts = value
            self.holidays.show_holidays(value.policy.holidays)
            self.plan.show_facts(value)

    def _on_failed(self, _key: Hashable, error: Exception) -> None:
        self._seen = None
        self.bar.show_error(error)

    # Writing.

    def _choose(self) -> None:
        kinds = f"{tr('Holidays')} (*.csv *.ics *.ical *.ifb)"
        name, _ = QFileDialog.getOpenFileName(self, tr("A file of holidays"), "", kinds)
        if name:
            self.take_file(Path(name))

    def take_file(self, source: Path) -> None:
        """Replace the holidays by those of a file, wholly or not at all."""
        uses, before = self._uses, self._facts.policy.holidays

        def work() -> tuple[Holiday, ...]:
            try:
                return uses.book.take_holidays(uses.actor, source)
            except OSError as error:
                text = f"{source} cannot be read: {error.strerror}."
                raise KnownError(text, "Choose another file.") from error

        self._call(work, partial(self._on_taken, before))

    def _on_taken(self, before: tuple[Holiday, ...], taken: tuple[Holiday, ...]) -> None:
        text = trn("{count} holiday from now on.", "{count} holidays from now on.", len(taken))
        self._tell(Message("ok", text), before)

    def _clear(self) -> None:
        uses, before = self._uses, self._facts.policy.holidays
        self._call(lambda: uses.book.forget_holidays(uses.actor), partial(self._on_cleared, before))

    def _on_cleared(self, before: tuple[Holiday, ...], _nothing: object) -> None:
        text = trn("{count} holiday was removed.", "{count} holidays were removed.", len(before))
        remedy = tr("Hours that allow hold on every day now.")
        self._tell(Message("warn", text, remedy), before)

    def _tell(self, message: Message, before: tuple[Holiday, ...]) -> None:
        """Say what was done to the holidays, with a button that puts the former back."""
        self.bar.show_message(message)
        self.undo_button = Button(tr("Undo"), icon="undo", clicked=partial(self._put_back, before))
        self.undo_button.setAccessibleName(tr("Put the former holidays back"))
        self.bar.add_button(self.undo_button)
        self.refresh()

    def _put_back(self, before: tuple[Holiday, ...]) -> None:
        uses = self._uses
        self._call(lambda: uses.book.put_holidays(uses.actor, before), self._on_put_back)

    def _on_put_back(self, _nothing: object) -> None:
        self.bar.show_message(Message("ok", tr("The holidays are as they were before.")))
        self.refresh()

    def _save(self, plan: DoorPlan) -> None:
        uses = self._uses
        self._call(lambda: uses.book.put_plan(uses.actor, plan), partial(self._on_saved, plan))

    def _on_saved(self, plan: DoorPlan, _nothing: object) -> None:
        text = tr("Stored: {door} keeps to it from its next decision on.", door=plan.door)
        self.bar.show_message(Message("ok", text))
        self.refresh()

    def _call(self, work: Callable[[], Any], done: Callable[[Any], None]) -> None:
        try:
            self._uses.jobs.call(work, on_done=done, on_failed=self._on_write_failed)
        except KnownError as error:
            self.bar.show_error(error)

    def _on_write_failed(self, error: BaseException) -> None:
        self.bar.show_error(error, tr("Nothing was changed."))
        self.refresh()
