"""`serial:` readers and keypads that send lines over a serial port or a USB adapter."""

import errno
import os
import re
from urllib.parse import parse_qsl, unquote

import serial

from faceaccess.core.errors import KnownError
from faceaccess.door.readers.reader import LOOK

_BAUD = 9600


class SerialSource:
    """A `ByteSource` on a serial port.

    Addresses: `serial:/dev/ttyUSB0`, `serial:COM3`, with `?baud=9600`. Eight data bits, no parity,
    one stop bit. The port is locked against other programs.

    Args:
        place: what stands behind the colon.

    Raises:
        KnownError: if it is no such address.
    """

    def __init__(self, place: str) -> None:
        path, _, query = place.partition("?")
        self._path = unquote(path)
        self._baud = _BAUD
        self._port: serial.Serial | None = None
        if not self._path:
            raise KnownError(
                "The reader serial: names no port.", "Write it as serial:/dev/ttyUSB0."
            )
        for name, value in parse_qsl(query, keep_blank_values=True):
            if name != "baud" or not re.fullmatch(r"[0-9]{3,7}", value):
                raise KnownError(
                    f"The reader serial:{place} has an option that is not understood: {name}.",
                    "There is baud, as in serial:/dev/ttyUSB0?baud=9600.",
                )
            self._baud = int(value)

    def open(self) -> None:
        """See `ByteSource.open`."""
        try:
            self._port = serial.Serial(self._path, self._baud, timeout=LOOK, exclusive=True)
            self._port.reset_input_buffer()  # what was entered while nobody read is too old
        except (OSError, ValueError) as error:  # SerialException is an OSError
            raise self._not_opened(error) from None
        except Exception as error:  # noqa: BLE001  # termios.error, on Unix alone, is no OSError
            raise self._not_opened(error) from None

    def read(self) -> bytes:
        """See `ByteSource.read`."""
        port = self._port
        assert port is not None
        try:
            return bytes(port.read(max(1, min(port.in_waiting, 256))))
        except (OSError, TypeError) as error:  # TypeError: pyserial, when it is closed meanwhile
            raise KnownError(
                f"The reader serial:{self._path} went away: {_why(error)}.",
                "Look at its power and cable; it is tried again.",
            ) from None

    def close(self) -> None:
        """See `ByteSource.close`."""
        port, self._port = self._port, None
        if port is not None:
            port.close()

    def _not_opened(self, error: Exception) -> KnownError:
        number = getattr(error, "errno", None)
        what = f"The reader serial:{self._path} cannot be opened: {_why(error)}."
        if number in (errno.EACCES, errno.EPERM):
            return KnownError(
                what, "Make the user who runs the door a member of the port's group (dialout)."
            )
        if number in (errno.EAGAIN, errno.EBUSY):
            return KnownError(what, "Is another program, or another door, connected to it?")
        return KnownError(what, "Is it plugged in, and the port's name right?")


def _why(error: Exception) -> str:
    number = getattr(error, "errno", None)
    if isinstance(number, int):
        return os.strerror(number)
    return type(error).__name__
