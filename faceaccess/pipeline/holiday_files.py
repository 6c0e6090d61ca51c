"""Holidays out of a CSV file or an iCalendar file (RFC 5545). A file that is cut is refused."""

import re
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from pathlib import Path

from faceaccess.core.access_rules import Holiday
from faceaccess.core.csv_rows import csv_rows
from faceaccess.core.errors import KnownError

MOST_BYTES = 4 * 1024 * 1024
"""Largest file that is read."""
FIRST_YEAR, LAST_YEAR = 2000, 2199
"""Years that a date may be of."""
MOST_DAYS = 60
"""Longest holiday of a calendar, in days."""
MAX_NAME = 200
"""Longest name that is kept, in characters."""

_DAY = re.compile(r"([0-9]{4})-?([0-9]{2})-?([0-9]{2})")


def read_holidays(source: Path) -> tuple[Holiday, ...]:
    """Return the holidays of a file, in the order of time, each day once.

    Args:
        source: a CSV file with a column date (2026-12-25) and, if you like, name; or a calendar
            (`.ics`) of whole-day events.

    Raises:
        KnownError: if it is cut, too large, empty, or has something else in it.
        OSError: if it cannot be read.
    """
    if source.stat().st_size > MOST_BYTES:
        raise KnownError(f"{source} is too large for a list of holidays.", "Split it.")
    is_calendar = source.suffix.lower() in {".ics", ".ical", ".ifb"}
    found: dict[date, list[str]] = {}
    for day, name in _of_calendar(source) if is_calendar else _of_table(source):
        names = found.setdefault(day, [])
        if name and name not in names:
            names.append(name)
    if not found:
        raise KnownError(f"{source} has no holiday in it.", "The holidays stay as they were.")
    return tuple(Holiday(day, " / ".join(names)[:MAX_NAME]) for day, names in sorted(found.items()))


def _of_table(source: Path) -> Iterator[tuple[date, str]]:
    rows = csv_rows(source, ("date",), ("name",))
    if not source.read_bytes().endswith((b"\n", b"\r")):
        raise KnownError(
            f"{source} looks cut: its last line has no end.",
            "Get it anew, or put a line break after the last holiday. The holidays stay as they "
            "were.",
        )
    for line, row in rows:
        day = _day(row["date"].strip())
        if day is None:
            raise KnownError(
                f"{source} has no date in line {line}: {row['date'][:40]!r}.",
                "Write dates like 2026-12-25. The holidays stay as they were.",
            )
        yield day, row.get("name", "").strip()


def _of_calendar(source: Path) -> Iterator[tuple[date, str]]:
    try:
        text = source.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise KnownError(f"{source} is not UTF-8 text.", "Export it anew.") from None
    lines = re.sub(r"\r?\n[ \t]", "", text).split("\n")  # long lines are folded
    lines = [line.strip("\r") for line in lines if line.strip()]
    if not lines or lines[0].strip().upper() != "BEGIN:VCALENDAR":
        raise KnownError(f"{source} is no calendar.", "Export it as iCalendar, or use CSV.")
    if lines[-1].strip().upper() != "END:VCALENDAR":
        raise KnownError(
            f"{source} is cut: the calendar has no end.",
            "Get it anew. The holidays stay as they were.",
        )
    event: list[tuple[str, str]] | None = None
    for line in lines:
        name, _, value = line.partition(":")
        kind = f"{name}:{value.strip()}".upper()
        if kind == "BEGIN:VEVENT":
            event = []
        elif kind == "END:VEVENT" and event is not None:
            yield from _days_of(event, source)
            event = None
        elif event is not None:
            event.append((name.split(";")[0].upper(), value.strip()))


def _days_of(fields: Iterable[tuple[str, str]], source: Path) -> Iterator[tuple[date, str]]:
    values = dict(fields)
    name = re.sub(r"\\([,;\\])", r"\1", values.get("SUMMARY", ""))
    if "RRULE" in values or "RDATE" in values:
        raise KnownError(
            f"{source} has a holiday that repeats: {name[:60]!r}.",
            "Export each year's day by itself. The holidays stay as they were.",
        )
    first = _day(values.get("DTSTART", ""))
    until = _day(values["DTEND"]) if "DTEND" in values else first and first + timedelta(days=1)
    if first is None or until is None:
        raise KnownError(
            f"{source} has an event that is no whole day: {name[:60]!r}.",
            "Export whole days. The holidays stay as they were.",
        )
    days = max(1, (until - first).days)
    if days > MOST_DAYS:
        raise KnownError(
            f"{source} has a holiday of {days:,} days: {name[:60]!r}.",
            f"At most {MOST_DAYS} days are taken for one. The holidays stay as they were.",
        )
    for number in range(days):
        yield first + timedelta(days=number), name


def _day(text: str) -> date | None:
    """Return the date that a text is, or None."""
    found = _DAY.fullmatch(text)
    if found is None:
        return None
    year, month, day = map(int, found.groups())
    try:
        return date(year, month, day) if FIRST_YEAR <= year <= LAST_YEAR else None
    except ValueError:
        return None
