"""The door's decision: truth tables by hand, and properties that hold for all evidence."""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faceaccess.core.decisions import Decision, Outcome
from faceaccess.core.errors import BugError
from faceaccess.core.heads import Match
from faceaccess.core.reasons import Reason
from faceaccess.door.policy import (
    CONTRADICTION,
    FRESH,
    LEAST_MARGIN,
    MAX_AGE,
    Rules,
    Sighting,
    Standing,
    conclude,
    counted_pictures,
    decide,
    evidence_rule,
)

PEOPLE = {
    "li": Standing("Li Wei", active=True),
    "ana": Standing("Ana", active=True),
    "old": Standing("Olde", active=False),
}
RULES = Rules(threshold=0.5, evidence_frames=3, head=7)


def seen(*pictures: object, every: float = 0.1) -> list[Sighting]:
    """Build sightings: ("li", 0.7) is a match, a Reason a poor picture, None nobody to compare."""
    result = []
    for i, picture in enumerate(pictures):
        moment = i * every
        if isinstance(picture, Reason):
            result.append(Sighting(moment, picture))
        elif picture is None:
            result.append(Sighting(moment))
        else:
            person, similarity, *rest = picture
            runner_up, second = rest or ("nobody-near", similarity - 0.3)
            result.append(Sighting(moment, None, Match(person, similarity, runner_up, second)))
    return result


def decided(sightings: list[Sighting], rules: Rules = RULES) -> Decision:
    return decide(sightings, sightings[-1].moment if sightings else 0.0, rules, PEOPLE)


LI, LOW = ("li", 0.7), ("li", 0.4)


@pytest.mark.parametrize(
    ("pictures", "outcome", "reason"),
    [
        # Granted: of k pictures and more, a majority of k and half of all agree and reach.
        ([LI, LI, LI], "granted", "recognised"),
        ([("li", 0.5)] * 3, "granted", "recognised"),  # "reach" includes the threshold itself
        ([Reason.BLURRED, LI, Reason.BLURRED, LI, LI], "granted", "recognised"),
        ([LOW, LI, LI, LI], "granted", "recognised"),  # mean 0.625
        ([LI, LI, LI, LOW], "granted", "recognised"),  # one weaker picture takes nothing away
        ([LI, ("ana", 0.2), LI, LI], "granted", "recognised"),  # a weak other name
        ([LOW, LI, LI], "granted", "recognised"),  # 2 of 3, mean 0.6
        ([LI, LOW, LI, LOW], "granted", "recognised"),  # 2 of 4, mean 0.55
        ([LI, LOW, LOW, LI, LI], "granted", "recognised"),  # 3 of 5, mean 0.58
        ([LI, LI, ("ana", 0.2)], "granted", "recognised"),  # 2 of 3, the mean is of the two
        # Too little yet.
        ([LI], "none", "checking"),
        ([LI, LI], "none", "checking"),
        ([LI, LOW, LOW], "none", "checking"),  # 1 of 3
        ([LI, LI, ("li", 0.09)], "none", "checking"),  # 2 of 3, but the mean is 0.497
        ([LI, LOW, LOW, LOW], "none", "checking"),
        # Not known.
        ([LOW, LOW, LOW], "denied", "unknown"),
        ([("li", 0.4999)] * 3, "denied", "unknown"),
        ([LI, LOW, LOW, LOW, LOW], "denied", "unknown"),
        ([LI, LI, LOW, LOW, LOW], "denied", "unknown"),
        ([LI, LI, *[("ana", 0.2)] * 3], "denied", "unknown"),  # most name somebody else
        ([LI, LI, *[("ana", 0.2), ("old", 0.2), ("li", 0.4)]], "denied", "unknown"),  # 2 of 5
        # Enough reach the threshold, but the mean of all that name the person does not.
        ([("li", 0.5)] * 3 + [("li", 0.1)] * 2, "denied", "unknown"),
        # Contradiction.
        ([("ana", 0.69), LI, LI, LI], "denied", "ambiguous"),
        ([LI, LI, LI, ("ana", 0.61)], "denied", "ambiguous"),
        ([LI, ("ana", 0.7), LI, ("ana", 0.7), LOW], "denied", "ambiguous"),
        # One person enrolled twice: no margin.
        ([("li", 0.7, "ana", 0.69)] * 3, "denied", "ambiguous"),
        ([("li", 0.7, "ana", 0.75)] * 3, "denied", "ambiguous"),  # the mean of the other is nearer
        # Known, but not let in.
        ([("old", 0.9)] * 3, "denied", "inactive"),
        ([("removed", 0.9)] * 3, "denied", "unknown"),
        # Poor pictures.
        ([], "none", "nobody"),
        ([Reason.TOO_FAR], "none", "too_far"),
        ([Reason.TOO_FAR] * 30, "none", "too_far"),
        ([LI, Reason.BLURRED], "none", "checking"),  # one poor picture of two asks for nothing
        ([LI, Reason.BLURRED, Reason.BLURRED], "none", "blurred"),
        ([Reason.TOO_DARK, Reason.TURNED_AWAY, Reason.TURNED_AWAY], "none", "turned_away"),
        # Nobody is enrolled.
        ([None], "none", "checking"),
        ([None] * 3, "denied", "nobody_enrolled"),
        # Numbers that are none.
        ([("li", math.nan)] * 5, "denied", "unknown"),
        ([("li", math.inf)] * 5, "denied", "unknown"),
        ([LI, LI, LI, ("li", math.nan)], "none", "checking"),
        ([LI, LI, LI, *[("li", math.nan)] * 2], "denied", "unknown"),
        ([LI, LI, LI, ("ana", math.nan, "li", 0.1)], "granted", "recognised"),
        ([("li", 0.7, "ana", math.nan)] * 3, "denied", "ambiguous"),
    ],
)
def test_decision_table(pictures: list[object], outcome: str, reason: str) -> None:
    decision = decided(seen(*pictures))
    assert (decision.outcome.value, decision.reason.value) == (outcome, reason)


