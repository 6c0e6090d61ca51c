"""A file that is there whole or not at all: whatever breaks the writing off leaves the old one."""

import contextlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from faceaccess.core.errors import KnownError


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """Open a new file that takes the place of `path` when the `with` block ends without an error.

    It is written beside `path` under a hidden name, brought to the disk, and renamed. After a full
    disk, an error in the block or a killed process the file at `path` is the one from before.

    Raises:
        KnownError: if the folder is missing or may not be written to, or the disk is full.
    """
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with part.open("wb") as out:
            yield out
            out.flush()
            os.fsync(out.fileno())
        part.replace(path)
        _sync_folder(path.parent)
    except OSError as error:
        raise KnownError(
            f"{path} cannot be written: {error.strerror or error}.",
            "Check the folder's rights and the free space, or choose another place.",
        ) from error
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    """Bring the new name to the disk too, where the system lets a folder be opened."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
