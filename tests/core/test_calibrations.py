"""Risks as people write them, and shares as people say them."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faceaccess.core.calibrations import STRICTEST_RISK, checked_risk, one_in, parse_risk
from faceaccess.core.errors import KnownError


@pytest.mark.parametrize(
    ("text", "risk"),
    [
        ("1/400", 0.0025),
        (" 1 / 1000 ", 0.001),
        ("2/100", 0.02),
        ("0.25%", 0.0025),
        ("1 %", 0.01),
        ("0.001", 0.001),
        (".5", 0.5),
        ("1e-4", 1e-4),
        ("1/1000000", STRICTEST_RISK),
    ],
)
def test_risks_are_read(text: str, risk: float) -> None:
    assert parse_risk(text) == pytest.approx(risk, rel=1e-12)


@pytest.mark.parametrize(
    "text",
    [
        *("0", "1/0", "2", "abc", "", "-1/5", "1/", "/3", "1", "100%", "3/2", "nan", "inf"),
        *("1/1/2", "1e-9", "0/5", "1/10000000", "1,5", "1/9999999999999", "1e400", "0x1"),
    ],
)
def test_what_is_no_risk_is_named(text: str) -> None:
    with pytest.raises(KnownError) as error:
        parse_risk(text)
    assert text.strip() in error.value.text
    assert error.value.remedy


@pytest.mark.parametrize("risk", [0.0, -0.1, 1.0, 1.5, float("nan"), float("inf"), 1e-7])
def test_numbers_are_checked_alike(risk: float) -> None:
    with pytest.raises(KnownError):
        checked_risk(risk)


@given(st.text(max_size=12))
def test_any_text_is_a_risk_or_a_known_error(text: str) -> None:
    with contextlib.suppress(KnownError):
        assert STRICTEST_RISK <= parse_risk(text) < 1.0


@pytest.mark.parametrize(
    ("share", "words"),
    [
        (0.0, "none"),
        (0.0025, "1 in 400"),
        (1 / 12_345, "1 in 12,345"),
        (0.2, "1 in 5"),
        (0.35, "35 in 100"),
        (1.0, "100 in 100"),
    ],
)
def test_shares_as_people_say_them(share: float, words: str) -> None:
    assert one_in(share) == words
