"""`modbus:` relay modules and controllers that speak Modbus, over TCP or a serial line (RTU).

Either a coil, which stays as it is written (`ModbusCoil`, a `Switch`), or a register that takes a
pulse's length and times it in the device (`ModbusPulse`, a `Board`); the second is the safer.
Every command has a connection of its own, so that an answer that comes late is never taken for
that of the next command, and a device that was switched off meanwhile is found again.
"""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from pymodbus.client import ModbusSerialClient, ModbusTcpClient
from pymodbus.exceptions import ModbusException
from pymodbus.pdu import ExceptionResponse, ModbusPDU

from faceaccess.core.errors import KnownError
from faceaccess.core.locks import LockError, LockOutcome
from faceaccess.door.address import DeviceAddress
from faceaccess.door.locks.deadline import Deadline, turn
from faceaccess.door.locks.host import Host

# What it says is said by the errors raised here; its own words would come on top in the log.
logging.getLogger("pymodbus.logging").setLevel(logging.CRITICAL)

Client = ModbusTcpClient | ModbusSerialClient

# Modbus Application Protocol V1.1b3, 7.
_REFUSALS = {
    1: "it does not know the function",
    2: "it has no such address",
    3: "it does not take the value",
    4: "it has failed",
    6: "it is busy",
    10: "the gateway has no way to it",
    11: "the gateway does not hear it",
}
_LINE_OPTIONS = ("baud", "parity")
# Lock and inputs of a door are often one device, which takes one conversation at a time.
_conversations: dict[str, threading.Lock] = {}


class ModbusLine:
    """The way to one device: `modbus://host:502?unit=1`, `modbus:/dev/ttyUSB0?unit=1&baud=9600&
    parity=N`.
    """

    def __init__(self, address: DeviceAddress) -> None:
        self.named = address.named
        self.unit = address.number("unit", 1, 1, 247)
        self._host = Host(address.host, address.named) if address.host else None
        self._port = address.port or 502
        self._device = address.path
        place = f"{address.host}:{self._port}" if address.host else self._device
        self._conversation = _conversations.setdefault(place, threading.Lock())
        self._baud = address.number("baud", 9600, 300, 1_000_000)
        self._parity = address.choice("parity", ("N", "E", "O"))
        if self._host is None and not self._device:
            raise KnownError(
                f"The {self.named} names no host and no port.",
                "Write it as modbus://192.0.2.7?coil=0, or modbus:/dev/ttyUSB0?coil=0.",
            )
        if self._host is not None and address.path not in ("", "/"):
            raise KnownError(
                f"The {self.named} has a path.", "Write it as modbus://192.0.2.7:502?coil=0."
            )
        if self._host is not None and any(name in address.options for name in _LINE_OPTIONS):
            raise KnownError(
                f"The {self.named} has baud or parity, which only a serial line has.",
                "Leave them out.",
            )

    @contextmanager
    def reached(self, deadline: Deadline) -> Iterator[Client]:
        """A connection for one command; what fails within becomes a `LockError`."""
        with turn(self._conversation, deadline, self.named), self._connected(deadline) as client:
            yield client

    @contextmanager
    def _connected(self, deadline: Deadline) -> Iterator[Client]:
        client = self._client(deadline)
        try:
            if not client.connect():
                raise LockError(
                    f"The {self.named} cannot be reached.",
                    "Look at its power, cable and address, and whether the port may be used.",
                )
            yield client
        except (ModbusException, OSError, ValueError) as error:
            raise LockError(
                f"The {self.named} does not answer as a Modbus device should.",
                "Look at its power, cable and unit number.",
            ) from error
        finally:
            client.close()  # type: ignore[no-untyped-call]  # the library leaves it untyped

    def _client(self, deadline: Deadline) -> Client:
        if self._host is not None:
            return ModbusTcpClient(
                self._host.address(deadline),
                port=self._port,
                timeout=max(deadline.left() / 2, 0.05),
                retries=0,
            )
        return ModbusSerialClient(
            self._device, baudrate=self._baud, parity=self._parity, timeout=0.4, retries=0
        )

    def patience(self, client: Client, deadline: Deadline) -> None:
        """Set the time-out of the next question, which the library may wait for twice."""
        left = deadline.left()
        if left <= 0:
            raise LockError(
                f"The {self.named} answers too slowly.", "Look at its cable and network."
            )
        client.comm_params.timeout_connect = left / 2

    def accepted(self, answer: ModbusPDU) -> None:
        """Raise a `LockError` if the device refused."""
        if answer.isError():
            code = answer.exception_code if isinstance(answer, ExceptionResponse) else 0
            raise LockError(
                f"The {self.named} refuses: {_REFUSALS.get(code, f'code {code}')}.",
                "Look at the coil, register and unit number.",
            )


