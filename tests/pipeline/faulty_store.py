"""A store that fails when told to; everything else is the real one."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from faceaccess.core.errors import BugError, KnownError
from faceaccess.store.protocol import Store, Transaction


class FaultyStore:
    """Passes everything on, except what it is told to spoil.

    Attributes:
        refuses: names of methods that raise `KnownError`.
        breaks: names of methods that raise `BugError`.
        answers: what methods return, by name.
        before_transaction: called where another writer would be waited for, or None.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self.refuses: set[str] = set()
        self.breaks: set[str] = set()
        self.answers: dict[str, Any] = {}
        self.before_transaction: Callable[[], None] | None = None

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        self._spoil("transaction")
        if self.before_transaction is not None:
            self.before_transaction()
        with self._store.transaction() as transaction:
            yield transaction

    def revision(self) -> int:
        self._spoil("revision")
        return self._store.revision()

    def __getattr__(self, name: str) -> Any:
        self._spoil(name)
        if name in self.answers:
            return lambda: self.answers[name]
        return getattr(self._store, name)

    def _spoil(self, name: str) -> None:
        if name in self.refuses:
            raise KnownError("The database is locked.", "Close the other program.")
        if name in self.breaks:
            raise BugError("a fault in the store")
