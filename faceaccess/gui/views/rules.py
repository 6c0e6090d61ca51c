"""Rules: who may pass which door when, to read, to write and to try."""

from collections.abc import Callable, Hashable

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QLineEdit,
    QStackedWidget,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from faceaccess.core.access_rules import AccessRule
from faceaccess.core.errors import KnownError
from faceaccess.gui.messages import Message
from faceaccess.gui.models.loader import Loader
from faceaccess.gui.models.rules import Column, RulesModel
from faceaccess.gui.place import Place
from faceaccess.gui.rule_uses import RuleFacts, RuleUses, read_rules
from faceaccess.gui.rule_wording import effect_words, sentence
from faceaccess.gui.theme import SPACE_2, SPACE_3, SPACE_4
from faceaccess.gui.translation import tr, trn
from faceaccess.gui.views.rule_undo import RuleUndo
from faceaccess.gui.widgets.buttons import Button
from faceaccess.gui.widgets.empty_state import EmptyState
from faceaccess.gui.widgets.filter_chips import Named
from faceaccess.gui.widgets.labels import Label
from faceaccess.gui.widgets.message_bar import MessageBar
from faceaccess.gui.widgets.page_scroll import PageScroll
from faceaccess.gui.widgets.plain_table import dress
from faceaccess.gui.widgets.rule_form import RuleForm
from faceaccess.gui.widgets.rule_trial import TrialCard
from faceaccess.gui.widgets.selected_rule import SelectedRule
from faceaccess.pipeline.rule_book import RuleChange, Tried

LOOK_EVERY = 1000
"""Milliseconds between two looks for changes made elsewhere, while the page is shown."""

_LONGEST = 20
"""Characters of a name that are shown on a chip."""


