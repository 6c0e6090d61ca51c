"""PINs, cards and one-time codes: what is right, and that nothing is right twice or by accident."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faceaccess.core.errors import KnownError
from faceaccess.core.second_factors import (
    FactorKind,
    SecondFactors,
    checked_card,
    checked_pin,
)
from faceaccess.door.second_factor import (
    code_secret,
    code_step,
    code_uri,
    hash_pin,
    is_card,
    is_pin,
)

RFC = code_secret(b"12345678901234567890")
"""The secret of the test vectors of RFC 6238, appendix B (SHA-1); their last six digits below."""


@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (59, "287082"),
        (1111111109, "081804"),
        (1111111111, "050471"),
        (1234567890, "005924"),
        (2000000000, "279037"),
        (20000000000, "353130"),
    ],
)
def test_the_codes_are_those_of_the_rfc(seconds: int, code: str) -> None:
    now = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    assert code_step(RFC, code, now, -1) == seconds // 30
    assert code_step(RFC, code, now, seconds // 30) is None  # used already
    wrong = f"{(int(code) + 1) % 1_000_000:06}"
    assert code_step(RFC, wrong, now, -1) is None


@pytest.mark.parametrize(
    ("later", "counts"), [(-60, False), (-30, True), (0, True), (30, True), (60, False)]
)
def test_a_clock_may_be_off_by_one_step(later: int, counts: bool) -> None:
    now = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=1111111111 + later)
    assert (code_step(RFC, "050471", now, -1) is not None) is counts


@pytest.mark.parametrize(
    "entry", ["", "28708", "2870820", "94287082", "28708a", "²87082", "287 82"]
)
def test_what_is_no_code_is_none(entry: str) -> None:
    assert code_step(RFC, entry, datetime(1970, 1, 1, 0, 0, 59, tzinfo=UTC), -1) is None


def test_the_address_for_an_authenticator() -> None:
    assert code_uri(RFC, "Li Wei") == (
        f"otpauth://totp/faceaccess:Li%20Wei?secret={RFC}&issuer=faceaccess"
    )


def test_a_pin_is_known_again_and_salted() -> None:
    stored = hash_pin(b"keyed")
    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert stored != hash_pin(b"keyed")
    assert is_pin(stored, b"keyed")
    assert not is_pin(stored, b"keyec")
    assert not is_pin("damaged", b"keyed")
    assert not is_pin("", b"")


def test_cards_are_compared_whole() -> None:
    assert is_card(b"a" * 32, b"a" * 32)
    assert not is_card(b"a" * 32, b"a" * 31)
    assert not is_card(b"a" * 32, b"a" * 31 + b"b")


@given(st.text(max_size=20))
def test_a_pin_has_4_to_12_of_ten_digits(text: str) -> None:
    bare = text.strip()
    right = 4 <= len(bare) <= 12 and set(bare) <= set("0123456789")
    if right:
        assert checked_pin(text) == bare
        return
    with pytest.raises(KnownError):
        checked_pin(text)


@pytest.mark.parametrize("text", ["123", "1234567890123", "12a4", "١٢٣٤", "", "12 34"])
def test_what_is_no_pin_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(KnownError) as error:
        checked_pin(text)
    assert "4 to 12 digits" in str(error.value.remedy)
    assert text == "" or text not in f"{error.value} {error.value.remedy}"


def test_a_card_has_one_number_however_a_reader_writes_it() -> None:
    assert {checked_card(t) for t in ("04:a1:b2:c3", "04-A1-B2-C3", " 04A1 B2C3 ")} == {"04A1B2C3"}
    assert checked_card("0012345678") != checked_card("12345678")
    for wrong in ("", "123", "1" * 41, "12/34", "Karte!"):
        with pytest.raises(KnownError):
            checked_card(wrong)


def test_factors_show_their_kinds_alone() -> None:
    factors = SecondFactors("hash-of-pin", b"hash-of-card", None)
    assert factors.kinds == (FactorKind.PIN, FactorKind.CARD)
    assert repr(factors) == "SecondFactors(pin, card)"
    assert SecondFactors().kinds == ()
