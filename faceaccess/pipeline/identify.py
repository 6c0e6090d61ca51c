"""Who is in a picture file?"""

from collections.abc import Callable, Sequence

import numpy as np

from faceaccess.core.errors import KnownError
from faceaccess.core.faces import Observation
from faceaccess.core.heads import Match
from faceaccess.core.reasons import Reason
from faceaccess.core.settings import Settings
from faceaccess.learn.scoring import check_lengths, check_space, match_many
from faceaccess.pipeline.picture_look import issue_text, pixels
from faceaccess.pipeline.results import Identified, IdentifiedFace, Picture
from faceaccess.pipeline.threshold import threshold_in_force
from faceaccess.store.protocol import Store
from faceaccess.vision.analyser import FaceAnalyser
from faceaccess.vision.quality import FILE_LIMITS


class Identify:
    """Names the faces in pictures. Quality is reported and never withholds a name.

    Args:
        store: people and the serving head.
        analyser: gives the face analyser (slow the first time).
        settings: gives the settings in force.
    """

    def __init__(
        self,
        store: Store,
        analyser: Callable[[], FaceAnalyser],
        settings: Callable[[], Settings],
    ) -> None:
        self._store, self._analyser, self._settings = store, analyser, settings

    def identify(self, picture: Picture) -> Identified:
        """Return the faces of a picture, largest first, or the error that it ended in.

        A picture without a face has no faces: that is an answer, not an error.

        Raises:
            KnownError: if nothing can be compared at all (weights missing, people enrolled in
                another embedding space, database not readable).
        """
        analyser = self._analyser().with_limits(FILE_LIMITS)
        serving = self._store.serving_head()
        record, head = (None, None) if serving is None else serving
        threshold = threshold_in_force(self._settings(), record, lambda: analyser.default_threshold)
        if head is not None and head.person_ids:
            check_space(head, analyser.space)
            check_lengths(head)
        try:
            image = pixels(picture)
        except KnownError as error:
            return Identified(picture.name, error=str(error))
        observations = analyser.observe(image)
        matches: Sequence[Match | None] = [None] * len(observations)
        if head is not None and head.person_ids and observations:
            vectors = [one.embedding.vector for one in observations if one.embedding is not None]
            matches = match_many(head, np.stack(vectors))
        return Identified(
            picture.name,
            tuple(
                self._named(observation, match, threshold)
                for observation, match in zip(observations, matches, strict=True)
            ),
        )

    def _named(
        self, observation: Observation, match: Match | None, threshold: float
    ) -> IdentifiedFace:
        person = None
        if match is None:
            reason = Reason.NOBODY_ENROLLED.sentence
        elif match.contradicted or not match.similarity >= threshold:
            reason = "Not known"
        else:
            found = self._store.person(match.person_id)
            person = found if found.details.active else None
            reason = (
                Reason.RECOGNISED.sentence
                if person is not None
                else f"{found.name} is enrolled, but access is switched off"
            )
        remarks = [issue_text(issue) for issue in observation.quality.issues]
        return IdentifiedFace(
            box=_whole(observation),
            person=None if person is None else person.name,
            person_id=None if person is None else person.id,
            similarity=None if match is None else match.similarity,
            threshold=threshold,
            reason="; ".join([reason, *remarks]),
        )


def _whole(observation: Observation) -> tuple[int, int, int, int]:
    x, y, width, height = observation.face.box
    return round(x), round(y), round(width), round(height)
