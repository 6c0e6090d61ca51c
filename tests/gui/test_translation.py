"""Every text of the window has a Chinese translation with the same places in it."""

import ast
import json
import string
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QLocale

import faceaccess
from faceaccess.core.alarms import AlarmKind
from faceaccess.core.attack_tests import INSTRUCTIONS, KIND_NAMES, NOT_COVERED, PREPARE
from faceaccess.core.errors import BugError
from faceaccess.core.reasons import SENTENCES
from faceaccess.core.resources import resource_folder
from faceaccess.core.settings import Settings
from faceaccess.gui import translation
from faceaccess.gui.translation import (
    LANGUAGES,
    LONGER,
    language,
    load_catalogue,
    tr,
    trn,
    use_language,
)
from faceaccess.learn.choices import OPTIMIZERS

PACKAGE = Path(faceaccess.__file__).parent


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    yield
    use_language("en")


def literals(path: Path, function: str, position: int) -> set[str]:
    """The texts that stand as an argument in calls of a function in a file."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call) or len(node.args) <= position:
            continue
        if getattr(node.func, "id", getattr(node.func, "attr", "")) == function:
            argument = node.args[position]
            if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                found.add(argument.value)
    return found


def window_texts() -> set[str]:
    """All texts that the window hands to tr and trn, and those that use cases hand to it."""
    found: set[str] = set(SENTENCES.values())
    found |= {*KIND_NAMES.values(), *PREPARE.values(), *INSTRUCTIONS.values(), *NOT_COVERED}
    for path in (PACKAGE / "gui").rglob("*.py"):
        found |= literals(path, "tr", 0) | literals(path, "trn", 0) | literals(path, "trn", 1)
    for part in ("pipeline", "learn"):
        for path in (PACKAGE / part).glob("*.py"):
            found |= literals(path, "Progress", 0)
    found |= set(OPTIMIZERS.values())
    found |= {kind.sentence for kind in AlarmKind}
    found |= literals(PACKAGE / "pipeline" / "guided_capture.py", "_step", 1)
    for declared in Settings.model_fields.values():
        found.update(filter(None, (declared.title, declared.description)))
    return found


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("code", [code for code in LANGUAGES if code != "en"])
def test_every_text_is_translated_with_the_same_places(code: str) -> None:
    catalogue = load_catalogue(code)
    texts = window_texts()
    assert len(texts) > 300  # the walk itself works
    assert sorted(texts - catalogue.keys()) == []
    wrong = [t for t, translated in catalogue.items() if places(t) != places(translated)]
    assert wrong == []
    assert [t for t, translated in catalogue.items() if not translated.strip()] == []


def test_texts_are_found_filled_in_and_counted() -> None:
    use_language("zh_CN")
    assert language() == "zh_CN"
    assert tr("Let in: {name}", name="李伟") == "放行\uff1a李伟"
    assert tr("What no catalogue has") == "What no catalogue has"
    use_language("en")
    assert trn("{count} event", "{count} events", 1) == "1 event"
    assert trn("{count} event", "{count} events", 1_000_000) == "1,000,000 events"


def test_braces_in_a_name_are_only_a_name() -> None:
    assert tr("Let in: {name}", name="{name} {0}") == "Let in: {name} {0}"


def test_the_longer_language_is_half_as_long_again_and_keeps_places() -> None:
    text = "The door knows {name} now ({seconds} s)"
    use_language(LONGER)
    longer = tr(text, name="Li Wei", seconds="0.4")
    assert "Li Wei" in longer
    assert "0.4" in longer
    assert len(tr("Nobody is enrolled yet")) >= 1.4 * len("Nobody is enrolled yet")


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        (["zh-Hans-CN", "en-US"], "zh_CN"),
        (["zh-SG"], "zh_CN"),
        (["zh-Hant-TW", "en-GB"], "en"),
        (["en-GB", "zh-CN"], "en"),
        (["de-DE", "fr-FR"], "en"),
        (["de-DE", "zh-CN"], "zh_CN"),
    ],
)
def test_the_systems_first_known_language_is_taken(
    monkeypatch: pytest.MonkeyPatch, wanted: list[str], code: str
) -> None:
    class System:
        @staticmethod
        def uiLanguages() -> list[str]:
            return wanted

    class Locale(QLocale):
        @staticmethod
        def system() -> System:  # type: ignore[override]  # only what is asked for
            return System()

    monkeypatch.setattr(translation, "QLocale", Locale)
    assert translation.system_language() == code


def test_an_unknown_language_or_broken_catalogue_is_a_fault(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with pytest.raises(BugError, match="xx"):
        use_language("xx")
    folder = tmp_path / "translations" / "zh_CN"
    folder.mkdir(parents=True)
    monkeypatch.setattr(translation, "resource_folder", lambda _name: tmp_path)
    (folder / "a.json").write_text(json.dumps({"Live": "一"}), encoding="utf-8")
    (folder / "b.json").write_text(json.dumps({"Live": "二"}), encoding="utf-8")
    with pytest.raises(BugError, match="second way"):
        load_catalogue("zh_CN")
    (folder / "b.json").write_text("[]", encoding="utf-8")
    with pytest.raises(BugError, match="not a catalogue"):
        load_catalogue("zh_CN")


def test_no_file_of_the_catalogue_repeats_a_text() -> None:
    for path in (resource_folder("assets") / "translations").rglob("*.json"):
        pairs = json.loads(path.read_text(encoding="utf-8"), object_pairs_hook=list)
        names = [name for name, _ in pairs]
        assert len(names) == len(set(names)), path.name
