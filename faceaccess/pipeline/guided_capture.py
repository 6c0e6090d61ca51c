"""Guides a person before the camera until enough good and different pictures are taken."""

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from faceaccess.core.errors import BugError
from faceaccess.core.faces import Embedding, Face, Observation, Quality
from faceaccess.core.frames import Box, Frame
from faceaccess.core.reasons import Reason
from faceaccess.pipeline.picture_look import DOMINATES
from faceaccess.pipeline.sureness import Sureness
from faceaccess.vision.analyser import FaceAnalyser

TURNED = 6.0
"""Degrees of yaw from which a face counts as turned left or right."""
SAME_LOOK = 0.973
"""Cosine to a picture of the same direction taken before from which a new one adds nothing (SFace
with mirror image, a man who sits before a webcam: 0.989 from frame to frame, 0.972 after 5 frames,
0.953 after 50; medians). Pictures of other directions are not asked: the mirror image makes a face
turned to the left and to the right nearly the same ..."""
SAME_PICTURE = 0.995
"""... and from which it is the same picture, which is never taken twice."""
PATIENCE = 3.0
"""Seconds without a picture taken after which variety is no longer asked for: not everybody can
turn the head."""
PAUSE = 0.25
"""Least seconds between two pictures taken."""
SAME_PERSON = 0.1
"""So far below the threshold a picture may resemble the ones before and be the same person's."""
STANDS_OUT = 0.02
"""So much less like the others than those of the next direction pictures must be on the mean for
their direction to be asked for."""

Direction = Literal["straight", "left", "right"]

_ASK: dict[Direction, str] = {
    "straight": "Look straight at the camera",
    "left": "Turn your head a little to your left",
    "right": "Turn your head a little to your right",
}


@dataclass(frozen=True)
class CaptureStep:
    """What one frame brought.

    Attributes:
        box: the face, x, y, width, height in pixels of the frame; None without a single face.
        quality: of that face, or None.
        hint: the failing quality measure, or None where the hint is not about quality.
        sentence: what the person should do now, one plain sentence.
        taken: whether this frame's picture was taken.
        count: pictures taken so far.
        wanted: pictures that are wanted.
        done: whether enough are taken.
        sure: how surely the door will know the person by the pictures taken so far, by the number
            of the picture ("0", "1", ...); None before the first, or where nobody was to judge.
        weakest: the direction whose pictures are the least like the others, where another one of
            it would make the door surest; None while no direction stands out.
    """

    box: Box | None
    quality: Quality | None
    hint: Reason | None
    sentence: str
    taken: bool
    count: int
    wanted: int
    done: bool
    sure: Sureness | None = None
    weakest: Direction | None = None


