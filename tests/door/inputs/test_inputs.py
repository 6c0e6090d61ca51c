"""Inputs: real ptys, Modbus servers and brokers; what is lost is never taken for closed."""

import errno
import os
import pty
import threading
import tty
import types
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from modbus_servers import ModbusDevice, rtu_server, tcp_server
from mqtt_house import Device, broker, password_file

from faceaccess.core.clock import ManualClock, SystemClock
from faceaccess.core.errors import KnownError
from faceaccess.door.address import parse_address
from faceaccess.door.inputs import door_input, mqtt
from faceaccess.door.inputs.debounce import Debounced
from faceaccess.door.inputs.door_input import FLUTTERS, WITHIN, DoorInput, InputChange
from faceaccess.door.inputs.gpio import GpioInput
from faceaccess.door.inputs.open import open_input
from faceaccess.door.locks.open import open_lock

PATIENCE = 20.0  # seconds; nothing waits so long unless it is broken


class Watched:
    """An input that runs, and everything that it has said."""

    def __init__(self, input_: DoorInput) -> None:
        self.input = input_
        self.states: list[bool | None] = []
        self._woken = threading.Condition()

    def wait_for(self, condition: Callable[[], bool]) -> bool:
        with self._woken:
            return self._woken.wait_for(lambda: self._take() or condition(), PATIENCE)

    def sees(self, state: bool | None) -> bool:
        """Whether it says so now, or will within the patience."""
        return self.wait_for(lambda: self.states[-1:] == [state])

    def wake(self) -> None:
        with self._woken:
            self._woken.notify_all()

    def _take(self) -> bool:
        self.states += [change.closed for change in self.input.taken()]
        return False


@contextmanager
def watched(address: str) -> Iterator[Watched]:
    found = Watched(open_input(address, "contact", SystemClock()))
    found.input.start(found.wake)
    try:
        yield found
    finally:
        found.input.close()


@pytest.fixture(autouse=True)
def _quickly_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door_input, "TRY_AGAIN", 0.02)


# Debouncing


def test_a_state_counts_when_it_has_lasted() -> None:
    contact = Debounced(0.05)
    assert contact.seen(True, 1.00) is None
    assert contact.left(1.01) == pytest.approx(0.04)
    assert contact.seen(True, 1.05) == 1.00  # since when, not when it was sure
    assert contact.left(1.06) is None
    assert contact.seen(False, 2.00) is None
    assert contact.seen(True, 2.03) is None  # it bounced
    assert contact.seen(False, 2.04) is None
    assert contact.seen(False, 2.08) is None  # 0.04 s
    assert contact.seen(False, 2.10) == 2.04
    assert contact.state is False


def test_what_is_lost_is_lost_at_once() -> None:
    contact = Debounced(0.05)
    contact.seen(True, 0.0)
    contact.seen(True, 1.0)
    assert contact.seen(None, 1.01) == 1.01
    assert contact.state is None


@given(st.lists(st.tuples(st.sampled_from([True, False, None]), st.floats(0.0, 0.2)), max_size=50))
def test_no_state_counts_that_did_not_last(steps: list[tuple[bool | None, float]]) -> None:
    contact, moment = Debounced(0.05), 0.0
    since: dict[object, float] = {}
    last: object = "nothing"
    for state, wait in steps:
        moment += wait
        if state != last and not (last == "nothing" and state is None):
            since[state] = moment
        last = state
        began = contact.seen(state, moment)
        if began is not None and state is not None:
            assert began == since[state]
            assert moment - began >= 0.05
        if state is None:
            assert contact.state is None


