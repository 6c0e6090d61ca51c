"""Guides a person before the camera until enough good and different pictures are taken."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from faceaccess.core.errors import BugError
from faceaccess.core.faces import Observation, Quality
from faceaccess.core.frames import Box, Frame
from faceaccess.core.reasons import Reason

if TYPE_CHECKING:
    from faceaccess.vision.analyser import FaceAnalyser


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
    """

    box: Box | None
    quality: Quality | None
    hint: Reason | None
    sentence: str
    taken: bool
    count: int
    wanted: int
    done: bool


class GuidedCapture:
    """Collects the pictures of one person for enrolment.

    Args:
        analyser: detects, measures and embeds.
        threshold: cosine below which a picture is taken for another person's than the first.
        wanted: how many pictures to take.
    """

    def __init__(self, analyser: "FaceAnalyser", *, threshold: float, wanted: int = 8) -> None:
        self._analyser = analyser

    def offer(self, frame: Frame) -> CaptureStep:
        """Look at a frame, take its picture if it is good and different, and say what to do."""
        raise BugError("not built yet")

    @property
    def observations(self) -> tuple[Observation, ...]:
        """The pictures taken so far, embedded, for `Enrolment.add_observed`."""
        raise BugError("not built yet")
