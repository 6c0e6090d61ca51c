"""Trying a model on a picture: the picture, and what the model takes it for."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QProgressBar,
    QVBoxLayout,
    QWidget,
)

from faceaccess.core.errors import KnownError
from faceaccess.core.frames import Image
from faceaccess.gui.models.loader import Loader
from faceaccess.gui.theme import SPACE_1, SPACE_2, SPACE_3
from faceaccess.gui.training_uses import LoadedModel
from faceaccess.gui.training_wording import classes_count
from faceaccess.gui.translation import tr
from faceaccess.gui.widgets.buttons import Button
from faceaccess.gui.widgets.card import Card
from faceaccess.gui.widgets.flow import FlowLayout
from faceaccess.gui.widgets.labels import Label
from faceaccess.gui.widgets.picture import PictureLabel
from faceaccess.gui.wording import breakable
from faceaccess.images.codec import PICTURE_SUFFIXES, read_image
from faceaccess.pipeline.picture_training import Classified
from faceaccess.pipeline.results import Picture

SHOWN = 5
"""Labels shown of a picture."""

_PARTS = 1000


@dataclass(frozen=True, eq=False)
class Tried:
    """A picture and what a model takes it for.

    Attributes:
        image: its pixels, or None if it cannot be read.
        answer: the model's.
    """

    image: Image | None
    answer: Classified


def tried(model: LoadedModel, path: Path) -> Tried:
    """Read a picture and ask a model about it; the trouble with it is an answer too."""
    name = path.name
    try:
        image = read_image(path)
        return Tried(image, model.classify(Picture(name, image=image)))
    except KnownError as error:
        return Tried(None, Classified(name, error=str(error)))


class TryCard(Card):
    """Says which model is at hand, and lets one try it.

    Models are loaded and pictures looked at on a thread of the card's own, so that one can try a
    model while another is trained.

    Args:
        load: loads a model file; slow at the first call.
        parent: the owner.

    Attributes:
        failed: emitted with the error when a model cannot be loaded.
    """

    failed = Signal(object)

    def __init__(self, load: Callable[[Path], LoadedModel], parent: QWidget | None = None) -> None:
        super().__init__(tr("Try a model"), parent)
        self._load = load
        self._model: LoadedModel | None = None
        self._title = ""
        self._opening: tuple[Path, str] | None = None
        self._looking: Path | None = None
        self._loader = Loader(self)
        self._loader.loaded.connect(self._on_loaded)
        self._loader.failed.connect(self._on_failed)
        self.which = Label("", "strong", selectable=True)
        self.note = Label("", "muted")
        self.body.addWidget(self.which)
        self.body.addWidget(self.note)
        self._answer_part()
        self.picture = Button(tr("Choose a picture"), icon="picture", clicked=self._choose_picture)
        self.open = Button(tr("Open a model"), icon="folder", clicked=self._choose_model)
        buttons = QWidget()
        row = FlowLayout(buttons, SPACE_2)
        row.addWidget(self.picture)
        row.addWidget(self.open)
        self.body.addWidget(buttons)
        self.body.addStretch(1)
        self.answer.setVisible(False)
        self._show_model()

    def _answer_part(self) -> None:
        self.answer = QWidget()
        whole = QVBoxLayout(self.answer)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(SPACE_2)
        self.says = Label("", "strong", selectable=True)
        whole.addWidget(self.says)
        row = QHBoxLayout()
        row.setSpacing(SPACE_3)
        self.shown = PictureLabel(112, tr("The picture that is tried"), "picture")
        row.addWidget(self.shown)
        self.name = Label("", "small")
        row.addWidget(self.name, 1)
        whole.addLayout(row)
        grid = QGridLayout()
        grid.setHorizontalSpacing(SPACE_2)
        grid.setVerticalSpacing(SPACE_1)
        for place in (0, 1):
            grid.setColumnStretch(place, 1)
        self.rows: list[tuple[Label, QProgressBar, Label]] = []
        for place in range(SHOWN):
            label, bar, value = Label("", "small"), QProgressBar(), Label("", "small", wrap=False)
            bar.setRange(0, _PARTS)
            bar.setTextVisible(False)
            bar.setMinimumWidth(48)
            for place_in_row, widget in enumerate((label, bar, value)):
                grid.addWidget(widget, place, place_in_row)
            self.rows.append((label, bar, value))
        whole.addLayout(grid)
        self.body.addWidget(self.answer)

    # The model.

    @property
    def has_model(self) -> bool:
        """Whether there is a model to try."""
        return self._model is not None

    def open_model(self, path: Path, title: str = "") -> None:
        """Load a model file; it takes the place of the present one when it is there.

        Args:
            path: the file.
            title: what to call it; "" for the file's name.
        """
        self._opening = (path, title or path.name)
        self.which.setText(tr("Opening {name}", name=breakable(self._opening[1], 24)))
        load = self._load
        self._loader.ask(("model", path), lambda: load(path), urgent=True)

    def try_picture(self, path: Path) -> None:
        """Ask the model what a picture shows; without a model nothing happens."""
        if self._model is None:
            return
        model, self._looking = self._model, path
        self.name.setText(breakable(path.name))
        self.shown.set_picture(None)
        self._show_answer(tr("Looking at the picture"), ())
        self._loader.ask(("picture", path), lambda: tried(model, path), urgent=True)

    def close_thread(self) -> None:
        """End the card's thread."""
        self._loader.close()

    def _choose_picture(self) -> None:
        endings = " ".join(f"*{suffix}" for suffix in sorted(PICTURE_SUFFIXES))
        name, _ = QFileDialog.getOpenFileName(
            self, tr("Choose a picture"), "", tr("Pictures ({endings})", endings=endings)
        )
        if name:
            self.try_picture(Path(name))

    def _choose_model(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self, tr("Open a model"))
        if name:
            self.open_model(Path(name))

    def _on_loaded(self, key: tuple[str, Path], value: object) -> None:
        if isinstance(value, Tried):
            if key[1] == self._looking:  # else another was asked about since
                self._show_tried(value)
        elif self._opening is not None and key[1] == self._opening[0]:
            self._model = value  # type: ignore[assignment]  # what `load` gave
            self._title, self._opening, self._looking = self._opening[1], None, None
            self.answer.setVisible(False)
            self._show_model()

    def _on_failed(self, key: tuple[str, Path], error: Exception) -> None:
        if key[0] == "model":
            self._opening = None
            self._show_model()
        else:
            self.answer.setVisible(False)
        self.failed.emit(error)

    def _show_model(self) -> None:
        if self._model is None:
            self.which.setText(tr("No model yet"))
            self.note.setText(tr("Train one, or open a model file that you have."))
        else:
            self.which.setText(
                tr(
                    "{name}: {classes}",
                    name=breakable(self._title, 24),
                    classes=classes_count(len(self._model.model.classes)),
                )
            )
            self.note.setText(
                tr(
                    "Drop a picture here, or choose one. The model knows only its own classes: it "
                    "takes a picture of anything else for one of them too."
                )
            )
        self.picture.setEnabled(self._model is not None)

    def _show_tried(self, tried: Tried) -> None:
        self.shown.set_picture(tried.image)
        answer = tried.answer
        if answer.label is None or answer.probability is None:
            self._show_answer(answer.error or tr("The model has no answer."), ())
            return
        words = tr(
            "{label} (probability {probability})",
            label=answer.label,
            probability=f"{answer.probability:.2f}",
        )
        self._show_answer(words, answer.top[:SHOWN])

    def _show_answer(self, words: str, top: Sequence[tuple[str, float]]) -> None:
        self.says.setText(words)
        self.answer.setVisible(True)
        self.answer.setAccessibleName(words)
        for place, (label, bar, value) in enumerate(self.rows):
            there = place < len(top)
            for widget in (label, bar, value):
                widget.setVisible(there)
            if there:
                name, probability = top[place]
                label.setText(breakable(name))
                bar.setValue(round(_PARTS * probability))
                bar.setAccessibleName(name)
                bar.setAccessibleDescription(f"{probability:.2f}")
                value.setText(f"{probability:.2f}")
