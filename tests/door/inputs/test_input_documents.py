"""The guide has every kind of input and alert address, every option and every alarm."""

import re
from pathlib import Path

import pytest

from faceaccess.core.alarms import AlarmKind
from faceaccess.core.alerts import KINDS
from faceaccess.door.alerts import open as alert_addresses
from faceaccess.door.inputs import open as input_addresses

DOCS = Path(__file__).parents[3] / "docs"
GUIDE = (DOCS / "user-guide" / "alarms.md").read_text("utf-8")
ADR = (DOCS / "adr" / "alarms.md").read_text("utf-8")


@pytest.mark.parametrize("scheme", [*input_addresses._SCHEMES, *alert_addresses._SCHEMES])
def test_every_scheme_is_in_the_guide(scheme: str) -> None:
    assert f"`{scheme}:" in GUIDE


@pytest.mark.parametrize("scheme", {*input_addresses._SCHEMES} - {"mqtts"})
def test_how_a_lost_input_is_noticed_is_explained(scheme: str) -> None:
    assert f"`{scheme}:`" in ADR


def test_every_option_is_in_the_guide() -> None:
    options = {*input_addresses._COMMON, *alert_addresses._OF_ALL}
    for _, names in input_addresses._SCHEMES.values():
        options |= {*names}
    for names in alert_addresses._SCHEMES.values():
        options |= {*names}
    assert {"silent", "token_file", "kinds"} <= options
    said = {name for name in options if re.search(rf"\b{name}(=|`)", GUIDE)}
    assert options == said


def test_every_alarm_and_notice_is_in_the_guide() -> None:
    assert [kind for kind in KINDS if f"`{kind}`" not in GUIDE] == []
    assert {kind.sentence for kind in AlarmKind}  # every one has a sentence
