"""All people in memory, folded for search and sorted by name.

The database holds names only as the codec leaves them, so it can neither search nor sort them.
Ten thousand people take some 10 MB here.
"""

import unicodedata
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from faceaccess.core.people import Person

# Letters with a stroke and the like, which Unicode does not take apart.
_LETTERS = str.maketrans(
    {
        "ø": "o",
        "ł": "l",
        "đ": "d",
        "ð": "d",
        "ħ": "h",
        "\u0131": "i",
        "þ": "th",
        "æ": "ae",
        "œ": "oe",
    }
)


def fold(text: str) -> str:
    """Return text as it is searched: case and accents folded, spaces made one.

    Vowel signs, viramas and voicing marks of scripts that spell with them are kept.
    """
    if text.isascii():
        return " ".join(text.casefold().split())
    apart = unicodedata.normalize("NFKD", text.casefold())
    kept = "".join(c for c in apart if not _is_accent(c))
    whole = unicodedata.normalize("NFC", kept).casefold().translate(_LETTERS)
    return " ".join(whole.split())


def _is_accent(character: str) -> bool:
    # Canonical combining classes: 10 to 36 Hebrew, Arabic and Syriac points, from 200 on marks
    # above and below letters; 7, 8, 9, 84 to 132 are parts of Indic, Thai and Japanese spelling.
    kind = unicodedata.combining(character)
    return 10 <= kind <= 36 or kind >= 200


class _Entry(NamedTuple):
    key: tuple[str, str, str]
    text: str
    person: Person


def _entry(person: Person) -> _Entry:
    details = person.details
    name = fold(details.name)
    # Fields are apart by a line break, which no folded query contains.
    text = f"{name}\n{fold(details.staff_number or '')}\n{fold(details.department)}"
    return _Entry((name, details.name, person.id), text, person)


class PeopleIndex:
    """People by id, searchable and in order. Not thread-safe; its owner locks.

    Attributes:
        revision: state of the database that it shows; -1 before the first.
    """

    def __init__(self) -> None:
        self.revision = -1
        self._by_id: dict[str, _Entry] = {}
        self._order: list[_Entry] = []

    def copy(self) -> "PeopleIndex":
        """Return one that can change by itself."""
        copy = PeopleIndex()
        copy.revision = self.revision
        copy._by_id = dict(self._by_id)
        copy._order = list(self._order)
        return copy

    def update(self, people: Iterable[Person], gone: Iterable[str]) -> None:
        """Take in new and changed people, and drop those with ids in `gone`."""
        changes: Mapping[str, _Entry | None] = {
            **{person.id: _entry(person) for person in people},
            **dict.fromkeys(gone),
        }
        if not changes:
            return
        if not changes.keys().isdisjoint(self._by_id):
            self._order = [e for e in self._order if e.person.id not in changes]
        for person_id, entry in changes.items():
            if entry is None:
                self._by_id.pop(person_id, None)
            else:
                self._by_id[person_id] = entry
                self._order.append(entry)
        self._order.sort(key=lambda entry: entry.key)

    def find(self, query: str) -> list[Person]:
        """Return people with `query` in name, staff number or department, ordered by name."""
        wanted = fold(query)
        return [entry.person for entry in self._order if wanted in entry.text]

    def page(self, query: str, offset: int, limit: int | None) -> list[Person]:
        """Return a slice of `find(query)`."""
        end = None if limit is None else offset + limit
        if fold(query):
            return self.find(query)[offset:end]
        return [entry.person for entry in self._order[offset:end]]

    def count(self, query: str) -> int:
        """Return how many people `find(query)` gives."""
        wanted = fold(query)
        return sum(wanted in entry.text for entry in self._order) if wanted else len(self._order)
