from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from faceaccess.core.access_rules import Holiday
from faceaccess.core.errors import KnownError
from faceaccess.pipeline.holiday_files import read_holidays

CALENDAR = """BEGIN:VCALENDAR
VERSION:2.0
BEGIN:VEVENT
DTSTART;VALUE=DATE:20261225
SUMMARY:Christmas\\, first
  day
END:VEVENT
BEGIN:VEVENT
DTSTART;VALUE=DATE:20261231
DTEND;VALUE=DATE:20270102
SUMMARY:Turn of the year
END:VEVENT
END:VCALENDAR
"""


def put(folder: Path, text: str | bytes, name: str = "days.csv") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_a_table_is_read_whole(tmp_path: Path) -> None:
    text = "date,name\n2026-12-25,Christmas\n2026-10-01,国庆\n2026-12-25,Xmas\n\n"
    assert read_holidays(put(tmp_path, text)) == (
        Holiday(date(2026, 10, 1), "国庆"),
        Holiday(date(2026, 12, 25), "Christmas / Xmas"),
    )
    assert read_holidays(put(tmp_path, "\ufeffName;Date\r\n;2027-01-01\r\n")) == (
        Holiday(date(2027, 1, 1)),
    )
    assert read_holidays(put(tmp_path, "date\n2027-01-01\n"))[0].day == date(2027, 1, 1)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_calendar_is_read_whole(tmp_path: Path, end: str) -> None:
    path = put(tmp_path, CALENDAR.replace("\n", end), "days.ics")
    assert read_holidays(path) == (
        Holiday(date(2026, 12, 25), "Christmas, first day"),
        Holiday(date(2026, 12, 31), "Turn of the year"),
        Holiday(date(2027, 1, 1), "Turn of the year"),
    )


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("a.csv", "date,name\n2026-12-25,Chri", "looks cut"),
        ("a.csv", "date,name\n2026-12-", "looks cut"),
        ("a.csv", "date,name\n2026-12-2\n", "no date in line 2: '2026-12-2'"),
        ("a.csv", "date,name\n25.12.2026,x\n", "no date in line 2"),
        ("a.csv", "date,name\n2026-02-30,x\n", "no date in line 2"),
        ("a.csv", "date,name\n1026-12-25,x\n", "no date in line 2"),
        ("a.csv", "date,name\n", "no holiday"),
        ("a.csv", "day,name\n2026-12-25,x\n", "no column date"),
        ("a.csv", b"date,name\n2026-12-25,\xff\n", "not UTF-8"),
        ("a.csv", "", "looks cut"),
        ("a.ics", "", "no calendar"),
        ("a.ics", "date,name\n", "no calendar"),
        ("a.ics", "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20261225\n", "is cut"),
        ("a.ics", "BEGIN:VCALENDAR\nEND:VCALENDAR\n", "no holiday"),
        ("a.ics", CALENDAR.replace("DATE:20261225", "DATE:20261225T100000"), "no whole day"),
        ("a.ics", CALENDAR.replace("SUMMARY:Turn", "RRULE:FREQ=YEARLY\nSUMMARY:Turn"), "repeats"),
        ("a.ics", CALENDAR.replace("20270102", "20280102"), "367 days"),
        ("a.ics", b"\xff\xfe", "not UTF-8"),
    ],
)
def test_a_file_that_is_cut_or_something_else_is_refused(
    tmp_path: Path, name: str, text: str | bytes, words: str
) -> None:
    with pytest.raises(KnownError, match=words) as caught:
        read_holidays(put(tmp_path, text, name))
    assert caught.value.remedy


def test_what_is_too_large_or_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(KnownError, match="too large"):
        read_holidays(put(tmp_path, "x" * (5 * 1024 * 1024)))
    with pytest.raises(OSError, match=r"none\.csv"):
        read_holidays(tmp_path / "none.csv")


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, len(CALENDAR.rstrip()) - 1))
def test_a_calendar_cut_anywhere_is_refused(tmp_path: Path, length: int) -> None:
    with pytest.raises(KnownError):
        read_holidays(put(tmp_path, CALENDAR[:length], "days.ics"))
