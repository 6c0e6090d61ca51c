"""What a visit's decision stood on, to be kept with its event."""

import numpy as np

from faceaccess.core.corrections import Evidence
from faceaccess.core.faces import EmbeddingSpace, Quality
from faceaccess.door.policy import Rules, counted_pictures
from faceaccess.door.visits import Visit


def evidence_of(visit: Visit, now: float, rules: Rules, space: EmbeddingSpace) -> Evidence | None:
    """Return the pictures that counted for a decision at `now`, or None where none did.

    Costs a copy of a few vectors; called once a visit.

    Args:
        visit: whose pictures were embedded.
        now: the moment of the decision, seconds as in `Frame.moment`.
        rules: what the decision stood on.
        space: of the vectors.
    """
    counted = [s.vector for s in counted_pictures(visit.sightings, now, rules)]
    vectors = [vector for vector in counted if vector is not None]
    if not vectors:
        return None
    those = {id(vector) for vector in vectors}
    shown = [picture for picture in visit.embedded if id(picture.vector) in those]
    best = max(shown, key=lambda picture: picture_worth(picture.quality), default=None)
    return Evidence(
        space,
        np.stack(vectors),
        None if best is None else best.crop,
        None if best is None else best.quality,
    )


def picture_worth(quality: Quality) -> float:
    """Return how well a picture shows a face: pixels between the eyes times the share of the face
    in view; 0 for a picture of poor quality.
    """
    return quality.eye_distance * (1.0 - quality.cut_off) if quality.good else 0.0
