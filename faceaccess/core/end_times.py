"""Until when something is to last, as people write it."""

import re
from datetime import UTC, datetime, time, timedelta

from faceaccess.core.errors import KnownError

_DURATION = re.compile(r"(?:(\d{1,3}) ?h)? ?(?:(\d{1,4}) ?m(?:in)?)? ?(?:(\d{1,5}) ?s)?")


def end_at(text: str, now: datetime) -> datetime:
    """Return the moment that a time of day or a date with time means.

    Args:
        text: "17:30", the next time it is that late; "2026-11-24 17:30", or with T and a zone.
        now: aware; its zone is that of times without one.

    Raises:
        KnownError: if it is no time.
    """
    text = text.strip()
    try:
        if len(text) <= len("23:59:59"):
            # A zone's own arithmetic: the next day may have 23 or 25 hours.
            today = datetime.combine(now.date(), time.fromisoformat(text), now.tzinfo)
            return today if today > now else today + timedelta(days=1)
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise KnownError(
            f"{text!r} is no time.", "Write it as 17:30 or as 2026-11-24 17:30."
        ) from None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=now.tzinfo)


def end_after(text: str, now: datetime) -> datetime:
    """Return the moment that is so long from now.

    Args:
        text: hours, minutes, seconds: "20m", "1h30m", "45 min", "90s".
        now: aware.

    Raises:
        KnownError: if it is no length of time, or none at all.
    """
    found = _DURATION.fullmatch(text.strip())
    hours, minutes, seconds = (int(one or 0) for one in found.groups()) if found else (0, 0, 0)
    length = timedelta(hours=hours, minutes=minutes, seconds=seconds)
    if not length:
        raise KnownError(f"{text!r} is no length of time.", "Write it as 20m, 1h30m or 90s.")
    return (now.astimezone(UTC) + length).astimezone(now.tzinfo)
