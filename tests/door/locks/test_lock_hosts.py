import socket
import threading

import pytest

from faceaccess.core.locks import LockError
from faceaccess.door.locks.deadline import Deadline
from faceaccess.door.locks.host import Host


def test_a_number_needs_no_looking_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", None)
    assert Host("192.0.2.7", "x:").address(Deadline(1)) == "192.0.2.7"
    assert Host("2001:db8::7", "x:").address(Deadline(1)) == "2001:db8::7"


def test_a_name_that_is_lost_later_keeps_its_number(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = [[(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("192.0.2.7", 0))]]

    def find(*_: object, **__: object) -> object:
        if not answers:
            raise socket.gaierror(socket.EAI_AGAIN, "later")
        return answers.pop()

    monkeypatch.setattr(socket, "getaddrinfo", find)
    host = Host("door.example", "x:")
    assert host.address(Deadline(1)) == "192.0.2.7"
    assert host.address(Deadline(1)) == "192.0.2.7"


def test_a_resolver_that_hangs_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    released = threading.Event()

    def hang(*_: object, **__: object) -> object:
        released.wait(20)
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    host = Host("door.example", "x:")
    before = threading.active_count()
    try:
        for _ in range(3):
            with pytest.raises(LockError, match=r"door\.example .* is not known"):
                host.address(Deadline(0.01))
        assert threading.active_count() == before + 1
    finally:
        released.set()


@pytest.mark.parametrize("name", ["x" * 70 + ".example", "a..b"])
def test_a_name_that_cannot_be_one_is_not_known(name: str) -> None:
    with pytest.raises(LockError, match="is not known"):
        Host(name, "x:").address(Deadline(1))
