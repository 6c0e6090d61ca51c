"""The gate before the door: every head is calibrated to the stated risk and tested.

A gate stands on one moment of the store: people, strangers, corrections and settings. The head that
the door would have without a candidate (the "base") and the candidate are measured on the same
strangers and pictures, each calibrated to the same risk, and then compared (`learn.head_testing`).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from faceaccess.core.calibrations import RiskEstimate
from faceaccess.core.corrections import Correction
from faceaccess.core.errors import KnownError
from faceaccess.core.head_tests import HeadTest
from faceaccess.core.heads import Head
from faceaccess.core.people import TrainingSet
from faceaccess.core.settings import Settings
from faceaccess.core.strangers import StrangerSet
from faceaccess.learn.calibration import LEAST_STRANGERS, calibrate
from faceaccess.learn.head_testing import MOST_ASKED, Examined, judge_head, people_to_ask
from faceaccess.learn.open_set import (
    Attempts,
    OwnPictures,
    own_pictures,
    stranger_pictures,
    stranger_visits,
)
from faceaccess.learn.scoring import Search, check_lengths, two_nearest
from faceaccess.learn.synthetic_strangers import PREFIX
from faceaccess.pipeline.enrolled_strangers import (
    Resembled,
    enrolled_strangers,
    likeness_of_enrolled,
)
from faceaccess.pipeline.stranger_parts import StrangerParts
from faceaccess.pipeline.threshold import threshold_for

COSINES_ASKED = 3 * 10**7
"""Pictures x people of one test at most (beyond `LEAST_ASKED` pictures): bounds its time."""
LEAST_ASKED = 300


@dataclass(frozen=True, eq=False)
class Ground:
    """What heads of one space are measured on.

    Attributes:
        data: the enrolled pictures.
        parts: strangers of the same space.
        corrections: all that was said of events.
        settings: in force.
        default: gives the embedder's measured threshold.
        former: estimate of the head that serves, or None.
        search: finds the nearest rows; may remember what it found for the head before.
    """

    data: TrainingSet
    parts: StrangerParts
    corrections: tuple[Correction, ...]
    settings: Settings
    default: Callable[[], float]
    former: RiskEstimate | None
    search: Search = two_nearest


@dataclass(frozen=True, eq=False)
class Measured:
    """One head on the ground.

    Attributes:
        examined: head, threshold and attempts of the test.
        calibration: attempts of the calibration part.
        estimate: for the stated risk; None where none is stated or nobody can be calibrated with.
    """

    examined: Examined
    calibration: Attempts
    estimate: RiskEstimate | None

    @property
    def head(self) -> Head:
        """The head that was measured."""
        return self.examined.head


@dataclass(frozen=True, eq=False)
class Judged:
    """A measured candidate and what became of its test."""

    measured: Measured
    test: HeadTest


class HeadGate:
    """Measures a base and the candidates that would replace it.

    Args:
        ground: what they are measured on.
        base: at least one person.
        candidate: tells whose pictures are asked of first (whose class changed); None for none.
        version: of the base.
        most: enrolled pictures asked of at most; less where there are very many people.

    Attributes:
        base: measured.
        set_aside: strangers who are enrolled, by id, and whom they are; in no part any more.
    """

    def __init__(
        self,
        ground: Ground,
        base: Head,
        candidate: Head | None = None,
        version: int | None = None,
        most: int = MOST_ASKED,
    ) -> None:
        self._ground = ground
        self._first: Measured | None = None
        most = max(LEAST_ASKED, min(most, COSINES_ASKED // max(1, len(base.person_ids))))
        self._asked = people_to_ask(candidate or base, base, ground.data, most)
        calibration, test, own = self._attempts(base)
        self.set_aside = self._enrolled(base, calibration, test, own)
        gone = frozenset(self.set_aside)
        self._ground = replace(ground, parts=ground.parts.without(gone))
        self.base = self._finished(
            base, _without(calibration, gone), _without(test, gone), own, version
        )
        self._first = self.base

    def measure(self, head: Head, version: int | None = None) -> Measured:
        """Return a head measured on the same strangers and pictures as the base."""
        return self._finished(head, *self._attempts(head), version)

    def judge(
        self, candidate: Head, *, before: Measured | None, version: int | None = None
    ) -> Judged:
        """Return a candidate with what its test found.

        Args:
            candidate: the head that is to serve.
            before: what it would replace (`base`, or one of another gate), or None for the first.
            version: of the candidate, where it is stored.
        """
        measured = self.base if candidate is self.base.head else self.measure(candidate, version)
        settings, estimate = self._ground.settings, measured.estimate
        required = None
        if settings.threshold is None and settings.risk is not None and estimate is not None:
            required = estimate.threshold
        elif before is not None and before.head.space != candidate.space:
            required = measured.examined.threshold  # thresholds of two spaces are no scale
        test = judge_head(
            measured.examined,
            None if before is None else before.examined,
            self._ground.data,
            required=required,
            synthetic=self._ground.parts.test_drawn,
        )
        return Judged(measured, test)

    def estimate(self, measured: Measured, risk: float) -> RiskEstimate:
        """Return what a risk asks of a measured head.

        Raises:
            KnownError: if the risk cannot be asked for, or there are too few strangers and nobody
                to draw others from.
        """
        parts, own = self._ground.parts, measured.examined.own
        return _told_of_real(
            calibrate(
                measured.calibration,
                own.held_out,
                risk,
                people=len(measured.head.person_ids),
                unit=parts.unit,
                synthetic=parts.drawn,
            ),
            parts,
        )

    @property
    def parts(self) -> StrangerParts:
        """The strangers, without those who are enrolled."""
        return self._ground.parts

    def _attempts(self, head: Head) -> tuple[Attempts, Attempts, OwnPictures]:
        parts = self._ground.parts
        asked = set(head.index) if self._asked is None else self._asked & head.index.keys()
        return (
            self._of_strangers(head, parts.calibration),
            self._of_strangers(head, parts.test),
            own_pictures(head, self._ground.data, asked, self._ground.search),
        )

    def _of_strangers(self, head: Head, strangers: StrangerSet) -> Attempts:
        if not strangers.stranger_ids or not head.person_ids:
            return Attempts((), np.zeros(0), ())
        rule = self._ground.parts.rule
        if rule is None:
            return stranger_pictures(head, strangers, self._ground.search)
        return stranger_visits(head, strangers, rule, self._ground.search)

    def _finished(
        self,
        head: Head,
        calibration: Attempts,
        test: Attempts,
        own: OwnPictures,
        version: int | None,
    ) -> Measured:
        settings = self._ground.settings
        unset = Measured(Examined(head, version, np.nan, test, own), calibration, None)
        estimate = None
        if settings.risk is not None and _is_whole(head):
            if len(calibration.scores) >= LEAST_STRANGERS:
                estimate = self._known_estimate(unset) or self.estimate(unset, settings.risk)
            else:
                estimate = self._former_estimate(head, settings.risk)
        threshold = threshold_for(settings, estimate, self._ground.default)
        return Measured(Examined(head, version, threshold, test, own), calibration, estimate)

    def _known_estimate(self, measured: Measured) -> RiskEstimate | None:
        """Return the base's estimate where the same scores would give the same one."""
        base = self._first
        if base is None or base.head.index.keys() != measured.head.index.keys():
            return None
        same = np.array_equal(base.calibration.scores, measured.calibration.scores) and (
            np.array_equal(base.examined.own.held_out.scores, measured.examined.own.held_out.scores)
        )
        return base.estimate if same else None

    def _former_estimate(self, head: Head, risk: float) -> RiskEstimate | None:
        """Return the serving head's estimate where it holds: FPIR falls with the gallery."""
        former = self._ground.former
        if former is None or former.risk != risk or former.people < len(head.person_ids):
            return None
        return former

    def _enrolled(
        self, base: Head, calibration: Attempts, test: Attempts, own: OwnPictures
    ) -> dict[str, Resembled]:
        """Return the strangers who are as like somebody enrolled as that person's own pictures."""
        in_force = threshold_for(self._ground.settings, self._ground.former, self._ground.default)
        least = likeness_of_enrolled(in_force, own.held_out)
        found: dict[str, Resembled] = {}
        parts = self._ground.parts
        for attempts, strangers in ((calibration, parts.calibration), (test, parts.test)):
            # Every stranger is scored already: only the nearest are looked at again.
            near = {
                owner
                for owner, score in zip(attempts.owner_ids, attempts.scores, strict=True)
                if score >= least and not owner.startswith(PREFIX)
            }
            found |= enrolled_strangers(base, _only(strangers, near), least)
        return found


