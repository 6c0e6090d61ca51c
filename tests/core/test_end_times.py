"""Until when, as people write it."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faceaccess.core.end_times import end_after, end_at
from faceaccess.core.errors import KnownError

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 24, 16, 0, tzinfo=BERLIN)


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("17:30", datetime(2026, 11, 24, 17, 30, tzinfo=BERLIN)),
        (" 16:00:01 ", datetime(2026, 11, 24, 16, 0, 1, tzinfo=BERLIN)),
        ("16:00", datetime(2026, 11, 25, 16, 0, tzinfo=BERLIN)),  # tomorrow: it is that late now
        ("02:15", datetime(2026, 11, 25, 2, 15, tzinfo=BERLIN)),
        ("2026-11-24 18:00", datetime(2026, 11, 24, 18, 0, tzinfo=BERLIN)),
        ("2026-11-24T18:00+00:00", datetime(2026, 11, 24, 18, 0, tzinfo=UTC)),
    ],
)
def test_a_time_is_the_next_one_of_the_zone(text: str, end: datetime) -> None:
    assert end_at(text, NOW) == end


def test_a_time_after_the_clocks_are_set_back_is_that_of_the_wall() -> None:
    evening = datetime(2026, 10, 24, 22, 0, tzinfo=BERLIN)  # the next day has 25 hours
    end = end_at("21:00", evening)
    assert end.astimezone(UTC) - evening.astimezone(UTC) == timedelta(hours=24)


@pytest.mark.parametrize("text", ["", "later", "25:00", "12:60", "2026-02-30 10:00", "x" * 99])
def test_what_is_no_time_is_a_sentence(text: str) -> None:
    with pytest.raises(KnownError, match="is no time"):
        end_at(text, NOW)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("20m", 1200), ("1h30m", 5400), ("45 min", 2700), ("90s", 90), ("2h", 7200), ("1h 5s", 3605)],
)
def test_a_length_is_added(text: str, seconds: int) -> None:
    assert end_after(text, NOW) == NOW + timedelta(seconds=seconds)


@given(st.text(max_size=12))
def test_any_text_is_a_length_or_a_sentence(text: str) -> None:
    with suppress(KnownError):
        assert end_after(text, NOW) > NOW


@pytest.mark.parametrize("text", ["", "0m", "m", "-5m", "1.5h", "20", "5d"])
def test_what_is_no_length_is_a_sentence(text: str) -> None:
    with pytest.raises(KnownError, match="is no length of time"):
        end_after(text, NOW)
