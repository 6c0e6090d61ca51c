"""Equality without plain text: a keyed hash finds a staff number, a name or a picture again.

Staff numbers are short, so a plain hash of one could be guessed by trying all; the key, kept in
a file beside the database and never in it, makes a stolen database useless for that.
"""

import hashlib
import hmac
import os
import secrets
import unicodedata
from pathlib import Path

from faceaccess.core.errors import KnownError

KEY_BYTES = 32


def normalised_number(staff_number: str) -> str:
    """Return a staff number as it is compared: NFKC, case folded, trimmed."""
    return unicodedata.normalize("NFKC", staff_number).strip().casefold().strip()


class KeyedHash:
    """HMAC-SHA256 (RFC 2104) under one key, with the purpose hashed in.

    Args:
        key: `KEY_BYTES` secret bytes.

    Attributes:
        key: the same.
    """

    def __init__(self, key: bytes) -> None:
        self.key = key

    def of(self, purpose: str, text: str) -> bytes:
        """Return 32 bytes that are equal for equal purpose and text only."""
        return hmac.digest(self.key, f"{purpose}\0{text}".encode(), hashlib.sha256)

    def number(self, staff_number: str) -> bytes:
        """Return the hash of a staff number, the same for all its ways of writing."""
        return self.of("staff number", normalised_number(staff_number))

    @property
    def check(self) -> bytes:
        """What the database keeps to notice that it is used with another key."""
        return self.of("check", "")


def load_key(path: Path) -> KeyedHash:
    """Return the key in a file; it is made (owner only) where there is none.

    Raises:
        KnownError: if the file cannot be read or made, or is not a key.
    """
    try:
        if not path.exists():
            _make(path)
        key = path.read_bytes()
    except OSError as error:
        raise KnownError(
            f"The key file {path} cannot be used: {error.strerror}.",
            "See that you may read and write the data folder.",
        ) from error
    if len(key) != KEY_BYTES:
        raise KnownError(
            f"The key file {path} is damaged ({len(key)} bytes instead of {KEY_BYTES}).",
            "Put its backup back, or remove it: a new one is made and staff numbers stay unique.",
        )
    return KeyedHash(key)


def _make(path: Path) -> None:
    part = path.with_name(f".{path.name}.{secrets.token_hex(8)}.part")
    handle = os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(secrets.token_bytes(KEY_BYTES))
            file.flush()
            os.fsync(file.fileno())
        publish(part, path)
    finally:
        part.unlink(missing_ok=True)


def publish(part: Path, path: Path) -> bool:
    """Give a finished file its name, whole or not at all, and never over another file.

    Returns:
        Whether it was this one that got the name; `part` is gone in either case.

    Raises:
        OSError: if the folder cannot be written to.
    """
    try:
        os.link(part, path)
    except FileExistsError:
        return False
    except OSError:
        # File systems without hard links (FAT). Another process could come in between here.
        if path.exists():
            return False
        part.rename(path)
        return True
    finally:
        part.unlink(missing_ok=True)
    return True
