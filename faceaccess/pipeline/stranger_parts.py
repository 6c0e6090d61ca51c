"""The strangers against whom a head is calibrated and tested: real ones, or drawn where too few.

Calibration and test part never share a stranger: the role is fixed by the stranger's id
(`core.strangers`). Training negatives are in neither.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from faceaccess.core.calibrations import Unit
from faceaccess.core.evidence_rule import EvidenceRule
from faceaccess.core.faces import EmbeddingSpace
from faceaccess.core.heads import Head
from faceaccess.core.people import TrainingSet
from faceaccess.core.strangers import Role, StrangerSet
from faceaccess.learn.calibration import LEAST_STRANGERS
from faceaccess.learn.head_trainer import SCALE
from faceaccess.learn.scoring import centred, remove_people
from faceaccess.learn.synthetic_strangers import LEAST_PEOPLE, MOST_PEOPLE, draw_strangers
from faceaccess.pipeline.head_changes import unit_means

LEAST_TO_TEST = 10
"""Real strangers of the test part below which drawn ones are added."""
DRAWN_TO_CALIBRATE, DRAWN_TO_TEST = 1000, 500
"""Drawn strangers of each part. More would promise nothing more."""
_CALIBRATION_SEED, _TEST_SEED = 1, 2


@dataclass(frozen=True, eq=False)
class StrangerParts:
    """Strangers of one space.

    Attributes:
        calibration, test: the two parts; empty where there are too few real ones and nobody to
            draw others from (a single person enrolled).
        drawn, test_drawn: whether any of each part was drawn by the program.
        real: how many real ones the calibration part has, also where they were too few to use.
        unit: what one attempt of a stranger is.
        rule: the door's, where the unit is a visit; else None.
    """

    calibration: StrangerSet
    test: StrangerSet
    drawn: bool
    test_drawn: bool
    real: int
    unit: Unit
    rule: EvidenceRule | None

    def without(self, stranger_ids: frozenset[str]) -> "StrangerParts":
        """Return the parts without some strangers."""
        if not stranger_ids:
            return self
        return StrangerParts(
            _without(self.calibration, stranger_ids),
            _without(self.test, stranger_ids),
            self.drawn,
            self.test_drawn,
            self.real,
            self.unit,
            self.rule,
        )


def gather_parts(
    stored: Callable[[Role], StrangerSet],
    data: TrainingSet,
    space: EmbeddingSpace,
    rule: EvidenceRule,
    same_person: float,
) -> StrangerParts:
    """Return the strangers to calibrate and to test with.

    Drawn ones depend on the enrolled pictures and fixed seeds alone, so that two heads for the same
    people meet the same. Of people who are as like each other as one person's pictures only one
    counts for the draw: somebody enrolled twice would make all strangers look like everybody, and
    the threshold would keep everybody out.

    Args:
        stored: gives the real ones of a role, of the space.
        data: the enrolled pictures.
        space: of all vectors.
        rule: the door's; used where the strangers have pictures enough for visits.
        same_person: similarity from which two enrolled people are taken for one in the draw.
    """
    calibration, test = stored(Role.CALIBRATION), stored(Role.TEST)
    real = calibration.strangers
    fits = _has_visits(calibration, rule)
    drawn = real < LEAST_STRANGERS
    test_drawn = test.strangers < LEAST_TO_TEST
    if drawn:
        calibration = _drawn(data, space, same_person, DRAWN_TO_CALIBRATE, _CALIBRATION_SEED)
        drawn = calibration.strangers > 0
    if test_drawn:
        more = _drawn(data, space, same_person, DRAWN_TO_TEST, _TEST_SEED)
        test_drawn = more.strangers > 0
        test = StrangerSet(
            np.concatenate([test.vectors.reshape(-1, space.dimension), more.vectors]),
            (*test.stranger_ids, *more.stranger_ids),
        )
    return StrangerParts(
        calibration,
        test,
        drawn,
        test_drawn,
        real,
        "visit" if fits else "picture",
        rule if fits else None,
    )


def _has_visits(strangers: StrangerSet, rule: EvidenceRule) -> bool:
    """Return whether strangers count by the visit: half of them, and enough, have the pictures."""
    if rule.frames < 2:  # one picture decides: a visit is a picture
        return False
    pictures = Counter(strangers.stranger_ids)
    whole = sum(count >= rule.frames for count in pictures.values())
    return whole >= max(LEAST_STRANGERS, len(pictures) / 2)


def _drawn(
    data: TrainingSet, space: EmbeddingSpace, same_person: float, count: int, seed: int
) -> StrangerSet:
    """Return drawn strangers, none where fewer than two different people are enrolled."""
    nobody = StrangerSet(np.zeros((0, space.dimension), np.float32), ())
    if len(data.people) < LEAST_PEOPLE:
        return nobody
    some = _some_people(data)
    people, means = unit_means(some)
    head = Head(space, people, means, means, SCALE, 0)
    compared = centred(head, means)
    again = (np.tril(compared @ compared.T, -1) >= same_person).any(axis=1)
    if len(people) - again.sum() < LEAST_PEOPLE:
        return nobody
    if again.any():
        head = remove_people(head, [people[i] for i in np.flatnonzero(again)])
    return draw_strangers(head, some, count, seed)


def _some_people(data: TrainingSet) -> TrainingSet:
    """Return the pictures of as many people as the draw looks at: more would only cost time."""
    people = data.people
    if len(people) <= MOST_PEOPLE:
        return data
    chosen = np.zeros(len(people), np.bool_)
    chosen[np.linspace(0, len(people) - 1, MOST_PEOPLE).astype(np.intp)] = True
    kept = np.flatnonzero(chosen[data.labels])
    return TrainingSet(data.vectors[kept], tuple(data.person_ids[i] for i in kept))


def _without(strangers: StrangerSet, gone: frozenset[str]) -> StrangerSet:
    kept = [i for i, one in enumerate(strangers.stranger_ids) if one not in gone]
    return StrangerSet(strangers.vectors[kept], tuple(strangers.stranger_ids[i] for i in kept))
