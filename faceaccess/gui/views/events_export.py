"""Writing the journal to a CSV file, beside all other work."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from faceaccess.core.clock import Clock
from faceaccess.gui.messages import Message
from faceaccess.gui.translation import tr, trn
from faceaccess.gui.widgets.job_strip import JobStrip
from faceaccess.gui.widgets.message_bar import MessageBar
from faceaccess.gui.worker import JobRunner
from faceaccess.pipeline.journal import Journal
from faceaccess.store.protocol import EventFilter


class EventsExport(QObject):
    """Asks for the file, writes, and says how it went.

    Args:
        journal: writes.
        filtered: gives what the list shows.
        clock: tells what is today, for the file's name.
        bar: where it is said.
        parent: the view.

    Attributes:
        job: shows how far it is.
        busy_changed: emitted with whether it writes.
    """

    busy_changed = Signal(bool)

    def __init__(
        self,
        journal: Journal,
        filtered: Callable[[], EventFilter],
        clock: Clock,
        bar: MessageBar,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._journal, self._filtered, self._clock = journal, filtered, clock
        self._bar, self._view = bar, parent
        # Writing a million lines must not keep the door's people from being edited meanwhile.
        self._runner = JobRunner(self)
        self.job = JobStrip(self._runner)
        self._target = Path()

    def choose(self) -> None:
        """Ask for the file, then write it."""
        day = self._clock.now().astimezone().date()
        name, _ = QFileDialog.getSaveFileName(
            self._view, tr("Export as CSV"), f"events-{day.isoformat()}.csv", "CSV (*.csv)"
        )
        if name:
            self.write(Path(name))

    def write(self, path: Path) -> None:
        """Write what the filter lets through to a CSV file; nothing while another is written."""
        if self._runner.busy:
            return
        journal, which = self._journal, self._filtered()
        self._target = path
        self._runner.start(
            lambda: journal.export_csv(path, which),
            on_progress=self.job.show_progress,
            on_done=self._on_done,
            on_failed=self._on_failed,
            on_cancelled=self._on_cancelled,
        )
        self._bar.clear()
        self.busy_changed.emit(True)
        self.job.begin(tr("Writing events"))

    def shutdown(self) -> None:
        """End the thread."""
        self._runner.shutdown()

    def _on_done(self, count: int) -> None:
        self._end()
        text = trn("{count} event was written.", "{count} events were written.", count)
        self._bar.show_message(Message("ok", text, str(self._target)))

    def _on_failed(self, error: BaseException) -> None:
        self._end()
        self._bar.show_error(error, tr("No file was made."))

    def _on_cancelled(self) -> None:
        self._end()
        self._bar.show_message(Message("accent", tr("Cancelled. No file was made.")))

    def _end(self) -> None:
        self.job.end()
        self.busy_changed.emit(False)
