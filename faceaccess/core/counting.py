"""Numbers with their noun, in English."""


def counted(number: int, one: str, many: str) -> str:
    """Return "1 person", "0 people", "1,200 people"."""
    return f"{number:,} {one if number == 1 else many}"
