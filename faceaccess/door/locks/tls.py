"""TLS to a lock's counterpart, within the lock's second."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from faceaccess.core.errors import KnownError
from faceaccess.core.locks import LockError
from faceaccess.door.address import DeviceAddress
from faceaccess.door.locks.deadline import Deadline


def client_context(address: DeviceAddress) -> ssl.SSLContext:
    """Return a context that verifies certificate and host, by the system's authorities or by the
    file that the option `ca` names.

    Raises:
        KnownError: if the file cannot be read or holds no certificate.
    """
    file = address.options.get("ca")
    try:
        return ssl.create_default_context(cafile=file)
    except (OSError, ValueError):  # SSLError is an OSError
        raise KnownError(
            f"The file {file} of the {address.named} cannot be read as certificates.",
            "Give a file with the authority's certificate in PEM form.",
        ) from None


@contextmanager
def cut_at(deadline: Deadline, connection: socket.socket) -> Iterator[None]:
    """Shut a connection when the deadline is over, so that no counterpart that sends byte after
    byte holds a command up: a socket's own time-out begins anew with each of them.
    """
    timer = threading.Timer(deadline.left(), _shut, (connection,))
    timer.name = "lock deadline"
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()


def _shut(connection: socket.socket) -> None:
    try:
        # The plain socket's, also of a TLS one, whose own drops its state under the reader's feet.
        socket.socket.shutdown(connection, socket.SHUT_RDWR)
    except OSError:  # it is closed already
        return


def secured(
    connection: socket.socket, context: ssl.SSLContext, host: str, deadline: Deadline
) -> ssl.SSLSocket:
    """Return a TLS socket whose handshake is done; `connection` is closed if it fails.

    Raises:
        OSError: if it fails; see `tls_fault`.
    """
    wrapped = context.wrap_socket(connection, server_hostname=host, do_handshake_on_connect=False)
    try:
        with cut_at(deadline, wrapped):
            wrapped.settimeout(max(deadline.left(), 0.01))
            wrapped.do_handshake()
    except BaseException:
        wrapped.close()
        raise
    return wrapped


def unreachable(error: Exception, named: str) -> LockError:
    """Say why a connection failed or broke, in a sentence."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return LockError(
            f"The certificate of the {named} is not accepted: {error.verify_message}.",
            "Renew it, or name the authority that signed it with ?ca=FILE; look at this machine's "
            "date as well.",
        )
    if isinstance(error, ssl.SSLError):
        return LockError(
            f"The {named} does not speak TLS as it should.",
            "Look at the port, and whether the address should begin with http: or mqtt: instead.",
        )
    if isinstance(error, TimeoutError):
        return LockError(f"The {named} does not answer.", "Look at its power, address and network.")
    if isinstance(error, ConnectionRefusedError):
        return LockError(
            f"The {named} cannot be reached: nothing listens there.",
            "Look at host and port, and whether the service runs.",
        )
    return LockError(
        f"The {named} cannot be reached, or broke the connection.",
        "Look at its power, address and network.",
    )