# Addresses


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("", "No contact is given"),
        ("telnet://x", "no contact of the kind telnet:"),
        ("simulated:", "names no file"),
        ("simulated:x?on=a&off=a", "must differ"),
        ("simulated:x?colour=red", "option that is not known: colour"),
        ("simulated:x?debounce=3000", "debounce"),
        ("simulated:x?invert=perhaps", "invert"),
        ("serial:", "names no port"),
        ("serial:/dev/x?silent=0", "silent"),
        ("gpio:/dev/gpiochip0", "no line"),
        ("gpio:/dev/gpiochip0?line=1&bias=left", "bias"),
        ("modbus://host", "an input or a coil"),
        ("modbus://host?input=1&coil=1", "an input or a coil"),
        ("modbus://host?input=1&every=9999", "every"),
        ("mqtt://host/door", "how a dead device is noticed"),
        ("mqtt:door?silent=1", "names no broker"),
        ("mqtt://host/a/+?silent=1", "topic that is no name"),
        ("mqtt://user:secret@host/door?silent=1", "password cannot stand in the contact's"),
        ("mqtt://host/door?silent=1&password=x", "password cannot stand"),
        ("mqtt://host/door?silent=1&password_env=NOT_SET_ANYWHERE", "NOT_SET_ANYWHERE"),
    ],
)
def test_what_is_no_address_gets_a_sentence(address: str, words: str) -> None:
    with pytest.raises(KnownError, match=words) as raised:
        open_input(address, "contact", SystemClock())
    assert raised.value.remedy
    assert "secret" not in str(raised.value).replace("secret_", "")


# A file


def test_a_file_is_followed_and_lost_without_it(tmp_path: Path) -> None:
    file = tmp_path / "contact"
    file.write_text("closed\n")
    with watched(f"simulated:{file}") as contact:
        assert contact.sees(True)
        file.write_text("open")
        assert contact.sees(False)
        file.unlink()
        assert contact.sees(None)
        assert "No such file" in contact.input.trouble
        file.write_text("perhaps")
        assert contact.wait_for(lambda: "says 'perhaps'" in contact.input.trouble)
        file.write_text("closed")
        assert contact.sees(True)
        assert contact.input.trouble == ""
        assert contact.input.state is True


def test_inverted(tmp_path: Path) -> None:
    file = tmp_path / "contact"
    file.write_text("closed")
    with watched(f"simulated:{file}?invert=yes") as contact:
        assert contact.sees(False)


@pytest.mark.expected_log_errors
def test_a_fault_in_a_source_loses_the_input_and_no_more() -> None:
    class Broken:
        def open(self) -> None: ...

        def read(self, within: float) -> bool:
            raise ZeroDivisionError

        def close(self) -> None: ...

    contact = Watched(DoorInput("contact x:", Broken(), SystemClock()))
    contact.input.start(contact.wake)
    assert contact.wait_for(lambda: "ZeroDivisionError" in contact.input.trouble)
    assert contact.input.state is None
    contact.input.close()


# A board on a serial line


class LineBoard:
    """A board that sends lines through a pty."""

    def __init__(self) -> None:
        self.master, self._slave = pty.openpty()
        tty.setraw(self._slave)
        self.port = os.ttyname(self._slave)

    def say(self, text: str) -> None:
        os.write(self.master, text.encode())

    def close(self) -> None:
        os.close(self.master)
        os.close(self._slave)


@pytest.fixture
def board() -> Iterator[LineBoard]:
    made = LineBoard()
    yield made
    made.close()


def test_two_inputs_of_one_board(board: LineBoard) -> None:
    with (
        watched(f"serial:{board.port}?name=contact") as contact,
        watched(f"serial:{board.port}?name=exit") as exit_,
    ):
        with heartbeat(board, "contact=1\r\nexit=0\r\n"):
            assert contact.sees(True)
            assert exit_.sees(False)
        with heartbeat(board, "contact=0\nexit=1\nnoise\n=\n"):
            assert contact.sees(False)
            assert exit_.sees(True)


def test_a_board_without_names_and_with_words_of_its_own(board: LineBoard) -> None:
    with watched(f"serial:{board.port}?on=shut&off=ajar") as contact, heartbeat(board, "shut\n"):
        assert contact.sees(True)


