"""A running job on a page: what is being done, how far it is, and how to hold and to end it."""

from collections.abc import Callable

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
        runner: whose job it is.
        parent: the owner.
        can_pause: whether it can be held; only for jobs that nothing waits for.
    """

    def __init__(
        self, runner: JobRunner, parent: QWidget | None = None, *, can_pause: bool = False
    ) -> None:
        super().__init__(parent)
        self._runner = runner
        self._stop: Callable[[], object] | None = None
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
        self.pause = Button(tr("Pause"), clicked=self._hold_or_go_on)
        self.pause.setVisible(can_pause)
        row.addWidget(self.pause)
        self.cancel = Button(tr("Cancel"), icon="stop", clicked=self._end)
        row.addWidget(self.cancel)
        runner.paused_changed.connect(self._show_paused)
        self.setVisible(False)

    def begin(self, what: str, stop: Callable[[], object] | None = None) -> None:
        """Show that something runs.

        Args:
            what: a phrase.
            stop: what the button calls, which then says "Stop", to end the job and keep what was
                done; None for "Cancel", which keeps nothing.
        """
        self._stop = stop
        self.words.setText(what)
        self.progress.setRange(0, 0)
        self.cancel.setEnabled(True)
        self.cancel.set_text(tr("Stop") if stop else tr("Cancel"))
        self.pause.setEnabled(True)
        self._show_paused(self._runner.paused)
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

    def _hold_or_go_on(self) -> None:
        if self._runner.paused:
            self._runner.resume()
        else:
            self._runner.pause()

    def _show_paused(self, paused: bool) -> None:  # noqa: FBT001  # a signal's value
        self.pause.set_text(tr("Resume") if paused else tr("Pause"))

    def _end(self) -> None:
        self.cancel.setEnabled(False)
        self.pause.setEnabled(False)
        if self._stop is None:
            self.cancel.set_text(tr("Cancelling"))
            self._runner.cancel()
        else:
            self.cancel.set_text(tr("Stopping"))
            self._stop()
            self._runner.resume()  # a held job does not come to its end
