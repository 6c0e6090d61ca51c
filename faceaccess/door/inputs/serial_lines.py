"""`serial:` inputs of a board that sends lines over a serial port or a USB adapter."""

import errno
import os
import threading
from time import monotonic

import serial

from faceaccess.core.errors import KnownError
from faceaccess.door.address import DeviceAddress
from faceaccess.door.inputs.protocol import LOOK, Words

_LONGEST = 200  # bytes of a line
_SILENT = 3  # s

_ports: dict[str, "_SharedPort"] = {}
_ports_held = threading.Lock()


class SerialInput:
    """An `InputSource` of a board that sends a line when its input changes, and at least every
    second besides.

    Addresses: `serial:/dev/ttyACM0?name=contact`: lines are `contact=1` (the circuit is closed) or
    `contact=0`; without `name` a line is the word alone; other words by `on` and `off`. With
    `&silent=3` a board that sends no such line for three seconds is lost; `&baud=9600`. Two inputs
    of one door may be one board, under different names.

    Raises:
        KnownError: if the address is wrong.
    """

    def __init__(self, address: DeviceAddress) -> None:
        if not address.path or address.host:
            raise KnownError(
                f"The {address.named} names no port.", "Write it as serial:/dev/ttyACM0?name=exit."
            )
        self._named = address.named
        self._path = address.path
        self._baud = address.number("baud", 9600, 300, 1_000_000)
        self._name = address.options.get("name", "")
        self._silent = address.number("silent", _SILENT, 1, 3_600)
        self._words = Words(address, "1", "0")
        self._port: _SharedPort | None = None
        self._opened = 0.0

    def open(self) -> None:
        """See `InputSource.open`."""
        with _ports_held:
            port = _ports.get(self._path)
            try:
                if port is None:
                    port = _SharedPort(self._path, self._baud)
                    _ports[self._path] = port
            except (OSError, ValueError) as error:  # SerialException is an OSError
                raise self._not_opened(error) from None
            except Exception as error:  # noqa: BLE001  # termios.error, on Unix alone, is no OSError
                raise self._not_opened(error) from None
            port.users += 1
        self._port = port
        self._opened = monotonic()

    def read(self, within: float) -> bool | None:
        """See `InputSource.read`."""
        assert self._port is not None
        try:
            said, moment = self._port.said(self._name, within)
        except (OSError, TypeError) as error:  # TypeError: pyserial, when it is closed meanwhile
            raise KnownError(
                f"The {self._named} went away: {_why(error)}.", "Look at its power and cable."
            ) from None
        if monotonic() - max(moment, self._opened) > self._silent:
            raise KnownError(
                f"The {self._named} has sent no line for {self._silent} s.",
                "Look at the board, its speed (baud=) and the name that it sends.",
            )
        return None if said is None else self._words.meant(said)

    def close(self) -> None:
        """See `InputSource.close`."""
        port, self._port = self._port, None
        if port is None:
            return
        with _ports_held:
            port.users -= 1
            if not port.users or port.broken:
                if _ports.get(self._path) is port:
                    del _ports[self._path]
                port.close()

    def _not_opened(self, error: Exception) -> KnownError:
        number = getattr(error, "errno", None)
        what = f"The {self._named} cannot be opened: {_why(error)}."
        if number in (errno.EACCES, errno.EPERM):
            return KnownError(
                what, "Make the user who runs the door a member of the port's group (dialout)."
            )
        if number in (errno.EAGAIN, errno.EBUSY):
            return KnownError(what, "Is another program, or another door, connected to it?")
        return KnownError(what, "Is it plugged in, and the port's name right?")


class _SharedPort:
    """A port that several inputs read: whoever waits reads for all."""

    def __init__(self, path: str, baud: int) -> None:
        self._serial = serial.Serial(path, baud, timeout=LOOK, exclusive=True)
        self._serial.reset_input_buffer()
        self._reading = threading.Lock()
        self._line = bytearray()
        self._said: dict[str, tuple[str, float]] = {}
        self.users = 0
        self.broken = False

    def said(self, name: str, within: float) -> tuple[str | None, float]:
        """Return what the input of that name said last, and when; waits for more."""
        before = self._said.get(name)
        if self._reading.acquire(timeout=within):
            try:
                if self._said.get(name) is before:  # nobody else has read it meanwhile
                    self._read(within)
            except (OSError, TypeError):
                self.broken = True
                raise
            finally:
                self._reading.release()
        return self._said.get(name, (None, 0.0))

    def close(self) -> None:
        self._serial.close()

    def _read(self, within: float) -> None:
        self._serial.timeout = within
        for byte in self._serial.read(max(1, min(self._serial.in_waiting, 4_096))):
            if byte in b"\r\n":
                self._take(self._line.decode("ascii", "replace").strip())
                self._line.clear()
            elif len(self._line) < _LONGEST:
                self._line.append(byte)

    def _take(self, line: str) -> None:
        if not line:
            return
        name, equals, word = line.rpartition("=")
        key = name.strip() if equals else ""
        if key in self._said or len(self._said) < 64:  # noise at a wrong speed makes many
            self._said[key] = (word.strip(), monotonic())


def _why(error: Exception) -> str:
    number = getattr(error, "errno", None)
    return os.strerror(number) if isinstance(number, int) else type(error).__name__
