"""`faceaccess people` on drawn people, with the real networks and the real store."""

import csv
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from faceaccess.camera.drawn_people import STAFF, STRANGERS

from .conftest import Photos, Ran

Run = Callable[..., Ran]
PERSON_FIELDS = {
    "id",
    "name",
    "staff_number",
    "department",
    "note",
    "active",
    "samples",
    "created_at",
    "updated_at",
}


def names(run: Run) -> dict[str, int]:
    return {one["name"]: one["samples"] for one in run("people", "list", "--json").lines}


def test_add_tells_what_was_taken_and_what_not(run: Run, photos: Photos, tmp_path: Path) -> None:
    text = tmp_path / "notes.jpg"
    text.write_text("no picture at all")
    good = photos.several(STAFF[0])
    added = run("people", "add", "Ada", *good, text, "--staff-number", "7", "--json").line
    assert {"id", "name", "samples", "rejected", "head"} <= set(added)
    assert (added["name"], added["samples"], added["head"]) == ("Ada", 3, 1)
    assert [one["picture"] for one in added["rejected"]] == [str(text)]
    assert str(text) in added["rejected"][0]["reason"]
    shown = run("people", "show", added["id"], "--json").line
    assert shown["staff_number"] == "7"
    assert [one["source"] for one in shown["pictures"]] == [str(path) for path in good]


