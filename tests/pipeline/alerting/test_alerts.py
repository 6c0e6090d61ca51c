"""Alerts: taken by real servers and brokers that go away and come back, in order, none lost."""

import json
import os
import signal
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme
from inbox import SECRET, Inbox, serving
from mqtt_house import Device, broker, password_file
from raw_server import dripping_server, raw_server

from faceaccess.core.alarms import Alarm, AlarmKind
from faceaccess.core.alerts import KINDS
from faceaccess.core.clock import SystemClock
from faceaccess.core.errors import KnownError
from faceaccess.core.home import DataHome
from faceaccess.door.alerts import mqtt as mqtt_way
from faceaccess.door.alerts import webhook as webhook_way
from faceaccess.door.alerts.open import open_alerts
from faceaccess.pipeline import alert_queue
from faceaccess.pipeline import alerts as alerts_module
from faceaccess.pipeline.alert_queue import AlertQueue
from faceaccess.pipeline.alerts import IN_A_ROW, Alerts

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
ANYBODY = "allow_anonymous true"
TOPIC = "house/alerts"


@pytest.fixture(autouse=True)
def _quickly_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alerts_module, "FIRST_PAUSE", 0.02)
    monkeypatch.setattr(alerts_module, "LONGEST_PAUSE", 0.05)


@pytest.fixture
def home(tmp_path: Path) -> DataHome:
    return DataHome(tmp_path / "data")


@contextmanager
def telling(home: DataHome, *addresses: str) -> Iterator[Alerts]:
    clock = SystemClock()
    alerts = Alerts(home, "Front", [open_alerts(one, clock) for one in addresses], clock)
    alerts.start()
    try:
        yield alerts
    finally:
        alerts.close()


def alarm(number: int, kind: AlarmKind = AlarmKind.FORCED_OPEN) -> Alarm:
    return Alarm(f"a{number}", "Front", kind, NOON + timedelta(seconds=number))


def until(condition: Callable[[], bool]) -> bool:
    """Look again until a condition holds; other threads have the time in between."""
    over = threading.Event()
    return any(condition() or over.wait(0.01) for _ in range(2_000))


def trouble(alerts: Alerts) -> str:
    return str(alerts.status[0]["trouble"])


def waiting(alerts: Alerts) -> object:
    return alerts.status[0]["waiting"]


# What is told


def test_an_alarm_is_told_when_it_begins_and_when_it_ends(home: DataHome) -> None:
    inbox = Inbox()
    began = Alarm("a1", "Front", AlarmKind.LOCK_UNREACHABLE, NOON, detail="It went away.")
    ended = Alarm("a1", "Front", began.kind, NOON, NOON + timedelta(seconds=9), "It went away.")
    with serving(inbox) as port, telling(home, f"http://127.0.0.1:{port}/in") as alerts:
        alerts.alarm(began)
        alerts.alarm(ended)
        assert inbox.wait_for(lambda: len(inbox.bodies) == 2)
    first, second = inbox.alerts
    assert {name: first[name] for name in first if name != "id"} == {
        "time": "2026-01-05T12:00:00.000+00:00",
        "door": "Front",
        "kind": "lock_unreachable",
        "state": "began",
        "text": "The lock does not answer. It went away.",
        "alarm": "a1",
    }
    assert (second["state"], second["alarm"], second["time"]) == (
        "ended",
        "a1",
        "2026-01-05T12:00:09.000+00:00",
    )
    assert second["text"] == "Over: The lock does not answer."
    assert first["id"] != second["id"]
    assert inbox.headers[0]["Content-Type"] == "application/json"


def test_muted_alarms_are_not_told(home: DataHome) -> None:
    inbox = Inbox()
    muted = Alarm("a1", "Front", AlarmKind.HELD_OPEN, NOON, muted_by="ana (window)")
    with serving(inbox) as port, telling(home, f"http://127.0.0.1:{port}") as alerts:
        alerts.alarm(muted)
        alerts.alarm(alarm(2))
        assert inbox.wait_for(lambda: len(inbox.bodies) == 1)
    assert [told["alarm"] for told in inbox.alerts] == ["a2"]


