"""What use cases say in English is Chinese in a Chinese window, values as they are."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import faceaccess
from faceaccess.core.errors import KnownError
from faceaccess.core.faces import QualityIssue
from faceaccess.core.people import PersonDetails
from faceaccess.core.reasons import Reason
from faceaccess.gui.camera_thread import Condition
from faceaccess.gui.messages import from_error
from faceaccess.gui.told import told, told_error
from faceaccess.gui.translation import TOLD, load_told, use_language
from faceaccess.gui.wording import reason_words
from faceaccess.pipeline.camera_watch import CameraTroubleKind
from faceaccess.pipeline.picture_look import issue_text, nothing_taken
from faceaccess.pipeline.results import Rejected

PACKAGE = Path(faceaccess.__file__).parent
SHOWN = (
    *sorted((PACKAGE / "camera").glob("*.py")),
    *(
        PACKAGE / f"{name}.py"
        for name in (
            "core/people",
            "store/people",
            "store/opening",
            "images/codec",
            "pipeline/picture_look",
            "pipeline/intake",
            "pipeline/enrolment",
            "pipeline/station_client",
            "pipeline/station_files",
            "pipeline/doors",
            "pipeline/directory",
            "pipeline/door_knowledge",
            "pipeline/corrections",
            "pipeline/correction_check",
            "pipeline/strangers",
            "pipeline/stranger_sources",
            "pipeline/heads_in_service",
            "pipeline/journal",
            "core/access_rules",
            "core/weekly_schedules",
            "pipeline/rule_book",
            "pipeline/holiday_files",
            "pipeline/station_feed",
            "pipeline/station_requests",
        )
    ),
)
"""Whose known errors the window shows to whoever enrols, corrects, or looks after a door."""


@pytest.fixture(autouse=True)
def _chinese() -> Iterator[None]:
    use_language("zh_CN")
    yield
    use_language("en")


def is_chinese(text: str) -> bool:
    return any("\u4e00" <= letter <= "\u9fff" for letter in text)


def template(node: ast.expr) -> str | None:
    """A text as it may come out, "V1", "V2" in the places of its values; None if it is none."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if not isinstance(node, ast.JoinedStr):
        return None
    parts = []
    for number, part in enumerate(node.values):
        value = f"V{number}" if isinstance(part, ast.FormattedValue) else part.value  # type: ignore[attr-defined]  # a constant
        parts.append(str(value))
    return "".join(parts)


def errors(path: Path) -> Iterator[str]:
    """What the known errors of a file say, their remedies included."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "KnownError":
            for text in map(template, node.args[:2]):
                if text is not None and re.search("[a-z]{3}", text):
                    yield text


@pytest.mark.parametrize("path", SHOWN, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_known_errors_are_translated_with_their_values(path: Path) -> None:
    for text in errors(path):
        translated = told(text)
        assert is_chinese(translated), text
        assert set(re.findall(r"V\d+", translated)) == set(re.findall(r"V\d+", text)), text


def test_the_walk_finds_the_errors() -> None:
    assert sum(len(list(errors(path))) for path in SHOWN) > 120


def test_what_is_wrong_with_a_picture_is_translated() -> None:
    for reason in Reason:
        assert is_chinese(told(reason.sentence)), reason
        assert is_chinese(reason_words(reason)), reason
    issue = QualityIssue(Reason.TOO_FAR, 12.0, 30.0, "px")
    translated = told(issue_text(issue))
    assert translated.startswith("人脸太小")
    assert "12 px" in translated
    assert "至少应为 30" in translated
    for text in (
        *(kind.value for kind in CameraTroubleKind),
        "no face was found",
        "3 faces were found: give a picture with one face",
        "it hardly resembles the other pictures (0.21): somebody else?",
    ):
        assert is_chinese(told(text))


def test_remarks_inside_an_error_are_translated_and_names_are_not() -> None:
    error = nothing_taken([Rejected("a.jpg", "no face was found"), Rejected("b.jpg", "it is new")])
    message = from_error(error)
    assert message.text.startswith("没有图片被采用")
    assert "a.jpg: 没有找到人脸" in message.text
    assert "b.jpg: it is new" in message.text  # what has no translation stays as it is
    assert is_chinese(message.remedy)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("It has no class for 3 enrolled people.", ["3"]),
        ("Its threshold is 0.512; the stated risk asks for 0.530.", ["0.512", "0.530"]),
        ("It lets 3 of 5,000 strangers in; the head before lets in 1.", ["3", "5,000", "1"]),
        (
            "1 person loses 2 held-out pictures by which the head before knows them.",
            ["1", "2"],
        ),
        ("4 people are known by none of their enrolled pictures; the head before knows them.", []),
        ("Li Wei added", ["Li Wei"]),
        ("1,200 people imported", ["1,200"]),
        ("The picture is one of Ana's now. Shown the same pictures, the door lets Ana in now.", []),
        ('Shown the same pictures, the door lets nobody in now ("Come closer").', []),
    ],
)
def test_verdicts_on_heads_and_corrections_are_translated(text: str, kept: list[str]) -> None:
    translated = told(text)
    assert is_chinese(translated)
    assert all(value in translated for value in kept)
    left = re.sub("Li Wei|Ana", "", translated)
    assert not re.search("[A-Za-z]{3}", left), translated


def test_sentences_are_translated_together_or_not_at_all() -> None:
    assert told("It is noted. The weather is fine.") == "It is noted. The weather is fine."


def test_fields_of_a_person_are_named_in_the_language() -> None:
    with pytest.raises(KnownError) as caught:
        PersonDetails("")
    assert told_error(caught.value) == "姓名为空。 请填写姓名。"


def test_an_unknown_sentence_and_english_stay_as_they_are() -> None:
    assert told("The weather is fine.") == "The weather is fine."
    assert told("") == ""
    assert told_error(ValueError("x")) == "x"
    use_language("en")
    assert told("There is no camera 3.") == "There is no camera 3."


def test_every_translation_has_the_places_of_its_sentence() -> None:
    texts = load_told("zh_CN")
    assert TOLD == "told.json"
    for text, translated in texts.items():
        places = re.findall(r"\{\w+\}", text)
        assert sorted(places) == sorted(re.findall(r"\{\w+\}", translated)), text
        assert len(places) == len(set(places)), text
        assert json.dumps(translated)


def test_a_value_with_braces_is_only_a_value() -> None:
    assert told("There is no camera {0} {a}.") == "没有摄像头 {0} {a}。"
    assert Condition("lost", told("Camera 0 gives no more pictures.")).text.startswith("摄像头 0")
