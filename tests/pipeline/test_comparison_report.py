"""The report: what its table says, what its files hold, and what it does not touch."""

import csv
import io
import os
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from compared import RUNS, compared
from PIL import Image

from faceaccess.core.errors import KnownError
from faceaccess.learn.comparison import ComparedRun
from faceaccess.learn.preprocessing import Preprocessing
from faceaccess.pipeline import comparison_report
from faceaccess.pipeline.comparing import ComparisonResult, ComparisonSettings
from faceaccess.pipeline.comparison_curves import drawn_as_png_and_svg
from faceaccess.pipeline.comparison_report import report_text, runs_csv, table, write_report
from faceaccess.pipeline.comparison_summary import summarise


def result_of(runs: tuple[ComparedRun, ...], target: float = 0.6) -> ComparisonResult:
    settings = ComparisonSettings(optimizers=("direction", "adam", "sgd"), seeds=2)
    return ComparisonResult(
        what="30 pictures of 3 drawn people",
        training=20,
        test=10,
        classes=("a", "b", "c"),
        rejected=(),
        remarks=(),
        settings=settings,
        hyperparameters=settings.hyperparameters(drawn=True),
        preprocessing=Preprocessing(),
        target=target,
        runs=runs,
        rows=summarise(runs, target),
        seconds=36.0,
    )


RESULT = result_of(RUNS)


def test_the_table() -> None:
    headings, rows = table(RESULT)
    assert headings == [
        "optimizer",
        "final accuracy, %",
        "best epoch, %",
        "against direction",
        "epochs to 60 %",
        "seconds to 60 %",
        "seconds a run",
    ]
    assert rows == [
        ["direction", "80.0 (14.1)", "85.0 (7.1)", "", "1.4 (0.1)", "2.8 (0.2)", "6.0 (0.0)"],
        ["adam", "75.0 (7.1)", "75.0 (7.1)", "-5.0 (21.2)", "2.2 (0.4)", "6.8 (1.1)", "9.0 (0.0)"],
        ["sgd", "15.0 (7.1)", "15.0 (7.1)", "-65.0 (21.2)", "never", "never", "6.0 (0.0)"],
    ]


def test_a_target_that_some_runs_reached_and_runs_that_diverged() -> None:
    runs = (*RUNS[:5], compared("sgd", 1, (), stopped_by="diverged"))
    _, (_, adam, sgd) = table(result_of(runs, 0.75))
    assert adam[4:6] == ["1 of 2 runs", "1 of 2 runs"]
    assert sgd[1] == "10.0, 1 of 2 runs diverged"


def test_the_report_tells_what_was_compared_and_how_to_read_it() -> None:
    text = report_text(RESULT)
    for words in (
        "30 pictures of 3 drawn people: 20 to train on, 10 to test on, 32 x 32 pixels, gray.",
        "Network lenet, loss cross-entropy, batch 64, 10 epochs, 2 runs of each optimizer",
        "| adam | 75.0 (7.1) |",
        "60 % is 95 % of the best mean final accuracy",
        "- **sgd**: ",
        "](curves.svg)",
    ):
        assert words in text


def test_the_raw_numbers_are_all_there_to_the_last_digit() -> None:
    rows = list(csv.DictReader(io.StringIO(runs_csv(RUNS))))
    assert len(rows) == sum(len(run.history) for run in RUNS)
    given = [(run.optimizer, run.seed, one) for run in RUNS for one in run.history]
    for row, (optimizer, seed, figures) in zip(rows, given, strict=True):
        assert (row["optimizer"], int(row["seed"]), int(row["epoch"])) == (
            optimizer,
            seed,
            figures.epoch,
        )
        assert float(row["accuracy"]) == figures.accuracy
        assert float(row["loss"]) == figures.loss
        assert float(row["seconds"]) == figures.seconds


def test_the_curves_name_every_optimizer_and_can_be_opened() -> None:
    png, svg = drawn_as_png_and_svg(RUNS, 0.6)
    with Image.open(io.BytesIO(png)) as picture:
        pixels = np.asarray(picture.convert("RGB"))
    assert pixels.shape[1] > 1500
    assert len(np.unique(pixels[::5, ::5].reshape(-1, 3), axis=0)) > 10  # something is drawn
    root = ET.fromstring(svg)
    assert root.tag.endswith("svg")
    comments = svg.decode()
    for name in ("direction", "adam", "sgd", "seconds of training", "epochs", "Training loss"):
        assert f"<!-- {name} -->" in comments


def test_curves_are_the_same_for_the_same_runs_and_others_for_others() -> None:
    assert drawn_as_png_and_svg(RUNS, 0.6) == drawn_as_png_and_svg(RUNS, 0.6)
    assert drawn_as_png_and_svg(RUNS, 0.6) != drawn_as_png_and_svg(RUNS[:3], 0.6)


def test_runs_that_diverged_at_once_have_no_curve() -> None:
    runs = (*RUNS, compared("momentum", 0, (), stopped_by="diverged"))
    _, svg = drawn_as_png_and_svg(runs, 0.6)
    assert "<!-- momentum -->" not in svg.decode()
    assert "<!-- adam -->" in svg.decode()


def test_other_files_in_the_folder_stay_and_old_reports_are_replaced(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("years of work")
    (tmp_path / "report.md").write_text("an old one")
    files = write_report(RESULT, tmp_path)
    assert [path.name for path in files] == ["report.md", "curves.svg", "curves.png", "runs.csv"]
    assert {path.name for path in tmp_path.iterdir()} == {
        "thesis.tex",
        *(path.name for path in files),
    }
    assert (tmp_path / "thesis.tex").read_text() == "years of work"
    assert (tmp_path / "report.md").read_text() == report_text(RESULT)


def test_a_full_disk_leaves_the_old_report_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_report(RESULT, tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(KnownError, match=r"report\.md cannot be written: No space left"):
        write_report(result_of(RUNS[:3]), tmp_path)
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_the_report_needs_no_window_system() -> None:
    import sys

    write = comparison_report.drawn_as_png_and_svg
    assert write(RUNS, 0.5)
    assert "matplotlib.pyplot" not in sys.modules
