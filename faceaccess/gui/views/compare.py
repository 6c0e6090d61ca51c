"""Train, page "Compare": optimizers on the same network and pictures, their curves side by side."""

from collections.abc import Hashable
from pathlib import Path

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QFileDialog, QVBoxLayout, QWidget

from faceaccess.core.errors import KnownError
from faceaccess.core.progress import Progress
from faceaccess.gui.messages import Message
from faceaccess.gui.models.loader import Loader
from faceaccess.gui.place import Place
from faceaccess.gui.theme import SPACE_3, SPACE_4
from faceaccess.gui.training_uses import Comparer
from faceaccess.gui.training_wording import optimizer_name
from faceaccess.gui.translation import tr
from faceaccess.gui.widgets.buttons import Button
from faceaccess.gui.widgets.card import Card
from faceaccess.gui.widgets.compare_curves import CompareCurves
from faceaccess.gui.widgets.compare_form import CompareForm
from faceaccess.gui.widgets.compare_result import CompareResult
from faceaccess.gui.widgets.curves import wait_for_library
from faceaccess.gui.widgets.dropped import dropped_paths
from faceaccess.gui.widgets.job_strip import JobStrip
from faceaccess.gui.widgets.labels import Label
from faceaccess.gui.widgets.message_bar import MessageBar
from faceaccess.gui.widgets.page_scroll import PageScroll
from faceaccess.gui.worker import JobRunner
from faceaccess.pipeline.comparing import ComparisonResult


