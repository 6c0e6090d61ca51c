"""Passive liveness of the faces of one camera: from frames to live, attack or unsure.

Some twelve times a second a face is compared with itself up to 1.3 seconds earlier, at the moment
from which it has moved most while it still stood in one place. What several such windows say
together is the answer. What cannot be measured is unsure, never live.
"""

from collections import deque
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

import numpy as np

from faceaccess.core.faces import Face
from faceaccess.core.frames import Frame
from faceaccess.core.liveness import UNSURE, Liveness, Verdict
from faceaccess.vision.liveness.measures import Measures, measure
from faceaccess.vision.liveness.silhouette import stood
from faceaccess.vision.liveness.views import FaceInView, View, face_in, view_of
from faceaccess.vision.liveness.whole_view import EmptyView

EVERY = 0.075
"""Seconds between two views that are measured."""
REACH_BACK = 1.3
"""Seconds to which a window reaches back."""
SHORTEST = 0.15
"""Seconds that a window lasts at least."""
STANDING = 0.5
"""Eye distances by which a face may move within a window."""
ARRIVING = 2.5
"""Seconds that somebody takes to come to a stand at most."""
LATELY = 2.5
"""Seconds for which a window counts."""
LIVE_WINDOWS = 5
"""Windows that must speak for life, lately."""
LIVE_SECONDS = 0.65
"""Seconds from the first window lately to the last: a hand keeps still for less."""
LIVE_SHARE = 0.75
"""Share of the lately measured windows that must speak for life."""
ATTACK_WINDOWS = 2
"""Windows with two or more cues of an attack that make one ..."""
DOUBTFUL_WINDOWS = 5
"""... or windows with at least one."""
MOST_FACES = 2
"""Faces of a frame that are measured."""


def judged(windows: Sequence[Measures], now: float, since: float = -np.inf) -> Liveness:
    """Return what the windows of one face say together.

    Args:
        windows: oldest first.
        now: the moment of the answer, seconds as in `Frame.moment`.
        since: the moment from which the face stands where it is. What was seen of it on its way
            speaks against life, and not for it.
    """
    lately = [w for w in windows if 0 <= now - w.moment <= LATELY]
    standing = [w for w in lately if w.moment >= since + SHORTEST]
    measured = [w for w in standing if w.measured]
    figure = -float(np.mean([w.co_motion for w in measured])) if measured else None
    cues = [w.attack_cues for w in lately]
    # Somebody who walks by behind a person moves much; a rectangle in a hand is no person.
    against = [c for c, w in zip(cues, lately, strict=True) if not w.human]
    if (
        sum(c >= 2 for c in against) >= ATTACK_WINDOWS
        or sum(c >= 1 for c in against) >= DOUBTFUL_WINDOWS
    ):
        return Liveness(Verdict.ATTACK, figure)
    for_life = sum(w.speaks_for_life for w in standing)
    seen = standing[-1].moment - standing[0].moment if standing else 0.0
    few = for_life < LIVE_WINDOWS or for_life < LIVE_SHARE * len(measured)
    if any(cues) or few or seen < LIVE_SECONDS:
        return Liveness(Verdict.UNSURE, figure)
    return Liveness(Verdict.LIVE, figure)


@dataclass(eq=False)
class _Track:
    """One face for as long as it is followed.

    `began`: the first moment; `stands`: that from which it stands where it is.
    """

    began: float
    stands: float
    faces: deque[FaceInView] = field(default_factory=lambda: deque(maxlen=34))
    windows: deque[Measures] = field(default_factory=lambda: deque(maxlen=40))
    answer: Liveness = UNSURE


class PassiveLiveness:
    """Follows the liveness of all faces before one camera; used by one thread."""

    def __init__(self) -> None:
        self._tracks: dict[str, _Track] = {}
        self._empty = EmptyView()
        self._seen = -np.inf

    def see(self, frame: Frame, faces: Sequence[tuple[str, Face]]) -> None:
        """Take notice of a frame.

        Args:
            frame: the frame; frames come in order.
            faces: the faces in it, the first ones are measured, each with the name of its visit.
        """
        if not faces:
            if self._empty.wanted(frame.moment):
                self._empty.see(view_of(frame), 0)
            return
        if 0 <= frame.moment - self._seen < EVERY:
            return
        if frame.moment < self._seen:  # a recording has begun again
            self._tracks.clear()
        self._seen = frame.moment
        view = view_of(frame)
        self._empty.see(view, len(faces))
        for name, face in faces[:MOST_FACES]:
            self._follow(
                self._tracks.setdefault(name, _Track(view.moment, view.moment)), view, face
            )

    def answer(self, name: str, moment: float) -> Liveness:
        """Return the answer about a visit at a moment. An attack stays one for the visit."""
        track = self._tracks.get(name)
        if track is None:
            return UNSURE
        if track.answer.verdict is not Verdict.ATTACK:
            track.answer = judged(track.windows, moment, track.stands)
        return track.answer

    def seconds(self, name: str, moment: float) -> float:
        """Return for how long a face could have been measured, seconds; 0 where it is not known.

        For as long as it stands where it is; one that never does, all but its first `ARRIVING`.
        """
        track = self._tracks.get(name)
        if track is None:
            return 0.0
        return max(0.0, moment - track.stands, moment - track.began - ARRIVING)

    def rename(self, former: str, name: str) -> None:
        """Let a visit that goes on under another name keep what is known of it."""
        if former in self._tracks:
            self._tracks[name] = self._tracks.pop(former)

    def keep(self, names: Collection[str]) -> None:
        """Forget all visits but these."""
        for name in self._tracks.keys() - set(names):
            del self._tracks[name]

    def windows(self, name: str) -> tuple[Measures, ...]:
        """Return what was measured of a visit, oldest first."""
        track = self._tracks.get(name)
        return () if track is None else tuple(track.windows)

    def _follow(self, track: _Track, view: View, face: Face) -> None:
        now = face_in(view, face)
        while track.faces and not view.moment - track.faces[0].view.moment <= LATELY:
            track.faces.popleft()
        former = _furthest(track.faces, now)
        track.faces.append(now)
        track.stands = _stands(track.faces, now)
        if former is not None:
            found = measure(former, now, track.faces, self._empty)
            if found is not None:
                track.windows.append(found)


def _stands(faces: Collection[FaceInView], now: FaceInView) -> float:
    """Return the moment from which a face stands where it is now, of those that are remembered."""
    since = now.view.moment
    for face in reversed(list(faces)):
        if not stood(face, now):
            break
        since = face.view.moment
    return since


def _furthest(faces: Collection[FaceInView], now: FaceInView) -> FaceInView | None:
    """Return the face from which `now` has moved most while it stood in one place, or None."""
    best, most = None, -1.0
    for face in faces:
        moved = float(np.linalg.norm(face.middle - now.middle))
        usable = SHORTEST <= now.view.moment - face.view.moment <= REACH_BACK
        if not usable or not stood(face, now):
            continue
        if moved < STANDING * now.eye_distance and moved > most:
            best, most = face, moved
    return best
