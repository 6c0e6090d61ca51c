"""A store on an empty data folder, with a clock that the test moves."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from faceaccess.core.clock import ManualClock
from faceaccess.core.home import DataHome
from faceaccess.store.sqlite_store import SqliteStore


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def data_home(tmp_path: Path) -> DataHome:
    return DataHome(tmp_path / "data")


@pytest.fixture
def open_store(data_home: DataHome, clock: ManualClock) -> Iterator[Callable[..., SqliteStore]]:
    """Opens a store on the data folder; all that it opened are closed at the end."""
    opened: list[SqliteStore] = []

    def opener(**options: object) -> SqliteStore:
        if "codec" not in options:
            options.setdefault("keys_folder", data_home.root.with_name("keys"))
        store = SqliteStore(data_home, clock, **options)  # type: ignore[arg-type]  # passed on
        opened.append(store)
        return store

    yield opener
    for store in opened:
        store.close()


@pytest.fixture
def store(open_store: Callable[..., SqliteStore]) -> SqliteStore:
    return open_store()
