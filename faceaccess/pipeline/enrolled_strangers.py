"""Strangers who are none: as like somebody enrolled as pictures of one person are.

Such a picture among the strangers would say that the door lets strangers in, and every threshold
would be raised against a colleague. It is refused where a person adds strangers: whom it shows is
named, and who knows better can say so. Where somebody was enrolled since, it is set aside by the
program alone, so more is asked for there (`likeness_of_enrolled`): a real stranger whom the door
takes for somebody must never be missing in a test.
"""

from collections import Counter
from dataclasses import dataclass

import numpy as np

from faceaccess.core.heads import Head
from faceaccess.core.strangers import StrangerSet
from faceaccess.learn.open_set import Attempts
from faceaccess.learn.scoring import match_many

CLEARLY = 0.1
"""How far above the threshold two faces must be alike to be told to be one person's. Of 2,037,171
pairs of lfw-dev's people with one picture 2 are, and these are one person under two names each; of
the pairs of one person's pictures 75 in 100 are (84 in colour)."""


@dataclass(frozen=True)
class Resembled:
    """Whom a stranger resembles, and how much (mean similarity of the pictures that do)."""

    person_id: str
    similarity: float


def likeness_of_enrolled(threshold: float, held_out: Attempts) -> float:
    """Return the similarity from which a stranger is set aside as somebody enrolled.

    The greater of the threshold in force and `CLEARLY`, and the median of what enrolled pictures
    reach that the head has not seen.

    Args:
        threshold: the one in force.
        held_out: enrolled pictures held out; may be none.
    """
    reached = held_out.scores[np.isfinite(held_out.scores)]
    usual = float(np.median(reached)) if len(reached) else -1.0
    return max(threshold + CLEARLY, usual)


def enrolled_strangers(head: Head, strangers: StrangerSet, least: float) -> dict[str, Resembled]:
    """Return the strangers of whose pictures half or more are as like one enrolled person as
    `least` asks. A picture that was corrected as not showing the person does not count.

    Args:
        head: the serving head; one without people knows nobody.
        strangers: of the head's space.
        least: similarity of pictures of one person.

    Raises:
        BugError: if the vectors are not of the head's space.
    """
    if not head.person_ids or not strangers.stranger_ids:
        return {}
    pictures = Counter(strangers.stranger_ids)
    alike: dict[tuple[str, str], list[float]] = {}
    for owner, found in zip(
        strangers.stranger_ids, match_many(head, strangers.vectors), strict=True
    ):
        if found.similarity >= least and not found.contradicted:
            alike.setdefault((owner, found.person_id), []).append(found.similarity)
    return {
        owner: Resembled(person_id, sum(similar) / len(similar))
        for (owner, person_id), similar in sorted(alike.items(), key=lambda item: len(item[1]))
        if 2 * len(similar) >= pictures[owner]
    }
