"""Is a picture that is to be kept as a stranger's really a stranger's, and a new one's?"""

from collections import Counter

import numpy as np
from numpy.typing import NDArray

from faceaccess.core.heads import Head
from faceaccess.core.strangers import StrangerSet
from faceaccess.learn.scoring import centred, unit_probes
from faceaccess.pipeline.enrolled_strangers import Resembled, enrolled_strangers


class StrangerCheck:
    """Compares newcomers with who is enrolled and with all strangers, the new ones too.

    Args:
        head: the serving head, or None where nobody is enrolled.
        known: the strangers who are there, of the head's space.
        enrolled: similarity from which a newcomer is taken for somebody enrolled.
        same: similarity from which two strangers are taken for one, and from which a newcomer may
            well be somebody enrolled.
    """

    def __init__(
        self, head: Head | None, known: StrangerSet, *, enrolled: float, same: float
    ) -> None:
        self._head = head
        self._enrolled = enrolled
        self._same = same
        self._owners = list(known.stranger_ids)
        self._count = len(known.vectors)
        self._vectors = self._compared(known.vectors).copy()

    def person(self, vectors: NDArray[np.float32]) -> Resembled | None:
        """Return the enrolled person whom half or more of a newcomer's pictures show, or None.

        Args:
            vectors: (pictures, dimension) of one newcomer, at least one.
        """
        return self._resembled(vectors, self._enrolled)

    def likely_person(self, vectors: NDArray[np.float32]) -> Resembled | None:
        """Return the enrolled person whom half or more of the pictures may well show, or None.

        It may be a stranger who looks like that person: just the one whom a test must not miss.
        """
        return self._resembled(vectors, self._same)

    def stranger(self, vectors: NDArray[np.float32]) -> tuple[str, float] | None:
        """Return the id of the stranger whom half or more of the pictures show, and the greatest
        similarity; or None.
        """
        if not self._count:
            return None
        cosines = self._compared(vectors) @ self._vectors[: self._count].T
        best = cosines.argmax(axis=1)
        votes = Counter(
            self._owners[column]
            for row, column in enumerate(best)
            if cosines[row, column] >= self._same
        )
        for owner, count in votes.most_common(1):
            if 2 * count >= len(vectors):
                return owner, float(cosines.max())
        return None

    def add(self, stranger_id: str, vectors: NDArray[np.float32]) -> None:
        """Compare those who come after with this newcomer too."""
        end = self._count + len(vectors)
        if end > len(self._vectors):
            room = np.zeros((max(end, 2 * len(self._vectors)), vectors.shape[1]), np.float32)
            room[: self._count] = self._vectors[: self._count]
            self._vectors = room
        self._vectors[self._count : end] = self._compared(vectors)
        self._owners += [stranger_id] * len(vectors)
        self._count = end

    def _resembled(self, vectors: NDArray[np.float32], least: float) -> Resembled | None:
        if self._head is None:
            return None
        one = StrangerSet(vectors, ("newcomer",) * len(vectors))
        return enrolled_strangers(self._head, one, least).get("newcomer")

    def _compared(self, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        if self._head is None or not len(vectors):
            return vectors
        return centred(self._head, unit_probes(self._head, vectors))
