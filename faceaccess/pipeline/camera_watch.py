"""Notices that a fixed camera shows not what is before the door now: frozen, covered, turned away.

What stands still and has detail in a doorway is learned from the pictures themselves. Every two
seconds their mean is compared with it. Somebody who comes, light that is switched, night or a
crowd change it in parts; a hand, tape, paint or another direction change nearly all of it.
"""

from collections import deque
from dataclasses import dataclass
from enum import Enum

import cv2
import numpy as np
from numpy.typing import NDArray

from faceaccess.core.frames import Frame
from faceaccess.pipeline.camera_views import Samples, View, change, samples
from faceaccess.pipeline.frozen_camera import FrozenCamera

WINDOW = 2.0
"""Seconds of pictures that are averaged for a look at the view."""
IN_A_ROW = 3
"""Looks that must show the same trouble before it counts."""
KNOWN_AFTER = 5
"""Looks after which a doorway is known."""
SLOW = 60
"""Looks over which what is known follows what is seen: two minutes."""
ACCEPTED_AFTER = 300
"""Looks after which another view is taken for the new one: ten minutes, in which the alarm
lasts."""

DETAIL = 4.0
"""Mean square rise (grey levels a sample) from which a part of the known view has detail."""
ENOUGH_PARTS = 6
"""Parts with detail, of 48, below which only a picture without any detail can be judged."""
FLAT = 0.6
"""Mean square rise below which a part shows nothing; a lit wall has more, averaged noise less."""
AGREES = 0.4
"""Agreement of edges from which a part shows what it did."""
FADED = 0.25
"""Share of its detail below which a part that does not agree shows nothing in its place."""
COVERED_PARTS, MOVED_PARTS = 0.75, 0.93
"""Shares of the parts with detail that must show nothing, or something else."""
BLURRED = 0.36
"""Share of its sharpness below which a part is out of focus."""

QUIET_FOR = 10.0
"""Seconds without a sensor's noise after which a picture counts as frozen."""
BACK_AFTER = 1.0
"""Seconds of noise after which it does not any more."""
NOISY = 0.2
"""Grey levels by which pictures of a camera must have wavered for its noise to be missed."""
QUIET = 0.25
"""Share of its usual wavering below which a camera is quiet."""
CLIPPED = 0.3
"""Share of a picture that may be wholly black or white: nothing wavers there."""


class CameraTroubleKind(Enum):
    """What a camera's pictures can have wrong; the value is what is said of it."""

    FROZEN = "The camera gives the same picture again and again."
    COVERED = "The camera sees nothing: its lens is covered, or it is wholly dark."
    MOVED = "The camera looks somewhere else than before."
    BLURRED = "The camera is out of focus, or its lens is smeared."


@dataclass(frozen=True)
class CameraTrouble:
    """What is wrong with a camera's pictures now; while it lasts they open nothing.

    Attributes:
        kind: what.
        tampered: whether it has lasted long enough that somebody should look after it.
    """

    kind: CameraTroubleKind
    tampered: bool = True

    @property
    def text(self) -> str:
        """One sentence."""
        return self.kind.value


class CameraWatch:
    """Watches the frames of one fixed live camera, in their order.

    Cheap: about a fifth of a millisecond a frame. Not for recordings, which begin and end as they
    like.
    """

    def __init__(self) -> None:
        self._same = FrozenCamera()
        self._same_since: float | None = None
        self._noise = _Noise()
        self._doorway = _Doorway()
        self._sum: NDArray[np.float32] | None = None
        self._count = 0
        self._window_began = 0.0
        self._view_trouble: CameraTroubleKind | None = None

    def see(self, frame: Frame) -> CameraTrouble | None:
        """Look at the next frame; return what is wrong with it, or None."""
        taken = samples(frame.image)
        self._average(taken, frame.moment)
        quiet = self._noise.is_missing(taken, frame.moment)
        same = self._same.is_frozen(frame)
        if not same:
            self._same_since = None
        elif self._same_since is None:
            self._same_since = frame.moment
        if self._view_trouble is not None:
            return CameraTrouble(self._view_trouble)
        if self._same_since is not None:
            lasted = frame.moment - self._same_since
            return CameraTrouble(CameraTroubleKind.FROZEN, tampered=lasted >= QUIET_FOR)
        return CameraTrouble(CameraTroubleKind.FROZEN) if quiet else None

    def _average(self, taken: Samples, moment: float) -> None:
        if self._sum is None or self._sum.shape != taken.shape:
            self._begin(taken, moment)
        assert self._sum is not None
        if not 0 <= moment - self._window_began < 3 * WINDOW:
            self._begin(taken, moment)  # after a gap; what was gathered before it is old
        cv2.accumulate(taken, self._sum)
        self._count += 1
        if moment - self._window_began >= WINDOW:
            mean = np.asarray(self._sum / self._count, np.float32)
            self._view_trouble = self._doorway.look(mean)
            self._begin(taken, moment)

    def _begin(self, taken: Samples, moment: float) -> None:
        self._sum = np.zeros(taken.shape, np.float32)
        self._count, self._window_began = 0, moment


