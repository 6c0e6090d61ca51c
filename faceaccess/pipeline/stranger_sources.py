"""What `strangers add` reads: a folder; listed before any picture is opened."""

from dataclasses import dataclass, field
from pathlib import Path

from faceaccess.core.errors import KnownError
from faceaccess.images.codec import PICTURE_SUFFIXES
from faceaccess.pipeline.results import Picture, Rejected


@dataclass(eq=False)
class ListedStranger:
    """One stranger.

    Attributes:
        label: the loose picture's name without its ending, or the folder's name.
        pictures: files, in the order of their names.
    """

    label: str
    pictures: list[Picture] = field(default_factory=list)


@dataclass(eq=False)
class StrangerList:
    """All strangers of a folder, and what could not be used of it."""

    strangers: list[ListedStranger]
    rejected: list[Rejected]

    @property
    def pictures(self) -> int:
        """How many pictures there are in all."""
        return sum(len(one.pictures) for one in self.strangers)


def list_strangers(folder: Path) -> StrangerList:
    """Return the strangers of a folder: a loose picture is one, a folder in it is one.

    Raises:
        KnownError: if there is no such folder, it cannot be read, or has no picture in it.
    """
    try:
        if not folder.exists():
            raise KnownError(f"There is no folder {folder}.", "Check the path.")
        if not folder.is_dir():
            raise KnownError(
                f"{folder} is not a folder.",
                "Name a folder: each picture in it, and each folder in it, is one stranger.",
            )
        listed = StrangerList([], [])
        for path in sorted(folder.iterdir()):
            if path.name.startswith("."):
                continue
            if path.is_dir():
                _take_folder(path, listed)
            elif path.suffix.lower() in PICTURE_SUFFIXES:
                listed.strangers.append(ListedStranger(path.stem, [_picture(path)]))
    except OSError as error:
        raise KnownError(
            f"{error.filename or folder} cannot be read: {error.strerror or error}.",
            "Check its rights.",
        ) from error
    if not listed.pictures:
        raise KnownError(
            f"There is no picture in {folder}.",
            "Put pictures of people into it who are not enrolled.",
        )
    return listed


def _take_folder(folder: Path, listed: StrangerList) -> None:
    pictures = []
    for path in sorted(folder.iterdir()):
        if path.is_dir() and not path.name.startswith("."):
            reason = "a folder in a stranger's folder is not looked into"
            listed.rejected.append(Rejected(str(path), reason))
        elif path.suffix.lower() in PICTURE_SUFFIXES and path.is_file():
            pictures.append(_picture(path))
    if pictures:
        listed.strangers.append(ListedStranger(folder.name, pictures))
    else:
        listed.rejected.append(Rejected(str(folder), "there is no picture in this folder"))


def _picture(path: Path) -> Picture:
    return Picture(str(path), path=path)
