"""The work of the page "Pictures": reading and training as one job."""

import threading
from dataclasses import dataclass
from pathlib import Path

from faceaccess.core.progress import CancelledError, Job, Progress
from faceaccess.gui.training_uses import PictureTrainer
from faceaccess.gui.widgets.training_form import Choices
from faceaccess.pipeline.output_places import make_folder
from faceaccess.pipeline.picture_training import PicturesRead, PictureTrainingResult


@dataclass(frozen=True, eq=False)
class Plan:
    """One training as it was asked for.

    Attributes:
        source: the pictures.
        read: the same, if they were read with these choices already.
        share: of the pictures kept for testing, 0 to 1.
        choices: the rest.
        out: the model file.
        resume: whether to go on from a checkpoint; else one that is there is forgotten.
    """

    source: Path
    read: PicturesRead | None
    share: float
    choices: Choices
    out: Path
    resume: bool


@dataclass(frozen=True, eq=False)
class Trained:
    """What became of it, with the pictures as they were read for it."""

    read: PicturesRead
    result: PictureTrainingResult


def training(trainer: PictureTrainer, plan: Plan, stop: threading.Event) -> Job[Trained]:
    """Read the pictures if that must be done, and train; `stop` ends it and keeps what it has."""
    make_folder(plan.out.parent, "The model")
    read = plan.read
    if read is None:
        read = yield from trainer.read(plan.source, plan.choices.preprocessing)
    if stop.is_set():
        raise CancelledError("stopped before there was anything to keep")
    chosen = plan.choices.hyperparameters
    pictures = trainer.part(read, share=plan.share, seed=chosen.seed)
    if not plan.resume:
        trainer.checkpoint_of(plan.out).unlink(missing_ok=True)
    yield Progress("Training", figures={"tested": float(len(pictures.test))})
    result = yield from trainer.train(
        pictures, plan.out, chosen, resume=plan.resume, stop=stop.is_set
    )
    return Trained(read, result)
