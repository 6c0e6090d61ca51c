"""`serial:` USB relay boards of the LCUS kind (a CH340 and a microcontroller), which are common.

A command is four bytes at 9600 baud: 0xA0, channel (from 1), operation, and the sum of the three
modulo 256. Operations: 0 off, 1 on, 2 off with an answer, 3 on with an answer, 5 what is on. The
answer is the frame of operation 0 or 1 that describes the state. Older boards know 0 and 1 alone
and answer nothing.
"""

import errno
import os

import serial

from faceaccess.core.errors import KnownError
from faceaccess.core.locks import LockError, LockOutcome
from faceaccess.door.address import DeviceAddress
from faceaccess.door.locks.deadline import Deadline, when_free

BOARDS = ("lcus", "lcus-mute")
_OFF, _ON, _OFF_ANSWERED, _ON_ANSWERED, _STATE = 0, 1, 2, 3, 5
_LOOK = "Look at the board's power and cable"


def frame(channel: int, operation: int) -> bytes:
    """Return the four bytes of a command or an answer."""
    return bytes([0xA0, channel, operation, (0xA0 + channel + operation) % 256])


class UsbRelay:
    """A `Switch` on a serial port.

    Addresses: `serial:/dev/ttyUSB0`, `serial:COM3`, with `?channel=1` (to 16), `?baud=9600` and
    `?board=lcus` or `lcus-mute` for a board that does not answer: its acknowledgement is then that
    the adapter took the bytes, which says nothing of the relay.

    The port is opened by the first command and kept, locked against other programs.

    Raises:
        KnownError: if the address is wrong.
    """

    def __init__(self, address: DeviceAddress) -> None:
        address.only("board", "channel", "baud")
        if not address.path or address.host:
            raise KnownError(
                f"The lock {address.shown} names no port.",
                "Write it as serial:/dev/ttyUSB0 (Windows: serial:COM3).",
            )
        self._shown = address.shown
        self._path = address.path
        self._answers = address.choice("board", BOARDS) == "lcus"
        self._channel = address.number("channel", 1, 1, 16)
        self._baud = address.number("baud", 9600, 300, 1_000_000)
        self._port: serial.Serial | None = None

    def reach(self, deadline: Deadline) -> None:
        """See `Switch.reach`."""
        self._opened(deadline)

    def turn(self, deadline: Deadline, *, on: bool) -> str:
        """See `Switch.turn`."""
        state = frame(self._channel, _ON if on else _OFF)
        words = f"Relay {self._channel} of the board is {'on' if on else 'off'}"
        if not self._answers:
            self._exchange(state, 0, deadline)
            return f"{words} if the board listens: it does not answer."
        answer = self._exchange(
            frame(self._channel, _ON_ANSWERED if on else _OFF_ANSWERED), 4, deadline
        )
        if answer != state:
            raise self._strange(answer)
        return f"{words}, it says."

    def ask(self, deadline: Deadline) -> tuple[LockOutcome, str]:
        """See `Switch.ask`."""
        if not self._answers:
            self._opened(deadline)
            return (
                LockOutcome.NONE,
                f"The port {self._path} is there; the board does not answer and cannot be asked.",
            )
        answer = self._exchange(frame(self._channel, _STATE), 4, deadline)
        if answer not in (frame(self._channel, _ON), frame(self._channel, _OFF)):
            raise self._strange(answer)
        state = "on" if answer[2] == _ON else "off"
        return LockOutcome.ACKNOWLEDGED, f"The board answers: relay {self._channel} is {state}."

    def close(self) -> None:
        """See `Switch.close`."""
        port, self._port = self._port, None
        if port is not None:
            port.close()

    def _exchange(self, command: bytes, length: int, deadline: Deadline) -> bytes:
        """Send a command and return its answer of so many bytes; what lay there before is dropped.

        A port that is broken is given back, so that the next command opens it anew.
        """
        port = self._opened(deadline)
        try:
            port.write_timeout = max(deadline.left(), 0.01)
            port.reset_input_buffer()
            port.write(command)
            if not length:
                port.flush()  # until the adapter has taken them
                return b""
            port.timeout = deadline.left()
            answer = port.read(length)
        except serial.SerialTimeoutException:
            self.close()
            raise LockError(f"The lock {self._shown} takes no command.", f"{_LOOK}.") from None
        except (OSError, ValueError) as error:  # SerialException is an OSError
            self.close()
            raise LockError(
                f"The lock {self._shown} went away: {_why(error)}.", f"{_LOOK}."
            ) from None
        if not answer:
            raise LockError(
                f"The lock {self._shown} does not answer.",
                f"{_LOOK}; a board that never answers needs ?board=lcus-mute.",
            )
        return answer

    def _opened(self, deadline: Deadline) -> serial.Serial:
        if self._port is not None:
            return self._port
        try:
            # Locked, so that no other program switches the relay, and with it a second station.
            self._port = when_free(
                lambda: serial.Serial(self._path, self._baud, exclusive=True), deadline
            )
        except (OSError, ValueError) as error:
            raise self._not_opened(error) from None
        except Exception as error:  # noqa: BLE001  # termios.error, on Unix alone, is no OSError
            raise self._not_opened(error) from None
        return self._port

    def _not_opened(self, error: Exception) -> LockError:
        number = getattr(error, "errno", None)
        if number == errno.ENOENT:
            return LockError(f"There is no port {self._path}.", "Is the board plugged in?")
        if number in (errno.EACCES, errno.EPERM):
            return LockError(
                f"You have no rights on the port {self._path}.",
                "Make the user who runs the door a member of the group that owns it (Linux: "
                "dialout), and log in again.",
            )
        if number in (errno.EAGAIN, errno.EBUSY):
            return LockError(
                f"The port {self._path} is used by another program.",
                "Is another station, or a terminal program, connected to it?",
            )
        return LockError(
            f"{self._path} cannot be opened as a serial port: {_why(error)}.",
            "Give the port of the relay board.",
        )

    def _strange(self, answer: bytes) -> LockError:
        return LockError(
            f"The lock {self._shown} answers something that is not understood "
            f"({answer[:8].hex(' ')}).",
            "Is it an LCUS board, and are channel and baud right?",
        )


def _why(error: Exception) -> str:
    number = getattr(error, "errno", None)
    if isinstance(number, int):
        return os.strerror(number)
    text = str(error.args[-1]) if error.args else type(error).__name__
    return text.rstrip(".")
