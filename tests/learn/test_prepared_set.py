"""Preparing pictures: what is taken, in which order, where it lies, and what is refused."""

import os
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from picture_folders import lay_out, noise, save
from PIL import Image as Pillow

from faceaccess.core.errors import BugError, KnownError
from faceaccess.core.progress import Progress, run
from faceaccess.learn import pixel_store
from faceaccess.learn.prepared_set import (
    Contradiction,
    Prepared,
    PreparedSet,
    from_arrays,
    prepare,
)
from faceaccess.learn.preprocessing import Preprocessing

SMALL = Preprocessing(6, colour=True)


def prepared(source: Path, preprocessing: Preprocessing = SMALL) -> Prepared:
    return run(prepare(source, preprocessing))


def everything(pictures: PreparedSet) -> np.ndarray:
    return pictures.batch(np.arange(len(pictures)))


def contents(pictures: PreparedSet) -> set[tuple[str, bytes]]:
    return {
        (pictures.classes[label], one.tobytes())
        for label, one in zip(pictures.labels, everything(pictures), strict=True)
    }


def test_the_pixels_are_those_of_the_pictures(tmp_path: Path) -> None:
    lay_out(tmp_path, ann=2, bob=3)
    result = prepared(tmp_path)
    assert result.rejected == result.contradictions == ()
    assert result.duplicates == 0
    pictures = result.pictures
    assert (len(pictures), pictures.classes) == (5, ("ann", "bob"))
    assert pictures.labels.tolist() == [0, 0, 1, 1, 1]
    assert pictures.preprocessing == SMALL
    batch = everything(pictures)
    assert (batch.shape, batch.dtype) == ((5, 3, 6, 6), np.uint8)
    assert contents(pictures) == {
        (name, noise(seed)[:, :, ::-1].transpose(2, 0, 1).tobytes())
        for name, seed in (("ann", 0), ("ann", 1), ("bob", 1000), ("bob", 1001), ("bob", 1002))
    }


def test_grayscale(tmp_path: Path) -> None:
    lay_out(tmp_path, ann=1, bob=1)
    gray = Preprocessing(4, colour=False)
    pictures = prepared(tmp_path, gray).pictures
    assert contents(pictures) == {
        ("ann", gray.pixels(noise(0)).tobytes()),
        ("bob", gray.pixels(noise(1000)).tobytes()),
    }


def test_a_batch_is_in_the_order_asked_for_and_a_copy(tmp_path: Path) -> None:
    pictures = prepared(lay_out(tmp_path, ann=2, bob=2)).pictures
    whole = everything(pictures).copy()
    batch = pictures.batch(np.array([3, 0, 0]))
    assert (batch == whole[[3, 0, 0]]).all()
    batch[:] = 0
    assert (everything(pictures) == whole).all()


def test_progress_names_every_picture(tmp_path: Path) -> None:
    lay_out(tmp_path, ann=1, bob=2)
    seen = list(prepare(tmp_path, SMALL))
    assert seen == [
        Progress("Reading pictures", 0, 3, "0.png"),
        Progress("Reading pictures", 1, 3, "0.png"),
        Progress("Reading pictures", 2, 3, "1.png"),
        Progress("Reading pictures", 3, 3),
    ]


def test_many_sizes_modes_and_formats(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    for i, mode in enumerate(("L", "RGB", "RGBA", "P", "1", "CMYK", "LA", "I;16")):
        size = (int(rng.integers(1, 300)), int(rng.integers(1, 300)))
        picture = Pillow.fromarray(rng.integers(0, 256, (size[1], size[0]), np.uint8))
        name = "a" if i % 2 else "b"
        (tmp_path / name).mkdir(exist_ok=True)
        ending = "tif" if mode in ("CMYK", "LA", "I;16") else "png"
        picture.convert(mode).save(tmp_path / name / f"{i}.{ending}")
    for ending in ("jpg", "bmp", "gif", "webp", "pgm"):
        Pillow.fromarray(rng.integers(0, 256, (9, 5), np.uint8)).save(tmp_path / f"a/x.{ending}")
    result = prepared(tmp_path, Preprocessing(16, colour=False))
    assert result.rejected == ()
    assert everything(result.pictures).shape == (13, 1, 16, 16)


def test_unreadable_pictures_are_rejected_and_the_rest_is_taken(tmp_path: Path) -> None:
    lay_out(tmp_path, ann=2, bob=2)
    whole = (tmp_path / "ann" / "0.png").read_bytes()
    (tmp_path / "ann" / "cut.png").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "ann" / "empty.jpg").write_bytes(b"")
    (tmp_path / "bob" / "text.jpg").write_text("no picture")
    (tmp_path / "bob" / "folder.jpg").mkdir()
    (tmp_path / "bob" / "gone.jpg").symlink_to(tmp_path / "nowhere.jpg")
    (tmp_path / "bob" / "notes.txt").write_text("")
    result = prepared(tmp_path)
    assert len(result.pictures) == 4
    reasons = {Path(one.picture).name: one.reason for one in result.rejected}
    assert reasons.keys() == {"cut.png", "empty.jpg", "text.jpg", "gone.jpg", "notes.txt"}
    assert "is damaged or cut off" in reasons["cut.png"]
    assert "is empty (0 bytes)" in reasons["empty.jpg"]
    assert "is not a picture that can be read" in reasons["text.jpg"]
    assert "There is no picture" in reasons["gone.jpg"]


