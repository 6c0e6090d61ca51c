from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faceaccess.core.errors import KnownError
from faceaccess.door.address import parse_address
from faceaccess.door.locks.open import open_lock

HOW = "Begin it with one of: ..."


def test_an_address_is_taken_apart() -> None:
    parsed = parse_address(" MQTT://door@[::1]:1884/house/front?password_env=X&qos=1 ", HOW)
    assert (parsed.scheme, parsed.host, parsed.port, parsed.user, parsed.path) == (
        "mqtt",
        "::1",
        1884,
        "door",
        "/house/front",
    )
    assert parsed.options == {"password_env": "X", "qos": "1"}


def test_a_device_is_a_path_without_a_host() -> None:
    parsed = parse_address("serial:/dev/ttyUSB0?channel=2", HOW)
    assert (parsed.host, parsed.path, parsed.options) == ("", "/dev/ttyUSB0", {"channel": "2"})


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("", "No lock is given"),
        ("   ", "No lock is given"),
        ("/dev/ttyUSB0", "does not begin with a kind"),
        ("telnet://door", "no lock of the kind telnet:"),
        ("simulated:?colour=red", "option that is not known: colour"),
        ("simulated:?fault=fire", "fault .* is 'fire'"),
        ("simulated:?fault=none&fault=refuses", "fault twice"),
        ("http://door:port/", "Host or port"),
        ("http://[::1/", "Host or port"),
        ("simulated://file", "names a host"),
        ("simulated:a%0ab", "line breaks"),
        ("simulated:#x", "cannot have a #"),
        ("simulated:a\nb", "line breaks"),
        ("simulated:" + "x" * 5_000, "5,010 characters"),
    ],
)
def test_what_is_no_address_gets_a_sentence(address: str, words: str) -> None:
    with pytest.raises(KnownError, match=words) as raised:
        open_lock(address)
    assert raised.value.remedy


@pytest.mark.parametrize(
    "address",
    [
        "mqtt://door:hunter2@broker/topic",
        "http://door:hunter2@host/hook",
        "http://host/hook?secret=hunter2",
        "mqtt://broker/topic?Password=hunter2",
        "door:hunter2@host",
        "a:hunter2@host",
    ],
)
def test_a_secret_in_an_address_is_refused_and_not_repeated(address: str) -> None:
    with pytest.raises(KnownError) as raised:
        open_lock(address)
    assert "hunter2" not in str(raised.value)


def test_a_secret_comes_from_a_variable_or_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOOR_SECRET", "hunter2")
    assert parse_address("http://h/?secret_env=DOOR_SECRET", HOW).secret("secret") == b"hunter2"
    file = tmp_path / "secret"
    file.write_bytes(b" with blank \r\n")
    assert parse_address(f"http://h/?secret_file={file}", HOW).secret("secret") == b" with blank "
    assert parse_address("http://h/", HOW).secret("secret") is None


@pytest.mark.parametrize(
    ("content", "words"), [(None, "No such file"), (b"\n", "empty"), (b"x" * 5_000, "too long")]
)
def test_a_file_without_a_good_secret_is_refused(
    tmp_path: Path, content: bytes | None, words: str
) -> None:
    file = tmp_path / "secret"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(KnownError, match=words):
        parse_address(f"http://h/?secret_file={file}", HOW).secret("secret")


def test_a_variable_that_is_not_set_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DOOR_SECRET", raising=False)
    with pytest.raises(KnownError, match="DOOR_SECRET"):
        parse_address("http://h/?secret_env=DOOR_SECRET", HOW).secret("secret")
    with pytest.raises(KnownError, match="both"):
        parse_address("http://h/?secret_env=A&secret_file=B", HOW).secret("secret")


@given(st.text(max_size=60))
def test_no_text_is_anything_but_an_address_or_a_sentence(text: str) -> None:
    try:
        parse_address(text, HOW)
    except KnownError as error:
        assert error.text  # noqa: PT017  # any other error fails the test
