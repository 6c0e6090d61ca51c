"""Whether what somebody entered is right. Pure but for random salts.

PINs: Argon2id (RFC 9106) over a keyed hash of the PIN. The key is not in the database, so a stolen
database alone does not let ten thousand PINs be tried. One-time codes: TOTP (RFC 6238), 6 digits,
30 s, SHA-1, as every authenticator has them.
"""

import base64
import functools
import hmac
from datetime import datetime

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.low_level import Type

CODE_SECONDS = 30
"""How long one code is shown."""
CODE_DIGITS = 6
_DRIFT = 1  # steps by which the person's clock may be off
ISSUER = "faceaccess"
_SECRET = 20  # bytes, as RFC 4226 recommends


@functools.cache
def _hasher() -> PasswordHasher:
    # What OWASP asks for at least, and one lane: the frames wait meanwhile. More would not help:
    # with the key, ten thousand PINs are tried in no time; without it, none.
    return PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1, type=Type.ID)


def hash_pin(keyed: bytes) -> str:
    """Return what is stored of a PIN, salted.

    Args:
        keyed: the PIN's keyed hash.
    """
    return _hasher().hash(keyed)


def is_pin(stored: str, keyed: bytes) -> bool:
    """Return whether a PIN's keyed hash is the one of which `stored` was made."""
    try:
        return _hasher().verify(stored, keyed)
    except (VerificationError, InvalidHashError):  # another PIN; a hash that is damaged
        return False


def is_card(stored: bytes, keyed: bytes) -> bool:
    """Return whether two keyed hashes of cards are equal, in a time that tells nothing."""
    return hmac.compare_digest(stored, keyed)


def code_secret(keyed: bytes) -> str:
    """Return the secret of one-time codes, in base 32.

    Args:
        keyed: the keyed hash of the person's salt, 20 bytes or more.
    """
    return base64.b32encode(keyed[:_SECRET]).decode()


def code_uri(secret: str, account: str) -> str:
    """Return the address by which an authenticator learns a secret (otpauth)."""
    totp = pyotp.TOTP(secret, digits=CODE_DIGITS, interval=CODE_SECONDS)
    return totp.provisioning_uri(name=account, issuer_name=ISSUER)


def code_step(secret: str, entry: str, now: datetime, last: int) -> int | None:
    """Return the time step whose code an entry is, or None.

    Args:
        secret: in base 32.
        entry: as it was entered.
        now: the time, aware.
        last: the newest step whose code was accepted; it and earlier ones do not count.
    """
    if len(entry) != CODE_DIGITS or not (entry.isascii() and entry.isdigit()):
        return None
    totp = pyotp.TOTP(secret, digits=CODE_DIGITS, interval=CODE_SECONDS)
    present = int(now.timestamp()) // CODE_SECONDS
    found = None
    for step in range(max(present - _DRIFT, 0), present + _DRIFT + 1):
        # All are looked at, so that the time tells nothing.
        if hmac.compare_digest(totp.generate_otp(step), entry) and step > last and found is None:
            found = step
    return found
