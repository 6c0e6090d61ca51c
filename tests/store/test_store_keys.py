"""Keys outside of the data folder, values bound to their places, and what an erasure destroys."""

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from store_builders import START, add_head, event, head_of, person, sample, vector
from test_store_faults import _fill
from test_store_kept_heads import ESTIMATE

from faceaccess.core.access_rules import AccessRule, Effect, Holiday
from faceaccess.core.alarms import Alarm, AlarmKind
from faceaccess.core.attack_tests import AttackReport
from faceaccess.core.clock import ManualClock
from faceaccess.core.door_commands import DoorCommand, DoorCommandKind
from faceaccess.core.errors import KnownError
from faceaccess.core.home import DataHome
from faceaccess.core.people import PersonDetails
from faceaccess.core.second_factors import SecondFactors
from faceaccess.images.codec import encode_jpeg, encode_png
from faceaccess.store import key_escrow, key_file, sealed_files, sealing
from faceaccess.store.codec import Place
from faceaccess.store.key_file import KeyFile, Keys, new_key
from faceaccess.store.key_ring import KeyRing
from faceaccess.store.sqlite_store import SqliteStore

PLACE = Place("people", "name", "row", "ana")
ANA = PersonDetails("Annegret Unverwechselbar", "NUMBER-4711", "Dept-of-Secrets", "Note-to-self")
PICTURE = np.arange(16 * 16 * 3, dtype=np.uint8).reshape(16, 16, 3)
SECRETS = [
    b"Unverwechselbar",
    b"4711",
    b"Secrets",
    b"to-self",
    b"IMG_1",
    b"visitor",
    b"Werksferien",
    b"Pfoertner",
    b"hash-of-the-pin",
    sample(1).digest.encode(),
    vector(1).astype("<f4").tobytes(),
    vector(3).astype("<f4").tobytes(),
    encode_png(sample(1).crop)[40:72],
    encode_jpeg(PICTURE)[-40:],
    b"PNG\r\n",
    b"JFIF",
]
HASHES = {"number_hash", "name_hash", "digest_hash", "runner_up_hash", "card_hash"}
"""Columns of bytes that are keyed hashes; and two that are made of keys."""
MARKS = {"key_check", "mark"}


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    return tmp_path / "keys"


@pytest.fixture
def ring(keys: Path, clock: ManualClock) -> KeyRing:
    return KeyRing.create(keys, clock)


def again(ring: KeyRing, clock: ManualClock) -> KeyRing:
    """The same keys as another process has them."""
    return KeyRing(KeyFile(ring.file.folder, ring.key_id), clock)


def write_everything(store: SqliteStore) -> str:
    """One value at least in every column that is personal."""
    _fill(store)
    with store.transaction() as t:
        t.recalibrate_head(3, ESTIMATE)
        ana = t.add_person(ANA).id
        t.add_samples(ana, [sample(1)])
        known = event(person_id=ana, person=ANA.name, runner_up="Ana", picture=PICTURE)
        t.add_event(known)
        t.add_event(event(runner_up=ANA.name, picture=PICTURE))
        t.edit_person(ana, replace(ANA, name="Annegret Unverwechselbar-Neu"))
        pfoertner = "Pfoertner (window)"
        command = DoorCommand("c", "Front", START, DoorCommandKind.OPEN, pfoertner)
        t.add_door_command(command)
        t.add_access_rule(AccessRule("r", Effect.ALLOW, "Europe/Berlin", START, pfoertner))
        mine = AccessRule("r2", Effect.DENY, "UTC", START, pfoertner, person_id=ana)
        t.add_access_rule(mine)
        t.put_holidays([Holiday(date(2026, 8, 3), "Werksferien")])
        t.put_second_factors(ana, SecondFactors("$argon2id$hash-of-the-pin", b"c" * 32, "salt", 7))
        t.add_attack_test(AttackReport(START, "Front", pfoertner, ()))
        t.put_alarm(Alarm("a", "Front", AlarmKind.HELD_OPEN, START, None, "since 4711", pfoertner))
    return ana


