"""The socket of a running station: one JSON object in, one out, and everything bounded.

A Unix socket in the data folder that only its owner can use; on Windows, and where the folder's
path is too long for one, a port of the loopback interface. Either way a message must carry the
token of the station's card. Whatever comes in, the door goes on: a client has `CLIENT_SECONDS` for
`LONGEST_MESSAGE` bytes, there are at most `MOST_CLIENTS`, and after `MOST_A_SECOND` messages the
rest waits for the next second.
"""

import contextlib
import hmac
import json
import logging
import os
import selectors
import socket
import struct
import sys
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from faceaccess.core.clock import Clock
from faceaccess.core.errors import KnownError
from faceaccess.pipeline.station_files import StationFiles

_log = logging.getLogger(__name__)

LONGEST_MESSAGE = 4096
"""Bytes of a message, its end of line included."""
MOST_CLIENTS = 8
CLIENT_SECONDS = 2.0
"""Seconds that a client has to send its message and take the answer."""
MOST_A_SECOND = 50
"""Clients that are heard in one second."""
_LONGEST_PATH = 100  # bytes; the least that systems allow for a Unix socket is 104

Record = dict[str, object]
Answering = Callable[[Record, str | None], Record]
"""Answers a message; the second argument is the account that sent it, where the system tells."""
Watching = Callable[[socket.socket, bool], None]
"""Takes the connection of somebody who watches, and whether pictures are wanted; a `KnownError`
leaves the connection here and becomes the answer."""


@dataclass(eq=False)
class _Client:
    connection: socket.socket
    until: float
    received: bytearray = field(default_factory=bytearray)


