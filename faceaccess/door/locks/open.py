"""From an address, as people type it, to a lock."""

from faceaccess.core.clock import Clock, SystemClock
from faceaccess.core.errors import KnownError
from faceaccess.door.locks.address import parse_address
from faceaccess.door.locks.protocol import Lock

SCHEMES = ("simulated",)
_KINDS = f"Begin it with one of: {', '.join(f'{scheme}:' for scheme in SCHEMES)}."


def open_lock(address: str, clock: Clock | None = None) -> Lock:
    """Return the lock that an address means; it is not reached for yet.

    Args:
        address: see the class of each scheme for its grammar.
        clock: for the simulated lock and the time an answer took; the machine's if not given.

    Raises:
        KnownError: if the address means nothing, or holds a secret.
    """
    clock = clock or SystemClock()
    parsed = parse_address(address, _KINDS)
    if parsed.scheme == "simulated":
        from faceaccess.door.locks.simulated import SimulatedLock

        return SimulatedLock(parsed, clock)
    raise KnownError(f"There is no lock of the kind {parsed.scheme}:.", _KINDS)
