"""Whether a result can be written where it is wanted, asked before the work is done."""

import os
from pathlib import Path

from faceaccess.core.errors import KnownError


def check_file_place(path: Path, what: str) -> None:
    """Make sure that a file can be made, or replaced, at `path`.

    Args:
        path: the file.
        what: how errors call it ("The model").

    Raises:
        KnownError: if it is a folder, or its folder is missing or not writable.
    """
    if path.is_dir():
        raise KnownError(
            f"{what} cannot be written to {path}: that is a folder.", "Name a file in it."
        )
    folder = path.parent
    if not folder.is_dir():
        raise KnownError(
            f"{what} cannot be written to {path}: there is no folder {folder}.",
            "Make the folder first, or choose another place.",
        )
    if not os.access(folder, os.W_OK | os.X_OK):
        raise KnownError(
            f"{what} cannot be written to {path}: the folder {folder} may not be written to.",
            "Choose another place, or ask for the right to write there.",
        )


def make_folder(folder: Path, what: str) -> None:
    """Make a folder for results, with those above it, unless it is there; what is in it stays.

    Args:
        folder: the folder.
        what: how errors call what goes into it ("The comparison").

    Raises:
        KnownError: if it cannot be made or written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        raise KnownError(
            f"{what} cannot be written to {folder}: that is a file.", "Name a folder."
        ) from None
    except OSError as error:
        raise KnownError(
            f"The folder {folder} cannot be made: {error.strerror}.", "Choose another place."
        ) from None
    if not os.access(folder, os.W_OK | os.X_OK):
        raise KnownError(
            f"{what} cannot be written: the folder {folder} may not be written to.",
            "Choose another place, or ask for the right to write there.",
        )
