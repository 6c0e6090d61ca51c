import errno
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import serial

from faceaccess.core.errors import KnownError
from faceaccess.core.locks import LockError, LockOutcome
from faceaccess.door.locks.open import open_lock
from faceaccess.door.locks.switched import SwitchedLock
from faceaccess.door.locks.usb_relay import frame

if sys.platform == "win32":
    pytest.skip("ptys are Unix's", allow_module_level=True)

from serial_board import SerialBoard

ON, OFF = bytes.fromhex("a00103a4"), bytes.fromhex("a00102a3")


@pytest.fixture
def board() -> Iterator[SerialBoard]:
    with SerialBoard() as board:
        yield board


def test_frames_are_those_of_the_boards_sheet() -> None:
    assert frame(1, 1) == bytes.fromhex("a00101a2")
    assert frame(1, 0) == bytes.fromhex("a00100a1")
    assert frame(2, 3) == bytes.fromhex("a00203a5")
    assert frame(16, 5)[3] == (0xA0 + 16 + 5) % 256


def test_a_pulse_opens_with_the_boards_answer_and_ends_by_itself(board: SerialBoard) -> None:
    lock = open_lock(f"serial:{board.port}", guarded=False)
    report = lock.open(0.2)
    assert report.outcome is LockOutcome.ACKNOWLEDGED
    assert report.text == "Relay 1 of the board is on, it says."
    assert 0 < report.seconds < 1
    assert board.wait_for(lambda: board.commands == [ON, OFF])
    lock.close()
    assert board.commands == [ON, OFF]


def test_a_command_to_lock_ends_a_pulse_at_once(board: SerialBoard) -> None:
    lock = open_lock(f"serial:{board.port}?channel=3", guarded=False)
    lock.open(60)
    assert board.on[3]
    lock.lock()
    assert not board.on[3]
    lock.close()


def test_closing_ends_a_pulse(board: SerialBoard) -> None:
    lock = open_lock(f"serial:{board.port}", guarded=False)
    lock.open(60)
    lock.close()
    lock.close()
    assert board.commands == [ON, OFF]
    with pytest.raises(LockError, match="given back"):
        lock.open(1)


def test_check_asks_without_opening(board: SerialBoard) -> None:
    lock = open_lock(f"serial:{board.port}", guarded=False)
    report = lock.check()
    assert (report.outcome, report.text) == (
        LockOutcome.ACKNOWLEDGED,
        "The board answers: relay 1 is off.",
    )
    lock.close()
    assert board.commands == [frame(1, 5)]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"", "does not answer"),
        (b"hello", "not understood"),
        (b"\xa0", "not understood"),
        (bytes.fromhex("a00100a1"), "not understood"),  # "off" where "on" was asked for
        (bytes.fromhex("a00201a3"), "not understood"),  # another relay
        (bytes.fromhex("a00101a3"), "not understood"),  # wrong sum
    ],
)
def test_anything_but_the_right_answer_is_no_acknowledgement_and_the_relay_is_switched_off(
    board: SerialBoard, answer: bytes, words: str
) -> None:
    lock = open_lock(f"serial:{board.port}", guarded=False)
    board.faults = [answer]
    with pytest.raises(LockError, match=words) as raised:
        lock.open(60)
    assert raised.value.remedy
    assert board.wait_for(lambda: OFF in board.commands)
    lock.close()
    assert not board.on[1]


def test_switching_off_is_tried_until_the_board_answers(board: SerialBoard) -> None:
    lock = open_lock(f"serial:{board.port}", guarded=False)
    lock.open(60)
    board.faults = [b"garbage"]
    with pytest.raises(LockError, match="not understood"):
        lock.lock()
    assert board.wait_for(lambda: not board.on[1])
    lock.close()


def test_what_lay_in_the_line_before_is_not_taken_for_an_answer(board: SerialBoard) -> None:
    lock = open_lock(f"serial:{board.port}", guarded=False)
    board.faults = [frame(1, 1) * 3]  # three answers to one question
    lock.open(60)
    assert not board.on[1]  # the fault is that it moved nothing
    board.faults = [b""]
    with pytest.raises(LockError, match="does not answer"):
        lock.open(60)
    lock.close()


