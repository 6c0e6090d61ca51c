"""One POST to a host, answered within a deadline: no redirection followed, no proxy, bounded."""

import http.client
import socket
import ssl
from collections.abc import Mapping
from urllib.parse import quote

from faceaccess.core.errors import KnownError
from faceaccess.core.locks import LockError
from faceaccess.door.address import DeviceAddress
from faceaccess.door.locks.deadline import Deadline
from faceaccess.door.locks.host import Host
from faceaccess.door.locks.tls import client_context, cut_at, secured, unreachable

LONGEST_ANSWER = 65_536  # bytes


class HttpPost:
    """Where to post to: `https://host:port/path`, with `ca=FILE` for an authority of one's own.

    Args:
        address: taken apart; of the kind http or https.

    Raises:
        KnownError: if it names no host or a user, or the authority cannot be read.
    """

    def __init__(self, address: DeviceAddress) -> None:
        if not address.host or address.user:
            raise KnownError(
                f"The {address.named} names no host, or a user.",
                f"Write it as {address.scheme}://192.0.2.7/door.",
            )
        self._context: ssl.SSLContext | None = None
        if address.scheme == "https":
            self._context = client_context(address)
        elif "ca" in address.options:
            raise KnownError(
                f"The {address.named} names an authority but does not use TLS.",
                "Begin it with https:.",
            )
        self._name = address.host
        self._host = Host(address.host, address.named)
        self._port = address.port or (443 if self._context else 80)
        self._path = quote(address.path or "/", safe="/:@!$&'()*+,;=~-._")
        self._named = address.named

    def post(
        self, body: bytes, headers: Mapping[str, str], deadline: Deadline, *, read: bool = True
    ) -> tuple[int, bytes, str]:
        """Post and return status, body and X-Faceaccess-Signature of the answer.

        Args:
            body: JSON.
            headers: besides the content's type.
            deadline: by when the answer must be there as a whole.
            read: whether the answer's body is read; else it is b"", however long it is.

        Raises:
            LockError: if there is no answer, or one that is no HTTP or too long.
        """
        try:
            connection = self.connected(deadline)
            with connection, cut_at(deadline, connection):
                client = http.client.HTTPConnection(self._name, self._port)
                client.sock = connection
                every = {"Content-Type": "application/json", "Connection": "close"}
                client.request("POST", self._path, body, {**every, **headers})
                with client.getresponse() as response:
                    answer = response.read(LONGEST_ANSWER + 1) if read else b""
                    signed = response.getheader("X-Faceaccess-Signature", "")
        except OSError as error:
            # Before ValueError, which a bad certificate is too. What was cut off at the deadline
            # looks like a broken connection.
            late = error if deadline.left() or isinstance(error, ssl.SSLError) else TimeoutError()
            raise unreachable(late, self._named) from None
        except (http.client.HTTPException, ValueError):
            if not deadline.left():
                raise unreachable(TimeoutError(), self._named) from None
            raise LockError(
                f"The {self._named} answers something that is no HTTP.", "Look at host and port."
            ) from None
        if not deadline.left():  # cut off, and perhaps taken for whole
            raise unreachable(TimeoutError(), self._named)
        if len(answer) > LONGEST_ANSWER:
            raise LockError(
                f"The {self._named} answers at too great length.", "Look at host and path."
            )
        return response.status, answer, signed

    def connected(self, deadline: Deadline) -> socket.socket:
        """Return a connection, its TLS handshake done.

        Raises:
            OSError: if there is none; see `unreachable`.
            LockError: if the host is not known.
        """
        place = (self._host.address(deadline), self._port)
        connection = socket.create_connection(place, timeout=max(deadline.left(), 0.01))
        if self._context is not None:
            connection = secured(connection, self._context, self._name, deadline)
        connection.settimeout(max(deadline.left(), 0.01))
        return connection


def refused(named: str, status: int) -> LockError:
    """Say what a status that is no yes means."""
    if status in (401, 403):
        return LockError(
            f"The {named} does not accept the signature (status {status}).",
            "Do both have the same secret and the same time?",
        )
    if 300 <= status < 400:
        return LockError(
            f"The {named} sends on to another address (status {status}), which is not followed.",
            "Give the address that it sends to.",
        )
    return LockError(
        f"The {named} refuses with status {status}.",
        "Look at the path and at the other side's own record.",
    )
