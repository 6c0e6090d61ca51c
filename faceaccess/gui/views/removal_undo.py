"""The half minute after a removal in which it can be undone."""

from PySide6.QtCore import QObject, QTimer, Signal

from faceaccess.core.actors import Actor
from faceaccess.core.errors import KnownError
from faceaccess.core.people import Person
from faceaccess.gui.messages import Message
from faceaccess.gui.translation import tr, trn
from faceaccess.gui.widgets.buttons import Button
from faceaccess.gui.widgets.message_bar import MessageBar
from faceaccess.gui.worker import JobRunner
from faceaccess.pipeline.directory import Directory, RemovedPerson

UNDO_FOR = 30_000
"""Milliseconds that a removal can be undone."""


class RemovalUndo(QObject):
    """Says that somebody was removed, and puts them back.

    Args:
        directory: puts back.
        runner: runs what writes.
        actor: on whose behalf.
        bar: where it is said.
        parent: the owner.

    Attributes:
        button: the button of the latest removal.
        put_back: emitted after somebody was put back.
    """

    put_back = Signal()

    def __init__(
        self,
        directory: Directory,
        runner: JobRunner,
        actor: Actor,
        bar: MessageBar,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._directory, self._runner, self._actor, self._bar = directory, runner, actor, bar
        self._removed: RemovedPerson | None = None
        self.button: Button | None = None
        self.timer = QTimer(self)
        self.timer.setSingleShot(True)
        self.timer.timeout.connect(self._forget)

    def offer(self, removed: RemovedPerson) -> None:
        """Say who was removed, with a button to undo it."""
        self._removed = removed
        name = removed.person.name
        message = Message(
            "accent",
            trn(
                "{name} was removed with {count} picture.",
                "{name} was removed with {count} pictures.",
                len(removed.samples),
                name=name,
            ),
            tr("The door does not know them any more."),
        )
        self._bar.show_message(message)
        self.button = Button(tr("Undo"), icon="undo", clicked=self._put_back)
        self.button.setAccessibleName(tr("Put {name} back", name=name))
        self._bar.add_button(self.button)
        self.timer.start(UNDO_FOR)

    def _put_back(self) -> None:
        removed, directory, actor = self._removed, self._directory, self._actor
        if removed is None:
            return
        try:
            self._runner.call(
                lambda: directory.undo_remove(actor, removed),
                on_done=self._on_put_back,
                on_failed=self._bar.show_error,
            )
        except KnownError:
            # The undo stays in view: only its moment was wrong.
            assert self.button is not None
            self.button.setText(tr("Undo (something else is being done)"))

    def _on_put_back(self, person: Person) -> None:
        self._removed = None
        self.timer.stop()
        text = tr("{name} is back, and the door knows them again.", name=person.name)
        self._bar.show_message(Message("ok", text))
        self.put_back.emit()

    def _forget(self) -> None:
        if self._removed is not None:
            self._removed = None
            self._bar.clear()
