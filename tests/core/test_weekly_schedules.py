import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from faceaccess.core.errors import KnownError
from faceaccess.core.weekly_schedules import DAY, Span, WeeklySchedule, parse


@st.composite
def spans(draw: st.DrawFn) -> Span:
    start = draw(st.integers(0, DAY - 1))
    return Span(draw(st.integers(0, 6)), start, draw(st.integers(start + 1, DAY)))


schedules = st.lists(spans(), min_size=1, max_size=8).map(lambda s: WeeklySchedule(tuple(s)))


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("Mon-Fri 08:00-18:00, Sat 09:00-12:00", "Mon-Fri 08:00-18:00, Sat 09:00-12:00"),
        ("monday 8:00-9:00", "Mon 08:00-09:00"),
        ("daily 00:00 - 24:00", "daily 00:00-24:00"),
        ("Mon, Wed 08:00-12:00", "Mon, Wed 08:00-12:00"),
        ("Mon 08:00-12:00, 13:00-17:00", "Mon 08:00-12:00, Mon 13:00-17:00"),
        ("Fri-Mon 10:00-11:00", "Mon, Fri-Sun 10:00-11:00"),
        ("Mon 08:00-12:00; Mon 12:00-17:00", "Mon 08:00-17:00"),  # what touches is one
        ("Mon 08:00-12:00, Mon 09:00-10:00", "Mon 08:00-12:00"),
    ],
)
def test_a_schedule_is_read_as_people_write_it(text: str, canonical: str) -> None:
    assert parse(text).text == canonical


def test_days_without_hours_never_mean_the_whole_day() -> None:
    assert parse("Mon, Tue 08:00-09:00").spans == (Span(0, 480, 540), Span(1, 480, 540))
    with pytest.raises(KnownError, match="no hours for its last day"):
        parse("Mon 08:00-09:00, Sat")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Mon 18:00-08:00", r"'Mon 18:00-08:00' ends before it begins"),
        ("Mon 08:00-08:00", "ends before it begins"),
        ("Sun 22:00-00:00", "ends before it begins"),
        ("", "cannot be read"),
        ("Mon 08:00-18:00,", "cannot be read"),
        ("Mon 8-18", "no hours"),
        ("Mon 08:00-25:00", "no time of a day"),
        ("Mon 08:61-09:00", "no time of a day"),
        ("Mon 24:00-24:00", "no time of a day"),
        ("Foo 08:00-18:00", "no day of the week in 'Foo'"),
        ("Mon-Tue-Wed 08:00-18:00", "no day of the week"),
        ("08:00-18:00", "names no day"),
        ("Mon 08:00-18:00 and Tue", "cannot be read"),
        ("Mon ٠٨:00-18:00", "cannot be read"),
        ("x" * 2000, "longer than"),
    ],
)
def test_what_is_no_schedule_is_told_in_one_sentence(text: str, words: str) -> None:
    with pytest.raises(KnownError, match=words):
        parse(text)


def test_the_remedy_for_hours_past_midnight_can_be_read_again() -> None:
    with pytest.raises(KnownError) as caught:
        parse("Sat 22:00-06:00")
    remedy = caught.value.remedy
    assert remedy == "Hours past midnight are two: Sat 22:00-24:00, Sun 00:00-06:00."
    parse(remedy.split("two: ")[1].rstrip("."))


@pytest.mark.parametrize("span", [Span(7, 0, 1), Span(0, 5, 5), Span(0, -1, 5), Span(0, 0, 1441)])
def test_no_schedule_is_made_of_hours_that_are_none(span: Span) -> None:
    with pytest.raises(KnownError):
        WeeklySchedule((span,))


@settings(deadline=None)
@given(schedules)
def test_text_and_schedule_are_one(schedule: WeeklySchedule) -> None:
    assert parse(schedule.text[:1000]) == schedule if len(schedule.text) <= 1000 else True


@settings(deadline=None)
@given(st.lists(spans(), min_size=1, max_size=8))
def test_joining_keeps_every_minute_and_no_other(given_spans: list[Span]) -> None:
    def minutes(some: tuple[Span, ...] | list[Span]) -> set[tuple[int, int]]:
        return {(s.day, minute) for s in some for minute in range(s.start, s.end)}

    joined = WeeklySchedule(tuple(given_spans)).spans
    assert minutes(joined) == minutes(given_spans)
    assert sum(s.end - s.start for s in joined) == len(minutes(joined))  # no minute twice
