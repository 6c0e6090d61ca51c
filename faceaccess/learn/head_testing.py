"""The test that a head must pass before it may serve.

A candidate and the head that the door would have without it score the same attempts, each with its
own threshold: strangers whom neither training nor calibration has seen, enrolled pictures held out,
and the enrolled pictures as they are. The candidate is refused when its numbers are broken, when an
enrolled person has no class in it, when its threshold is below what the stated risk asks, when more
strangers get in, when more pictures are taken for somebody else, or when anybody loses a picture
that was known before. Heads of two embedding spaces are compared by `_reason_elsewhere`.
"""

import math
from collections.abc import Callable, Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from faceaccess.core.counting import counted
from faceaccess.core.errors import KnownError
from faceaccess.core.evidence_rule import EvidenceRule
from faceaccess.core.head_tests import HeadScore, HeadTest, PersonChange
from faceaccess.core.heads import Head
from faceaccess.core.people import TrainingSet
from faceaccess.core.strangers import StrangerSet
from faceaccess.learn.open_set import (
    Attempts,
    OwnPictures,
    own_pictures,
    stranger_pictures,
    stranger_visits,
)
from faceaccess.learn.scoring import Search, check_lengths, two_nearest

MOST_ASKED = 2000
"""Enrolled pictures that a test asks of at most; with more, those of changed classes come first."""
CHANGED = 0.002
"""Change of a person's mean similarity below which it is the same."""
MOST_CHANGES = 200
"""People whose change is told at most: those who lose most."""
CHANCE = 20
"""What happens by chance in 1 of so many trials says nothing against a head of another space."""
_SAME_THRESHOLD = 1e-9
_AT_ONCE = 4096
_FOR_CHANGED = 0.75
"""Part of the pictures asked of that goes to changed classes, where there are so many."""


@dataclass(frozen=True, eq=False)
class Examined:
    """A head with the attempts that it has scored.

    Attributes:
        head: at least one person.
        version: of the head, or None for one that is not stored.
        threshold: the one that the door would use with it.
        strangers: attempts of strangers of the test part.
        own: attempts of enrolled people.
    """

    head: Head
    version: int | None
    threshold: float
    strangers: Attempts
    own: OwnPictures

    @property
    def score(self) -> HeadScore:
        """What the head does at its threshold."""
        held_out = self.own.held_out
        return HeadScore(
            version=self.version,
            people=len(self.head.person_ids),
            threshold=self.threshold,
            strangers=len(self.strangers.scores),
            strangers_in=self.strangers.reaching(self.threshold),
            probes=len(held_out.scores),
            known=held_out.reaching(self.threshold),
            wrong=int((self.own.as_other >= self.threshold).sum()),
        )


def examine(
    head: Head,
    data: TrainingSet,
    strangers: StrangerSet,
    threshold: float,
    *,
    version: int | None = None,
    only: Collection[str] | None = None,
    rule: EvidenceRule | None = None,
    search: Search = two_nearest,
) -> Examined:
    """Score a head on strangers and enrolled pictures; also one whose numbers are broken.

    Args:
        head: people in `data` without a class in it are left out.
        data: the enrolled pictures.
        strangers: of the test part.
        threshold: the one that the door would use with the head.
        version: of the head.
        only: ids of the people to ask of (`people_to_ask`), or None for all.
        rule: score a stranger's pictures as one visit by the door's rule, or None: one by one.
        search: finds the nearest rows; `RememberedRows` where several heads are compared.

    Raises:
        BugError: if vectors are not of the head's space.
    """
    asked = head.index.keys() if only is None else head.index.keys() & set(only)
    if not head.person_ids:
        against = Attempts((), np.zeros(0), ())
    elif rule is None:
        against = stranger_pictures(head, strangers, search)
    else:
        against = stranger_visits(head, strangers, rule, search)
    return Examined(head, version, threshold, against, own_pictures(head, data, asked, search))


def unforceable(head: Head, data: TrainingSet) -> str | None:
    """Return why nobody may put the head into service, or None: broken numbers, missing classes."""
    try:
        check_lengths(head)
    except KnownError:
        return "Its numbers are broken: a class is not a direction of length 1."
    missing = sum(person not in head.index for person in data.people)
    if missing:
        people = counted(missing, "enrolled person", "enrolled people")
        return f"It has no class for {people}."
    return None


def judge_head(
    candidate: Examined,
    before: Examined | None,
    data: TrainingSet,
    *,
    required: float | None = None,
    synthetic: bool = False,
) -> HeadTest:
    """Return what the test found, and whether the candidate may serve.

    Args:
        candidate: the head that is to serve.
        before: the head that the door would have without it, examined on the same strangers and
            people; for people who are new that is the untrained head (`extend_head` with no steps).
            None for the first head; then only numbers, classes and threshold are looked at.
        data: all enrolled pictures.
        required: threshold that the stated risk asks of the candidate; None where no risk is
            stated, then the threshold must not be below the one before.
        synthetic: whether the strangers were drawn by the program.
    """
    after, earlier = candidate.score, None if before is None else before.score
    changes = _changes(candidate, before)
    reason = unforceable(candidate.head, data) or _threshold_reason(after, earlier, required)
    if reason is None and before is not None and earlier is not None:
        if candidate.head.space == before.head.space:
            reason = _reason(candidate, before, after, earlier)
        else:
            reason = _reason_elsewhere(candidate, before, after, earlier, synthetic=synthetic)
    return HeadTest(
        before=earlier,
        after=after,
        changed_people=tuple(changes[:MOST_CHANGES]),
        synthetic=synthetic,
        refused_because=reason,
    )


