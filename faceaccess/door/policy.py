"""Evidence of one visit -> the door's decision. Pure functions; nothing here can fail open.

Of a visit the last usable pictures count: `EvidenceRule.window` of them, none older than `MAX_AGE`
seconds, the newest not older than `FRESH` seconds. The candidate is whom most of them name. Where
there are k = `evidence_frames` of them or more, the candidate is let in when

- a majority of k, and at least half of the pictures that count, name the candidate and reach the
  threshold (`EvidenceRule.needed`), and so does the mean of all pictures that name the candidate,
- no picture names somebody else nearly as surely (`CONTRADICTION` below the weakest one needed),
- the candidate stands out from the runner-up by `LEAST_MARGIN` on average, and
- the candidate is somebody who is enrolled and active.

None of the conditions becomes true by raising the threshold, so a stricter threshold never lets
somebody in whom a looser one keeps out. A similarity that is not a finite number reaches nothing,
and neither does a match that resembles a picture corrected as "this is not me" more than the person
(`Match.contradicted`).
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from faceaccess.core.decisions import Decision, Outcome
from faceaccess.core.evidence_rule import EvidenceRule
from faceaccess.core.heads import Match
from faceaccess.core.reasons import Reason

CONTRADICTION = 0.1
"""A picture that names somebody else contradicts when its cosine is not at least so far below the
weakest of the pictures that the candidate needs."""
LEAST_MARGIN = 0.02
"""Mean difference of cosines between candidate and runner-up below which the two look the same
(one person enrolled twice, twins)."""
MAX_AGE = 5.0
"""Seconds after which a picture no longer counts as evidence."""
FRESH = 2.0
"""Seconds after which the newest usable picture says nothing about who stands there now: a face
that is followed but cannot be checked (turned away, blurred) loses its answer."""
PASSING = 0.75
"""Seconds in view below which a face that was only ever too far away has passed by."""


@dataclass(frozen=True)
class Sighting:
    """One picture of a visit.

    Attributes:
        moment: when it was taken, seconds as in `Frame.moment`.
        issue: what is wrong with the picture, or None when it is usable.
        match: the head's answer; None for an unusable picture and where nobody is enrolled.
        vector: (dimension,) float32, what was matched, so that a new head can answer too; or None.
    """

    moment: float
    issue: Reason | None = None
    match: Match | None = None
    vector: NDArray[np.float32] | None = field(default=None, compare=False, repr=False)

    @property
    def usable(self) -> bool:
        """Whether the picture is good enough to count."""
        return self.issue is None


@dataclass(frozen=True)
class Standing:
    """What the door knows about an enrolled person: the name, and whether access is on."""

    name: str
    active: bool


@dataclass(frozen=True)
class Rules:
    """What a decision rests on.

    Attributes:
        threshold: cosine that a match must reach.
        evidence_frames: k, usable pictures on which a decision stands, at least 1.
        head: version of the head that scored, or None where nobody is enrolled.
    """

    threshold: float
    evidence_frames: int
    head: int | None = None

    @property
    def evidence(self) -> EvidenceRule:
        """How many pictures count, and how many of them must agree."""
        return evidence_rule(self.evidence_frames)


def evidence_rule(evidence_frames: int) -> EvidenceRule:
    """Return the door's rule for k pictures, as thresholds are found by it."""
    return EvidenceRule(evidence_frames, CONTRADICTION, LEAST_MARGIN)


def counted_pictures(sightings: Sequence[Sighting], now: float, rules: Rules) -> list[Sighting]:
    """Return the pictures that a decision at `now` stands on, oldest first; see `decide`."""
    usable = [s for s in sightings if s.usable and 0 <= now - s.moment <= MAX_AGE]
    usable = usable[-rules.evidence.window :]
    return usable if usable and now - usable[-1].moment <= FRESH else []


def decide(
    sightings: Sequence[Sighting], now: float, rules: Rules, people: Mapping[str, Standing]
) -> Decision:
    """Return the decision on one visit.

    Args:
        sightings: pictures of the visit, oldest first.
        now: the moment of the decision, seconds as in `Frame.moment`; a later picture does not
            count.
        rules: threshold, k and head.
        people: enrolled people by id; a match with somebody who is not in it counts as unknown.
    """
    if not sightings:
        return Decision(Outcome.NONE, Reason.NOBODY)
    usable = counted_pictures(sightings, now, rules)
    matches = [s.match for s in usable if s.match is not None]
    if len(usable) < rules.evidence_frames:
        return _gathering(sightings, matches, rules, people)
    if not matches:
        return Decision(Outcome.DENIED, Reason.NOBODY_ENROLLED, head=rules.head)
    candidate = _candidate(matches)
    support = [m for m in matches if m.person_id == candidate]
    similarities = [_cosine(m) for m in support]
    needed = rules.evidence.needed(len(usable))
    reaching = sum(similarity >= rules.threshold for similarity in similarities)
    if reaching >= needed and _mean(similarities) >= rules.threshold:
        outcome, reason = _on_supported(matches, candidate, needed, people)
    elif len(usable) < rules.evidence.window and any(_reaches(m, rules) for m in matches):
        outcome, reason = Outcome.NONE, Reason.CHECKING
    else:
        named = {m.person_id for m in matches if _reaches(m, rules)}
        outcome = Outcome.DENIED
        reason = Reason.AMBIGUOUS if len(named) > 1 else Reason.UNKNOWN
    return _answer(outcome, reason, support, rules, people)


