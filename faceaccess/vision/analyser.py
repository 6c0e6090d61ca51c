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
from faceaccess.vision.protocols import Detector, Embedder, Settled
from faceaccess.vision.quality import QualityLimits, measure
from faceaccess.vision.weights import default_threshold

BATCH = 8
"""Crops embedded at a time; more gains nothing on a CPU and costs memory."""
ENROLLED_BATCH = 2
"""The same of crops that are enrolled: up to four views are made of each."""


class FaceAnalyser:
    """Detector and embedder behind one lock.

    Args:
        detector: finds faces.
        embedder: makes vectors.
        limits: the gate by which `describe` and `observe` judge quality.
        former: embedders of the same network that people may have been enrolled with before,
            newest first; they take the same crops. `in_space` chooses one.
    """

    def __init__(
        self,
        detector: Detector,
        embedder: Embedder,
        limits: QualityLimits,
        former: Sequence[Embedder] = (),
    ) -> None:
        self._detector = detector
        self._embedders = (embedder, *former)
        self._embedder = embedder
        self._limits = limits
        self._lock = Lock()

    @property
    def space(self) -> EmbeddingSpace:
        """Where its embeddings can be compared."""
        return self._embedder.space

    @property
    def spaces(self) -> tuple[EmbeddingSpace, ...]:
        """All spaces that its network can embed in, the newest first."""
        return tuple(one.space for one in self._embedders)

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
        """The measured threshold for `space`.

        Raises:
            KnownError: if it was never measured.
        """
        own = self._embedder.threshold
        return default_threshold(self.space) if own is None else own

    def with_limits(self, limits: QualityLimits) -> "FaceAnalyser":
        """Return an analyser with another gate that shares the networks and their lock."""
        return self._copy(self._embedder, limits)

    def in_space(self, space: EmbeddingSpace) -> "FaceAnalyser":
        """Return an analyser that embeds in `space` and shares the networks and their lock.

        Raises:
            KnownError: if the space is none of `spaces`.
        """
        for embedder in self._embedders:
            if embedder.space == space:
                return self._copy(embedder, self._limits)
        raise KnownError(
            f"The embedder in the settings makes {self.spaces[0]} embeddings, not {space}.",
            "Run `faceaccess retrain --full`, or set the former embedder.",
        )

    def newest(self) -> "FaceAnalyser":
        """Return an analyser that embeds in the newest of its spaces and shares the networks."""
        return self._copy(self._embedders[0], self._limits)

    def _copy(self, embedder: Embedder, limits: QualityLimits) -> "FaceAnalyser":
        other = FaceAnalyser(self._detector, self._embedders[0], limits, self._embedders[1:])
        other._embedder, other._lock = embedder, self._lock
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

    def embed(
        self,
        observations: Sequence[Observation],
        *,
        enrolled: bool = False,
        settled: Settled | None = None,
    ) -> list[Observation]:
        """Return the observations with their embeddings.

        Args:
            observations: those that have an embedding keep it, unless they are enrolled.
            enrolled: whether they become pictures of an enrolled person; their embeddings then
                hold more views of the face, in the same space.
            settled: says when one look is enough; None looks at everything as `space` wants it.
        """
        missing = [i for i, one in enumerate(observations) if enrolled or one.embedding is None]
        crops = [observations[i].crop for i in missing]
        made = self.embed_crops(crops, enrolled=enrolled, settled=settled)
        result = list(observations)
        for i, embedding in zip(missing, made, strict=True):
            result[i] = replace(result[i], embedding=embedding)
        return result

    def embed_crops(
        self, crops: Sequence[Image], *, enrolled: bool = False, settled: Settled | None = None
    ) -> list[Embedding]:
        """Return the embeddings of crops that were cut for this analyser's space.

        Args:
            crops: as `Observation.crop`.
            enrolled: as in `embed`.
            settled: as in `embed`.

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
            for batch in _batches(crops, ENROLLED_BATCH if enrolled else BATCH)
            for vector in self._vectors(batch, enrolled, settled)
        ]

    def _vectors(
        self,
        crops: Sequence[Image],
        enrolled: bool,  # noqa: FBT001 - as in `embed`
        settled: Settled | None,
    ) -> list[NDArray[np.float32]]:
        # The lock is given back between batches, so that a long import leaves the door its turn.
        with self._lock:
            if enrolled:
                vectors = self._embedder.embed_enrolled(crops)
            elif settled is not None:
                vectors = self._embedder.embed_until(crops, settled)
            else:
                vectors = self._embedder.embed(crops)
        return [vector.copy() for vector in vectors]


def _batches(crops: Sequence[Image], most: int) -> Iterator[Sequence[Image]]:
    for start in range(0, len(crops), most):
        yield crops[start : start + most]
