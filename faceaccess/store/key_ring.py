"""The keys of one data folder in memory, and the codec that seals with them.

Each person has a key of their own, made with their first value and brought to the disk before the
transaction that uses it is committed. Destroying it makes unreadable what was ever sealed with it,
also in backups.
"""

import contextlib
import hashlib
import os
import threading
from collections.abc import Iterable
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from faceaccess.core.clock import Clock
from faceaccess.core.errors import KnownError
from faceaccess.store.codec import Place, damaged
from faceaccess.store.key_file import KEY_BYTES, NONCE_BYTES, KeyFile, Keys, new_key

_TAG_BYTES = 16
_FORMER = "\n"  # between a person's id and the mark of a key that is to be destroyed
_SEALED = b"\x01"
"""First byte of what is sealed: the way in which it is."""


class KeyRing:
    """All keys of a data folder; a `Codec`. Safe from any thread.

    Args:
        file: where they are kept; it must be there.
        clock: measures the wait for another process.

    Raises:
        KnownError: if the file cannot be read.
    """

    def __init__(self, file: KeyFile, clock: Clock) -> None:
        self.file = file
        self._clock = clock
        self._guard = threading.RLock()
        self._new: dict[str, bytes] = {}
        self._retired: dict[str, bytes | None] = {}
        self._stamp = file.stamp()
        self._take(file.read())

    @classmethod
    def create(
        cls, folder: Path, clock: Clock, *, hash_key: bytes | None = None, key_id: str | None = None
    ) -> "KeyRing":
        """Make the keys of a new data folder.

        Args:
            folder: of all key files.
            clock: as in `KeyRing`.
            hash_key: the key of keyed hashes that are there already, or None for a new one.
            key_id: the folder's name for its keys, or None for a new one.

        Raises:
            KnownError: if they cannot be written.
        """
        file = KeyFile(folder, key_id or os.urandom(16).hex())
        file.create(Keys(hash_key or new_key(), new_key(), {}))
        return cls(file, clock)

    def _take(self, keys: Keys) -> None:
        self._keys = keys
        self._general = AESGCM(keys.general)
        self._people: dict[str, AESGCM] = {}

    @property
    def key_id(self) -> str:
        """The name under which the database knows these keys."""
        return self.file.key_id

    @property
    def hash_key(self) -> bytes:
        """The key of keyed hashes."""
        return self._keys.hash

    @property
    def general_key(self) -> bytes:
        """The key of what is about nobody in particular."""
        return self._keys.general

    @property
    def people(self) -> frozenset[str]:
        """Ids of all who have a key."""
        with self._guard:
            return frozenset(self._keys.people) | frozenset(self._new)

    def refresh(self) -> None:
        """Take over what another process has written.

        Raises:
            KnownError: if the file is gone or cannot be read.
        """
        with self._guard:
            stamp = self.file.stamp()
            if stamp != self._stamp:
                self._take(self.file.read())
                self._stamp = stamp

    def flush(self) -> None:
        """Bring new keys to the disk; before the commit of what they sealed.

        Raises:
            KnownError: if they cannot be written.
        """
        with self._guard:
            if not self._new:
                return
            with self.file.held(self._clock):
                self.refresh()
                people = dict(self._keys.people)
                for person, key in self._new.items():
                    if person in people:  # was removed in this transaction, which may fail yet
                        people[_former(person, people[person])] = people[person]
                    people[person] = key
                self._write(Keys(self._keys.hash, self._keys.general, people))
            self._new = {}

    def retire(self, person: str) -> bytes | None:
        """Seal nothing more with a person's key in the transaction at hand, which removes them.

        Who is enrolled again in the same transaction gets a new key.

        Returns:
            The mark of their key, for `destroy` after the commit; None without a key.
        """
        with self._guard:
            key = self._new.pop(person, None) or self._keys.people.get(person)
            mark = None if key is None else _mark(key)
            self._retired[person] = mark
        return mark

    def destroy_retired(self) -> None:
        """Destroy the keys of those whom the transaction that was just committed has removed.

        Raises:
            KnownError: as `destroy`.
        """
        with self._guard:
            retired = [(person, mark) for person, mark in self._retired.items() if mark is not None]
            self._retired = {}
            if retired:
                self.destroy(retired)

    def begin(self) -> None:
        """A transaction begins: nobody is being removed, and no key is new.

        Raises:
            KnownError: as `refresh`.
        """
        with self._guard:
            for person in self._new:  # of a transaction that was rolled back
                self._people.pop(person, None)
            self._new, self._retired = {}, {}
            self.refresh()

    def destroy(self, marks: Iterable[tuple[str, bytes]]) -> None:
        """Destroy keys for good: those whose mark is still that of the person's present key.

        Args:
            marks: persons' ids with `mark` of the key that is meant. A key that was made since for
                the same person stays.

        Raises:
            KnownError: if the file cannot be written.
        """
        with self._guard, self.file.held(self._clock):
            self.refresh()
            people = dict(self._keys.people)
            for person, meant in marks:
                if person in people and _mark(people[person]) == meant:
                    del people[person]
                people.pop(f"{person}{_FORMER}{meant.hex()}", None)
            if len(people) != len(self._keys.people):
                self._write(Keys(self._keys.hash, self._keys.general, people))

    def rotate(self) -> int:
        """Wrap all keys with a new master key; returns its generation."""
        with self._guard, self.file.held(self._clock):
            generation = self.file.rotate()
            self._stamp = self.file.stamp()
            return generation

    def _write(self, keys: Keys) -> None:
        self.file.write(keys)
        self._stamp = self.file.stamp()
        self._take(keys)

    # A codec.

    def encode(self, data: bytes, place: Place) -> bytes:
        """As `Codec.encode`: AES-256-GCM (NIST SP 800-38D) with a random nonce."""
        nonce = os.urandom(NONCE_BYTES)
        return _SEALED + nonce + self._sealing_cipher(place).encrypt(nonce, data, _bound(place))

    def decode(self, data: bytes, place: Place) -> bytes:
        """As `Codec.decode`.

        Raises:
            KnownError: if it was changed, belongs to another place, or its key was destroyed.
        """
        if data[:1] != _SEALED or len(data) < 1 + NONCE_BYTES + _TAG_BYTES:
            raise damaged(str(place))
        try:
            return self._opened(data, place)
        except InvalidTag:
            # Somebody may have been removed and enrolled again by another process, with a new key.
            self.refresh()
        try:
            return self._opened(data, place)
        except InvalidTag as error:
            raise damaged(str(place)) from error

    def _opened(self, data: bytes, place: Place) -> bytes:
        nonce, sealed = data[1 : 1 + NONCE_BYTES], data[1 + NONCE_BYTES :]
        bound = _bound(place)
        try:
            return self._cipher(place).decrypt(nonce, sealed, bound)
        except InvalidTag:
            for former in self._former_keys(place.person):
                with contextlib.suppress(InvalidTag):
                    return AESGCM(former).decrypt(nonce, sealed, bound)
            raise

    def _former_keys(self, person: str) -> list[bytes]:
        """Return keys of somebody whose removal was not committed; see `flush`."""
        start = f"{person}{_FORMER}"
        with self._guard:
            return [key for name, key in self._keys.people.items() if name.startswith(start)]

    def _cipher(self, place: Place) -> AESGCM:
        """Return what opens a place."""
        person = place.person
        if not person:
            return self._general
        cipher = self._people.get(person)
        if cipher is not None:
            return cipher
        with self._guard:
            key = self._new.get(person) or self._keys.people.get(person)
            if key is None:
                self.refresh()  # another process may have made it
                key = self._keys.people.get(person)
            if key is None:
                raise KnownError(
                    f"{place} cannot be read: the key of that person was destroyed.",
                    "The person was erased; there is no way back.",
                )
            cipher = self._people[person] = AESGCM(key)
            return cipher

    def _sealing_cipher(self, place: Place) -> AESGCM:
        """Return what seals a place; a person without a key gets one."""
        person = place.person
        if not person or (person in self._people and person not in self._retired):
            return self._cipher(place)
        with self._guard:
            if person in self._new or (person in self._keys.people and person not in self._retired):
                return self._cipher(place)
            self._new[person] = new_key()
            cipher = self._people[person] = AESGCM(self._new[person])
            return cipher


def _bound(place: Place) -> bytes:
    """Return what a value is bound to, so that it does not open in another row or column."""
    return "\0".join(place).encode()


def _former(person: str, key: bytes) -> str:
    return f"{person}{_FORMER}{_mark(key).hex()}"


def _mark(key: bytes) -> bytes:
    return hashlib.sha256(b"mark of a key\0" + key).digest()[: KEY_BYTES // 4]
