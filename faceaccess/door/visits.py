"""Follows faces from frame to frame: a visit is one face for as long as it is followed.

Boxes are joined by overlap; an embedding, where there is one, must agree with what the visit has
looked like so far. A face that changed under the same box starts a new visit, and a face that
reappears elsewhere within the gap goes on with its old one.
"""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from faceaccess.core.decisions import Decision
from faceaccess.core.faces import Quality
from faceaccess.core.frames import Box, Image
from faceaccess.door.policy import Sighting

LEAST_OVERLAP = 0.2
"""Intersection over union below which two boxes are not the same face by place alone."""
STEADY_OVERLAP = 0.5
"""Overlap from which a face is followed so surely that it need not be embedded every frame."""
_NOWHERE: Box = (0.0, 0.0, 0.0, 0.0)
_KEPT_SIGHTINGS = 200
"""Pictures of a visit that are remembered; bounds a visit of hours."""


def new_visit_id() -> str:
    """Return a new UUID4 text."""
    return str(uuid.uuid4())


@dataclass(frozen=True, eq=False)
class EmbeddedPicture:
    """A picture of a visit as the embedder took it.

    Attributes:
        vector: (dimension,) float32, the very object that the picture's sighting has.
        crop: aligned crop, (side, side) or (side, side, 3) uint8.
        quality: measured on the frame.
    """

    vector: NDArray[np.float32]
    crop: Image
    quality: Quality


@dataclass(eq=False)
class Visit:
    """One face for as long as it is followed.

    Attributes:
        id: UUID4 text.
        box: where it is now, pixels.
        began, seen: first and latest `Frame.moment`, seconds.
        overlap: how much the latest box overlaps the one before, 0 to 1.
        looks: sum of the visit's embeddings, (dimension,) float32, or None before the first.
        sightings: what its pictures said, oldest first.
        unconfirmed: frames since the face was last embedded.
        confirmed: moment of the last embedding that agreed, or None.
        answer: the latest decision, or None before the first.
        granted_as: the person whose letting in is recorded, or None.
        recorded: whether the visit's event is written (or has been given up).
        held_back: why somebody who was recognised was not let in by the door's rules, or None.
        picture: small picture of the face, for the event.
        picture_worth: how well it shows the face: pixels between the eyes times the share of the
            face in view; 0 for a picture of poor quality.
        embedded: the latest pictures that were embedded, oldest first, as evidence.
    """

    id: str
    box: Box
    began: float
    seen: float
    overlap: float = 0.0
    looks: NDArray[np.float32] | None = None
    sightings: list[Sighting] = field(default_factory=list)
    unconfirmed: int = 0
    confirmed: float | None = None
    answer: Decision | None = None
    granted_as: str | None = None
    recorded: bool = False
    held_back: Decision | None = None
    picture: Image | None = None
    picture_worth: float = 0.0
    embedded: list[EmbeddedPicture] = field(default_factory=list)

    def agreement(self, vector: NDArray[np.float32]) -> float:
        """Return the cosine between `vector` (length 1) and the visit's mean look.

        1.0 before the first embedding: nothing contradicts yet.
        """
        if self.looks is None:
            return 1.0
        return float(vector @ self.looks) / max(float(np.linalg.norm(self.looks)), 1e-9)

    @property
    def good_since(self) -> float | None:
        """Moment of the first usable picture that is remembered, or None."""
        return next((s.moment for s in self.sightings if s.usable), None)

    def add(self, sighting: Sighting) -> None:
        """Remember what a picture said."""
        self.sightings.append(sighting)
        del self.sightings[:-_KEPT_SIGHTINGS]

    def keep(self, picture: EmbeddedPicture, most: int) -> None:
        """Keep an embedded picture, of the latest `most` (at least 1)."""
        self.embedded.append(picture)
        del self.embedded[:-most]


