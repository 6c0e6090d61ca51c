import json
import logging
import signal
import socket
import ssl
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import trustme
from mqtt_house import Device, broker, password_file, timed
from raw_server import dripping_server, raw_server

from faceaccess.core.clock import ManualClock
from faceaccess.core.errors import KnownError
from faceaccess.core.locks import LockError, LockOutcome
from faceaccess.door.address import parse_address
from faceaccess.door.locks.mqtt import MqttSwitch
from faceaccess.door.locks.open import open_lock
from faceaccess.door.locks.protocol import Lock
from faceaccess.door.locks.switched import SwitchedLock

ANYBODY = "allow_anonymous true"
SET, STATE = "house/front/set", "house/front/state"


@contextmanager
def closing(lock: Lock) -> Iterator[Lock]:
    try:
        yield lock
    finally:
        lock.close()


@contextmanager
def devices(*all_of_them: Device) -> Iterator[None]:
    try:
        yield
    finally:
        for device in all_of_them:
            device.close()


def mqtt(port: int, more: str = "", *, user: str = "") -> Lock:
    return open_lock(
        f"mqtt://{user}127.0.0.1:{port}/house/front{more}", ManualClock(), guarded=False
    )


@pytest.mark.parametrize("version", ["", "?version=3"])
def test_a_device_that_times_the_pulse_acknowledges_on_its_state_topic(
    tmp_path: Path, version: str
) -> None:
    with broker(tmp_path, ANYBODY) as port:
        device = Device(port, SET, answer=timed)
        with devices(device), closing(mqtt(port, version)) as lock:
            report = lock.open(3.0)
            assert (report.outcome, report.text) == (
                LockOutcome.ACKNOWLEDGED,
                "The device acknowledged a pulse of 3 s.",
            )
            lock.lock()
            assert lock.check().outcome is LockOutcome.ACKNOWLEDGED
        opened, locked, checked = device.commands()
    assert opened["command"] == "open"
    assert opened["seconds"] == 3.0
    assert opened["expires"] == 1767603602  # 2026-01-05 09:00:02 UTC
    assert (locked["command"], checked["command"]) == ("lock", "check")
    assert len({command["id"] for command in device.commands()}) == 3
    assert not any(retained for _, _, retained in device.heard)