def test_a_mute_board_is_taken_at_its_adapters_word(caplog: pytest.LogCaptureFixture) -> None:
    with SerialBoard(mute=True) as board:
        lock = open_lock(f"serial:{board.port}?board=lcus-mute", guarded=False)
        assert lock.check().outcome is LockOutcome.NONE
        assert "it does not answer" in lock.open(60).text
        assert board.wait_for(lambda: board.on[1])
        lock.close()
        assert board.wait_for(lambda: not board.on[1])
        assert board.commands == [frame(1, 1), frame(1, 0)]


def test_a_port_is_had_by_one_only(board: SerialBoard) -> None:
    first = open_lock(f"serial:{board.port}", guarded=False)
    second = open_lock(f"serial:{board.port}", guarded=False)
    first.check()
    with pytest.raises(LockError, match="used by another program"):
        second.open(1)
    second.close()
    first.close()


def test_a_board_that_is_pulled_out_is_noticed_and_taken_again(
    board: SerialBoard, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = open_lock(f"serial:{board.port}", guarded=False)
    lock.check()

    def gone(port: serial.Serial) -> None:
        raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(serial.Serial, "reset_input_buffer", gone)
        with pytest.raises(LockError, match="went away: Input/output error"):
            lock.check()
    assert lock.check().outcome is LockOutcome.ACKNOWLEDGED
    lock.close()


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("serial:", "names no port"),
        ("serial://host/dev/ttyUSB0", "names no port"),
        ("serial:/dev/ttyUSB0?channel=0", "channel .* is '0'"),
        ("serial:/dev/ttyUSB0?baud=fast", "baud .* is 'fast'"),
        ("serial:/dev/ttyUSB0?board=numato", "board .* is 'numato'"),
    ],
)
def test_a_wrong_address_is_refused_at_once(address: str, words: str) -> None:
    with pytest.raises(KnownError, match=words):
        open_lock(address, guarded=False)


def test_a_port_that_is_not_there_or_is_none(tmp_path: Path) -> None:
    lock = open_lock(f"serial:{tmp_path / 'ttyUSB0'}", guarded=False)
    with pytest.raises(LockError, match="There is no port"):
        lock.check()
    lock.close()
    file = tmp_path / "file"
    file.touch()
    lock = open_lock(f"serial:{file}", guarded=False)
    with pytest.raises(LockError, match="cannot be opened as a serial port"):
        lock.check()
    lock.close()


def test_no_rights_on_a_port_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(port: serial.Serial) -> None:
        raise serial.SerialException(errno.EACCES, "could not open port")

    monkeypatch.setattr(serial.Serial, "open", refuse)
    lock = open_lock("serial:/dev/ttyUSB0", guarded=False)
    with pytest.raises(LockError, match="no rights on the port /dev/ttyUSB0") as raised:
        lock.check()
    assert "dialout" in raised.value.remedy
    lock.close()


STATION = """
import sys
from faceaccess.door.locks.open import open_lock
lock = open_lock(sys.argv[1])
lock.check()
lock._guard._ready.wait(20)
lock.open(60)
print("open", flush=True)
sys.stdin.read()
"""


@pytest.mark.parametrize("ending", [signal.SIGKILL, signal.SIGTERM, None])
def test_a_station_that_dies_in_mid_pulse_leaves_no_relay_on(
    board: SerialBoard, ending: signal.Signals | None
) -> None:
    """By the guard where it is killed (SIGTERM is not caught by this one either), by itself where
    it merely ends."""
    with subprocess.Popen(
        [sys.executable, "-c", STATION, f"serial:{board.port}"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as station:
        assert station.stdout is not None
        assert station.stdout.readline() == b"open\n"
        assert board.on[1]
        if ending is not None:
            station.send_signal(ending)
        assert station.stdin is not None
        station.stdin.close()
        assert board.wait_for(lambda: not board.on[1])
        assert station.stderr is not None
        assert station.stderr.read() == b""  # it ends when the guard has left as well


def test_a_lock_that_is_closed_leaves_no_guard_behind(board: SerialBoard) -> None:
    lock = open_lock(f"serial:{board.port}")
    assert isinstance(lock, SwitchedLock)
    assert lock._guard is not None
    lock._guard.start()
    assert lock._guard._ready.wait(20)
    guard = lock._guard._process
    assert guard is not None
    lock.open(60)
    lock.close()
    assert board.commands == [ON, OFF]
    assert guard.returncode == 0
