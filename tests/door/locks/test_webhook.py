import datetime as dt
import json
import logging
import os
import socket
import ssl
from collections.abc import Callable
from pathlib import Path

import pytest
import trustme
from http_controller import SECRET, Controller, serving
from raw_server import dripping_server, raw_server

from faceaccess.core.clock import ManualClock
from faceaccess.core.errors import KnownError
from faceaccess.core.locks import LockError, LockOutcome
from faceaccess.door.locks.open import open_lock
from faceaccess.door.locks.protocol import Lock
from faceaccess.door.locks.webhook import signature


@pytest.fixture(autouse=True)
def _secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOOR_SECRET", SECRET.decode())


def webhook(port: int, more: str = "", *, scheme: str = "http", host: str = "127.0.0.1") -> Lock:
    return open_lock(f"{scheme}://{host}:{port}/a door?secret_env=DOOR_SECRET{more}", ManualClock())


def test_the_signature_is_that_of_another_implementation() -> None:
    # printf '1767603600.{}' | openssl dgst -sha256 -hmac key
    assert signature(b"key", "1767603600", b"{}") == (
        "sha256=2fcafe855a959e1a88535926781d761f17e363a0e12fd29bac503a742a564e64"
    )


def test_a_pulse_is_commanded_and_acknowledged_both_signed() -> None:
    controller = Controller()
    with serving(controller) as port:
        lock = webhook(port)
        report = lock.open(3.0)
        assert (report.outcome, report.text) == (
            LockOutcome.ACKNOWLEDGED,
            "The controller acknowledged a pulse of 3 s.",
        )
        lock.lock()
        assert lock.check().outcome is LockOutcome.ACKNOWLEDGED
        lock.close()
    opened, locked, checked = controller.commands
    assert (opened["command"], opened["seconds"]) == ("open", 3.0)
    assert locked["command"] == "lock"
    assert checked["command"] == "check"
    assert len({command["id"] for command in controller.commands}) == 3
    assert controller.headers[0]["X-Faceaccess-Time"] == "1767603600"


def test_https_with_an_authority_of_ones_own(tmp_path: Path) -> None:
    authority = trustme.CA()
    file = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(file))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost", "127.0.0.1").configure_cert(context)
    controller = Controller()
    with serving(controller, context) as port:
        for host in ("localhost", "127.0.0.1"):
            lock = webhook(port, f"&ca={file}", scheme="https", host=host)
            assert lock.open(1).outcome is LockOutcome.ACKNOWLEDGED
    assert len(controller.commands) == 2


@pytest.mark.parametrize(
    ("name", "expired", "known", "words"),
    [
        ("localhost", True, True, "certificate has expired"),
        ("elsewhere.example", False, True, "not valid for 'localhost'"),
        ("localhost", False, False, "unable to get local issuer certificate|self.signed"),
    ],
)
def test_a_certificate_that_is_not_right_opens_nothing(
    tmp_path: Path, name: str, expired: bool, known: bool, words: str
) -> None:
    authority, other = trustme.CA(), trustme.CA()
    file = tmp_path / "ca.pem"
    (authority if known else other).cert_pem.write_to_path(str(file))
    yesterday = dt.datetime.now(dt.UTC) - dt.timedelta(days=1)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(name, not_after=yesterday if expired else None).configure_cert(context)
    controller = Controller()
    with serving(controller, context) as port:
        lock = webhook(port, f"&ca={file}", scheme="https", host="localhost")
        with pytest.raises(LockError, match=words) as raised:
            lock.open(1)
        assert "certificate of the lock" in raised.value.text
    assert controller.commands == []


def test_a_server_that_does_not_speak_tls() -> None:
    with serving(Controller()) as port:
        lock = webhook(port, scheme="https")
        with pytest.raises(LockError, match="does not speak TLS"):
            lock.check()


Change = Callable[[int, bytes, str], tuple[int, bytes, str]]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda s, b, g: (500, b, g), "refuses with status 500"),
        (lambda s, b, g: (404, b"", ""), "refuses with status 404"),
        (lambda s, b, g: (302, b"", ""), "sends on to another address"),
        (lambda s, b, g: (401, b"", ""), "does not accept the signature"),
        (lambda s, b, g: (200, b, ""), "without the right signature"),
        (lambda s, b, g: (200, b, "sha256=" + "0" * 64), "without the right signature"),
        (lambda s, b, g: (200, b, "ünsinn"), "without the right signature"),
        (lambda s, b, g: (200, b + b" ", g), "without the right signature"),
        (lambda s, b, g: (200, b"<html>Welcome to our Wi-Fi</html>", g), "right signature"),
        (lambda s, b, g: (200, b"x" * 70_000, g), "at too great length"),
    ],
)
def test_anything_but_the_signed_acknowledgement_is_a_failure_and_the_lock_is_told_to_shut(
    change: Change, words: str
) -> None:
    controller = Controller()
    controller.change = change
    with serving(controller) as port:
        lock = webhook(port)
        with pytest.raises(LockError, match=words) as raised:
            lock.open(1)
        assert raised.value.remedy
    assert [command["command"] for command in controller.commands] == ["open", "lock"]


