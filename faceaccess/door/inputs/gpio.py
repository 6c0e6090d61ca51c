"""`gpio:` an input of the computer itself, through the kernel's GPIO character device (Linux)."""

import types

from faceaccess.core.errors import KnownError
from faceaccess.door.address import DeviceAddress
from faceaccess.door.gpio_chip import CONSUMER, library, line_of, refusal


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
        self._line = line_of(address, address.named, 27)
        self._gpiod = library(gpiod, "input")
        self._named = address.named
        self._chip = address.path
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
                self._chip, consumer=CONSUMER, config={self._line: settings}
            )
        except (OSError, ValueError) as error:
            use = ("such an input", "gpioinfo lists the lines; perhaps it has no bias of its own.")
            raise KnownError(
                *refusal(error, self._chip, self._line, self._named, use=use)
            ) from None

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
