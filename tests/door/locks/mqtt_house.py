"""A real broker (mosquitto) on loopback, and devices that are its clients."""

import json
import os
import shutil
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from paho.mqtt.client import Client, ConnectFlags, MQTTMessage, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

WAIT = 20.0
# Debian keeps the broker out of a user's path.
_PATH = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"])


class BrokerPort(int):
    """The port of a broker that runs, and its process."""

    process: subprocess.Popen[bytes]


@contextmanager
def broker(folder: Path, *lines: str, port: int | None = None) -> Iterator[BrokerPort]:
    """Run mosquitto with these lines added to its configuration; the value is its port."""
    program = shutil.which("mosquitto", path=_PATH)
    if program is None:
        pytest.skip("mosquitto is not installed")
    if port is None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
    configuration = folder / "mosquitto.conf"
    configuration.write_text(
        "\n".join((f"listener {port} 127.0.0.1", "persistence false", "user root", *lines)) + "\n"
    )
    with subprocess.Popen(
        [program, "-c", str(configuration)], stderr=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        try:
            assert process.stderr is not None
            said = b""
            for line in process.stderr:
                said += line
                if b" running" in line:
                    break
            assert b" running" in said, said
            reading = threading.Thread(target=process.stderr.read, name="broker's log")
            reading.start()
            running = BrokerPort(port)
            running.process = process
            yield running
        finally:
            # Not SIGTERM: one that comes between two looks at it leaves mosquitto 2.0 waiting on.
            process.kill()
            process.wait(WAIT)
            reading.join()


def password_file(folder: Path, **users: str) -> Path:
    """Return a file of users as mosquitto has them."""
    program = shutil.which("mosquitto_passwd", path=_PATH)
    if program is None:
        pytest.skip("mosquitto_passwd is not installed")
    file = folder / "passwords"
    file.touch(0o600)
    for user, password in users.items():
        subprocess.run([program, "-b", file, user, password], check=True, capture_output=True)
    return file


class Device:
    """A client of the broker that listens to some topics and answers by a function of topic and
    payload, which returns what it publishes: (topic, payload) or None.
    """

    def __init__(
        self,
        port: int,
        *topics: str,
        answer: Callable[[str, bytes], tuple[str, bytes] | None] = lambda topic, payload: None,
        retain: bool = False,
    ) -> None:
        self.heard: list[tuple[str, bytes, bool]] = []
        self._topics = topics
        self._answer = answer
        self._retain = retain
        self._changed = threading.Condition()
        self._ready = threading.Event()
        self.client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTv5)
        self.client.on_connect = self._on_connect
        self.client.on_subscribe = lambda *_: self._ready.set()
        self.client.on_message = self._on_message
        self.client.connect("127.0.0.1", int(port))  # a plain one
        self.client.loop_start()
        assert self._ready.wait(WAIT)

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()

    def wait_for(self, condition: Callable[[], bool]) -> bool:
        with self._changed:
            return self._changed.wait_for(condition, WAIT)

    def commands(self) -> list[dict[str, object]]:
        return [json.loads(payload) for _, payload, _ in self.heard]

    def _on_connect(
        self,
        client: Client,
        userdata: object,
        flags: ConnectFlags,
        reason: ReasonCode,
        properties: Properties | None,
    ) -> None:
        client.subscribe([(topic, 1) for topic in self._topics])

    def _on_message(self, client: Client, userdata: object, message: MQTTMessage) -> None:
        with self._changed:
            self.heard.append((message.topic, message.payload, message.retain))
            self._changed.notify_all()
        answer = self._answer(message.topic, message.payload)
        if answer is not None:
            client.publish(*answer, qos=1, retain=self._retain)


def timed(topic: str, payload: bytes) -> tuple[str, bytes]:
    """The answer of a device that times pulses itself, as the documentation says."""
    command = json.loads(payload)
    state = "open" if command["command"] == "open" else "locked"
    said = {"id": command["id"], "state": state}
    return topic.removesuffix("/set") + "/state", json.dumps(said).encode()
