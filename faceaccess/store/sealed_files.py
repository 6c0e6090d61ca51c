"""Whole files sealed in pieces: copies of a database that were made while its fields were plain."""

import os
import struct
from io import BufferedReader
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from faceaccess.core.errors import KnownError
from faceaccess.core.whole_file import whole_file
from faceaccess.store.key_file import NONCE_BYTES, overwrite
from faceaccess.store.key_ring import KeyRing

SUFFIX = ".sealed"
_MAGIC = b"faceaccess sealed 1\n"
_PIECE = 4 * 1024 * 1024  # bytes
_SIZE = struct.Struct(">I")
_LAST = struct.Struct(">Q?")


def seal_backups(folder: Path, ring: KeyRing) -> None:
    """Seal every plain backup in a folder and remove the plain one.

    Raises:
        KnownError: if one cannot be read or written; it stays plain then.
    """
    for path in sorted(folder.glob("*.backup")):
        sealed = path.with_name(path.name + SUFFIX)
        seal_file(path, sealed, ring)
        overwrite(path)


def seal_file(source: Path, target: Path, ring: KeyRing) -> None:
    """Write a sealed copy of a file.

    Raises:
        KnownError: if one of the two cannot be read or written.
    """
    cipher, header = AESGCM(ring.general_key), _MAGIC + ring.key_id.encode() + b"\n"
    with _reading(source) as plain, whole_file(target) as out:
        target_part = Path(out.name)
        target_part.chmod(0o600)
        out.write(header)
        number, piece = 0, plain.read(_PIECE)
        while True:
            following = plain.read(_PIECE)
            bound = header + _LAST.pack(number, not following)
            nonce = os.urandom(NONCE_BYTES)
            sealed = nonce + cipher.encrypt(nonce, piece, bound)
            out.write(_SIZE.pack(len(sealed)) + sealed)
            if not following:
                return
            number, piece = number + 1, following


def open_file(source: Path, target: Path, ring: KeyRing) -> None:
    """Write what a sealed file holds.

    Raises:
        KnownError: if it is cut, changed, another folder's, or cannot be read or written.
    """
    cipher, header = AESGCM(ring.general_key), _MAGIC + ring.key_id.encode() + b"\n"
    damaged = KnownError(
        f"{source} is no backup that the keys of this data folder open, or it is damaged.",
        "Take another backup.",
    )
    with _reading(source) as sealed, whole_file(target) as out:
        Path(out.name).chmod(0o600)
        if sealed.read(len(header)) != header:
            raise damaged
        number, last = 0, False
        while not last:
            size = sealed.read(_SIZE.size)
            if len(size) != _SIZE.size or _SIZE.unpack(size)[0] > _PIECE + 64:
                raise damaged
            piece = sealed.read(_SIZE.unpack(size)[0])
            last = not sealed.peek(1)
            try:
                bound = header + _LAST.pack(number, last)
                out.write(cipher.decrypt(piece[:NONCE_BYTES], piece[NONCE_BYTES:], bound))
            except (InvalidTag, ValueError) as error:
                raise damaged from error
            number += 1


def _reading(path: Path) -> BufferedReader:
    try:
        return path.open("rb")
    except OSError as error:
        raise KnownError(f"{path} cannot be read: {error.strerror}.", "See its rights.") from error
