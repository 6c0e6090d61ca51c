"""May a visit's picture become a picture of an enrolled person? A slip must not weaken the door."""

from collections.abc import Sequence

import numpy as np

from faceaccess.core.errors import KnownError
from faceaccess.core.faces import Embedding
from faceaccess.core.heads import Head
from faceaccess.core.people import Person
from faceaccess.learn.scoring import centred, match, unit_probes
from faceaccess.store.protocol import Store

UNLIKE = 0.25
"""How far below the threshold a picture looks nothing like a person. At 0.25 below the one for 1
stranger in 1,000, 1 of 1,198 pictures of the person does, and 95 in 100 pictures of a stranger do
(lfw-dev, grayscale)."""
SURELY = 0.1
"""How far above the threshold a picture surely shows somebody, and how much more than another."""


def refuse_unlike(
    head: Head,
    seen: Embedding,
    person: Person,
    samples: Sequence[Embedding],
    threshold: float,
    store: Store,
) -> None:
    """Refuse a picture that does not fit a person.

    A picture of somebody whom the door does not know well (new glasses, a beard) resembles the
    person less than the threshold asks, but more than a stranger does. Where there is no picture
    of the person to compare with, nothing is refused.

    Args:
        head: the serving head.
        seen: the picture as the door embedded it.
        person: whom it is said to show.
        samples: the person's enrolled pictures; those of another space are left out.
        threshold: the one in force.
        store: gives the name of somebody else.

    Raises:
        KnownError: if it looks nothing like the person, or surely shows somebody else.
    """
    own = [one.vector for one in samples if one.space == head.space]
    if seen.space != head.space or person.id not in head.person_ids or not own:
        return
    index = head.person_ids.index(person.id)
    known = unit_probes(head, np.stack([head.means[index], *own]))
    probe = unit_probes(head, seen.vector[np.newaxis])
    likeness = float((centred(head, known) @ centred(head, probe)[0]).max())
    remedy = (
        f"If it is {person.name} all the same, take new pictures: at Enrol, or with "
        "`faceaccess people add-pictures`."
    )
    if likeness < threshold - UNLIKE:
        raise KnownError(
            f"The picture looks nothing like {person.name} ({likeness:.2f}), so it was not taken.",
            remedy,
        )
    best = match(head, seen.vector)
    if (
        best.person_id != person.id
        and not best.contradicted
        and best.similarity >= threshold + SURELY
        and best.similarity > likeness + SURELY
    ):
        other = store.person(best.person_id).name
        raise KnownError(
            f"The picture shows {other} ({best.similarity:.2f}) rather than {person.name} "
            f"({likeness:.2f}), so it was not taken.",
            remedy,
        )
