"""A running job on a page: what is being done, how far it is, and a way to end it."""

from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from faceaccess.core.progress import Progress
from faceaccess.gui.theme import SPACE_1, SPACE_2, SPACE_3
from faceaccess.gui.translation import tr
from faceaccess.gui.widgets.buttons import Button
from faceaccess.gui.widgets.labels import Label
from faceaccess.gui.worker import JobRunner


class JobStrip(QFrame):
    """Hidden until `begin`, and again after `end`.

    Args:
        runner: whose job it is; the button cancels it.
        parent: the owner.
    """

    def __init__(self, runner: JobRunner, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._runner = runner
        self.setProperty("panel", "strip")
        row = QHBoxLayout(self)
        row.setContentsMargins(SPACE_3, SPACE_2, SPACE_2, SPACE_2)
        row.setSpacing(SPACE_3)
        column = QVBoxLayout()
        column.setSpacing(SPACE_1)
        self.words = Label("", wrap=True)
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.progress.setAccessibleName(tr("Progress"))
        column.addWidget(self.words)
        column.addWidget(self.progress)
        row.addLayout(column, 1)
        self.cancel = Button(tr("Cancel"), icon="stop", clicked=self._cancel)
        row.addWidget(self.cancel)
        self.setVisible(False)

    def begin(self, what: str) -> None:
        """Show that something runs."""
        self.words.setText(what)
        self.progress.setRange(0, 0)
        self.cancel.setEnabled(True)
        self.cancel.set_text(tr("Cancel"))
        self.setVisible(True)

    def show_progress(self, progress: Progress) -> None:
        """Show how far it is."""
        if progress.total > 0:
            self.progress.setRange(0, progress.total)
            self.progress.setValue(progress.done)
            self.words.setText(
                tr(
                    "{stage}: {done} of {total}",
                    stage=tr(progress.stage),
                    done=f"{progress.done:,}",
                    total=f"{progress.total:,}",
                )
            )
        else:
            self.progress.setRange(0, 0)
            self.words.setText(tr(progress.stage))

    def end(self) -> None:
        """Hide again."""
        self.setVisible(False)

    def _cancel(self) -> None:
        self.cancel.setEnabled(False)
        self.cancel.set_text(tr("Cancelling"))
        self._runner.cancel()
