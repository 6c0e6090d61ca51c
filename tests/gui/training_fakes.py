"""Stand-ins for the use cases of the pages "Pictures" and "Compare", driven by the test."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np

from faceaccess.core.errors import KnownError
from faceaccess.core.progress import Job, Progress
from faceaccess.learn.comparison import ComparedRun
from faceaccess.learn.hyperparameters import Hyperparameters
from faceaccess.learn.labelled_pictures import RejectedPicture
from faceaccess.learn.model_file import Model
from faceaccess.learn.picture_split import split
from faceaccess.learn.prepared_set import PreparedSet, from_arrays
from faceaccess.learn.preprocessing import Preprocessing
from faceaccess.learn.stop_rules import EpochFigures
from faceaccess.learn.trained_network import TrainedNetwork
from faceaccess.pipeline.comparing import ComparisonResult, ComparisonSettings
from faceaccess.pipeline.comparison_summary import summarise
from faceaccess.pipeline.picture_training import (
    Classified,
    PicturesForTraining,
    PicturesRead,
    PictureTrainingResult,
)
from faceaccess.pipeline.results import Picture

CLASSES = ("Ada", "Li Wei", "Tom")


def prepared(each: int = 10, classes: tuple[str, ...] = CLASSES) -> PreparedSet:
    """Noise of three classes, in gray, 8 x 8."""
    rng = np.random.default_rng(1)
    count = each * len(classes)
    pixels = rng.integers(0, 256, (count, 1, 8, 8), dtype=np.uint8)
    return from_arrays(pixels, np.arange(count) // each, classes, colour=False)


def epoch(number: int, accuracy: float | None = None, loss: float | None = None) -> EpochFigures:
    """Figures as they might be: better each epoch."""
    return EpochFigures(
        epoch=number,
        step=4 * number,
        loss=2.0 / number if loss is None else loss,
        accuracy=1 - 0.5 / number if accuracy is None else accuracy,
        test_loss=2.5 / number,
        step_length=0.35,
        gradient_norm=1.5 / number,
        seconds=0.5 * number,
    )


def progress_of(figures: EpochFigures, total: int, **more: float) -> Progress:
    """The progress that a trainer yields with these figures."""
    measured = {k: v for k, v in figures.as_json().items() if v is not None}
    return Progress("Training", figures.step, total, figures={**measured, **more})


class Gate:
    """Lets the job take a step for each permit; open lets it run."""

    def __init__(self) -> None:
        self._permits = threading.Semaphore(0)
        self._open = threading.Event()

    def let(self, steps: int = 1) -> None:
        self._permits.release(steps)

    def open(self) -> None:
        self._open.set()
        self._permits.release(1000)

    def wait(self) -> None:
        if not self._open.is_set():
            self._permits.acquire()


class FakeTrainer:
    """A `PictureTraining` that reads nothing and learns nothing, a step for each permit."""

    def __init__(self) -> None:
        self.reading, self.training = Gate(), Gate()
        self.reading.open()
        self.rejected: tuple[RejectedPicture, ...] = (
            RejectedPicture("broken.jpg", "It is no picture."),
        )
        self.remarks: tuple[str, ...] = ()
        self.pictures = prepared()
        self.read_with: list[Preprocessing] = []
        self.trained_with: list[tuple[Hyperparameters, bool]] = []
        self.parted: list[tuple[float, int]] = []
        self.fails: Exception | None = None
        self.closed = False
        self.copied: list[tuple[Path, Path]] = []
        self.copy_fails: Exception | None = None
        self.stopped_by = "epochs"

    def read(self, source: Path, preprocessing: Preprocessing) -> Job[PicturesRead]:
        self.read_with.append(preprocessing)
        for number in range(3):
            self.reading.wait()
            yield Progress("Reading pictures", number, 3, f"{number}.png")
        if self.fails is not None:
            raise self.fails
        return PicturesRead(source, self.pictures, self.rejected, self.remarks)

    def part(self, read: PicturesRead, *, share: float, seed: int) -> PicturesForTraining:
        self.parted.append((share, seed))
        parts = split(read.pictures, share=share, seed=seed)
        return PicturesForTraining(
            parts.training, parts.validation, read.rejected, read.remarks, share, seed
        )

    def checkpoint_of(self, out: Path) -> Path:
        return out.with_name(out.name + ".checkpoint")

    def train(
        self,
        pictures: PicturesForTraining,
        out: Path,
        hyperparameters: Hyperparameters,
        *,
        resume: bool,
        stop: Callable[[], bool],
    ) -> Job[PictureTrainingResult]:
        self.trained_with.append((hyperparameters, resume))
        checkpoint = self.checkpoint_of(out)
        if checkpoint.exists() != resume:
            raise KnownError("The checkpoint is in the way.")
        history: list[EpochFigures] = []
        total = 4 * hyperparameters.epochs
        why = self.stopped_by
        try:
            for number in range(1, hyperparameters.epochs + 1):
                if stop():
                    why = "asked"
                    break
                self.training.wait()
                inside = replace(epoch(number), step=4 * number - 2, accuracy=None, test_loss=None)
                yield progress_of(inside, total)
                history.append(epoch(number))
                yield progress_of(history[-1], total, end_of_epoch=1.0)
        finally:
            self.closed = True
        if self.fails is not None:
            raise self.fails
        out.write_bytes(b"a model")
        return PictureTrainingResult(out, trained(hyperparameters, history, why), pictures)

    def classifier(self, model: Path) -> "FakeClassifier":
        if not model.exists():
            raise KnownError(f"There is no model file {model}.", "Check the path.")
        return FakeClassifier()

    def copy_model(self, model: Path, out: Path) -> None:
        if self.copy_fails is not None:
            raise self.copy_fails
        self.copied.append((model, out))


def trained(
    hyperparameters: Hyperparameters, history: list[EpochFigures], why: str
) -> TrainedNetwork:
    return TrainedNetwork(
        weights={},
        hyperparameters=hyperparameters,
        classes=CLASSES,
        preprocessing=Preprocessing(8, colour=False),
        fingerprint="0" * 64,
        history=tuple(history),
        stopped_by=why,
        seconds=history[-1].seconds if history else 0.0,
        accuracy=history[-1].accuracy if history else 0.0,
        loss=history[-1].loss if history else 1.0,
    )


def model(classes: tuple[str, ...] = CLASSES) -> Model:
    return Model(
        network="fc 8 | classes",
        weights={},
        classes=classes,
        preprocessing=Preprocessing(8, colour=False),
        hyperparameters=Hyperparameters(),
        fingerprint="0" * 64,
        history=(),
        stopped_by="epochs",
        seconds=1.0,
        accuracy=0.9,
        loss=0.1,
        skipped_steps=0,
    )


class FakeClassifier:
    """Takes everything for Li Wei."""

    def __init__(self) -> None:
        self.model = model()

    def classify(self, picture: Picture) -> Classified:
        return Classified(picture.name, (("Li Wei", 0.91), ("Ada", 0.07), ("Tom", 0.02)))


class FakeComparing:
    """A `Comparing` that trains nothing, an epoch for each permit."""

    def __init__(self) -> None:
        self.gate = Gate()
        self.asked: list[tuple[Path | None, ComparisonSettings]] = []
        self.fails: Exception | None = None
        self.exported: list[Path] = []
        self.export_fails: Exception | None = None
        self.closed = False

    def run(self, source: Path | None, settings: ComparisonSettings) -> Job[ComparisonResult]:
        self.asked.append((source, settings))
        yield Progress("Drawing faces", 1, 2)
        if self.fails is not None:
            raise self.fails
        epochs = settings.epochs or 2
        total = len(settings.optimizers) * settings.seeds * epochs * 4
        runs: list[ComparedRun] = []
        try:
            for seed in range(settings.seeds):
                for place, name in enumerate(settings.optimizers):
                    yield from self._one(runs, name, seed, epochs, total, place)
        finally:
            self.closed = True
        return ComparisonResult(
            what="drawn faces",
            training=100,
            test=50,
            classes=CLASSES,
            rejected=(),
            remarks=(),
            settings=settings,
            hyperparameters=settings.hyperparameters(drawn=source is None),
            preprocessing=Preprocessing(8, colour=False),
            target=0.6,
            runs=tuple(runs),
            rows=summarise(runs, 0.6),
            seconds=1.0,
        )

    def _one(
        self, runs: list[ComparedRun], name: str, seed: int, epochs: int, total: int, place: int
    ) -> Job[None]:
        number = len(runs)
        history = []
        text = f"{name}, seed {seed}"
        for at in range(1, epochs + 1):
            self.gate.wait()
            history.append(epoch(at, accuracy=1 - 0.5 / at - 0.1 * place - 0.01 * seed))
            told = progress_of(history[-1], total, end_of_epoch=1.0, run=float(number))
            done = number * epochs * 4 + 4 * at
            yield replace(told, done=done, text=text)
        runs.append(ComparedRun(name, seed, tuple(history), history[-1].seconds))
        done = len(runs) * epochs * 4
        yield Progress("Training", done, total, text, {"run": float(number), "end_of_run": 1.0})

    def export(self, result: ComparisonResult, folder: Path) -> tuple[Path, ...]:
        if self.export_fails is not None:
            raise self.export_fails
        self.exported.append(folder)
        return (folder / "report.md", folder / "runs.csv")


@contextmanager
def opened(*gates: Gate) -> Iterator[None]:
    """Open gates at the end, so that no job waits for ever."""
    try:
        yield
    finally:
        for gate in gates:
            gate.open()
