"""The file that holds the keys of a data folder, outside of it, and the master key that wraps it.

Two files in a folder of the user's own, both for their owner alone: `ID.master`, 32 secret bytes,
and `ID.keys`, everything else under AES-256-GCM with the master key. Neither is ever in the data
folder or a backup: who copies that folder has nothing that opens it. ID stands in the database, so
that a folder that was moved finds its keys again.
"""

import contextlib
import json
import os
import secrets
import struct
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from faceaccess.core.clock import Clock
from faceaccess.core.errors import BugError, KnownError
from faceaccess.core.held_file import HeldFile

KEY_BYTES = 32
NONCE_BYTES = 12
_MAGIC = b"faceaccess keys 1\n"
_LONGEST = 256 * 1024 * 1024  # bytes of a key file that is believed to be one
_AT_ONCE = 4 * 1024 * 1024  # bytes
_WAIT, _PAUSE = 10.0, 0.01  # seconds
_NAME = struct.Struct(">H")


@dataclass(frozen=True)
class Keys:
    """All keys of one data folder; 32 bytes each.

    Attributes:
        hash: of the keyed hashes (staff numbers and other equalities).
        general: of what is about nobody in particular.
        people: by the id of the person, or of the stranger, whom a value is about.
    """

    hash: bytes
    general: bytes
    people: Mapping[str, bytes]


def new_key() -> bytes:
    """Return `KEY_BYTES` random bytes."""
    return secrets.token_bytes(KEY_BYTES)


class KeyFile:
    """The keys of one data folder on the disk. Safe between processes by `held`.

    Args:
        folder: where all key files of this user are; made for its owner alone.
        key_id: 32 hexadecimal digits, as in the database.
    """

    def __init__(self, folder: Path, key_id: str) -> None:
        if len(key_id) != 32 or not set(key_id) <= set("0123456789abcdef"):
            raise KnownError(
                "The database is damaged: the name of its keys is none.",
                "Put a backup in its place.",
            )
        self.folder = folder
        self.key_id = key_id

    @property
    def path(self) -> Path:
        """The wrapped keys."""
        return self.folder / f"{self.key_id}.keys"

    @property
    def _hold(self) -> Path:
        return self.folder / f"{self.key_id}.hold"

    def master_path(self, generation: int) -> Path:
        """Return where a master key is; rotation makes the next generation."""
        return self.folder / f"{self.key_id}.{generation}.master"

    @contextmanager
    def held(self, clock: Clock) -> Iterator[None]:
        """Let no other process write the file meanwhile.

        Raises:
            KnownError: if another process does not let go within some seconds, or the folder
                cannot be used.
        """
        self._make_folder()
        end = clock.monotonic() + _WAIT
        while True:
            try:
                hold = HeldFile(self._hold)
                break
            except BlockingIOError as error:
                if clock.monotonic() > end:
                    raise KnownError(
                        f"Another program holds the key file {self.path}.",
                        "Wait until it has finished, or end it.",
                    ) from error
                time.sleep(_PAUSE)
            except OSError as error:
                raise self._unusable(error) from error
        try:
            yield
        finally:
            hold.release()

    def _make_folder(self) -> None:
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise self._unusable(error) from error

    def stamp(self) -> tuple[int, int, int]:
        """Return what changes whenever the file is written; a few microseconds.

        Raises:
            KnownError: if there is no such file, or it cannot be looked at.
        """
        try:
            found = self.path.stat()
        except OSError as error:
            raise self._missing(error) from error
        return found.st_ino, found.st_mtime_ns, found.st_size

    def create(self, keys: Keys) -> None:
        """Write the first keys under a new master key.

        Raises:
            KnownError: if the folder cannot be written to.
        """
        self._make_folder()
        try:
            write(self.master_path(1), new_key())
        except OSError as error:
            raise self._unusable(error) from error
        self.write(keys, generation=1)

    def write(self, keys: Keys, *, generation: int | None = None) -> None:
        """Replace the file, whole or not at all.

        Args:
            keys: all that it is to hold.
            generation: of the master key that wraps it; None for the one that does now.

        Raises:
            KnownError: if it cannot be written.
        """
        if generation is None:
            generation = self._header(self._read())[0]
        header = _MAGIC + json.dumps({"id": self.key_id, "master": generation}).encode() + b"\n"
        nonce = secrets.token_bytes(NONCE_BYTES)
        wrapped = AESGCM(self._master(generation)).encrypt(nonce, packed(keys), header)
        try:
            write(self.path, header + nonce + wrapped)
        except OSError as error:
            raise self._unusable(error) from error

    def read(self) -> Keys:
        """Return all keys.

        Raises:
            KnownError: if file or master key are missing, damaged, or do not belong together.
        """
        data = self._read()
        generation, header = self._header(data)
        body = data[len(header) :]
        try:
            plain = AESGCM(self._master(generation)).decrypt(
                body[:NONCE_BYTES], body[NONCE_BYTES:], header
            )
        except (InvalidTag, ValueError) as error:
            raise KnownError(
                f"The key file {self.path} does not open with its master key.",
                "One of the two is damaged or another's: put both back from the copy you keep.",
            ) from error
        return unpacked(plain)

    @property
    def generation(self) -> int:
        """How often the master key was made anew, from 1."""
        return self._header(self._read())[0]

    def rotate(self) -> int:
        """Wrap the keys with a new master key, and destroy the one before; may be interrupted.

        The caller holds the file. A process that is killed on the way leaves the keys under the
        former or under the new master key, whichever the file names; what is left over is
        removed by the next rotation.

        Returns:
            The new generation.

        Raises:
            KnownError: if something cannot be read or written.
        """
        keys, former = self.read(), self.generation
        following = former + 1
        try:
            write(self.master_path(following), new_key())
            self.write(keys, generation=following)
            for old in self.folder.glob(f"{self.key_id}.*.master"):
                if old != self.master_path(following):
                    overwrite(old)
        except OSError as error:
            raise self._unusable(error) from error
        return following

    def remove(self) -> None:
        """Destroy all keys: nothing of the data folder can be read any more."""
        for path in (self.path, *self.folder.glob(f"{self.key_id}.*.master")):
            overwrite(path)
        self._hold.unlink(missing_ok=True)

    def open_to_others(self) -> list[Path]:
        """Return those of the files that somebody else may read; [] where rights mean nothing."""
        if os.name != "posix":
            return []
        paths = [self.path, *self.folder.glob(f"{self.key_id}.*.master")]
        return [path for path in paths if path.exists() and path.stat().st_mode & 0o077]

    def _read(self) -> bytes:
        try:
            if self.path.stat().st_size > _LONGEST:
                raise KnownError(f"{self.path} is too large for a key file.", "See what it is.")
            return self.path.read_bytes()
        except OSError as error:
            raise self._missing(error) from error

    def _header(self, data: bytes) -> tuple[int, bytes]:
        """Return the master key's generation and the header's bytes."""
        end = data.find(b"\n", len(_MAGIC)) + 1
        fields: object = None
        if data.startswith(_MAGIC) and end:
            with contextlib.suppress(ValueError):
                fields = json.loads(data[len(_MAGIC) : end])
        if (
            not isinstance(fields, dict)
            or fields.get("id") != self.key_id
            or not isinstance(fields.get("master"), int)
        ):
            raise KnownError(
                f"The key file {self.path} is damaged or another's.",
                "Put it back from the copy you keep.",
            )
        return fields["master"], data[:end]

    def _master(self, generation: int) -> bytes:
        path = self.master_path(generation)
        try:
            key = path.read_bytes()
        except OSError as error:
            raise KnownError(
                f"The master key {path} cannot be read: {error.strerror}.",
                "Put it back from the copy you keep; without it nothing can be read.",
            ) from error
        if len(key) != KEY_BYTES:
            raise KnownError(
                f"The master key {path} is damaged ({len(key)} bytes instead of {KEY_BYTES}).",
                "Put it back from the copy you keep.",
            )
        return key

    def _missing(self, error: OSError) -> KnownError:
        return KnownError(
            f"The keys of this data folder are not here: {self.path}: {error.strerror}.",
            "Put the key files back from the copy you keep (see `faceaccess keys show` on the "
            "computer that has them). Without them nothing in the data folder can be read.",
        )

    def _unusable(self, error: OSError) -> KnownError:
        return KnownError(
            f"The folder of keys {self.folder} cannot be used: {error.strerror}.",
            "Make it writable, or free some space on its disk.",
        )