class VisitTracker:
    """All faces in view of one camera.

    Args:
        gap: seconds out of sight that end a visit.
        agreement: cosine that a face's embedding must have with its visit's mean look.
        new_id: makes a visit's id.
    """

    def __init__(
        self, gap: float, agreement: float, new_id: Callable[[], str] = new_visit_id
    ) -> None:
        self.gap = gap
        self.agreement = agreement
        self._new_id = new_id
        self._visits: list[Visit] = []

    @property
    def visits(self) -> tuple[Visit, ...]:
        """Every visit that has not ended, oldest first."""
        return tuple(self._visits)

    def follow(self, boxes: Sequence[Box], moment: float) -> list[Visit]:
        """Return the visit of each box, by place alone; boxes without one begin a visit.

        Then call `end` once a frame, and `confirm` for each one whose embedding is at hand.
        """
        pairs = sorted(
            (
                (overlap(visit.box, box), v, b)
                for v, visit in enumerate(self._visits)
                for b, box in enumerate(boxes)
            ),
            reverse=True,
        )
        chosen: dict[int, Visit] = {}
        taken: set[int] = set()
        for share, v, b in pairs:
            if share < LEAST_OVERLAP or v in taken or b in chosen:
                continue
            taken.add(v)
            chosen[b] = self._move(self._visits[v], boxes[b], moment, share)
        return [
            chosen[b] if b in chosen else self._begin(box, moment) for b, box in enumerate(boxes)
        ]

    def confirm(
        self, visit: Visit, vector: NDArray[np.float32], present: Sequence[Visit], moment: float
    ) -> Visit:
        """Return the visit that a face's embedding belongs to.

        Args:
            visit: the one that `follow` gave it.
            vector: (dimension,) float32 of length 1.
            present: the visits of all boxes of this frame; none of them is taken over, except
                one that has not been embedded yet.
            moment: the frame's moment.

        Returns:
            `visit` if the face still looks like it; else a visit out of sight that it looks like;
            else a new one.
        """
        fresh = visit.looks is None
        if fresh or not visit.agreement(vector) >= self.agreement:
            other = self._lookalike(vector, present)
            if other is not None:
                box, visit.box = visit.box, _NOWHERE
                if fresh:
                    other.sightings.extend(visit.sightings)
                    self._forget(visit)
                visit = self._move(other, box, moment, 0.0)
            elif not fresh:
                box, visit.box = visit.box, _NOWHERE
                visit = self._begin(box, moment)
        visit.looks = vector.copy() if visit.looks is None else visit.looks * 0.9 + vector
        visit.unconfirmed = 0
        visit.confirmed = moment
        return visit

    def end(self, moment: float) -> list[Visit]:
        """Return the visits that are out of sight for longer than the gap, and forget them."""
        over = [v for v in self._visits if not moment - v.seen <= self.gap]
        self._visits = [v for v in self._visits if moment - v.seen <= self.gap]
        return over

    def end_all(self) -> list[Visit]:
        """Return every visit, and forget them."""
        over, self._visits = self._visits, []
        return over

    def restart(self, visit: Visit) -> Visit:
        """Return a new visit that goes on with this face: its first event is written already."""
        self._forget(visit)
        again = Visit(
            self._new_id(),
            visit.box,
            visit.seen,
            visit.seen,
            overlap=visit.overlap,
            looks=visit.looks,
            sightings=visit.sightings,
            unconfirmed=visit.unconfirmed,
            confirmed=visit.confirmed,
            picture=visit.picture,
            picture_worth=visit.picture_worth,
            embedded=visit.embedded,
        )
        self._visits.append(again)
        return again

    def _begin(self, box: Box, moment: float) -> Visit:
        visit = Visit(self._new_id(), box, moment, moment)
        self._visits.append(visit)
        return visit

    def _move(self, visit: Visit, box: Box, moment: float, share: float) -> Visit:
        visit.box, visit.seen, visit.overlap = box, moment, share
        visit.unconfirmed += 1
        return visit

    def _lookalike(self, vector: NDArray[np.float32], present: Sequence[Visit]) -> Visit | None:
        here = {visit.id for visit in present}
        away = [v for v in self._visits if v.id not in here and v.looks is not None]
        best = max(away, key=lambda v: v.agreement(vector), default=None)
        if best is not None and best.agreement(vector) >= self.agreement:
            return best
        return None

    def _forget(self, visit: Visit) -> None:
        self._visits = [v for v in self._visits if v is not visit]


def overlap(a: Box, b: Box) -> float:
    """Return the intersection over union of two boxes, 0 to 1."""
    width = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    height = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    if not (width > 0 and height > 0):
        return 0.0
    both = width * height
    return both / (a[2] * a[3] + b[2] * b[3] - both)
