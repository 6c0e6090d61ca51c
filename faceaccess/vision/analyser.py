"""The whole look at a picture: find, measure, cut, embed. One object, safe with many threads."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from faceaccess.core.errors import KnownError
from faceaccess.core.faces import Embedding, EmbeddingSpace, Face, Observation
from faceaccess.core.frames import Image
from faceaccess.vision.alignment import aligned_crop, grayscale
from faceaccess.vision.protocols import Detector, Embedder
from faceaccess.vision.quality import QualityLimits, measure
from faceaccess.vision.weights import default_threshold

BATCH = 8
"""Crops embedded at a time; more gains nothing on a CPU and costs memory."""


class FaceAnalyser:
    """Detector and embedder behind one lock.

    Args:
        detector: finds faces.
        embedder: makes vectors.
        limits: the gate by which `describe` and `observe` judge quality.
    """

    def __init__(self, detector: Detector, embedder: Embedder, limits: QualityLimits) -> None:
        self._detector = detector
        self._embedder = embedder
        self._limits = limits
        self._lock = Lock()

    @property
    def space(self) -> EmbeddingSpace:
        """Where its embeddings can be compared."""
        return self._embedder.space

    @property
    def detector_name(self) -> str:
        """Short name of the detector."""
        return self._detector.name

    @property
    def limits(self) -> QualityLimits:
        """The gate by which quality is judged."""
        return self._limits

    @property
    def default_threshold(self) -> float:
        """The manifest's measured threshold for `space`.

        Raises:
            KnownError: if it was never measured.
        """
        return default_threshold(self.space)

    def with_limits(self, limits: QualityLimits) -> "FaceAnalyser":
        """Return an analyser with another gate that shares the networks and their lock."""
        other = FaceAnalyser(self._detector, self._embedder, limits)
        other._lock = self._lock
        return other

    def detect(self, image: Image) -> list[Face]:
        """Return all faces of (height, width, 3) uint8 blue-green-red, largest first."""
        with self._lock:
            return self._detector.detect(image)

    def describe(self, image: Image, face: Face) -> Observation:
        """Return the face's crop and quality; its embedding is not made."""
        embedder = self._embedder
        colour = aligned_crop(image, face.landmarks, embedder.template, embedder.crop_side)
        crop = colour if embedder.colour else grayscale(colour)
        return Observation(face, measure(image, face, crop, self._limits), crop)

    def observe(
        self, image: Image, *, embed: bool = True, limit: int | None = None
    ) -> list[Observation]:
        """Look at the faces of a picture, largest first.

        Args:
            image: (height, width, 3) uint8, blue-green-red.
            embed: whether to make embeddings.
            limit: most faces to look at, or None for all.
        """
        faces = self.detect(image)[:limit]
        observations = [self.describe(image, face) for face in faces]
        return self.embed(observations) if embed else observations

    def embed(self, observations: Sequence[Observation]) -> list[Observation]:
        """Return the observations with their embeddings; those that have one keep it."""
        missing = [i for i, one in enumerate(observations) if one.embedding is None]
        made = self.embed_crops([observations[i].crop for i in missing])
        result = list(observations)
        for i, embedding in zip(missing, made, strict=True):
            result[i] = replace(result[i], embedding=embedding)
        return result

    def embed_crops(self, crops: Sequence[Image]) -> list[Embedding]:
        """Return the embeddings of crops that were cut for this analyser's space.

        Raises:
            KnownError: if a crop was cut for another space.
        """
        side = self._embedder.crop_side
        shape = (side, side, 3) if self._embedder.colour else (side, side)
        if any(crop.shape != shape for crop in crops):
            raise KnownError(
                f"The stored pictures were cut for another embedder than {self.space}.",
                "Take the pictures anew, or set the former embedder.",
            )
        return [
            Embedding(vector, self.space)
            for batch in _batches(crops)
            for vector in self._vectors(batch)
        ]

    def _vectors(self, crops: Sequence[Image]) -> list[NDArray[np.float32]]:
        # The lock is given back between batches, so that a long import leaves the door its turn.
        with self._lock:
            vectors = self._embedder.embed(crops)
        return [vector.copy() for vector in vectors]


def _batches(crops: Sequence[Image]) -> Iterator[Sequence[Image]]:
    for start in range(0, len(crops), BATCH):
        yield crops[start : start + BATCH]
