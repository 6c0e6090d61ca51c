"""Speaks to running stations over their sockets."""

import json
import socket
import sys
import time

from faceaccess.core.actors import Actor
from faceaccess.core.errors import KnownError
from faceaccess.core.home import DataHome
from faceaccess.pipeline.station_files import Card, StationFiles, checked_name

ANSWER_SECONDS = 12.0
"""Longest wait for an answer: a lock has 1 s, a locked database twice 5 s."""
_LONGEST_ANSWER = 65_536

Record = dict[str, object]


def ask(home: DataHome, name: str, actor: Actor, command: str, **more: object) -> Record:
    """Give a command to a running station and return its answer.

    Args:
        home: the data folder that it runs on.
        name: the door's name.
        actor: who gives it.
        command: "status", "open" or "lockdown".
        more: what belongs to the command.

    Raises:
        KnownError: if no such station runs, it does not answer, or it refuses.
    """
    with begin(home, name, actor, command, **more) as connection:
        try:
            answer = json.loads(_answer(connection))
        except (OSError, ValueError) as error:
            raise _silent(checked_name(name)) from error
    if "error" in answer:
        raise refused(answer)
    return dict(answer)


def begin(home: DataHome, name: str, actor: Actor, command: str, **more: object) -> socket.socket:
    """Send a message to a running station and return the connection, on which its answer comes.

    Args:
        home: the data folder that it runs on.
        name: the door's name.
        actor: who asks.
        command: what is asked for.
        more: what belongs to it.

    Raises:
        KnownError: if no such station runs, or it does not take the message.
    """
    files = StationFiles(home, checked_name(name))
    card = files.card()
    if card is None or not files.running:
        raise KnownError(
            f"The door {files.name!r} does not run.",
            f"Start it: `faceaccess door run {json.dumps(files.name, ensure_ascii=False)}`.",
        )
    message = {
        **more,
        "token": card.token,
        "command": command,
        "actor": actor.name,
        "way": actor.way,
    }
    try:
        connection = _connected(card)
        try:
            connection.sendall(json.dumps(message).encode() + b"\n")
        except BaseException:
            connection.close()
            raise
    except OSError as error:
        raise _silent(files.name) from error
    return connection


def refused(answer: Record) -> KnownError:
    """Return the error that a station answered."""
    return KnownError(str(answer["error"]), str(answer.get("remedy", "")))


def _silent(name: str) -> KnownError:
    return KnownError(
        f"The door {name!r} runs but does not answer.",
        "Try again; if it stays so, start it again.",
    )


def _answer(connection: socket.socket) -> bytes:
    answer = bytearray()
    while not answer.endswith(b"\n") and len(answer) < _LONGEST_ANSWER:
        part = connection.recv(4096)
        if not part:
            break
        answer += part
    return bytes(answer)


def _connected_unix(path: str) -> socket.socket:
    """Return a connection; where too many wait already, the system says so at once: try again."""
    end = time.monotonic() + ANSWER_SECONDS
    while True:
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            connection.settimeout(ANSWER_SECONDS)
            connection.connect(path)
        except BlockingIOError:
            connection.close()
            if time.monotonic() > end:
                raise
            time.sleep(0.005)
        except BaseException:
            connection.close()
            raise
        else:
            return connection


def _connected(card: Card) -> socket.socket:
    if sys.platform != "win32" and card.socket:
        return _connected_unix(card.socket)
    return socket.create_connection(("127.0.0.1", card.port), timeout=ANSWER_SECONDS)
