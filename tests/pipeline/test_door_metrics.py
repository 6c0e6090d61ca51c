"""Metrics are fetched as Prometheus does: real figures, no names, and who asks holds nobody up."""

import socket
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime

import pytest
from prometheus_client.parser import text_string_to_metric_families

from faceaccess.core.decisions import Decision, Outcome
from faceaccess.core.errors import KnownError
from faceaccess.core.locks import LockOutcome
from faceaccess.core.reasons import Reason
from faceaccess.pipeline.door_metrics import DoorMetrics, parsed_place
from faceaccess.pipeline.station import DoorAnswer
from faceaccess.pipeline.station_server import Record

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
GRANTED = Decision(Outcome.GRANTED, Reason.RECOGNISED, "id of Ana", "Ana Surname", 0.8, 0.5, head=7)
DENIED = Decision(Outcome.DENIED, Reason.LOCK_FAILED, "id of Ana", "Ana Surname")


def answer(decision: Decision, lock: LockOutcome, seconds: float | None = None) -> DoorAnswer:
    return DoorAnswer(NOW, "Front door", decision, lock, seconds)


@pytest.fixture
def status() -> Record:
    return {
        "ready": True,
        "camera_state": "running",
        "fps": 24.9,
        "frames": 1234,
        "lock_trouble": None,
        "locked_down": False,
        "head": 7,
        "problem": None,
        "unwritten": 3,
        "lost": 0,
        "journal_trouble": None,
        "alarms": [{"kind": "held_open"}],
        "last": {"person": "Ana Surname"},
    }


@pytest.fixture
def metrics(status: Record) -> Iterator[DoorMetrics]:
    with closing(DoorMetrics("127.0.0.1", 0, lambda: status)) as served:
        yield served


def fetched(metrics: DoorMetrics, path: str = "/metrics") -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{metrics.port}{path}", timeout=10) as answered:
        text: str = answered.read().decode()
    return text


def figures(text: str) -> dict[tuple[str, ...], float]:
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_what_the_door_answered_is_counted(metrics: DoorMetrics) -> None:
    metrics.answered(answer(GRANTED, LockOutcome.ACKNOWLEDGED, 0.3))
    metrics.answered(answer(GRANTED, LockOutcome.ACKNOWLEDGED, 1.0))
    metrics.answered(answer(DENIED, LockOutcome.FAILED))
    found = figures(fetched(metrics))
    assert found["faceaccess_answers_total", "granted", "recognised"] == 2
    assert found["faceaccess_answers_total", "denied", "lock_failed"] == 1
    assert found["faceaccess_lock_answers_total", "acknowledged"] == 2
    assert found["faceaccess_lock_answers_total", "failed"] == 1
    assert found["faceaccess_answer_seconds_bucket", "0.4"] == 1
    assert found["faceaccess_answer_seconds_sum",] == pytest.approx(1.3)


def test_how_the_door_is_is_told_as_it_is_now(metrics: DoorMetrics, status: Record) -> None:
    found = figures(fetched(metrics))
    assert found["faceaccess_camera_up",] == 1
    assert found["faceaccess_camera_fps",] == 24.9
    assert found["faceaccess_frames",] == 1234
    assert found["faceaccess_lock_up",] == 1
    assert found["faceaccess_unwritten",] == 3
    assert found["faceaccess_alarm", "held_open"] == 1
    assert found["faceaccess_alarm", "forced_open"] == 0
    status |= {"lock_trouble": "gone", "camera_state": "lost", "locked_down": True, "alarms": []}
    found = figures(fetched(metrics))
    assert found["faceaccess_lock_up",] == 0
    assert found["faceaccess_camera_up",] == 0
    assert found["faceaccess_locked_down",] == 1
    assert found["faceaccess_alarm", "held_open"] == 0


def test_nobody_is_named(metrics: DoorMetrics) -> None:
    metrics.answered(answer(GRANTED, LockOutcome.ACKNOWLEDGED, 0.3))
    text = fetched(metrics)
    assert "Ana" not in text
    assert "Surname" not in text


def test_there_is_one_page(metrics: DoorMetrics) -> None:
    with pytest.raises(urllib.error.HTTPError, match="404"):
        fetched(metrics, "/")


def test_who_says_nothing_is_left_and_the_next_is_answered(
    metrics: DoorMetrics, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("faceaccess.pipeline.door_metrics._Handler.timeout", 0.1)
    with socket.create_connection(("127.0.0.1", metrics.port)) as silent:
        silent.sendall(b"GET /metr")
        assert figures(fetched(metrics))["faceaccess_ready",] == 1


def test_a_client_that_goes_away_is_no_fault(metrics: DoorMetrics) -> None:
    for sent in (b"", b"nonsense\r\n\r\n", b"GET /metrics HTTP/1.1\r\n\r\n"):
        with socket.create_connection(("127.0.0.1", metrics.port)) as hasty:
            hasty.sendall(sent)
    assert figures(fetched(metrics))["faceaccess_ready",] == 1


def test_a_place_that_is_taken_is_told(metrics: DoorMetrics, status: Record) -> None:
    with pytest.raises(KnownError, match=r"cannot give metrics at 127\.0\.0\.1"):
        DoorMetrics("127.0.0.1", metrics.port, lambda: status)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("127.0.0.1:9105", ("127.0.0.1", 9105)),
        ("9105", ("127.0.0.1", 9105)),
        (":9105", ("127.0.0.1", 9105)),
        ("0.0.0.0:80", ("0.0.0.0", 80)),
        ("[::1]:9105", ("::1", 9105)),
        ("door.example:9105", ("door.example", 9105)),
    ],
)
def test_a_place_is_host_and_port(text: str, place: tuple[str, int]) -> None:
    assert parsed_place(text) == place


@pytest.mark.parametrize("text", ["", "door", "door:", "1.2.3.4:http", "x:0", "x:65536", "x:-1"])
def test_what_is_no_place_is_told(text: str) -> None:
    with pytest.raises(KnownError, match="is no place for metrics"):
        parsed_place(text)
