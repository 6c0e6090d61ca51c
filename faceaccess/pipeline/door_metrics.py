"""Figures of a running door for Prometheus: off unless asked for, and without anybody's name.

Every label has few values out of closed lists (outcomes, reasons, kinds of alarms), so that nobody
who stands before the camera can make the figures grow. One request is answered at a time, and one
that is slow is given up: whoever asks costs the door no frames.
"""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from socketserver import TCPServer
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
    make_wsgi_app,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from faceaccess.core.alarms import AlarmKind
from faceaccess.core.errors import KnownError
from faceaccess.core.locks import LockOutcome
from faceaccess.pipeline.station import DoorAnswer
from faceaccess.pipeline.station_server import Record

LOOPBACK = "127.0.0.1"
PATIENCE = 2.0
"""Seconds in which a request must be there and its answer taken."""
_SECONDS = (0.1, 0.2, 0.4, 0.8, 1.2, 2.0, 4.0, 8.0)


def parsed_place(text: str) -> tuple[str, int]:
    """Return host and port of `HOST:PORT`, or of `PORT` on the loopback interface.

    Raises:
        KnownError: if it is neither.
    """
    host, _, port = text.strip().rpartition(":")
    host = host.removeprefix("[").removesuffix("]") or LOOPBACK
    if not (port.isascii() and port.isdigit() and 1 <= int(port) <= 65535):
        raise KnownError(
            f"{text!r} is no place for metrics.", "Write it as 127.0.0.1:9105, or 9105 alone."
        )
    return host, int(port)


class DoorMetrics:
    """The figures of one door, served over HTTP at `/metrics`.

    Args:
        host, port: where to listen; port 0 for any that is free.
        status: returns how the door is, as `RunningDoor.status`; from another thread.

    Attributes:
        port: where it listens.

    Raises:
        KnownError: if it cannot listen there.
    """

    def __init__(self, host: str, port: int, status: Callable[[], Record]) -> None:
        # When each figure began is no use to anybody.
        disable_created_metrics()  # type: ignore[no-untyped-call]  # the library's
        registry = CollectorRegistry()
        self._answers = Counter(
            "faceaccess_answers",
            "What the door answered.",
            ["outcome", "reason"],
            registry=registry,
        )
        self._lock = Counter(
            "faceaccess_lock_answers",
            "What the lock answered when somebody was to be let in.",
            ["lock"],
            registry=registry,
        )
        self._seconds = Histogram(
            "faceaccess_answer_seconds",
            "From a visit's first good picture to the lock's answer, or to the denial.",
            registry=registry,
            buckets=_SECONDS,
        )
        registry.register(_State(status))
        ProcessCollector(registry=registry)
        PlatformCollector(registry=registry)
        try:
            self._server = make_server(
                host, port, _at_metrics(make_wsgi_app(registry)), _server_for(host), _Handler
            )
        except (OSError, OverflowError) as error:
            why = getattr(error, "strerror", None) or error
            raise KnownError(
                f"The door cannot give metrics at {host}:{port}: {why}.",
                "Give an address of this machine, and a port that nothing else uses.",
            ) from error
        self.port = int(self._server.server_port)
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.2,), name="metrics", daemon=True
        )
        self._thread.start()

    def answered(self, answer: DoorAnswer) -> None:
        """Count an answer of the door."""
        self._answers.labels(answer.outcome.value, answer.decision.reason.value).inc()
        if answer.lock is not LockOutcome.NONE:
            self._lock.labels(answer.lock.value).inc()
        if answer.seconds is not None:
            self._seconds.observe(answer.seconds)

    def close(self) -> None:
        """Stop listening; may be called twice."""
        self._server.shutdown()
        self._thread.join(PATIENCE + 1.0)
        self._server.server_close()


class _State(Collector):
    """How the door is at the moment in which somebody asks."""

    def __init__(self, status: Callable[[], Record]) -> None:
        self._status = status

    def collect(self) -> Iterator[GaugeMetricFamily]:
        status = self._status()
        for name, text, value in _gauges(status):
            gauge = GaugeMetricFamily(f"faceaccess_{name}", text)
            gauge.add_metric([], value)
            yield gauge
        lasting = {_kind_of(alarm) for alarm in _listed(status.get("alarms"))}
        alarms = GaugeMetricFamily("faceaccess_alarm", "Whether an alarm lasts.", labels=["kind"])
        for kind in AlarmKind:
            alarms.add_metric([kind.value], float(kind.value in lasting))
        yield alarms


def _gauges(status: Record) -> Iterator[tuple[str, str, float]]:
    camera = status.get("camera_state")
    yield "ready", "Whether the door looks at frames.", float(bool(status.get("ready")))
    yield (
        "camera_up",
        "Whether the camera gives pictures.",
        float(camera in ("running", "recording")),
    )
    yield "camera_fps", "Frames a second that the camera gives.", _number(status.get("fps"))
    yield "frames", "Frames since the start.", _number(status.get("frames"))
    yield "lock_up", "Whether the lock answers.", float(status.get("lock_trouble") is None)
    yield "locked_down", "Whether nobody may enter.", float(bool(status.get("locked_down")))
    yield "held_open", "Whether the door is held open.", float(bool(status.get("held_until")))
    yield "muted", "Whether the door is muted.", float(bool(status.get("muted_until")))
    yield "fault", "Whether recognition fails.", float(status.get("problem") is not None)
    yield "unwritten", "Records that wait for the store.", _number(status.get("unwritten"))
    yield "lost", "Records that had no room in the journal.", _number(status.get("lost"))
    yield (
        "journal_up",
        "Whether the journal can be written.",
        float(status.get("journal_trouble") is None),
    )
    yield "head", "Version of the head that decides.", _number(status.get("head"))


def _number(value: object) -> float:
    return float(value) if isinstance(value, (int, float)) else 0.0


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _kind_of(alarm: object) -> str:
    return str(alarm.get("kind")) if isinstance(alarm, dict) else str(alarm)


def _at_metrics(app: Callable[..., Any]) -> Callable[..., Any]:
    """Answer at `/metrics` alone."""

    def answer(environ: dict[str, Any], start: Callable[..., Any]) -> Any:
        if environ.get("PATH_INFO") != "/metrics":
            start("404 Not Found", [("Content-Type", "text/plain")])
            return [b"The figures are at /metrics.\n"]
        return app(environ, start)

    return answer


class _Handler(WSGIRequestHandler):
    """One request; silent, and patient for a while only."""

    timeout = PATIENCE

    def log_message(self, *_: object) -> None:
        """Say nothing: every request would be a line."""

    def handle(self) -> None:
        """As its base, but that a client that is slow or goes away is no fault."""
        with contextlib.suppress(OSError):
            super().handle()


class _Server(WSGIServer):
    """Gives no traceback for clients that go away."""

    def handle_error(self, *_: object) -> None:
        """Say nothing: it is the client's fault."""

    def server_bind(self) -> None:
        """As its base, without asking the network for this machine's name."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = "door", int(self.server_address[1])
        self.setup_environ()


class _Server6(_Server):
    address_family = socket.AF_INET6


def _server_for(host: str) -> type[WSGIServer]:
    return _Server6 if ":" in host else _Server