def people_to_ask(
    candidate: Head,
    before: Head | None,
    data: TrainingSet,
    most: int = MOST_ASKED,
    seed: int = 0,
) -> frozenset[str] | None:
    """Return of whom a test asks, so that it costs the same however many are enrolled.

    People whose class is new or has changed come first, the greatest change first; the others are
    taken by chance. Who has not changed can only lose to somebody who has.

    Args:
        candidate: the head to test.
        before: the head that it would replace, or None.
        data: the enrolled pictures.
        most: pictures of all who are asked of together.
        seed: of the choice.

    Returns:
        Ids of people in `data`; None for all.
    """
    if len(data.person_ids) <= most:
        return None
    counts = np.bincount(data.labels)
    change = _change(candidate, before, data.people)
    chance = np.random.default_rng(seed).permutation(len(counts))
    ordered = chance[np.argsort(-change[chance], kind="stable")]
    first = ordered[change[ordered] > 0]
    first = first[counts[first].cumsum() <= _FOR_CHANGED * most]
    rest = np.setdiff1d(chance, first, assume_unique=True)
    rest = np.random.default_rng(seed + 1).permutation(rest)
    rest = rest[counts[rest].cumsum() <= most - counts[first].sum()]
    return frozenset(data.people[i] for i in (*first, *rest))


def _change(head: Head, before: Head | None, people: tuple[str, ...]) -> NDArray[np.float64]:
    """Return how far each person's row and mean have turned; 2 for a class that is new or gone."""
    turned = np.full(len(people), 2.0)
    if before is None:
        return turned
    now, then = (
        np.fromiter((one.index.get(person, -1) for person in people), np.intp, len(people))
        for one in (head, before)
    )
    which = np.flatnonzero((now >= 0) & (then >= 0))
    now, then = now[which], then[which]
    turned[which] = 0.0
    for new, old in ((head.rows, before.rows), (head.means, before.means)):
        if new is old and np.array_equal(now, then):
            continue
        for start in range(0, len(which), _AT_ONCE):  # in parts: a whole copy would be 25 MB
            part = slice(start, start + _AT_ONCE)
            difference = np.abs(new[now[part]] - old[then[part]]).max(axis=1)
            difference = np.nan_to_num(difference, nan=2.0, posinf=2.0)
            turned[which[part]] = np.maximum(turned[which[part]], difference)
    return turned


def _threshold_reason(
    after: HeadScore, before: HeadScore | None, required: float | None
) -> str | None:
    least = required
    if least is None and before is not None:
        least = before.threshold
    if not np.isfinite(after.threshold):
        return "Its threshold is not a number."
    if least is not None and not after.threshold >= least - _SAME_THRESHOLD:
        asked = "the stated risk asks for" if required is not None else "the head before asks for"
        return f"Its threshold is {after.threshold:.3f}; {asked} {least:.3f}."
    return None


def _reason(
    candidate: Examined, before: Examined, after: HeadScore, earlier: HeadScore
) -> str | None:
    """Return in which way the candidate is worse than the head before, or None."""
    if after.strangers_in > earlier.strangers_in:
        return _lets_in(after, earlier)
    if after.wrong > earlier.wrong:
        return _wrong(after, earlier)
    for pictures, what in (
        (lambda one: one.own.held_out, "held-out"),
        (lambda one: one.own.enrolled, "enrolled"),
    ):
        people, lost = _lost(candidate, before, pictures)
        if lost:
            who = counted(people, "person loses", "people lose")
            known = counted(lost, f"{what} picture", f"{what} pictures")
            return f"{who} {known} by which the head before knows them."
    return None


def _lets_in(after: HeadScore, earlier: HeadScore) -> str:
    return (
        f"It lets {after.strangers_in} of {after.strangers} strangers in; "
        f"the head before lets in {earlier.strangers_in}."
    )


def _wrong(after: HeadScore, earlier: HeadScore) -> str:
    return (
        f"It takes {after.wrong} of {after.probes} held-out pictures for somebody else; "
        f"the head before {earlier.wrong}."
    )


