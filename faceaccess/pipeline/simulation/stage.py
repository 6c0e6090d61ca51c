"""How the simulated people look: as embeddings alone, or drawn, through the real networks."""

import functools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from faceaccess.camera.drawn_people import (
    DEMO_THRESHOLD,
    STAFF,
    STRANGERS,
    DrawnPerson,
    Pose,
    render,
)
from faceaccess.core.errors import BugError
from faceaccess.core.faces import (
    Embedding,
    EmbeddingSpace,
    Face,
    Observation,
    Quality,
    QualityIssue,
)
from faceaccess.core.frames import Box, Image
from faceaccess.core.reasons import Reason
from faceaccess.pipeline.simulation.cast import Visitor
from faceaccess.pipeline.simulation.script import Seems
from faceaccess.vision.analyser import FaceAnalyser
from faceaccess.vision.protocols import Settled
from faceaccess.vision.quality import QualityLimits

Vector = NDArray[np.float32]


@dataclass(frozen=True)
class Seen:
    """One face in a picture.

    Attributes:
        visitor: whose.
        near: whether in front of all others.
        poor: whether the picture of it is no use.
        picture: whether it is only a picture that somebody holds up.
        seems: what passive liveness says of it.
    """

    visitor: Visitor
    near: bool
    poor: bool
    picture: bool = False
    seems: Seems = "live"


class Stage(Protocol):
    """What the camera and the networks are made of."""

    staff: int
    strangers: int
    threshold: float
    analyser: FaceAnalyser

    def mean(self, visitor: Visitor) -> Vector:
        """Return the mean enrolled embedding, of length 1, in the analyser's space."""
        ...

    def picture(self, seen: Sequence[Seen], random: np.random.Generator) -> Image:
        """Return what the camera sees."""
        ...

    def is_near(self, box: Box) -> bool:
        """Return whether a face that was found is the one in front of all others."""
        ...


SPACE = EmbeddingSpace("simulated", "none", 128)
_WIDTH, _HEIGHT = 64, 48
_NEAR, _FAR = (20.0, 10.0, 24.0, 30.0), (46.0, 12.0, 12.0, 15.0)
_GOOD = Quality(80.0, 90.0, 120.0, 45.0, 3.0, 2.0, 1.0, 0.0)
_POOR = replace(_GOOD, issues=(QualityIssue(Reason.BLURRED, 5.0, 25.0, "grey levels squared"),))
_LANDMARKS = np.zeros((5, 2), np.float32)
_CROP = np.full((8, 8), 90, np.uint8)
_CROP.setflags(write=False)
_BLANK = np.full((_HEIGHT, _WIDTH, 3), 128, np.uint8)
_APART = 256  # directions that are drawn at once


@dataclass(frozen=True, eq=False)
class _MadeUpFace(Face):
    vector: Vector
    poor: bool


class _MadeUpAnalyser(FaceAnalyser):
    """Finds in a picture who was put there; the picture's first pixels hold its number."""

    def __init__(self) -> None:
        self._pictures: dict[int, list[Face]] = {}
        self._newest = 0

    def show(self, faces: list[Face]) -> Image:
        self._newest += 1
        self._pictures[self._newest] = faces
        self._pictures.pop(self._newest - 500, None)
        image = _BLANK.copy()
        image.reshape(-1)[:8] = np.frombuffer(self._newest.to_bytes(8, "little"), np.uint8)
        return image

    @property
    def space(self) -> EmbeddingSpace:
        return SPACE

    @property
    def spaces(self) -> tuple[EmbeddingSpace, ...]:
        return (SPACE,)

    def with_limits(self, limits: QualityLimits) -> FaceAnalyser:  # noqa: ARG002  # as its base
        return self

    def in_space(self, space: EmbeddingSpace) -> FaceAnalyser:  # noqa: ARG002  # as its base
        return self

    def newest(self) -> FaceAnalyser:
        return self

    def detect(self, image: Image) -> list[Face]:
        return self._pictures[int.from_bytes(image.reshape(-1)[:8].tobytes(), "little")]

    def describe(self, image: Image, face: Face) -> Observation:  # noqa: ARG002  # as its base
        if not isinstance(face, _MadeUpFace):
            raise BugError("a face that nobody made up")
        return Observation(face, _POOR if face.poor else _GOOD, _CROP)

    def embed(
        self,
        observations: Sequence[Observation],
        *,
        enrolled: bool = False,  # noqa: ARG002  # as its base
        settled: Settled | None = None,  # noqa: ARG002  # as its base
    ) -> list[Observation]:
        made = []
        for one in observations:
            if not isinstance(one.face, _MadeUpFace):
                raise BugError("a face that nobody made up")
            made.append(replace(one, embedding=Embedding(one.face.vector.copy(), SPACE)))
        return made


