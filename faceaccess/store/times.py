"""Times as the database keeps them: microseconds since 1970 in UTC, an integer that sorts."""

from datetime import UTC, datetime, timedelta

from faceaccess.core.errors import BugError
from faceaccess.store.codec import damaged

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def to_micros(time: datetime) -> int:
    """Return an aware time as microseconds since 1970, exactly.

    Raises:
        BugError: if the time is naive.
    """
    if time.tzinfo is None:
        raise BugError(f"a time without a zone: {time}")
    return (time - _EPOCH) // _MICROSECOND


def from_micros(micros: int) -> datetime:
    """Return the aware UTC time of `to_micros`.

    Raises:
        KnownError: if it is not one that was stored.
    """
    try:
        return _EPOCH + timedelta(microseconds=micros)
    except (OverflowError, TypeError) as error:  # a damaged page may give any number, or NULL
        raise damaged("a time") from error
