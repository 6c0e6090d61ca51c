"""Several threads, a second process, and processes that die in the middle."""

import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from store_builders import GRAY, event, person, sample

from faceaccess.core.clock import ManualClock, SystemClock
from faceaccess.core.errors import BugError, KnownError
from faceaccess.core.home import DataHome
from faceaccess.store.sqlite_store import SqliteStore

_TESTS = Path(__file__).parent


def _start(code: str, home: DataHome, *more: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", code, str(_TESTS), str(home.root), *more],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


_PRELUDE = """
import sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from faceaccess.core.clock import SystemClock
from faceaccess.core.home import DataHome
from faceaccess.store.sqlite_store import SqliteStore
from store_builders import *
home = DataHome(Path(sys.argv[2]))
"""


def test_threads_write_and_read_without_losing_anything(store: SqliteStore) -> None:
    wanted, threads = 12, 4
    start = threading.Barrier(threads * 2)

    def write(number: int) -> list[int]:
        start.wait(20)
        sequences = []
        for n in range(wanted):
            with store.transaction() as t:
                ana = t.add_person(person(f"T{number} P{n}", f"{number}-{n}"))
                t.add_samples(ana.id, [sample(1000 * number + n)])
                sequences.append(t.add_event(event(person_id=ana.id, person=ana.name)).sequence)
        return sequences

    def read(_: int) -> None:
        start.wait(20)
        last = 0
        while last < wanted * threads:
            people = store.people()
            assert len(people) >= last  # nobody disappears
            assert all(p.samples == 1 for p in people)  # a whole transaction or none of it
            assert store.count_samples(GRAY) >= len(people)
            last = len(people)

    with ThreadPoolExecutor(threads * 2) as pool:
        readers = [pool.submit(read, n) for n in range(threads)]
        writers = [pool.submit(write, n) for n in range(threads)]
        sequences = [s for future in writers for s in future.result(60)]
        for future in readers:
            future.result(60)
    assert sorted(sequences) == list(range(1, wanted * threads + 1))
    assert store.count_people() == wanted * threads
    store.check()


def test_one_number_goes_to_one_of_many_threads(store: SqliteStore) -> None:
    start = threading.Barrier(6)

    def add(n: int) -> bool:
        start.wait(20)
        try:
            with store.transaction() as t:
                t.add_person(person(f"P{n}", "the only one"))
        except KnownError:
            return False
        return True

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(add, range(6))) == 1
    assert store.count_people() == 1


def test_a_threads_connection_ends_with_the_thread(store: SqliteStore) -> None:
    store.people()
    assert len(store._connections) == 1
    for _ in range(3):
        thread = threading.Thread(target=store.people)
        thread.start()
        thread.join()
    assert len(store._connections) == 1


def test_a_reader_does_not_keep_a_person_from_being_removed(
    open_store: Callable[..., SqliteStore],
) -> None:
    store, reader = open_store(), open_store()
    with store.transaction() as t:
        ana = t.add_person(person("Ana"))
    with reader._reading() as session:
        (before,) = session.sql.execute("SELECT count(*) FROM people").fetchone()
        with store.transaction() as t:
            t.remove_person(ana.id)
        # The snapshot is what it was, and the log is emptied another time.
        (after,) = session.sql.execute("SELECT count(*) FROM people").fetchone()
    assert before == after == 1
    assert store.people() == reader.people() == []


def test_close_closes_the_connections_of_every_thread(
    store: SqliteStore, data_home: DataHome
) -> None:
    ready, end = threading.Event(), threading.Event()
    caught: list[Exception] = []

    def work() -> None:
        store.people()
        ready.set()
        end.wait(20)
        try:
            store.people()
        except BugError as error:
            caught.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    assert ready.wait(20)
    store.close()
    assert len(store._connections) == 0
    # The last connection to close takes the log with it: no other one was left.
    assert not (data_home.root / "faceaccess.sqlite3-wal").exists()
    end.set()
    thread.join()
    assert "closed" in str(caught[0])


def test_closing_in_the_middle_of_a_transaction_keeps_none_of_it(
    open_store: Callable[..., SqliteStore],
) -> None:
    store = open_store()

    def write() -> None:
        with store.transaction() as t:
            t.add_person(person("Ana"))
            store.close()

    with pytest.raises(BugError, match="closed"):
        write()
    assert open_store().people() == []


_WRITER = (
    _PRELUDE
    + """
store = SqliteStore(home, SystemClock(), busy_seconds=30)
print("ready", flush=True)
sys.stdin.readline()
for n in range(15):
    with store.transaction() as t:
        ana = t.add_person(person(f"{sys.argv[3]} {n}"))
        t.add_samples(ana.id, [sample(n)])
        t.add_event(event(station="shared"))
store.close()
"""
)


