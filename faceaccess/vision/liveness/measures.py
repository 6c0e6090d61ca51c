"""All measures of one window, and what it says: for life, for an attack, or nothing.

The limits were chosen on the development clips and on drawn people; see `docs/adr/liveness.md`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from faceaccess.vision.liveness.edges import moving_edges
from faceaccess.vision.liveness.face_motion import face_motion
from faceaccess.vision.liveness.silhouette import Silhouette, silhouette
from faceaccess.vision.liveness.surroundings import surroundings
from faceaccess.vision.liveness.views import FaceInView, pair_of
from faceaccess.vision.liveness.whole_view import EmptyView, ViewMotion, framed, view_motion

LEAST_EYES = 24.0
"""Pixels of the view between the eyes below which nothing is measured."""
LEAST_CELLS = 8
"""Cells around the head that must be measurable."""
LEAST_SHIFT = 0.025
"""Eye distances by which the face must have moved to say anything for life."""
ATTACK_CO_MOTION = 0.1
ATTACK_EDGES = 1.2
ATTACK_VIEW = 0.6
LIVE_CO_MOTION = -0.6
LIVE_STILL = 0.85
LIVE_SIDES = 1
LIVE_TREMBLE = 0.15
LIVE_EDGES = 0.5
LIVE_VIEW = 0.25
LIVE_REPLACED = 0.5


@dataclass(frozen=True)
class Measures:
    """What one window (the same face in two views) shows.

    Attributes:
        moment: of the later view, seconds as in `Frame.moment`.
        shift: motion of the face, eye distances.
        cells, co_motion, still, sides, tremble: see `surroundings.Surroundings`.
        edges: see `edges.moving_edges`, face lengths.
        view: see `whole_view.ViewMotion`, or None.
        replaced: see `whole_view.EmptyView.replaced`, or None.
        outline: see `silhouette.silhouette`, or None.
        presence: see `silhouette.presence`, or None.
        framed: see `whole_view.framed`; False where the doorway is known.
    """

    moment: float
    shift: float
    cells: int
    co_motion: float
    still: float
    sides: int
    tremble: float
    edges: float
    view: ViewMotion | None
    replaced: float | None
    outline: Silhouette | None = None
    presence: Silhouette | None = None
    framed: bool = False

    @property
    def measured(self) -> bool:
        """Whether enough around the head could be told apart."""
        return self.cells >= LEAST_CELLS and self.shift >= LEAST_SHIFT

    @property
    def human(self) -> bool:
        """Whether what moves has the outline of a person, and what was not there before a crown.

        Shoulders before a wall of their colour are seen to move, and not to be new.
        """
        return (
            self.outline is not None
            and self.outline.human
            and (self.presence is None or self.presence.round)
        )

    @property
    def attack_cues(self) -> int:
        """How many of co-motion, moving edges and motion of the whole view speak of an attack."""
        return (
            (self.measured and self.co_motion > ATTACK_CO_MOTION)
            + (self.edges > ATTACK_EDGES)
            + (self.view is not None and self.view.around > ATTACK_VIEW)
        )

    @property
    def speaks_for_life(self) -> bool:
        """Whether the face moved before surroundings that stood still, and nothing disturbs."""
        return (
            self.measured
            and self.human
            and not self.framed
            and self.co_motion < LIVE_CO_MOTION
            and self.still >= LIVE_STILL
            and self.sides >= LIVE_SIDES
            and self.tremble <= LIVE_TREMBLE
            and self.edges <= LIVE_EDGES
            and (self.view is None or self.view.moved <= LIVE_VIEW)
            and (self.replaced is None or self.replaced < LIVE_REPLACED)
        )


def measure(
    before: FaceInView, after: FaceInView, lately: Sequence[FaceInView], empty: EmptyView
) -> Measures | None:
    """Measure a face in two views of one camera; None where it cannot be followed.

    Costs some 15 ms.
    """
    if min(before.eye_distance, after.eye_distance) < LEAST_EYES:
        return None
    pair = pair_of(before, after)
    motion = face_motion(pair)
    if motion is None:
        return None
    around = surroundings(pair, motion)
    return Measures(
        moment=after.view.moment,
        shift=motion.shift / pair.eye_distance,
        cells=around.cells,
        co_motion=around.co_motion,
        still=around.still,
        sides=around.sides,
        tremble=around.tremble,
        edges=moving_edges(pair, motion),
        view=view_motion(before, after),
        replaced=empty.replaced(pair),
        outline=silhouette(lately),
        presence=empty.presence(after),
        framed=not empty.known and framed(after),
    )
