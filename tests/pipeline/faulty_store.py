"""A store that fails when told to; everything else is the real one."""

from contextlib import AbstractContextManager
from typing import Any

from faceaccess.core.errors import KnownError
from faceaccess.store.protocol import Store, Transaction


class FaultyStore:
    """Passes everything on, except what `refuses` names.

    Attributes:
        refuses: names of methods that raise.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self.refuses: set[str] = set()

    def transaction(self) -> AbstractContextManager[Transaction]:
        self._refuse("transaction")
        return self._store.transaction()

    def revision(self) -> int:
        self._refuse("revision")
        return self._store.revision()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def _refuse(self, name: str) -> None:
        if name in self.refuses:
            raise KnownError("The database is locked.", "Close the other program.")