class RulesPage(Place):
    """The page "Rules" of Doors.

    Args:
        uses: what it reads and writes with.
        parent: the owner.
    """

    def __init__(self, uses: RuleUses, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._uses = uses
        self._seen: int | None = None
        self._facts = RuleFacts.nothing()
        self._edited: AccessRule | None = None
        self._person: Named | None = None
        self._loader = Loader(self)
        self._loader.loaded.connect(self._on_loaded)
        self._loader.failed.connect(self._on_failed)
        self.model = RulesModel(self)
        self._build()
        self.undo = RuleUndo(uses, self.bar, self)
        self.undo.put_back.connect(self.refresh)
        self._look = QTimer(self)
        self._look.setInterval(LOOK_EVERY)
        self._look.timeout.connect(self._ask_revision)

    # What is on the page.

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE_4)
        self.bar = MessageBar()
        column.addWidget(self.bar)
        self.pages = QStackedWidget()
        column.addWidget(self.pages, 1)
        self.listing, self.editing = self._listing(), self._editing()
        self.pages.addWidget(self.listing)
        self.pages.addWidget(self.editing)

    def _listing(self) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE_4)
        self.trial = TrialCard()
        self.trial.asked.connect(self._on_asked)
        self.trial.wanted.connect(self._try)
        column.addWidget(self.trial)
        column.addLayout(self._tools())
        self.lists = QStackedWidget()
        self.waiting = Label(tr("Reading the list"), "muted")
        self.waiting.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.empty = EmptyState(
            "lock",
            tr("There is no rule yet"),
            tr(
                "Whoever has no rule that allows may pass every door at any time, while their "
                "access is on. The first rule that allows changes that."
            ),
            tr("Write the first rule"),
        )
        self.empty.acted.connect(self.write)
        for widget in (self.waiting, self.empty, self._table()):
            self.lists.addWidget(widget)
        column.addWidget(self.lists, 1)
        return page

    def _tools(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(SPACE_2)
        self.add = Button(tr("Write a rule"), "primary", icon="add", clicked=self.write)
        self.edit = Button(tr("Change"), icon="edit", clicked=self._edit)
        self.remove = Button(tr("Remove"), icon="remove", clicked=self._remove)
        self.search = QLineEdit()
        self.search.setPlaceholderText(tr("Only rules with these words"))
        self.search.setAccessibleName(tr("Only rules with these words"))
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._show_rules)
        self.person = Button("", "chip", icon="close", clicked=self._show_all)
        self.person.setAccessibleName(tr("Rules of everybody"))
        self.person.setCheckable(False)
        self.person.setVisible(False)
        self.count = Label("", "muted", wrap=False)
        for button in (self.add, self.edit, self.remove):
            row.addWidget(button)
        row.addWidget(self.person)
        row.addWidget(self.search, 1)
        row.addWidget(self.count)
        return row

    def _table(self) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE_3)
        self.table = QTableView()
        self.table.setModel(self.model)
        dress(self.table, tr("Rules"), ())
        head = self.table.horizontalHeader()
        head.setStretchLastSection(False)
        head.setSectionResizeMode(Column.RULE, head.ResizeMode.Stretch)
        head.setVisible(False)  # a sentence needs no heading
        self.table.setColumnWidth(Column.LIMITS, 200)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.setMinimumHeight(74)
        self.table.selectionModel().selectionChanged.connect(self._on_selected)
        self.table.activated.connect(self._edit)
        self.shown = SelectedRule()
        column.addWidget(self.table, 1)
        column.addWidget(self.shown)
        return page

    def _editing(self) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE_3)
        self.heading = Label("", "title")
        column.addWidget(self.heading)
        uses = self._uses
        self.form = RuleForm(lambda text: uses.book.made(uses.actor, text))
        self.form.asked.connect(self._on_asked)
        scroll = PageScroll(tr("The rule"))
        inside = QVBoxLayout(scroll.inside)
        inside.setContentsMargins(0, 0, SPACE_3, 0)
        inside.addWidget(self.form)
        column.addWidget(scroll, 1)
        row = QHBoxLayout()
        self.save = Button(tr("Save"), "primary", icon="check", clicked=self._save)
        self.cancel = Button(tr("Cancel"), clicked=self._close_form)
        row.addWidget(self.save)
        row.addWidget(self.cancel)
        row.addStretch(1)
        column.addLayout(row)
        return page

    # A place of the window.

    def arrive(self) -> None:
        """Bring the list up to date and keep it so."""
        self._ask_revision()
        self._look.start()

    def leave(self) -> None:
        """Stop looking for changes."""
        self._look.stop()

    def focus_search(self) -> bool:
        """Go to the search field."""
        if self.pages.currentWidget() is self.listing:
            self.search.setFocus()
            self.search.selectAll()
        return True

    def escape(self) -> bool:
        """Leave the form, or clear the search."""
        if self.pages.currentWidget() is self.editing:
            self._close_form()
            return True
        if self.search.text():
            self.search.clear()
            return True
        if self._person is not None:
            self._show_all()
            return True
        return False

    def show_person(self, person_id: str) -> None:
        """Show only what concerns somebody, and try the rules with them."""
        name = self._uses.name
        self._close_form()
        self._loader.ask(
            (id(self), "person"), lambda: Named(person_id, name(person_id)), urgent=True
        )

    def shutdown(self) -> None:
        """End the reading thread."""
        self._look.stop()
        self._loader.close()

    # Reading.

    def _ask_revision(self) -> None:
        self._loader.ask((id(self), "revision"), self._uses.revision, urgent=True)

    def refresh(self) -> None:
        """Read the list anew."""
        self._seen = None
        self._ask_revision()

    def _on_loaded(self, key: Hashable, value: object) -> None:
        if key == (id(self), "revision"):
            if value != self._seen:
                self._seen = value if isinstance(value, int) else None
                uses = self._uses
                self._loader.ask((id(self), "rules"), lambda: read_rules(uses), urgent=True)
        elif key == (id(self), "rules"):
            self._take(value)  # type: ignore[arg-type]  # what `read_rules` returned
        elif key == (id(self), "people"):
            self.trial.suggest(value)  # type: ignore[arg-type]  # what `people` returned
            self.form.suggest(value)  # type: ignore[arg-type]  # likewise
        elif key == (id(self), "person"):
            assert isinstance(value, Named)
            self._show_only(value)
        elif key == (id(self), "tried"):
            assert isinstance(value, Tried)
            self.trial.show_tried(value)

    def _on_failed(self, key: Hashable, error: Exception) -> None:
        if key == (id(self), "tried"):
            self.trial.show_error(error)
        else:
            self._seen = None
            self.bar.show_error(error)

    def _take(self, facts: RuleFacts) -> None:
        self._facts = facts
        self.trial.offer(facts)
        self._show_rules()

    def _show_rules(self) -> None:
        chosen = self.chosen
        words = self.search.text().strip().casefold()
        names = self._facts.names
        rules = [
            rule
            for rule in self._facts.policy.rules
            if self._concerns(rule) and words in f"{sentence(rule, names)}\n{rule.note}".casefold()
        ]
        self.model.take(self._facts, rules)
        total = len(self._facts.policy.rules)
        self.lists.setCurrentIndex(2 if total else 1)
        self.search.setEnabled(total > 0)
        every = trn("{count} rule", "{count} rules", total)
        self.count.setText(
            every if len(rules) == total else tr("{shown} of {all}", shown=len(rules), all=every)
        )
        ids = [rule.id for rule in rules]
        if chosen is not None and chosen.id in ids:
            self.table.selectRow(ids.index(chosen.id))
        self._on_selected()

    def _concerns(self, rule: AccessRule) -> bool:
        """Whether a rule is about whom the list is narrowed to."""
        return self._person is None or rule.person_id in {None, self._person.id}

    def _show_only(self, person: Named) -> None:
        self._person = person
        name = person.name if len(person.name) <= _LONGEST else f"{person.name[: _LONGEST - 1]}…"
        self.person.setText(tr("Only {name}", name=name))
        self.person.setAccessibleName(tr("Not only {name} any more", name=person.name))
        self.person.setVisible(True)
        self.trial.choose(person)
        self._show_rules()

    def _show_all(self) -> None:
        self._person = None
        self.person.setVisible(False)
        self._show_rules()

    # Choosing and trying.

    @property
    def chosen(self) -> AccessRule | None:
        """The rule that is marked in the list."""
        rows = self.table.selectionModel().selectedRows()
        return self.model.rules[rows[0].row()] if rows else None

    def _on_selected(self, *_ranges: object) -> None:
        chosen = self.chosen
        self.edit.setEnabled(chosen is not None)
        self.remove.setEnabled(chosen is not None)
        self.shown.show_rule(chosen, self._facts)

    def _on_asked(self, text: str) -> None:
        people = self._uses.people
        self._loader.ask((id(self), "people"), lambda: people(text), urgent=True)

    def _try(self, person_id: str, door: str, when: str) -> None:
        book = self._uses.book

        def work() -> Tried:
            return book.test(person_id, door, book.moment_from(when) if when else None)

        self._loader.ask((id(self), "tried"), work, urgent=True)

    # Writing.

    def write(self) -> None:
        """Begin a new rule."""
        self._open_form(None, tr("A new rule"))

    def _edit(self) -> None:
        chosen = self.chosen
        if chosen is not None:
            self._open_form(chosen, tr("Change the rule"))

    def _open_form(self, rule: AccessRule | None, heading: str) -> None:
        self._edited = rule
        self.bar.clear()
        self.heading.setText(heading)
        self.form.show_rule(rule, self._facts)
        self.pages.setCurrentWidget(self.editing)
        self.form.who.kind.setFocus()

    def _close_form(self) -> None:
        self._edited = None
        self.pages.setCurrentWidget(self.listing)
        self.table.setFocus()

    def _save(self) -> None:
        if not self.form.check():
            return
        text, edited, uses = self.form.text, self._edited, self._uses
        if edited is None:
            self._call(lambda: uses.book.add(uses.actor, text), self._on_saved)
        else:
            self._call(lambda: uses.book.replace(uses.actor, edited.id, text), self._on_saved)

    def _on_saved(self, change: RuleChange) -> None:
        self.save.setEnabled(True)
        self._close_form()
        self.trial.clear()  # what it said may not hold any more
        text = tr("The rule is in force at every running door.")
        tone = "warn" if change.effect else "ok"
        self.bar.show_message(Message(tone, text, effect_words(change)))  # type: ignore[arg-type]  # one of two tones
        self.refresh()

    def _remove(self) -> None:
        chosen, uses = self.chosen, self._uses
        if chosen is not None:
            self._call(lambda: uses.book.remove(uses.actor, chosen.id), self._on_removed)

    def _on_removed(self, change: RuleChange) -> None:
        self.trial.clear()
        self.undo.offer(change, sentence(change.rule, self._facts.names))
        self.refresh()

    def _call(self, work: Callable[[], RuleChange], done: Callable[[RuleChange], None]) -> None:
        try:
            self._uses.jobs.call(work, on_done=done, on_failed=self._on_write_failed)
        except KnownError as error:
            self.bar.show_error(error)
            return
        self.save.setEnabled(False)

    def _on_write_failed(self, error: BaseException) -> None:
        self.save.setEnabled(True)
        self.bar.show_error(error, tr("Nothing was changed."))
        self.refresh()