def test_user_and_password(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = password_file(tmp_path, door="hunter2")
    monkeypatch.setenv("DOOR_PASSWORD", "hunter2")
    with broker(tmp_path, f"password_file {file}", "allow_anonymous false") as port:
        with (
            closing(mqtt(port, "?password_env=DOOR_PASSWORD", user="door@")) as lock,
            pytest.raises(LockError, match="Nobody listens"),  # so it was let in
        ):
            lock.open(1)
        monkeypatch.setenv("DOOR_PASSWORD", "hunter3")
        for version in ("", "&version=3"):
            with closing(mqtt(port, f"?password_env=DOOR_PASSWORD{version}", user="door@")) as lock:
                with pytest.raises(LockError, match="refuses user or password") as raised:
                    lock.open(1)
                assert "hunter" not in str(raised.value)
        with closing(mqtt(port)) as lock, pytest.raises(LockError, match="refuses user"):
            lock.check()


def test_neither_secret_nor_password_is_shown_or_logged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("DOOR_PASSWORD", "hunter2")
    file = password_file(tmp_path, door="other")
    with (
        broker(tmp_path, f"password_file {file}", "allow_anonymous false") as port,
        closing(mqtt(port, "?password_env=DOOR_PASSWORD", user="door@")) as lock,
    ):
        with pytest.raises(LockError) as raised:
            lock.open(1)
        access = lock._board._device.broker._access  # type: ignore[attr-defined]
    assert "hunter2" not in f"{raised.value!r} {lock.address} {access!r} {caplog.text}"


def test_tls_with_an_authority_of_ones_own(tmp_path: Path) -> None:
    authority, other = trustme.CA(), trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    other.cert_pem.write_to_path(str(tmp_path / "other.pem"))
    certificate = authority.issue_cert("localhost")
    certificate.private_key_pem.write_to_path(str(tmp_path / "key.pem"))
    certificate.cert_chain_pems[0].write_to_path(str(tmp_path / "cert.pem"))
    lines = (ANYBODY, f"certfile {tmp_path}/cert.pem", f"keyfile {tmp_path}/key.pem")
    with broker(tmp_path, *lines) as port:

        def locked(host: str, ca: str) -> Lock:
            return open_lock(f"mqtts://{host}:{port}/house/front?ca={tmp_path}/{ca}")

        with (
            closing(locked("localhost", "ca.pem")) as lock,
            pytest.raises(LockError, match="Nobody listens"),  # so both know each other
        ):
            lock.open(1)
        with (
            closing(locked("localhost", "other.pem")) as lock,
            pytest.raises(LockError, match=r"certificate of the lock .* is not accepted"),
        ):
            lock.open(1)
        with (
            closing(locked("127.0.0.1", "ca.pem")) as lock,
            pytest.raises(LockError, match=r"not valid for '127\.0\.0\.1'"),
        ):
            lock.open(1)
        with closing(mqtt(port)) as lock, pytest.raises(LockError, match="as an MQTT broker"):
            lock.check()


def test_a_device_that_is_away_is_said_at_once_with_mqtt_5_and_in_time_with_3(
    tmp_path: Path,
) -> None:
    with broker(tmp_path, ANYBODY) as port:
        with closing(mqtt(port)) as lock, pytest.raises(LockError, match="Nobody listens"):
            lock.open(1)
        with (
            closing(mqtt(port, "?version=3")) as lock,
            pytest.raises(LockError, match=f"does not answer on {STATE}"),
        ):
            lock.open(1)


@pytest.mark.parametrize(
    "said",
    [
        b"open",
        b'{"state": "open"}',
        b'{"state": "open", "id": "0"}',
        b"[]",
        b"\xff\xfe",
        b"[" * 50_000,
    ],
)
def test_another_answer_is_no_acknowledgement_and_the_device_is_told_to_lock(
    tmp_path: Path, said: bytes
) -> None:
    with broker(tmp_path, ANYBODY) as port:
        device = Device(port, SET, answer=lambda topic, payload: (STATE, said))
        with devices(device), closing(mqtt(port)) as lock:
            with pytest.raises(LockError, match="answers something else"):
                lock.open(1)
            assert device.wait_for(lambda: len(device.heard) == 2)
        assert [command["command"] for command in device.commands()] == ["open", "lock"]


def test_locked_is_no_answer_to_open(tmp_path: Path) -> None:
    def refuse(topic: str, payload: bytes) -> tuple[str, bytes]:
        return STATE, json.dumps({"id": json.loads(payload)["id"], "state": "locked"}).encode()

    with broker(tmp_path, ANYBODY) as port:
        device = Device(port, SET, answer=refuse)
        with devices(device), closing(mqtt(port)) as lock:
            with pytest.raises(LockError, match="answers something else"):
                lock.open(1)
            lock.lock()


def test_no_command_is_delivered_late(tmp_path: Path) -> None:
    """Neither by the broker, which keeps nothing for who was away, nor by us after its return."""
    with broker(tmp_path, ANYBODY) as port, closing(mqtt(port)) as lock:
        with pytest.raises(LockError, match="Nobody listens"):
            lock.open(1)
        device = Device(port, SET, answer=timed)
        with devices(device):
            lock.check()
        assert [command["command"] for command in device.commands()] == ["check"]


def test_a_broker_that_went_away_and_came_back_is_found_again(tmp_path: Path) -> None:
    with broker(tmp_path, ANYBODY) as port:
        lock = mqtt(port)
        device = Device(port, SET, answer=timed)
        with devices(device):
            lock.open(1)
    with closing(lock):
        with pytest.raises(LockError, match=r"nothing listens there|does not take the message"):
            lock.open(1)
        with broker(tmp_path, ANYBODY, port=port):
            device = Device(port, SET, answer=timed)
            with devices(device):
                assert lock.open(2).outcome is LockOutcome.ACKNOWLEDGED
            assert [command.get("seconds") for command in device.commands()] == [2]


@pytest.mark.skipif(sys.platform == "win32", reason="a process cannot be stopped there")
def test_a_broker_that_stalls_with_a_command_in_its_hands_opens_no_switch_for_long(
    tmp_path: Path,
) -> None:
    with broker(tmp_path, ANYBODY) as port:
        device = Device(port, SET, answer=lambda topic, payload: (STATE, payload))
        with devices(device), closing(mqtt(port, "?on=ON&off=OFF")) as lock:
            lock.check()
            port.process.send_signal(signal.SIGSTOP)
            try:
                with pytest.raises(LockError, match="does not take the message"):
                    lock.open(60)
            finally:
                port.process.send_signal(signal.SIGCONT)
            assert device.wait_for(lambda: (SET, b"OFF", False) in device.heard)
        said = [payload for _, payload, _ in device.heard]
        assert said.count(b"ON") <= 1  # it is not sent again
        assert said[-1] == b"OFF"


def test_rights_that_the_broker_does_not_give_are_said(tmp_path: Path) -> None:
    acl = tmp_path / "acl"
    acl.write_text(f"topic read {STATE}\n")
    acl.chmod(0o600)
    with broker(tmp_path, ANYBODY, f"acl_file {acl}") as port, closing(mqtt(port)) as lock:
        with pytest.raises(LockError, match="refuses the message") as raised:
            lock.open(1)
        assert SET in raised.value.remedy


def test_a_common_device_is_switched_on_and_off_with_its_own_words(tmp_path: Path) -> None:
    """Tasmota: cmnd/front/POWER ON, answered by stat/front/POWER ON."""
    with broker(tmp_path, ANYBODY) as port:
        device = Device(
            port, "cmnd/front/POWER", answer=lambda topic, payload: ("stat/front/POWER", payload)
        )
        more = "?on=ON&off=OFF&command=cmnd/front/POWER&state=stat/front/POWER"
        with devices(device), closing(mqtt(port, more)) as lock:
            assert lock.check().outcome is LockOutcome.NONE
            assert lock.open(0.2).text == "The device says that it is on."
            assert device.wait_for(lambda: len(device.heard) == 2)
        assert [payload for _, payload, _ in device.heard] == [b"ON", b"OFF"]


def test_a_state_that_was_retained_is_no_answer(tmp_path: Path) -> None:
    with broker(tmp_path, ANYBODY) as port:
        earlier = Device(port, STATE)
        earlier.client.publish(STATE, b"ON", qos=1, retain=True).wait_for_publish(20)
        device = Device(port, SET)  # it does not answer
        address = parse_address(f"mqtt://127.0.0.1:{port}/house/front?on=ON&off=OFF", "how")
        with devices(earlier, device):
            lock = SwitchedLock(MqttSwitch(address), "mqtt:", None, retry_after=60)
            with closing(lock), pytest.raises(LockError, match="does not answer on"):
                lock.open(1)


def test_a_field_of_a_json_state_is_read(tmp_path: Path) -> None:
    def answer(topic: str, payload: bytes) -> tuple[str, bytes]:
        return STATE, json.dumps({"state": payload.decode(), "linkquality": 90}).encode()

    with broker(tmp_path, ANYBODY) as port:
        device = Device(port, SET, answer=answer)
        more = "?on=UNLOCK&off=LOCK&field=state"
        with devices(device), closing(mqtt(port, more)) as lock:
            assert lock.open(60).outcome is LockOutcome.ACKNOWLEDGED
            lock.lock()
        assert [payload for _, payload, _ in device.heard] == [b"UNLOCK", b"LOCK"]


def test_home_assistant_is_shown_a_sensor_and_whether_the_station_lives(tmp_path: Path) -> None:
    presence = "house/front/faceaccess"
    with broker(tmp_path, ANYBODY) as port:
        device = Device(port, SET, answer=timed)
        home = Device(port, "homeassistant/#", presence)
        with devices(device, home):
            with closing(mqtt(port, "?discovery=homeassistant")) as lock:
                lock.open(1)
                assert home.wait_for(lambda: (presence, b"online", False) in home.heard)
            assert home.wait_for(lambda: (presence, b"offline", False) in home.heard)
            topic, payload, _ = home.heard[0]
            # Kept for a Home Assistant that starts later.
            later = Device(port, "homeassistant/#", presence)
            with devices(later):
                assert later.wait_for(lambda: len(later.heard) == 2)
            assert {said for _, said, _ in later.heard} == {payload, b"offline"}
    said = json.loads(payload)
    assert topic == f"homeassistant/binary_sensor/{said['unique_id']}/config"
    assert (said["device_class"], said["state_topic"]) == ("lock", STATE)
    assert (said["payload_on"], said["payload_off"]) == ("open", "locked")
    assert said["availability_topic"] == presence
    assert "command_topic" not in said


@pytest.mark.parametrize("answer", [b"SSH-2.0-OpenSSH_9.2\r\n", b"\x00" * 200, None])
def test_what_is_no_broker_is_said(answer: bytes | None) -> None:
    with (
        raw_server(answer, then_close=answer is not None) as port,
        closing(mqtt(port)) as lock,
        pytest.raises(LockError, match="as an MQTT broker should"),
    ):
        lock.open(1)


def test_a_handshake_that_comes_drop_by_drop_is_cut_off() -> None:
    hello = b"\x16\x03\x03\x3e\x80\x02\x00\x3e\x7c"
    with (
        dripping_server(hello, b"\x00") as port,
        closing(open_lock(f"mqtts://127.0.0.1:{port}/house/front")) as lock,
        pytest.raises(LockError, match="lock mqtts:"),
    ):
        lock.open(1)


def test_nothing_listens_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with closing(mqtt(port)) as lock, pytest.raises(LockError, match="nothing listens there"):
        lock.check()


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("mqtt://host", "names no broker or no topic"),
        ("mqtt:topic", "names no broker or no topic"),
        ("mqtt://host/a/+/b", "topic that is no name"),
        ("mqtt://host/a?state=x/%23", "topic that is no name"),
        ("mqtt://host/$SYS/x", "topic that is no name"),
        ("mqtt://host/a?version=4", "version .* is '4'"),
        ("mqtt://host/a?ca=x", "does not use TLS"),
        ("mqtt://host/a?on=ON", "needs both on and off"),
        ("mqtt://host/a?on=ON&off=ON", "must differ"),
        ("mqtt://host/a?on=ON&off=OFF&field=x&discovery=y", "both field and discovery"),
        ("mqtt://host/a?field=x", "option that is not known: field"),
        ("mqtt://host/a?password_env=DOOR_PASSWORD", "password without a user"),
    ],
)
def test_a_wrong_address_is_refused_at_once(
    address: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOOR_PASSWORD", "hunter2")
    with pytest.raises(KnownError, match=words):
        open_lock(address, guarded=False)


def test_a_password_that_is_no_text_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_bytes(b"\xff\xfe\xfd")
    with pytest.raises(KnownError, match="not UTF-8"):
        open_lock(f"mqtt://door@host/a?password_file={file}")


def test_the_systems_authorities_are_those_of_a_plain_mqtts_address() -> None:
    context = open_lock("mqtts://host/a")._board._device.broker._access.context  # type: ignore[attr-defined]
    assert isinstance(context, ssl.SSLContext)
    assert context.check_hostname
    assert context.verify_mode is ssl.CERT_REQUIRED
