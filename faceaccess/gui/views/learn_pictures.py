"""Train, page "Pictures": a network on labelled pictures of the user's own, and trying it."""

import hashlib
import threading
from collections.abc import Callable, Hashable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QVBoxLayout, QWidget

from faceaccess.core.errors import KnownError
from faceaccess.core.progress import Job, Progress
from faceaccess.gui.messages import Message
from faceaccess.gui.models.loader import Loader
from faceaccess.gui.picture_training_work import Plan, Trained, training
from faceaccess.gui.place import Place
from faceaccess.gui.theme import SPACE_3, SPACE_4
from faceaccess.gui.training_uses import PictureTrainer
from faceaccess.gui.translation import tr
from faceaccess.gui.widgets.buttons import Button
from faceaccess.gui.widgets.card import Card
from faceaccess.gui.widgets.curves import wait_for_library
from faceaccess.gui.widgets.dropped import dropped_paths
from faceaccess.gui.widgets.job_strip import JobStrip
from faceaccess.gui.widgets.message_bar import MessageBar
from faceaccess.gui.widgets.page_scroll import PageScroll
from faceaccess.gui.widgets.pictures_card import PicturesCard
from faceaccess.gui.widgets.training_form import Choices, TrainingForm
from faceaccess.gui.widgets.training_progress import TrainingProgress
from faceaccess.gui.widgets.try_card import TryCard
from faceaccess.gui.worker import JobRunner
from faceaccess.images.codec import PICTURE_SUFFIXES
from faceaccess.pipeline.picture_training import PicturesForTraining, PicturesRead

T = TypeVar("T")

SUFFIX = ".model"
"""Ending of the model files."""

_SETTLED = 150
"""Milliseconds after the last move of the slider until the pictures are parted anew."""