def test_processes_share_one_database(data_home: DataHome, clock: ManualClock) -> None:
    # All three start on an empty folder at once, so the database is made under competition too.
    writers = [_start(_WRITER, data_home, name) for name in ("A", "B", "C")]
    try:
        for process in writers:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        store = SqliteStore(data_home, clock, busy_seconds=30)
        first = store.revision()
        for process in writers:
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
        for n in range(5):
            with store.transaction() as t:
                t.add_person(person(f"here {n}"))
                t.add_event(event(station="shared"))
        for process in writers:
            assert process.wait(60) == 0
        assert store.count_people() == 50
        assert store.count_people("B ") == 15
        assert store.count_samples() == 45
        assert store.revision() == first + 50
        assert [e.sequence for e in store.all_events()] == list(range(1, 51))
        store.check()
        store.close()
    finally:
        for process in writers:
            process.kill()
            process.communicate()


_VICTIM = (
    _PRELUDE
    + """
import itertools
store = SqliteStore(home, SystemClock())
for n in itertools.count():
    with store.transaction() as t:
        ana = t.add_person(person(f"P{n}", f"{sys.argv[3]}-{n}"))
        for k in range(20):
            t.add_samples(ana.id, [sample(20 * n + k)])
            t.add_event(event(person_id=ana.id, person=f"P{n}"))
        people = [p.id for p in store.people()]
        add_head(t, head_of(people, n))
        t.put_settings({"last": len(people)})
        if n:
            print("in a transaction", flush=True)
"""
)


# FACEACCESS_KILLS=200 for a long run.
@pytest.mark.parametrize("seed", range(int(os.environ.get("FACEACCESS_KILLS", "4"))))
def test_killed_in_the_middle_of_a_write_the_database_is_whole(
    data_home: DataHome, seed: int
) -> None:
    chance = random.Random(seed)
    _kill(data_home, chance.randint(1, 5), chance.random() * 0.05)


def _kill(home: DataHome, after: int, seconds: float) -> None:
    """Kill a writing process some time after it told of its n-th transaction; look at the rest."""
    process = _start(_VICTIM, home, str(os.urandom(4).hex()))
    try:
        assert process.stdout is not None
        for _ in range(after):
            process.stdout.readline()
        threading.Event().wait(seconds)  # anywhere in the writing will do
        process.send_signal(signal.SIGKILL)
        assert process.wait(20) == -signal.SIGKILL
    finally:
        process.kill()
        process.communicate()
    store = SqliteStore(home, SystemClock())
    try:
        store.check()
        people = store.people()
        assert len(people) >= after
        assert all(p.samples == 20 for p in people)
        assert store.count_events() == 20 * len(people)
        assert sorted(e.sequence for e in store.all_events()) == list(
            range(1, 20 * len(people) + 1)
        )
        served = store.serving_head()
        assert served is not None
        assert set(served[1].person_ids) == {p.id for p in people}
        assert store.settings() == {"last": len(people)}
        for p in people:
            for s in store.samples(p.id):
                store.crop(s.id)
        with store.transaction() as t:
            t.remove_person(people[0].id)
    finally:
        store.close()


_FIRST_START = (
    _PRELUDE
    + """
print("go", flush=True)
SqliteStore(home, SystemClock()).close()
"""
)


@pytest.mark.parametrize("milliseconds", [0, 20, 60])
def test_killed_during_the_first_start_the_next_one_is_whole(
    data_home: DataHome, milliseconds: int
) -> None:
    process = _start(_FIRST_START, data_home)
    try:
        assert process.stdout is not None
        process.stdout.readline()
        threading.Event().wait(milliseconds / 1000)  # anywhere in the making will do
        process.kill()
    finally:
        process.communicate()
    store = SqliteStore(data_home, SystemClock())
    with store.transaction() as t:
        t.add_person(person("Ana"))
    store.check()
    store.close()


def test_reading_needs_no_slow_import() -> None:
    code = (
        "import sys, tempfile, pathlib\n"
        "from faceaccess.core.clock import SystemClock\n"
        "from faceaccess.core.home import DataHome\n"
        "from faceaccess.store.sqlite_store import SqliteStore\n"
        "store = SqliteStore(DataHome(pathlib.Path(sys.argv[1])), SystemClock())\n"
        "store.people(); store.events(); store.serving_head(); store.close()\n"
        "slow = {'sqlite_utils', 'cv2', 'PIL', 'torch', 'PySide6', 'click'} & set(sys.modules)\n"
        "assert not slow, slow\n"
    )
    with tempfile.TemporaryDirectory() as folder:
        SqliteStore(DataHome(Path(folder)), SystemClock()).close()
        subprocess.run([sys.executable, "-c", code, folder], check=True, timeout=60)