def corrected(counter: float | None, similarity: float = 0.7) -> Sighting:
    return Sighting(0.0, None, Match("li", similarity, "nobody-near", 0.2, counter))


@pytest.mark.parametrize(
    ("counters", "outcome", "reason"),
    [
        ([None, 0.69, 0.1], "granted", "recognised"),  # nearer to the person than to what was not
        (
            [None, None, 0.76],
            "none",
            "checking",
        ),  # clearly nearer: it reaches nothing, nor does the mean
        ([0.9, None, None, None, None], "denied", "unknown"),
        ([0.9] * 3, "denied", "unknown"),  # none of them reaches: nothing to wait for
        ([0.9] * 5, "denied", "unknown"),
        ([math.nan] * 5, "denied", "unknown"),  # what cannot be compared is no evidence
    ],
)
def test_a_picture_like_one_that_was_corrected_reaches_nothing(
    counters: list[float | None], outcome: str, reason: str
) -> None:
    sightings = [replace(corrected(c), moment=0.1 * i) for i, c in enumerate(counters)]
    decision = decided(sightings)
    assert (decision.outcome.value, decision.reason.value) == (outcome, reason)


def test_what_is_corrected_does_not_contradict_the_candidate() -> None:
    other = Sighting(0.3, None, Match("ana", 0.7, "li", 0.3, 0.8))
    assert decided([*seen(LI, LI, LI), other]).outcome is Outcome.GRANTED
    assert decided([*seen(LI, LI, LI), Sighting(0.3, None, Match("ana", 0.7))]).reason is (
        Reason.AMBIGUOUS
    )


def test_pictures_that_count_are_the_latest_usable_ones() -> None:
    sightings = seen(*[LI] * 4, Reason.BLURRED, *[LI] * 3)
    counted = counted_pictures(sightings, 0.75, RULES)
    assert [s.moment for s in counted] == pytest.approx([0.2, 0.3, 0.5, 0.6, 0.7])
    assert counted_pictures(sightings, 0.75 + FRESH, RULES) == []
    assert counted_pictures(sightings, 0.25, RULES) == sightings[:3]
    assert counted_pictures([], 0.0, RULES) == []


