"""What use cases say in English (errors, remarks on pictures), in the window's language.

Use cases know no languages: they tell whole English sentences with values in them. `told.json` of a
catalogue has those sentences with named places for the values; a sentence that fits none stays
English, for half a translation is worse than none.
"""

import re
from functools import lru_cache

from faceaccess.core.errors import KnownError
from faceaccess.gui.translation import language, load_told, tr

_PLACE = re.compile(r"\{(\w+)\}")
_SENTENCES = re.compile(r"(?<=[.!?]) (?=[A-Z])")


def told(text: str) -> str:
    """Return a sentence of a use case in the window's language, values as they are."""
    found = tr(text)
    if found != text or not text:
        return found
    exact, patterns = _catalogue(language())
    if text in exact:
        return exact[text]
    parts = _SENTENCES.split(text)
    several = [told(part) for part in parts] if len(parts) > 1 else []
    if several and not set(several) & set(parts):
        return "".join(several)
    for pattern, translated in patterns:
        match = pattern.fullmatch(text)
        if match is not None:
            values = {name: _value(value) for name, value in match.groupdict().items()}
            return translated.format(**values)
    return text


def told_error(error: BaseException) -> str:
    """Return what went wrong and what to do about it, as one text."""
    if isinstance(error, KnownError):
        return " ".join(filter(None, (told(error.text), told(error.remedy))))
    return str(error)


def _value(text: str) -> str:
    """Return a value; remarks on pictures ("a.jpg: no face was found; ...") are translated too."""
    parts = []
    for part in text.split("; "):
        name, colon, remark = part.partition(": ")
        parts.append(f"{name}{colon}{told(remark)}" if colon else told(part))
    return "; ".join(parts)


Patterns = tuple[tuple[re.Pattern[str], str], ...]


@lru_cache(maxsize=4)
def _catalogue(code: str) -> tuple[dict[str, str], Patterns]:
    """Return sentences without places, and those with places, the longest first."""
    texts = load_told(code)
    exact = {text: translated for text, translated in texts.items() if not _PLACE.search(text)}
    rest = sorted(texts.keys() - exact.keys(), key=lambda text: len(_PLACE.sub("", text)))
    return exact, tuple((_pattern(text), texts[text]) for text in reversed(rest))


def _pattern(text: str) -> re.Pattern[str]:
    parts = _PLACE.split(text)
    # Every second part is the name of a place.
    made = (f"(?P<{p}>.+?)" if at % 2 else re.escape(p) for at, p in enumerate(parts))
    return re.compile("".join(made), re.DOTALL)
