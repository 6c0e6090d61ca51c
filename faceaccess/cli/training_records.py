"""Results of training, classifying and comparing as the JSON objects of the contract."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

from faceaccess.cli.records import Record
from faceaccess.learn.labelled_pictures import RejectedPicture
from faceaccess.pipeline.comparing import ComparisonResult
from faceaccess.pipeline.comparison_summary import ComparedOptimizer, Figure
from faceaccess.pipeline.picture_training import Classified, PictureTrainingResult

_DIGITS = 6
_EPOCH = (
    *("epoch", "step", "loss", "accuracy", "test_loss"),
    *("step_length", "gradient_norm", "seconds"),
)
_WHOLE = frozenset({"epoch", "step"})


def rejected_record(rejected: RejectedPicture) -> Record:
    """Return a picture that could not be used, and why."""
    return {"picture": rejected.picture, "error": rejected.reason}


def epoch_record(figures: Mapping[str, float]) -> Record:
    """Return the figures at the end of an epoch; null for what was not measured."""
    return {
        name: _whole(figures.get(name)) if name in _WHOLE else number(figures.get(name))
        for name in _EPOCH
    }


def trained_record(result: PictureTrainingResult) -> Record:
    """Return the last line of `train`."""
    trained, pictures = result.trained, result.pictures
    return {
        "model": str(result.model),
        "epochs": result.epochs,
        "accuracy": number(trained.accuracy),
        "loss": number(trained.loss),
        "seconds": number(trained.seconds),
        "stopped_by": trained.stopped_by,
        "classes": len(pictures.classes),
        "training": len(pictures.training),
        "test": len(pictures.test),
        "share": pictures.share,
        "seed": trained.hyperparameters.seed,
        "rejected": len(pictures.rejected),
        "remarks": list(pictures.remarks),
        "skipped_steps": trained.skipped_steps,
        "fingerprint": trained.fingerprint,
    }


def classified_record(result: Classified, most: int) -> Record:
    """Return the answer for one picture with its `most` likeliest classes, or its error."""
    if result.error is not None:
        return {"picture": result.picture, "error": result.error}
    return {
        "picture": result.picture,
        "label": result.label,
        "probability": number(result.probability),
        "top": [[label, number(probability)] for label, probability in result.top[:most]],
    }


def run_record(optimizer: str, seed: int, epochs: Sequence[Mapping[str, float]]) -> Record:
    """Return one run of a comparison by the figures at the ends of its epochs."""
    last = epochs[-1] if epochs else {}
    accuracies = [one["accuracy"] for one in epochs if "accuracy" in one]
    return {
        "optimizer": optimizer,
        "seed": seed,
        "epochs": len(epochs),
        "accuracy": number(last.get("accuracy")),
        "best_accuracy": number(max(accuracies, default=None)),
        "loss": number(last.get("loss")),
        "seconds": number(last.get("seconds")),
    }


def compared_record(result: ComparisonResult, folder: Path, files: Sequence[Path]) -> Record:
    """Return the last line of `compare`."""
    return {
        "folder": str(folder),
        "files": [path.name for path in files],
        "classes": len(result.classes),
        "training": result.training,
        "test": result.test,
        "target": result.target,
        "seconds": number(result.seconds),
        "optimizers": [_row_record(row) for row in result.rows],
        "remarks": list(result.remarks),
    }


def _row_record(row: ComparedOptimizer) -> Record:
    return {
        "optimizer": row.optimizer,
        "runs": row.runs,
        "diverged": row.diverged,
        "accuracy": _mean(row.final),
        "spread": None if row.final is None else number(row.final.spread),
        "best_accuracy": _mean(row.best),
        "difference": _mean(row.difference),
        "reached": row.reached,
        "epochs_to": _mean(row.epochs_to),
        "seconds_to": _mean(row.seconds_to),
        "seconds": _mean(row.seconds),
    }


def _mean(figure: Figure | None) -> float | None:
    return None if figure is None else number(figure.mean)


def number(value: float | None) -> float | None:
    """Return a number that JSON can hold and that reads well; null for what is not finite."""
    if value is None or not math.isfinite(value):
        return None
    return float(f"{value:.{_DIGITS}g}")


def _whole(value: float | None) -> int | None:
    return None if value is None else int(value)
