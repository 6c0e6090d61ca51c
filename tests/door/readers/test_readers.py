"""Readers: whole lines from bytes, a real serial line (pty), a pipe, and what can go wrong."""

import os
import pty
import threading
import tty
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faceaccess.core.clock import SystemClock
from faceaccess.core.errors import KnownError
from faceaccess.core.second_factors import LONGEST_ENTRY
from faceaccess.door.readers import reader as reader_module
from faceaccess.door.readers.lines import PAUSE, EntryLines
from faceaccess.door.readers.open import open_reader
from faceaccess.door.readers.reader import Reader
from faceaccess.door.readers.serial_source import SerialSource
from faceaccess.door.readers.stdin_source import StdinSource

PATIENCE = 20.0  # seconds; nothing waits so long unless it is broken


def until(condition: Callable[[], bool]) -> bool:
    """Look again until a condition holds; other threads have the time in between."""
    over = threading.Event()
    timer = threading.Timer(PATIENCE, over.set)
    timer.start()
    try:
        while not condition():
            if over.wait(0.005):
                return False
        return True
    finally:
        timer.cancel()
        timer.join()


def taken(reader: Reader, count: int) -> list[str]:
    found: list[str] = []

    def enough() -> bool:
        found.extend(entry.text for entry in reader.taken())
        return len(found) >= count

    assert until(enough), found
    return found


@pytest.mark.parametrize(
    ("data", "lines", "dropped"),
    [
        (b"1234\n", ["1234"], 0),
        (b"1234\r\n0987\r", ["1234", "0987"], 0),
        (b"\n\r\n  \n", [], 0),
        (b"12*1234#", ["1234"], 0),  # a keypad's clear and enter
        (b"\x0204A1B2C3\x03", ["04A1B2C3"], 0),  # STX, ETX
        (b"123\x085\n", ["125"], 0),
        (b"\xff\xfe12\n1234\n", ["1234"], 1),
        (b"1" * (LONGEST_ENTRY + 1) + b"\n1234\n", ["1234"], 1),
        (b"1" * LONGEST_ENTRY + b"\n", ["1" * LONGEST_ENTRY], 0),
        (b"1234", [], 0),
    ],
)
def test_lines_of_bytes(data: bytes, lines: list[str], dropped: int) -> None:
    assert EntryLines().fed(data, 0.0) == (lines, dropped)


@given(st.lists(st.binary(max_size=200), max_size=20))
def test_bytes_cut_anywhere_give_the_same_and_nothing_grows(parts: list[bytes]) -> None:
    cut = EntryLines()
    found = [cut.fed(part, 1.0) for part in parts]
    whole = EntryLines().fed(b"".join(parts), 1.0)
    assert ([t for texts, _ in found for t in texts], sum(n for _, n in found)) == whole
    assert len(cut._line) <= LONGEST_ENTRY
    assert all(0 < len(t) <= LONGEST_ENTRY and t.isprintable() for t in whole[0])


def test_what_one_person_began_is_not_the_next_ones() -> None:
    lines = EntryLines()
    assert lines.fed(b"12", 10.0) == ([], 0)
    assert lines.fed(b"34\n", 10.0 + PAUSE) == (["1234"], 0)
    lines.fed(b"12", 20.0)
    assert lines.fed(b"1234\n", 20.1 + PAUSE) == (["1234"], 0)


@pytest.fixture
def line() -> Iterator[tuple[int, str]]:
    master, slave = pty.openpty()
    tty.setraw(slave)
    yield master, os.ttyname(slave)
    os.close(master)
    os.close(slave)


def test_a_serial_reader(line: tuple[int, str]) -> None:
    master, port = line
    reader = open_reader(f"serial:{port}?baud=115200", SystemClock())
    reader.start()
    try:
        sent = 0

        def hears() -> bool:  # what comes before the port is open is too old to count
            nonlocal sent
            os.write(master, b"0000\n")
            sent += 1
            return bool(reader.taken())

        assert until(hears)
        os.write(master, b"0012345678\r\n12")
        os.write(master, b"34#")
        found = taken(reader, 2)
        while found[0] == "0000":
            found = found[1:] or taken(reader, 1)
        found += taken(reader, 2 - len(found)) if len(found) < 2 else []
        assert found == ["0012345678", "1234"]
        assert reader.trouble == ""
        os.write(master, b"\xff\xff\xff\n")
        assert until(lambda: "no number" in reader.trouble)
    finally:
        reader.close()


def test_a_serial_reader_that_is_not_there_is_tried_again(
    line: tuple[int, str], monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    master, port = line
    monkeypatch.setattr(reader_module, "TRY_AGAIN", 0.01)
    link = f"{tmp_path}/ttyUSB0"
    reader = Reader(f"serial:{link}", SerialSource(link), SystemClock())
    reader.start()
    try:
        assert until(lambda: "cannot be opened: No such file" in reader.trouble)
        Path(link).symlink_to(port)
        assert until(lambda: reader.trouble == "")
        assert until(lambda: bool(os.write(master, b"1234\n") and reader.taken()))
    finally:
        reader.close()


def test_a_pipe_is_read_to_its_end() -> None:
    read, write = os.pipe()
    reader = Reader("stdin:", StdinSource(read), SystemClock())
    reader.start()
    try:
        os.write(write, b"1234\n98")
        os.write(write, b"76\n")
        assert taken(reader, 2) == ["1234", "9876"]
        os.close(write)
        assert until(lambda: "has ended" in reader.trouble)
    finally:
        reader.close()
        os.close(read)


def test_a_flood_keeps_the_newest(monkeypatch: pytest.MonkeyPatch) -> None:
    read, write = os.pipe()
    reader = Reader("stdin:", StdinSource(read), SystemClock())
    os.write(write, b"".join(b"%05d\n" % i for i in range(5000)))
    os.close(write)
    reader.start()
    assert until(lambda: "has ended" in reader.trouble)
    reader.close()
    os.close(read)
    assert [entry.text for entry in reader.taken()] == [f"{i:05}" for i in range(4992, 5000)]


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("", "no reader of the kind"),
        ("usb:1", "no reader of the kind"),
        ("/dev/ttyUSB0", "no reader of the kind"),
        ("serial:", "names no port"),
        ("serial:/dev/ttyUSB0?speed=9600", "not understood: speed"),
        ("serial:/dev/ttyUSB0?baud=fast", "not understood: baud"),
        ("stdin:/dev/tty", "takes nothing"),
        ("stdin:\n", "no reader's address"),
        ("x" * 501, "no reader's address"),
    ],
)
def test_an_address_that_means_nothing(address: str, words: str) -> None:
    with pytest.raises(KnownError, match=words):
        open_reader(address if address != "stdin:\n" else "stdin:\n1", SystemClock())


def test_an_entry_is_not_shown() -> None:
    assert "1234" not in repr(reader_module.Entry("1234", 0.0))
