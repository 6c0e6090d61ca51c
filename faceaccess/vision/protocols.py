"""What a detector, an embedder and an engine that runs a network are."""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from faceaccess.core.faces import EmbeddingSpace, Face
from faceaccess.core.frames import Image

Settled = Callable[[NDArray[np.float32]], bool]
"""Says of a face's (dimension,) vector, made by one look, that no further look could change what is
done with it."""


class Detector(Protocol):
    """Finds faces with five landmarks. Not thread-safe; `FaceAnalyser` guards it."""

    @property
    def name(self) -> str:
        """Short name ("yunet", "mtcnn")."""
        ...

    def detect(self, image: Image) -> list[Face]:
        """Return all faces, largest first.

        Args:
            image: (height, width, 3) uint8, blue-green-red.
        """
        ...


class Embedder(Protocol):
    """Turns aligned crops into vectors."""

    @property
    def space(self) -> EmbeddingSpace:
        """Model, preprocessing and dimension of its vectors."""
        ...

    @property
    def threshold(self) -> float | None:
        """Measured on this site for its vectors, or None: the manifest has it."""
        ...

    @property
    def crop_side(self) -> int:
        """Side of the square crop that it takes, pixels."""
        ...

    @property
    def template(self) -> NDArray[np.float32]:
        """(5, 2) float32: where the five landmarks lie in the crop, pixels."""
        ...

    @property
    def colour(self) -> bool:
        """Whether it takes colour crops; else grayscale ones."""
        ...

    def embed(self, crops: Sequence[Image]) -> NDArray[np.float32]:
        """Return (crops, dimension) float32, each row of length 1.

        Args:
            crops: aligned crops, (side, side) uint8 in a grayscale space, (side, side, 3) uint8
                blue-green-red in a colour space.
        """
        ...

    def embed_until(self, crops: Sequence[Image], settled: Settled) -> NDArray[np.float32]:
        """Return what `embed` does, but look only once at crops whose vector is settled by that."""
        ...

    def embed_enrolled(self, crops: Sequence[Image]) -> NDArray[np.float32]:
        """Return what `embed` does, of crops that are enrolled: more may be looked at."""
        ...


class Engine(Protocol):
    """Runs one loaded network: the seam behind which torch, OpenCV or others stand."""

    def run(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the network's output for a batch.

        Args:
            batch: (n, channels, height, width) float32.
        """
        ...


Tensors = Mapping[str, NDArray[np.float32]]
"""Named weights of a network."""