def test_a_class_of_which_nothing_can_be_read_is_told_and_left_out(tmp_path: Path) -> None:
    lay_out(tmp_path, ann=2, cid=2)
    (tmp_path / "bob").mkdir()
    (tmp_path / "bob" / "1.jpg").write_bytes(b"x")
    result = prepared(tmp_path)
    assert result.pictures.classes == ("ann", "cid")
    assert result.pictures.labels.tolist() == [0, 0, 1, 1]
    assert [Path(one.picture).name for one in result.rejected] == ["1.jpg", "bob"]
    assert result.rejected[1].reason == "No picture of this class can be read."
    (tmp_path / "cid" / "0.png").write_bytes(b"x")
    (tmp_path / "cid" / "1.png").write_bytes(b"x")
    with pytest.raises(KnownError, match=r"pictures of one class only \(ann\).*be read"):
        prepared(tmp_path)


def test_one_class_is_told_before_a_picture_is_opened(tmp_path: Path) -> None:
    lay_out(tmp_path, ann=3)
    with pytest.raises(KnownError, match=r"pictures of one class only \(ann\)"):
        next(prepare(tmp_path, SMALL))


@pytest.mark.parametrize("bound", [0, 1 << 20])
def test_nothing_readable_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bound: int
) -> None:
    monkeypatch.setattr(pixel_store, "MEMORY_BOUND", bound)
    for name in ("ann", "bob"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "0.jpg").write_bytes(b"x")
    with pytest.raises(KnownError, match=r"None of the 2 pictures .* can be read\. .*bob"):
        prepared(tmp_path)


def test_a_test_folder_has_the_classes_of_the_training(tmp_path: Path) -> None:
    lay_out(tmp_path, bob=2)
    classes = ("ann", "Bob", "cid")
    result = run(prepare(tmp_path, SMALL, classes=classes))
    assert result.pictures.classes == classes
    assert result.pictures.labels.tolist() == [1, 1]


def test_labels_unknown_to_the_model_are_named(tmp_path: Path) -> None:
    lay_out(tmp_path, ann=1, **{f"x{i}": 1 for i in range(7)})
    with pytest.raises(
        KnownError,
        match=r"has 7 classes that are not among those learned: x0, x1, x2, x3, x4 and 2 more\.",
    ):
        run(prepare(tmp_path, SMALL, classes=("ann", "bob")))


def test_a_list_and_a_folder_of_the_same_pictures_are_the_same_set(tmp_path: Path) -> None:
    root = lay_out(tmp_path / "data", ann=3, bob=2)
    source = tmp_path / "list.csv"
    lines = [
        f"data/{path.parent.name}/{path.name},{path.parent.name}" for path in root.rglob("*.*")
    ]
    source.write_text("\n".join(["picture,label", *lines[::-1]]), "utf-8")
    assert prepared(source).pictures.fingerprint == prepared(root).pictures.fingerprint


# --- the fingerprint