class PicturesPage(Place):
    """The page "Pictures".

    Args:
        trainer: the use case.
        runner: runs reading and training. A training takes minutes, so that it is not the runner
            that enrolment waits for.
        folder: where models are kept until they are saved elsewhere.
        parent: the owner.
    """

    def __init__(
        self,
        trainer: PictureTrainer,
        runner: JobRunner,
        folder: Path,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._trainer, self._runner, self._folder = trainer, runner, folder
        self._source: Path | None = None
        self._read: tuple[PicturesRead, Choices] | None = None
        self._mine = False
        self._model: Path | None = None
        self._loader = Loader(self)
        self._loader.loaded.connect(self._on_loaded)
        self._loader.failed.connect(self._on_failed)
        self._settled = QTimer(self)
        self._settled.setSingleShot(True)
        self._settled.setInterval(_SETTLED)
        self._settled.timeout.connect(self._part)
        self.bar = MessageBar()
        self.job = JobStrip(runner, can_pause=True)
        self.pictures = PicturesCard()
        self.form = TrainingForm()
        self.progress = TrainingProgress()
        self.trying = TryCard(trainer.classifier)
        self._build()
        self._connect()
        self.setAcceptDrops(True)
        self._show_state()

    # What is in the page.

    def _build(self) -> None:
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(SPACE_4)
        outer.addWidget(self.bar)
        outer.addWidget(self.job)
        self.page = PageScroll(tr("Training on pictures"))
        outer.addWidget(self.page, 1)
        columns = QHBoxLayout(self.page.inside)
        columns.setContentsMargins(0, 0, SPACE_3, 0)
        columns.setSpacing(SPACE_4)
        left, right = QVBoxLayout(), QVBoxLayout()
        for column in (left, right):
            column.setSpacing(SPACE_4)
            columns.addLayout(column, 1)
        self.how = Card(tr("How to train"))
        self.how.body.addWidget(self.form)
        left.addWidget(self.pictures)
        left.addWidget(self.how)
        left.addStretch(1)
        right.addWidget(self.progress)
        right.addWidget(self.trying)
        right.addStretch(1)

    def _connect(self) -> None:
        for buttons in (self.pictures.first, self.pictures.other):
            buttons.chosen.connect(self.choose)
        self.pictures.share_changed.connect(self._settled.start)
        self.progress.start_wanted.connect(self.start)
        self.progress.save_wanted.connect(self._choose_place)
        self.trying.failed.connect(self.bar.show_error)
        self._runner.busy_changed.connect(self._show_state)

    def _show_state(self, _busy: bool = False) -> None:  # noqa: FBT001, FBT002  # a signal's value
        busy = self._runner.busy
        there = self._read is not None
        self.how.setVisible(there)
        self.progress.setVisible(there)
        self.progress.show_busy(here=self._mine, elsewhere=busy and not self._mine)
        self.form.setEnabled(not self._mine)
        self.pictures.share.setEnabled(not self._mine)
        for buttons in (self.pictures.first, self.pictures.other):
            buttons.setEnabled(not busy)

    # A place.

    def escape(self) -> bool:
        """Take the message away."""
        told = self.bar.message is not None
        self.bar.clear()
        return told

    def remembered(self) -> dict[str, str]:
        """Return the choices."""
        kept = {"share": str(self.pictures.share.value())}
        with suppress(KnownError):  # what is not possible need not come back
            kept["choices"] = self.form.choices().as_text()
        return kept

    def restore(self, values: dict[str, str]) -> None:
        """Take the choices of an earlier run."""
        chosen = Choices.from_text(values.get("choices", ""))
        if chosen is not None:
            self.form.show_choices(chosen)
        if values.get("share", "").isdecimal():
            self.pictures.share.setValue(int(values["share"]))

    def shutdown(self) -> None:
        """End the threads of the page; the window ends the training."""
        self._settled.stop()
        self._loader.close()
        self.trying.close_thread()
        wait_for_library()

    # Dropping and choosing.

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take files and folders."""
        if dropped_paths(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Take a folder or a list to learn from, a picture to try, or a model to try it with."""
        paths = dropped_paths(event.mimeData())
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()
        if paths:
            self.take(paths[0])

    def take(self, path: Path) -> None:
        """Do what a file or a folder is there for."""
        if path.is_dir() or path.suffix.lower() == ".csv":
            self.choose(path)
        elif path.suffix.lower() not in PICTURE_SUFFIXES:
            self.trying.open_model(path)
        elif self.trying.has_model:
            self.trying.try_picture(path)
        else:
            self.bar.show_message(
                Message(
                    "accent",
                    tr("There is no model yet that could name the picture."),
                    tr("Train one, or open a model file that you have."),
                )
            )

    def choose(self, source: Path) -> None:
        """Read the pictures of a folder or a list."""
        try:
            chosen = self.form.choices()
            self._begin(
                lambda: self._trainer.read(source, chosen.preprocessing),
                lambda read: self._on_read(read, chosen),
            )
        except KnownError as error:
            self.bar.show_error(error)
            return
        self._source, self._read = source, None
        self.pictures.show_source(source)
        self.job.begin(tr("Reading pictures"))
        self._show_state()

    # Reading and parting.

    def _on_read(self, read: PicturesRead, chosen: Choices) -> None:
        self._keep(read, chosen)
        self._end()
        self._part()
        self.progress.show_ready("")
        self.progress.start.setFocus()

    def _keep(self, read: PicturesRead, chosen: Choices) -> None:
        self._read = (read, chosen)
        self.pictures.show_read(read)
        self._show_state()

    def _part(self) -> None:
        if self._read is None:
            return
        trainer, read = self._trainer, self._read[0]
        share, seed = self.pictures.share.value() / 100, self.form.seed.value()
        self._loader.ask(
            (id(self), "parts"), lambda: trainer.part(read, share=share, seed=seed), urgent=True
        )

    def _on_loaded(self, key: Hashable, value: object) -> None:
        if isinstance(value, PicturesForTraining):
            self.pictures.show_parts(value)
        elif isinstance(value, Path):
            self.bar.show_message(Message("ok", tr("The model was saved to {path}.", path=value)))

    def _on_failed(self, key: Hashable, error: Exception) -> None:
        self.bar.show_error(error)

    # Training.

    def start(self) -> None:
        """Train on the pictures; what was broken off is asked about first."""
        plan = self._plan(resume=False)
        if plan is None or not self._trainer.checkpoint_of(plan.out).exists():
            self._train(plan)
            return
        self.bar.show_message(
            Message(
                "warn",
                tr("A training on these pictures was broken off."),
                tr("It can go on from where it was saved, with the choices that it had then."),
            )
        )
        go_on = Button(tr("Go on"), "primary", clicked=self.go_on)
        self.bar.add_button(go_on)
        self.bar.add_button(Button(tr("Begin anew"), clicked=self.begin_anew))
        go_on.setFocus()

    def go_on(self) -> None:
        """Train on from the checkpoint."""
        self._train(self._plan(resume=True))

    def begin_anew(self) -> None:
        """Train from the start, and forget the checkpoint."""
        self._train(self._plan(resume=False))

    def _plan(self, *, resume: bool) -> Plan | None:
        if self._read is None or self._source is None:
            return None
        try:
            chosen = self.form.choices()
        except KnownError as error:
            self.bar.show_error(error)
            return None
        read, read_as = self._read
        same = chosen.preprocessing == read_as.preprocessing
        return Plan(
            source=self._source,
            read=read if same else None,
            share=self.pictures.share.value() / 100,
            choices=chosen,
            out=self._folder / _model_name(self._source),
            resume=resume,
        )

    def _train(self, plan: Plan | None) -> None:
        if plan is None:
            return
        stop = threading.Event()
        trainer = self._trainer
        try:
            self._begin(
                lambda: training(trainer, plan, stop),
                lambda trained: self._on_trained(trained, plan.choices),
            )
        except KnownError as error:
            self.bar.show_error(error)
            return
        self.progress.begin(plan.choices.hyperparameters.epochs)
        self.job.begin(tr("Training"), stop.set)
        self.job.pause.setFocus()
        self._show_state()

    def _on_progress(self, progress: Progress) -> None:
        self.job.show_progress(progress)
        self.progress.show_progress(progress)

    def _on_trained(self, trained: Trained, chosen: Choices) -> None:
        self._keep(trained.read, chosen)
        self.pictures.show_parts(trained.result.pictures)
        self.progress.show_result(trained.result)
        self._end()
        self._model = trained.result.model
        self.trying.open_model(self._model, trained.read.source.name)
        self.progress.save.setFocus()

    def _on_job_failed(self, error: BaseException) -> None:
        self._end()
        self.bar.show_error(error)

    def _on_cancelled(self) -> None:
        self._end()
        self.bar.show_message(Message("accent", tr("Cancelled.")))

    # The job.

    def _begin(self, factory: Callable[[], Job[T]], on_done: Callable[[T], None]) -> None:
        """Start a job of this page.

        Raises:
            KnownError: if another training runs.
        """
        self._runner.start(
            factory,
            on_progress=self._on_progress,
            on_done=on_done,
            on_failed=self._on_job_failed,
            on_cancelled=self._on_cancelled,
        )
        self._mine = True
        self.bar.clear()

    def _end(self) -> None:
        self._mine = False
        self.job.end()
        if self._read is None:
            self._source = None
            self.pictures.show_nothing()
        self._show_state()

    # Saving.

    def _choose_place(self) -> None:
        if self._model is None or self._source is None:
            return
        name, _ = QFileDialog.getSaveFileName(
            self, tr("Save the model"), self._source.stem + SUFFIX
        )
        if name:
            self.save_to(Path(name))

    def save_to(self, path: Path) -> None:
        """Write the model that was trained last to another place as well."""
        if self._model is None:
            return
        trainer, model = self._trainer, self._model

        def copy() -> Path:
            trainer.copy_model(model, path)
            return path

        self._loader.ask((id(self), "saved"), copy, urgent=True)


def _model_name(source: Path) -> str:
    """Return a file name that is the source's own: two folders of one name do not share a model."""
    mark = hashlib.sha256(str(source.absolute()).encode()).hexdigest()[:8]
    return f"{source.stem}-{mark}{SUFFIX}"
