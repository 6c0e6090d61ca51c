"""A prepared set: pictures of one size with their classes, as a value with a fingerprint.

`prepare` reads a folder or a list. Pixels stay as 8-bit numbers: a float copy would take four times
the room, and networks get theirs batch by batch. Up to 256 MiB of them are held in memory; beyond
that they lie in a mapped file (`learn.pixel_store`).
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from faceaccess.core.counting import counted, few
from faceaccess.core.errors import BugError, KnownError
from faceaccess.core.progress import Job, Progress
from faceaccess.images.codec import read_image
from faceaccess.learn.labelled_pictures import (
    LabelledPictures,
    RejectedPicture,
    class_key,
    list_labelled,
)
from faceaccess.learn.pixel_store import PixelStore
from faceaccess.learn.preprocessing import Preprocessing

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
    return hashlib.sha256(np.ascontiguousarray(pixels).tobytes()).digest()


def prepare(
    source: Path, preprocessing: Preprocessing, *, classes: tuple[str, ...] | None = None
) -> Job[Prepared]:
    """Read, check and prepare the pictures of a folder of class folders or of a CSV file.

    Every picture is opened. One that cannot be read is rejected with the reason; a class of which
    none can be read is rejected too and left out.

    Args:
        source: as `list_labelled` takes it.
        preprocessing: what to make of the pictures.
        classes: those of the set that was learned from, for pictures to test on: the result has
            exactly these, in this order. None finds the classes in the source.

    Raises:
        KnownError: as `list_labelled`; if no picture can be read; if fewer than two classes can be
            learned; if a label is not among `classes`; if a disk is full.
    """
    listed = list_labelled(source)
    labels = _labels_among(source, listed, classes or listed.classes)
    if classes is None:
        _need_two(source, listed.classes, listed.rejected)
    read = yield from _read(listed.files, preprocessing)
    rejected = [*listed.rejected, *read.rejected]
    if not read.taken:
        raise KnownError(
            f"None of the {counted(len(listed.files), 'picture', 'pictures')} in {source} can be "
            f"read. {rejected[-1].reason}"
        )
    pictures = PreparedSet(
        classes=classes or listed.classes,
        labels=labels[read.taken],
        preprocessing=preprocessing,
        digests=read.digests,
        store=read.pixels,
        rows=np.arange(len(read.taken), dtype=np.int64),
    )
    if classes is None:
        pictures, empty = _without_empty_classes(pictures)
        rejected += [RejectedPicture(c, "No picture of this class can be read.") for c in empty]
        _need_two(source, pictures.classes, rejected)
    order = _canonical_order(pictures)
    pictures = pictures.part(order)
    files = [listed.files[read.taken[place]] for place in order]
    contradictions, duplicates = _identical(pictures, files)
    return Prepared(pictures, tuple(rejected), contradictions, duplicates)


@dataclass(frozen=True, eq=False)
class _Read:
    """Files that were read: which were `taken`, as places, and their pixels and digests."""

    taken: list[int]
    pixels: NDArray[np.uint8]
    digests: NDArray[np.uint8]
    rejected: list[RejectedPicture]


def _read(files: Sequence[Path], preprocessing: Preprocessing) -> Job[_Read]:
    taken: list[int] = []
    digests = bytearray()
    rejected: list[RejectedPicture] = []
    with PixelStore(len(files), preprocessing.shape) as store:
        for place, path in enumerate(files):
            yield Progress("Reading pictures", place, len(files), path.name)
            try:
                pixels = preprocessing.pixels(read_image(path))
            except KnownError as error:
                rejected.append(RejectedPicture(str(path), str(error)))
                continue
            store.put(pixels)
            taken.append(place)
            digests += digest_of(pixels)
        yield Progress("Reading pictures", len(files), len(files))
        whole = store.whole()
    return _Read(
        taken, whole, np.frombuffer(bytes(digests), np.uint8).reshape(-1, DIGEST_BYTES), rejected
    )


def _need_two(source: Path, classes: tuple[str, ...], rejected: Sequence[RejectedPicture]) -> None:
    if len(classes) < 2:
        last = f" Not taken was {rejected[-1].picture}: {rejected[-1].reason}" if rejected else ""
        raise KnownError(
            f"{source} has pictures of one class only ({classes[0]}); at least two are needed to "
            f"tell them apart.{last}",
            "Add pictures of a second class.",
        )


def _labels_among(
    source: Path, listed: LabelledPictures, classes: tuple[str, ...]
) -> NDArray[np.int64]:
    """Return the labels as places in `classes`."""
    places = {class_key(name): place for place, name in enumerate(classes)}
    unknown = [name for name in listed.classes if class_key(name) not in places]
    if unknown:
        raise KnownError(
            f"{source} has {counted(len(unknown), 'class', 'classes')} that are not among those "
            f"learned: {few(unknown)}.",
            "Leave them out, or train with pictures of them.",
        )
    to_place = np.array([places[class_key(name)] for name in listed.classes], np.int64)
    return to_place[listed.labels]


def _without_empty_classes(pictures: PreparedSet) -> tuple[PreparedSet, list[str]]:
    present, labels = np.unique(pictures.labels, return_inverse=True)
    kept = set(present.tolist())
    empty = [name for place, name in enumerate(pictures.classes) if place not in kept]
    classes = tuple(pictures.classes[place] for place in present)
    return replace(pictures, classes=classes, labels=labels.astype(np.int64)), empty


def _canonical_order(pictures: PreparedSet) -> NDArray[np.int64]:
    """Order by class, then digest: what the files are called leaves no trace in a training."""
    words = np.ascontiguousarray(pictures.digests).view(">u8")
    return np.lexsort((*words.T[::-1], pictures.labels)).astype(np.int64)


def _identical(
    pictures: PreparedSet, files: Sequence[Path]
) -> tuple[tuple[Contradiction, ...], int]:
    """Return the contradictions among the pictures, and how many only repeat another one."""
    together: dict[bytes, list[int]] = {}
    for place, digest in enumerate(pictures.digests):
        together.setdefault(digest.tobytes(), []).append(place)
    contradictions: list[Contradiction] = []
    duplicates = 0
    for places in together.values():
        labels = sorted({int(pictures.labels[place]) for place in places})
        duplicates += len(places) - len(labels)
        if len(labels) > 1:
            contradictions.append(
                Contradiction(
                    classes=tuple(pictures.classes[label] for label in labels),
                    pictures=tuple(str(files[place]) for place in places),
                )
            )
    return tuple(contradictions), duplicates