def test_a_board_that_falls_silent_is_lost(board: LineBoard) -> None:
    with watched(f"serial:{board.port}?name=contact&silent=1") as contact:
        with heartbeat(board, "contact=1\n"):
            assert contact.sees(True)
        assert contact.sees(None)
        assert "no line for 1 s" in contact.input.trouble


def test_garbage_is_never_closed(board: LineBoard) -> None:
    with (
        watched(f"serial:{board.port}?silent=1") as contact,
        heartbeat(board, "\xff\x00" * 500 + "\n1x\n"),
    ):
        assert contact.wait_for(lambda: "neither" in contact.input.trouble)
        assert True not in contact.states


def test_a_board_that_is_pulled_out_is_lost() -> None:
    board = LineBoard()
    with watched(f"serial:{board.port}?name=contact") as contact:
        with heartbeat(board, "contact=1\n"):
            assert contact.sees(True)
        board.close()
        assert contact.sees(None)
        assert contact.input.trouble


def test_a_port_that_is_not_there() -> None:
    with watched("serial:/dev/nothing-here") as contact:
        assert contact.wait_for(lambda: "cannot be opened" in contact.input.trouble)


@contextmanager
def heartbeat(board: LineBoard, text: str) -> Iterator[None]:
    over = threading.Event()

    def beat() -> None:
        while not over.wait(0.02):
            board.say(text)

    thread = threading.Thread(target=beat, name="board's heart")
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


# Modbus


@pytest.mark.parametrize("kind", ["tcp", "rtu"])
def test_a_modbus_coil_is_followed_while_the_lock_uses_the_same_device(kind: str) -> None:
    device = ModbusDevice()
    with tcp_server(device) if kind == "tcp" else rtu_server(device) as place:
        where = f"//127.0.0.1:{place}" if kind == "tcp" else str(place)
        lock = open_lock(f"modbus:{where}?coil=2", guarded=False)
        with watched(f"modbus:{where}?coil=2&every=20") as contact:
            assert contact.sees(False)
            lock.open(0.5)  # the coil is the input as well
            assert contact.sees(True)
            assert contact.sees(False)  # the pulse is over
            for _ in range(5):
                lock.open(0.1)  # its second is enough, however often the input is asked
        lock.close()


def test_a_modbus_device_that_goes_away_is_lost() -> None:
    device = ModbusDevice()
    with tcp_server(device) as port, watched(f"modbus://127.0.0.1:{port}?input=100") as contact:
        assert contact.sees(False)
        contact.states.append(True)  # so that what comes is seen to be new
    with watched(f"modbus://127.0.0.1:{port}?input=100") as contact:
        assert contact.wait_for(lambda: "cannot be reached" in contact.input.trouble)
        assert contact.input.state is None


def test_an_input_that_the_device_does_not_have_is_said() -> None:
    with (
        tcp_server(ModbusDevice()) as port,
        watched(f"modbus://127.0.0.1:{port}?input=5000") as contact,
    ):
        assert contact.wait_for(lambda: "no such address" in contact.input.trouble)


# A broker

ANYBODY = "allow_anonymous true"
TOPIC = "house/front/contact"


@contextmanager
def talker(port: int) -> Iterator[Callable[..., None]]:
    device = Device(port, "nothing")

    def say(payload: str, topic: str = TOPIC, *, retain: bool = False) -> None:
        device.client.publish(topic, payload, qos=1, retain=retain).wait_for_publish(PATIENCE)

    try:
        yield say
    finally:
        device.close()


def connected(contact: Watched) -> bool:
    return contact.wait_for(lambda: "has not said yet" in contact.input.trouble)


def test_a_device_behind_a_broker(tmp_path: Path) -> None:
    with broker(tmp_path, ANYBODY) as port, talker(port) as say:
        say("ON", retain=True)  # from before: nobody knows how old
        with watched(f"mqtt://127.0.0.1:{port}/{TOPIC}?silent=0") as contact:
            assert connected(contact)
            say("ON")
            assert contact.sees(True)
            say("OFF")
            assert contact.sees(False)
            say("perhaps")
            assert contact.wait_for(lambda: "says 'perhaps'" in contact.input.trouble)
            assert contact.sees(None)