class ModbusCoil:
    """A `Switch`: one coil. Addresses: `modbus://host?coil=0`, and so on (see `ModbusLine`).

    The acknowledgement: the device echoes the command and, asked, says that the coil is so.

    Raises:
        KnownError: if the address is wrong.
    """

    def __init__(self, address: DeviceAddress) -> None:
        address.only("coil", "register", "step", "unit", *_LINE_OPTIONS)
        if "step" in address.options:
            raise KnownError(
                f"The {address.named} has a step without a register.",
                "A coil has no timer; leave step out.",
            )
        self._coil = address.number("coil", 0, 0, 65_535)
        self._line = ModbusLine(address)

    def reach(self, deadline: Deadline) -> None:
        """See `Switch.reach`: the command itself connects, since some devices take one connection
        at a time and need a moment between two.
        """

    def turn(self, deadline: Deadline, *, on: bool) -> str:
        """See `Switch.turn`."""
        line = self._line
        with line.reached(deadline) as client:
            line.patience(client, deadline)
            line.accepted(client.write_coil(self._coil, on, device_id=line.unit))
            if self._read(client, deadline) != on:
                raise LockError(
                    f"The {line.named} took the command but its coil is not "
                    f"{'on' if on else 'off'}.",
                    "Look at the coil's number, and whether the device is set to another mode.",
                )
        return f"Coil {self._coil} is {'on' if on else 'off'}, the device says."

    def ask(self, deadline: Deadline) -> tuple[LockOutcome, str]:
        """See `Switch.ask`."""
        with self._line.reached(deadline) as client:
            state = "on" if self._read(client, deadline) else "off"
        return LockOutcome.ACKNOWLEDGED, f"The device answers: coil {self._coil} is {state}."

    def close(self) -> None:
        """See `Switch.close`: nothing is held between commands."""

    def _read(self, client: Client, deadline: Deadline) -> bool:
        self._line.patience(client, deadline)
        answer = client.read_coils(self._coil, count=1, device_id=self._line.unit)
        self._line.accepted(answer)
        return bool(answer.bits[0])


class ModbusPulse:
    """A `Board`: a holding register that takes the pulse's length in steps and counts it down
    (or remembers it) in the device. Addresses: `modbus://host?register=100&step=100`, with `step`
    in milliseconds; 0 ends a pulse.

    The acknowledgement: the device echoes the register's new value.

    Raises:
        KnownError: if the address is wrong.
    """

    def __init__(self, address: DeviceAddress) -> None:
        address.only("register", "step", "unit", *_LINE_OPTIONS)
        self._register = address.number("register", 0, 0, 65_535)
        self._step = address.number("step", 100, 1, 1_000)
        self._line = ModbusLine(address)

    def pulse(self, seconds: float, deadline: Deadline) -> str:
        """See `Board.pulse`. The length is rounded to whole steps, to one at least."""
        steps = round(seconds * 1000 / self._step)
        if seconds > 0:
            steps = min(max(steps, 1), 65_535)
        with self._line.reached(deadline) as client:
            self._line.patience(client, deadline)
            answer = client.write_register(self._register, steps, device_id=self._line.unit)
            self._line.accepted(answer)
            if answer.registers != [steps]:
                raise LockError(
                    f"The {self._line.named} took another value than it was given.",
                    "Look at the register's number.",
                )
        if not steps:
            return f"Register {self._register} is 0: the device has ended the pulse."
        return f"The device took a pulse of {steps * self._step / 1000:g} s."

    def ask(self, deadline: Deadline) -> tuple[LockOutcome, str]:
        """See `Board.ask`."""
        with self._line.reached(deadline) as client:
            self._line.patience(client, deadline)
            self._line.accepted(
                client.read_holding_registers(self._register, count=1, device_id=self._line.unit)
            )
        return LockOutcome.ACKNOWLEDGED, f"The device answers: it has register {self._register}."

    def close(self) -> None:
        """See `Board.close`: nothing is held between commands."""