@pytest.mark.parametrize(
    "body",
    [
        b'{"id": "0", "acknowledged": true}',
        b'{"acknowledged": true}',
        b"[1]",
        b"not JSON",
        b"[" * 50_000,
    ],
)
def test_a_signed_answer_to_something_else_is_no_acknowledgement(body: bytes) -> None:
    from http_controller import signed

    controller = Controller()
    controller.change = lambda status, text, signature: (200, body, signed("1767603600", body))
    with serving(controller) as port, pytest.raises(LockError, match="does not acknowledge"):
        webhook(port).open(1)


def test_an_answer_no_must_not_be_taken_for_yes() -> None:
    from http_controller import signed

    controller = Controller()

    def refuse(status: int, text: bytes, signature: str) -> tuple[int, bytes, str]:
        body = json.dumps({**json.loads(text), "acknowledged": False}).encode()
        return 200, body, signed("1767603600", body)

    controller.change = refuse
    with serving(controller) as port, pytest.raises(LockError, match="does not acknowledge"):
        webhook(port).open(1)


def test_a_controller_that_cannot_sign_acknowledges_by_its_status() -> None:
    controller = Controller()
    controller.change = lambda status, text, signature: (204 if status == 200 else status, b"", "")
    with serving(controller) as port:
        lock = webhook(port, "&acknowledge=status")
        assert lock.check().outcome is LockOutcome.NONE
        assert controller.commands == []  # whatever it is asked might open it
        assert lock.open(1).outcome is LockOutcome.ACKNOWLEDGED
        controller.now += 60
        with pytest.raises(LockError, match="does not accept the signature"):
            lock.open(1)


@pytest.mark.parametrize(
    ("answer", "closes", "words"),
    [
        (None, False, "does not answer"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", True, "no HTTP"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhalf", True, "without the right signature"),
        (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n", True, "no HTTP"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"y" * 70_000, True, "no HTTP"),
        (b"", True, "broke the connection"),
    ],
)
def test_what_is_no_web_server_is_said(answer: bytes | None, closes: bool, words: str) -> None:
    with raw_server(answer, then_close=closes) as port, pytest.raises(LockError, match=words):
        webhook(port).check()


@pytest.mark.parametrize(
    "beginning",
    [b"HTTP/1.1 200 OK\r\nX-Long: ", b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n"],
)
def test_an_answer_that_comes_drop_by_drop_is_cut_off_at_the_deadline(beginning: bytes) -> None:
    with dripping_server(beginning, b"x") as port, pytest.raises(LockError, match="not answer"):
        webhook(port).open(1)


def test_a_tls_handshake_that_comes_drop_by_drop_is_cut_off_too() -> None:
    # The beginning of a record of handshake that says it is 16,000 bytes long.
    hello = b"\x16\x03\x03\x3e\x80\x02\x00\x3e\x7c"
    with dripping_server(hello, b"\x00") as port, pytest.raises(LockError, match="lock https:"):
        webhook(port, scheme="https").open(1)


def test_nothing_listens_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    for more in ("", "&acknowledge=status"):
        with pytest.raises(LockError, match="nothing listens there"):
            webhook(port, more).check()


def test_the_secret_is_neither_shown_nor_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    controller = Controller()
    controller.change = lambda status, text, signature: (500, text, signature)
    with serving(controller) as port:
        lock = webhook(port)
        with pytest.raises(LockError) as raised:
            lock.open(1)
    assert SECRET.decode() not in f"{raised.value} {lock.address} {lock!r} {caplog.text}"


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("http:///path?secret_env=DOOR_SECRET", "names no host"),
        ("http://user@host/?secret_env=DOOR_SECRET", "names no host, or a user"),
        ("http://host/", "names no secret"),
        ("http://host/?secret_env=DOOR_SECRET&ca=x", "does not use TLS"),
        ("https://host/?secret_env=DOOR_SECRET&ca=/nonexistent", "/nonexistent .* as certificates"),
        (f"https://host/?secret_env=DOOR_SECRET&ca={os.devnull}", "cannot be read as certificates"),
        ("http://host/?secret_env=DOOR_SECRET&acknowledge=no", "acknowledge .* is 'no'"),
    ],
)
def test_a_wrong_address_is_refused_at_once(address: str, words: str) -> None:
    with pytest.raises(KnownError, match=words):
        open_lock(address)
