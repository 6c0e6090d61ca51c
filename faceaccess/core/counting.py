"""Numbers with their noun, and lists cut short, in English."""

from collections.abc import Sequence


def counted(number: int, one: str, many: str) -> str:
    """Return "1 person", "0 people", "1,200 people"."""
    return f"{number:,} {one if number == 1 else many}"


def few(names: Sequence[str], most: int = 5) -> str:
    """Return "Ann, Bob, Carl", or the first `most` and "and 1,200 more"."""
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more:,} more" if more > 0 else "")