class StationServer:
    """Listens for commands on a thread of its own.

    Args:
        files: of the station, claimed by this process.
        clock: measures how long clients take.
        answering: answers a message that carried the token; a `KnownError` becomes the answer.
        watching: takes those who watch the door, or None: it cannot be watched.

    Raises:
        KnownError: if the socket cannot be made.
    """

    def __init__(
        self,
        files: StationFiles,
        clock: Clock,
        answering: Answering,
        watching: Watching | None = None,
    ) -> None:
        self._files = files
        self._clock = clock
        self._answering = answering
        self._watching = watching
        self._stopping = threading.Event()
        self._heard: deque[float] = deque(maxlen=MOST_A_SECOND)
        self._clients: dict[int, _Client] = {}
        try:
            self._listener, path, port = _listener(files)
            self._token = files.publish(socket=path, port=port).token
        except OSError as error:
            raise KnownError(
                f"The door {files.name!r} cannot listen for commands: {error.strerror}.",
                "Check the rights of the data folder and the free space.",
            ) from error
        self._selector = selectors.DefaultSelector()
        self._listening = False
        self._thread = threading.Thread(target=self._run, name="commands", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop listening, and remove socket and card."""
        self._stopping.set()
        self._thread.join(15.0)
        self._files.withdraw()

    def _run(self) -> None:
        try:
            while not self._stopping.is_set():
                try:
                    self._turn()
                except Exception:  # noqa: BLE001  # the socket stays, for who locks the door down
                    _log.exception("the door's socket had a fault")
                    self._stopping.wait(1.0)
        finally:
            for client in list(self._clients.values()):
                self._leave(client)
            self._listener.close()
            self._selector.close()

    def _turn(self) -> None:
        now = self._clock.monotonic()
        for client in list(self._clients.values()):
            if now > client.until:
                self._leave(client)
        self._listen(len(self._clients) < MOST_CLIENTS and not self._is_flooded(now))
        for key, _ in self._selector.select(0.1):
            if key.data is None:
                self._take()
            else:
                self._receive(key.data)

    def _is_flooded(self, now: float) -> bool:
        return len(self._heard) == MOST_A_SECOND and now - self._heard[0] < 1.0

    def _listen(self, wanted: bool) -> None:  # noqa: FBT001  # the state, not a way of doing it
        if wanted and not self._listening:
            self._selector.register(self._listener, selectors.EVENT_READ, None)
        elif self._listening and not wanted:
            self._selector.unregister(self._listener)
        self._listening = wanted

    def _take(self) -> None:
        try:
            connection, _ = self._listener.accept()
        except OSError:  # it went away again
            return
        now = self._clock.monotonic()
        self._heard.append(now)
        connection.setblocking(False)
        client = _Client(connection, now + CLIENT_SECONDS)
        self._clients[connection.fileno()] = client
        self._selector.register(connection, selectors.EVENT_READ, client)

    def _receive(self, client: _Client) -> None:
        try:
            part = client.connection.recv(LONGEST_MESSAGE + 1 - len(client.received))
        except BlockingIOError:
            return
        except OSError:
            part = b""
        client.received += part
        if b"\n" in client.received:
            answer = self._answer(client)
            if answer is None:
                return  # it watches from now on
            self._send(client, answer)
        elif len(client.received) > LONGEST_MESSAGE:
            self._send(client, _refusal("The message is too long."))
        elif part:
            return  # more is to come
        self._leave(client)

    def _answer(self, client: _Client) -> Record | None:
        """Return what is answered to a client, or None where its connection was taken over."""
        try:
            message = self._message(client)
            if message.get("command") != "watch" or self._watching is None:
                return self._answering(message, _account(client.connection))
            self._forget(client)
            self._watching(client.connection, message.get("pictures") is True)
        except KnownError as error:
            return {"error": error.text, "remedy": error.remedy}
        except Exception as error:  # noqa: BLE001  # told to the client, logged, and the door goes on
            _log.exception("a command to the door failed")
            return _refusal(f"A fault of the program itself: {error!r}.")
        return None

    def _message(self, client: _Client) -> Record:
        """Return a client's message when it is one, with the token.

        Raises:
            KnownError: if it is none.
        """
        line, _, _ = bytes(client.received).partition(b"\n")
        try:
            message = json.loads(line)
        except (ValueError, RecursionError):
            raise KnownError("The message is not JSON.") from None
        if not isinstance(message, dict):
            raise KnownError("The message is not a JSON object.")
        token = message.get("token")
        if not isinstance(token, str) or not hmac.compare_digest(
            token.encode("utf-8", "replace"), self._token.encode()
        ):
            raise KnownError("The message does not carry the door's token.")
        return message

    def _send(self, client: _Client, answer: Record) -> None:
        # The answer fits the socket's buffer; a client that does not take it is no concern of ours.
        with contextlib.suppress(OSError):
            client.connection.send(json.dumps(answer).encode() + b"\n")

    def _leave(self, client: _Client) -> None:
        self._forget(client)
        client.connection.close()

    def _forget(self, client: _Client) -> None:
        self._clients = {n: c for n, c in self._clients.items() if c is not client}
        with contextlib.suppress(KeyError, ValueError):
            self._selector.unregister(client.connection)


def _refusal(text: str) -> Record:
    return {"error": text, "remedy": ""}


def _listener(files: StationFiles) -> tuple[socket.socket, str, int]:
    """Return a listening socket, with its path or its port."""
    path = str(files.socket)
    if sys.platform != "win32" and len(os.fsencode(path)) <= _LONGEST_PATH:
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        before = os.umask(0o177)  # the socket is made with its rights, not given them later
        try:
            listener.bind(path)
        except BaseException:
            listener.close()
            raise
        finally:
            os.umask(before)
        port = 0
    else:
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.bind(("127.0.0.1", 0))
        path, port = "", listener.getsockname()[1]
    listener.listen(64)
    listener.setblocking(False)
    return listener, path, port


def _account(connection: socket.socket) -> str | None:
    """Return the account at the other end, as the system tells it (Linux), or None."""
    if sys.platform != "linux" or connection.family != socket.AF_UNIX:
        return None
    import pwd

    told = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    _, user, _ = struct.unpack("3i", told)
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return f"user {user}"