def test_a_picture_is_called_exactly_as_it_was_given(
    run: Run, photos: Photos, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(photos.folder)
    given = f"./{photos.of(STAFF[0]).name}"
    added = run("people", "add", "Ada", given, "../x/./missing.jpg", "--json").line
    assert added["rejected"][0]["picture"] == "../x/./missing.jpg"
    assert run("people", "show", added["id"], "--json").line["pictures"][0]["source"] == given


@pytest.mark.parametrize("name", ["李伟", "محمد عبد الله", "Zoë O'Brien [chief]"])
def test_names_of_all_scripts_come_back_unchanged(run: Run, photos: Photos, name: str) -> None:
    added = run("people", "add", name, photos.of(STAFF[0]), "--json").line
    assert added["name"] == name
    assert name in run("people", "list").stdout
    assert name in run("people", "show", added["id"]).stdout
    assert run("identify", photos.of(STAFF[0], 2), "--json").line["faces"][0]["person"] == name


def test_nobody_is_stored_when_no_picture_is_taken(
    run: Run, enrolled: Path, tmp_path: Path
) -> None:
    before = names(run)
    done = run("people", "add", "Nobody", "missing.jpg", tmp_path, "--json")
    assert done.exit_code == 1
    assert (done.line["id"], done.line["samples"], done.line["head"]) == (None, 0, None)
    assert [one["picture"] for one in done.line["rejected"]] == ["missing.jpg", str(tmp_path)]
    run("people", "add", "Nobody", "missing.jpg").refused("missing.jpg", "nothing was stored")
    assert names(run) == before


def test_more_pictures_by_staff_number(run: Run, enrolled: Path, photos: Photos) -> None:
    more = run("people", "add-pictures", "101", photos.of(STAFF[0], 4), "--json").line
    assert (more["name"], more["samples"], more["added"]) == (STAFF[0].name, 4, 1)
    assert more["head"] == 4
    again = run("people", "add-pictures", more["id"], photos.of(STAFF[0], 4), "--json")
    assert again.exit_code == 1
    assert again.line["id"] == more["id"]
    assert names(run)[STAFF[0].name] == 4


def test_list_gives_every_field_and_finds(run: Run, enrolled: Path) -> None:
    everybody = run("people", "list", "--json").lines
    assert len(everybody) == 3
    assert all(set(one) == PERSON_FIELDS for one in everybody)
    (found,) = run("people", "list", "OKAFOR", "--json").lines
    assert found["name"] == "Ada Okafor"
    assert run("people", "list", "nobody of this name", "--json").lines == []


def test_somebody_is_found_by_id_its_beginning_and_the_number(run: Run, enrolled: Path) -> None:
    person = run("people", "list", "Okafor", "--json").line
    for text in (person["id"], person["id"][:6], person["id"][:8].upper(), "101"):
        assert run("people", "show", text, "--json").line["name"] == person["name"]
    run("people", "show", person["id"][:5]).refused(person["id"][:5])


def test_a_removed_person_is_not_known_any_more(run: Run, enrolled: Path, photos: Photos) -> None:
    assert run("identify", photos.of(STAFF[0], 4), "--json").line["faces"][0]["person"]
    removed = run("people", "remove", "101", "--json").line
    assert set(removed) == PERSON_FIELDS
    assert removed["name"] == STAFF[0].name
    assert STAFF[0].name not in names(run)
    assert run("identify", photos.of(STAFF[0], 4), "--json").line["faces"][0]["person"] is None
    run("people", "remove", "101").refused("101")


@pytest.mark.parametrize(("typed", "left"), [("n\n", 3), ("y\n", 2)])
def test_removing_asks_on_a_terminal(
    run: Run, enrolled: Path, monkeypatch: pytest.MonkeyPatch, typed: str, left: int
) -> None:
    asked: list[str] = []

    def confirm(text: str, *, abort: bool, err: bool) -> None:
        asked.append(text)
        if typed == "n\n":
            raise click.Abort

    import click

    monkeypatch.setattr("faceaccess.cli.people.click.confirm", confirm)
    monkeypatch.setattr("faceaccess.cli.people.sys", _Terminal)
    done = run("people", "remove", "101")
    assert done.exit_code == (130 if typed == "n\n" else 0)
    assert STAFF[0].name in asked[0]
    assert "3 pictures" in asked[0]
    assert len(names(run)) == left


class _Terminal:
    class stdin:  # noqa: N801 - stands for sys.stdin
        @staticmethod
        def isatty() -> bool:
            return True


def test_a_yes_does_not_ask(run: Run, enrolled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("faceaccess.cli.people.sys", _Terminal)
    assert run("people", "remove", "101", "--yes").exit_code == 0


def test_import_a_folder_of_folders(run: Run, photos: Photos, tmp_path: Path) -> None:
    staff = tmp_path / "staff"
    for person in STAFF[:2]:
        (staff / person.name).mkdir(parents=True)
        for path in photos.several(person):
            shutil.copy(path, staff / person.name)
    (staff / STAFF[0].name / "broken.jpg").write_bytes(b"\xff\xd8\xff")
    done = run("people", "import", staff, "--json")
    assert done.exit_code == 0
    rejected, last = done.lines
    assert rejected["picture"] == str(staff / STAFF[0].name / "broken.jpg")
    assert rejected["reason"]
    assert (last["people"], last["samples"], last["rejected"]) == (2, 6, 1)
    assert last["seconds"] > 0
    assert names(run) == {person.name: 3 for person in STAFF[:2]}

    again = run("people", "import", staff, "--json")
    assert again.exit_code == 1  # everything is there already
    assert (again.lines[-1]["people"], again.lines[-1]["skipped"]) == (0, 6)
    assert names(run) == {person.name: 3 for person in STAFF[:2]}


def test_import_a_csv_file(run: Run, photos: Photos, enrolled: Path, tmp_path: Path) -> None:
    file = tmp_path / "staff.csv"
    with file.open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out)
        writer.writerow(["name", "picture", "staff_number"])
        writer.writerow(["Somebody who married", photos.of(STAFF[0], 4), "101"])
        writer.writerow([STRANGERS[0].name, photos.of(STRANGERS[0]), "201"])
        writer.writerow([STRANGERS[0].name, "missing.jpg", "201"])
    done = run("people", "import", file, "--json")
    assert done.exit_code == 0
    assert done.lines[-1]["people"] == 2
    assert done.lines[-1]["rejected"] == 1
    assert "missing.jpg" in done.lines[0]["picture"]
    assert names(run)[STAFF[0].name] == 4  # matched by the number
    assert names(run)[STRANGERS[0].name] == 1


def test_import_for_people_says_the_sums(run: Run, photos: Photos, tmp_path: Path) -> None:
    (tmp_path / "staff" / "Ada").mkdir(parents=True)
    shutil.copy(photos.of(STAFF[0]), tmp_path / "staff" / "Ada")
    done = run("people", "import", tmp_path / "staff")
    assert "1 person with 1 picture came in" in done.stdout