def test_the_fingerprint_is_of_the_content_not_of_the_files(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    (other / "bob").mkdir(parents=True)
    for i in range(5):
        save(one / "ann" / f"{i}.png", noise(i))
        save(other / "ann" / "deep" / f"{9 - i}.PNG", noise(i))
        save(one / "bob" / f"{i}.png", noise(100 + i))
        Pillow.fromarray(noise(100 + i)[:, :, ::-1]).save(other / "bob" / f"{-i}.bmp")
    first, second = prepared(one).pictures, prepared(other).pictures
    assert first.fingerprint == second.fingerprint
    assert (everything(first) == everything(second)).all()
    assert len(first.fingerprint) == 64


def test_the_fingerprint_tells_every_difference(tmp_path: Path) -> None:
    lay_out(tmp_path, ann=2, bob=2)
    seen = {
        prepared(tmp_path).pictures.fingerprint,
        prepared(tmp_path, Preprocessing(6, colour=False)).pictures.fingerprint,
        prepared(tmp_path, Preprocessing(7, colour=True)).pictures.fingerprint,
        run(prepare(tmp_path, SMALL, classes=("ann", "bob", "cid"))).pictures.fingerprint,
    }
    (tmp_path / "bob" / "1.png").rename(tmp_path / "ann" / "2.png")
    seen.add(prepared(tmp_path).pictures.fingerprint)
    changed = noise(0)
    changed[0, 0, 0] ^= 1
    save(tmp_path / "ann" / "0.png", changed)
    seen.add(prepared(tmp_path).pictures.fingerprint)
    (tmp_path / "ann").rename(tmp_path / "amy")
    seen.add(prepared(tmp_path).pictures.fingerprint)
    assert len(seen) == 7


def test_a_part_is_a_view_with_a_fingerprint_of_its_own(tmp_path: Path) -> None:
    pictures = prepared(lay_out(tmp_path, ann=3, bob=3)).pictures
    part = pictures.part(np.array([4, 1]))
    assert part.store is pictures.store
    assert (everything(part) == everything(pictures)[[4, 1]]).all()
    assert part.labels.tolist() == [1, 0]
    again = part.part(np.array([1]))
    assert (everything(again) == everything(pictures)[[1]]).all()
    prints = {pictures.fingerprint, part.fingerprint, again.fingerprint}
    prints.add(pictures.part(np.array([1, 4])).fingerprint)
    assert len(prints) == 4
    assert pictures.part(np.arange(6)).fingerprint == pictures.fingerprint


# --- identical pictures


def test_duplicates_and_contradictions_are_told_and_kept(tmp_path: Path) -> None:
    lay_out(tmp_path, ann=2, bob=2, cid=2)
    save(tmp_path / "ann" / "again.png", noise(0))
    Pillow.fromarray(noise(0)[:, :, ::-1]).save(tmp_path / "ann" / "once more.bmp")
    save(tmp_path / "cid" / "ann.png", noise(0))
    save(tmp_path / "bob" / "cid.png", noise(2001))
    result = prepared(tmp_path)
    assert len(result.pictures) == 10
    assert result.rejected == ()
    assert result.duplicates == 2
    found = {
        (one.classes, tuple(sorted(os.path.relpath(p, tmp_path) for p in one.pictures)))
        for one in result.contradictions
    }
    assert found == {
        (("ann", "cid"), ("ann/0.png", "ann/again.png", "ann/once more.bmp", "cid/ann.png")),
        (("bob", "cid"), ("bob/cid.png", "cid/1.png")),
    }
    assert all(isinstance(one, Contradiction) for one in result.contradictions)


# --- where the pixels lie


def test_beyond_the_bound_a_mapped_file_gives_the_same_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = lay_out(tmp_path / "data", ann=4, bob=4)
    (root / "ann" / "broken.jpg").write_bytes(b"x")
    inside = prepared(root).pictures
    room = tmp_path / "room"
    room.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(room))
    monkeypatch.setattr(pixel_store, "MEMORY_BOUND", 9 * 3 * 6 * 6 - 1)
    mapped = prepared(root).pictures
    assert list(room.iterdir()) == []  # it has no name, so nothing can be left behind
    assert not mapped.store.flags.writeable
    assert mapped.fingerprint == inside.fingerprint
    assert (everything(mapped) == everything(inside)).all()
    part = mapped.part(np.array([7, 0]))
    assert (everything(part) == everything(inside)[[7, 0]]).all()
    assert type(everything(part)) is np.ndarray


def test_pixels_beyond_the_bound_are_not_held_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = lay_out(tmp_path, ann=10, bob=10)
    monkeypatch.setattr(pixel_store, "MEMORY_BOUND", 1 << 20)
    large = Preprocessing(400, colour=True)  # 480,000 bytes each, 9.6 MB in all
    prepared(root, large)  # what is imported on the way counts once
    tracemalloc.start()
    try:
        pictures = prepared(root, large).pictures
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(pictures) == 20
    assert peak < 5_000_000


