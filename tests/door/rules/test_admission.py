"""What rules do with somebody whom the evidence grants."""

import math
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rule_builders import ANA, rule

from faceaccess.core.access_rules import AccessRule, DoorPlan, Effect, HolidayUse, Passback
from faceaccess.core.decisions import Decision, Outcome
from faceaccess.core.errors import BugError
from faceaccess.core.reasons import Reason
from faceaccess.door.rules.admission import AdmissionFacts, Companion, admit, needs_escort
from faceaccess.door.rules.hours import holds

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)  # a Tuesday
OFFICE = "Mon-Fri 08:00-18:00"
HARD = DoorPlan("Front", Passback.HARD)
BEN = Companion("ben", 5.0, let_in=True)


def answer(facts: AdmissionFacts, now: datetime = NOW) -> tuple[str, str]:
    admission = admit(ANA, facts, now)
    return admission.outcome.value, admission.reason.value


def with_rules(*rules: AccessRule, **more: object) -> AdmissionFacts:
    return AdmissionFacts("Front", rules, **more)  # type: ignore[arg-type]  # passed on


GRANTED = ("granted", "recognised")


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (with_rules(), GRANTED),  # no rules: every door
        (with_rules(rule(person="ben", door="Store")), GRANTED),  # somebody else's
        (with_rules(rule()), GRANTED),
        (with_rules(rule(door="Front")), GRANTED),
        (with_rules(rule(door="Store")), ("denied", "not_this_door")),
        (with_rules(rule(door="Store"), rule(person=None)), GRANTED),
        (with_rules(rule(hours=OFFICE)), GRANTED),
        (with_rules(rule(hours="Mon 08:00-18:00")), ("denied", "not_now")),
        (with_rules(rule(person=None, hours="Mon 08:00-18:00")), ("denied", "not_now")),
        (with_rules(rule(valid_until=NOW)), ("denied", "not_valid")),
        (with_rules(rule(valid_from=NOW + timedelta(seconds=1))), ("denied", "not_valid")),
        (with_rules(rule(valid_until=NOW + timedelta(seconds=1))), GRANTED),
        (
            with_rules(
                rule(hours=OFFICE, on_holidays=HolidayUse.NOT),
                holidays=frozenset({date(2026, 11, 24)}),
            ),
            ("denied", "not_now"),
        ),
        (with_rules(rule(Effect.DENY)), ("denied", "not_this_door")),
        (with_rules(rule(), rule(Effect.DENY, hours=OFFICE)), ("denied", "not_now")),
        (with_rules(rule(Effect.DENY, None, "Front")), ("denied", "not_this_door")),
        (with_rules(rule(Effect.DENY, door="Store")), GRANTED),
        (with_rules(rule(Effect.DENY, hours="Mon 08:00-18:00")), GRANTED),
        (with_rules(rule(), locked_down=True), ("denied", "locked_down")),
        (with_rules(wait=0.1), ("denied", "too_many_tries")),
        (with_rules(wait=math.nan), ("denied", "too_many_tries")),
        (with_rules(wait=0.1, factor_given=True), GRANTED),
        (with_rules(plan=HARD, whereabouts="inside"), ("denied", "passed_already")),
        (with_rules(plan=HARD, whereabouts="outside"), GRANTED),
        (with_rules(plan=HARD), GRANTED),  # nobody knows where
        (with_rules(plan=DoorPlan("Front"), whereabouts="inside"), GRANTED),
        (with_rules(rule(Effect.SECOND_FACTOR)), ("none", "factor_needed")),
        (with_rules(rule(Effect.SECOND_FACTOR), factor_given=True), GRANTED),
        (
            with_rules(
                plan=DoorPlan("Front", look_alikes_need_factor=True),
                look_alikes=frozenset({"ben"}),
            ),
            ("none", "factor_needed"),
        ),
        (with_rules(plan=DoorPlan("Front", look_alikes_need_factor=True)), GRANTED),
        (with_rules(look_alikes=frozenset({"ben"})), GRANTED),
        (with_rules(rule(Effect.TWO_PEOPLE)), ("none", "second_person_needed")),
        (with_rules(rule(Effect.TWO_PEOPLE), companions=[BEN]), GRANTED),
        (
            with_rules(rule(Effect.TWO_PEOPLE), companions=[replace(BEN, let_in=False)]),
            GRANTED,  # who waits for a second person is one
        ),
        (with_rules(rule(Effect.ESCORT)), ("none", "escort_needed")),
        (with_rules(rule(Effect.ESCORT), companions=[BEN]), GRANTED),
        (
            with_rules(rule(Effect.ESCORT), companions=[replace(BEN, let_in=False)]),
            ("none", "escort_needed"),
        ),
        (with_rules(rule(Effect.ESCORT), companions=[replace(BEN, seconds=60.0)]), GRANTED),
    ],
)
def test_answers_by_hand(facts: AdmissionFacts, expected: tuple[str, str]) -> None:
    assert answer(facts) == expected