def test_a_retained_message_counts_where_the_address_says_so(tmp_path: Path) -> None:
    with broker(tmp_path, ANYBODY) as port, talker(port) as say:
        say("ON", retain=True)
        with watched(f"mqtt://127.0.0.1:{port}/{TOPIC}?silent=0&retained=yes") as contact:
            assert contact.sees(True)


def test_a_field_of_json_as_zigbee2mqtt_has_it(tmp_path: Path) -> None:
    more = "?silent=60&field=contact&on=true&off=false"
    with (
        broker(tmp_path, ANYBODY) as port,
        talker(port) as say,
        watched(f"mqtt://127.0.0.1:{port}/{TOPIC}{more}") as contact,
    ):
        assert connected(contact)
        say('{"battery": 97, "contact": true}')
        assert contact.sees(True)
        say('{"contact": false}')
        assert contact.sees(False)
        say('{"battery": 97}')  # does not speak of it
        say('{"contact": true}')
        assert contact.sees(True)
        assert None not in contact.states[1:]
        say("[" * 50_000)
        assert contact.wait_for(lambda: "says '[[" in contact.input.trouble)


def test_a_device_that_is_offline_or_silent_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with broker(tmp_path, ANYBODY) as port, talker(port) as say:
        with watched(f"mqtt://127.0.0.1:{port}/{TOPIC}?availability=house/alive") as contact:
            assert connected(contact)
            say("ON")
            assert contact.sees(True)
            say('{"state": "online"}', "house/alive")
            say("OFF")
            assert contact.sees(False)
            say('{"state": "offline"}', "house/alive")
            assert contact.sees(None)
        with watched(f"mqtt://127.0.0.1:{port}/{TOPIC}?availability=house/alive") as contact:
            assert connected(contact)
            say("ON")
            assert contact.sees(True)
            say("offline", "house/alive")
            assert contact.sees(None)
            assert contact.wait_for(lambda: "is offline" in contact.input.trouble)
        with watched(f"mqtt://127.0.0.1:{port}/{TOPIC}?silent=1") as contact:
            assert connected(contact)
            say("ON")
            assert contact.sees(True)
            now = mqtt.monotonic
            monkeypatch.setattr(mqtt, "monotonic", lambda: now() + 1.1)
            assert contact.sees(None)
            assert contact.wait_for(lambda: "said nothing for 1 s" in contact.input.trouble)


def test_a_broker_that_goes_away_loses_the_input_until_it_is_back(tmp_path: Path) -> None:
    with broker(tmp_path, ANYBODY) as port:
        address = f"mqtt://127.0.0.1:{port}/{TOPIC}?silent=0"
        with talker(port) as say, watched(address) as contact:
            assert connected(contact)
            say("ON")
            assert contact.sees(True)
            port.process.kill()
            assert contact.sees(None)
            with broker(tmp_path, ANYBODY, port=int(port)) as again, talker(again) as tell:
                assert connected(contact)
                tell("OFF")
                assert contact.sees(False)


def test_a_wrong_password_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = password_file(tmp_path, door="right")
    monkeypatch.setenv("CONTACT_PASSWORD", "wrong")
    with (
        broker(tmp_path, f"password_file {file}", "allow_anonymous false") as port,
        watched(
            f"mqtt://door@127.0.0.1:{port}/{TOPIC}?silent=0&password_env=CONTACT_PASSWORD"
        ) as contact,
    ):
        assert contact.wait_for(lambda: "refuses user or password" in contact.input.trouble)


# The computer's own pins

gpiod = pytest.importorskip("gpiod")