def test_refusals_in_a_row_are_told_and_names_only_where_asked_for(home: DataHome) -> None:
    plain, naming = Inbox(), Inbox()
    with (
        serving(plain) as one,
        serving(naming) as other,
        telling(home, f"http://127.0.0.1:{one}", f"http://127.0.0.1:{other}?names=yes") as alerts,
    ):
        for _ in range(IN_A_ROW - 1):
            alerts.answered(granted=False, who="Ana", time=NOON)
        alerts.answered(granted=True, who="Ben", time=NOON)
        for _ in range(2 * IN_A_ROW):
            alerts.answered(granted=False, who="Ana", time=NOON)
        alerts.locked_down(on=True, by="ben (window)")
        assert plain.wait_for(lambda: len(plain.bodies) == 3)
        assert naming.wait_for(lambda: len(naming.bodies) == 3)
    assert [told["kind"] for told in plain.alerts] == [
        "denied_in_a_row",
        "denied_in_a_row",
        "lock_down",
    ]
    assert not any(b"Ana" in body or b"ben" in body for body in plain.bodies)
    assert [told["people"] for told in naming.alerts] == ["Ana", "Ana", "ben (window)"]
    assert plain.alerts[1]["text"] == f"{2 * IN_A_ROW} visits were refused in a row."


def test_an_address_may_ask_for_some_kinds_alone(home: DataHome) -> None:
    inbox = Inbox()
    with (
        serving(inbox) as port,
        telling(home, f"http://127.0.0.1:{port}?kinds=held_open,lock_down") as alerts,
    ):
        alerts.alarm(alarm(1))
        alerts.locked_down(on=True, by="")
        alerts.locked_down(on=False, by="")
        alerts.alarm(alarm(2, AlarmKind.HELD_OPEN))
        assert inbox.wait_for(lambda: len(inbox.bodies) == 2)
    assert [told["kind"] for told in inbox.alerts] == ["lock_down", "held_open"]


