"""Where the pixels of a prepared set lie: in memory, or from a bound on in a mapped file."""

import contextlib
import math
import tempfile
from types import TracebackType
from typing import IO, Self

import numpy as np
from numpy.typing import NDArray

from faceaccess.core.errors import KnownError

MEMORY_BOUND = 256 * 1024 * 1024
"""Most bytes of pixels that a set holds in memory; a larger one is mapped from a file."""


class PixelStore:
    """Takes pictures of one shape, one by one, and gives them back as one array.

    Beyond `MEMORY_BOUND` they are written to a temporary file without a name, which is gone with
    the array or with the process, however that ends. Use it in a `with` block.

    Args:
        most: pictures that may come.
        shape: of each.

    Raises:
        KnownError: if there is no room.
    """

    def __init__(self, most: int, shape: tuple[int, ...]) -> None:
        self._most = most
        self._shape = shape
        self._count = 0
        self._file: IO[bytes] | None = None
        self._memory: NDArray[np.uint8] = np.empty((0, *shape), np.uint8)

    def __enter__(self) -> Self:
        try:
            if self._most * math.prod(self._shape) <= MEMORY_BOUND:
                self._memory = np.empty((self._most, *self._shape), np.uint8)
            else:
                self._file = tempfile.TemporaryFile(prefix="faceaccess-")
        except MemoryError:
            raise KnownError(
                "There is no memory left for the pictures.", "Close other programs."
            ) from None
        except OSError as error:
            raise _no_room(error) from error
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._file is not None:
            with contextlib.suppress(OSError):  # what could not be written was told by then
                self._file.close()

    def put(self, pixels: NDArray[np.uint8]) -> None:
        """Add a picture.

        Raises:
            KnownError: if the disk is full.
        """
        if self._file is None:
            self._memory[self._count] = pixels
        else:
            try:
                # Written, not assigned to a map: a full disk under a map ends the process.
                self._file.write(np.ascontiguousarray(pixels).tobytes())
            except OSError as error:
                raise _no_room(error) from error
        self._count += 1

    def whole(self) -> NDArray[np.uint8]:
        """Return what was put, (pictures, *shape); it outlives the store.

        Raises:
            KnownError: if the disk is full, or the file cannot be mapped.
        """
        if self._file is None or not self._count:  # nothing cannot be mapped
            return self._memory[: self._count]
        try:
            self._file.flush()
            mapped = np.memmap(self._file, np.uint8, "r", shape=(self._count, *self._shape))
        except OSError as error:
            raise _no_room(error) from error
        return np.asarray(mapped)


def _no_room(error: OSError) -> KnownError:
    return KnownError(
        "The folder for temporary files cannot hold the prepared pictures: "
        f"{error.strerror or error}.",
        "Make room there, set TMPDIR to another folder, or choose a smaller size.",
    )