def _is_whole(head: Head) -> bool:
    try:
        check_lengths(head)
    except KnownError:
        return False
    return True


def _told_of_real(estimate: RiskEstimate, parts: StrangerParts) -> RiskEstimate:
    """Say how many real strangers there are, where they were too few to calibrate with."""
    if not parts.drawn or not parts.real:
        return estimate
    told = f"Only {parts.real} real strangers are there to calibrate with: too few to use."
    return replace(estimate, text=f"{estimate.text} {told}")


def _without(attempts: Attempts, gone: frozenset[str]) -> Attempts:
    if not gone:
        return attempts
    kept = [i for i, owner in enumerate(attempts.owner_ids) if owner not in gone]
    return Attempts(
        tuple(attempts.owner_ids[i] for i in kept),
        attempts.scores[kept],
        tuple(attempts.person_ids[i] for i in kept),
    )


def _only(strangers: StrangerSet, wanted: set[str]) -> StrangerSet:
    kept = [i for i, one in enumerate(strangers.stranger_ids) if one in wanted]
    return StrangerSet(strangers.vectors[kept], tuple(strangers.stranger_ids[i] for i in kept))


def cost_of(measured: Measured, threshold_before: float | None) -> str:
    """Return what a higher threshold than before costs enrolled people, or "" for nothing."""
    after = measured.examined.threshold
    if threshold_before is None or after <= threshold_before:
        return ""
    held_out = measured.examined.own.held_out
    lost = held_out.reaching(threshold_before) - held_out.reaching(after)
    if lost <= 0:
        return ""
    return (
        f"The stated risk now asks for {after:.3f} instead of {threshold_before:.3f}: {lost:,} of "
        f"{len(held_out.scores):,} held-out pictures of enrolled people no longer reach it."
    )