def read_everything(store: SqliteStore) -> list[object]:
    found: list[object] = []
    for one in store.people():
        found += [one, store.samples(one.id), store.second_factors(one.id)]
        found += [store.crop(s.id).tolist() for s in store.samples(one.id)]
    for visit in store.all_events():
        picture = store.event_picture(visit.id)
        found += [visit, None if picture is None else picture.tolist()]
        seen = store.event_evidence(visit.id)
        found.append(None if seen is None else (seen.vectors.tolist(), seen.quality))
        found += [(c.kind, c.person_id, c.actor) for c in store.corrections(event_id=visit.id)]
    for stranger in store.strangers():
        found += [stranger, store.stranger_samples(stranger.id)]
        found += [store.stranger_crop(s.id).tolist() for s in store.stranger_samples(stranger.id)]
    for record in store.head_records():
        _, head = store.head(record.version)
        found += [record, head.person_ids, head.rows.tolist(), head.means.tolist()]
        examples = head.counter_examples
        found.append(None if examples is None else examples.vectors.tolist())
    found += [store.access_policy(), store.door_commands(), store.attack_tests()]
    found.append(store.alarms())
    return [repr(one) for one in found]


def raw(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def blobs(path: Path) -> Iterator[tuple[str, str, bytes]]:
    """Every value of bytes in a database: table, column, value."""
    sql = sqlite3.connect(path)
    tables = sql.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    for (table,) in tables:
        columns = sql.execute(f"PRAGMA table_info({table})").fetchall()
        for _, column, kind, *_ in columns:
            if kind == "BLOB":
                for (value,) in sql.execute(f"SELECT {column} FROM {table}"):
                    if value is not None:
                        yield table, column, value
    sql.close()


# The key file.


def test_the_key_file_gives_back_what_it_was_given(keys: Path) -> None:
    file = KeyFile(keys, "ab" * 16)
    held = Keys(new_key(), new_key(), {"ana": new_key(), "b\u00e9n": new_key()})
    file.create(held)
    assert KeyFile(keys, "ab" * 16).read() == held
    assert not any(key in raw(keys) for key in (held.hash, held.general, *held.people.values()))
    if os.name == "posix":
        assert keys.stat().st_mode & 0o777 == 0o700
        assert {p.stat().st_mode & 0o777 for p in keys.iterdir()} == {0o600}
        assert file.open_to_others() == []
        file.path.chmod(0o644)
        assert file.open_to_others() == [file.path]


def test_a_damaged_or_foreign_key_file_is_told(ring: KeyRing, keys: Path) -> None:
    file = KeyFile(keys, ring.key_id)
    whole = file.path.read_bytes()
    for spoilt in (b"", b"nonsense", whole[:-1], whole[:30], whole.replace(b"master", b"mister")):
        file.path.write_bytes(spoilt)
        with pytest.raises(KnownError, match="key file"):
            file.read()
    flipped = bytearray(whole)
    flipped[-40] ^= 1
    file.path.write_bytes(bytes(flipped))
    with pytest.raises(KnownError, match="does not open with its master key"):
        file.read()
    file.path.write_bytes(whole)
    file.master_path(1).write_bytes(b"short")
    with pytest.raises(KnownError, match="is damaged"):
        file.read()
    file.master_path(1).unlink()
    with pytest.raises(KnownError, match="master key"):
        file.read()
    file.path.unlink()
    with pytest.raises(KnownError, match="are not here"):
        file.read()


@pytest.mark.parametrize("key_id", ["", "../x", "AB" * 16, "ab" * 15])
def test_a_name_of_keys_leads_nowhere_else(keys: Path, key_id: str) -> None:
    with pytest.raises(KnownError, match="the name of its keys is none"):
        KeyFile(keys, key_id)


def test_rotation_makes_a_new_master_key_and_keeps_the_keys(
    ring: KeyRing, clock: ManualClock, keys: Path
) -> None:
    sealed = ring.encode(b"Ana", PLACE)
    ring.flush()
    former = ring.file.master_path(1).read_bytes()
    assert ring.rotate() == 2
    assert again(ring, clock).decode(sealed, PLACE) == b"Ana"
    assert ring.decode(sealed, PLACE) == b"Ana"
    assert sorted(p.suffix for p in keys.iterdir()) == [".hold", ".keys", ".master"]
    assert ring.file.master_path(2).read_bytes() != former


@pytest.mark.parametrize("at", range(1, 4))
def test_an_interrupted_rotation_is_done_or_undone(
    ring: KeyRing, clock: ManualClock, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    sealed = ring.encode(b"Ana", PLACE)
    ring.flush()
    count = [0]

    def failing(step: Callable[..., None]) -> Callable[..., None]:
        def instead(*arguments: object) -> None:
            count[0] += 1
            if count[0] == at:
                raise OSError(28, "No space left on device")
            step(*arguments)

        return instead

    with monkeypatch.context() as patch:
        patch.setattr(key_file, "write", failing(key_file.write))
        patch.setattr(key_file, "overwrite", failing(key_file.overwrite))
        with pytest.raises(KnownError, match="No space left"):
            ring.rotate()
    assert again(ring, clock).decode(sealed, PLACE) == b"Ana"
    ring.rotate()
    assert again(ring, clock).decode(sealed, PLACE) == b"Ana"
    assert len(list(ring.file.folder.glob("*.master"))) == 1


# The codec.


@given(data=st.binary(max_size=200), texts=st.tuples(*[st.text(max_size=9)] * 4))
def test_a_value_opens_at_its_own_place_only(data: bytes, texts: tuple[str, str, str, str]) -> None:
    place = Place(*texts)
    sealed = SHARED.encode(data, place)
    assert SHARED.decode(sealed, place) == data
    assert sealed != SHARED.encode(data, place)
    for part in range(4):
        moved = Place(*(text + "x" * (part == n) for n, text in enumerate(texts)))
        with pytest.raises(KnownError):
            SHARED.decode(sealed, moved)


@given(data=st.binary(max_size=60), at=st.integers(0, 10_000), bit=st.integers(0, 7))
def test_a_value_that_was_changed_does_not_open(data: bytes, at: int, bit: int) -> None:
    sealed = bytearray(SHARED.encode(data, PLACE))
    sealed[at % len(sealed)] ^= 1 << bit
    with pytest.raises(KnownError, match="damaged"):
        SHARED.decode(bytes(sealed), PLACE)
    with pytest.raises(KnownError, match="damaged"):
        SHARED.decode(data, PLACE)


class _Memory(KeyFile):
    """A key file that is never written."""

    def __init__(self) -> None:
        super().__init__(Path("/nowhere"), "ab" * 16)

    def stamp(self) -> tuple[int, int, int]:
        return 0, 0, 0

    def read(self) -> Keys:
        return Keys(b"h" * 32, b"g" * 32, {})


SHARED = KeyRing(_Memory(), ManualClock())


def test_each_person_has_a_key_and_it_is_on_the_disk_before_the_commit(
    ring: KeyRing, clock: ManualClock
) -> None:
    ring.begin()
    sealed = ring.encode(b"Ana", PLACE)
    with pytest.raises(KnownError, match="destroyed"):
        again(ring, clock).decode(sealed, PLACE)
    ring.flush()
    other = again(ring, clock)
    assert other.decode(sealed, PLACE) == b"Ana"
    assert other.people == {"ana"}
    ring.begin()
    ring.encode(b"Ben", PLACE._replace(person="ben"))
    ring.begin()  # that transaction was rolled back
    ring.flush()
    assert again(ring, clock).people == {"ana"}


def test_a_destroyed_key_opens_nothing_and_a_later_one_stays(
    ring: KeyRing, clock: ManualClock
) -> None:
    sealed = ring.encode(b"Ana", PLACE)
    ring.flush()
    other = again(ring, clock)
    ring.begin()
    mark = ring.retire("ana")
    assert mark is not None
    ring.destroy_retired()
    with pytest.raises(KnownError, match="destroyed"):
        ring.decode(sealed, PLACE)
    with pytest.raises(KnownError, match="destroyed"):
        again(ring, clock).decode(sealed, PLACE)
    other.begin()
    with pytest.raises(KnownError, match="destroyed"):
        other.decode(sealed, PLACE)
    new = other.encode(b"Ana", PLACE)
    other.flush()
    ring.destroy([("ana", mark)])  # told twice: the new key is another one
    assert ring.decode(new, PLACE) == b"Ana"


def test_who_is_removed_and_enrolled_in_one_transaction_gets_a_new_key(
    ring: KeyRing, clock: ManualClock
) -> None:
    old = ring.encode(b"old", PLACE)
    ring.flush()
    ring.begin()
    ring.retire("ana")
    new = ring.encode(b"new", PLACE)
    ring.flush()
    # The process may be killed here, with or without the commit: both can be read.
    assert again(ring, clock).decode(old, PLACE) == b"old"
    assert again(ring, clock).decode(new, PLACE) == b"new"
    ring.destroy_retired()
    assert ring.decode(new, PLACE) == b"new"
    with pytest.raises(KnownError, match="damaged"):
        ring.decode(old, PLACE)


def test_two_processes_do_not_lose_each_others_keys(ring: KeyRing, clock: ManualClock) -> None:
    other = again(ring, clock)
    first = ring.encode(b"1", PLACE)
    second = other.encode(b"2", PLACE._replace(person="ben"))
    ring.flush()
    other.flush()
    assert ring.decode(second, PLACE._replace(person="ben")) == b"2"
    assert other.decode(first, PLACE) == b"1"


# The store.


def test_a_new_folder_is_sealed_and_nothing_personal_is_in_its_bytes(
    open_store: Callable[..., SqliteStore], data_home: DataHome
) -> None:
    store = open_store()
    write_everything(store)
    before = read_everything(store)
    store.close()
    found = raw(data_home.root)
    assert [s for s in SECRETS if s.lower() in found.lower()] == []
    assert not data_home.number_key.exists()
    columns = set()
    for table, column, value in blobs(data_home.database):
        if column not in HASHES | MARKS:
            columns.add((table, column))
            assert value[:1] == b"\x01", (table, column)
            assert len(value) >= 29, (table, column)
    listed = {(one.table, column) for one in sealing.SEALED for column in one.columns}
    assert listed == columns  # nothing is left out of the list, and nothing untested is in it
    assert read_everything(open_store()) == before


def test_an_older_folder_is_sealed_whole_with_its_backups(
    open_store: Callable[..., SqliteStore], data_home: DataHome, tmp_path: Path
) -> None:
    plain = open_store(keys_folder=None)
    ana = write_everything(plain)
    before = read_everything(plain)
    factors = plain.second_factors(ana)
    plain.close()
    data_home.backups.mkdir()
    backup = data_home.backups / "old.backup"
    shutil.copy(data_home.database, backup)
    copied = backup.read_bytes()
    assert all(secret in raw(data_home.root) for secret in (b"Unverwechselbar", b"4711"))

    sealed = open_store()
    assert read_everything(sealed) == before
    assert sealed.second_factors(ana) == factors  # hashes go on under the same key
    assert sealed.person_by_number("number-4711") is not None
    ring = sealed.key_ring
    assert ring is not None
    sealed.close()
    found = raw(data_home.root)
    assert [s for s in SECRETS if s.lower() in found.lower()] == []
    assert not data_home.number_key.exists()
    opened = tmp_path / "opened"
    sealed_files.open_file(backup.with_name("old.backup.sealed"), opened, ring)
    assert opened.read_bytes() == copied


def test_sealing_that_fails_leaves_the_folder_plain_and_whole(
    open_store: Callable[..., SqliteStore], data_home: DataHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = open_store(keys_folder=None)
    write_everything(plain)
    before = read_everything(plain)
    plain.close()
    for broken in ("people", "alarms"):

        def failing(self: KeyRing, data: bytes, place: Place, table: str = broken) -> bytes:
            if place.table == table:
                raise KnownError("The disk is full.")
            return b"\x01" + data

        with monkeypatch.context() as patch:
            patch.setattr(KeyRing, "encode", failing)
            with pytest.raises(KnownError, match="disk is full"):
                open_store()
    assert read_everything(open_store(keys_folder=None)) == before


def test_erasing_reaches_backups_that_were_made_before(
    open_store: Callable[..., SqliteStore], data_home: DataHome, keys: Path, clock: ManualClock
) -> None:
    store = open_store()
    with store.transaction() as t:
        ana, ben = t.add_person(ANA), t.add_person(person("Ben"))
        t.add_samples(ana.id, [sample(1)])
        add_head(t, head_of([ana.id, ben.id], 1))
    backup = data_home.root.with_name("backup")
    store.close()
    shutil.copytree(data_home.root, backup)
    store = open_store()
    with store.transaction() as t:
        t.remove_person(ana.id)
    assert store.key_ring is not None
    assert store.key_ring.people == {ben.id}
    store.close()
    old = SqliteStore(DataHome(backup), clock, keys_folder=keys)
    try:
        with pytest.raises(KnownError, match="cannot be read"):
            old.person(ana.id)
        with pytest.raises(KnownError, match="cannot be read"):
            old.people()
        assert old.person(ben.id).name == "Ben"
    finally:
        old.close()


@pytest.mark.expected_log_errors
def test_a_key_that_could_not_be_destroyed_is_destroyed_later(
    open_store: Callable[..., SqliteStore], monkeypatch: pytest.MonkeyPatch
) -> None:
    store = open_store()
    with store.transaction() as t:
        ana = t.add_person(ANA)

    def full(*_: object, **__: object) -> None:
        raise KnownError("The disk is full.")

    with monkeypatch.context() as patch:
        patch.setattr(KeyFile, "write", full)
        with store.transaction() as t:
            t.remove_person(ana.id)
    assert store.key_ring is not None
    assert ana.id in store.key_ring.people
    store.close()
    later = open_store()
    assert later.key_ring is not None
    assert later.key_ring.people == frozenset()
    assert later.count_people() == 0


def test_a_person_who_comes_back_under_the_same_id_is_read_by_every_process(
    open_store: Callable[..., SqliteStore],
) -> None:
    store, other = open_store(), open_store()
    with store.transaction() as t:
        ana = t.add_person(ANA)
    assert other.person(ana.id).details == ANA
    with store.transaction() as t:
        t.remove_person(ana.id)
    with store.transaction() as t:
        t.add_person(ANA, person_id=ana.id)
    assert other.person(ana.id).details == ANA
    with other.transaction() as t:
        t.edit_person(ana.id, replace(ANA, note="anew"))
    assert store.person(ana.id).details.note == "anew"


def test_a_folder_that_was_moved_finds_its_keys(
    open_store: Callable[..., SqliteStore], data_home: DataHome, keys: Path, clock: ManualClock
) -> None:
    store = open_store()
    with store.transaction() as t:
        t.add_person(ANA)
    store.close()
    elsewhere = DataHome(data_home.root.with_name("elsewhere"))
    data_home.root.rename(elsewhere.root)
    moved = SqliteStore(elsewhere, clock, keys_folder=keys)
    assert [p.name for p in moved.people()] == [ANA.name]
    moved.close()


def test_without_its_keys_a_folder_tells_and_is_left_alone(
    open_store: Callable[..., SqliteStore], data_home: DataHome, clock: ManualClock, tmp_path: Path
) -> None:
    open_store().close()
    before = data_home.database.read_bytes()
    with pytest.raises(KnownError, match="keys of this data folder are not here"):
        SqliteStore(data_home, clock, keys_folder=tmp_path / "other")
    assert data_home.database.read_bytes() == before


def test_two_folders_of_one_person_cannot_be_linked(
    clock: ManualClock, keys: Path, tmp_path: Path
) -> None:
    values = []
    for name in ("one", "two"):
        home = DataHome(tmp_path / name)
        store = SqliteStore(home, clock, keys_folder=keys)
        with store.transaction() as t:
            ana = t.add_person(ANA)
            t.add_samples(ana.id, [sample(1)])
        store.close()
        values.append({value for _, _, value in blobs(home.database)})
    assert values[0] & values[1] == set()


def test_bytes_beside_the_database_are_sealed_for_their_kind(
    open_store: Callable[..., SqliteStore],
) -> None:
    store = open_store()
    sealed = store.seal("journal", b"Unverwechselbar")
    assert b"Unver" not in sealed
    assert store.unseal("journal", sealed) == b"Unverwechselbar"
    with pytest.raises(KnownError, match="damaged"):
        store.unseal("spool", sealed)


# Sealed files.


def test_a_sealed_file_that_was_changed_or_cut_does_not_open(
    ring: KeyRing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealed_files, "_PIECE", 100)
    source, sealed, out = (tmp_path / name for name in ("source", "sealed", "out"))
    for size in (0, 1, 100, 250):
        source.write_bytes(os.urandom(size))
        sealed_files.seal_file(source, sealed, ring)
        sealed_files.open_file(sealed, out, ring)
        assert out.read_bytes() == source.read_bytes()
    whole = sealed.read_bytes()
    for spoilt in (whole[:-1], whole[:-80], whole + b"x", whole[:60] + b"\0" + whole[61:], b""):
        sealed.write_bytes(spoilt)
        out.unlink(missing_ok=True)
        with pytest.raises(KnownError, match="no backup"):
            sealed_files.open_file(sealed, out, ring)
        assert not out.exists()


# Copies under a passphrase.


def test_a_copy_brings_the_keys_to_another_computer(
    open_store: Callable[..., SqliteStore], data_home: DataHome, clock: ManualClock, tmp_path: Path
) -> None:
    store = open_store()
    with store.transaction() as t:
        ana = t.add_person(ANA)
    ring = store.key_ring
    assert ring is not None
    copy, there = tmp_path / "keys.copy", tmp_path / "there"
    key_escrow.write_copy(ring.file.read(), ring.key_id, copy, "four chance words here")
    store.close()
    with pytest.raises(KnownError, match="does not open with this passphrase"):
        key_escrow.import_copy(copy, "four chance words hero", there)
    key_escrow.import_copy(copy, "four chance words here", there)
    moved = SqliteStore(data_home, clock, keys_folder=there)
    assert moved.person(ana.id).details == ANA
    moved.close()
    with pytest.raises(KnownError, match="are here already"):
        key_escrow.import_copy(copy, "four chance words here", there)


@pytest.mark.parametrize("length", [0, 1, 7, 1025, 10_000])
def test_a_passphrase_has_bounds(ring: KeyRing, tmp_path: Path, length: int) -> None:
    with pytest.raises(KnownError, match=f"passphrase of {length} characters"):
        key_escrow.write_copy(ring.file.read(), ring.key_id, tmp_path / "copy", "x" * length)
    assert not (tmp_path / "copy").exists()


def test_what_is_no_copy_is_told(ring: KeyRing, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    key_escrow.write_copy(ring.file.read(), ring.key_id, copy, "long enough")
    whole = copy.read_bytes()
    for spoilt in (b"", b"nonsense" * 99, whole[:40], whole.replace(b"salt", b"malt")):
        copy.write_bytes(spoilt)
        with pytest.raises(KnownError, match="no copy of keys"):
            key_escrow.read_copy(copy, "long enough")
    copy.write_bytes(whole[:-1])
    with pytest.raises(KnownError, match="does not open"):
        key_escrow.read_copy(copy, "long enough")
    with pytest.raises(KnownError, match="cannot be read"):
        key_escrow.read_copy(tmp_path / "nothing", "long enough")
