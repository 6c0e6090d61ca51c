"""The socket of a station, with real sockets: tokens, bounds, floods, rubbish."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from faceaccess.core.actors import Actor
from faceaccess.core.clock import SystemClock
from faceaccess.core.errors import KnownError
from faceaccess.core.home import DataHome
from faceaccess.pipeline import station_server
from faceaccess.pipeline.station_client import ask
from faceaccess.pipeline.station_files import Card, StationFiles
from faceaccess.pipeline.station_server import LONGEST_MESSAGE, MOST_CLIENTS, Record, StationServer

ANA = Actor("ana", "command line")


class Served:
    """A server that notes what it was asked."""

    def __init__(self, home: DataHome) -> None:
        self.home = home
        self.asked: list[tuple[Record, str | None]] = []
        self.files = StationFiles(home, "Front")
        self.files.claim("serial:a")
        self.server = StationServer(self.files, SystemClock(), self._answer)
        card = self.files.card()
        assert card is not None
        self.card: Card = card

    def _answer(self, message: Record, account: str | None) -> Record:
        self.asked.append((message, account))
        if message["command"] == "refuse":
            raise KnownError("The door refuses.", "Ask again.")
        if message["command"] == "break":
            raise ValueError("broken")
        return {"heard": message["command"]}

    def connect(self) -> socket.socket:
        if self.card.socket:
            connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            connection.settimeout(10)
            try:
                connection.connect(self.card.socket)
            except OSError:
                connection.close()
                raise
            return connection
        return socket.create_connection(("127.0.0.1", self.card.port), timeout=10)

    def send(self, message: bytes) -> bytes:
        with self.connect() as connection:
            connection.sendall(message)
            return _all_of(connection)

    def close(self) -> None:
        self.server.close()
        self.files.release()


def _all_of(connection: socket.socket) -> bytes:
    got = b""
    try:
        while part := connection.recv(4096):
            got += part
    except ConnectionResetError:  # it closed with bytes of ours unread
        pass
    return got


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    made = Served(DataHome(tmp_path))
    yield made
    made.close()


def test_a_command_is_answered_and_carries_who_gave_it(served: Served) -> None:
    assert ask(served.home, "Front", ANA, "status", more=1) == {"heard": "status"}
    ((message, account),) = served.asked
    assert (message["actor"], message["way"], message["more"]) == ("ana", "command line", 1)
    if served.card.socket:
        import getpass

        assert account == getpass.getuser()  # as the system says, whatever the message says


def test_a_refusal_comes_back_as_it_was_meant(served: Served) -> None:
    with pytest.raises(KnownError) as refused:
        ask(served.home, "Front", ANA, "refuse")
    assert (refused.value.text, refused.value.remedy) == ("The door refuses.", "Ask again.")


@pytest.mark.expected_log_errors
def test_a_fault_is_told_and_the_door_goes_on(served: Served) -> None:
    with pytest.raises(KnownError, match="A fault of the program"):
        ask(served.home, "Front", ANA, "break")
    assert ask(served.home, "Front", ANA, "status") == {"heard": "status"}


@pytest.mark.parametrize(
    ("message", "word"),
    [
        (b"hello\n", "not JSON"),
        (b"\xff\xfe\x00\n", "not JSON"),
        (b"[" * 3000 + b"\n", "not JSON"),
        (b"[1]\n", "not a JSON object"),
        (b"{}\n", "token"),
        (b'{"token": 7, "command": "open"}\n', "token"),
        (b'{"token": "\\ud800", "command": "open"}\n', "token"),
        (b'{"token": "' + b"0" * 64 + b'", "command": "open"}\n', "token"),
    ],
)
def test_rubbish_is_refused_in_a_sentence(served: Served, message: bytes, word: str) -> None:
    assert word in json.loads(served.send(message))["error"]
    assert served.asked == []


def test_a_message_without_end_is_refused_at_its_bound(served: Served) -> None:
    with served.connect() as connection:
        sent = 0
        try:
            for _ in range(1600):  # 100 MB, if it were taken
                connection.sendall(b"x" * 65_536)
                sent += 65_536
        except (BrokenPipeError, ConnectionResetError):
            pass
        assert sent < 50 * 65_536  # what buffers of the system hold, no more
    assert ask(served.home, "Front", ANA, "status") == {"heard": "status"}
    assert len(served.send(b"x" * LONGEST_MESSAGE + b"\n")) < 200


def test_silent_clients_are_left_and_do_not_keep_others_out(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(station_server, "CLIENT_SECONDS", 0.3)
    silent = [served.connect() for _ in range(MOST_CLIENTS)]
    try:
        assert ask(served.home, "Front", ANA, "status") == {"heard": "status"}
        assert all(_all_of(one) == b"" for one in silent)  # closed, without a word
    finally:
        for one in silent:
            one.close()


def test_a_flood_is_slowed_down_and_the_answer_still_comes(served: Served) -> None:
    over = threading.Event()
    taken = []

    def flood() -> None:
        while not over.is_set():
            try:
                with served.connect() as connection:
                    connection.sendall(b"rubbish\n")
                taken.append(1)
            except OSError:
                continue

    threads = [threading.Thread(target=flood) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(3):
            assert ask(served.home, "Front", ANA, "status") == {"heard": "status"}
    finally:
        over.set()
        for thread in threads:
            thread.join()
    assert taken


def test_a_door_that_does_not_run_is_told(tmp_path: Path) -> None:
    with pytest.raises(KnownError, match="The door 'Front' does not run"):
        ask(DataHome(tmp_path), "Front", ANA, "status")


def test_a_socket_that_a_dead_process_left_is_told_and_used_again(served: Served) -> None:
    served.server.close()
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(served.files.socket))
    listener.close()
    served.files.publish(socket=str(served.files.socket), port=0)
    served.files.release()
    with pytest.raises(KnownError, match="does not run"):
        ask(served.home, "Front", ANA, "status")
    again = Served(served.home)
    assert ask(served.home, "Front", ANA, "status") == {"heard": "status"}
    again.close()


def test_a_door_that_runs_and_does_not_answer_is_told(
    served: Served, make_silent: Callable[[Served], None]
) -> None:
    make_silent(served)
    with pytest.raises(KnownError, match="runs but does not answer"):
        ask(served.home, "Front", ANA, "status")


@pytest.fixture
def make_silent() -> Callable[[Served], None]:
    def silence(served: Served) -> None:
        served.server.close()
        served.files.publish(socket=str(served.files.socket), port=0)  # nobody listens there

    return silence


def test_where_the_path_is_too_long_the_loopback_interface_serves(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 60) / ("e" * 60)
    served = Served(DataHome(deep))
    try:
        assert served.card.socket == ""
        assert served.card.port > 0
        assert ask(served.home, "Front", ANA, "status") == {"heard": "status"}
        assert served.asked[0][1] is None  # nobody but the message says who it was
    finally:
        served.close()


def test_socket_and_card_go_when_the_door_ends(served: Served) -> None:
    if served.card.socket:
        assert Path(served.card.socket).stat().st_mode & 0o077 == 0
    served.server.close()
    assert served.files.card() is None
    assert not served.files.socket.exists()
