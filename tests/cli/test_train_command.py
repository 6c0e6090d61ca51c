"""`faceaccess train`: what it prints, writes, keeps after Ctrl-C, and refuses."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from labelled_folders import labelled_folder, picture

from faceaccess.images.codec import encode_png

from .conftest import Ran

Run = Callable[..., Ran]

QUICK = (
    *("--network", "fc 8 | relu | classes", "--size", "8", "--batch", "4"),
    *("--optimizer", "adam", "--initial-step", "0.02", "--shift", "0", "--no-mirror"),
    "--no-average",
)
EPOCH = {
    *("epoch", "step", "loss", "accuracy", "test_loss"),
    *("step_length", "gradient_norm", "seconds"),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return labelled_folder(tmp_path / "pictures")


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "mine.model"


def test_a_line_an_epoch_and_a_last_one(run: Run, folder: Path, out: Path, home: Path) -> None:
    done = run("train", folder, "--out", out, "--epochs", "30", "--json", *QUICK)
    assert done.exit_code == 0
    *epochs, last = done.lines
    assert [line["epoch"] for line in epochs] == list(range(1, 31))
    assert all(line.keys() == EPOCH for line in epochs)
    assert {"model", "epochs", "accuracy", "loss", "seconds", "stopped_by"} <= last.keys()
    assert (last["model"], last["epochs"], last["accuracy"]) == (str(out), 30, 1.0)
    assert last["stopped_by"] == "epochs"
    assert (last["training"], last["test"], last["share"], last["seed"]) == (15, 3, 0.2, 0)
    assert sorted(path.name for path in out.parent.glob("mine*")) == ["mine.model"]
    assert not home.exists()


def test_people_get_lines_a_summary_and_the_split(run: Run, folder: Path, out: Path) -> None:
    done = run("train", folder, "--out", out, "--epochs", "2", "--seed", "7", *QUICK)
    assert done.exit_code == 0
    first, second, last = done.stdout.splitlines()
    assert first.startswith("epoch   1 ")
    assert "test accuracy" in second
    assert last.startswith(f"{out}: 2 epochs, test accuracy ")
    assert "3 classes, 15 pictures to train on, 3 to test on" in done.stderr
    assert "share 0.2 and seed 7" in done.stderr


def test_pictures_left_out_are_told_first(run: Run, folder: Path, out: Path) -> None:
    (folder / "dark" / "cut.png").write_bytes((folder / "dark" / "000.png").read_bytes()[:50])
    (folder / "dark" / "notes.txt").write_text("no picture")
    arguments = ("train", folder, "--out", out, "--epochs", "1", *QUICK)
    lines = run(*arguments, "--json").lines
    left_out = [line for line in lines if "picture" in line]
    assert lines[: len(left_out)] == left_out
    assert {Path(line["picture"]).name for line in left_out} == {"cut.png", "notes.txt"}
    assert all(line["error"] for line in left_out)
    assert lines[-1]["rejected"] == 2
    assert "cut.png" in run(*arguments).stderr


def test_the_same_seed_gives_the_same_model(run: Run, folder: Path, tmp_path: Path) -> None:
    def weights(name: str, seed: str) -> tuple[list[float], str]:
        lines = run(
            *("train", folder, "--out", tmp_path / name, "--json", "--epochs", "2"),
            *("--seed", seed, *QUICK),
        ).lines
        return [line["loss"] for line in lines[:-1]], lines[-1]["fingerprint"]

    assert weights("a.model", "1") == weights("b.model", "1")
    assert weights("a.model", "1") != weights("c.model", "2")


def test_goals_end_it_earlier(run: Run, folder: Path, out: Path) -> None:
    for goal, reason in (
        (("--until-accuracy", "0.9"), "accuracy"),
        (("--until-loss", "0.5"), "loss"),
        (("--until-seconds", "0.000001"), "time"),
        (("--patience", "5"), "no improvement"),
    ):
        last = run("train", folder, "--out", out, "--json", "--epochs", "500", *goal, *QUICK)
        assert last.lines[-1]["stopped_by"] == reason, last
        assert last.lines[-1]["epochs"] < 500


def test_choices_reach_the_model(run: Run, folder: Path, out: Path) -> None:
    from faceaccess.learn.model_file import load_model

    done = run(
        *("train", folder, "--out", out, "--colour", "--size", "10", "--loss", "hinge"),
        *("--optimizer", "direction-as-written", "--start", "near-zero", "--batch", "5"),
        *("--epochs", "1", "--shift", "1", "--no-average", "--network", "fc 4 | classes"),
    )
    assert done.exit_code == 0, done
    model = load_model(out)
    assert (model.preprocessing.size, model.preprocessing.colour) == (10, True)
    chosen = model.hyperparameters
    assert (chosen.loss, chosen.optimizer) == ("hinge", "direction-as-written")
    assert (chosen.initialiser, chosen.batch) == ("near zero", 5)
    assert (chosen.shift, chosen.mirror, chosen.averaged_weights) == (1, True, False)
    assert model.network == chosen.network == "fc 4 | classes"


def test_test_pictures_of_their_own_and_a_csv_file(run: Run, folder: Path, out: Path) -> None:
    others = labelled_folder(folder.parent / "test", 2, first=50)
    table = folder / "list.csv"
    rows = [f"{path.relative_to(folder)},{path.parent.name}" for path in folder.rglob("*.png")]
    table.write_text("\n".join(["picture,label", *rows]), encoding="utf-8")
    lines = run("train", table, "--out", out, "--test", others, "--epochs", "1", "--json", *QUICK)
    last = lines.lines[-1]
    assert (last["training"], last["test"], last["share"]) == (18, 6, None)


def test_a_loss_that_is_no_number_from_the_start(run: Run, folder: Path, out: Path) -> None:
    steep = ("--optimizer", "sgd", "--initial-step", "1e38")
    run("train", folder, "--out", out, "--epochs", "5", *QUICK, *steep).refused(
        "infinite or NaN", "smaller initial step"
    )
    assert not out.exists()


def test_diverging_later_keeps_the_last_good_weights(
    run: Run, folder: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from faceaccess.pipeline.picture_training import PictureTraining

    straight = PictureTraining.train

    def poisoned(self: PictureTraining, pictures, *rest, **more):  # type: ignore[no-untyped-def]  # passes all on
        """After two epochs a weight becomes infinite."""
        import torch

        job = straight(self, pictures, *rest, **more)
        step_of = torch.optim.Adam.step
        ends = 0

        def step(optimizer, *arguments):  # type: ignore[no-untyped-def]  # passes all on
            result = step_of(optimizer, *arguments)
            if ends >= 2:
                optimizer.param_groups[0]["params"][0].data.fill_(float("inf"))
            return result

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(torch.optim.Adam, "step", step)
            try:
                while True:
                    told = next(job)
                    ends += "end_of_epoch" in told.figures
                    yield told
            except StopIteration as stop:
                return stop.value

    monkeypatch.setattr(PictureTraining, "train", poisoned)
    done = run("train", folder, "--out", out, "--epochs", "9", "--json", *QUICK)
    assert done.exit_code == 1
    assert done.lines[-1]["stopped_by"] == "diverged"
    assert done.lines[-1]["epochs"] == 2
    assert "not finite any more after 2 epochs" in done.stderr
    monkeypatch.undo()
    answer = run("classify", out, folder / "dark" / "000.png", "--json").line
    assert answer["label"] in {"dark", "light", "middle"}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--share", "0"), ("share of 0",)),
        (("--share", "1"), ("share of 1",)),
        (("--share", "nan"), ("share of nan",)),
        (("--batch", "0"), ("0 is not possible",)),
        (("--batch", "16"), ("16", "15")),
        (("--epochs", "0"), ("0 is not possible",)),
        (("--initial-step", "0"), ("initial step of 0",)),
        (("--initial-step", "-1"), ("initial step of -1",)),
        (("--initial-step", "inf"), ("initial step of inf",)),
        (("--initial-step", "nan"), ("initial step of nan",)),
        (("--until-accuracy", "1.5"), ("1.5",)),
        (("--until-loss", "-1"), ("-1",)),
        (("--until-seconds", "0"), ("0",)),
        (("--patience", "0"), ("0",)),
        (("--seed", "-1"), ("-1",)),
        (("--shift", "-2"), ("-2",)),
        (("--size", "0"), ("size of 0",)),
        (("--size", "5000"), ("size of 5000",)),
        (("--network", "conv 4x99 | classes"), ("99",)),
        (("--network", "magic"), ("magic",)),
        (("--resume",), ("no checkpoint",)),
    ],
    ids=" ".join,
)
def test_values_that_are_not_possible(
    run: Run, folder: Path, out: Path, arguments: tuple[str, ...], words: tuple[str, ...]
) -> None:
    run("train", folder, "--out", out, "--epochs", "1", *QUICK, *arguments).refused(*words)
    assert not out.exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ("train",),
        ("train", "x"),
        ("train", "x", "--out", "y", "--loss", "regret"),
        ("train", "x", "--out", "y", "--optimizer", "magic"),
        ("train", "x", "--out", "y", "--epochs", "many"),
        ("train", "x", "--out", "y", "--test", "z", "--share", "0.5"),
    ],
    ids=" ".join,
)
def test_wrong_usage(run: Run, home: Path, arguments: tuple[str, ...]) -> None:
    done = run(*arguments)
    assert done.exit_code == 2
    assert "Usage:" in done.stderr
    assert not home.exists()


def empty(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.mkdir()


def missing(folder: Path) -> None:
    shutil.rmtree(folder)


def one_class(folder: Path) -> None:
    shutil.rmtree(folder / "light")
    shutil.rmtree(folder / "middle")


def one_picture(folder: Path) -> None:
    for path in sorted((folder / "light").iterdir())[1:]:
        path.unlink()


def same_name_in_other_case(folder: Path) -> None:
    shutil.copytree(folder / "light", folder / "Light")


def nothing_readable(folder: Path) -> None:
    for path in folder.rglob("*.png"):
        path.write_bytes(b"cut")


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (missing, ("There is no",)),
        (empty, ("no folders",)),
        (one_class, ("one class only (dark)",)),
        (one_picture, ("class light has one picture only",)),
        (same_name_in_other_case, ("Light", "light")),
        (nothing_readable, ("None of the 18 pictures",)),
    ],
)
def test_folders_that_cannot_be_learned_from(
    run: Run, folder: Path, out: Path, spoil: Callable[[Path], None], words: tuple[str, ...]
) -> None:
    spoil(folder)
    run("train", folder, "--out", out, *QUICK).refused(*words)
    assert list(out.parent.glob("mine*")) == []


def test_pictures_of_many_sizes_and_kinds_train_together(run: Run, folder: Path, out: Path) -> None:
    import cv2
    import numpy as np

    tall = cv2.resize(picture(40, 1), (9, 70))
    cv2.imwrite(str(folder / "dark" / "tall.jpg"), tall)
    cv2.imwrite(str(folder / "dark" / "gray.png"), tall[:, :, 0])
    cv2.imwrite(str(folder / "dark" / "16-bit.png"), tall[:, :, 0].astype(np.uint16) * 257)
    transparent = np.dstack([tall, np.full(tall.shape[:2], 128, np.uint8)])
    cv2.imwrite(str(folder / "dark" / "transparent.png"), transparent)
    (folder / "dark" / "dot.png").write_bytes(encode_png(picture(40, 2, side=1)))
    done = run("train", folder, "--out", out, "--epochs", "1", "--json", *QUICK)
    assert done.exit_code == 0
    assert done.lines[-1]["training"] + done.lines[-1]["test"] == 23
    assert done.lines[-1]["rejected"] == 0


def test_a_test_label_that_is_unknown(run: Run, folder: Path, out: Path) -> None:
    others = labelled_folder(folder.parent / "test", 2, first=50)
    (others / "dark").rename(others / "purple")
    run("train", folder, "--out", out, "--test", others, *QUICK).refused("purple")
    assert not out.exists()


@pytest.mark.parametrize("place", ["no/such/folder/a.model", "pictures", "diary.txt"])
def test_places_where_no_model_can_be(run: Run, folder: Path, tmp_path: Path, place: str) -> None:
    (tmp_path / "diary.txt").write_text("Dear diary")
    run("train", folder, "--out", tmp_path / place, *QUICK).refused(Path(place).name)
    assert (tmp_path / "diary.txt").read_text() == "Dear diary"


def test_a_full_disk_at_the_model_is_told_and_the_checkpoint_stays(
    run: Run, folder: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sync = os.fsync

    def full(handle: int) -> None:
        if not out.with_name("mine.model.checkpoint").exists():
            return sync(handle)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    arguments = ("train", folder, "--out", out, "--epochs", "2", *QUICK)
    run(*arguments).refused("No space left on device")
    assert [path.name for path in out.parent.glob("*mine*")] == ["mine.model.checkpoint"]
    monkeypatch.undo()
    run(*arguments).refused("broken off", "--resume")
    assert run(*arguments, "--resume").exit_code == 0
    assert [path.name for path in out.parent.glob("*mine*")] == ["mine.model"]


def test_ctrl_c_keeps_a_checkpoint_and_says_how_to_go_on(folder: Path, out: Path) -> None:
    command = [
        *(sys.executable, "-u", "-m", "faceaccess", "train", str(folder), "--out", str(out)),
        *("--json", *QUICK),
    ]
    training = subprocess.Popen(
        [*command, "--epochs", "1000000"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    checkpoint = out.with_name("mine.model.checkpoint")
    try:
        assert training.stdout is not None
        lines = []
        for line in training.stdout:
            lines.append(json.loads(line))
            if checkpoint.exists():
                break
        training.send_signal(signal.SIGINT)
        rest, stderr = training.communicate(timeout=60)
    finally:
        training.kill()
    lines += [json.loads(one) for one in rest.splitlines()]
    assert training.returncode == 130
    assert "Traceback" not in stderr
    assert str(checkpoint) in stderr
    assert "--resume" in stderr
    assert checkpoint.exists()
    assert not out.exists()
    reached = lines[-1]["epoch"]
    goal = ["--resume", "--epochs", str(reached + 2)]
    done = subprocess.run([*command, *goal], capture_output=True, text=True, check=True)
    *epochs, last = (json.loads(one) for one in done.stdout.splitlines())
    assert epochs[0]["epoch"] > 1  # it did not begin anew
    assert last["epochs"] == reached + 2
    assert out.exists()
    assert not checkpoint.exists()


def test_the_usual_batch_fits_a_small_set(run: Run, folder: Path, out: Path) -> None:
    from faceaccess.learn.model_file import load_model

    quick = ("--network", "fc 8 | relu | classes", "--size", "8", "--epochs", "1")
    assert run("train", folder, "--out", out, *quick, "--json").exit_code == 0
    assert load_model(out).hyperparameters.batch == 15
