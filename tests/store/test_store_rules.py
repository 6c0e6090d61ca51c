"""Access rules, holidays and plans of doors in the database."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from store_builders import XorCodec, person

from faceaccess.core.access_rules import (
    AccessPolicy,
    AccessRule,
    DoorPlan,
    Effect,
    Holiday,
    HolidayUse,
    Passback,
)
from faceaccess.core.errors import BugError, KnownError
from faceaccess.core.home import DataHome
from faceaccess.core.weekly_schedules import parse
from faceaccess.store import migrations
from faceaccess.store.sqlite_store import SqliteStore

NOON = datetime(2026, 1, 5, 12, 0, 0, 1, tzinfo=UTC)
RULE = AccessRule("r1", Effect.ALLOW, "Europe/Berlin", NOON, "ana (command line)")


def test_rules_holidays_and_plans_come_back_as_they_went_in(store: SqliteStore) -> None:
    assert store.access_policy() == AccessPolicy()
    with store.transaction() as t:
        ana = t.add_person(person("Ana"))
        rules = (
            RULE,
            AccessRule(
                "r2",
                Effect.SECOND_FACTOR,
                "Asia/Shanghai",
                NOON,
                "王 (window)",
                ana.id,
                "Tür 1",
                parse("Mon-Fri 08:00-12:00, 13:00-17:00"),
                HolidayUse.ONLY,
                NOON,
                NOON + timedelta(days=1, microseconds=1),
                "夜班 🙂",
            ),
        )
        for rule in rules:
            t.add_access_rule(rule)
        holidays = (Holiday(date(2026, 10, 1), "国庆"), Holiday(date(2026, 12, 25)))
        t.put_holidays(holidays[::-1])
        plan = DoorPlan(
            "Tür 1", Passback.HARD, "Hof", "Lager", 2.5, 3, look_alikes_need_factor=True
        )
        t.put_door_plan(DoorPlan("Tür 1"))
        t.put_door_plan(plan)
    assert store.access_policy() == AccessPolicy(rules, holidays, (plan,))
    assert store.access_policy().plan("Tür 1") == plan
    assert store.access_policy().plan("Tür 2") is None


def test_each_change_is_noticed_by_running_doors(store: SqliteStore) -> None:
    before = store.revision()
    for write in (
        lambda t: t.add_access_rule(RULE),
        lambda t: t.remove_access_rule("r1"),
        lambda t: t.put_holidays([Holiday(date(2026, 1, 1))]),
        lambda t: t.put_door_plan(DoorPlan("Front")),
    ):
        with store.transaction() as t:
            write(t)
        assert store.revision() == before + 1
        before += 1
    assert store.access_policy().rules == ()


def test_a_persons_rules_go_with_the_person_and_nobody_elses(store: SqliteStore) -> None:
    with store.transaction() as t:
        ana, ben = t.add_person(person("Ana")), t.add_person(person("Ben"))
        for number, who in enumerate((ana.id, ben.id, None)):
            t.add_access_rule(replace(RULE, id=f"r{number}", person_id=who))
    with store.transaction() as t:
        t.remove_person(ana.id)
    assert [rule.id for rule in store.access_policy().rules] == ["r1", "r2"]


def test_what_cannot_be_is_refused_and_changes_nothing(store: SqliteStore) -> None:
    with store.transaction() as t:
        t.add_access_rule(RULE)
        t.put_holidays([Holiday(date(2026, 1, 1), "one")])
    before = store.access_policy()
    for write, error, words in (
        (lambda t: t.add_access_rule(RULE), BugError, "UNIQUE"),
        (
            lambda t: t.add_access_rule(replace(RULE, id="r2", person_id="nobody")),
            KnownError,
            "no person",
        ),
        (lambda t: t.remove_access_rule("r2"), KnownError, "no rule with the id r2"),
        (lambda t: t.put_holidays([Holiday(date(2026, 5, 1))] * 2), BugError, "twice"),
    ):
        with pytest.raises(error, match=words), store.transaction() as t:
            write(t)
    assert store.access_policy() == before


def test_notes_and_names_pass_the_codec(
    open_store: Callable[..., SqliteStore], data_home: DataHome
) -> None:
    store = open_store(codec=XorCodec())
    with store.transaction() as t:
        ana = t.add_person(person("Ana"))
        t.add_access_rule(replace(RULE, person_id=ana.id, note="secretnote"))
        t.put_holidays([Holiday(date(2026, 1, 1), "secretname")])
    assert store.access_policy().rules[0].note == "secretnote"
    assert store.access_policy().holidays[0].name == "secretname"
    store.close()
    raw = b"".join(f.read_bytes() for f in data_home.root.rglob("*") if f.is_file())
    assert b"secretnote" not in raw
    assert b"secretname" not in raw


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.one_of(
        st.binary(max_size=40),
        st.dictionaries(
            st.sampled_from(["effect", "zone", "schedule", "valid_from", "door", "on_holidays"]),
            st.none() | st.integers() | st.text(max_size=5) | st.lists(st.integers(), max_size=3),
        ),
    )
)
def test_a_damaged_rule_is_an_error_and_never_a_rule_less(
    open_store: Callable[..., SqliteStore], damage: bytes | dict[str, object]
) -> None:
    store = open_store(keys_folder=None)
    with store.transaction() as t:
        t.add_access_rule(replace(RULE, id="whole"))
    with store._connections.mine().using() as sql:
        (text,) = sql.execute("SELECT rule FROM access_rules").fetchone()
        spoilt = damage if isinstance(damage, bytes) else _with(text, damage)
        sql.execute("UPDATE access_rules SET rule = ?", [spoilt])
    try:
        try:
            rules = store.access_policy().rules
        except KnownError:
            return
        assert len(rules) == 1
    finally:
        with store.transaction() as t:
            t.remove_access_rule("whole")


def _with(text: bytes, changes: dict[str, object]) -> bytes:
    return json.dumps({**json.loads(text), **changes}).encode()


def test_a_database_from_before_the_rules_gets_them(
    open_store: Callable[..., SqliteStore], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        steps = [step for step in migrations.STEPS if step[0] < "0009"]
        patch.setattr(migrations, "STEPS", tuple(steps))
        older = open_store(keys_folder=None)
        with older.transaction() as t:
            t.add_person(person("Ana"))
        with pytest.raises(BugError, match="access_rules"):
            older.access_policy()
        older.close()
    newer = open_store(keys_folder=None)
    assert newer.access_policy() == AccessPolicy()
    assert newer.count_people() == 1