def _on_supported(
    matches: Sequence[Match], candidate: str, needed: int, people: Mapping[str, Standing]
) -> tuple[Outcome, Reason]:
    """Answer for a candidate whom enough pictures name surely enough."""
    support = [m for m in matches if m.person_id == candidate]
    weakest = sorted((_cosine(m) for m in support), reverse=True)[needed - 1]
    if _contradicted(matches, candidate, weakest):
        return Outcome.DENIED, Reason.AMBIGUOUS
    if not _mean([_margin(m) for m in support]) >= LEAST_MARGIN:
        return Outcome.DENIED, Reason.AMBIGUOUS
    standing = people.get(candidate)
    if standing is None:
        return Outcome.DENIED, Reason.UNKNOWN
    if not standing.active:
        return Outcome.DENIED, Reason.INACTIVE
    return Outcome.GRANTED, Reason.RECOGNISED


def conclude(
    sightings: Sequence[Sighting], rules: Rules, people: Mapping[str, Standing]
) -> Decision | None:
    """Return what to record of a visit that ended and was never let in, or None for a glimpse.

    A visit with enough usable pictures ends as `decide` says of them; one with too few ends
    denied with what was wrong with most pictures. A visit of fewer than k pictures is a glimpse,
    and a face that was too far away for less than `PASSING` seconds only went by.
    """
    last = [s for s in sightings if s.usable]
    decision = decide(last, last[-1].moment, rules, people) if last else None
    if decision is not None and decision.outcome is Outcome.DENIED:
        return decision
    if len(sightings) < rules.evidence_frames:
        return None
    issues = Counter(s.issue for s in sightings if s.issue is not None)
    reason = issues.most_common(1)[0][0] if issues else Reason.UNKNOWN
    stayed = sightings[-1].moment - sightings[0].moment
    if not last and reason is Reason.TOO_FAR and stayed < PASSING:
        return None
    return Decision(
        Outcome.DENIED,
        reason,
        similarity=None if decision is None else decision.similarity,
        threshold=None if decision is None else decision.threshold,
        head=rules.head,
    )


def _gathering(
    sightings: Sequence[Sighting],
    matches: Sequence[Match],
    rules: Rules,
    people: Mapping[str, Standing],
) -> Decision:
    # The latest pictures say what to do: one blurred frame among good ones asks for nothing.
    recent = sightings[-3:]
    issues = Counter(s.issue for s in recent if s.issue is not None)
    if issues and 2 * issues.total() > len(recent):
        return Decision(Outcome.NONE, issues.most_common(1)[0][0], head=rules.head)
    if not matches:
        return Decision(Outcome.NONE, Reason.CHECKING, head=rules.head)
    candidate = _candidate(matches)
    support = [m for m in matches if m.person_id == candidate]
    return _answer(Outcome.NONE, Reason.CHECKING, support, rules, people)


def _answer(
    outcome: Outcome,
    reason: Reason,
    support: Sequence[Match],
    rules: Rules,
    people: Mapping[str, Standing],
) -> Decision:
    """Fill a decision with the candidate's best-supported match.

    The name is told only where the person was recognised or is refused by name.
    """
    best = max(support, key=_cosine)
    named = reason in (Reason.RECOGNISED, Reason.INACTIVE)
    standing = people.get(best.person_id) if named else None
    rival = None if best.runner_up_id is None else people.get(best.runner_up_id)
    similarity = best.similarity if math.isfinite(best.similarity) else None
    margin = best.margin
    return Decision(
        outcome=outcome,
        reason=reason,
        person_id=None if standing is None else best.person_id,
        person=None if standing is None else standing.name,
        similarity=similarity,
        threshold=rules.threshold,
        runner_up=None if rival is None else rival.name,
        margin=margin if margin is not None and math.isfinite(margin) else None,
        head=rules.head,
    )


def _candidate(matches: Sequence[Match]) -> str:
    votes = Counter(m.person_id for m in matches)
    sums = dict.fromkeys(votes, 0.0)
    for match in matches:
        sums[match.person_id] += max(0.0, _cosine(match))
    return max(votes, key=lambda person_id: (votes[person_id], sums[person_id], person_id))


def _contradicted(matches: Sequence[Match], candidate: str, weakest: float) -> bool:
    return any(
        m.person_id != candidate and not _cosine(m) <= weakest - CONTRADICTION for m in matches
    )


def _reaches(match: Match, rules: Rules) -> bool:
    return _cosine(match) >= rules.threshold


def _cosine(match: Match) -> float:
    """Return the similarity, or minus infinity for one that counts as reaching nothing."""
    if match.contradicted or not math.isfinite(match.similarity):
        return -math.inf
    return match.similarity


def _margin(match: Match) -> float:
    if match.runner_up_id is None:
        return 1.0
    margin = match.margin
    return margin if margin is not None and math.isfinite(margin) else -math.inf


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values) if math.isfinite(sum(values)) else -math.inf
