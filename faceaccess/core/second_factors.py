"""What somebody may be asked for besides the face: PIN, card, one-time code. Values alone."""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from faceaccess.core.errors import KnownError

SHORTEST_PIN, LONGEST_PIN = 4, 12
SHORTEST_CARD, LONGEST_CARD = 4, 40
LONGEST_ENTRY = 64
"""Most characters of what a reader gives at once."""


class FactorKind(StrEnum):
    """A kind of second factor. The value is what people read and programs get."""

    PIN = "pin"
    CARD = "card"
    CODE = "code"


@dataclass(frozen=True, repr=False)
class SecondFactors:
    """One person's second factors, as they are stored; no PIN or card can be read from them.

    Attributes:
        pin: Argon2id hash of the keyed PIN in its usual text form, or None.
        card: keyed hash of the card's number, or None.
        code_salt: from which, with the store's key, the secret of one-time codes follows, or None.
        code_step: number of the last time step whose code was accepted, or -1; later ones count.
        failures: wrong entries in a row.
    """

    pin: str | None = None
    card: bytes | None = None
    code_salt: str | None = None
    code_step: int = -1
    failures: int = 0

    @property
    def kinds(self) -> tuple[FactorKind, ...]:
        """Which there are."""
        there = {
            FactorKind.PIN: self.pin,
            FactorKind.CARD: self.card,
            FactorKind.CODE: self.code_salt,
        }
        return tuple(kind for kind, value in there.items() if value is not None)

    def __repr__(self) -> str:
        """Without the hashes: this may end up in a log."""
        return f"SecondFactors({', '.join(self.kinds)})"


def checked_pin(text: str) -> str:
    """Return a PIN without surrounding blanks.

    Raises:
        KnownError: if it is not 4 to 12 of the digits 0 to 9; the text is not repeated.
    """
    text = text.strip()
    if not re.fullmatch(rf"[0-9]{{{SHORTEST_PIN},{LONGEST_PIN}}}", text):
        what = "is empty" if not text else "has other characters than the digits 0 to 9"
        if re.fullmatch(r"[0-9]+", text):
            what = f"has {len(text)} digits"
        raise KnownError(
            f"The PIN {what}.", f"Give {SHORTEST_PIN} to {LONGEST_PIN} digits, 0 to 9."
        )
    return text


def checked_card(text: str) -> str:
    """Return a card's number as it is compared: digits and capital letters.

    Readers write one number as 04:a1:b2:c3, 04-A1-B2-C3 or 04A1B2C3. Leading zeros count.

    Raises:
        KnownError: if it is too short, too long or has other characters; it is not repeated.
    """
    number = re.sub(r"[\s:-]", "", unicodedata.normalize("NFKC", text)).upper()
    if not re.fullmatch(rf"[0-9A-Z]{{{SHORTEST_CARD},{LONGEST_CARD}}}", number):
        raise KnownError(
            "The reader's line is no number of a card.",
            f"A number has {SHORTEST_CARD} to {LONGEST_CARD} digits or letters A to Z.",
        )
    return number
