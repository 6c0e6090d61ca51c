"""Which pictures there are to learn from, and what each one shows; listed before any is opened.

torchvision's `ImageFolder` is not used: it passes over what it does not take without a word,
follows links into loops, and brings torch into a command that only lists.
"""

import os
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from faceaccess.core.csv_rows import csv_rows
from faceaccess.core.errors import KnownError
from faceaccess.images.codec import PICTURE_SUFFIXES

MAX_CLASS_NAME = 200
"""Longest name of a class, in characters."""

_COLUMNS = ("picture", "label")
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")  # and bytes that are no UTF-8


@dataclass(frozen=True)
class RejectedPicture:
    """A file, a folder, a class or a line of a list that was not taken; why, in a sentence."""

    picture: str
    reason: str


@dataclass(frozen=True, eq=False)
class LabelledPictures:
    """Pictures with their classes.

    Attributes:
        classes: names in Unicode's composed form (NFC), sorted, each with one picture or more.
        files: one a picture, sorted by class and path, or in a list's order.
        labels: (pictures,) int64, places in `classes`.
        rejected: what was found and could not be listed.
    """

    classes: tuple[str, ...]
    files: tuple[Path, ...]
    labels: NDArray[np.int64]
    rejected: tuple[RejectedPicture, ...]


def list_labelled(source: Path) -> LabelledPictures:
    """List the pictures of a folder of class folders, or of a CSV file.

    In a folder each direct subfolder is a class; its pictures may lie in folders of their own.
    What starts with a dot is passed over. Links to folders are not followed, nor links to files
    outside of `source`. Every other file of a class's folder is either listed or rejected.

    A CSV file has the columns `picture` (a path, from the file's own folder on) and `label`.

    Raises:
        KnownError: if the source is missing, cannot be read, lists no picture, or has two classes
            whose names differ in case or in Unicode's spelling alone.
    """
    try:
        if source.is_dir():
            return _of_folder(source)
        if not source.exists():
            raise KnownError(f"There is no {source}.", "Name a folder of folders or a CSV file.")
        return _of_csv_file(source)
    except OSError as error:
        raise KnownError(
            f"{source} cannot be read: {error.strerror or error}.", "Check its rights."
        ) from error


def class_key(name: str) -> str:
    """Return what two spellings of one class's name have in common.

    Names are the same if they differ in case or in Unicode's form alone (as a file system that
    keeps no case, or takes accents apart, may change them).
    """
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name.strip()).lower())


def _of_folder(source: Path) -> LabelledPictures:
    rejected: list[RejectedPicture] = []
    labelled: list[tuple[str, Path]] = []
    folders: list[Path] = []
    for path in sorted(source.iterdir()):
        if path.name.startswith("."):
            continue
        if path.is_symlink() and path.is_dir():
            rejected.append(_not_followed(path))
        elif path.is_dir():
            folders.append(path)
        elif path.suffix.lower() in PICTURE_SUFFIXES:
            rejected.append(RejectedPicture(str(path), "It lies in no class's folder."))
    if not folders:
        raise KnownError(
            f"The folder {source} has no folders in it.",
            "Give each class a folder, named as the class, with its pictures in it.",
        )
    names = _Names(source)
    for folder in folders:
        try:
            name = names.take(folder.name)
        except _NameError as error:
            rejected.append(RejectedPicture(str(folder), str(error)))
            continue
        files = _pictures_below(folder, source.resolve(), rejected)
        if not files:
            rejected.append(RejectedPicture(str(folder), "There is no picture in this folder."))
        labelled += [(name, path) for path in files]
    return _labelled(source, labelled, rejected)


def _pictures_below(folder: Path, root: Path, rejected: list[RejectedPicture]) -> list[Path]:
    """Return the pictures in a class's folder, at any depth, sorted; add the rest to `rejected`."""
    files: list[Path] = []
    others: list[RejectedPicture] = []
    todo = [folder]
    while todo:
        at = todo.pop()
        try:
            with os.scandir(at) as found:
                entries = [entry for entry in found if not entry.name.startswith(".")]
        except OSError as error:
            reason = f"The folder cannot be read: {error.strerror or error}."
            others.append(RejectedPicture(str(at), reason))
            continue
        for entry in entries:
            path = at / entry.name
            if entry.is_dir(follow_symlinks=False):
                todo.append(path)
            elif path.suffix.lower() not in PICTURE_SUFFIXES and not path.is_dir():
                others.append(RejectedPicture(str(path), "Its ending is not that of a picture."))
            elif entry.is_symlink() and (path.is_dir() or not _leads_into(path, root)):
                others.append(_not_followed(path))
            else:
                files.append(path)
    rejected += sorted(others, key=lambda one: one.picture)
    return sorted(files)


def _leads_into(link: Path, root: Path) -> bool:
    try:
        return link.resolve().is_relative_to(root)
    except (OSError, RuntimeError):  # RuntimeError: a link that leads to itself
        return False


def _not_followed(link: Path) -> RejectedPicture:
    what = "to a folder" if link.is_dir() else "out of the folder"
    return RejectedPicture(str(link), f"It is a link {what}, which is not followed.")


def _of_csv_file(source: Path) -> LabelledPictures:
    rejected: list[RejectedPicture] = []
    labelled: list[tuple[str, Path]] = []
    names = _Names(source)
    for line, row in csv_rows(source, _COLUMNS):
        picture = row["picture"].strip()
        if not picture:
            rejected.append(RejectedPicture(f"{source}, line {line}", "The picture is empty."))
            continue
        try:
            name = names.take(row["label"])
        except _NameError as error:
            rejected.append(RejectedPicture(f"{source}, line {line}", str(error)))
            continue
        labelled.append((name, source.parent / picture))
    return _labelled(source, labelled, rejected)


class _NameError(Exception):
    """What a class is called cannot be a name; why, in a sentence."""


class _Names:
    """The names of classes met so far."""

    def __init__(self, source: Path) -> None:
        self._source = source
        self._spellings: dict[str, str] = {}

    def take(self, given: str) -> str:
        """Return the class's name in composed form.

        Raises:
            _NameError: if it cannot be a name.
            KnownError: if it was met before in another spelling.
        """
        given = given.strip()
        if not given:
            raise _NameError("The label is empty.")
        if len(given) > MAX_CLASS_NAME:
            raise _NameError(
                f"The label has {len(given):,} characters; at most {MAX_CLASS_NAME} are allowed."
            )
        if _UNPRINTABLE.search(given):
            raise _NameError("The label has characters in it that cannot be shown.")
        before = self._spellings.setdefault(class_key(given), given)
        if before != given:
            same = unicodedata.normalize("NFC", before) == unicodedata.normalize("NFC", given)
            differ = "the way its accents are stored" if same else "upper and lower case"
            raise KnownError(
                f"{self._source} has two classes {before} and {given}, which differ in "
                f"{differ} alone.",
                "Put their pictures together, or give one another name.",
            )
        return unicodedata.normalize("NFC", given)


def _labelled(
    source: Path, labelled: list[tuple[str, Path]], rejected: list[RejectedPicture]
) -> LabelledPictures:
    if not labelled:
        why = f" {rejected[0].picture}: {rejected[0].reason}" if rejected else ""
        raise KnownError(f"There are no pictures to learn from in {source}.{why}", "Add some.")
    classes = sorted({name for name, _ in labelled})
    places = {name: place for place, name in enumerate(classes)}
    return LabelledPictures(
        classes=tuple(classes),
        files=tuple(path for _, path in labelled),
        labels=np.array([places[name] for name, _ in labelled], np.int64),
        rejected=tuple(rejected),
    )
