"""From an address, as people type it, to an input."""

from collections.abc import Callable

from faceaccess.core.clock import Clock
from faceaccess.core.errors import KnownError
from faceaccess.door.address import DeviceAddress, parse_address
from faceaccess.door.inputs.door_input import DEBOUNCE, DoorInput
from faceaccess.door.inputs.protocol import InputSource

_COMMON = ("debounce", "invert")
_WORDS = ("on", "off")
_BROKER = ("password_env", "password_file", "ca", "version")


def open_input(address: str, what: str, clock: Clock) -> DoorInput:
    """Return the input that an address means; it is not reached for yet.

    Args:
        address: see the module of each scheme for its grammar; besides, everywhere,
            `debounce=50` (milliseconds for which a new state must last) and `invert=yes` (a
            circuit that is closed counts as open).
        what: what it is, for people: "contact".
        clock: tells since when a state is so.

    Raises:
        KnownError: if the address means nothing, or holds a secret.
    """
    parsed = parse_address(address, _KINDS, what)
    kind = _SCHEMES.get(parsed.scheme)
    if kind is None:
        raise KnownError(f"There is no {what} of the kind {parsed.scheme}:.", _KINDS)
    make, options = kind
    parsed.only(*options, *_COMMON)
    return DoorInput(
        parsed.named,
        make(parsed),
        clock,
        debounce=parsed.number("debounce", round(DEBOUNCE * 1000), 0, 2_000) / 1000,
        invert=parsed.choice("invert", ("no", "yes")) == "yes",
    )


def _simulated(address: DeviceAddress) -> InputSource:
    from faceaccess.door.inputs.simulated import SimulatedInput

    return SimulatedInput(address)


def _serial(address: DeviceAddress) -> InputSource:
    from faceaccess.door.inputs.serial_lines import SerialInput

    return SerialInput(address)


def _gpio(address: DeviceAddress) -> InputSource:
    from faceaccess.door.inputs.gpio import GpioInput

    return GpioInput(address)


def _modbus(address: DeviceAddress) -> InputSource:
    from faceaccess.door.inputs.modbus import ModbusInput

    return ModbusInput(address)


def _mqtt(address: DeviceAddress) -> InputSource:
    from faceaccess.door.inputs.mqtt import MqttInput

    return MqttInput(address)


_MQTT = (_mqtt, (*_BROKER, *_WORDS, "field", "silent", "availability", "retained"))
_SCHEMES: dict[str, tuple[Callable[[DeviceAddress], InputSource], tuple[str, ...]]] = {
    "simulated": (_simulated, _WORDS),
    "serial": (_serial, ("baud", "name", "silent", *_WORDS)),
    "gpio": (_gpio, ("line", "active", "bias")),
    "modbus": (_modbus, ("input", "coil", "unit", "every", "baud", "parity")),
    "mqtt": _MQTT,
    "mqtts": _MQTT,
}
_KINDS = f"Begin it with one of: {', '.join(f'{scheme}:' for scheme in _SCHEMES)}."
