import socket
import sys

import pytest
from pymodbus.constants import ExcCodes

from faceaccess.core.errors import KnownError
from faceaccess.core.locks import LockError, LockOutcome
from faceaccess.door.locks.open import open_lock

if sys.platform == "win32":
    pytest.skip("ptys are Unix's", allow_module_level=True)

from modbus_servers import ModbusDevice, rtu_server, tcp_server
from raw_server import raw_server

WRITE_COIL, WRITE_REGISTER = 5, 6


def test_a_coil_over_tcp_opens_for_a_pulse() -> None:
    device = ModbusDevice()
    with tcp_server(device) as port:
        lock = open_lock(f"modbus://127.0.0.1:{port}?coil=3", guarded=False)
        report = lock.open(0.2)
        assert report.outcome is LockOutcome.ACKNOWLEDGED
        assert report.text == "Coil 3 is on, the device says."
        assert device.wait_for(lambda: len(device.written) == 2)
        lock.close()
    assert device.written == [(WRITE_COIL, 3, 1), (WRITE_COIL, 3, 0)]


def test_a_coil_over_a_serial_line_opens_for_a_pulse() -> None:
    device = ModbusDevice()
    with rtu_server(device) as port:
        lock = open_lock(f"modbus:{port}?coil=1&baud=9600", guarded=False)
        assert lock.open(60).outcome is LockOutcome.ACKNOWLEDGED
        assert lock.check().text == "The device answers: coil 1 is on."
        lock.lock()
        assert lock.check().text == "The device answers: coil 1 is off."
        lock.close()
    assert device.written == [(WRITE_COIL, 1, 1), (WRITE_COIL, 1, 0)]


def test_a_register_times_the_pulse_in_the_device() -> None:
    device = ModbusDevice()
    with tcp_server(device) as port:
        lock = open_lock(f"modbus://127.0.0.1:{port}?register=2&step=100")
        assert lock.open(3).text == "The device took a pulse of 3 s."
        lock.lock()
        assert lock.open(0.1).outcome is LockOutcome.ACKNOWLEDGED
        assert lock.check().outcome is LockOutcome.ACKNOWLEDGED
        lock.close()
    assert device.written == [
        (WRITE_REGISTER, 2, 30),
        (WRITE_REGISTER, 2, 0),
        (WRITE_REGISTER, 2, 1),
    ]


def test_the_same_over_a_serial_line() -> None:
    device = ModbusDevice()
    with rtu_server(device) as port:
        lock = open_lock(f"modbus:{port}?register=0&step=1000")
        assert lock.open(4.4).text == "The device took a pulse of 4 s."
        lock.close()
    assert device.written == [(WRITE_REGISTER, 0, 4)]


@pytest.mark.parametrize("where", ["coil=0", "register=0"])
def test_a_device_that_refuses_has_not_acknowledged(where: str) -> None:
    device = ModbusDevice()
    device.refuses = ExcCodes.DEVICE_BUSY
    with tcp_server(device) as port:
        lock = open_lock(f"modbus://127.0.0.1:{port}?{where}", guarded=False)
        with pytest.raises(LockError, match="refuses: it is busy"):
            lock.open(1)
        device.refuses = None  # so that the coil's end is acknowledged
        lock.close()
    assert all(value == 0 for _, _, value in device.written)


@pytest.mark.parametrize("where", ["coil=40", "register=4", "coil=0&unit=9"])
def test_what_the_device_does_not_have_is_said(where: str) -> None:
    device = ModbusDevice()
    with tcp_server(device) as port:
        lock = open_lock(f"modbus://127.0.0.1:{port}?{where}", guarded=False)
        with pytest.raises(LockError, match=r"refuses|does not answer") as raised:
            lock.check()
        assert raised.value.remedy
        lock.close()


def test_a_coil_that_does_not_follow_is_no_acknowledgement() -> None:
    device = ModbusDevice()
    device.ignores = True
    with tcp_server(device) as port:
        lock = open_lock(f"modbus://127.0.0.1:{port}?coil=0", guarded=False)
        with pytest.raises(LockError, match="its coil is not on"):
            lock.open(1)
        lock.close()


@pytest.mark.parametrize("where", ["coil=0", "register=0"])
@pytest.mark.parametrize("answer", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\x00" * 2000, None])
def test_garbage_and_silence_are_no_acknowledgement(where: str, answer: bytes | None) -> None:
    with raw_server(answer) as port:
        lock = open_lock(f"modbus://127.0.0.1:{port}?{where}", guarded=False)
        with pytest.raises(LockError, match="does not answer as a Modbus device should"):
            lock.open(1)
        lock.close()


def test_a_device_that_is_not_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    lock = open_lock(f"modbus://127.0.0.1:{port}?coil=0", guarded=False)
    with pytest.raises(LockError, match="cannot be reached") as raised:
        lock.check()
    assert "port" in raised.value.remedy
    lock.close()
    lock = open_lock("modbus:/dev/ttyNONE?coil=0", guarded=False)
    with pytest.raises(LockError, match="cannot be reached"):
        lock.check()
    lock.close()


def test_a_device_that_comes_back_is_found_again() -> None:
    device = ModbusDevice()
    with tcp_server(device) as port:
        lock = open_lock(f"modbus://127.0.0.1:{port}?register=0")
        lock.open(1)
    with pytest.raises(LockError):
        lock.open(1)
    lock.close()


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("modbus:", "names no host"),
        ("modbus://host/path?coil=0", "has a path"),
        ("modbus://host?baud=9600", "only a serial line has"),
        ("modbus://host?coil=70000", "coil .* is '70000'"),
        ("modbus://host?coil=0&step=100", "step without a register"),
        ("modbus://host?register=0&coil=0", "option that is not known: coil"),
        ("modbus://host?unit=0", "unit .* is '0'"),
        ("modbus:/dev/ttyUSB0?parity=X", "parity .* is 'X'"),
    ],
)
def test_a_wrong_address_is_refused_at_once(address: str, words: str) -> None:
    with pytest.raises(KnownError, match=words):
        open_lock(address, guarded=False)
