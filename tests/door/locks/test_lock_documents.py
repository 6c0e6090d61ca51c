"""The guide has every kind of lock and every option, and nothing that there is not."""

import re
from pathlib import Path

import pytest

from faceaccess.door.locks.open import SCHEMES

LOCKS = Path(__file__).parents[3] / "faceaccess" / "door" / "locks"
GUIDE = Path(__file__).parents[3] / "docs" / "user-guide" / "locks.md"
ADR = Path(__file__).parents[3] / "docs" / "adr" / "locks.md"


@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_scheme_is_in_the_guide_and_its_answer_explained(scheme: str) -> None:
    assert f"`{scheme}:" in GUIDE.read_text(encoding="utf-8")
    assert f"`{scheme}:`" in ADR.read_text(encoding="utf-8")


def options() -> set[str]:
    """Names that some kind of lock asks its address for."""
    source = "".join(file.read_text(encoding="utf-8") for file in LOCKS.glob("*.py"))
    asked = re.findall(r'(?:options\.get\(|choice\(|number\()\s*"([a-z]+)"', source)
    return {*asked, *re.findall(r'"([a-z]+_(?:env|file))"', source)}


def test_every_option_is_in_the_guide() -> None:
    found = options()
    assert {"channel", "coil", "version", "secret_env", "password_file", "on"} <= found
    guide = GUIDE.read_text(encoding="utf-8")
    assert [name for name in sorted(found) if not re.search(rf"\b{name}=", guide)] == []
