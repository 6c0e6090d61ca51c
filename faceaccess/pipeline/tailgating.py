"""Whether somebody may have gone in together with somebody who was let in.

From the faces in view and the door's contact alone: while the door was open for somebody, another
face that was not let in came as near as theirs and went out of view without drawing back. A plain
camera outside cannot see who passes the door, so it is reported and neither opens nor blocks.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from faceaccess.core.frames import Box
from faceaccess.door.alarms import AFTER_PULSE
from faceaccess.door.visits import overlap

NEAR = 0.8
"""Share of the height of the face that was let in which another must have had."""
DREW_BACK = 0.75
"""Share of its own greatest height below which a face that goes out of view has drawn back."""
GONE = 1.5
"""Seconds out of view, counted past the opening's end, after which a face has gone."""
WITHOUT_CONTACT = 3.0
"""Seconds after the pulse for which the opening lasts where no contact says how long it does."""
LONGEST = 60.0
"""Seconds after which an opening is not looked at any more: the door is held open."""
BLIND = 1.0
"""Seconds without a picture in an opening after which nothing is said of it."""
_SAME = 0.2  # overlap of a face that goes on under another visit
_CAME_UP = 0.8  # share of its greatest height that a face had before it came near
_REMEMBERED = 10.0  # seconds out of view


@dataclass(frozen=True)
class FaceInView:
    """One face of a frame.

    Attributes:
        visit: the visit's id.
        box: x, y, width, height, pixels.
        person: the id of who was recognised, or None.
    """

    visit: str
    box: Box
    person: str | None = None


@dataclass(eq=False)
class _Followed:
    box: Box
    seen: float
    least: float  # heights, pixels
    greatest: float
    in_opening: float = 0.0  # greatest height in the opening
    beside: bool = False
    let_in: bool = False
    person: str | None = None


@dataclass(eq=False)
class _Opening:
    began: float
    pulse_ends: float
    height: float
    people: set[str]
    was_open: bool = False
    ended: float | None = None


class Tailgating:
    """Follows the faces before one door; used by one thread. Moments are those of the frames."""

    def __init__(self) -> None:
        self._faces: dict[str, _Followed] = {}
        self._opening: _Opening | None = None
        self._last = float("-inf")

    def let_in(self, visit: str, moment: float, seconds: float) -> None:
        """Take notice that the lock is open for somebody from now on, for so many seconds."""
        face = self._faces.get(visit)
        if face is None:
            return
        face.let_in = True
        people = {face.person} if face.person is not None else set()
        now = self._opening
        if now is not None and now.ended is None:  # one after the other through an open door
            now.pulse_ends = max(now.pulse_ends, moment + seconds)
            now.height = max(now.height, face.box[3])
            now.people |= people
            return
        self._opening = _Opening(moment, moment + seconds, face.box[3], people)
        for other in self._faces.values():
            other.in_opening = 0.0

    def seen(self, faces: Sequence[FaceInView], moment: float, door_open: bool | None) -> str:  # noqa: FBT001  # a state
        """Take what a frame shows.

        Args:
            faces: all in view.
            moment: the frame's.
            door_open: what the contact says; None without one, or where it is lost.

        Returns:
            A sentence about somebody who may have gone in, once an opening is over; else "".
        """
        if moment - self._last > BLIND:
            self._opening = None
        self._last = moment
        self._follow(faces, moment)
        opening = self._opening
        if opening is None:
            return ""
        self._see_door(opening, moment, door_open)
        if opening.ended is None or moment < opening.ended + GONE:
            return ""
        self._opening = None
        count = sum(self._went_in(face, opening) for face in self._faces.values())
        if not count:
            return ""
        who = "Another face" if count == 1 else f"{count} other faces"
        return f"{who} came as near as the one that was let in and went out of view meanwhile."

    def _follow(self, faces: Sequence[FaceInView], moment: float) -> None:
        here = {face.visit for face in faces}
        for face in faces:
            if face.visit not in self._faces:
                self._faces[face.visit] = self._gone_on(face, here) or _Followed(
                    face.box, moment, face.box[3], face.box[3]
                )
        present = [self._faces[face.visit] for face in faces]
        with_let_in = any(face.let_in for face in present)
        for shown, followed in zip(faces, present, strict=True):
            height = shown.box[3]
            followed.box, followed.seen = shown.box, moment
            followed.least = min(followed.least, height)
            followed.greatest = max(followed.greatest, height)
            followed.person = shown.person or followed.person
            if self._opening is not None and self._opening.ended is None:
                followed.in_opening = max(followed.in_opening, height)
            followed.beside |= with_let_in and not followed.let_in
        self._faces = {
            visit: face
            for visit, face in self._faces.items()
            if moment - face.seen <= (_REMEMBERED if self._opening is None else LONGEST)
        }

    def _gone_on(self, face: FaceInView, here: set[str]) -> _Followed | None:
        """Return the face that goes on under a new visit (its first was recorded), if one does."""
        for visit, followed in self._faces.items():
            if (
                visit not in here
                and followed.seen > self._last - BLIND
                and overlap(followed.box, face.box) >= _SAME
            ):
                return self._faces.pop(visit)
        return None

    def _see_door(self, opening: _Opening, moment: float, door_open: bool | None) -> None:  # noqa: FBT001  # as above
        if opening.ended is not None:
            return
        opening.was_open |= door_open is True
        if door_open is None:
            over = moment >= opening.pulse_ends + WITHOUT_CONTACT
        elif opening.was_open:
            over = not door_open
        elif moment >= opening.pulse_ends + AFTER_PULSE:
            self._opening = None  # nobody went in at all
            return
        else:
            over = False
        if over or moment >= opening.began + LONGEST:
            opening.ended = moment

    def _went_in(self, face: _Followed, opening: _Opening) -> bool:
        assert opening.ended is not None
        if face.let_in or (face.person is not None and face.person in opening.people):
            return False
        if not face.beside and face.least > _CAME_UP * face.greatest:
            return False  # perhaps whoever was let in, found again
        return (
            opening.began <= face.seen <= opening.ended
            and face.in_opening >= NEAR * opening.height
            and face.box[3] >= DREW_BACK * face.greatest
        )
