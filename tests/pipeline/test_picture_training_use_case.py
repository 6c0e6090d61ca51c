"""Training on labelled pictures as a use case: what is read, written, kept and refused."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from labelled_folders import (
    CLASSES,
    PLENTY,
    QUICK,
    RunningClock,
    labelled_folder,
    picture,
    rejected_names,
)

from faceaccess.core.clock import SystemClock
from faceaccess.core.errors import KnownError
from faceaccess.core.progress import Progress, run
from faceaccess.images.codec import encode_png
from faceaccess.learn.preprocessing import Preprocessing
from faceaccess.pipeline.picture_training import (
    PicturesForTraining,
    PictureTraining,
    PictureTrainingResult,
)
from faceaccess.pipeline.results import Picture

SMALL = Preprocessing(size=8)


@pytest.fixture
def use() -> PictureTraining:
    return PictureTraining(SystemClock())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return labelled_folder(tmp_path / "pictures")


def prepared(use: PictureTraining, folder: Path, **options: object) -> PicturesForTraining:
    return run(use.prepare(folder, preprocessing=SMALL, **options))  # type: ignore[arg-type]  # passed on


def trained(use: PictureTraining, folder: Path, out: Path) -> PictureTrainingResult:
    return run(use.train(prepared(use, folder), out, PLENTY))


def test_pictures_are_parted_by_share_and_seed(use: PictureTraining, folder: Path) -> None:
    pictures = prepared(use, folder, share=0.5, seed=1)
    assert (len(pictures.training), len(pictures.test)) == (9, 9)
    assert pictures.classes == ("dark", "light", "middle")
    assert (pictures.share, pictures.seed) == (0.5, 1)
    again = prepared(use, folder, share=0.5, seed=1)
    other = prepared(use, folder, share=0.5, seed=2)
    assert again.training.fingerprint == pictures.training.fingerprint
    assert other.training.fingerprint != pictures.training.fingerprint


def test_moving_the_share_reads_nothing_again(use: PictureTraining, folder: Path) -> None:
    read = run(use.read(folder, SMALL))
    for path in folder.rglob("*.png"):
        path.unlink()
    assert len(use.part(read, share=1 / 6).test) == 3
    assert len(use.part(read, share=0.5).test) == 9


def test_test_pictures_of_their_own(use: PictureTraining, folder: Path, tmp_path: Path) -> None:
    others = labelled_folder(tmp_path / "test", 2, first=50)
    pictures = prepared(use, folder, test=others)
    assert (len(pictures.training), len(pictures.test)) == (18, 6)
    assert pictures.share is None
    assert pictures.remarks == ()


def test_test_pictures_of_an_unknown_class_are_refused(
    use: PictureTraining, folder: Path, tmp_path: Path
) -> None:
    others = labelled_folder(tmp_path / "test", 2, first=50)
    (others / "dark").rename(others / "purple")
    with pytest.raises(KnownError, match="purple"):
        prepared(use, folder, test=others)


def test_what_is_odd_about_the_pictures_is_told(
    use: PictureTraining, folder: Path, tmp_path: Path
) -> None:
    twin = (folder / "dark" / "000.png").read_bytes()
    (folder / "dark" / "twin.png").write_bytes(twin)
    (folder / "light" / "wrong.png").write_bytes(twin)
    (folder / "light" / "cut.png").write_bytes(twin[:60])
    others = labelled_folder(tmp_path / "test", 2)
    pictures = prepared(use, folder, test=others)
    assert rejected_names(pictures.rejected) == ["cut.png"]
    told = " ".join(pictures.remarks)
    assert "wrong.png" in told
    assert "dark, light" in told
    assert "1 picture is there twice" in told
    assert "6 test pictures are among the training pictures" in told


def test_a_model_is_written_that_names_new_pictures(
    use: PictureTraining, folder: Path, tmp_path: Path
) -> None:
    out = tmp_path / "three.model"
    result = trained(use, folder, out)
    assert result.model == out
    assert result.trained.accuracy == 1.0
    assert result.epochs == PLENTY.epochs == len(result.history)
    assert [path.name for path in tmp_path.glob("*model*")] == ["three.model"]
    classifier = use.classifier(out)
    assert classifier.model.fingerprint == result.pictures.training.fingerprint
    for name, grey in CLASSES.items():
        path = tmp_path / f"new-{name}.png"
        path.write_bytes(encode_png(picture(grey, 99, side=40)))
        answer = classifier.classify(Picture(str(path), path))
        assert answer.label == name
        assert answer.probability == max(share for _, share in answer.top)
        assert sum(share for _, share in answer.top) == pytest.approx(1.0)
        assert classifier.classify(Picture("pixels", image=picture(grey, 99))).label == name


def test_a_picture_that_cannot_be_read_is_an_answer_with_an_error(
    use: PictureTraining, folder: Path, tmp_path: Path
) -> None:
    trained(use, folder, tmp_path / "a.model")
    answer = use.classifier(tmp_path / "a.model").classify(Picture("no.png", tmp_path / "no.png"))
    assert answer.error is not None
    assert "no.png" in answer.error
    assert (answer.label, answer.probability, answer.top) == (None, None, ())


def test_progress_tells_the_figures_of_each_epoch(
    use: PictureTraining, folder: Path, tmp_path: Path
) -> None:
    steps: list[Progress] = []
    run(use.train(prepared(use, folder), tmp_path / "a.model", QUICK), steps.append)
    ends = [step.figures for step in steps if "end_of_epoch" in step.figures]
    assert [end["epoch"] for end in ends] == [1, 2, 3]
    assert all({"loss", "accuracy", "step_length", "seconds"} <= end.keys() for end in ends)


def test_a_training_that_is_broken_off_goes_on_to_the_same_result(
    folder: Path, tmp_path: Path
) -> None:
    use = PictureTraining(RunningClock())
    pictures = prepared(use, folder)
    whole = run(use.train(pictures, tmp_path / "whole.model", QUICK))
    out = tmp_path / "broken.model"
    job = use.train(pictures, out, QUICK)
    for step in job:
        if step.figures.get("epoch") == 2 and use.checkpoint_of(out).exists():
            break
    job.close()
    assert not out.exists()
    with pytest.raises(KnownError, match="--resume"):
        run(use.train(pictures, out, QUICK))
    with pytest.raises(KnownError, match="checkpoint"):
        run(use.train(pictures, out, replace(QUICK, batch=3), resume=True))
    assert use.checkpoint_of(out).exists()
    result = run(use.train(pictures, out, QUICK, resume=True))
    assert not use.checkpoint_of(out).exists()
    assert out.exists()
    for name, values in whole.trained.weights.items():
        assert np.array_equal(values, result.trained.weights[name])
    assert [one.loss for one in result.history] == [one.loss for one in whole.history]


def test_going_on_without_a_checkpoint_is_refused(
    use: PictureTraining, folder: Path, tmp_path: Path
) -> None:
    with pytest.raises(KnownError, match=r"no checkpoint .*a\.model\.checkpoint"):
        run(use.train(prepared(use, folder), tmp_path / "a.model", QUICK, resume=True))


def test_asked_to_stop_it_keeps_what_it_has(
    use: PictureTraining, folder: Path, tmp_path: Path
) -> None:
    asked: list[bool] = []
    pictures = prepared(use, folder)
    job = use.train(
        pictures, tmp_path / "a.model", replace(QUICK, epochs=1000), stop=lambda: bool(asked)
    )

    def ask(step: Progress) -> None:
        if step.figures.get("epoch", 0) >= 2:
            asked.append(True)

    result = run(job, ask)
    assert result.trained.stopped_by == "asked"
    assert result.epochs in (2, 3)
    assert use.classifier(tmp_path / "a.model").model.stopped_by == "asked"


@pytest.mark.parametrize("content", [b"", b"Dear diary", b"\x08\0\0\0\0\0\0\0{}      "])
def test_a_file_that_is_no_model_is_never_replaced(
    use: PictureTraining, folder: Path, tmp_path: Path, content: bytes
) -> None:
    out = tmp_path / "diary.txt"
    out.write_bytes(content)
    with pytest.raises(KnownError, match=r"diary\.txt exists and is not a model"):
        use.check_place(out)
    with pytest.raises(KnownError, match=r"diary\.txt"):
        trained(use, folder, out)
    with pytest.raises(KnownError, match=r"diary\.txt"):
        use.classifier(out)
    assert out.read_bytes() == content


def test_a_model_is_replaced_by_the_next_one_whole(
    use: PictureTraining, folder: Path, tmp_path: Path
) -> None:
    out = tmp_path / "a.model"
    trained(use, folder, out)
    before = out.read_bytes()
    pictures = prepared(use, folder)
    job = use.train(pictures, out, QUICK)
    next(job)
    job.close()
    assert out.read_bytes() == before
    use.checkpoint_of(out).unlink(missing_ok=True)
    run(use.train(pictures, out, QUICK))
    assert use.classifier(out).model.hyperparameters == QUICK


@pytest.mark.parametrize(
    ("place", "word"), [("no/such/a.model", "no folder"), ("pictures", "is a folder")]
)
def test_places_that_cannot_hold_a_model(
    use: PictureTraining, folder: Path, tmp_path: Path, place: str, word: str
) -> None:
    with pytest.raises(KnownError, match=word):
        use.check_place(tmp_path / place)


def test_a_model_is_copied_whole(use: PictureTraining, folder: Path, tmp_path: Path) -> None:
    out, copy = tmp_path / "a.model", tmp_path / "b.model"
    trained(use, folder, out)
    use.copy_model(out, copy)
    assert copy.read_bytes() == out.read_bytes()
    (tmp_path / "text").write_text("no model")
    with pytest.raises(KnownError, match="text"):
        use.copy_model(tmp_path / "text", tmp_path / "c.model")
    assert not (tmp_path / "c.model").exists()


def test_the_use_cases_are_imported_without_torch_or_matplotlib() -> None:
    modules = "faceaccess.pipeline.picture_training", "faceaccess.pipeline.comparing"
    script = f"import sys, {', '.join(modules)}; print(sorted(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60
    )
    for heavy in ("torch", "matplotlib", "cv2", "PIL", "safetensors"):
        assert f"'{heavy}'" not in done.stdout


def test_the_context_has_the_use_cases_and_opens_nothing(home: Path) -> None:
    from faceaccess.app import build

    app = build(home)
    try:
        assert app.picture_training is app.picture_training
        assert app.comparing is app.comparing
    finally:
        app.close()
    assert not home.exists()
