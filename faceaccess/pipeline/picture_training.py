"""Training a network on labelled pictures of any kind, and naming pictures with it.

No data folder is needed: what goes in are folders of pictures, what comes out is one model file.
torch is loaded where training or classifying begins, not on import.
"""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from faceaccess.core.clock import Clock
from faceaccess.core.counting import counted
from faceaccess.core.errors import KnownError
from faceaccess.core.progress import Job, Progress
from faceaccess.core.whole_file import whole_file
from faceaccess.images.codec import read_image
from faceaccess.learn.hyperparameters import Hyperparameters
from faceaccess.learn.labelled_pictures import RejectedPicture
from faceaccess.learn.picture_split import shared_pictures, split
from faceaccess.learn.prepared_set import Prepared, PreparedSet, prepare
from faceaccess.learn.preprocessing import Preprocessing
from faceaccess.learn.stop_rules import EpochFigures
from faceaccess.learn.trained_network import TrainedNetwork
from faceaccess.pipeline.output_places import check_file_place
from faceaccess.pipeline.results import Picture
from faceaccess.pipeline.training_defaults import SHARE

if TYPE_CHECKING:
    from faceaccess.learn.classifier import Classifier
    from faceaccess.learn.model_file import Model

PREPROCESSING = Preprocessing()
"""Size and colour of the pictures unless others are asked for."""

__all__ = [
    "PREPROCESSING",
    "SHARE",
    "Classified",
    "PictureClassifier",
    "PictureTraining",
    "PictureTrainingResult",
    "PicturesForTraining",
    "PicturesRead",
]