class ComparePage(Place):
    """The page "Compare".

    Args:
        comparer: the use case.
        runner: runs the comparison; it takes minutes.
        parent: the owner.
    """

    def __init__(
        self, comparer: Comparer, runner: JobRunner, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._comparer, self._runner = comparer, runner
        self._mine = False
        self._result: ComparisonResult | None = None
        self._loader = Loader(self)
        self._loader.loaded.connect(self._on_exported)
        self._loader.failed.connect(self._on_export_failed)
        self.bar = MessageBar()
        self.job = JobStrip(runner, can_pause=True)
        self.form = CompareForm()
        self.curves = CompareCurves()
        self.result = CompareResult()
        self._build()
        self.start_button.clicked.connect(lambda _on=False: self.start())
        self.result.export_wanted.connect(self._choose_place)
        runner.busy_changed.connect(self._show_state)
        self.setAcceptDrops(True)
        self._show_state()

    def _build(self) -> None:
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(SPACE_4)
        outer.addWidget(self.bar)
        outer.addWidget(self.job)
        self.page = PageScroll(tr("Comparison of optimizers"))
        outer.addWidget(self.page, 1)
        column = QVBoxLayout(self.page.inside)
        column.setContentsMargins(0, 0, SPACE_3, 0)
        column.setSpacing(SPACE_4)
        what = Card(tr("Compare optimizers"))
        self.teaching = Label(
            tr(
                "Each optimizer trains the same network on the same pictures, from the same starts "
                "and in the same order. The curves grow side by side, so that one sees which "
                "learns faster and which ends better."
            ),
            "muted",
        )
        what.body.addWidget(self.teaching)
        what.body.addWidget(self.form)
        self.start_button = Button(tr("Compare"), "primary", icon="play")
        self.start_button.setMinimumHeight(48)
        self.waiting = Label(
            tr("Another training is running. This one can start when it has ended."), "muted"
        )
        what.body.addWidget(self.start_button)
        what.body.addWidget(self.waiting)
        self.drawing = Card(tr("Curves"))
        self.drawing.body.addWidget(self.curves)
        self.drawing.setVisible(False)
        column.addWidget(what)
        column.addWidget(self.result)
        column.addWidget(self.drawing)
        column.addStretch(1)

    def _show_state(self, _busy: bool = False) -> None:  # noqa: FBT001, FBT002  # a signal's value
        elsewhere = self._runner.busy and not self._mine
        self.form.setEnabled(not self._mine)
        self.start_button.setVisible(not self._mine)
        self.start_button.setEnabled(not elsewhere)
        self.waiting.setVisible(elsewhere)

    # A place.

    def escape(self) -> bool:
        """Take the message away."""
        told = self.bar.message is not None
        self.bar.clear()
        return told

    def remembered(self) -> dict[str, str]:
        """Return the choices and what the horizontal axis shows."""
        return {"choices": self.form.as_text(), "axis": self.curves.by}

    def restore(self, values: dict[str, str]) -> None:
        """Take them back."""
        self.form.show_text(values.get("choices", ""))
        self.curves.show_by(values.get("axis", ""))

    def shutdown(self) -> None:
        """End the page's thread; the window ends the comparison."""
        self._loader.close()
        wait_for_library()

    # The pictures.

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take a folder or a list of pictures while nothing runs."""
        if dropped_paths(event.mimeData()) and not self._mine:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Compare on what was dropped."""
        paths = dropped_paths(event.mimeData())
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()
        if paths and not self._mine:
            self.form.show_source(paths[0])

    # Comparing.

    def start(self) -> None:
        """Begin the comparison."""
        comparer, source = self._comparer, self.form.source
        try:
            settings = self.form.settings()
            self._runner.start(
                lambda: comparer.run(source, settings),
                on_progress=self._on_progress,
                on_done=self._on_done,
                on_failed=self._on_failed,
                on_cancelled=self._on_cancelled,
            )
        except KnownError as error:
            self.bar.show_error(error)
            return
        self._mine = True
        self._show_state()
        self.bar.clear()
        self.result.setVisible(False)
        self.drawing.setVisible(True)
        self.curves.begin(settings.optimizers)
        self.job.begin(tr("Comparing"))
        self.job.pause.setFocus()
        QTimer.singleShot(0, self, self._show_curves)

    def _show_curves(self) -> None:
        """Bring the curves into view, once the page has made room for them."""
        self.page.ensureWidgetVisible(self.drawing)

    def _on_progress(self, progress: Progress) -> None:
        self.job.show_progress(progress)
        optimizer, _, seed = progress.text.rpartition(", seed ")
        if optimizer:
            self.job.words.setText(
                tr(
                    "{optimizer}, seed {seed}: step {done} of {total}",
                    optimizer=optimizer_name(optimizer),
                    seed=seed,
                    done=f"{progress.done:,}",
                    total=f"{progress.total:,}",
                )
            )
        self.curves.show_progress(progress)

    def _on_done(self, result: ComparisonResult) -> None:
        self._end()
        self._result = result
        self.curves.show_runs(result.runs)
        self.result.show_result(result)
        self.result.export.setFocus()

    def _on_failed(self, error: BaseException) -> None:
        self._end()
        self.bar.show_error(error)

    def _on_cancelled(self) -> None:
        self._end()
        self.bar.show_message(
            Message("accent", tr("Cancelled."), tr("The curves show how far it came."))
        )

    def _end(self) -> None:
        self._mine = False
        self.job.end()
        self.drawing.setVisible(bool(self.curves.loss.lines()))
        self._show_state()

    # Exporting.

    def _choose_place(self) -> None:
        name = QFileDialog.getExistingDirectory(self, tr("Export to a folder"))
        if name:
            self.export_to(Path(name))

    def export_to(self, folder: Path) -> None:
        """Write table, curves and raw numbers into a folder."""
        if self._result is not None:
            comparer, result = self._comparer, self._result
            self._loader.ask(folder, lambda: comparer.export(result, folder), urgent=True)

    def _on_exported(self, folder: Hashable, files: object) -> None:
        assert isinstance(files, tuple)
        names = ", ".join(path.name for path in files)
        self.bar.show_message(
            Message(
                "ok",
                tr("The comparison was written to {folder}.", folder=folder),
                tr("Files: {names}", names=names),
            )
        )

    def _on_export_failed(self, _folder: Hashable, error: Exception) -> None:
        self.bar.show_error(error)
