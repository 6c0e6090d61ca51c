"""Bad input: a clear sentence, the right exit code, no traceback, nothing half-written."""

import os
import sqlite3
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from faceaccess.camera.drawn_people import STAFF, STRANGERS, Pose, render

from .conftest import Photos, Ran

Run = Callable[..., Ran]


def contents(home: Path) -> tuple[str, ...]:
    """All that is stored about people, heads and events, to be compared."""
    with sqlite3.connect(f"file:{home / 'faceaccess.sqlite3'}?mode=ro", uri=True) as database:
        lines = tuple(database.iterdump())
    database.close()
    return lines


@pytest.fixture
def unchanged(enrolled: Path) -> Callable[[], None]:
    """Assert that the enrolled data folder is as it was, to the last value."""
    before = contents(enrolled)

    def check() -> None:
        assert contents(enrolled) == before
        strays = [path for path in enrolled.rglob("*") if path.suffix in {".part", ".tmp", ".db"}]
        assert strays == []

    return check


def huge_png(side: int) -> bytes:
    """A PNG that says it has side x side pixels and brings almost none of them."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 1000))
        + chunk(b"IEND", b"")
    )


def bad_pictures(photos: Photos) -> dict[str, tuple[Path, str]]:
    """Files that no face can be enrolled from, each with a word of the sentence to expect."""
    good = photos.of(STAFF[5])
    made: dict[str, tuple[bytes, str]] = {
        "cut.jpg": (good.read_bytes()[:3000], "cut"),
        "empty.jpg": (b"", "empty"),
        "text.jpg": (b"These are words, and no picture.\n" * 20, "not a picture"),
        "huge.png": (huge_png(60_000), "100 million"),
    }
    for name, (data, _) in made.items():
        (photos.folder / name).write_bytes(data)
    wall = np.full((480, 640, 3), 150, np.uint8)
    two = np.hstack([render(STAFF[5], seed=1), render(STAFF[6], seed=1)])
    small = render(STAFF[5], width=240, height=180, pose=Pose(eyes=0.08))
    return {
        **{name: (photos.folder / name, word) for name, (_, word) in made.items()},
        "missing": (photos.folder / "missing.jpg", "no picture"),
        "folder": (photos.folder, "folder"),
        "no face": (photos.save("no-face.png", wall), "no face"),
        "two faces": (photos.save("two-faces.png", two), "2 faces"),
        "small": (photos.save("small.png", small), "small"),
    }


BAD = (
    "cut.jpg",
    "empty.jpg",
    "text.jpg",
    "huge.png",
    "missing",
    "folder",
    "no face",
    "two faces",
    "small",
)


@pytest.mark.parametrize("which", BAD)
def test_a_bad_picture_enrols_nobody(
    run: Run, photos: Photos, unchanged: Callable[[], None], which: str
) -> None:
    path, word = bad_pictures(photos)[which]
    run("people", "add", "Somebody", path).refused(str(path), word, "nothing was stored")
    unchanged()


def test_a_bad_picture_beside_a_good_one_is_named_and_the_good_one_taken(
    run: Run, photos: Photos
) -> None:
    bad = [path for path, _ in bad_pictures(photos).values()]
    added = run("people", "add", "Somebody", *bad, photos.of(STAFF[5]), "--json").line
    assert added["samples"] == 1
    assert [one["picture"] for one in added["rejected"]] == [str(path) for path in bad]


@pytest.mark.parametrize("which", ["cut.jpg", "empty.jpg", "text.jpg", "huge.png", "missing"])
def test_identify_says_what_is_wrong_with_a_file(
    run: Run, photos: Photos, enrolled: Path, which: str
) -> None:
    path, word = bad_pictures(photos)[which]
    done = run("identify", path, "--json")
    assert done.exit_code == 1
    assert done.line["picture"] == str(path)
    assert word in done.line["error"]
    run("identify", path).refused(str(path), word)


def test_a_blurred_picture_is_told_and_withholds_no_name(
    run: Run, photos: Photos, enrolled: Path
) -> None:
    blurred = cv2.GaussianBlur(render(STAFF[0], seed=4), (0, 0), 6)
    path = photos.save("blurred.png", blurred)
    (face,) = run("identify", path, "--json").line["faces"]
    assert face["person"] == STAFF[0].name
    assert "blurred" in face["reason"]
    added = run("people", "add", "Another", path, "--json").line
    assert any("blurred" in one["reason"] for one in added["warnings"])


def kinds_of_files(photos: Photos) -> dict[str, Path]:
    """The same drawn face in the ways in which cameras, scanners and programs store it."""
    with Image.open(photos.of(STAFF[0], 4)) as opened:
        colour = opened.convert("RGB")
    exif = Image.Exif()
    exif[0x0112] = 6  # orientation: to be turned 90 degrees clockwise, as telephones write it
    clear = colour.convert("RGBA")
    clear.putalpha(Image.new("L", clear.size, 255))
    gray = np.asarray(colour.convert("L"))
    saved = {
        "rotated.jpg": (colour.rotate(90, expand=True), {"exif": exif}),
        "16-bit.png": (Image.fromarray(gray.astype(np.uint16) * 257), {}),
        "gray.png": (colour.convert("L"), {}),
        "alpha.png": (clear, {}),
        "cmyk.jpg": (colour.convert("CMYK"), {}),
        "palette.png": (colour.quantize(256), {}),
        "picture.tiff": (colour, {}),
        "picture.webp": (colour, {}),
        "picture.bmp": (colour, {}),
    }
    for name, (image, options) in saved.items():
        image.save(photos.folder / name, **options)
    return {name: photos.folder / name for name in saved}


def test_every_usual_kind_of_file_works(run: Run, photos: Photos, enrolled: Path) -> None:
    files = kinds_of_files(photos)
    lines = run("identify", *files.values(), "--json").lines
    named = {
        name: [face["person"] for face in line["faces"]]
        for name, line in zip(files, lines, strict=True)
    }
    assert named == {name: [STAFF[0].name] for name in files}


@pytest.mark.parametrize(
    ("name", "word"),
    [("", "empty"), ("   ", "empty"), ("x" * 10_000, "10,000"), ("two\nlines", "control")],
)
def test_a_bad_name_is_refused(
    run: Run, photos: Photos, unchanged: Callable[[], None], name: str, word: str
) -> None:
    run("people", "add", name, photos.of(STAFF[5])).refused("name", word)
    unchanged()


def test_a_staff_number_cannot_be_given_twice(
    run: Run, photos: Photos, unchanged: Callable[[], None]
) -> None:
    run("people", "add", "Another", photos.of(STAFF[5]), "--staff-number", "101").refused(
        "101", STAFF[0].name
    )
    unchanged()


@pytest.mark.parametrize("unknown", ["00000000-0000-4000-8000-000000000000", "nobody", "", "%"])
def test_an_id_that_is_not_there(
    run: Run, photos: Photos, unchanged: Callable[[], None], unknown: str
) -> None:
    run("people", "show", unknown).refused("nobody with the id")
    run("people", "remove", unknown).refused("nobody with the id")
    run("people", "add-pictures", unknown, photos.of(STAFF[5])).refused("nobody with the id")
    run("events", "list", "--person", unknown).refused("nobody with the id")
    unchanged()


def test_imports_that_bring_nobody(
    run: Run, unchanged: Callable[[], None], photos: Photos, tmp_path: Path
) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "Li Wei's folder" / "Li Wei").mkdir(parents=True)
    (tmp_path / "columns.csv").write_text("who,photo\nLi Wei,a.jpg\n", encoding="utf-8")
    (tmp_path / "files.csv").write_text("name,picture\nLi Wei,a.jpg\n", encoding="utf-8")
    (tmp_path / "nothing.csv").write_text("", encoding="utf-8")
    (tmp_path / "latin.csv").write_bytes("name,picture\nZoë,a.jpg\n".encode("latin-1"))
    for source, word in (
        ("missing", "missing"),
        ("empty", "no folders"),
        ("columns.csv", "column"),
        ("nothing.csv", "column"),
        ("latin.csv", "UTF-8"),
    ):
        run("people", "import", tmp_path / source).refused(word)
    for source in ("Li Wei's folder", "files.csv"):
        done = run("people", "import", tmp_path / source, "--json")
        assert done.exit_code == 1
        assert done.lines[-1]["people"] == 0
        assert done.lines[-1]["rejected"] == 1
        assert done.lines[0]["reason"]
    unchanged()


@pytest.mark.parametrize(
    ("address", "word"),
    [
        ("no-such-file.mp4", "no-such-file.mp4"),
        ("ftp://192.0.2.1/x", "ftp"),
        ("rtsp://", "address"),
        ("demo:?who=martians", "martians"),
        ("", "camera"),
    ],
)
def test_a_source_that_means_nothing(
    run: Run, unchanged: Callable[[], None], address: str, word: str
) -> None:
    run("watch", address).refused(word)
    unchanged()


def test_a_video_that_is_none(run: Run, enrolled: Path, tmp_path: Path) -> None:
    (tmp_path / "words.mp4").write_text("no video")
    run("watch", tmp_path / "words.mp4").refused("words.mp4")


@pytest.mark.parametrize("address", ["987", "rtsp://user:secret@127.0.0.1:9/door"])
def test_a_camera_that_never_opens_ends_the_watch(
    process: Callable[..., Ran], enrolled: Path, address: str
) -> None:
    done = process("watch", address, "--json").refused()
    assert done.line["error"]
    assert "secret" not in done.stdout + done.stderr


def test_a_data_folder_that_cannot_be_made(run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    run("people", "list", "--home", tmp_path / "file").refused(str(tmp_path / "file"))
    run("people", "list", "--home", tmp_path / "file" / "home").refused(str(tmp_path / "file"))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_data_folder_that_is_read_only(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "home"
    folder.mkdir(mode=0o500)
    run("people", "list", "--home", folder).refused(str(folder))
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("damage", ["empty", "text", "cut", "noise"])
def test_a_damaged_database_is_told_and_never_overwritten(
    run: Run, photos: Photos, enrolled: Path, damage: str
) -> None:
    database = enrolled / "faceaccess.sqlite3"
    whole = database.read_bytes()
    broken = {
        "empty": b"",
        "text": b"I am a letter. " * 1000,
        "cut": whole[: len(whole) // 2],
        "noise": whole[:100] + bytes(np.random.default_rng(1).bytes(len(whole) - 100)),
    }[damage]
    database.write_bytes(broken)
    for arguments in (
        ["people", "list"],
        ["people", "add", "Somebody", photos.of(STAFF[5])],
        ["retrain"],
        ["events", "list"],
    ):
        run(*arguments).refused(str(database))
    assert database.read_bytes() == broken


def test_a_database_of_a_newer_program_is_left_alone(run: Run, enrolled: Path) -> None:
    database = sqlite3.connect(enrolled / "faceaccess.sqlite3")
    with database:
        (table,) = (
            name
            for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            if "migration" in name
        )
        columns = [row[1] for row in database.execute(f"PRAGMA table_info({table})")]
        row = dict(zip(columns, database.execute(f"SELECT * FROM {table}").fetchone(), strict=True))
        row = {
            key: "9999 from the future" if isinstance(value, str) and key == "name" else value
            for key, value in row.items()
            if key not in {"id", "number"}
        }
        marks = ", ".join("?" * len(row))
        database.execute(
            f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})", list(row.values())
        )
    database.close()
    run("people", "list").refused("newer program")


def test_a_database_locked_by_another_program(run: Run, enrolled: Path) -> None:
    other = sqlite3.connect(enrolled / "faceaccess.sqlite3", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        run("people", "remove", "101").refused("in use by another program")
        assert len(run("people", "list", "--json").lines) == 3  # reading goes on
    finally:
        other.execute("ROLLBACK")
        other.close()
    assert run("people", "remove", "101").exit_code == 0


def test_weights_with_the_wrong_hash_are_not_loaded(
    run: Run, photos: Photos, enrolled: Path, tmp_path: Path
) -> None:
    weights = tmp_path / "mine.pt"
    weights.write_bytes(b"weights as they were trusted")
    trusted = run("models", "trust", weights, "--json").line
    assert trusted["name"] == "facenet"
    assert len(trusted["sha256"]) == 64
    weights.write_bytes(b"weights that somebody changed")
    run("settings", "set", "embedder", "facenet")
    run("people", "add", "Somebody", photos.of(STRANGERS[0])).refused(str(weights), "SHA-256")
    listed = {one["name"]: one for one in run("models", "list", "--json").lines}
    assert listed["facenet"]["available"] is False


def test_weights_that_cannot_be_trusted(run: Run, home: Path, tmp_path: Path) -> None:
    run("models", "trust", tmp_path / "missing.pt").refused("missing.pt")
    run("models", "trust", tmp_path).refused("folder")
    (tmp_path / "empty.pt").write_bytes(b"")
    run("models", "trust", tmp_path / "empty.pt").refused("empty")
    (tmp_path / "some.pt").write_bytes(b"x")
    run("models", "trust", tmp_path / "some.pt", "--name", "sface").refused("sface")
    run("models", "trust", tmp_path / "some.pt", "--name", "nonsense").refused("nonsense")


def test_people_enrolled_in_another_space_are_not_compared(
    run: Run, photos: Photos, enrolled: Path
) -> None:
    run("settings", "set", "colour", "true")
    run("identify", photos.of(STAFF[0])).refused("colour")


def test_an_export_to_a_place_that_is_not_there(
    run: Run, unchanged: Callable[[], None], tmp_path: Path
) -> None:
    run("events", "export", tmp_path / "no" / "such" / "folder.csv").refused("folder.csv")
    run("events", "export", tmp_path).refused(str(tmp_path))
    assert list(tmp_path.glob("*.part")) == []
    unchanged()
