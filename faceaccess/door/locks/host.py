"""Names of hosts, found in time: the system's resolver has no time-out of its own."""

import ipaddress
import socket
import threading

from faceaccess.core.locks import LockError
from faceaccess.door.locks.deadline import Deadline

# How much of a lock's second looking up a name may take, s.
_FOUND_WITHIN = 0.4


class Host:
    """A host's numeric address, remembered from the last time that its name was found.

    Args:
        name: a name or a numeric address.
        named: whose host it is, for people: "lock mqtt://...".
    """

    def __init__(self, name: str, named: str) -> None:
        self._name = name
        self._named = named
        self._known: str | None = None
        self._asking: threading.Thread | None = None
        try:
            self._numeric = str(ipaddress.ip_address(name))
        except ValueError:
            self._numeric = ""

    def address(self, deadline: Deadline) -> str:
        """Return the numeric address; the one found earlier while the name cannot be found now.

        Raises:
            LockError: if the name was never found.
        """
        if self._numeric:
            return self._numeric
        if self._asking is None or not self._asking.is_alive():
            # A thread of its own, since a resolver may hang for half a minute. There is never more
            # than one a lock, it holds nothing, and it ends with the resolver's patience.
            self._asking = threading.Thread(target=self._ask, name="host name", daemon=True)
            self._asking.start()
        self._asking.join(min(_FOUND_WITHIN, deadline.left()))
        if self._known is None:
            raise LockError(
                f"The host {self._name} of the {self._named} is not known.",
                "Look at the name and the network, or give its number (192.0.2.7).",
            )
        return self._known

    def _ask(self) -> None:
        try:
            found = socket.getaddrinfo(self._name, None, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):  # the latter for a label of 64 letters
            return
        self._known = str(found[0][4][0])