def test_what_comes_too_often_is_not_told_for_a_while(
    home: DataHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    inbox = Inbox()
    monkeypatch.setattr(alerts_module, "MOST_OF_A_KIND", 3)
    with serving(inbox) as port, telling(home, f"http://127.0.0.1:{port}") as alerts:
        for number in range(10):
            alerts.alarm(alarm(number))
        alerts.locked_down(on=True, by="")
        assert inbox.wait_for(lambda: len(inbox.bodies) == 4)
        monkeypatch.setattr(alerts_module, "WITHIN", -1.0)  # all of it is long ago
        alerts.alarm(alarm(10))
        assert inbox.wait_for(lambda: len(inbox.bodies) == 5)
    assert [told.get("alarm") for told in inbox.alerts] == ["a0", "a1", "a2", None, "a10"]
    assert inbox.alerts[2]["text"].endswith("look at the record.")


# HTTP


def test_a_secret_signs(home: DataHome, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INBOX_SECRET", SECRET.decode())
    inbox = Inbox()
    with (
        serving(inbox) as port,
        telling(home, f"http://127.0.0.1:{port}/in?secret_env=INBOX_SECRET") as alerts,
    ):
        alerts.alarm(alarm(1))
        assert inbox.wait_for(lambda: len(inbox.bodies) == 1)
    assert inbox.is_signed(0)


def test_a_token_goes_through_tls(
    home: DataHome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INBOX_TOKEN", "t0ken")
    authority, inbox = trustme.CA(), Inbox()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    address = "https://127.0.0.1:{}?token_env=INBOX_TOKEN&ca={}"
    with (
        serving(inbox, context=context) as port,
        telling(home, address.format(port, tmp_path / "ca.pem")) as alerts,
    ):
        alerts.alarm(alarm(1))
        assert inbox.wait_for(lambda: len(inbox.bodies) == 1)
    assert inbox.headers[0]["Authorization"] == "Bearer t0ken"


def test_a_server_that_is_stopped_and_started_again_gets_all_in_order(home: DataHome) -> None:
    inbox = Inbox()
    with serving(inbox) as port:
        pass
    with telling(home, f"http://127.0.0.1:{port}/in") as alerts:
        for number in range(5):
            alerts.alarm(alarm(number))
        assert until(lambda: waiting(alerts) == 5 and "nothing listens" in trouble(alerts))
        with serving(inbox, port=port):
            assert inbox.wait_for(lambda: len(inbox.bodies) == 5)
            assert until(lambda: waiting(alerts) == 0)
        alerts.alarm(alarm(5))
        assert until(lambda: "nothing listens" in trouble(alerts))
        with serving(inbox, port=port):
            assert inbox.wait_for(lambda: len(inbox.bodies) == 6)
    assert [told["alarm"] for told in inbox.alerts] == [f"a{number}" for number in range(6)]
    assert len({told["id"] for told in inbox.alerts}) == 6


def test_what_is_refused_is_sent_again_under_the_same_id(home: DataHome) -> None:
    inbox = Inbox()
    inbox.statuses = [500, 302, 401, 200]
    with serving(inbox) as port, telling(home, f"http://127.0.0.1:{port}") as alerts:
        alerts.alarm(alarm(1))
        alerts.alarm(alarm(2))
        assert inbox.wait_for(lambda: len(inbox.bodies) == 5)
        assert until(lambda: waiting(alerts) == 0)
    assert [told["alarm"] for told in inbox.alerts] == ["a1", "a1", "a1", "a1", "a2"]
    assert len({told["id"] for told in inbox.alerts}) == 2


def test_a_hundred_megabytes_of_answer_are_not_read(home: DataHome) -> None:
    inbox = Inbox()
    inbox.answer = bytes(100_000_000)
    with serving(inbox) as port, telling(home, f"http://127.0.0.1:{port}") as alerts:
        alerts.alarm(alarm(1))
        alerts.alarm(alarm(2))
        assert inbox.wait_for(lambda: len(inbox.bodies) == 2)
        assert until(lambda: waiting(alerts) == 0)


def test_garbage_is_no_yes(home: DataHome) -> None:
    with (
        raw_server(b"\x00\xff" * 1000, then_close=True) as port,
        telling(home, f"http://127.0.0.1:{port}") as alerts,
    ):
        alerts.alarm(alarm(1))
        assert until(lambda: "no HTTP" in trouble(alerts) or "broke" in trouble(alerts))
        assert waiting(alerts) == 1


@pytest.mark.parametrize("kind", ["never", "dripping"])
def test_a_server_that_never_ends_its_answer_is_left(
    kind: str, home: DataHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook_way, "DELIVERED_WITHIN", 0.3)
    server = (
        raw_server(None)
        if kind == "never"
        else dripping_server(b"HTTP/1.1 200 OK\r\n", b"X: 1\r\n")
    )
    with server as port, telling(home, f"http://127.0.0.1:{port}") as alerts:
        alerts.alarm(alarm(1))
        assert until(lambda: "does not answer" in trouble(alerts) or "no HTTP" in trouble(alerts))
        assert waiting(alerts) == 1


def test_a_certificate_that_has_expired_is_not_accepted(home: DataHome, tmp_path: Path) -> None:
    authority, inbox = trustme.CA(), Inbox()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1", not_after=datetime(2020, 1, 1, tzinfo=UTC)).configure_cert(
        context
    )
    with (
        serving(inbox, context=context) as port,
        telling(home, f"https://127.0.0.1:{port}?ca={tmp_path / 'ca.pem'}") as alerts,
    ):
        alerts.alarm(alarm(1))
        assert until(lambda: "certificate has expired" in trouble(alerts))
    assert inbox.bodies == []


# MQTT


def test_a_broker_that_is_killed_and_started_again_gets_all_in_order(
    home: DataHome, tmp_path: Path
) -> None:
    with broker(tmp_path, ANYBODY) as port:
        number = int(port)
        with telling(home, f"mqtt://127.0.0.1:{number}/{TOPIC}") as alerts:
            listener = Device(number, TOPIC)
            alerts.alarm(alarm(0))
            assert listener.wait_for(lambda: len(listener.heard) == 1)
            assert until(lambda: waiting(alerts) == 0)
            port.process.kill()
            listener.close()
            for one in range(1, 4):
                alerts.alarm(alarm(one))
            assert until(lambda: trouble(alerts) != "None")
            with broker(tmp_path, ANYBODY, port=number):
                again = Device(number, TOPIC)
                assert again.wait_for(lambda: len(again.heard) == 3)
                assert until(lambda: waiting(alerts) == 0)
                again.close()
    told = [json.loads(payload) for _, payload, _ in listener.heard + again.heard]
    assert [one["alarm"] for one in told] == ["a0", "a1", "a2", "a3"]
    assert not any(retained for _, _, retained in again.heard)


def test_an_alert_waits_while_nobody_listens(home: DataHome, tmp_path: Path) -> None:
    with (
        broker(tmp_path, ANYBODY) as port,
        telling(home, f"mqtt://127.0.0.1:{int(port)}/{TOPIC}") as alerts,
    ):
        alerts.alarm(alarm(1))
        assert until(lambda: "Nobody listens" in trouble(alerts))
        listener = Device(port, TOPIC)
        assert listener.wait_for(lambda: len(listener.heard) == 1)
        listener.close()


def test_a_wrong_password_is_said_and_tried_again(
    home: DataHome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = password_file(tmp_path, door="right")
    monkeypatch.setenv("ALERT_PASSWORD", "wrong")
    with (
        broker(tmp_path, f"password_file {file}", "allow_anonymous false") as port,
        telling(
            home, f"mqtt://door@127.0.0.1:{int(port)}/{TOPIC}?password_env=ALERT_PASSWORD"
        ) as alerts,
    ):
        alerts.alarm(alarm(1))
        assert until(lambda: "refuses user or password" in trouble(alerts))
        assert waiting(alerts) == 1


def test_a_broker_that_never_answers_is_left(
    home: DataHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mqtt_way, "DELIVERED_WITHIN", 0.3)
    with raw_server(None) as port, telling(home, f"mqtt://127.0.0.1:{port}/{TOPIC}") as alerts:
        alerts.alarm(alarm(1))
        assert until(lambda: "does not answer as an MQTT" in trouble(alerts))
        assert waiting(alerts) == 1


# On disk


def test_what_was_not_taken_is_told_by_the_next_process(home: DataHome) -> None:
    inbox = Inbox()
    with serving(inbox) as port:
        pass
    address = f"http://127.0.0.1:{port}"
    with telling(home, address) as alerts:
        for number in range(3):
            alerts.alarm(alarm(number))
    with telling(home, address) as alerts:
        assert waiting(alerts) == 3
        alerts.alarm(alarm(3))
        with serving(inbox, port=port):
            assert inbox.wait_for(lambda: len(inbox.bodies) == 4)
            assert until(lambda: waiting(alerts) == 0)
    assert [told["alarm"] for told in inbox.alerts] == ["a0", "a1", "a2", "a3"]
    with telling(home, address) as alerts:
        assert waiting(alerts) == 0


_KILLED = """
import sys, os, time
from pathlib import Path
from faceaccess.pipeline.alert_queue import AlertQueue
queue = AlertQueue(Path(sys.argv[1]))
for number in range(100_000):
    queue.put(b'{"id": %d}' % number)
    os.write(1, b"%d\\n" % number)
"""


def test_a_process_that_is_killed_loses_nothing_that_was_put(tmp_path: Path) -> None:
    folder = tmp_path / "queue"
    with subprocess.Popen(
        [sys.executable, "-c", _KILLED, str(folder)], stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        while process.stdout.readline() != b"20\n":
            assert process.poll() is None
        process.send_signal(signal.SIGKILL)
        put = [20, *(int(line) for line in process.stdout.read().split())]
    queue = AlertQueue(folder)
    found = []
    while (body := queue.first()) is not None:
        found.append(json.loads(body)["id"])
        queue.done()
    assert found == list(range(len(found)))
    assert len(found) - 1 in (put[-1], put[-1] + 1)  # on disk, and perhaps not said any more
    assert list(folder.glob("*.alert")) == []


@pytest.mark.expected_log_errors
def test_the_queue_is_bounded_and_loses_the_oldest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alert_queue, "MOST", 20)
    queue = AlertQueue(tmp_path / "queue")
    for number in range(23):
        queue.put(json.dumps({"id": number}).encode())
    assert len(queue) == 20
    assert len(list((tmp_path / "queue").glob("*.alert"))) == 20
    assert queue.first() == b'{"id": 3}'


@pytest.mark.expected_log_errors
@pytest.mark.skipif(sys.platform == "win32", reason="a file in the way of a folder, as Unix has it")
def test_a_disk_that_refuses_leaves_alerts_in_memory(tmp_path: Path) -> None:
    (tmp_path / "queue").write_text("no folder")
    queue = AlertQueue(tmp_path / "queue")
    queue.put(b'{"id": 1}')
    assert queue.first() == b'{"id": 1}'
    assert "cannot be kept on disk" in queue.trouble
    queue.done()
    assert queue.first() is None


def test_a_file_that_is_cut_is_dropped_and_the_rest_told(tmp_path: Path) -> None:
    queue = AlertQueue(tmp_path)
    for number in range(3):
        queue.put(json.dumps({"id": number}).encode())
    files = sorted(tmp_path.glob("*.alert"))
    files[1].write_bytes(b'{"id"')
    (tmp_path / "new.part").write_bytes(b"half")
    (tmp_path / "x.alert").write_bytes(b"{}")
    again = AlertQueue(tmp_path)
    assert again.first() == b'{"id": 0}'
    again.done()
    assert again.first() == b'{"id": 2}'
    again.put(b'{"id": 3}')
    again.done()
    assert again.first() == b'{"id": 3}'


def test_files_are_the_owners_alone(tmp_path: Path) -> None:
    AlertQueue(tmp_path / "queue").put(b"{}")
    (file,) = (tmp_path / "queue").glob("*.alert")
    assert file.stat().st_mode & 0o777 == 0o600 or os.name == "nt"


# Addresses


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("", "No alert address is given"),
        ("mailto:ana@example.org", "cannot go to addresses of the kind mailto:"),
        ("https:", "names no host"),
        ("http://host?kinds=fire", "asks for 'fire', which is never told"),
        ("http://host?kinds=", "asks for nothing"),
        ("http://host?names=perhaps", "names"),
        ("http://host?secret=x", "secret cannot stand in the alert address's"),
        ("http://host?secret_env=NOT_SET_ANYWHERE", "NOT_SET_ANYWHERE"),
        ("http://host?ca=/dev/null", "does not use TLS"),
        ("https://host?ca=/nothing/here", "cannot be read as certificates"),
        ("mqtt://host", "topic that is no name"),
        ("mqtt:topic", "names no broker"),
        ("mqtt://user:pass@host/topic", "password cannot stand"),
    ],
)
def test_what_is_no_address_gets_a_sentence(address: str, words: str) -> None:
    with pytest.raises(KnownError, match=words) as raised:
        open_alerts(address, SystemClock())
    assert raised.value.remedy


def test_a_token_is_not_sent_in_the_clear(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INBOX_TOKEN", "t0ken")
    with pytest.raises(KnownError, match="show its token"):
        open_alerts("http://host?token_env=INBOX_TOKEN", SystemClock())


def test_everything_is_told_unless_said_otherwise() -> None:
    target = open_alerts("http://host/in", SystemClock())
    assert target.kinds == KINDS
    assert not target.names