def write(path: Path, data: bytes) -> None:
    """Write a file for its owner alone, whole or not at all, and bring it to the disk.

    Raises:
        OSError: if it cannot be written.
    """
    part = path.with_name(f".{path.name}.{secrets.token_hex(8)}.part")
    handle = os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    if os.name == "posix":
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def overwrite(path: Path) -> None:
    """Remove a file after writing over it; what a drive keeps of it is beyond a program.

    Raises:
        OSError: if it cannot be written; one that is not there is no error.
    """
    try:
        with path.open("r+b") as file:
            left = path.stat().st_size
            while left > 0:
                left -= file.write(bytes(min(left, _AT_ONCE)))
            file.flush()
            os.fsync(file.fileno())
    except FileNotFoundError:
        return
    path.unlink(missing_ok=True)


def packed(keys: Keys) -> bytes:
    """Return all keys as bytes, not sealed."""
    parts = [keys.hash, keys.general]
    for name, key in keys.people.items():
        encoded = name.encode()
        if len(key) != KEY_BYTES or not 0 < len(encoded) < 2**16:
            raise BugError("a key of a wrong length, or for nobody")
        parts += [_NAME.pack(len(encoded)), encoded, key]
    return b"".join(parts)


def unpacked(plain: bytes) -> Keys:
    """Return what `packed` was given."""
    people: dict[str, bytes] = {}
    at = 2 * KEY_BYTES
    while at < len(plain):
        (length,) = _NAME.unpack_from(plain, at)
        at += _NAME.size
        name = plain[at : at + length].decode()
        at += length
        people[name] = plain[at : at + KEY_BYTES]
        at += KEY_BYTES
    return Keys(plain[:KEY_BYTES], plain[KEY_BYTES : 2 * KEY_BYTES], people)
