"""`gpio:` an input of the computer itself, through the kernel's GPIO character device (Linux)."""

import errno
import os
import types

from faceaccess.core.errors import KnownError
from faceaccess.door.address import DeviceAddress

_CONSUMER = "faceaccess"


class GpioInput:
    """An `InputSource` on one line of a GPIO chip.

    Addresses: `gpio:/dev/gpiochip0?line=27`, where `line` is a number or the line's name;
    `&bias=up` or `down` for the chip's own resistor; `&active=low` where the circuit pulls the line
    to 0 V when it is closed (as it does with `bias=up`).

    Args:
        address: taken apart.
        gpiod: the library, None to import it.

    Raises:
        KnownError: if the address is wrong, or this machine has no such library.
    """

    def __init__(self, address: DeviceAddress, gpiod: types.ModuleType | None = None) -> None:
        line = address.options.get("line", "")
        if not address.path or address.host or not line:
            raise KnownError(
                f"The {address.named} names no chip or no line.",
                "Write it as gpio:/dev/gpiochip0?line=27.",
            )
        if gpiod is None:
            try:
                import gpiod as found
            except ImportError:
                raise KnownError(
                    "Inputs of the kind gpio: need Linux with the library gpiod.",
                    "Use another kind of input on this machine.",
                ) from None
            gpiod = found
        self._gpiod = gpiod
        self._named = address.named
        self._chip = address.path
        self._line: int | str = int(line) if line.isdecimal() and len(line) < 6 else line
        self._active_low = address.choice("active", ("high", "low")) == "low"
        self._bias = address.choice("bias", ("none", "up", "down"))
        self._request: types.SimpleNamespace | None = None

    def open(self) -> None:
        """See `InputSource.open`."""
        line = self._gpiod.line
        bias = {
            "none": line.Bias.AS_IS,
            "up": line.Bias.PULL_UP,
            "down": line.Bias.PULL_DOWN,
        }[self._bias]
        settings = self._gpiod.LineSettings(
            direction=line.Direction.INPUT,
            edge_detection=line.Edge.BOTH,
            bias=bias,
            active_low=self._active_low,
        )
        try:
            if not self._gpiod.is_gpiochip_device(self._chip):
                raise KnownError(
                    f"There is no GPIO chip {self._chip}.", "gpiodetect lists those there are."
                )
            self._request = self._gpiod.request_lines(
                self._chip, consumer=_CONSUMER, config={self._line: settings}
            )
        except (OSError, ValueError) as error:
            raise self._not_had(error) from None

    def read(self, within: float) -> bool:
        """See `InputSource.read`."""
        request = self._request
        assert request is not None
        try:
            if request.wait_edge_events(within):
                request.read_edge_events()
            return bool(request.get_value(self._line) == self._gpiod.line.Value.ACTIVE)
        except OSError as error:
            raise KnownError(
                f"The {self._named} went away: {error.strerror}.", "Look at its chip."
            ) from None

    def close(self) -> None:
        """See `InputSource.close`."""
        request, self._request = self._request, None
        if request is not None:
            request.release()

    def _not_had(self, error: OSError | ValueError) -> KnownError:
        number = error.errno if isinstance(error, OSError) else errno.EINVAL
        if number in (errno.EACCES, errno.EPERM):
            return KnownError(
                f"You have no rights on the GPIO chip {self._chip}.",
                "Make the user who runs the door a member of the group that owns it (Raspberry Pi: "
                "gpio), and log in again.",
            )
        if number == errno.EBUSY:
            return KnownError(
                f"Line {self._line} of {self._chip} is used by another program.",
                "gpioinfo says by which.",
            )
        if number in (errno.EINVAL, errno.ENOENT):
            return KnownError(
                f"The GPIO chip {self._chip} has no line {self._line} that can be such an input.",
                "gpioinfo lists the lines; perhaps it has no bias of its own.",
            )
        return KnownError(
            f"The {self._named} cannot be reached: {os.strerror(number or 0)}.",
            "gpioinfo lists chips and lines.",
        )
