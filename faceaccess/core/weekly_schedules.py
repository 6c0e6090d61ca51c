"""Hours of a week, as people write them: "Mon-Fri 08:00-18:00, Sat 09:00-12:00"."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from faceaccess.core.errors import KnownError

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
"""Names of days, Monday first as in `date.weekday`."""
DAY = 24 * 60
"""Minutes of a day as it is written; the longest text of a schedule has `MAX_TEXT` characters."""
MAX_TEXT = 1000

_LONG = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_NUMBERS = {name.lower(): day for day, name in enumerate(DAYS)} | {
    name: day for day, name in enumerate(_LONG)
}
_ITEM = re.compile(r"(?P<days>[a-zA-Z][a-zA-Z -]*?)?\s*(?P<hours>[0-9][0-9: -]*)?")
_HOURS = re.compile(r"([0-9]{1,2}):([0-9]{2}) *- *([0-9]{1,2}):([0-9]{2})")
_EXAMPLE = "Write it like this: Mon-Fri 08:00-18:00, Sat 09:00-12:00."


class Span(NamedTuple):
    """Hours of one day of the week.

    Attributes:
        day: 0 Monday to 6 Sunday.
        start, end: minutes since midnight by the clock on the wall, 0 <= start < end <= `DAY`; the
            end itself is outside.
    """

    day: int
    start: int
    end: int


@dataclass(frozen=True)
class WeeklySchedule:
    """Hours of a week; hours that touch or overlap are one.

    Attributes:
        spans: at least one, in order of time, none touching another of its day.

    Raises:
        KnownError: if there are none, or a span ends before it begins or is not of a day.
    """

    spans: tuple[Span, ...]

    def __post_init__(self) -> None:
        if not self.spans:
            raise KnownError("The schedule is empty.", _EXAMPLE)
        for day, start, end in self.spans:
            if not (0 <= day < len(DAYS) and 0 <= start < end <= DAY):
                raise KnownError(
                    f"There are no hours from minute {start} to {end} of day {day}.", _EXAMPLE
                )
        object.__setattr__(self, "spans", tuple(_joined(self.spans)))

    @property
    def text(self) -> str:
        """The schedule as `parse` reads it."""
        days_of: dict[tuple[int, int], list[int]] = {}
        for day, start, end in self.spans:
            days_of.setdefault((start, end), []).append(day)
        return ", ".join(
            f"{_days_text(days)} {_time_text(start)}-{_time_text(end)}"
            for (start, end), days in days_of.items()
        )


def parse(text: str) -> WeeklySchedule:
    """Read a schedule: days and hours, one pair after the other, with commas between.

    Days without hours have those of the next pair ("Mon, Wed 08:00-12:00"), hours without days are
    of the days before ("Mon 08:00-12:00, 13:00-17:00"). "daily" is every day.

    Raises:
        KnownError: if it cannot be read, or hours end before they begin.
    """
    if len(text) > MAX_TEXT:
        raise KnownError(f"The schedule is longer than {MAX_TEXT} characters.", "Shorten it.")
    spans: list[Span] = []
    days: list[int] = []
    waiting = False  # days that have no hours yet
    for part in re.split(r"[,;]", text):
        item = part.strip()
        found = _ITEM.fullmatch(item)
        if not item or found is None:
            raise KnownError(f"The schedule {text!r} cannot be read at {item!r}.", _EXAMPLE)
        if found["days"]:
            named = _days(found["days"].strip(), text)
            days = [*days, *named] if waiting else named
        if not found["hours"]:
            waiting = True
            continue
        if not days:
            raise KnownError(f"The schedule {text!r} names no day.", "Write daily for every day.")
        start, end = _hours(found["hours"].strip(), item, days)
        spans += [Span(day, start, end) for day in days]
        waiting = False
    if waiting:
        raise KnownError(
            f"The schedule {text!r} names no hours for its last day.",
            "A whole day is 00:00-24:00.",
        )
    return WeeklySchedule(tuple(spans))


def _days(text: str, whole: str) -> list[int]:
    if text.lower() == "daily":
        return list(range(len(DAYS)))
    ends = [_NUMBERS.get(name.strip().lower()) for name in text.split("-")]
    first, last = ends[0], ends[-1]
    if len(ends) > 2 or first is None or last is None:
        raise KnownError(
            f"The schedule {whole!r} has no day of the week in {text!r}.",
            f"Days are {', '.join(DAYS)} and daily.",
        )
    return [(first + i) % 7 for i in range((last - first) % 7 + 1)]


def _hours(text: str, item: str, days: list[int]) -> tuple[int, int]:
    found = _HOURS.fullmatch(text)
    if found is None:
        raise KnownError(f"{text!r} are no hours.", "Write hours like this: 08:00-18:00.")
    h1, m1, h2, m2 = map(int, found.groups())
    start, end = 60 * h1 + m1, 60 * h2 + m2
    if m1 > 59 or m2 > 59 or start >= DAY or end > DAY:
        raise KnownError(f"{text!r} is no time of a day.", "A day goes from 00:00 to 24:00.")
    if end <= start:
        first, then = DAYS[days[0]], DAYS[(days[0] + 1) % 7]
        past = f", {then} 00:00-{_time_text(end)}" if end else ""
        raise KnownError(
            f"The schedule {item!r} ends before it begins.",
            f"Hours past midnight are two: {first} {_time_text(start)}-24:00{past}.",
        )
    return start, end


def _joined(spans: Iterable[Span]) -> Iterable[Span]:
    joined: list[Span] = []
    for span in sorted(spans):
        last = joined[-1] if joined else None
        if last is not None and last.day == span.day and span.start <= last.end:
            joined[-1] = last._replace(end=max(last.end, span.end))
        else:
            joined.append(span)
    return joined


def _days_text(days: list[int]) -> str:
    if len(days) == len(DAYS):
        return "daily"
    runs: list[list[int]] = []
    for day in days:
        if runs and runs[-1][-1] == day - 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    return ", ".join(
        DAYS[run[0]] if len(run) == 1 else f"{DAYS[run[0]]}-{DAYS[run[-1]]}" for run in runs
    )


def _time_text(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"
