"""What an import reads: a folder of folders, or a CSV file; listed before any picture is opened."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from faceaccess.core.errors import KnownError
from faceaccess.core.people import PersonDetails
from faceaccess.images.codec import PICTURE_SUFFIXES
from faceaccess.pipeline.results import Picture, Rejected

_COLUMNS = ("name", "picture")
_NUMBER = "staff_number"
_MOST_CSV_BYTES = 256 * 1024 * 1024


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
    if source.stat().st_size > _MOST_CSV_BYTES:
        raise KnownError(f"{source} is too large for a list of pictures.", "Split it.")
    try:
        text = source.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise KnownError(f"{source} is not UTF-8 text.", "Save it as CSV in UTF-8.") from None
    listed = ImportList([], [])
    by_key: dict[tuple[str, str], Listed] = {}
    for line, row in _rows(source, text):
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


def _rows(source: Path, text: str) -> Iterator[tuple[int, dict[str, str]]]:
    header = text.split("\n", 1)[0]
    delimiter = ";" if ";" in header and "," not in header else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        columns = [column.strip().lower() for column in next(reader, [])]
        missing = [column for column in _COLUMNS if column not in columns]
        if missing:
            raise KnownError(
                f"{source} has no column {' and no column '.join(missing)}.",
                f"The first line must be {','.join(_COLUMNS)} or {','.join((*_COLUMNS, _NUMBER))}.",
            )
        for fields in reader:
            if any(value.strip() for value in fields):
                padded = fields + [""] * (len(columns) - len(fields))
                yield reader.line_num, dict(zip(columns, padded, strict=False))
    except csv.Error as error:
        raise KnownError(
            f"{source} is not proper CSV at line {reader.line_num}: {error}.",
            "Save it as CSV anew.",
        ) from error


def _person(row: dict[str, str]) -> PersonDetails:
    number = row.get(_NUMBER, "").strip()
    return PersonDetails(row["name"], staff_number=number or None)


def _picture(row: dict[str, str]) -> str:
    picture = row["picture"].strip()
    if not picture:
        raise KnownError("The picture is empty.", "Name a file.")
    return picture
