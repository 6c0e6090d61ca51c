"""An embedder that looks at more than the crop itself.

At the door the mirrored crop is embedded too: a face is nearly symmetric, its light and pose are
not; where the crop alone settles the answer, that is left out (`embed_until`). Of a picture that is
enrolled also two drawn views are embedded, dark glasses and a dark cap: most pictures that a door
misses (lfw-dev) show one of these. The vector is the weighted mean of those of the views, of
length 1.

Weights and drawings were chosen on lfw-dev, seeds 100 to 107 (docs/recognition.md). They are drawn
where SFace's template has the eyes; other templates are not measured and are refused.
"""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from faceaccess.core.errors import BugError
from faceaccess.core.faces import EmbeddingSpace
from faceaccess.core.frames import Image
from faceaccess.vision.alignment import SFACE_POINTS, SFACE_SIDE
from faceaccess.vision.protocols import Embedder, Settled

SUFFIX = "-mirrored"
"""What the name of the preprocessing ends in."""
GLASSES_WEIGHT, CAP_WEIGHT = 0.1, 0.2
"""Weights of the drawn views in an enrolled vector; crop and mirror image share the rest."""
_DARK = (25, 25, 25)


def with_glasses(crop: Image) -> Image:
    """Return an SFace crop with dark glasses drawn on it."""
    drawn = np.ascontiguousarray(crop).copy()
    for x in (38, 74):
        cv2.ellipse(drawn, (x, 54), (15, 11), 0, 0, 360, _DARK, -1, cv2.LINE_AA)
    cv2.line(drawn, (50, 51), (62, 51), _DARK, 3, cv2.LINE_AA)
    return drawn


def with_cap(crop: Image) -> Image:
    """Return an SFace crop with a dark cap, its peak above the eyes, drawn on it."""
    drawn = np.ascontiguousarray(crop).copy()
    cv2.ellipse(drawn, (56, 20), (70, 22), 0, 0, 360, _DARK, -1, cv2.LINE_AA)
    drawn[:20] = _DARK[0]
    return drawn


def mirrored(crop: Image) -> Image:
    """Return the crop with left and right changed."""
    flipped: Image = np.ascontiguousarray(crop[:, ::-1])
    return flipped


class ViewEmbedder:
    """Embeds crops by several views of each.

    Args:
        embedder: takes SFace's crops.
    """

    def __init__(self, embedder: Embedder) -> None:
        if embedder.crop_side != SFACE_SIDE or not np.array_equal(embedder.template, SFACE_POINTS):
            raise BugError(f"views of {embedder.space} crops were never measured")
        self._embedder = embedder
        inner = embedder.space
        self._space = EmbeddingSpace(inner.model, inner.preprocessing + SUFFIX, inner.dimension)

    @property
    def space(self) -> EmbeddingSpace:
        """A space of its own: its vectors must not meet those of single crops."""
        return self._space

    @property
    def threshold(self) -> None:
        """The manifest has it."""
        return

    @property
    def crop_side(self) -> int:
        """Side of the square crop that it takes, pixels."""
        return self._embedder.crop_side

    @property
    def template(self) -> NDArray[np.float32]:
        """(5, 2) float32: where the five landmarks lie in the crop, pixels."""
        return self._embedder.template

    @property
    def colour(self) -> bool:
        """Whether it takes colour crops; else grayscale ones."""
        return self._embedder.colour

    def embed(self, crops: Sequence[Image]) -> NDArray[np.float32]:
        """Return vectors of faces at the door, (crops, dimension) float32 of length 1."""
        return self._mean(crops, [0.5, 0.5], [list(crops), [mirrored(crop) for crop in crops]])

    def embed_until(self, crops: Sequence[Image], settled: Settled) -> NDArray[np.float32]:
        """Return vectors as `embed` does; of the crop alone where `settled` says that it will do.

        Both are of one space: on lfw-dev the similarity of a crop to its person and that of crop
        and mirror image together differ by 0.009 (standard deviation), strangers' by 0.014.
        """
        first = self._embedder.embed(crops)
        again = [i for i, vector in enumerate(first) if not settled(vector)]
        if again:
            flipped = self._embedder.embed([mirrored(crops[i]) for i in again])
            first[again] = self._unit((first[again].astype(np.float64) + flipped) / 2)
        return first

    def embed_enrolled(self, crops: Sequence[Image]) -> NDArray[np.float32]:
        """Return vectors to enrol, (crops, dimension) float32 of length 1, in the same space."""
        plain = (1.0 - GLASSES_WEIGHT - CAP_WEIGHT) / 2
        views = [
            list(crops),
            [mirrored(crop) for crop in crops],
            [with_glasses(crop) for crop in crops],
            [with_cap(crop) for crop in crops],
        ]
        return self._mean(crops, [plain, plain, GLASSES_WEIGHT, CAP_WEIGHT], views)

    def _mean(
        self, crops: Sequence[Image], weights: Sequence[float], views: Sequence[Sequence[Image]]
    ) -> NDArray[np.float32]:
        if not crops:
            return np.empty((0, self._space.dimension), dtype=np.float32)
        made = self._embedder.embed([crop for view in views for crop in view])
        vectors = made.reshape(len(views), len(crops), -1)
        return self._unit(np.tensordot(np.asarray(weights), vectors.astype(np.float64), axes=1))

    def _unit(self, mean: NDArray[np.float64]) -> NDArray[np.float32]:
        lengths = np.linalg.norm(mean, axis=1, keepdims=True)
        if not (lengths > 1e-3).all():
            raise BugError(f"the views of a crop of {self._space} cancel each other out")
        unit: NDArray[np.float32] = (mean / lengths).astype(np.float32)
        return unit
