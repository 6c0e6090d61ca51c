"""The half minute after a rule was removed in which that can be undone."""

from PySide6.QtCore import QObject, QTimer, Signal

from faceaccess.core.errors import KnownError
from faceaccess.gui.messages import Message
from faceaccess.gui.rule_uses import RuleUses
from faceaccess.gui.rule_wording import effect_words
from faceaccess.gui.translation import tr
from faceaccess.gui.views.removal_undo import UNDO_FOR
from faceaccess.gui.widgets.buttons import Button
from faceaccess.gui.widgets.message_bar import MessageBar
from faceaccess.pipeline.rule_book import RuleChange


class RuleUndo(QObject):
    """Says that a rule was removed, and puts it back.

    Args:
        uses: what puts it back.
        bar: where it is said.
        parent: the owner.

    Attributes:
        button: the button of the latest removal.
        put_back: emitted after a rule was put back.
    """

    put_back = Signal()

    def __init__(self, uses: RuleUses, bar: MessageBar, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._uses, self._bar = uses, bar
        self._removed: RuleChange | None = None
        self.button: Button | None = None
        self.timer = QTimer(self)
        self.timer.setSingleShot(True)
        self.timer.timeout.connect(self._forget)

    def offer(self, change: RuleChange, words: str) -> None:
        """Say which rule was removed, with a button to undo it.

        Args:
            change: what became of it.
            words: the rule as a sentence.
        """
        self._removed = change
        text = tr("Removed: {rule}.", rule=words)
        tone = "warn" if change.effect else "accent"
        self._bar.show_message(Message(tone, text, effect_words(change)))  # type: ignore[arg-type]  # one of two tones
        self.button = Button(tr("Undo"), icon="undo", clicked=self._put_back)
        self.button.setAccessibleName(tr("Put the rule back"))
        self._bar.add_button(self.button)
        self.timer.start(UNDO_FOR)

    def _put_back(self) -> None:
        removed, uses = self._removed, self._uses
        if removed is None:
            return
        try:
            uses.jobs.call(
                lambda: uses.book.put_back(uses.actor, removed.rule),
                on_done=self._on_put_back,
                on_failed=self._bar.show_error,
            )
        except KnownError:
            # The undo stays in view: only its moment was wrong.
            assert self.button is not None
            self.button.setText(tr("Undo (something else is being done)"))

    def _on_put_back(self, _change: RuleChange) -> None:
        self._removed = None
        self.timer.stop()
        text = tr("The rule is back, and in force at every running door.")
        self._bar.show_message(Message("ok", text))
        self.put_back.emit()

    def _forget(self) -> None:
        if self._removed is not None:
            self._removed = None
            self._bar.clear()