class MadeUpStage:
    """People are directions in a space of 128 dimensions; pictures lie around them.

    A picture's cosine to its own person is 0.8 to 0.95. A fifth of the strangers resemble one of
    the staff by a cosine of 0.35 to 0.45, the rest nobody.

    Args:
        seed: of who they are.
    """

    def __init__(self, seed: int) -> None:
        self.staff = 42
        self.strangers = 100_000
        self.threshold = 0.6
        self._seed = seed
        self._made_up = _MadeUpAnalyser()
        self.analyser: FaceAnalyser = self._made_up
        self._staff = [self._centre(number, 0) for number in range(self.staff)]
        self._random = np.random.default_rng([seed, 2])
        self._apart: Iterator[NDArray[np.float64]] = iter(())

    def mean(self, visitor: Visitor) -> Vector:
        """As `Stage.mean`."""
        return self._direction(visitor).astype(np.float32)

    def picture(self, seen: Sequence[Seen], random: np.random.Generator) -> Image:
        """As `Stage.picture`."""
        faces: list[Face] = []
        for one in sorted(seen, key=lambda one: not one.near):
            how_far, shift, drop = random.random(3).tolist()
            mixed = self._direction(one.visitor) + (0.33 + 0.42 * how_far) * self._next_apart()
            vector = (mixed / math.sqrt(mixed @ mixed)).astype(np.float32)
            x, y, width, height = _NEAR if one.near else _FAR
            box = (x + 2 * shift - 1, y + 2 * drop - 1, width, height)
            faces.append(_MadeUpFace(box, _LANDMARKS, 0.9, vector, one.poor))
        return self._made_up.show(faces)

    def is_near(self, box: Box) -> bool:
        """As `Stage.is_near`."""
        return box[0] < (_NEAR[0] + _FAR[0]) / 2

    def _next_apart(self) -> NDArray[np.float64]:
        """Return a random direction; many are drawn at once, which is faster."""
        apart = next(self._apart, None)
        if apart is None:
            many = self._random.standard_normal((_APART, SPACE.dimension))
            self._apart = iter(many / np.linalg.norm(many, axis=1, keepdims=True))
            apart = next(self._apart)
        return apart

    def _direction(self, visitor: Visitor) -> NDArray[np.float64]:
        if visitor.staff:
            return self._staff[visitor.number]
        return self._stranger(visitor.number)

    @functools.lru_cache(maxsize=64)  # noqa: B019  # lives as long as one day
    def _stranger(self, number: int) -> NDArray[np.float64]:
        own = self._centre(number, 1)
        if number % 5:
            return own
        like = self._staff[number // 5 % self.staff]
        cosine = 0.35 + 0.1 * (number % 11) / 10
        across = _unit(own - (own @ like) * like)
        mixed: NDArray[np.float64] = cosine * like + np.sqrt(1 - cosine**2) * across
        return mixed

    def _centre(self, number: int, kind: int) -> NDArray[np.float64]:
        random = np.random.default_rng([self._seed, kind, number])
        return _unit(random.standard_normal(SPACE.dimension))


def _unit(vector: NDArray[np.float64]) -> NDArray[np.float64]:
    unit: NDArray[np.float64] = vector / np.linalg.norm(vector)
    return unit


_ENROLLED = (-12.0, 0.0, 12.0)
_POSES = (Pose(-9.0), Pose(-3.0, eyes=0.13), Pose(3.0), Pose(8.0, eyes=0.135))
_BLUR = 6.0  # pixels; a face is still found, and is no use
_TOO_FAR, _ASIDE = Pose(eyes=0.042), Pose(eyes=0.09)


class DrawnStage:
    """Drawn people before a camera of 640 x 480; the networks find and embed them.

    Args:
        networks: detector and embedder.
    """

    def __init__(self, networks: FaceAnalyser) -> None:
        self.staff = len(STAFF)
        self.strangers = len(STRANGERS)
        self.threshold = DEMO_THRESHOLD
        self.analyser = networks.newest()
        self._empty = np.full((480, 640, 3), 128, np.uint8)

    def mean(self, visitor: Visitor) -> Vector:
        """As `Stage.mean`: of three pictures that are shown at the door in no other way."""
        vectors = []
        for turn in _ENROLLED:
            image = render(_person(visitor), pose=Pose(turn=turn), seed=0)
            faces = self.analyser.observe(image, embed=False, limit=1)
            (observation,) = self.analyser.embed(faces, enrolled=True)
            if observation.embedding is None:
                raise BugError("an enrolled picture without an embedding")
            vectors.append(observation.embedding.vector)
        return _unit(np.mean(vectors, axis=0, dtype=np.float64)).astype(np.float32)

    def picture(self, seen: Sequence[Seen], random: np.random.Generator) -> Image:
        """As `Stage.picture`; of two people the one in front is drawn, the other stands aside."""
        near = next((one for one in seen if one.near), None)
        behind = next((one for one in seen if not one.near), None)
        if near is None:
            image = self._empty.copy()
        elif near.poor and behind is not None:  # still the larger one
            image = _blurred(near.visitor).copy()
        else:
            pose = _TOO_FAR if near.poor else _POSES[int(random.integers(len(_POSES)))]
            image = _drawn(near.visitor, pose).copy()
        y, x = (int(v) for v in random.integers(0, 480, 2))
        image[y, x] ^= 1  # no two pictures of a camera are the same
        if behind is None:
            return image
        aside = _drawn(behind.visitor, _ASIDE)
        return np.concatenate([image, aside], axis=1)

    def is_near(self, box: Box) -> bool:
        """As `Stage.is_near`."""
        return box[0] + box[2] / 2 < self._empty.shape[1]


def _person(visitor: Visitor) -> DrawnPerson:
    return (STAFF if visitor.staff else STRANGERS)[visitor.number]


@functools.lru_cache(maxsize=300)
def _drawn(visitor: Visitor, pose: Pose) -> Image:
    return render(_person(visitor), pose=pose, seed=5)


@functools.lru_cache(maxsize=50)
def _blurred(visitor: Visitor) -> Image:
    import cv2

    blurred: Image = cv2.GaussianBlur(_drawn(visitor, _POSES[0]), (0, 0), _BLUR).astype(np.uint8)
    return blurred
