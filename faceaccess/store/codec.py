"""The one way of every personal field and blob into and out of the database.

Names, staff numbers, departments, notes, crops, embeddings, head rows and event pictures pass
`Codec`. `PlainCodec` leaves them as they are. One that encrypts can stand in its place: `Place`
is what it binds the data to (the associated data of AES-GCM), so that a value copied to another
row does not open there, and it names the person, so that one person's key can be destroyed.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from faceaccess.core.errors import BugError, KnownError

MAX_DIMENSION = 65_536
"""Longest vector that is believed to be one."""


class Place(NamedTuple):
    """Where a value is stored.

    Attributes:
        table, column: where in the database.
        row: the row's lasting name (a UUID, a head's version), never its place in a file.
        person: UUID of the person whom the value is about, or "" where it is nobody's.
    """

    table: str
    column: str
    row: str
    person: str = ""

    def __str__(self) -> str:
        return f"{self.table}.{self.column} of {self.row}"


class Codec(Protocol):
    """Turns bytes into what is stored, and back; called from several threads at once."""

    def encode(self, data: bytes, place: Place) -> bytes:
        """Return what to store at `place`."""
        ...

    def decode(self, data: bytes, place: Place) -> bytes:
        """Return what was given to `encode` for the same place.

        Raises:
            KnownError: if `data` was not made by this codec for this place.
        """
        ...


class PlainCodec:
    """Stores everything as it is."""

    def encode(self, data: bytes, place: Place) -> bytes:  # noqa: ARG002  # the protocol's name
        """Return `data`."""
        return data

    def decode(self, data: bytes, place: Place) -> bytes:  # noqa: ARG002  # the protocol's name
        """Return `data`."""
        return data


def damaged(what: str) -> KnownError:
    """Return the error for a stored value that cannot be what was stored."""
    return KnownError(
        f"The database is damaged: {what} cannot be read.",
        "Close the program, keep the file for a repair, and put a backup in its place.",
    )


# A file's name may hold bytes that are no text; Python gives them as halves of surrogate pairs.
_LONE = "surrogatepass"


def _to_bytes(text: str) -> bytes:
    return text.encode("utf-8", _LONE)


class Fields:
    """Texts and vectors through the codec.

    Args:
        codec: what they pass.
    """

    def __init__(self, codec: Codec) -> None:
        self.codec = codec

    def _decode(self, data: object, place: Place) -> bytes:
        if not isinstance(data, bytes):  # a damaged page may give NULL where none can be
            raise damaged(str(place))
        return self.codec.decode(data, place)

    def seal(self, text: str, place: Place) -> bytes:
        """Return a text as it is stored."""
        return self.codec.encode(_to_bytes(text), place)

    def seal_maybe(self, text: str | None, place: Place) -> bytes | None:
        """Return a text as it is stored; None stays NULL."""
        return None if text is None else self.codec.encode(_to_bytes(text), place)

    def open(self, data: bytes, place: Place) -> str:
        """Return a stored text.

        Raises:
            KnownError: if it is damaged.
        """
        try:
            return self._decode(data, place).decode("utf-8", _LONE)
        except UnicodeDecodeError as error:
            raise damaged(str(place)) from error

    def open_maybe(self, data: bytes | None, place: Place) -> str | None:
        """Return a stored text, or None for NULL.

        Raises:
            KnownError: if it is damaged.
        """
        return None if data is None else self.open(data, place)

    def seal_vector(self, vector: NDArray[np.float32], place: Place) -> bytes:
        """Return a vector as it is stored: float32, little-endian.

        Raises:
            BugError: if it is not one-dimensional or not finite.
        """
        if vector.ndim != 1 or not np.isfinite(vector).all():
            raise BugError(f"{place}: not a finite vector, shape {vector.shape}")
        return self.codec.encode(vector.astype("<f4").tobytes(), place)

    def seal_vectors(self, vectors: NDArray[np.float32], places: Sequence[Place]) -> list[bytes]:
        """Return the rows of (len(places), length) vectors, each as `seal_vector` gives it.

        Raises:
            BugError: if they are not finite.
        """
        if not np.isfinite(vectors).all():
            raise BugError(f"{places[0]} and others: not finite")
        data = vectors.astype("<f4").tobytes()
        size = 4 * vectors.shape[1]
        encode = self.codec.encode
        return [
            encode(data[start : start + size], place)
            for start, place in zip(range(0, len(data), size), places, strict=True)
        ]

    def open_vector(self, data: bytes, dimension: int, place: Place) -> NDArray[np.float32]:
        """Return one stored vector, (dimension,) float32.

        Raises:
            KnownError: as `open_vectors`.
        """
        vector: NDArray[np.float32] = self.open_vectors([data], dimension, [place])[0]
        return vector

    def open_vectors(
        self, stored: Sequence[bytes], dimension: int, places: Iterable[Place]
    ) -> NDArray[np.float32]:
        """Return stored vectors as (len(stored), dimension) float32.

        Args:
            stored: as they are stored.
            dimension: length of each.
            places: where each is stored; looked at only where the codec or an error needs it.

        Raises:
            KnownError: if one has another length or is not finite.
        """
        if not 0 < dimension <= MAX_DIMENSION:
            raise damaged("the length of a vector")
        wanted = 4 * dimension
        # A hundred thousand at a time come here, so nothing is made for each that is not needed.
        if isinstance(self.codec, PlainCodec) and set(map(type, stored)) <= {bytes}:
            parts = stored
        else:
            places = list(places)
            parts = [self._decode(*both) for both in zip(stored, places, strict=True)]
        if not set(map(len, parts)) <= {wanted}:
            raise damaged(str(list(places)[[len(p) == wanted for p in parts].index(False)]))
        matrix = np.frombuffer(b"".join(parts), "<f4").reshape(len(parts), dimension)
        finite = np.isfinite(matrix).all(axis=1)
        if not finite.all():
            raise damaged(str(list(places)[int(np.argmin(finite))]))
        return matrix.astype(np.float32)

    def open_matrix(self, data: bytes, dimension: int, place: Place) -> NDArray[np.float32]:
        """Return vectors that were stored as one, (any number but 0, dimension) float32.

        Raises:
            KnownError: if they are not whole vectors or not finite.
        """
        plain = self._decode(data, place)
        if not 0 < dimension <= MAX_DIMENSION or not plain or len(plain) % (4 * dimension):
            raise damaged(str(place))
        matrix = np.frombuffer(plain, "<f4").reshape(-1, dimension).astype(np.float32)
        if not np.isfinite(matrix).all():
            raise damaged(str(place))
        return matrix