class Request:
    def __init__(self) -> None:
        self.value = gpiod.line.Value.INACTIVE
        self.error: OSError | None = None
        self.released = False

    def wait_edge_events(self, within: float) -> bool:
        return False

    def get_value(self, line: int | str) -> object:
        if self.error is not None:
            raise self.error
        return self.value

    def release(self) -> None:
        self.released = True


class Chip(types.ModuleType):
    """What stands for the module gpiod: its own values and settings, requests of ours."""

    def __init__(self) -> None:
        super().__init__("gpiod")
        self.line = gpiod.line
        self.LineSettings = gpiod.LineSettings
        self.error: OSError | None = None
        self.asked: list[dict[int | str, object]] = []
        self.given = Request()

    def is_gpiochip_device(self, path: str) -> bool:
        return path == "/dev/gpiochip0"

    def request_lines(
        self, path: str, *, consumer: str, config: dict[int | str, object]
    ) -> Request:
        if self.error is not None:
            raise self.error
        self.asked.append(config)
        return self.given


def pin(chip: Chip, more: str = "") -> GpioInput:
    return GpioInput(parse_address(f"gpio:/dev/gpiochip0?line=27{more}", "", "contact"), chip)


def test_a_pin_is_read_as_the_circuit_says() -> None:
    chip = Chip()
    contact = pin(chip, "&bias=up&active=low")
    contact.open()
    (config,) = chip.asked
    settings = config[27]
    assert (settings.direction, settings.bias, settings.active_low) == (  # type: ignore[attr-defined]  # the library's
        gpiod.line.Direction.INPUT,
        gpiod.line.Bias.PULL_UP,
        True,
    )
    assert contact.read(0.0) is False
    chip.given.value = gpiod.line.Value.ACTIVE
    assert contact.read(0.0) is True
    chip.given.error = OSError(errno.ENODEV, os.strerror(errno.ENODEV))
    with pytest.raises(KnownError, match="went away"):
        contact.read(0.0)
    contact.close()
    assert chip.given.released


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.EACCES, "no rights"),
        (errno.EBUSY, "another program"),
        (errno.EINVAL, "no line 27"),
        (errno.EIO, "cannot be reached"),
    ],
)
def test_a_pin_that_cannot_be_had_is_said(number: int, words: str) -> None:
    chip = Chip()
    chip.error = OSError(number, os.strerror(number))
    with pytest.raises(KnownError, match=words) as raised:
        pin(chip).open()
    assert raised.value.remedy


def quiet_input(clock: ManualClock) -> DoorInput:
    source = types.SimpleNamespace(open=lambda: None, close=lambda: None)
    return DoorInput("contact x:", source, clock, debounce=0.0)  # type: ignore[arg-type]  # read is not called


def test_changes_that_nobody_takes_are_bounded() -> None:
    clock = ManualClock()
    contact = quiet_input(clock)
    for number in range(10_000):
        clock.advance(1.0)
        contact._see(bool(number % 2))
    changes = contact.taken()
    assert len(changes) == 256
    assert changes[-1] == InputChange(closed=True, moment=10_000.0)
    assert contact.taken() == []


def test_an_input_that_flutters_is_not_believed_until_it_is_quiet() -> None:
    clock = ManualClock()
    contact = quiet_input(clock)
    for number in range(FLUTTERS):
        clock.advance(0.1)
        contact._see(bool(number % 2))
    assert contact.state is True
    clock.advance(0.1)
    contact._see(False)
    assert contact.state is None
    contact._see(True)
    assert len(contact.taken()) == FLUTTERS + 1  # the last says that it is unknown
    clock.advance(WITHIN - 0.3)
    contact._see(True)
    assert contact.state is True


def test_what_flutters_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "contact"
    file.write_text("closed")
    monkeypatch.setattr(door_input, "FLUTTERS", 1)
    with watched(f"simulated:{file}") as contact:
        assert contact.sees(True)
        file.write_text("open")
        assert contact.sees(None)
        assert contact.wait_for(lambda: "too often to be believed" in contact.input.trouble)
