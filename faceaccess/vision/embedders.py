"""Embedders: an aligned crop in, a vector of length 1 out, whatever the network behind."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from faceaccess.core.errors import BugError
from faceaccess.core.faces import EmbeddingSpace
from faceaccess.core.frames import Image
from faceaccess.vision.alignment import Points
from faceaccess.vision.protocols import Engine, Settled

ChannelOrder = Literal["rgb", "bgr"]


AT_ONCE = 4
"""Crops that the network sees at once. More leave the cache: SFace takes 16.5 ms a crop in fours,
20 in eights and 28 in thirty-twos (one thread)."""


@dataclass(frozen=True, eq=False)
class Preparation:
    """How a crop is cut and fed.

    Attributes:
        template: (5, 2) float32, where the landmarks lie in the crop.
        side: of the crop, pixels.
        colour: whether the crop keeps its colours; else three equal grayscale channels are fed.
        mean: (3,) subtracted from red, green and blue.
        scale: factor after that.
        order: of the three planes that are fed: red, green, blue, or the other way round.
    """

    template: Points
    side: int
    colour: bool
    mean: tuple[float, float, float] = (0.0, 0.0, 0.0)
    scale: float = 1.0
    order: ChannelOrder = "rgb"

    @property
    def name(self) -> str:
        """Its name in an embedding space."""
        return f"5pt-{self.side}-{'colour' if self.colour else 'gray'}"


class CropEmbedder:
    """An engine with the preparation that its network wants. Not thread-safe.

    Args:
        model: name in the embedding space.
        dimension: length of the vectors.
        preparation: how crops are cut and fed.
        engine: takes (n, 3, side, side) float32, gives (n, dimension).
        threshold: measured for its vectors where the manifest has none, or None.
    """

    def __init__(
        self,
        model: str,
        dimension: int,
        preparation: Preparation,
        engine: Engine,
        threshold: float | None = None,
    ) -> None:
        self._space = EmbeddingSpace(model, preparation.name, dimension)
        self._preparation = preparation
        self._engine = engine
        self._threshold = threshold

    @property
    def threshold(self) -> float | None:
        """Measured on this site for its vectors, or None: the manifest has it."""
        return self._threshold

    @property
    def space(self) -> EmbeddingSpace:
        """Model, preprocessing and dimension of its vectors."""
        return self._space

    @property
    def crop_side(self) -> int:
        """Side of the square crop that it takes, pixels."""
        return self._preparation.side

    @property
    def template(self) -> Points:
        """(5, 2) float32: where the five landmarks lie in the crop."""
        return self._preparation.template

    @property
    def colour(self) -> bool:
        """Whether it takes (side, side, 3) crops; else (side, side)."""
        return self._preparation.colour

    def embed(self, crops: Sequence[Image]) -> NDArray[np.float32]:
        """Return (crops, dimension) float32, each row of length 1; (0, dimension) for none.

        Raises:
            BugError: if a crop has another shape, or the network gives no finite vector.
        """
        if not crops:
            return np.empty((0, self._space.dimension), dtype=np.float32)
        parts = [crops[start : start + AT_ONCE] for start in range(0, len(crops), AT_ONCE)]
        vectors = np.concatenate([self._engine.run(self.batch(part)) for part in parts])
        if vectors.shape != (len(crops), self._space.dimension):
            raise BugError(f"the network of {self._space} gave shape {vectors.shape}")
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        if not (np.isfinite(lengths).all() and (lengths > 0).all()):
            raise BugError(f"the network of {self._space} gave a vector without direction")
        unit: NDArray[np.float32] = (vectors / lengths).astype(np.float32)
        return unit

    def embed_until(self, crops: Sequence[Image], settled: Settled) -> NDArray[np.float32]:  # noqa: ARG002 - one look is all there is
        """Return what `embed` does: one look at each crop."""
        return self.embed(crops)

    def embed_enrolled(self, crops: Sequence[Image]) -> NDArray[np.float32]:
        """Return what `embed` does: one look at each crop."""
        return self.embed(crops)

    def batch(self, crops: Sequence[Image]) -> NDArray[np.float32]:
        """Return the network's input: (n, 3, side, side) float32 of `order`, normalised."""
        way = self._preparation
        shape = (way.side, way.side, 3) if way.colour else (way.side, way.side)
        for crop in crops:
            if crop.shape != shape or crop.dtype != np.uint8:
                raise BugError(f"{self._space} takes crops of {shape}, not {crop.shape}")
        return prepared(crops, way)


def prepared(crops: Sequence[Image], way: Preparation) -> NDArray[np.float32]:
    """Return the input of a network: (n, 3, side, side) float32, normalised.

    Args:
        crops: at least one, as `way` cuts them.
        way: how they are fed; grayscale crops are fed as three equal planes.
    """
    stacked = np.stack(crops).astype(np.float32)
    if stacked.ndim == 4:
        planes = stacked[:, :, :, ::-1].transpose(0, 3, 1, 2)
    else:
        planes = np.repeat(stacked[:, None], 3, axis=1)
    mean = np.array(way.mean, dtype=np.float32)[None, :, None, None]
    fed = (planes - mean) * np.float32(way.scale)
    if way.order == "bgr":
        fed = fed[:, ::-1]
    result: NDArray[np.float32] = np.ascontiguousarray(fed)
    return result
