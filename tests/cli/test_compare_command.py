"""`faceaccess compare`: a line a run, a report in the folder, nothing else touched."""

import csv
import json
import signal
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from labelled_folders import labelled_folder

from faceaccess.pipeline import drawn_pictures

from .conftest import Ran

Run = Callable[..., Ran]

QUICK = ("--network", "fc 8 | relu | classes", "--batch", "4", "--epochs", "2", "--seeds", "2")
TWO = ("--optimizers", "direction,adam")
FILES = {"report.md", "curves.svg", "curves.png", "runs.csv"}


@pytest.fixture
def few_faces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Draw a dozen faces instead of thousands."""
    few = partial(drawn_pictures.draw, training=8, test=4, people=drawn_pictures.PEOPLE[:2])
    monkeypatch.setattr(drawn_pictures, "draw", few)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return labelled_folder(tmp_path / "pictures")


@pytest.mark.usefixtures("few_faces")
def test_drawn_faces_need_no_data(run: Run, tmp_path: Path, home: Path) -> None:
    out = tmp_path / "report"
    done = run("compare", "--out", out, *QUICK, *TWO, "--json")
    assert done.exit_code == 0
    *runs, last = done.lines
    assert [(line["optimizer"], line["seed"]) for line in runs] == [
        ("direction", 0),
        ("adam", 0),
        ("direction", 1),
        ("adam", 1),
    ]
    for line in runs:
        assert line["epochs"] == 2
        assert 0 <= line["accuracy"] <= line["best_accuracy"] <= 1
        assert line["seconds"] > 0
    assert set(last["files"]) == FILES == {path.name for path in out.iterdir()}
    assert (last["training"], last["test"], last["classes"]) == (16, 8, 2)
    direction, adam = last["optimizers"]
    assert (direction["optimizer"], direction["difference"]) == ("direction", None)
    assert adam["accuracy"] == pytest.approx((runs[1]["accuracy"] + runs[3]["accuracy"]) / 2)
    with (out / "runs.csv").open(encoding="utf-8") as table:
        rows = list(csv.DictReader(table))
    assert len(rows) == 8
    assert float(rows[1]["accuracy"]) == pytest.approx(runs[0]["accuracy"], abs=1e-5)
    assert not home.exists()


@pytest.mark.usefixtures("few_faces")
def test_people_get_a_line_a_run_and_a_table(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "report"
    done = run("compare", "--out", out, *QUICK, *TWO, "--target", "0.25")
    assert done.exit_code == 0
    lines = done.stdout.splitlines()
    assert lines[0].startswith("direction, seed 0 ")
    assert any("final accuracy, %" in line and "epochs to 25 %" in line for line in lines)
    assert "24 pictures of 2 drawn people" in done.stdout
    assert str(out) in lines[-1]


def test_pictures_of_ones_own(run: Run, folder: Path, tmp_path: Path) -> None:
    (folder / "dark" / "cut.png").write_bytes(b"cut")
    out = tmp_path / "report"
    out.mkdir()
    (out / "mine.txt").write_text("stays")
    done = run(
        *("compare", folder, "--out", out, *QUICK, "--optimizers", "sgd", "--seed", "5"),
        *("--size", "8", "--share", "0.5", "--colour", "--averaged-weights", "--json"),
    )
    assert done.exit_code == 0, done
    rejected, first, second, last = done.lines
    assert rejected["picture"].endswith("cut.png")
    assert (first["seed"], second["seed"]) == (5, 6)
    assert (last["training"], last["test"]) == (9, 9)
    assert (out / "mine.txt").read_text() == "stays"
    assert "8 x 8 pixels, colour" in (out / "report.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("--optimizers", "adam,magic"), "magic"),
        (("--optimizers", "adam,adam"), "adam is named twice"),
        (("--optimizers", ""), "optimizer"),
        (("--seeds", "0"), "0 runs"),
        (("--epochs", "0"), "0"),
        (("--batch", "0"), "0"),
        (("--batch", "999"), "999"),
        (("--target", "2"), "accuracy of 2"),
        (("--seed", "-1"), "-1"),
        (("--network", "magic"), "magic"),
        (("--share", "1"), "share of 1"),
        (("--size", "0"), "size of 0"),
    ],
    ids=" ".join,
)
def test_values_that_are_not_possible(
    run: Run, folder: Path, tmp_path: Path, arguments: tuple[str, ...], word: str
) -> None:
    out = tmp_path / "report"
    run("compare", folder, "--out", out, *QUICK, *arguments).refused(word)
    assert not out.exists() or list(out.iterdir()) == []


def test_a_place_that_cannot_be_written_is_told_before_any_work(
    run: Run, folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("in the way")
    done = run("compare", folder, "--out", tmp_path / "file", *QUICK).refused("that is a file")
    assert "Reading" not in done.stderr
    run("compare", folder, "--out", tmp_path / "file" / "deep", *QUICK).refused("file")
    assert (tmp_path / "file").read_text() == "in the way"


@pytest.mark.parametrize(
    "arguments",
    [
        ("compare",),
        ("compare", "--out", "y", "--colour"),
        ("compare", "--out", "y", "--test", "z"),
        ("compare", "--out", "y", "--share", "0.3"),
        ("compare", "--out", "y", "--size", "16"),
        ("compare", "x", "--out", "y", "--test", "z", "--share", "0.3"),
        ("compare", "--out", "y", "--loss", "regret"),
    ],
    ids=" ".join,
)
def test_wrong_usage(run: Run, home: Path, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path)
        done = run(*arguments)
    assert done.exit_code == 2
    assert "Usage:" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_ctrl_c_leaves_the_report_of_the_runs_made(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "report"
    comparing = subprocess.Popen(
        [
            *(sys.executable, "-u", "-m", "faceaccess", "compare", str(folder), "--out", str(out)),
            *("--json", *QUICK, *TWO, "--seeds", "100000"),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert comparing.stdout is not None
        first = json.loads(comparing.stdout.readline())
        comparing.send_signal(signal.SIGINT)
        rest, stderr = comparing.communicate(timeout=60)
    finally:
        comparing.kill()
    assert comparing.returncode == 130
    assert "Traceback" not in stderr
    assert f"finished is in {out}" in stderr
    assert {path.name for path in out.iterdir()} == FILES
    with (out / "runs.csv").open(encoding="utf-8") as table:
        rows = list(csv.DictReader(table))
    assert len(rows) >= 2 * (1 + len(rest.splitlines()))  # two epochs of each run that was told
    assert (rows[0]["optimizer"], int(rows[0]["seed"])) == (first["optimizer"], first["seed"])


def test_the_usual_batch_fits_a_small_set(run: Run, folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "report"
    quick = ("--network", "fc 8 | relu | classes", "--epochs", "1", "--seeds", "1", *TWO)
    done = run("compare", folder, "--out", out, *quick, "--json")
    assert done.exit_code == 0, done
    assert f"batch {done.lines[-1]['training']}, " in (out / "report.md").read_text("utf-8")
