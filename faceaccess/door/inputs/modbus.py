"""`modbus:` an input of a relay module or controller that speaks Modbus, over TCP or serial."""

import time

from faceaccess.core.errors import KnownError
from faceaccess.door.address import DeviceAddress
from faceaccess.door.locks.deadline import Deadline
from faceaccess.door.locks.modbus import ModbusLine

_WITHIN = 0.4  # s, for one answer


class ModbusInput:
    """An `InputSource`: one discrete input, or one coil.

    Addresses: `modbus://host:502?input=0&unit=1`, `modbus:/dev/ttyUSB0?input=0`, or `coil=0` for
    devices that show their inputs there; `&every=100` is how often it is asked, in milliseconds.
    The lock may be an output of the same device: one conversation at a time.

    Raises:
        KnownError: if the address is wrong.
    """

    def __init__(self, address: DeviceAddress) -> None:
        if ("input" in address.options) == ("coil" in address.options):
            raise KnownError(
                f"The {address.named} must name an input or a coil.",
                "Write it as modbus://192.0.2.7?input=0.",
            )
        self._discrete = "input" in address.options
        self._number = address.number("input" if self._discrete else "coil", 0, 0, 65_535)
        self._every = address.number("every", 100, 20, 200) / 1000
        self._line = ModbusLine(address)
        self._first = True

    def open(self) -> None:
        """See `InputSource.open`: each question makes its own connection."""
        self._first = True

    def read(self, within: float) -> bool:
        """See `InputSource.read`."""
        if not self._first:
            time.sleep(min(self._every, within))
        self._first = False
        deadline = Deadline(_WITHIN)
        with self._line.reached(deadline) as client:
            self._line.patience(client, deadline)
            ask = client.read_discrete_inputs if self._discrete else client.read_coils
            answer = ask(self._number, count=1, device_id=self._line.unit)
            self._line.accepted(answer)
            if not answer.bits:
                raise KnownError(
                    f"The {self._line.named} answers without a value.", "Look at its number."
                )
            return bool(answer.bits[0])

    def close(self) -> None:
        """See `InputSource.close`: nothing is held between questions."""
