"""Comparing optimizers on the same network, the same pictures and the same starts.

torch is loaded where training begins, not on import.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from faceaccess.core.clock import Clock
from faceaccess.core.counting import counted
from faceaccess.core.errors import KnownError
from faceaccess.core.progress import Job, Progress
from faceaccess.learn.comparison import ComparedRun, compare
from faceaccess.learn.hyperparameters import Hyperparameters
from faceaccess.learn.labelled_pictures import RejectedPicture
from faceaccess.learn.preprocessing import Preprocessing
from faceaccess.pipeline.comparison_report import write_report
from faceaccess.pipeline.comparison_summary import ComparedOptimizer, summarise, target_of
from faceaccess.pipeline.output_places import make_folder
from faceaccess.pipeline.picture_training import PicturesForTraining, PictureTraining
from faceaccess.pipeline.training_defaults import (
    BATCH,
    COMPARED,
    DRAWN_EPOCHS,
    EPOCHS,
    SEEDS,
    SHARE,
)

__all__ = [
    "COMPARED",
    "DRAWN_EPOCHS",
    "EPOCHS",
    "SEEDS",
    "Comparing",
    "ComparisonResult",
    "ComparisonSettings",
]


@dataclass(frozen=True)
class ComparisonSettings:
    """What is compared, and how.

    Attributes:
        optimizers: their names; the first is the one that the others are set against.
        seeds: runs of each optimizer; run number n of every one has the same start and batches.
        epochs: of each run; None for `EPOCHS`, with drawn faces `DRAWN_EPOCHS`.
        batch: pictures a step of each run.
        network, loss: as in `Hyperparameters`.
        averaged_weights: whether every optimizer's weights are averaged for the test.
        size: side of the pictures, pixels; drawn faces have their own.
        colour: whether the pictures are in colour; drawn faces are not.
        test: folder or CSV file of test pictures; None keeps `share` of the pictures for testing.
        share: of the pictures for testing, between 0 and 1.
        seed: of the split, of the drawn pictures, and of the first run; the next has the next one.
        target: test accuracy, 0 to 1, that the time to is told; None for one that the runs give
            (see `comparison_summary.target_of`).

    Raises:
        KnownError: if an optimizer is named twice, or there are none, or `seeds` is below 1.
    """

    optimizers: tuple[str, ...] = COMPARED
    seeds: int = SEEDS
    epochs: int | None = None
    batch: int = BATCH
    network: str = "lenet"
    loss: str = "cross-entropy"
    averaged_weights: bool = False
    size: int = 32
    colour: bool = False
    test: Path | None = None
    share: float = SHARE
    seed: int = 0
    target: float | None = None

    def __post_init__(self) -> None:
        if not self.optimizers:
            raise KnownError("No optimizer is named.", "Name at least one.")
        twice = [name for name in self.optimizers if self.optimizers.count(name) > 1]
        if twice:
            raise KnownError(f"{twice[0]} is named twice.", "Name each optimizer once.")
        if self.seeds < 1:
            raise KnownError(f"{self.seeds} runs of each optimizer are not possible.", "Make one.")
        if self.target is not None and not 0 < self.target <= 1:
            raise KnownError(
                f"An accuracy of {self.target:g} cannot be a target.", "Give one above 0, up to 1."
            )

    def hyperparameters(self, *, drawn: bool) -> Hyperparameters:
        """Return what every run has in common; drawn faces have their own number of epochs.

        Raises:
            KnownError: if one of the values is not possible.
        """
        usual = DRAWN_EPOCHS if drawn else EPOCHS
        return Hyperparameters(
            network=self.network,
            loss=self.loss,
            batch=self.batch,
            epochs=usual if self.epochs is None else self.epochs,
            seed=self.seed,
            shift=0,
            mirror=False,
            averaged_weights=self.averaged_weights,
        )


@dataclass(frozen=True, eq=False)
class ComparisonResult:
    """What a comparison gave.

    Attributes:
        what: what was trained on, in words ("2,600 drawn faces of 26 people").
        training, test: how many pictures.
        classes: their names.
        rejected: pictures that could not be used.
        remarks: sentences on what is odd about the pictures.
        settings: as asked for.
        hyperparameters: what every run has in common.
        preprocessing: size and colour of the pictures.
        target: the test accuracy, 0 to 1, that the times of the rows are told to.
        runs: one for each optimizer and seed.
        rows: one for each optimizer, in the order of the settings.
        seconds: of training, all runs.
    """

    what: str
    training: int
    test: int
    classes: tuple[str, ...]
    rejected: tuple[RejectedPicture, ...]
    remarks: tuple[str, ...]
    settings: ComparisonSettings
    hyperparameters: Hyperparameters
    preprocessing: Preprocessing
    target: float
    runs: tuple[ComparedRun, ...]
    rows: tuple[ComparedOptimizer, ...]
    seconds: float


class Comparing:
    """Trains the same network with several optimizers and reports what became of it.

    Args:
        clock: measures the time taken.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def check_place(self, folder: Path) -> None:
        """Make the folder of the report, before any work; what is in it stays.

        Raises:
            KnownError: if it cannot be made or written to.
        """
        make_folder(folder, "The comparison")

    def run(self, source: Path | None, settings: ComparisonSettings) -> Job[ComparisonResult]:
        """Prepare the pictures and train every optimizer with every seed.

        Args:
            source: a folder of class folders or a CSV file; None for drawn faces.
            settings: what is compared.

        Yields:
            As `prepare` and `train`.

        Raises:
            KnownError: as there.
        """
        pictures = yield from self.prepare(source, settings)
        return (yield from self.train(source, pictures, settings))

    def prepare(
        self, source: Path | None, settings: ComparisonSettings
    ) -> Job[PicturesForTraining]:
        """Read the pictures or draw them.

        Yields:
            Progress("Reading pictures" or "Drawing faces", done, total).

        Raises:
            KnownError: as `PictureTraining.prepare`; or if a value of the settings is not possible.
        """
        settings.hyperparameters(drawn=source is None)
        if source is None:
            from faceaccess.pipeline.drawn_pictures import draw

            drawn = yield from draw(settings.seed)
            return PicturesForTraining(drawn.training, drawn.test, (), (), None, settings.seed)
        return (
            yield from PictureTraining(self._clock).prepare(
                source,
                test=settings.test,
                share=settings.share,
                seed=settings.seed,
                preprocessing=Preprocessing(settings.size, settings.colour),
            )
        )

    def train(
        self,
        source: Path | None,
        pictures: PicturesForTraining,
        settings: ComparisonSettings,
        *,
        finished: list[ComparedRun] | None = None,
    ) -> Job[ComparisonResult]:
        """Train every optimizer with every seed.

        Args:
            source: where the pictures are from, as in `prepare`.
            pictures: from `prepare`.
            settings: what is compared.
            finished: gets each run as it ends; `result` can report them, should the job be closed
                before its end.

        Yields:
            Progress("Loading torch"), then
            Progress("Training", step, total steps of all runs, "adam, seed 1") with the `figures`
            of `PictureTraining.train` and run, the run's number from 0; end_of_epoch = 1.0 at the
            end of an epoch, end_of_run = 1.0 at the end of a run.

        Raises:
            KnownError: if an optimizer, the network or a value is not possible.
        """
        began = self._clock.monotonic()
        hyperparameters = settings.hyperparameters(drawn=source is None)
        yield Progress("Loading torch")
        runs = yield from compare(
            pictures.training,
            pictures.test,
            hyperparameters,
            optimizers=settings.optimizers,
            seeds=settings.seeds,
            finished=finished,
            clock=self._clock,
        )
        return self.result(source, pictures, settings, runs, self._clock.monotonic() - began)

    def result(
        self,
        source: Path | None,
        pictures: PicturesForTraining,
        settings: ComparisonSettings,
        runs: Sequence[ComparedRun],
        seconds: float,
    ) -> ComparisonResult:
        """Return what some runs give.

        Args:
            source: as in `train`.
            pictures: as in `train`.
            settings: as in `train`.
            runs: at least one.
            seconds: the time that they took.
        """
        target = target_of(runs) if settings.target is None else settings.target
        return ComparisonResult(
            _what(source, pictures),
            len(pictures.training),
            len(pictures.test),
            pictures.classes,
            pictures.rejected,
            pictures.remarks,
            settings,
            settings.hyperparameters(drawn=source is None),
            pictures.training.preprocessing,
            target,
            tuple(runs),
            summarise(runs, target),
            seconds,
        )

    def export(self, result: ComparisonResult, folder: Path) -> tuple[Path, ...]:
        """Write the report into a folder: report.md, curves.svg, curves.png, runs.csv.

        Each file appears complete or not at all; other files in the folder stay.

        Returns:
            The files written.

        Raises:
            KnownError: if one of them cannot be written.
        """
        make_folder(folder, "The comparison")
        return write_report(result, folder)


def _what(source: Path | None, pictures: PicturesForTraining) -> str:
    number = len(pictures.training) + len(pictures.test)
    if source is None:
        people = counted(len(pictures.classes), "drawn person", "drawn people")
        return f"{number:,} pictures of {people}"
    classes = counted(len(pictures.classes), "class", "classes")
    return f"{counted(number, 'picture', 'pictures')} of {classes} in {source}"