def test_a_full_disk_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = lay_out(tmp_path, ann=2, bob=2)
    monkeypatch.setattr(pixel_store, "MEMORY_BOUND", 0)

    def full(**_: object) -> object:
        return Path("/dev/full").open("w+b")

    monkeypatch.setattr("tempfile.TemporaryFile", full)
    for preprocessing in (SMALL, Preprocessing(200, colour=True)):  # at the end, and at a picture
        with pytest.raises(KnownError, match="hold the prepared pictures: No space left"):
            prepared(root, preprocessing)

    def none(**_: object) -> object:
        raise FileNotFoundError(2, "No usable temporary directory found")

    monkeypatch.setattr("tempfile.TemporaryFile", none)
    with pytest.raises(KnownError, match="No usable temporary directory"):
        prepared(root)


def test_no_memory_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pixel_store, "MEMORY_BOUND", 2**62)
    with (
        pytest.raises(KnownError, match="no memory left"),
        pixel_store.PixelStore(2**60, (1, 1, 1)),
    ):
        pass


@pytest.mark.parametrize("bound", [0, 1 << 20])
def test_closing_at_any_yield_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bound: int
) -> None:
    root = lay_out(tmp_path / "data", ann=2, bob=2)
    monkeypatch.setattr(pixel_store, "MEMORY_BOUND", bound)
    before = len(list(Path("/proc/self/fd").iterdir()))
    for yields in range(1, 6):
        job = prepare(root, SMALL)
        for _ in range(yields):
            next(job)
        job.close()
        assert len(list(Path("/proc/self/fd").iterdir())) == before


# --- sets of pixels that are at hand


def test_from_arrays_keeps_order_and_copies_nothing() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (5, 1, 4, 4), np.uint8)
    labels = np.array([1, 0, 1, 1, 0])
    pictures = from_arrays(pixels, labels, ["a", "b"], colour=False)
    assert np.shares_memory(pictures.store, pixels)
    assert (everything(pictures) == pixels).all()
    assert pictures.labels.tolist() == [1, 0, 1, 1, 0]
    assert pictures.preprocessing == Preprocessing(4, colour=False)
    labels[:] = 0
    assert pictures.labels.tolist() == [1, 0, 1, 1, 0]
    with pytest.raises(ValueError, match="read-only"):
        pictures.labels[0] = 0


def test_from_arrays_and_prepare_agree(tmp_path: Path) -> None:
    read = prepared(lay_out(tmp_path, ann=2, bob=3)).pictures
    made = from_arrays(everything(read), read.labels, read.classes, colour=True)
    assert made.fingerprint == read.fingerprint


@pytest.mark.parametrize(
    ("shape", "labels", "colour"),
    [
        ((2, 4, 4), [0, 1], False),
        ((2, 1, 4, 4), [0, 1], True),
        ((2, 3, 4, 4), [0, 1], False),
        ((2, 1, 4, 5), [0, 1], False),
        ((2, 1, 4, 4), [0, 1, 1], False),
        ((2, 1, 4, 4), [0, 2], False),
        ((2, 1, 4, 4), [-1, 0], False),
    ],
)
def test_arrays_that_do_not_fit_are_our_fault(
    shape: tuple[int, ...], labels: list[int], colour: bool
) -> None:
    with pytest.raises(BugError):
        from_arrays(np.zeros(shape, np.uint8), np.array(labels), ["a", "b"], colour=colour)


def test_pixels_of_another_kind_are_our_fault() -> None:
    with pytest.raises(BugError, match="float32"):
        from_arrays(
            np.zeros((1, 1, 4, 4), np.float32),  # type: ignore[arg-type]
            np.array([0]),
            ["a"],
            colour=False,
        )


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2)), min_size=1, max_size=12))
def test_equal_content_has_equal_fingerprints_whatever_the_file_names(
    tmp_path_factory: pytest.TempPathFactory, pictures: list[tuple[int, int]]
) -> None:
    root = tmp_path_factory.mktemp("data")
    lay_out(root, z0=1, z1=1)
    lay_out(root / "again", z0=1, z1=1)
    one, other = tmp_path_factory.mktemp("one"), tmp_path_factory.mktemp("other")
    for where, order in ((one, pictures), (other, pictures[::-1])):
        lay_out(where, y=1, z=1)
        for i, (seed, label) in enumerate(order):
            save(where / f"c{label}" / f"{i}.png", noise(seed, 2, 2))
    first, second = prepared(one), prepared(other)
    assert first.pictures.fingerprint == second.pictures.fingerprint
    assert (everything(first.pictures) == everything(second.pictures)).all()
    assert first.duplicates == second.duplicates == len(pictures) - len(set(pictures))
