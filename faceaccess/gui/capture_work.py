"""Guided capture for enrolment as work for the camera thread."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from faceaccess.core.clock import Clock
from faceaccess.core.faces import Observation
from faceaccess.core.frames import Frame
from faceaccess.gui.camera_thread import Feed
from faceaccess.pipeline.guided_capture import CaptureStep


class Capture(Protocol):
    """What Enrol uses of a `GuidedCapture`."""

    def offer(self, frame: Frame) -> CaptureStep: ...  # noqa: D102  # as in guided_capture
    @property
    def observations(self) -> tuple[Observation, ...]: ...  # noqa: D102  # as in guided_capture


@dataclass(frozen=True)
class EnrolCamera:
    """What Enrol needs to look through the door's camera.

    Attributes:
        open_feed: opens a subscription, which Live shares.
        make_capture: makes a guided capture of so many pictures; slow the first time.
        source: names the camera as the source of pictures ("camera Front door").
        clock: the program's clock.
        note: a sentence about who is before the camera, or "".
    """

    open_feed: Callable[[], Feed]
    make_capture: Callable[[int], Capture]
    source: Callable[[], str]
    clock: Clock
    note: str = ""


@dataclass(frozen=True, eq=False)
class Captured:
    """What the camera thread hands over: the step, and all pictures taken so far."""

    step: CaptureStep
    observations: tuple[Observation, ...]


class CaptureWork:
    """A guided capture as work for the camera thread; after its end frames pass it by."""

    def __init__(self, capture: Capture) -> None:
        self._capture = capture
        self._last: Captured | None = None

    def process(self, frame: Frame) -> Captured:
        """Return the step that the frame brought."""
        if self._last is None or not self._last.step.done:
            step = self._capture.offer(frame)
            self._last = Captured(step, self._capture.observations)
        return self._last

    def close(self) -> None:
        """Nothing is to be written."""
