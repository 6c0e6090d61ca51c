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
        least: similarity from which two faces are taken for one person's.
    """

    def __init__(self, head: Head | None, known: StrangerSet, *, least: float) -> None:
        self._head = head
        self._least = least
        self._owners = list(known.stranger_ids)
        self._count = len(known.vectors)
        self._vectors = self._compared(known.vectors).copy()

    def person(self, vectors: NDArray[np.float32]) -> Resembled | None:
        """Return the enrolled person whom half or more of a newcomer's pictures show, or None.

        Args:
            vectors: (pictures, dimension) of one newcomer, at least one.
        """
        if self._head is None:
            return None
        one = StrangerSet(vectors, ("newcomer",) * len(vectors))
        return enrolled_strangers(self._head, one, self._least).get("newcomer")

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
            if cosines[row, column] >= self._least
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

    def _compared(self, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        if self._head is None or not len(vectors):
            return vectors
        return centred(self._head, unit_probes(self._head, vectors))
