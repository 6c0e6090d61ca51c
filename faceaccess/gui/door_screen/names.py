"""How much of a person's name a screen in public shows."""

from typing import Literal

Names = Literal["full", "first", "none"]

_HIDDEN = "*"


def shown_name(name: str, how: Names) -> str:
    """Return what is shown of a name; "" for nothing.

    "first" shows the first name, so that who is let in sees that they were not taken for somebody
    else, and who stands behind them does not learn whom to look up. Of a name in Chinese
    characters, which has no blank to part it, the family name and the last character stay.
    """
    name = " ".join(name.split())
    if how == "full" or not name:
        return name if how != "none" else ""
    if how == "none":
        return ""
    if " " not in name and all(_is_han(letter) for letter in name):
        return _masked(name)
    _family, comma, given = name.partition(",")
    words = (given if comma and given.strip() else name).split()
    # Titles and initials ("Dr.", "J.") are no first names.
    return next((word for word in words if not word.endswith(".")), words[0]).strip(",")


def _masked(name: str) -> str:
    if len(name) < 2:
        return name
    if len(name) == 2:
        return name[0] + _HIDDEN
    return name[0] + _HIDDEN * (len(name) - 2) + name[-1]


def _is_han(letter: str) -> bool:
    return "\u3400" <= letter <= "\u9fff" or "\U00020000" <= letter <= "\U0003ffff"
