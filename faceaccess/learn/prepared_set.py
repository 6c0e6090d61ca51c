"""A prepared set: pictures of one size with their classes, as a value with a fingerprint.

`prepare` reads a folder or a list. Pixels stay as 8-bit numbers: a float copy would take four times
the room, and networks get theirs batch by batch. Up to `MEMORY_BOUND` bytes are held in memory;
beyond that they lie in a temporary file without a name that is mapped.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from faceaccess.core.errors import BugError
from faceaccess.learn.labelled_pictures import RejectedPicture
from faceaccess.learn.preprocessing import Preprocessing

MEMORY_BOUND = 256 * 1024 * 1024
"""Most bytes of pixels that a set holds in memory; a larger one is mapped from a file."""

DIGEST_BYTES = 32
"""Length of a SHA-256."""


@dataclass(frozen=True, eq=False)
class PreparedSet:
    """Pictures that a network can take, with their classes. Never changes.

    Attributes:
        classes: names, sorted; a part may have classes without a picture.
        labels: (pictures,) int64, places in `classes`.
        preprocessing: what was done to the pictures.
        digests: (pictures, 32) uint8, the SHA-256 of each picture's prepared pixels: equal
            pictures have equal ones.
        store: (n, channels, size, size) uint8, the pixels, of this set and maybe of others;
            red-green-blue or gray.
        rows: (pictures,) int64, where in `store` each picture is.
    """

    classes: tuple[str, ...]
    labels: NDArray[np.int64]
    preprocessing: Preprocessing
    digests: NDArray[np.uint8]
    store: NDArray[np.uint8]
    rows: NDArray[np.int64]

    def __post_init__(self) -> None:
        n = len(self.rows)
        if self.labels.shape != (n,) or self.digests.shape != (n, DIGEST_BYTES):
            raise BugError("labels, digests and pictures of a prepared set differ in number")
        if self.store.dtype != np.uint8 or self.store.shape[1:] != self.preprocessing.shape:
            raise BugError(f"pixels of shape {self.store.shape}, {self.store.dtype}")
        if n and not 0 <= self.labels.min() <= self.labels.max() < len(self.classes):
            raise BugError("a label of a prepared set has no class")
        for array in (self.labels, self.digests, self.rows):
            array.flags.writeable = False

    def __len__(self) -> int:
        return len(self.rows)

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 (64 hexadecimal digits) over classes, preprocessing, labels and pixels, in order.

        What `prepare` returns is put into an order that depends on the content alone, so equal
        pictures under equal classes have equal fingerprints whatever their files are called.
        """
        described = {"classes": self.classes, "preprocessing": self.preprocessing.as_json()}
        digest = hashlib.sha256(json.dumps(described, sort_keys=True).encode())
        digest.update(self.labels.astype("<i8").tobytes())
        digest.update(np.ascontiguousarray(self.digests).tobytes())
        return digest.hexdigest()

    def batch(self, positions: NDArray[np.int64]) -> NDArray[np.uint8]:
        """Return some pictures, (b, channels, size, size) uint8, as a copy.

        Args:
            positions: (b,) places in this set, 0 <= each < len(self).
        """
        return self.store[self.rows[positions]]

    def part(self, positions: NDArray[np.int64]) -> "PreparedSet":
        """Return the set of some of the pictures, in the order given; no pixels are copied.

        Args:
            positions: (m,) places in this set, 0 <= each < len(self).
        """
        return PreparedSet(
            classes=self.classes,
            labels=self.labels[positions],
            preprocessing=self.preprocessing,
            digests=self.digests[positions],
            store=self.store,
            rows=self.rows[positions],
        )


@dataclass(frozen=True)
class Contradiction:
    """The same picture under several classes.

    Attributes:
        classes: their names, sorted.
        pictures: the files, in the order of the classes.
    """

    classes: tuple[str, ...]
    pictures: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Prepared:
    """What `prepare` returns.

    Attributes:
        pictures: ready to learn from or to test on.
        rejected: what was not taken: never skipped silently.
        contradictions: identical pictures under different classes; they are in the set.
        duplicates: pictures that are identical to an earlier one of their class; in the set too.
    """

    pictures: PreparedSet
    rejected: tuple[RejectedPicture, ...]
    contradictions: tuple[Contradiction, ...] = ()
    duplicates: int = 0


def from_arrays(
    pictures: NDArray[np.uint8],
    labels: NDArray[np.int64],
    classes: Sequence[str],
    *,
    colour: bool,
) -> PreparedSet:
    """Make a set of pixels that are at hand already; they are not copied and keep their order.

    Args:
        pictures: (n, channels, size, size) uint8; red-green-blue if `colour`, else one channel.
        labels: (n,) places in `classes`.
        classes: names.
        colour: whether there are three channels.

    Raises:
        BugError: if the shapes do not fit each other.
    """
    if pictures.ndim != 4 or pictures.dtype != np.uint8:
        raise BugError(f"pixels of shape {pictures.shape}, {pictures.dtype}")
    digests = np.empty((len(pictures), DIGEST_BYTES), np.uint8)
    for row, picture in zip(digests, pictures, strict=True):
        row[:] = np.frombuffer(digest_of(picture), np.uint8)
    return PreparedSet(
        classes=tuple(classes),
        labels=np.array(labels, np.int64),
        preprocessing=Preprocessing(int(pictures.shape[2]), colour),
        digests=digests,
        store=pictures,
        rows=np.arange(len(pictures), dtype=np.int64),
    )


def digest_of(pixels: NDArray[np.uint8]) -> bytes:
    """Return the SHA-256 of one prepared picture's pixels, 32 bytes."""
    return hashlib.sha256(np.ascontiguousarray(pixels)).digest()
