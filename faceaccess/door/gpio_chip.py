"""What locks and inputs on the lines of a GPIO chip have in common (Linux's character device)."""

import errno
import os
import types

from faceaccess.core.errors import KnownError
from faceaccess.door.address import DeviceAddress

CONSUMER = "faceaccess"
"""Under which name lines are requested; gpioinfo shows it."""


def library(given: types.ModuleType | None, kind: str) -> types.ModuleType:
    """Return the library, imported where none is given.

    Args:
        given: the library, or None.
        kind: what it is wanted for: "lock" or "input".

    Raises:
        KnownError: if this machine has none.
    """
    if given is not None:
        return given
    try:
        import gpiod
    except ImportError:
        raise KnownError(
            f"{kind.capitalize()}s of the kind gpio: need Linux with the library gpiod.",
            f"Use another kind of {kind} on this machine.",
        ) from None
    return gpiod


def line_of(address: DeviceAddress, called: str, example: int) -> int | str:
    """Return the number or the name of the line that an address gives.

    Args:
        address: taken apart.
        called: what it belongs to, for people.
        example: a line for the remedy.

    Raises:
        KnownError: if it names no chip or no line.
    """
    line = address.options.get("line", "")
    if not address.path or address.host or not line:
        raise KnownError(
            f"The {called} names no chip or no line.",
            f"Write it as gpio:/dev/gpiochip0?line={example}.",
        )
    return int(line) if line.isdecimal() and len(line) < 6 else line


def refusal(
    error: OSError | ValueError, chip: str, line: int | str, called: str, *, use: tuple[str, str]
) -> tuple[str, str]:
    """Return why a line was not had, and what to do.

    Args:
        error: what the library raised.
        chip: what was asked for.
        line: on it.
        called: what it belongs to, for people.
        use: what the line cannot be, and the remedy for that.
    """
    number = error.errno if isinstance(error, OSError) else errno.EINVAL
    if number in (errno.EACCES, errno.EPERM):
        return (
            f"You have no rights on the GPIO chip {chip}.",
            (
                "Make the user who runs the door a member of the group that owns it (Raspberry "
                "Pi: gpio), and log in again."
            ),
        )
    if number == errno.EBUSY:
        return f"Line {line} of {chip} is used by another program.", "gpioinfo says by which."
    if number in (errno.EINVAL, errno.ENOENT):
        return f"The GPIO chip {chip} has no line {line} that can be {use[0]}.", use[1]
    return (
        f"The {called} cannot be reached: {os.strerror(number or 0)}.",
        "gpioinfo lists chips and lines.",
    )