def _reason_elsewhere(
    candidate: Examined,
    before: Examined,
    after: HeadScore,
    earlier: HeadScore,
    *,
    synthetic: bool,
) -> str | None:
    """Return in which way a head of another embedding space is worse, or None.

    Two embedders never agree on every picture, the better one neither. So enrolled pictures are
    counted together, and what chance explains is no reason (`_by_chance`); nobody who was known
    well may be lost altogether. Of real strangers none more may get in; drawn ones are drawn anew
    in each space, so that one more or less says nothing.
    """
    let_in, let_in_before = after.strangers_in, earlier.strangers_in
    if let_in > let_in_before and not (synthetic and _by_chance(let_in, let_in_before)):
        return _lets_in(after, earlier)
    if after.wrong > earlier.wrong:
        return _wrong(after, earlier)
    lost, gained = _exchanged(candidate, before)
    if lost > gained and not _by_chance(lost, gained):
        return (
            f"It knows {after.known:,} of {after.probes:,} held-out pictures; "
            f"the head before {earlier.known:,}: more than chance explains."
        )
    for pictures, what in (
        (lambda one: one.own.held_out, "held-out"),
        (lambda one: one.own.enrolled, "enrolled"),
    ):
        now, then = _known(candidate, pictures), _known(before, pictures)
        gone = sum(then[p].sum() > 1 and not now[p].any() for p in then.keys() & now.keys())
        if gone:
            who = counted(int(gone), "person is", "people are")
            return f"{who} known by none of their {what} pictures; the head before knows them."
    return None


def _exchanged(candidate: Examined, before: Examined) -> tuple[int, int]:
    """Return how many held-out pictures only the head before knows, and how many only this one."""
    now = _known(candidate, lambda one: one.own.held_out)
    then = _known(before, lambda one: one.own.held_out)
    lost = gained = 0
    for person in then.keys() & now.keys():
        here, earlier = now[person], then[person]
        if len(here) == len(earlier):
            lost += int((earlier & ~here).sum())
            gained += int((here & ~earlier).sum())
        else:  # not the same pictures: only the counts can be compared
            more = int(here.sum()) - int(earlier.sum())
            lost, gained = lost + max(0, -more), gained + max(0, more)
    return lost, gained


def _by_chance(worse: int, better: int) -> bool:
    """Return whether chance alone gives so many worse cases in 1 of 20 trials or more, though both
    heads are equally good (one-sided sign test, exact).
    """
    cases = worse + better
    tail: int = sum(math.comb(cases, k) for k in range(worse, cases + 1))
    as_likely = CHANCE * tail - (1 << cases)
    return as_likely >= 0


def _lost(
    candidate: Examined, before: Examined, pictures: Callable[[Examined], Attempts]
) -> tuple[int, int]:
    """Return how many people lose pictures, and how many pictures."""
    now, then = _known(candidate, pictures), _known(before, pictures)
    people = lost = 0
    for person, earlier in then.items():
        if person not in now:
            continue
        here = now[person]
        if len(here) == len(earlier):
            gone = int((earlier & ~here).sum())
        else:  # not the same pictures: only the counts can be compared
            gone = max(0, int(earlier.sum()) - int(here.sum()))
        people += gone > 0
        lost += gone
    return people, lost


def _known(
    examined: Examined, pictures: Callable[[Examined], Attempts]
) -> dict[str, NDArray[np.bool_]]:
    attempts = pictures(examined)
    reached = attempts.scores >= examined.threshold
    return {person: reached[which] for person, which in _by_owner(attempts).items()}


def _by_owner(attempts: Attempts) -> dict[str, NDArray[np.intp]]:
    places: dict[str, list[int]] = {}
    for i, owner in enumerate(attempts.owner_ids):
        places.setdefault(owner, []).append(i)
    return {owner: np.array(which) for owner, which in places.items()}


def _changes(candidate: Examined, before: Examined | None) -> list[PersonChange]:
    """Return who is known less or more surely, the greatest loss first; between two embedding
    spaces, whose similarities are no common scale, only who is known by fewer or more pictures.
    """
    same_scale = before is None or before.head.space == candidate.head.space
    now = _by_owner(candidate.own.held_out)
    then = {} if before is None else _by_owner(before.own.held_out)
    changes = []
    for person, which in now.items():
        known = int((candidate.own.held_out.scores[which] >= candidate.threshold).sum())
        likeness = _plain(candidate.own.likeness[which].mean())
        known_before = likeness_before = None
        if before is not None and person in then:
            earlier = then[person]
            known_before = int((before.own.held_out.scores[earlier] >= before.threshold).sum())
            likeness_before = _plain(before.own.likeness[earlier].mean())
        change = PersonChange(person, len(which), known_before, known, likeness_before, likeness)
        moved = same_scale and _moved(likeness, likeness_before)
        if known_before is None or known != known_before or moved:
            changes.append(change)
    return sorted(changes, key=_gain)


def _gain(change: PersonChange) -> tuple[int, float]:
    known = 0 if change.known_before is None else change.known_after - change.known_before
    if change.similarity_before is None or change.similarity_after is None:
        return known, 0.0
    return known, change.similarity_after - change.similarity_before


def _moved(now: float | None, before: float | None) -> bool:
    return now is None or before is None or abs(now - before) > CHANGED


def _plain(value: float) -> float | None:
    """Return a number that can be stored, or None."""
    return float(value) if np.isfinite(value) else None
