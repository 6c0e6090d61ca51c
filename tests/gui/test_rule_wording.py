"""Rules as sentences, and hours that are read again as they are shown, in every language."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from faceaccess.core.access_rules import AccessRule, Effect, HolidayUse
from faceaccess.core.weekly_schedules import Span, WeeklySchedule, parse
from faceaccess.gui.rule_wording import hours_typed, hours_words, limits, sentence
from faceaccess.gui.translation import use_language

NAMES = {"1": "Li Wei"}


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    use_language("en")
    yield
    use_language("en")


def rule(effect: Effect, hours: str | None = None, **values: object) -> AccessRule:
    schedule = None if hours is None else parse(hours)
    return AccessRule(
        "r",
        effect,
        "UTC",
        datetime(2026, 1, 1, tzinfo=UTC),
        "x",
        schedule=schedule,
        **values,  # type: ignore[arg-type]  # by name
    )


@pytest.mark.parametrize(
    ("made", "english", "chinese"),
    [
        (
            rule(Effect.ALLOW, "Mon-Fri 08:00-18:00", person_id="1", door="Front door"),
            "Li Wei may enter Front door Mon-Fri 08:00-18:00",
            "Li Wei可在周一至周五 08:00-18:00进入Front door",
        ),
        (
            rule(Effect.DENY, "Sat-Sun 00:00-24:00"),
            "Everybody may not enter every door Sat-Sun 00:00-24:00",
            "所有人在周六至周日 00:00-24:00不可进入每扇门",
        ),
        (
            rule(Effect.ESCORT, person_id="gone"),
            "Somebody since removed needs an escort at every door at any time",
            "已被删除的人在任何时间进入每扇门须有陪同人员",
        ),
        (
            rule(Effect.TWO_PEOPLE, "daily 20:00-24:00", door="Cash office"),
            "Everybody needs a second person at Cash office daily 20:00-24:00",
            "所有人在每天 20:00-24:00进入Cash office须有第二人同行",
        ),
        (
            rule(Effect.SECOND_FACTOR, person_id="1"),
            "Li Wei needs a second factor at every door at any time",
            "Li Wei在任何时间进入每扇门需要第二验证方式",
        ),
    ],
)
def test_a_rule_is_one_plain_sentence(made: AccessRule, english: str, chinese: str) -> None:
    assert sentence(made, NAMES) == english
    use_language("zh_CN")
    assert sentence(made, NAMES) == chinese


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    spans=st.lists(
        st.tuples(st.integers(0, 6), st.integers(0, 1439), st.integers(1, 1440)).map(
            lambda found: Span(found[0], min(found[1], found[2] - 1), found[2])
        ),
        min_size=1,
        max_size=12,
    ),
    language=st.sampled_from(("en", "zh_CN")),
)
def test_hours_are_read_again_as_they_are_shown(spans: list[Span], language: str) -> None:
    use_language(language)
    schedule = WeeklySchedule(tuple(spans))
    assert parse(hours_typed(hours_words(schedule))) == schedule


def test_hours_typed_in_chinese_are_read() -> None:
    use_language("zh_CN")
    wanted = parse("Mon-Fri 08:00-18:00, Sat 09:00-12:00")
    assert parse(hours_typed("周一至周五08:00-18:00，周六 09：00-12：00")) == wanted  # noqa: RUF001  # as typed
    assert parse(hours_typed("Mon-Fri 08:00-18:00, Sat 09:00-12:00")) == wanted
    assert parse(hours_typed("每天 08:00–18:00")) == parse("daily 08:00-18:00")  # noqa: RUF001  # as typed


def test_what_else_limits_a_rule() -> None:
    made = rule(
        Effect.ALLOW,
        "Mon 08:00-12:00",
        on_holidays=HolidayUse.NOT,
        valid_from=datetime(2026, 12, 1, 7, 30, tzinfo=UTC),
        valid_until=datetime(2027, 1, 1, tzinfo=UTC),
    )
    assert limits(made, "UTC") == ("not on holidays, from 1 Dec 2026, 07:30, until 31 Dec 2026")
    assert limits(made, "Europe/Berlin").endswith(", by the clock of UTC")
    assert limits(rule(Effect.DENY), "Europe/Berlin") == ""  # nothing that a clock decides
