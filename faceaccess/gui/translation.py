"""All text of the window in the user's language.

English is the source: a text is its own key, and what a catalogue lacks stays English. A catalogue
is a folder of JSON files in `assets/translations/<language>/`, each {"English": "translated"};
all but `told.json` are merged. Texts with values are whole sentences with named places, never glued
from parts:

    tr("The door knows {name} now ({seconds} s)", name=person.name, seconds="0.4")
"""

import json
from collections.abc import Mapping

from PySide6.QtCore import QLocale

from faceaccess.core.errors import BugError
from faceaccess.core.resources import resource_folder

LANGUAGES: dict[str, str] = {"en": "English", "zh_CN": "简体中文"}
"""Languages by code, named in themselves."""

LONGER = "longer"
"""A made-up language, half as long again as English, to try layouts with."""

TOLD = "told.json"
"""The file of a catalogue with what use cases say; see `faceaccess.gui.told`."""


class _Catalogue:
    """The language in force."""

    def __init__(self) -> None:
        self.language = "en"
        self.texts: Mapping[str, str] = {}

    def find(self, text: str) -> str:
        if self.language == LONGER:
            return _longer(text)
        return self.texts.get(text, text)


_catalogue = _Catalogue()


def tr(text: str, **values: object) -> str:
    """Return `text` in the user's language, with `values` put into its {places}."""
    found = _catalogue.find(text)
    return found.format(**values) if values else found


def trn(one: str, many: str, count: int, **values: object) -> str:
    """Return `one` or `many` by `count`, translated, with {count} and `values` put in."""
    return _catalogue.find(one if count == 1 else many).format(count=f"{count:,}", **values)


def language() -> str:
    """Return the code of the language in force."""
    return _catalogue.language


def use_language(code: str) -> None:
    """Take a language into force for all widgets made from now on.

    Args:
        code: a key of `LANGUAGES`, `LONGER`, or "system" for what the system says.

    Raises:
        BugError: if the language is unknown or its catalogue is broken.
    """
    if code == "system":
        code = system_language()
    _catalogue.texts = {} if code in {"en", LONGER} else load_catalogue(code)
    _catalogue.language = code


def system_language() -> str:
    """Return the first of the system's languages that there is a catalogue for, or "en"."""
    for wanted in QLocale.system().uiLanguages():
        name = QLocale(wanted).name()
        if name in LANGUAGES:
            return name
        if name.startswith("zh") and "Hant" not in wanted:
            return "zh_CN"
        if name.startswith("en"):
            return "en"
    return "en"


def load_catalogue(code: str) -> dict[str, str]:
    """Return all texts of a language.

    Raises:
        BugError: if there is no such catalogue, a file is not an object of texts, or two files
            translate one text differently.
    """
    folder = resource_folder("assets") / "translations" / code
    if code not in LANGUAGES or not folder.is_dir():
        raise BugError(f"there is no catalogue for the language {code!r}")
    merged: dict[str, str] = {}
    for path in sorted(folder.glob("*.json")):
        if path.name == TOLD:
            continue
        texts = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(texts, dict):
            raise BugError(f"{path.name} is not a catalogue")
        for source, translated in texts.items():
            if merged.setdefault(source, translated) != translated:
                raise BugError(f"{path.name} translates {source!r} in a second way")
    return merged


def load_told(code: str) -> dict[str, str]:
    """Return what use cases say, in a language; nothing for English and for `LONGER`.

    Raises:
        BugError: if the file is not an object of texts.
    """
    path = resource_folder("assets") / "translations" / code / TOLD
    if not path.is_file():
        return {}
    texts = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(texts, dict):
        raise BugError(f"{path.name} is not a catalogue")
    return texts


def _longer(text: str) -> str:
    """Return English made half as long again with words that can wrap; {places} stay."""
    words = text.split(" ")
    padded = [w if "{" in w or "}" in w else w + w[: (len(w) + 1) // 2] for w in words]
    return " ".join(padded)
