"""`gpio:` an output of the computer itself, through the kernel's GPIO character device (Linux)."""

import errno
import os
import types

from faceaccess.core.errors import KnownError
from faceaccess.core.locks import LockError, LockOutcome
from faceaccess.door.address import DeviceAddress
from faceaccess.door.locks.deadline import Deadline, when_free

_CONSUMER = "faceaccess"


class GpioLine:
    """A `Switch` on one line of a GPIO chip.

    Addresses: `gpio:/dev/gpiochip0?line=17`, where `line` is a number or the line's name, and
    `&active=low` for relay modules that switch on at 0 V. The line is requested by the first
    command, off, and kept: no other program can drive it meanwhile. The acknowledgement is the
    level that the kernel reads back; it says nothing of what hangs on the pin.

    Args:
        address: taken apart.
        gpiod: the library, None to import it.

    Raises:
        KnownError: if the address is wrong, or this machine has no such library.
    """

    def __init__(self, address: DeviceAddress, gpiod: types.ModuleType | None = None) -> None:
        address.only("line", "active")
        line = address.options.get("line", "")
        if not address.path or address.host or not line:
            raise KnownError(
                f"The lock {address.shown} names no chip or no line.",
                "Write it as gpio:/dev/gpiochip0?line=17.",
            )
        if gpiod is None:
            try:
                import gpiod as found
            except ImportError:
                raise KnownError(
                    "Locks of the kind gpio: need Linux with the library gpiod.",
                    "Use another kind of lock on this machine.",
                ) from None
            gpiod = found
        self._gpiod = gpiod
        self._shown = address.shown
        self._chip = address.path
        self._line: int | str = int(line) if line.isdecimal() and len(line) < 6 else line
        self._active_low = address.choice("active", ("high", "low")) == "low"
        self._request: types.SimpleNamespace | None = None

    def reach(self, deadline: Deadline) -> None:
        """See `Switch.reach`."""
        self._requested(deadline)

    def turn(self, deadline: Deadline, *, on: bool) -> str:
        """See `Switch.turn`."""
        value = self._gpiod.line.Value
        wanted = value.ACTIVE if on else value.INACTIVE
        request = self._requested(deadline)
        try:
            request.set_value(self._line, wanted)
            read = request.get_value(self._line)
        except OSError as error:
            self.close()
            raise LockError(
                f"The lock {self._shown} went away: {error.strerror}.", "Look at its chip."
            ) from None
        if read != wanted:
            raise LockError(
                f"The lock {self._shown} does not take the level that it was given.",
                "Look for a short circuit on the line.",
            )
        return f"Line {self._line} of {self._chip} is {'on' if on else 'off'}, the kernel says."

    def ask(self, deadline: Deadline) -> tuple[LockOutcome, str]:
        """See `Switch.ask`."""
        self._requested(deadline)
        return LockOutcome.ACKNOWLEDGED, f"Line {self._line} of {self._chip} is ours."

    def close(self) -> None:
        """See `Switch.close`. The line falls to what the board does with a free one."""
        request, self._request = self._request, None
        if request is not None:
            request.release()

    def _requested(self, deadline: Deadline) -> types.SimpleNamespace:
        if self._request is not None:
            return self._request
        line = self._gpiod.line
        settings = self._gpiod.LineSettings(
            direction=line.Direction.OUTPUT,
            active_low=self._active_low,
            output_value=line.Value.INACTIVE,
        )
        try:
            if not self._gpiod.is_gpiochip_device(self._chip):
                raise LockError(
                    f"There is no GPIO chip {self._chip}.", "gpiodetect lists those there are."
                )
            self._request = when_free(
                lambda: self._gpiod.request_lines(
                    self._chip, consumer=_CONSUMER, config={self._line: settings}
                ),
                deadline,
            )
        except (OSError, ValueError) as error:
            raise self._not_had(error) from None
        assert self._request is not None
        return self._request

    def _not_had(self, error: OSError | ValueError) -> LockError:
        number = error.errno if isinstance(error, OSError) else errno.EINVAL
        if number in (errno.EACCES, errno.EPERM):
            return LockError(
                f"You have no rights on the GPIO chip {self._chip}.",
                "Make the user who runs the door a member of the group that owns it (Raspberry Pi: "
                "gpio), and log in again.",
            )
        if number == errno.EBUSY:
            return LockError(
                f"Line {self._line} of {self._chip} is used by another program.",
                "gpioinfo says by which.",
            )
        if number in (errno.EINVAL, errno.ENOENT):
            return LockError(
                f"The GPIO chip {self._chip} has no line {self._line} that can be an output.",
                "gpioinfo lists the lines.",
            )
        return LockError(
            f"The lock {self._shown} cannot be reached: {os.strerror(number or 0)}.",
            "gpioinfo lists chips and lines.",
        )