@pytest.mark.parametrize(
    "companion",
    [
        replace(BEN, person_id="ana"),  # oneself
        replace(BEN, person_id="zoe"),  # whom Ana may be taken for
        replace(BEN, escorted=True),  # needs an escort too
        replace(BEN, seconds=60.1),
        replace(BEN, seconds=-1.0),
        replace(BEN, seconds=math.nan),
    ],
)
@pytest.mark.parametrize("effect", [Effect.TWO_PEOPLE, Effect.ESCORT])
def test_who_is_no_companion(companion: Companion, effect: Effect) -> None:
    alike = frozenset({"zoe"})
    facts = with_rules(rule(effect), companions=[companion], look_alikes=alike)
    assert admit(ANA, facts, NOW).outcome is Outcome.NONE


def test_two_people_come_within_thirty_seconds() -> None:
    for seconds, outcome in ((30.0, Outcome.GRANTED), (30.1, Outcome.NONE)):
        facts = with_rules(rule(Effect.TWO_PEOPLE), companions=[replace(BEN, seconds=seconds)])
        assert admit(ANA, facts, NOW).outcome is outcome


def test_soft_anti_passback_lets_in_and_tells() -> None:
    facts = with_rules(plan=DoorPlan("Front", Passback.SOFT), whereabouts="inside")
    admission = admit(ANA, facts, NOW)
    assert (admission.outcome, admission.warning) == (Outcome.GRANTED, Reason.PASSED_ALREADY)
    assert admit(ANA, replace(facts, whereabouts="outside"), NOW).warning is None


def test_the_rule_that_decided_is_named() -> None:
    allow, deny = rule(), rule(Effect.DENY, None)
    assert admit(ANA, with_rules(allow), NOW).rule is allow
    assert admit(ANA, with_rules(allow, deny), NOW).rule is deny
    assert admit(ANA, with_rules(), NOW).rule is None


def test_whoever_needs_an_escort_is_known_as_such() -> None:
    facts = with_rules(rule(Effect.ESCORT, hours=OFFICE))
    assert needs_escort("ana", facts, NOW)
    assert not needs_escort("ben", facts, NOW)
    assert not needs_escort("ana", facts, NOW + timedelta(hours=12))
    assert not needs_escort("ana", replace(facts, door="Back", rules=()), NOW)


def test_a_time_without_a_zone_and_a_grant_to_nobody_are_faults() -> None:
    with pytest.raises(BugError):
        admit(ANA, with_rules(), NOW.replace(tzinfo=None))
    with pytest.raises(BugError):
        admit(replace(ANA, person_id=None), with_rules(), NOW)


# Properties

times = st.integers(-500 * 86400, 500 * 86400).map(lambda s: NOW + timedelta(seconds=s))
hours = st.sampled_from(
    [None, OFFICE, "daily 00:00-12:00", "Sat-Sun 00:00-24:00", "daily 02:30-03:30"]
)


@st.composite
def access_rules(draw: st.DrawFn, effects: list[Effect] | None = None) -> AccessRule:
    begin, end = sorted((draw(times), draw(times)))
    return rule(
        draw(st.sampled_from(effects or list(Effect))),
        draw(st.sampled_from([None, "ana", "ben"])),
        draw(st.sampled_from([None, "Front", "Back"])),
        draw(hours),
        draw(st.sampled_from(["UTC", "Europe/Berlin", "Pacific/Auckland"])),
        on_holidays=draw(st.sampled_from(HolidayUse)),
        valid_from=draw(st.sampled_from([None, begin])),
        valid_until=draw(st.sampled_from([None, end + timedelta(seconds=1)])),
    )


