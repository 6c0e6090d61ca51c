"""A copy of all keys under a passphrase, in one file: for a new computer, or a disk that fails."""

import json
import secrets
from pathlib import Path

from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from faceaccess.core.errors import KnownError
from faceaccess.store.key_file import KEY_BYTES, NONCE_BYTES, KeyFile, Keys, packed, unpacked
from faceaccess.store.key_file import write as write_file

SHORTEST, LONGEST = 8, 1024
"""Characters of a passphrase."""
_MAGIC = b"faceaccess key copy 1\n"
_MOST_BYTES = 256 * 1024 * 1024
# RFC 9106's second recommended option: 3 passes over 64 MiB; some 0.1 s a guess on one core.
_PASSES, _KIBIBYTES, _LANES = 3, 65_536, 4
_SALT_BYTES = 16


def checked_passphrase(text: str) -> str:
    """Return a passphrase that may be used.

    Raises:
        KnownError: if it is too short or too long.
    """
    if not SHORTEST <= len(text) <= LONGEST:
        raise KnownError(
            f"A passphrase of {len(text)} characters cannot be used.",
            f"Give {SHORTEST} to {LONGEST} characters; four or five chance words are good.",
        )
    return text


def write_copy(keys: Keys, key_id: str, target: Path, passphrase: str) -> None:
    """Write all keys under a passphrase; the file is for its owner alone.

    Raises:
        KnownError: if the passphrase is too short or long, or the file cannot be written.
    """
    salt = secrets.token_bytes(_SALT_BYTES)
    header = _MAGIC + json.dumps({"id": key_id, "salt": salt.hex()}).encode() + b"\n"
    nonce = secrets.token_bytes(NONCE_BYTES)
    wrapped = AESGCM(_key(checked_passphrase(passphrase), salt)).encrypt(
        nonce, packed(keys), header
    )
    try:
        write_file(target, header + nonce + wrapped)
    except OSError as error:
        raise KnownError(
            f"{target} cannot be written: {error.strerror}.", "Choose another place."
        ) from error


def read_copy(source: Path, passphrase: str) -> tuple[str, Keys]:
    """Return the keys in a copy, and the name under which the database knows them.

    Raises:
        KnownError: if the file cannot be read or is no copy, or the passphrase is another.
    """
    try:
        size = source.stat().st_size
        data = source.read_bytes() if size <= _MOST_BYTES else b""
    except OSError as error:
        raise KnownError(
            f"{source} cannot be read: {error.strerror}.", "See its rights."
        ) from error
    end = data.find(b"\n", len(_MAGIC)) + 1
    try:
        if not data.startswith(_MAGIC) or not end:
            raise _none(source)
        fields = json.loads(data[len(_MAGIC) : end])
        key_id, salt = str(fields["id"]), bytes.fromhex(fields["salt"])
    except (ValueError, KeyError, TypeError) as error:
        raise _none(source) from error
    body = data[end:]
    cipher = AESGCM(_key(checked_passphrase(passphrase), salt))
    try:
        plain = cipher.decrypt(body[:NONCE_BYTES], body[NONCE_BYTES:], data[:end])
    except (InvalidTag, ValueError) as error:
        raise KnownError(
            f"{source} does not open with this passphrase, or it is damaged.",
            "Type it again; capitals and blanks count.",
        ) from error
    return key_id, unpacked(plain)


def import_copy(source: Path, passphrase: str, folder: Path) -> KeyFile:
    """Put the keys of a copy where the program looks for them, under a new master key.

    Raises:
        KnownError: as `read_copy`; or if these keys are here already: a copy that is older could
            bring back the key of somebody who was erased.
    """
    key_id, keys = read_copy(source, passphrase)
    file = KeyFile(folder, key_id)
    if file.path.exists():
        raise KnownError(
            f"These keys are here already: {file.path}.",
            "Nothing was changed. An older copy could bring back keys of people who were erased.",
        )
    file.create(keys)
    return file


def _key(passphrase: str, salt: bytes) -> bytes:
    return hash_secret_raw(
        passphrase.encode(), salt, _PASSES, _KIBIBYTES, _LANES, KEY_BYTES, Type.ID
    )


def _none(source: Path) -> KnownError:
    return KnownError(
        f"{source} is no copy of keys, or it is cut.", "`faceaccess keys export` makes one."
    )
