"""What the pages "Pictures" and "Compare" ask of the use cases, to be tried without them."""

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from faceaccess.core.progress import Job
from faceaccess.learn.hyperparameters import Hyperparameters
from faceaccess.learn.model_file import Model
from faceaccess.learn.preprocessing import Preprocessing
from faceaccess.pipeline.comparing import ComparisonResult, ComparisonSettings
from faceaccess.pipeline.picture_training import (
    Classified,
    PicturesForTraining,
    PicturesRead,
    PictureTrainingResult,
)
from faceaccess.pipeline.results import Picture


class LoadedModel(Protocol):
    """A `PictureClassifier`."""

    model: Model

    def classify(self, picture: Picture) -> Classified: ...  # noqa: D102  # as in the use case


class PictureTrainer(Protocol):
    """What "Pictures" uses of `PictureTraining`."""

    def read(  # noqa: D102  # as in pipeline.picture_training, like all here
        self, source: Path, preprocessing: Preprocessing
    ) -> Job[PicturesRead]: ...
    def part(  # noqa: D102
        self, read: PicturesRead, *, share: float, seed: int
    ) -> PicturesForTraining: ...
    def checkpoint_of(self, out: Path) -> Path: ...  # noqa: D102
    def train(  # noqa: D102
        self,
        pictures: PicturesForTraining,
        out: Path,
        hyperparameters: Hyperparameters,
        *,
        resume: bool,
        stop: Callable[[], bool],
    ) -> Job[PictureTrainingResult]: ...
    def classifier(self, model: Path) -> LoadedModel: ...  # noqa: D102
    def copy_model(self, model: Path, out: Path) -> None: ...  # noqa: D102


class Comparer(Protocol):
    """What "Compare" uses of `Comparing`."""

    def run(  # noqa: D102  # as in pipeline.comparing
        self, source: Path | None, settings: ComparisonSettings
    ) -> Job[ComparisonResult]: ...
    def export(  # noqa: D102  # as above
        self, result: ComparisonResult, folder: Path
    ) -> tuple[Path, ...]: ...