@st.composite
def some_facts(draw: st.DrawFn) -> AdmissionFacts:
    seconds = st.floats(-5, 100) | st.just(math.nan)
    return AdmissionFacts(
        door=draw(st.sampled_from(["Front", "Back"])),
        rules=tuple(draw(st.lists(access_rules(), max_size=6))),
        holidays=frozenset(draw(st.lists(st.dates(date(2026, 1, 1), date(2027, 12, 31))))),
        locked_down=draw(st.booleans()),
        wait=draw(st.sampled_from([0.0, 0.0, 10.0, math.nan])),
        factor_given=draw(st.booleans()),
        look_alikes=draw(st.sampled_from([frozenset(), frozenset({"ben"})])),
        companions=draw(
            st.lists(
                st.builds(
                    Companion,
                    st.sampled_from(["ana", "ben", "cleo"]),
                    seconds,
                    st.booleans(),
                    st.booleans(),
                ),
                max_size=3,
            )
        ),
        plan=draw(
            st.none()
            | st.builds(
                DoorPlan,
                st.just("Front"),
                st.sampled_from(Passback),
                look_alikes_need_factor=st.booleans(),
            )
        ),
        whereabouts=draw(st.sampled_from([None, "inside", "outside"])),
    )


def granted(facts: AdmissionFacts, now: datetime) -> bool:
    return admit(ANA, facts, now).outcome is Outcome.GRANTED


@settings(max_examples=200, deadline=None)
@given(some_facts(), times)
def test_nothing_opens_what_no_rule_allows(facts: AdmissionFacts, now: datetime) -> None:
    allowing = [r for r in facts.rules if r.effect is Effect.ALLOW and r.person_id != "ben"]
    allowed = not allowing or any(
        r.door in (None, facts.door) and holds(r, now, facts.holidays) for r in allowing
    )
    denied = any(
        r.effect is Effect.DENY
        and r.person_id != "ben"
        and r.door in (None, facts.door)
        and holds(r, now, facts.holidays)
        for r in facts.rules
    )
    if granted(facts, now):
        assert allowed
        assert not denied


@settings(max_examples=200, deadline=None)
@given(some_facts(), access_rules([e for e in Effect if e is not Effect.ALLOW]), times)
def test_a_rule_that_takes_away_never_opens_more(
    facts: AdmissionFacts, more: AccessRule, now: datetime
) -> None:
    if granted(replace(facts, rules=(*facts.rules, more)), now):
        assert granted(facts, now)


@settings(max_examples=200, deadline=None)
@given(some_facts(), access_rules([Effect.ALLOW]), times)
def test_a_further_rule_that_allows_never_closes(
    facts: AdmissionFacts, more: AccessRule, now: datetime
) -> None:
    has_own = any(r.effect is Effect.ALLOW and r.person_id != "ben" for r in facts.rules)
    if has_own and granted(facts, now):
        assert granted(replace(facts, rules=(*facts.rules, more)), now)


@settings(deadline=None)
@given(some_facts(), times)
def test_a_lock_down_beats_all(facts: AdmissionFacts, now: datetime) -> None:
    admission = admit(ANA, replace(facts, locked_down=True), now)
    assert (admission.outcome, admission.reason) == (Outcome.DENIED, Reason.LOCKED_DOWN)


@settings(deadline=None)
@given(
    some_facts(),
    times,
    st.sampled_from([Outcome.DENIED, Outcome.NONE]),
    st.sampled_from(Reason),
)
def test_what_the_evidence_does_not_grant_no_rule_opens(
    facts: AdmissionFacts, now: datetime, outcome: Outcome, reason: Reason
) -> None:
    admission = admit(Decision(outcome, reason, "ana", "Ana"), facts, now)
    assert (admission.outcome, admission.reason) == (outcome, reason)


@settings(deadline=None)
@given(some_facts(), times, st.randoms())
def test_the_order_of_rules_decides_nothing(
    facts: AdmissionFacts, now: datetime, chance: Random
) -> None:
    shuffled = list(facts.rules)
    chance.shuffle(shuffled)
    one, other = admit(ANA, facts, now), admit(ANA, replace(facts, rules=shuffled), now)
    assert one.outcome is other.outcome
