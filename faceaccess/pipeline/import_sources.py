"""What an import reads: a folder of folders, or a CSV file; listed before any picture is opened."""

from dataclasses import dataclass, field
from pathlib import Path

from faceaccess.core.csv_rows import csv_rows
from faceaccess.core.errors import KnownError
from faceaccess.core.people import PersonDetails
from faceaccess.images.codec import PICTURE_SUFFIXES
from faceaccess.pipeline.results import Picture, Rejected

_COLUMNS = ("name", "picture")
_NUMBER = "staff_number"


@dataclass(eq=False)
class Listed:
    """One person of an import.

    Attributes:
        details: name and staff number.
        pictures: files, in the order in which they were listed.
    """

    details: PersonDetails
    pictures: list[Picture] = field(default_factory=list)


@dataclass(eq=False)
class ImportList:
    """All people of an import, and what could not be used of it."""

    people: list[Listed]
    rejected: list[Rejected]

    @property
    def pictures(self) -> int:
        """How many pictures there are in all."""
        return sum(len(one.pictures) for one in self.people)


def list_source(source: Path) -> ImportList:
    """Return who is to be imported.

    Raises:
        KnownError: if the source is missing, not readable, or has nobody in it.
    """
    try:
        if source.is_dir():
            return _folders(source)
        if not source.exists():
            raise KnownError(f"There is no {source}.", "Name a folder of folders or a CSV file.")
        return _csv_file(source)
    except OSError as error:
        raise KnownError(
            f"{source} cannot be read: {error.strerror or error}.", "Check its rights."
        ) from error


def _folders(source: Path) -> ImportList:
    folders = sorted(p for p in source.iterdir() if p.is_dir() and not p.name.startswith("."))
    if not folders:
        raise KnownError(
            f"The folder {source} has no folders in it.",
            "Give each person a folder, named as the person, with the pictures in it.",
        )
    listed = ImportList([], [])
    for folder in folders:
        try:
            details = PersonDetails(folder.name)
        except KnownError as error:
            listed.rejected.append(Rejected(str(folder), str(error)))
            continue
        files = sorted(
            p for p in folder.iterdir() if p.suffix.lower() in PICTURE_SUFFIXES and p.is_file()
        )
        if files:
            listed.people.append(Listed(details, [Picture(str(p), path=p) for p in files]))
        else:
            listed.rejected.append(Rejected(str(folder), "there is no picture in this folder"))
    return listed


def _csv_file(source: Path) -> ImportList:
    listed = ImportList([], [])
    by_key: dict[tuple[str, str], Listed] = {}
    for line, row in csv_rows(source, _COLUMNS, (_NUMBER,)):
        try:
            person, picture = _person(row), _picture(row)
        except KnownError as error:
            listed.rejected.append(Rejected(f"{source}, line {line}", str(error)))
            continue
        key = ("number", person.staff_number) if person.staff_number else ("name", person.name)
        if key not in by_key:
            by_key[key] = Listed(person)
            listed.people.append(by_key[key])
        path = Path(picture)
        full = path if path.is_absolute() else source.parent / path
        by_key[key].pictures.append(Picture(picture, path=full))
    if not (listed.people or listed.rejected):
        raise KnownError(f"{source} lists no pictures.", "Add a line for each picture.")
    return listed


def _person(row: dict[str, str]) -> PersonDetails:
    number = row.get(_NUMBER, "").strip()
    return PersonDetails(row["name"], staff_number=number or None)


def _picture(row: dict[str, str]) -> str:
    picture = row["picture"].strip()
    if not picture:
        raise KnownError("The picture is empty.", "Name a file.")
    return picture
