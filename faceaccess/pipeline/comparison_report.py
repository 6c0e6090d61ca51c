"""The report of a comparison: a table to read, curves to look at, raw numbers to reckon with."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from faceaccess.core.counting import counted
from faceaccess.core.whole_file import whole_file
from faceaccess.learn.choices import OPTIMIZERS
from faceaccess.learn.comparison import ComparedRun
from faceaccess.pipeline.comparison_curves import drawn_as_png_and_svg
from faceaccess.pipeline.comparison_summary import ComparedOptimizer, Figure

if TYPE_CHECKING:
    from faceaccess.pipeline.comparing import ComparisonResult

REPORT, CURVES_SVG, CURVES_PNG, RUNS = "report.md", "curves.svg", "curves.png", "runs.csv"
"""Names of the files in the folder."""

NEVER = "never"


def write_report(result: "ComparisonResult", folder: Path) -> tuple[Path, ...]:
    """Write the four files, each whole or not at all; a file of the same name is replaced.

    Raises:
        KnownError: if one of them cannot be written.
    """
    png, svg = drawn_as_png_and_svg(result.runs, result.target)
    written = {
        REPORT: report_text(result).encode(),
        CURVES_SVG: svg,
        CURVES_PNG: png,
        RUNS: runs_csv(result.runs).encode(),
    }
    for name, content in written.items():
        with whole_file(folder / name) as out:
            out.write(content)
    return tuple(folder / name for name in written)


def report_text(result: "ComparisonResult") -> str:
    """Return the report in Markdown."""
    optimizers = (f"- **{row.optimizer}**: {OPTIMIZERS[row.optimizer]}" for row in result.rows)
    parts = (
        "# Optimizers compared",
        _settings_text(result),
        "\n".join(_markdown(*table(result))),
        f"![Curves]({CURVES_SVG})",
        _reading_text(result),
        "## The optimizers",
        "\n".join(optimizers),
        f"`{RUNS}` has every epoch of every run.",
    )
    return "\n\n".join(parts) + "\n"


def table(result: "ComparisonResult") -> tuple[list[str], list[list[str]]]:
    """Return headings and rows, as text, for people."""
    reference = result.rows[0].optimizer
    goal = f"{100 * result.target:g} %"
    headings = [
        "optimizer",
        "final accuracy, %",
        "best epoch, %",
        f"against {reference}",
        f"epochs to {goal}",
        f"seconds to {goal}",
        "seconds a run",
    ]
    return headings, [_row(row) for row in result.rows]


def runs_csv(runs: Sequence[ComparedRun]) -> str:
    """Return every epoch of every run as CSV, lines ending in a line feed."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    names = (
        *("epoch", "step", "seconds", "loss", "accuracy", "test_loss"),
        *("step_length", "gradient_norm"),
    )
    rows.writerow(("optimizer", "seed", *names))
    for run in runs:
        for figures in run.history:
            rows.writerow((run.optimizer, run.seed, *(getattr(figures, name) for name in names)))
    return text.getvalue()


def _row(row: ComparedOptimizer) -> list[str]:
    return [
        row.optimizer,
        _text(row.final, 100, 1) + _diverged(row),
        _text(row.best, 100, 1),
        _text(row.difference, 100, 1, sign="+"),
        _reached(row, row.epochs_to),
        _reached(row, row.seconds_to),
        _text(row.seconds, 1, 1),
    ]


def _reached(row: ComparedOptimizer, figure: Figure | None) -> str:
    if figure is not None:
        return _text(figure, 1, 1)
    return f"{row.reached} of {row.runs} runs" if row.reached else NEVER


def _diverged(row: ComparedOptimizer) -> str:
    return f", {row.diverged} of {counted(row.runs, 'run', 'runs')} diverged" * bool(row.diverged)


def _text(figure: Figure | None, factor: float, digits: int, sign: str = "") -> str:
    if figure is None:
        return ""
    mean = f"{factor * figure.mean:{sign}.{digits}f}"
    return mean if figure.spread is None else f"{mean} ({factor * figure.spread:.{digits}f})"


def _settings_text(result: "ComparisonResult") -> str:
    chosen, prepared = result.hyperparameters, result.preprocessing
    tone = "colour" if prepared.colour else "gray"
    averaged = " An exponential average of the weights is tested." * chosen.averaged_weights
    return (
        f"{result.what[0].upper()}{result.what[1:]}: {result.training:,} to train on, "
        f"{result.test:,} to test on, {prepared.size} x {prepared.size} pixels, {tone}. "
        f"Network {chosen.network}, loss {chosen.loss}, batch {chosen.batch}, "
        f"{counted(chosen.epochs, 'epoch', 'epochs')}, "
        f"{counted(result.settings.seeds, 'run', 'runs')} of each optimizer from seed "
        f"{chosen.seed} on.{averaged} Runs of one seed have the same first weights and the same "
        "order of pictures; every optimizer has its published settings."
    )


def _reading_text(result: "ComparisonResult") -> str:
    goal = f"{100 * result.target:g} %"
    origin = (
        "is 95 % of the best mean final accuracy"
        if result.settings.target is None
        else "was asked for"
    )
    return (
        "Accuracies are those on the test pictures. A figure is the mean over the runs, with the "
        f"sample standard deviation in brackets. The column against {result.rows[0].optimizer} is "
        "the difference of the final accuracies, run by run, in percentage points. "
        f"The accuracy of {goal} {origin}; epochs and seconds to it are interpolated between the "
        "ends of two epochs, and are given where every run got there."
    )


def _markdown(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    return [
        f"| {' | '.join(headings)} |",
        f"|{'---|' * len(headings)}",
        *(f"| {' | '.join(row)} |" for row in rows),
    ]
