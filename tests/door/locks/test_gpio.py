"""With a library that stands for the kernel: machines that run tests have no GPIO chip. Where one
simulated by the kernel (gpio-sim) is named by FACEACCESS_GPIO_SIM, the real library drives it."""

import errno
import os
import types
from enum import Enum

import pytest

from faceaccess.core.errors import KnownError
from faceaccess.core.locks import LockError, LockOutcome
from faceaccess.door.address import parse_address
from faceaccess.door.locks.deadline import Deadline
from faceaccess.door.locks.gpio import GpioLine
from faceaccess.door.locks.open import open_lock
from faceaccess.door.locks.switched import SwitchedLock

gpiod = pytest.importorskip("gpiod")

ACTIVE, INACTIVE = gpiod.line.Value.ACTIVE, gpiod.line.Value.INACTIVE


class Request:
    def __init__(self, settings: object) -> None:
        self.settings = settings
        self.values: list[Enum] = []
        self.stuck = False
        self.error: OSError | None = None
        self.released = False

    def set_value(self, line: int | str, value: Enum) -> None:
        if self.error is not None:
            raise self.error
        self.values.append(value)

    def get_value(self, line: int | str) -> Enum:
        return INACTIVE if self.stuck else self.values[-1]

    def release(self) -> None:
        self.released = True


class Chip(types.ModuleType):
    """What stands for the module gpiod: its own values and settings, requests of ours."""

    def __init__(self) -> None:
        super().__init__("gpiod")
        self.line = gpiod.line
        self.LineSettings = gpiod.LineSettings
        self.requests: list[tuple[str, str, dict[int | str, object]]] = []
        self.error: OSError | None = None
        self.stuck = False
        self.given: list[Request] = []

    def is_gpiochip_device(self, path: str) -> bool:
        return path == "/dev/gpiochip0"

    def request_lines(
        self, path: str, *, consumer: str, config: dict[int | str, object]
    ) -> Request:
        if self.error is not None:
            raise self.error
        self.requests.append((path, consumer, config))
        (settings,) = config.values()
        request = Request(settings)
        request.stuck = self.stuck
        self.given.append(request)
        return request


def lock_on(chip: Chip, address: str = "gpio:/dev/gpiochip0?line=17") -> SwitchedLock:
    return SwitchedLock(GpioLine(parse_address(address, "how"), chip), address, None)


def test_the_line_is_had_off_and_switched_for_a_pulse() -> None:
    chip = Chip()
    lock = lock_on(chip)
    assert lock.check().outcome is LockOutcome.ACKNOWLEDGED
    assert lock.open(60).text == "Line 17 of /dev/gpiochip0 is on, the kernel says."
    lock.close()
    ((path, consumer, config),) = chip.requests
    assert (path, consumer, list(config)) == ("/dev/gpiochip0", "faceaccess", [17])
    (request,) = chip.given
    assert request.settings == gpiod.LineSettings(
        direction=gpiod.line.Direction.OUTPUT, active_low=False, output_value=INACTIVE
    )
    assert request.values == [ACTIVE, INACTIVE]
    assert request.released


def test_a_module_that_is_on_at_0_volts_and_a_line_by_name() -> None:
    chip = Chip()
    lock = lock_on(chip, "gpio:/dev/gpiochip0?line=DOOR&active=low")
    lock.check()
    lock.close()
    (settings,) = chip.requests[0][2].values()
    assert list(chip.requests[0][2]) == ["DOOR"]
    assert isinstance(settings, gpiod.LineSettings)
    assert settings.active_low


def test_a_level_that_is_not_taken_is_no_acknowledgement() -> None:
    chip = Chip()
    chip.stuck = True
    lock = lock_on(chip)
    with pytest.raises(LockError, match="does not take the level"):
        lock.open(1)
    lock.close()


def test_a_chip_that_goes_away_is_had_again() -> None:
    chip = Chip()
    lock = lock_on(chip)
    lock.check()
    chip.given[0].error = OSError(errno.ENODEV, "No such device")
    with pytest.raises(LockError, match="went away: No such device"):
        lock.lock()
    lock.check()
    assert len(chip.given) == 2
    lock.close()


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.EACCES, "no rights on the GPIO chip"),
        (errno.EBUSY, "used by another program"),
        (errno.EINVAL, "no line 17"),
        (errno.EIO, "cannot be reached: Input/output error"),
    ],
)
def test_a_line_that_cannot_be_had_is_said(number: int, words: str) -> None:
    chip = Chip()
    chip.error = OSError(number, os.strerror(number))
    lock = lock_on(chip)
    with pytest.raises(LockError, match=words) as raised:
        lock.check()
    assert raised.value.remedy
    lock.close()


@pytest.mark.parametrize("path", ["/dev/gpiochip99", "/dev/null", "/nonexistent"])
def test_the_real_library_says_when_there_is_no_chip(path: str) -> None:
    lock = open_lock(f"gpio:{path}?line=1", guarded=False)
    with pytest.raises(LockError, match=f"There is no GPIO chip {path}"):
        lock.check()
    lock.close()


@pytest.mark.parametrize("address", ["gpio:", "gpio:/dev/gpiochip0", "gpio://host/x?line=1"])
def test_a_wrong_address_is_refused_at_once(address: str) -> None:
    with pytest.raises(KnownError, match="names no chip or no line"):
        open_lock(address, guarded=False)


@pytest.mark.skipif(
    "FACEACCESS_GPIO_SIM" not in os.environ, reason="no chip simulated by the kernel is named"
)
def test_a_chip_simulated_by_the_kernel() -> None:
    line = GpioLine(parse_address(f"gpio:{os.environ['FACEACCESS_GPIO_SIM']}?line=0", "how"), gpiod)
    assert "is on" in line.turn(Deadline(1), on=True)
    assert "is off" in line.turn(Deadline(1), on=False)
    line.close()