class GuidedCapture:
    """Collects the pictures of one person for enrolment. Used by one thread at a time.

    Args:
        analyser: detects, measures (by the camera's gate) and embeds.
        threshold: cosine of the door; well below it a picture is taken for another person's.
        wanted: how many pictures to take, at least 1.
        sureness: says how surely the door will know the person by some pictures; None asks nobody.
    """

    def __init__(
        self,
        analyser: FaceAnalyser,
        *,
        threshold: float,
        wanted: int = 8,
        sureness: Callable[[Sequence[Embedding]], Sureness] | None = None,
    ) -> None:
        if wanted < 1:
            raise BugError(f"{wanted} pictures are wanted")
        self._analyser = analyser
        self._same_person = threshold - SAME_PERSON
        self._wanted = wanted
        self._taken: list[Observation] = []
        self._directions = Counter[Direction]()
        self._sureness = sureness
        self._sure: Sureness | None = None
        self._weakest: Direction | None = None
        self._waiting_since: float | None = None
        self._last_taken = -math.inf

    @property
    def observations(self) -> tuple[Observation, ...]:
        """The pictures taken so far, embedded, for `Enrolment.add_observed`."""
        return tuple(self._taken)

    def offer(self, frame: Frame) -> CaptureStep:
        """Look at a frame, take its picture if it is good and different, and say what to do."""
        if len(self._taken) >= self._wanted:
            return self._step(None, "All pictures are taken")
        if self._waiting_since is None:
            self._waiting_since = frame.moment
        faces = self._analyser.detect(frame.image)
        if not faces:
            return self._step(None, "Look into the camera")
        if len(faces) > 1 and _area(faces[0]) < DOMINATES * _area(faces[1]):
            return self._step(None, "Only one person in the picture, please")
        observation = self._analyser.describe(frame.image, faces[0])
        if not observation.quality.good:
            reason = observation.quality.issues[0].reason
            return self._step(observation, reason.sentence, hint=reason)
        if frame.moment - self._last_taken < PAUSE:
            return self._step(observation, self._ask())
        (observation,) = self._analyser.embed([observation])
        return self._judge(observation, frame.moment)

    def _judge(self, observation: Observation, moment: float) -> CaptureStep:
        vector = _vector(observation)
        if self._taken:
            before = np.stack([_vector(one) for one in self._taken])
            mean = before.mean(axis=0)
            if not float(vector @ mean) / float(np.linalg.norm(mean)) >= self._same_person:
                return self._step(observation, "This is somebody else than before")
            cosines = before @ vector
            direction = _direction(observation)
            alike = np.array([_direction(one) == direction for one in self._taken])
            waited = moment - (self._waiting_since or 0.0)
            same_look = waited < PATIENCE and bool((cosines[alike] >= SAME_LOOK).any())
            if same_look or float(cosines.max()) >= SAME_PICTURE:
                return self._step(observation, self._ask())
            quota = math.ceil(self._wanted / len(_ASK))
            if waited < PATIENCE and self._directions[direction] >= quota:
                return self._step(observation, self._ask())
        self._taken.append(observation)
        self._directions[_direction(observation)] += 1
        self._judge_all()
        self._last_taken = self._waiting_since = moment
        done = len(self._taken) >= self._wanted
        return self._step(
            observation, "All pictures are taken" if done else self._ask(), taken=True
        )

    def _judge_all(self) -> None:
        """Hold each picture out, and find the direction of which one more is worth most."""
        if self._sureness is None:
            return
        self._sure = self._sureness([_embedding(one) for one in self._taken])
        means = self._means()
        self._weakest = None
        if len(means) > 1:
            low, *others = sorted(means.items(), key=lambda one: one[1])
            if others[0][1] - low[1] >= STANDS_OUT:
                self._weakest = low[0]

    def _means(self) -> dict[Direction, float]:
        """Return the mean similarity of each direction's pictures to the others."""
        assert self._sure is not None
        values: dict[Direction, list[float]] = {}
        for number, one in enumerate(self._taken):
            if str(number) in self._sure.similarities:
                values.setdefault(_direction(one), []).append(self._sure.similarities[str(number)])
        return {direction: sum(found) / len(found) for direction, found in values.items()}

    def _ask(self) -> str:
        """Return what to ask for.

        The direction with the fewest pictures, straight first; once there is one of each, the one
        whose pictures are the least like the others, as long as it is not full.
        """
        least = min(_ASK, key=lambda direction: self._directions[direction])
        weakest = self._weakest
        full = math.ceil(self._wanted / len(_ASK))
        if weakest is not None and self._directions[least] and self._directions[weakest] < full:
            return _ASK[weakest]
        return _ASK[least]

    def _step(
        self,
        observation: Observation | None,
        sentence: str,
        *,
        hint: Reason | None = None,
        taken: bool = False,
    ) -> CaptureStep:
        return CaptureStep(
            box=None if observation is None else observation.face.box,
            quality=None if observation is None else observation.quality,
            hint=hint,
            sentence=sentence,
            taken=taken,
            count=len(self._taken),
            wanted=self._wanted,
            done=len(self._taken) >= self._wanted,
            sure=self._sure,
            weakest=self._weakest,
        )


def _direction(observation: Observation) -> Direction:
    # Positive yaw is to the right in the picture: the person's own left.
    yaw = observation.quality.yaw
    if abs(yaw) < TURNED:
        return "straight"
    return "left" if yaw > 0 else "right"


def _embedding(observation: Observation) -> Embedding:
    if observation.embedding is None:
        raise BugError("the analyser left a face without its embedding")
    return observation.embedding


def _vector(observation: Observation) -> NDArray[np.float32]:
    return _embedding(observation).vector


def _area(face: Face) -> float:
    return max(0.0, face.box[2]) * max(0.0, face.box[3])
