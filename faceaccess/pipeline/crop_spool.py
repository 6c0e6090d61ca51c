"""Crops of an import, kept on disk until they are stored: memory stays bounded."""

import contextlib
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import IO, Self

import numpy as np
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from faceaccess.core.errors import BugError, KnownError
from faceaccess.core.faces import Embedding, Quality
from faceaccess.core.frames import Image
from faceaccess.core.people import NewSample

_NONCE_BYTES, _TAG_BYTES = 12, 16


@dataclass(frozen=True, eq=False)
class Spooled:
    """A picture whose crop is in the spool."""

    place: int
    shape: tuple[int, ...]
    embedding: Embedding
    quality: Quality
    source: str
    digest: str


class CropSpool:
    """A temporary file without a name: gone with the process, however that ends.

    What a disk keeps of it is sealed (AES-256-GCM) with a key that was only ever in memory.

    Raises:
        KnownError: if there is no room for it.
    """

    def __enter__(self) -> Self:
        try:
            self._file: IO[bytes] = tempfile.TemporaryFile(prefix="faceaccess-")
            self._cipher = AESGCM(AESGCM.generate_key(256))
        except OSError as error:
            raise _unwritable(error) from error
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with contextlib.suppress(OSError):  # what could not be written was told by `put`
            self._file.close()

    def put(self, sample: NewSample) -> Spooled:
        """Keep a picture.

        Raises:
            KnownError: if the disk is full.
        """
        try:
            place = self._file.seek(0, 2)
            plain = np.ascontiguousarray(sample.crop).tobytes()
            # The place in the file is never used twice, so it serves as the nonce.
            self._file.write(self._cipher.encrypt(_nonce(place), plain, None))
            self._file.flush()  # or a full disk would be noticed first when it is read
        except OSError as error:
            raise _unwritable(error) from error
        return Spooled(
            place,
            sample.crop.shape,
            sample.embedding,
            sample.quality,
            sample.source,
            sample.digest,
        )

    def get(self, spooled: Sequence[Spooled]) -> list[NewSample]:
        """Return kept pictures."""
        return [
            NewSample(self._crop(one), one.embedding, one.quality, one.source, one.digest)
            for one in spooled
        ]

    def _crop(self, one: Spooled) -> Image:
        self._file.seek(one.place)
        sealed = self._file.read(int(np.prod(one.shape)) + _TAG_BYTES)
        try:
            data = self._cipher.decrypt(_nonce(one.place), sealed, None)
        except InvalidTag as error:
            raise BugError("a crop in the temporary file is cut off or changed") from error
        return np.frombuffer(data, np.uint8).reshape(one.shape)


def _nonce(place: int) -> bytes:
    return place.to_bytes(_NONCE_BYTES, "big")


def _unwritable(error: OSError) -> KnownError:
    return KnownError(
        f"The folder for temporary files cannot be written: {error.strerror or error}.",
        "Make room there.",
    )
