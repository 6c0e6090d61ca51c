"""From an address, as people type it, to a lock."""

from collections.abc import Callable

from faceaccess.core.clock import Clock, SystemClock
from faceaccess.core.errors import KnownError
from faceaccess.door.address import DeviceAddress, parse_address
from faceaccess.door.locks.guard import Guard
from faceaccess.door.locks.protocol import Lock
from faceaccess.door.locks.pulsed import PulsedLock
from faceaccess.door.locks.switched import Switch, SwitchedLock


def open_lock(address: str, clock: Clock | None = None, *, guarded: bool = True) -> Lock:
    """Return the lock that an address means; it is not reached for yet.

    Args:
        address: see the module of each scheme for its grammar.
        clock: for the simulated lock's pulses; the machine's if not given.
        guarded: whether a process stands by that shuts a board without a timer when this one dies
            (see `faceaccess.door.locks.guard`, the only one that does without).

    Raises:
        KnownError: if the address means nothing, or holds a secret.
    """
    parsed = parse_address(address, _KINDS)
    make = _SCHEMES.get(parsed.scheme)
    if make is None:
        raise KnownError(f"There is no lock of the kind {parsed.scheme}:.", _KINDS)
    return make(parsed, clock or SystemClock(), guarded)


def _simulated(address: DeviceAddress, clock: Clock, guarded: bool) -> Lock:  # noqa: ARG001, FBT001  # one signature for all kinds
    from faceaccess.door.locks.simulated import SimulatedLock

    return SimulatedLock(address, clock)


def _serial(address: DeviceAddress, clock: Clock, guarded: bool) -> Lock:  # noqa: ARG001, FBT001  # as above
    from faceaccess.door.locks.usb_relay import UsbRelay

    return _switched(UsbRelay(address), address, guarded)


def _gpio(address: DeviceAddress, clock: Clock, guarded: bool) -> Lock:  # noqa: ARG001, FBT001  # as above
    from faceaccess.door.locks.gpio import GpioLine

    return _switched(GpioLine(address), address, guarded)


def _modbus(address: DeviceAddress, clock: Clock, guarded: bool) -> Lock:  # noqa: ARG001, FBT001  # as above
    from faceaccess.door.locks.modbus import ModbusCoil, ModbusPulse

    if "register" in address.options:
        return PulsedLock(ModbusPulse(address), address.shown)
    return _switched(ModbusCoil(address), address, guarded)


def _webhook(address: DeviceAddress, clock: Clock, guarded: bool) -> Lock:  # noqa: ARG001, FBT001  # as above
    from faceaccess.door.locks.webhook import Webhook

    return PulsedLock(Webhook(address, clock), address.shown)


def _mqtt(address: DeviceAddress, clock: Clock, guarded: bool) -> Lock:  # noqa: FBT001  # as above
    from faceaccess.door.locks.mqtt import MqttPulse, MqttSwitch

    if "on" in address.options or "off" in address.options:
        return _switched(MqttSwitch(address), address, guarded)
    return PulsedLock(MqttPulse(address, clock), address.shown)


def _switched(switch: Switch, address: DeviceAddress, guarded: bool) -> Lock:  # noqa: FBT001  # as above
    guard = Guard(address.shown) if guarded else None
    lock = SwitchedLock(switch, address.shown, guard)
    lock.close_at_exit()
    return lock


_SCHEMES: dict[str, Callable[[DeviceAddress, Clock, bool], Lock]] = {
    "simulated": _simulated,
    "serial": _serial,
    "gpio": _gpio,
    "modbus": _modbus,
    "http": _webhook,
    "https": _webhook,
    "mqtt": _mqtt,
    "mqtts": _mqtt,
}
SCHEMES = tuple(_SCHEMES)
_KINDS = f"Begin it with one of: {', '.join(f'{scheme}:' for scheme in SCHEMES)}."