@pytest.mark.parametrize(
    ("k", "pictures", "needed"),
    [
        *[(1, 1, 1), (1, 2, 1), (1, 3, 2), (2, 2, 2), (2, 4, 2), (3, 3, 2), (3, 4, 2), (3, 5, 3)],
        *[(5, 5, 3), (5, 9, 5), (20, 20, 11), (20, 39, 20)],
    ],
)
def test_how_many_must_agree(k: int, pictures: int, needed: int) -> None:
    rule = evidence_rule(k)
    assert rule.needed(pictures) == needed
    assert rule.needed(rule.window) == -(-rule.window // 2)
    with pytest.raises(BugError):
        evidence_rule(0)


def test_granted_decision_carries_the_best_match() -> None:
    decision = decided(seen(("li", 0.6), ("li", 0.8, "ana", 0.3), ("li", 0.7)))
    assert decision == Decision(
        Outcome.GRANTED,
        Reason.RECOGNISED,
        person_id="li",
        person="Li Wei",
        similarity=0.8,
        threshold=0.5,
        runner_up="Ana",
        margin=0.5,
        head=7,
    )


def test_unknown_names_nobody_and_inactive_names_the_person() -> None:
    unknown, inactive = decided(seen(LOW, LOW, LOW)), decided(seen(*[("old", 0.9)] * 3))
    assert (unknown.person, unknown.person_id, unknown.similarity) == (None, None, 0.4)
    assert (inactive.person, inactive.person_id) == ("Olde", "old")


def test_one_person_enrolled_needs_no_margin() -> None:
    only = [Sighting(i * 0.1, None, Match("li", 0.7)) for i in range(3)]
    assert decided(only).outcome is Outcome.GRANTED


def test_old_pictures_do_not_count() -> None:
    three = seen(LI, LI, LI, every=MAX_AGE)
    assert decided(three).outcome is Outcome.NONE


def test_an_answer_that_cannot_be_checked_lapses() -> None:
    granted = seen(LI, LI, LI)
    turned = [Sighting(0.3 + i * 0.1, Reason.TURNED_AWAY) for i in range(40)]
    assert decide(granted, 0.2 + FRESH, RULES, PEOPLE).outcome is Outcome.GRANTED
    late = decide([*granted, *turned], 0.3 + FRESH, RULES, PEOPLE)
    assert (late.outcome, late.reason) == (Outcome.NONE, Reason.TURNED_AWAY)


def test_one_picture_is_enough_where_that_is_set() -> None:
    assert decided(seen(LI), Rules(0.5, 1)).outcome is Outcome.GRANTED


@pytest.mark.parametrize(
    ("pictures", "reason"),
    [
        ([LOW, LOW, LOW], "unknown"),
        ([("old", 0.9)] * 3, "inactive"),
        ([Reason.TOO_DARK] * 2, None),  # a glimpse
        ([LI, LI], None),  # a glimpse of somebody known: nothing is recorded
        ([Reason.TOO_DARK, Reason.TOO_DARK, Reason.BLURRED], "too_dark"),
        ([LI, Reason.BLURRED, LI, Reason.BLURRED], "blurred"),
        ([LOW, LOW, LOW, *[Reason.TURNED_AWAY] * 80], "unknown"),
    ],
)
def test_what_is_recorded_of_a_visit_that_ended(pictures: list[object], reason: str | None) -> None:
    decision = conclude(seen(*pictures), RULES, PEOPLE)
    if reason is None:
        assert decision is None
    else:
        assert decision is not None
        assert (decision.outcome, decision.reason.value) == (Outcome.DENIED, reason)


# Properties.

persons = st.sampled_from(["li", "ana", "old", "removed"])
cosines = st.one_of(
    st.floats(-1, 1), st.sampled_from([math.nan, math.inf, -math.inf, 0.5, 0.6, 0.7])
)
matches = st.builds(
    Match, persons, cosines, st.one_of(st.none(), persons), cosines, st.none() | cosines
)
pictures = st.one_of(
    st.builds(lambda m: (None, m), matches),
    st.builds(lambda r: (r, None), st.sampled_from([Reason.BLURRED, Reason.TOO_FAR])),
    st.just((None, None)),
)
evidence = st.lists(pictures, max_size=14).map(
    lambda all_: [Sighting(i * 0.1, issue, match) for i, (issue, match) in enumerate(all_)]
)
rules = st.builds(Rules, st.floats(-1, 1), st.integers(1, 5))


@given(evidence, rules)
def test_never_granted_without_a_majority_of_one_active_person(
    sightings: list[Sighting], rules: Rules
) -> None:
    decision = decided(sightings, rules)
    if decision.outcome is not Outcome.GRANTED:
        return
    counted = counted_pictures(sightings, sightings[-1].moment, rules)
    assert len(counted) >= rules.evidence_frames
    support = [
        s.match
        for s in counted
        if s.match is not None
        and not s.match.contradicted
        and s.match.person_id == decision.person_id
        and math.isfinite(s.match.similarity)
        and s.match.similarity >= rules.threshold
    ]
    assert 2 * len(support) > rules.evidence_frames
    assert 2 * len(support) >= len(counted)
    assert decision.person_id is not None
    assert PEOPLE[decision.person_id].active
    assert decision.similarity is not None
    assert decision.similarity >= rules.threshold


@given(evidence, rules, st.floats(0, 1))
def test_a_stricter_threshold_never_lets_somebody_in_anew(
    sightings: list[Sighting], rules: Rules, more: float
) -> None:
    strict = Rules(rules.threshold + more, rules.evidence_frames)
    if decided(sightings, strict).outcome is Outcome.GRANTED:
        loose = decided(sightings, rules)
        assert loose.outcome is Outcome.GRANTED
        assert loose.person_id == decided(sightings, strict).person_id


@given(evidence, rules)
def test_nobody_is_let_in_whom_the_door_does_not_know(
    sightings: list[Sighting], rules: Rules
) -> None:
    now = sightings[-1].moment if sightings else 0.0
    assert decide(sightings, now, rules, {}).outcome is not Outcome.GRANTED


@given(evidence, st.integers(1, 5))
def test_a_threshold_that_is_no_number_lets_nobody_in(
    sightings: list[Sighting], frames: int
) -> None:
    assert decided(sightings, Rules(math.nan, frames)).outcome is not Outcome.GRANTED


@given(evidence, rules)
def test_poor_pictures_alone_never_decide(sightings: list[Sighting], rules: Rules) -> None:
    poor = [Sighting(s.moment, Reason.BLURRED, s.match) for s in sightings]
    assert decided(poor, rules).outcome is Outcome.NONE


def test_contradiction_and_margin_are_as_documented() -> None:
    # Values away from the limit by more than a rounding error.
    at = 0.7 - CONTRADICTION
    assert decided(seen(LI, LI, LI, ("ana", at + 1e-6))).reason is Reason.AMBIGUOUS
    assert decided(seen(LI, LI, LI, ("ana", at - 1e-6))).outcome is Outcome.GRANTED
    near = 0.7 - LEAST_MARGIN
    assert decided(seen(*[("li", 0.7, "ana", near + 1e-6)] * 3)).reason is Reason.AMBIGUOUS
    assert decided(seen(*[("li", 0.7, "ana", near - 1e-6)] * 3)).outcome is Outcome.GRANTED


def test_a_picture_of_a_later_moment_does_not_count() -> None:
    """The moments of a recording that begins again run back."""
    sightings = seen(LI, LI, LI)
    assert decided(sightings).outcome is Outcome.GRANTED
    assert decide(sightings, 0.05, RULES, PEOPLE).outcome is Outcome.NONE


@pytest.mark.parametrize(
    ("pictures", "every", "recorded"),
    [
        ([Reason.TOO_FAR] * 4, 0.2, False),  # 0.6 s
        ([Reason.TOO_FAR] * 5, 0.2, True),  # 0.8 s
        ([Reason.TOO_FAR, Reason.BLURRED, Reason.TOO_FAR], 0.2, False),
        ([Reason.CUT_OFF] * 4, 0.2, True),  # near enough to be meant
        ([Reason.TOO_FAR, Reason.TOO_FAR, LOW], 0.2, True),  # was near for a moment
    ],
)
def test_who_passes_by_far_away_is_not_recorded(
    pictures: list[object], every: float, recorded: bool
) -> None:
    assert (conclude(seen(*pictures, every=every), RULES, PEOPLE) is not None) is recorded
