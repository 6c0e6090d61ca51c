"""From an address, as people type it, to a reader."""

from faceaccess.core.clock import Clock
from faceaccess.core.errors import KnownError
from faceaccess.door.readers.reader import Reader

_KINDS = "Write it as serial:/dev/ttyUSB0 or stdin:."


def open_reader(address: str, clock: Clock) -> Reader:
    """Return the reader that an address means; it is not opened yet.

    Args:
        address: `serial:PORT[?baud=N]` or `stdin:`.
        clock: tells when something was entered.

    Raises:
        KnownError: if the address means nothing.
    """
    address = address.strip()
    if not address.isprintable() or len(address) > 500:
        raise KnownError("That is no reader's address.", _KINDS)
    scheme, colon, place = address.partition(":")
    if colon and scheme.lower() == "serial":
        from faceaccess.door.readers.serial_source import SerialSource

        return Reader(f"serial:{place}", SerialSource(place), clock)
    if colon and scheme.lower() == "stdin":
        if place:
            raise KnownError("The reader stdin: takes nothing behind the colon.", _KINDS)
        from faceaccess.door.readers.stdin_source import StdinSource

        return Reader("stdin:", StdinSource(), clock)
    raise KnownError(f"There is no reader of the kind {address!r}.", _KINDS)