@dataclass(frozen=True, eq=False)
class PicturesRead:
    """Labelled pictures as they were read, not parted yet.

    Attributes:
        source: the folder or CSV file that they come from.
        pictures: ready to learn from.
        rejected: what was found and cannot be used, each with the reason, in reading order.
        remarks: sentences on what is odd about them: the same picture twice, or in two classes.
    """

    source: Path
    pictures: PreparedSet
    rejected: tuple[RejectedPicture, ...]
    remarks: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class PicturesForTraining:
    """Pictures read and parted: what a training needs.

    Attributes:
        training, test: the two parts; if one set was split, no picture is in both.
        rejected: pictures that cannot be used, each with the reason.
        remarks: sentences on what is odd about them.
        share: the share kept for testing, or None with test pictures of their own.
        seed: of the split.
    """

    training: PreparedSet
    test: PreparedSet
    rejected: tuple[RejectedPicture, ...]
    remarks: tuple[str, ...]
    share: float | None
    seed: int

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes, sorted."""
        return self.training.classes


@dataclass(frozen=True, eq=False)
class PictureTrainingResult:
    """What became of a training.

    Attributes:
        model: the model file that was written.
        trained: the network, its hyperparameters, its history and why it stopped.
        pictures: what it was trained and tested on.
    """

    model: Path
    trained: TrainedNetwork
    pictures: PicturesForTraining

    @property
    def history(self) -> tuple[EpochFigures, ...]:
        """The figures of each epoch."""
        return self.trained.history

    @property
    def epochs(self) -> int:
        """How many epochs were trained."""
        return self.history[-1].epoch if self.history else 0


@dataclass(frozen=True)
class Classified:
    """The answer for one picture.

    Attributes:
        picture: its name as given.
        top: every class with its probability (they sum to 1), most likely first; empty on error.
        error: why there is no answer, or None.
    """

    picture: str
    top: tuple[tuple[str, float], ...] = ()
    error: str | None = None

    @property
    def label(self) -> str | None:
        """The most likely class, or None on error."""
        return self.top[0][0] if self.top else None

    @property
    def probability(self) -> float | None:
        """The probability of `label`, 0 to 1, or None on error."""
        return self.top[0][1] if self.top else None


class PictureClassifier:
    """A model that is loaded and names pictures; use `PictureTraining.classifier` to get one.

    Args:
        model: what the model file carries.
        classifier: the network made of it.
    """

    def __init__(self, model: "Model", classifier: "Classifier") -> None:
        self.model = model
        self._classifier = classifier

    def classify(self, picture: Picture) -> Classified:
        """Name one picture; one that cannot be read is an answer with an error."""
        image = picture.image
        if image is None:
            assert picture.path is not None
            try:
                image = read_image(picture.path)
            except KnownError as error:
                return Classified(picture.name, error=str(error))
        return Classified(picture.name, tuple(self._classifier.classify(image)))


class PictureTraining:
    """Prepares pictures, trains on them, and loads what was trained.

    Args:
        clock: measures the time taken.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def check_place(self, out: Path, *, resume: bool = False) -> None:
        """Make sure, before any work, that a model can be trained into `out`.

        Args:
            out: the model file; a model of this program that is there will be replaced.
            resume: whether a training that was broken off is to go on.

        Raises:
            KnownError: if the folder is missing or not writable; `out` is a folder, or a file that
                is no model of this program and would be lost; or there is a checkpoint and
                `resume` is not set, or the other way round.
        """
        _check_file(out)
        _check_checkpoint(self.checkpoint_of(out), resume=resume)

    def checkpoint_of(self, out: Path) -> Path:
        """Return where the training of a model keeps its checkpoint: beside the model."""
        return out.with_name(out.name + ".checkpoint")

    def read(
        self,
        source: Path,
        preprocessing: Preprocessing = PREPROCESSING,
        *,
        classes: tuple[str, ...] | None = None,
    ) -> Job[PicturesRead]:
        """Read and check labelled pictures.

        Args:
            source: a folder of class folders, or a CSV file with the columns picture and label.
            preprocessing: size and colour.
            classes: the classes that there are to be, for test pictures; None for those found.

        Raises:
            KnownError: if there is nothing to train on, or a label is not among `classes`.
        """
        found = yield from prepare(source, preprocessing, classes=classes)
        return PicturesRead(source, found.pictures, found.rejected, _remarks(found))

    def part(
        self, read: PicturesRead, *, share: float = SHARE, seed: int = 0
    ) -> PicturesForTraining:
        """Keep a part of the pictures for testing; reads no file.

        Args:
            read: the pictures.
            share: how large the part for testing is, between 0 and 1.
            seed: chooses which pictures.

        Raises:
            KnownError: if `share` is 0 or 1, or a class has one picture only.
        """
        parts = split(read.pictures, share=share, seed=seed)
        return PicturesForTraining(
            parts.training, parts.validation, read.rejected, read.remarks, share, seed
        )

    def prepare(
        self,
        source: Path,
        *,
        test: Path | None = None,
        share: float = SHARE,
        seed: int = 0,
        preprocessing: Preprocessing = PREPROCESSING,
    ) -> Job[PicturesForTraining]:
        """Read, check and part the pictures: `read` and `part`, or `read` twice.

        Args:
            source: as in `read`.
            test: folder or CSV file of test pictures; without it a part of `source` is kept.
            share: as in `part`.
            seed: as in `part`.
            preprocessing: as in `read`.

        Raises:
            KnownError: as there.
        """
        read = yield from self.read(source, preprocessing)
        if test is None:
            return self.part(read, share=share, seed=seed)
        tested = yield from self.read(test, preprocessing, classes=read.pictures.classes)
        remarks = read.remarks + tested.remarks
        shared = shared_pictures(read.pictures, tested.pictures)
        if shared:
            pictures = counted(shared, "test picture is", "test pictures are")
            remarks += (f"{pictures} among the training pictures too: the accuracy will flatter.",)
        return PicturesForTraining(
            read.pictures, tested.pictures, read.rejected + tested.rejected, remarks, None, seed
        )

    def train(
        self,
        pictures: PicturesForTraining,
        out: Path,
        hyperparameters: Hyperparameters,
        *,
        resume: bool = False,
        stop: Callable[[], bool] | None = None,
    ) -> Job[PictureTrainingResult]:
        """Train a network and write its model file.

        A checkpoint stands beside `out` while it trains; closing the job keeps it, so that
        `resume` goes on from there with the same result as without a break. It is removed when
        the model is written.

        Args:
            pictures: from `prepare`.
            out: the model file; a model that is there is replaced at the end.
            hyperparameters: all choices.
            resume: whether to go on from the checkpoint.
            stop: asked between two steps; true ends the training as a stop rule does ("asked").

        Yields:
            Progress("Loading torch"), then Progress("Training", step, total steps) with the
            `figures` epoch, step, loss, step_length, gradient_norm, seconds; once at the end of
            each epoch with accuracy, test_loss and end_of_epoch = 1.0 as well.

        Raises:
            KnownError: if `out` cannot be written, there is a checkpoint and `resume` is not set or
                the other way round, the checkpoint is of another training, the loss is not a number
                from the first epoch on, or the disk is full.
        """
        from faceaccess.learn.model_file import save_model
        from faceaccess.learn.picture_training import train_pictures

        self.check_place(out, resume=resume)
        yield Progress("Loading torch")
        checkpoint = self.checkpoint_of(out)
        trained = yield from train_pictures(
            pictures.training,
            pictures.test,
            hyperparameters,
            checkpoint=checkpoint,
            resume=resume,
            stop=stop,
            clock=self._clock,
        )
        save_model(out, trained)
        checkpoint.unlink(missing_ok=True)
        return PictureTrainingResult(out, trained, pictures)

    def classifier(self, model: Path) -> PictureClassifier:
        """Load a model file; nothing in it is executed.

        Raises:
            KnownError: if it is missing, cut off, no model of this program, or of a newer one.
        """
        from faceaccess.learn.classifier import Classifier
        from faceaccess.learn.model_file import load_model

        loaded = load_model(model)
        return PictureClassifier(loaded, Classifier(loaded))

    def copy_model(self, model: Path, out: Path) -> None:
        """Write a model file to another place as well, whole or not at all.

        Raises:
            KnownError: if there is no model at `model`, or `out` cannot be written.
        """
        from faceaccess.learn.model_file import load_model

        _check_file(out)
        load_model(model)
        with whole_file(out) as copy, model.open("rb") as original:
            shutil.copyfileobj(original, copy)


def _remarks(found: Prepared) -> tuple[str, ...]:
    remarks = [
        f"The same picture is in the classes {', '.join(one.classes)}: {', '.join(one.pictures)}."
        for one in found.contradictions
    ]
    if found.duplicates:
        pictures = counted(found.duplicates, "picture is", "pictures are")
        remarks.append(f"{pictures} there twice or more, pixel for pixel, in one class.")
    return tuple(remarks)


def _check_file(out: Path) -> None:
    check_file_place(out, "The model")
    if out.exists() and not _is_model(out):
        raise KnownError(
            f"{out} exists and is not a model of this program.",
            "Choose another name for the model, or delete the file.",
        )


def _is_model(path: Path) -> bool:
    from faceaccess.learn.model_file import load_model

    try:
        load_model(path)
    except KnownError:
        return False
    return True


def _check_checkpoint(checkpoint: Path, *, resume: bool) -> None:
    if resume and not checkpoint.exists():
        raise KnownError(
            f"There is no checkpoint {checkpoint} to go on from.",
            "Train without --resume to begin anew.",
        )
    if checkpoint.exists() and not resume:
        raise KnownError(
            f"A training of this model was broken off: {checkpoint} holds how far it came.",
            "Go on with --resume, or delete that file to begin anew.",
        )