class _Doorway:
    """The view that is known, and how the present one differs."""

    def __init__(self) -> None:
        self._known: NDArray[np.float32] | None = None
        self._looks = 0
        self._suspected: CameraTroubleKind | None = None
        self._times = 0

    def look(self, mean: NDArray[np.float32]) -> CameraTroubleKind | None:
        """Return what is wrong with a mean picture and has been for some looks, or None."""
        if self._known is None or self._known.shape != mean.shape:
            self._known, self._looks = mean.copy(), 0
        trouble = self._judge(View.of(mean))
        self._times = self._times + 1 if trouble is self._suspected else 1
        self._suspected = trouble
        if trouble is None:
            self._learn(mean)
        elif trouble is CameraTroubleKind.MOVED and self._times > ACCEPTED_AFTER:
            self._known, self._looks, self._suspected = mean.copy(), 0, None
            return None
        return trouble if self._times >= IN_A_ROW else None

    def _learn(self, mean: NDArray[np.float32]) -> None:
        assert self._known is not None
        self._looks = min(self._looks + 1, SLOW)
        self._known += (mean - self._known) / self._looks

    def _judge(self, view: View) -> CameraTroubleKind | None:
        if np.all(view.detail < FLAT):
            return CameraTroubleKind.COVERED
        assert self._known is not None
        known = View.of(self._known)
        parts = known.detail >= DETAIL
        count = int(parts.sum())
        if self._looks < KNOWN_AFTER or count < ENOUGH_PARTS:
            return None
        other = (view.agreement(known) < AGREES) & parts
        faded = other & (view.detail < FADED * known.detail)
        if faded.sum() >= COVERED_PARTS * count:
            return CameraTroubleKind.COVERED
        if other.sum() >= MOVED_PARTS * count:
            return CameraTroubleKind.MOVED
        still = parts & ~other
        if still.sum() >= ENOUGH_PARTS:
            softer = view.sharpness()[still] / known.sharpness()[still]
            if float(np.median(softer)) < BLURRED:
                return CameraTroubleKind.BLURRED
        return None


class _Noise:
    """The wavering of a sensor from picture to picture, missed where it was and is not."""

    def __init__(self) -> None:
        self._last: Samples | None = None
        self._recent: deque[tuple[float, float]] = deque()
        self._usual: float | None = None
        self._next_look = 0.0
        self._missing = False

    def is_missing(self, taken: Samples, moment: float) -> bool:
        """Return whether the last seconds' pictures waver much less than this camera's do."""
        last, self._last = self._last, taken
        if last is None or last.shape != taken.shape:
            self._recent.clear()
            self._missing = False
            return False
        if self._recent and not 0 <= moment - self._recent[-1][0] <= QUIET_FOR:
            self._recent.clear()
        self._recent.append((moment, change(last, taken)))
        while moment - self._recent[0][0] > QUIET_FOR:
            self._recent.popleft()
        if not 0 <= self._next_look - moment <= 1.0:
            self._next_look = moment + 0.5
            self._missing = self._look(taken, moment)
        return self._missing

    def _look(self, taken: Samples, moment: float) -> bool:
        if moment - self._recent[0][0] < 0.9 * QUIET_FOR:
            return self._missing
        if float(((taken < 5) | (taken > 250)).mean()) > CLIPPED:
            return False
        middling = float(np.median([value for _, value in self._recent]))
        newest = [value for at, value in self._recent if moment - at <= BACK_AFTER]
        if self._usual is None:
            self._usual = middling
        quiet = QUIET * self._usual
        if self._usual >= NOISY and middling < quiet:
            return float(np.median(newest)) < quiet
        self._usual += (middling - self._usual) / (2 * SLOW)
        return False
