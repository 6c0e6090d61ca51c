"""Records on disk in their order: what was appended is there after any end of the process.

One line a record: JSON sealed with AES-GCM under a key that follows from the data folder's own,
bound to the tag of the record before it, in base 64. So nobody reads names in it, and a record that
is torn, changed, moved or of another data folder is noticed. What an interrupted append left is cut
off. The first line says whose the journal is, with a check of its own (HMAC-SHA256).
"""

import base64
import contextlib
import hashlib
import hmac
import json
import logging
import os
import secrets
from collections.abc import Callable, Sequence
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from faceaccess.core.errors import KnownError
from faceaccess.pipeline.journal_records import Json

_log = logging.getLogger(__name__)

_FORMAT = 1
_CHECK = 32  # hexadecimal digits
_NONCE = 16  # bytes
_NONCE_OF_RECORD, _TAG = 12, 16  # bytes, of AES-GCM
_FLAGS = os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0)  # Windows would change line ends


class JournalFile:
    """The records of one door that wait. Used under its owner's lock.

    Args:
        path: the file; made where it is not there.
        station: the door's name.
        key_of: returns the key of a nonce; the same in this data folder alone.

    Attributes:
        found: the records that were in it, oldest first.

    Raises:
        KnownError: if it is not this door's, of another data folder, or cannot be read or written.
    """

    def __init__(self, path: Path, station: str, key_of: Callable[[str], bytes]) -> None:
        self._path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._handle = os.open(path, _FLAGS, 0o600)
        except OSError as error:
            raise _unusable(path, error) from error
        try:
            data = path.read_bytes()
            key, self._header = self._opened(data, station, key_of)
            self._cipher = AESGCM(key)
            self.found, self._check, self._end = self._read(data)
            self._set_end()
        except OSError as error:
            os.close(self._handle)
            raise _unusable(path, error) from error
        except BaseException:
            os.close(self._handle)
            raise

    @property
    def size(self) -> int:
        """Bytes in use."""
        return self._end

    def append(self, records: Sequence[Json]) -> None:
        """Write records behind those that are there; they are on the disk when this returns.

        Raises:
            OSError: if they cannot be written; then none of them counts.
        """
        check, lines = self._check, []
        for record in records:
            text = json.dumps(record, separators=(",", ":"), ensure_ascii=False).encode()
            nonce = os.urandom(_NONCE_OF_RECORD)
            sealed = nonce + self._cipher.encrypt(nonce, text, check)
            check = sealed[-_TAG:]
            lines.append(base64.b64encode(sealed) + b"\n")
        data = b"".join(lines)
        try:
            _write_at(self._handle, data, self._end)
            os.fsync(self._handle)
        except OSError:
            with contextlib.suppress(OSError):  # a rest is overwritten, or cut off when it is read
                os.ftruncate(self._handle, self._end)
            raise
        self._check, self._end = check, self._end + len(data)

    def clear(self) -> None:
        """Forget all records: they are in the store.

        Raises:
            OSError: if that cannot be written; then they are applied again later.
        """
        os.ftruncate(self._handle, len(self._header))
        self._end, self._check = len(self._header), self._header_check
        os.fsync(self._handle)

    def close(self) -> None:
        """Give the file back; may be called twice."""
        handle, self._handle = self._handle, -1
        if handle >= 0:
            os.close(handle)

    # Reading

    def _opened(
        self, data: bytes, station: str, key_of: Callable[[str], bytes]
    ) -> tuple[bytes, bytes]:
        """Return the key and the first line; a file that was never finished begins anew."""
        line, ended, _ = data.partition(b"\n")
        if not ended:  # nobody was told of anything in it
            nonce = secrets.token_hex(_NONCE)
            key = key_of(nonce)
            text = json.dumps({"journal": _FORMAT, "station": station, "nonce": nonce}).encode()
            header = _mac(key, text) + b" " + text + b"\n"
            os.ftruncate(self._handle, 0)
            _write_at(self._handle, header, 0)
            os.fsync(self._handle)
            _sync_folder(self._path.parent)
            return key, header
        check, _, text = line.partition(b" ")
        try:
            told = json.loads(text)
            nonce = str(told["nonce"])
            right = told["station"] == station and told["journal"] == _FORMAT
        except (ValueError, KeyError, TypeError):
            nonce, right = "", False
        key = key_of(nonce)
        if not right or not hmac.compare_digest(check, _mac(key, text)):
            raise KnownError(
                f"The journal {self._path} is not this door's, or of another data folder.",
                "Move it away. What is written in it is then in no record of this folder.",
            )
        return key, line + b"\n"

    def _read(self, data: bytes) -> tuple[list[Json], bytes, int]:
        """Return the records that are whole, the last one's check, and where they end."""
        check, end, records = self._header_check, len(self._header), []
        rest = data[end:]
        while rest:
            line, ended, following = rest.partition(b"\n")
            opened = self._record(line, check) if ended else None
            if opened is None:
                self._cut(data, end, torn=not ended)
                break
            record, check = opened
            records.append(record)
            end += len(line) + 1
            rest = following
        return records, check, end

    def _record(self, line: bytes, before: bytes) -> tuple[Json, bytes] | None:
        """Return a record and its tag, or None where it is not the one after `before`."""
        try:
            sealed = base64.b64decode(line, validate=True)
            nonce, rest = sealed[:_NONCE_OF_RECORD], sealed[_NONCE_OF_RECORD:]
            record: Json = json.loads(self._cipher.decrypt(nonce, rest, before))
        except (InvalidTag, ValueError):
            return None
        return record, sealed[-_TAG:]

    def _cut(self, data: bytes, end: int, *, torn: bool) -> None:
        if torn:
            _log.warning("%s: the last record was never finished; it is left out", self._path)
            return
        aside = self._path.with_name(f"{self._path.name}.damaged")
        aside.write_bytes(data)
        aside.chmod(0o600)
        _log.error(
            "%s is damaged from byte %d on: what comes after is left out. The whole file is in %s.",
            *(self._path, end, aside),
        )

    def _set_end(self) -> None:
        os.ftruncate(self._handle, self._end)

    @property
    def _header_check(self) -> bytes:
        return self._header[:_CHECK]


def _mac(key: bytes, text: bytes) -> bytes:
    return hmac.new(key, text, hashlib.sha256).hexdigest()[:_CHECK].encode()


def _write_at(handle: int, data: bytes, offset: int) -> None:
    os.lseek(handle, offset, os.SEEK_SET)
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(handle, rest) :]


def _sync_folder(folder: Path) -> None:
    with contextlib.suppress(OSError):  # not every system lets a folder be opened
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _unusable(path: Path, error: OSError) -> KnownError:
    return KnownError(
        f"The journal {path} cannot be used: {error.strerror}.",
        "Check its rights and the free space.",
    )
