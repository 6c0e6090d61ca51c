"""`gpio:` an output of the computer itself, through the kernel's GPIO character device (Linux)."""

import types

from faceaccess.core.locks import LockError, LockOutcome
from faceaccess.door.address import DeviceAddress
from faceaccess.door.gpio_chip import CONSUMER, library, line_of, refusal
from faceaccess.door.locks.deadline import Deadline, when_free


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
        self._line = line_of(address, f"lock {address.shown}", 17)
        self._gpiod = library(gpiod, "lock")
        self._shown = address.shown
        self._chip = address.path
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
                    self._chip, consumer=CONSUMER, config={self._line: settings}
                ),
                deadline,
            )
        except (OSError, ValueError) as error:
            use = ("an output", "gpioinfo lists the lines.")
            called = f"lock {self._shown}"
            raise LockError(*refusal(error, self._chip, self._line, called, use=use)) from None
        assert self._request is not None
        return self._request
