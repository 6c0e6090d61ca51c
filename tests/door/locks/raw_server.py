"""Servers that are not what they should be."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def raw_server(answer: bytes | None, *, then_close: bool = False) -> Iterator[int]:
    """A TCP server that answers so to the first bytes of each connection, or never; the value is
    its port.
    """
    with socket.create_server(("127.0.0.1", 0)) as listening:
        held = []

        def serve() -> None:
            while True:
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return
                held.append(connection)
                if answer is None:
                    continue
                try:
                    if connection.recv(64):
                        connection.sendall(answer)
                    if then_close:
                        connection.shutdown(socket.SHUT_WR)
                except OSError:  # the client left
                    continue

        thread = threading.Thread(target=serve, name="raw server")
        thread.start()
        try:
            yield listening.getsockname()[1]
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            thread.join()
            for connection in held:
                connection.close()


@contextmanager
def dripping_server(beginning: bytes, drop: bytes) -> Iterator[int]:
    """A server that begins to answer and then sends on and on, a drop at a time, fast enough that
    no time-out of a socket is ever met.
    """
    with socket.create_server(("127.0.0.1", 0)) as listening:
        stopped = threading.Event()
        workers = []

        def drip(connection: socket.socket) -> None:
            with connection:
                try:
                    connection.recv(64)
                    connection.sendall(beginning)
                    while not stopped.wait(0.05):
                        connection.sendall(drop)
                except OSError:  # the client left
                    return

        def serve() -> None:
            while True:
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return
                worker = threading.Thread(target=drip, args=(connection,), name="dripping")
                worker.start()
                workers.append(worker)

        thread = threading.Thread(target=serve, name="dripping server")
        thread.start()
        try:
            yield listening.getsockname()[1]
        finally:
            stopped.set()
            listening.shutdown(socket.SHUT_RDWR)
            thread.join()
            for worker in workers:
                worker.join()
