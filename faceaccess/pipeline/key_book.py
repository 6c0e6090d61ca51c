"""The keys that personal data are sealed with: where they are, renewing, and copies of them."""

from dataclasses import dataclass
from pathlib import Path

from faceaccess.core.actors import Actor
from faceaccess.core.errors import BugError
from faceaccess.store.key_ring import KeyRing
from faceaccess.store.protocol import Store


@dataclass(frozen=True)
class KeyState:
    """How the keys of a data folder are.

    Attributes:
        key_id: the name under which the database knows them.
        file: the wrapped keys; the master key is beside it.
        generation: how often the master key was made anew, from 1.
        people: how many people and strangers have a key of their own.
        open_to_others: files of them that other accounts of this computer may read.
    """

    key_id: str
    file: Path
    generation: int
    people: int
    open_to_others: tuple[Path, ...]


class KeyBook:
    """What is done with the keys of one data folder.

    Args:
        store: its data, sealed.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def state(self) -> KeyState:
        """Return how the keys are.

        Raises:
            KnownError: if they cannot be read.
        """
        ring = self._ring
        ring.refresh()
        file = ring.file
        return KeyState(
            ring.key_id, file.path, file.generation, len(ring.people), tuple(file.open_to_others())
        )

    def rotate(self, actor: Actor) -> KeyState:  # noqa: ARG002  # every use case knows its actor
        """Wrap all keys with a new master key and destroy the former; may be interrupted.

        Raises:
            KnownError: if something cannot be read or written; nothing is lost then.
        """
        self._ring.rotate()
        return self.state()

    def export(self, actor: Actor, target: Path, passphrase: str) -> Path:  # noqa: ARG002  # as above
        """Write a copy of all keys under a passphrase.

        Raises:
            KnownError: if the passphrase is too short or long, or the file cannot be written.
        """
        from faceaccess.store.key_escrow import write_copy

        ring = self._ring
        ring.refresh()
        write_copy(ring.file.read(), ring.key_id, target, passphrase)
        return target

    def open_backup(self, source: Path, target: Path) -> Path:
        """Write what a sealed backup holds.

        Raises:
            KnownError: if it is damaged or another folder's, or cannot be read or written.
        """
        from faceaccess.store.sealed_files import open_file

        open_file(source, target, self._ring)
        return target

    @property
    def _ring(self) -> KeyRing:
        ring = self._store.key_ring
        if ring is None:
            raise BugError("the keys of a data folder that is not sealed")
        return ring


def import_keys(source: Path, passphrase: str, folder: Path) -> Path:
    """Put the keys of a copy where the program looks for them.

    Raises:
        KnownError: if the copy does not open, or these keys are here already.
    """
    from faceaccess.store.key_escrow import import_copy

    return import_copy(source, passphrase, folder).path
