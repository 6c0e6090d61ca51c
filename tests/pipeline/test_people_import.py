"""Importing many people: folders, CSV files, what is skipped, and cancelling."""

import csv
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from drawn import POSES, beside, drawing
from hypothesis import given
from hypothesis import strategies as st

from faceaccess.app import App
from faceaccess.camera.drawn_people import STAFF
from faceaccess.core.actors import Actor
from faceaccess.core.errors import KnownError
from faceaccess.core.people import Person
from faceaccess.core.progress import run
from faceaccess.images.codec import encode_png
from faceaccess.pipeline.crop_spool import CropSpool
from faceaccess.pipeline.import_sources import list_source
from faceaccess.pipeline.picture_look import new_sample

LI, ADA, ANA = STAFF[1], STAFF[0], STAFF[2]


def save(path: Path, image: np.ndarray) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(encode_png(image))
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three people, three pictures each, and some things that are none."""
    root = tmp_path / "people"
    for person in (LI, ADA, ANA):
        for i, turn in POSES:
            save(root / person.name / f"{i}.png", drawing(person, turn))
    (root / "Nobody").mkdir()
    (root / ".hidden").mkdir()
    (root / LI.name / "notes.txt").write_text("not a picture")
    (root / LI.name / "broken.jpg").write_bytes(b"\xff\xd8\xff")
    return root


def is_empty(app: App) -> bool:
    store = app.store
    return (store.count_people(), store.count_samples(), store.head_records()) == (0, 0, [])


def test_a_folder_of_folders(app: App, actor: Actor, folder: Path) -> None:
    result = run(app.people_import.run(actor, folder))
    assert (result.people, result.samples, result.skipped) == (3, 9, 0)
    assert [(r.picture, r.reason.split(".")[0]) for r in result.rejected] == [
        (str(folder / "Nobody"), "there is no picture in this folder"),
        (
            str(folder / LI.name / "broken.jpg"),
            result.rejected[1].reason.split(".")[0],
        ),
    ]
    assert "broken" in result.rejected[1].reason
    assert {p.name for p in app.directory.list()} == {LI.name, ADA.name, ANA.name}
    record, head = app.store.serving_head()
    assert record == result.head
    assert (record.version, record.people, record.samples) == (1, 3, 9)
    assert len(head.person_ids) == 3


def test_the_same_import_again_stores_nothing_more(app: App, actor: Actor, folder: Path) -> None:
    run(app.people_import.run(actor, folder))
    again = run(app.people_import.run(actor, folder))
    assert (again.people, again.samples, again.skipped) == (0, 0, 9)
    assert again.head is not None
    assert again.head.version == 1
    save(folder / LI.name / "new.png", drawing(LI, 6, seed=3))
    more = run(app.people_import.run(actor, folder))
    assert (more.people, more.samples, more.skipped) == (1, 1, 9)
    assert app.store.count_people() == 3


def write_csv(
    path: Path, *rows: tuple[str, ...], header: str = "name,picture,staff_number"
) -> Path:
    with path.open("w", encoding="utf-8-sig", newline="") as out:
        out.write(header + "\n")
        csv.writer(out).writerows(rows)
    return path


def test_a_csv_file(app: App, actor: Actor, tmp_path: Path) -> None:
    save(tmp_path / "pics" / "li.png", drawing(LI))
    save(tmp_path / "pics" / "ada.png", drawing(ADA))
    source = write_csv(
        tmp_path / "people.csv",
        ("李伟", "pics/li.png", "17"),
        ("Ada, née Okafor", str(tmp_path / "pics" / "ada.png"), ""),
        ("Ghost", "pics/ghost.png", "99"),
        ("", "pics/li.png", ""),
        ("x" * 10_000, "pics/li.png", ""),
        ("No picture", "", ""),
    )
    result = run(app.people_import.run(actor, source))
    assert (result.people, result.samples) == (2, 2)
    people = {p.name: p.details.staff_number for p in app.directory.list()}
    assert people == {"李伟": "17", "Ada, née Okafor": None}
    reasons = {r.picture: r.reason for r in result.rejected}
    assert "There is no picture" in reasons["pics/ghost.png"]
    assert reasons[f"{source}, line 5"].startswith("The name is empty")
    assert "10,000 characters" in reasons[f"{source}, line 6"]
    assert reasons[f"{source}, line 7"].startswith("The picture is empty")


def test_known_people_are_found_by_number_then_by_name(
    app: App, actor: Actor, enrol: Callable[..., Person], tmp_path: Path
) -> None:
    li = enrol(1, staff_number="17")
    ada = enrol(0)
    for i, person in enumerate((LI, ADA, ANA)):
        save(tmp_path / f"{i}.png", drawing(person, 4, seed=8))
    source = write_csv(
        tmp_path / "people.csv",
        ("Another spelling", "0.png", "17"),  # Li by number
        (ada.name, "1.png", "18"),  # Ada has no number yet: found by name
        (li.name, "2.png", "19"),  # a namesake with another number is somebody else
    )
    result = run(app.people_import.run(actor, source))
    assert (result.people, result.samples) == (3, 3)
    assert app.store.count_people() == 3
    assert app.directory.show(li.id).samples == 4
    assert app.directory.show(ada.id).samples == 4
    namesake = app.store.person_by_number("19")
    assert namesake is not None
    assert (namesake.name, namesake.samples) == (li.name, 1)


def test_who_is_there_already_under_another_name_is_told(
    app: App, actor: Actor, enrol: Callable[..., Person], tmp_path: Path
) -> None:
    enrol(1)
    root = tmp_path / "people"
    for turn in (-6.0, 6.0):
        save(root / "Lee" / f"{turn}.png", drawing(LI, turn, seed=7))
        save(root / "Ada" / f"{turn}.png", drawing(ADA, turn))
        save(root / "Ada again" / f"{turn}.png", drawing(ADA, turn, seed=7))
    result = run(app.people_import.run(actor, root))
    assert result.people == 3
    told = sorted((one.picture, one.reason.split(" (")[0]) for one in result.warnings)
    assert told[0] in {("Ada", "looks like Ada again"), ("Ada again", "looks like Ada")}
    assert told[1:] == [("Lee", f"looks like {LI.name}")]


def test_namesakes_without_number_are_not_guessed(
    app: App, actor: Actor, enrol: Callable[..., Person], folder: Path
) -> None:
    enrol(1)
    enrol(1)
    result = run(app.people_import.run(actor, folder))
    assert result.people == 2
    assert any("2 people are called Li Wei" in r.reason for r in result.rejected)
    assert app.store.count_people() == 4


def test_of_several_faces_the_largest_nearest_the_centre_is_taken_and_said(
    app: App, actor: Actor, tmp_path: Path
) -> None:
    picture = beside(drawing(LI, eyes=0.16, x=0.8), drawing(ADA, eyes=0.1))
    save(tmp_path / "people" / "Li Wei" / "a.png", picture)
    result = run(app.people_import.run(actor, tmp_path / "people"))
    assert (result.people, result.samples) == (1, 1)
    assert "2 faces were found" in result.warnings[0].reason
    (probe,) = app.analyser().observe(drawing(LI, seed=3))
    vector = app.store.samples(app.directory.list()[0].id)[0].embedding.vector
    assert float(vector @ probe.embedding.vector) > 0.8


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (b"", "no column name and no column picture"),
        (b"name,photo\nLi,a.png\n", "no column picture"),
        (b"picture\na.png\n", "no column name"),
        (b"name,picture\n", "lists no pictures"),
        (b"name,picture\n\n,\n", "lists no pictures"),
        ("name,picture\nJosé,a.png\n".encode("latin-1"), "is not UTF-8"),
        (b'name,picture\n"Li,a.png\n', "is not proper CSV"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "is not UTF-8"),
    ],
)
def test_a_csv_file_that_is_none(
    app: App, actor: Actor, tmp_path: Path, text: bytes, says: str
) -> None:
    source = tmp_path / "people.csv"
    source.write_bytes(text)
    with pytest.raises(KnownError, match=says):
        run(app.people_import.run(actor, source))
    assert is_empty(app)


def test_semicolons_and_spaces_as_spreadsheets_write_them(tmp_path: Path) -> None:
    source = tmp_path / "people.csv"
    source.write_bytes("\ufeffName; Picture ;STAFF_NUMBER\r\nLi Wei;a.png;17\r\n".encode())
    listed = list_source(source)
    assert listed.rejected == []
    assert listed.people[0].details.name == "Li Wei"
    assert listed.people[0].details.staff_number == "17"
    assert listed.people[0].pictures[0].path == tmp_path / "a.png"


@given(st.binary(max_size=300))
def test_any_bytes_are_a_list_or_a_known_error(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    source = tmp_path_factory.mktemp("csv") / "people.csv"
    source.write_bytes(b"name,picture\n" + data)
    try:
        listed = list_source(source)
    except KnownError:
        return  # anything else that is raised fails the test
    assert listed.pictures + len(listed.rejected) > 0


def test_sources_that_are_not_there(app: App, actor: Actor, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(KnownError, match="has no folders in it"):
        run(app.people_import.run(actor, tmp_path / "empty"))
    with pytest.raises(KnownError, match="There is no"):
        run(app.people_import.run(actor, tmp_path / "missing"))


def test_an_import_in_which_nobody_is_found_changes_nothing(
    app: App, actor: Actor, blank: np.ndarray, tmp_path: Path
) -> None:
    save(tmp_path / "people" / "Li" / "a.png", blank)
    result = run(app.people_import.run(actor, tmp_path / "people"))
    assert (result.people, result.samples, result.head) == (0, 0, None)
    assert result.rejected[0].reason == "no face was found"
    assert is_empty(app)


def test_closing_the_import_at_any_yield_leaves_nothing(
    app: App, actor: Actor, folder: Path
) -> None:
    yields = 0
    while True:
        job = app.people_import.run(actor, folder)
        try:
            for _ in range(yields + 1):
                next(job)
        except StopIteration:
            break
        job.close()
        assert is_empty(app), f"closed at yield {yields}"
        yields += 1
    assert yields > 10
    assert app.store.count_people() == 3


def test_the_spool_gives_back_what_was_put(app: App) -> None:
    observations = [
        one for turn in (-8.0, 8.0) for one in app.analyser().observe(drawing(LI, turn))
    ]
    samples = [new_sample(one, f"{i}.png", f"digest {i}") for i, one in enumerate(observations)]
    with CropSpool() as spool:
        kept = [spool.put(sample) for sample in samples]
        back = spool.get(kept[::-1])[::-1]
        spool._file.seek(0)
        on_disk = spool._file.read()
    assert not any(sample.crop.tobytes()[:64] in on_disk for sample in samples)
    assert len(on_disk) == sum(sample.crop.size + 16 for sample in samples)
    for sample, again in zip(samples, back, strict=True):
        assert (again.crop == sample.crop).all()
        assert (again.source, again.digest, again.quality) == (
            sample.source,
            sample.digest,
            sample.quality,
        )


def test_a_full_disk_under_the_spool_is_told(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    (observation,) = app.analyser().observe(drawing(LI))
    sample = new_sample(observation, "1.png", "digest")

    def full(**_: object) -> object:
        return Path("/dev/full").open("w+b")

    monkeypatch.setattr("tempfile.TemporaryFile", full)
    with pytest.raises(KnownError, match="No space left"), CropSpool() as spool:
        spool.put(sample)

    def none(**_: object) -> object:
        raise FileNotFoundError(2, "No usable temporary directory found")

    monkeypatch.setattr("tempfile.TemporaryFile", none)
    with pytest.raises(KnownError, match="No usable"), CropSpool():
        pass
