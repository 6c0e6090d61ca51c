"""`mqtt:` and `mqtts:` a device behind a broker, in one of two languages.

**Timed** (`MqttPulse`, a `Board`), for a device of one's own (an ESP32, a controller). The command
topic gets a JSON object: `command` ("open", "lock" or "check"), `id` (32 hexadecimal digits),
`expires` (seconds since 1970; the device ignores what is older) and for "open" `seconds`, which the
device times itself. It answers on the state topic with the same `id` and `state` ("open" or
"locked"), and says `{"state": "locked"}` when the pulse is over.

**Switched** (`MqttSwitch`, a `Switch`), for common devices (Tasmota, Shelly, zigbee2mqtt): the
command topic gets the payload of the option `on` or `off`; the device says the same on the state
topic when it is so. A device with a pulse time of its own is set to the longest pulse besides.
"""

import json
import re
import threading
from collections.abc import Callable
from secrets import token_hex

from faceaccess.core.clock import Clock
from faceaccess.core.errors import KnownError
from faceaccess.core.locks import LockError, LockOutcome
from faceaccess.door.address import DeviceAddress
from faceaccess.door.locks.broker import EXPIRES_AFTER, Broker, BrokerAccess, as_json
from faceaccess.door.locks.deadline import Deadline
from faceaccess.door.locks.home_assistant import announcements
from faceaccess.door.locks.tls import client_context

_OPTIONS = ("password_env", "password_file", "ca", "version", "command", "state", "discovery")


class _Device:
    """A command topic, a state topic, and what is heard there.

    Addresses: `mqtt://user@host:1883/TOPIC?password_env=NAME`: commands go to TOPIC/set and are
    answered on TOPIC/state, or on the topics of `&command=` and `&state=`. `&version=3` for a
    broker without MQTT 5, `&ca=FILE` with mqtts:, `&discovery=homeassistant` (the prefix) to have
    Home Assistant show the lock (it cannot open it).
    """

    def __init__(self, address: DeviceAddress, *, on: str, off: str) -> None:
        self.named = address.named
        topic = address.path.strip("/")
        if not address.host or not topic:
            raise KnownError(
                f"The {address.named} names no broker or no topic.",
                "Write it as mqtt://192.0.2.7/house/front-door.",
            )
        self.command = topic_of(address.options.get("command", f"{topic}/set"), self.named)
        state = topic_of(address.options.get("state", f"{topic}/state"), self.named)
        presence, announced = "", {}
        if "discovery" in address.options:
            prefix = topic_of(address.options["discovery"], self.named)
            presence = f"{topic}/faceaccess"
            announced = announcements(prefix, topic, state, presence, on=on, off=off)
        self.broker = Broker(
            broker_access(address, (state,), presence, announced),
            self._hear,
        )
        self._state = state
        self._heard = threading.Condition()
        self._meant: Callable[[bytes], bool] | None = None  # what the awaited answer is
        self._answered = False
        self._strange = False

    def tell(self, payload: str, meant: Callable[[bytes], bool], deadline: Deadline) -> None:
        """Send a command and wait for the answer that is meant. What was said before counts for
        nothing, nor does what the broker had retained.

        Raises:
            LockError: if the broker cannot be reached or the answer does not come.
        """
        self.broker.reached(deadline)  # first, so that what it delivers at once is not an answer
        with self._heard:
            self._meant, self._answered, self._strange = meant, False, False
        try:
            self.broker.publish(self.command, payload, deadline)
            with self._heard:
                self._heard.wait_for(lambda: self._answered, deadline.left())
                if self._answered:
                    return
                strange = self._strange
        finally:
            with self._heard:
                self._meant = None
        if strange:
            raise LockError(
                f"The {self.named} answers something else than was asked for.",
                f"Look at what its device says on {self._state}.",
            )
        raise LockError(
            f"The broker took the command, but the {self.named} does not answer on {self._state}.",
            "Look at its device: is it on, and connected to the broker?",
        )

    def _hear(self, topic: str, payload: bytes, retained: bool) -> None:  # noqa: ARG002, FBT001  # as MQTT has it
        with self._heard:
            if retained or self._meant is None:
                return
            if self._meant(payload):
                self._answered = True
            else:
                self._strange = True
            self._heard.notify_all()


class MqttPulse:
    """A `Board`; see the module.

    Args:
        address: taken apart.
        clock: gives the time at which commands expire.

    Raises:
        KnownError: if the address is wrong.
    """

    def __init__(self, address: DeviceAddress, clock: Clock) -> None:
        address.only(*_OPTIONS)
        self._device = _Device(address, on="open", off="locked")
        self._clock = clock

    def pulse(self, seconds: float, deadline: Deadline) -> str:
        """See `Board.pulse`."""
        if seconds > 0:
            self._command("open", ("open",), deadline, seconds=seconds)
            return f"The device acknowledged a pulse of {seconds:g} s."
        self._command("lock", ("locked",), deadline)
        return "The device acknowledged that it is locked."

    def ask(self, deadline: Deadline) -> tuple[LockOutcome, str]:
        """See `Board.ask`."""
        self._command("check", ("open", "locked"), deadline)
        return LockOutcome.ACKNOWLEDGED, "The device answers."

    def close(self) -> None:
        """See `Board.close`."""
        self._device.broker.close()

    def _command(
        self, command: str, states: tuple[str, ...], deadline: Deadline, **more: float
    ) -> None:
        name = token_hex(16)
        expires = int(self._clock.now().timestamp()) + EXPIRES_AFTER
        self._device.tell(
            as_json(command=command, id=name, expires=expires, **more),
            lambda payload: _says(payload, name, states),
            deadline,
        )


class MqttSwitch:
    """A `Switch`; see the module. Addresses have `&on=ON&off=OFF`, the device's payloads; where
    the state topic carries JSON, `&field=state` names the field that holds them.

    Raises:
        KnownError: if the address is wrong.
    """

    def __init__(self, address: DeviceAddress) -> None:
        address.only(*_OPTIONS, "on", "off", "field")
        self._payloads = {
            True: address.options.get("on", ""),
            False: address.options.get("off", ""),
        }
        if "" in self._payloads.values() or self._payloads[True] == self._payloads[False]:
            raise KnownError(
                f"The {address.named} needs both on and off, and they must differ.",
                "Write them as &on=ON&off=OFF, as the device understands them.",
            )
        self._field = address.options.get("field", "")
        if self._field and "discovery" in address.options:
            raise KnownError(
                f"The {address.named} has both field and discovery.",
                "Devices of this kind announce themselves: leave discovery out.",
            )
        self._device = _Device(address, on=self._payloads[True], off=self._payloads[False])

    def reach(self, deadline: Deadline) -> None:
        """See `Switch.reach`."""
        self._device.broker.reached(deadline)

    def turn(self, deadline: Deadline, *, on: bool) -> str:
        """See `Switch.turn`."""
        payload = self._payloads[on]
        self._device.tell(payload, lambda said: self._is(said, payload), deadline)
        return f"The device says that it is {'on' if on else 'off'}."

    def ask(self, deadline: Deadline) -> tuple[LockOutcome, str]:
        """See `Switch.ask`."""
        self._device.broker.reached(deadline)
        return LockOutcome.NONE, "The broker answers; the device cannot be asked."

    def close(self) -> None:
        """See `Switch.close`."""
        self._device.broker.close()

    def _is(self, said: bytes, payload: str) -> bool:
        if not self._field:
            return said == payload.encode()
        value = _object(said).get(self._field)
        return isinstance(value, str) and value == payload


def broker_access(
    address: DeviceAddress,
    topics: tuple[str, ...],
    presence: str = "",
    announced: dict[str, str] | None = None,
) -> BrokerAccess:
    """Return how the broker of an address is reached.

    Args:
        address: with the options `password_env` or `password_file`, `ca` and `version`.
        topics: what is listened to, may be none.
        presence: see `BrokerAccess`.
        announced: see `BrokerAccess`.

    Raises:
        KnownError: if it names no broker, or password or authority are wrong.
    """
    if not address.host:
        raise KnownError(
            f"The {address.named} names no broker.",
            "Write it as mqtt://192.0.2.7/house/front-door.",
        )
    password = address.secret("password")
    if password is not None and not address.user:
        raise KnownError(
            f"The {address.named} has a password without a user.",
            "Write it as mqtt://user@host/topic.",
        )
    if password is not None and not _is_text(password):
        raise KnownError(f"The password of the {address.named} is not UTF-8 text.")
    if "ca" in address.options and address.scheme != "mqtts":
        raise KnownError(
            f"The {address.named} names an authority but does not use TLS.",
            "Begin it with mqtts:.",
        )
    return BrokerAccess(
        named=address.named,
        name=address.host,
        port=address.port or (8883 if address.scheme == "mqtts" else 1883),
        user=address.user,
        password=password,
        context=client_context(address) if address.scheme == "mqtts" else None,
        version=5 if address.choice("version", ("5", "3")) == "5" else 3,
        topics=topics,
        presence_topic=presence,
        announcements=announced or {},
    )


def topic_of(text: str, named: str) -> str:
    """Return a topic without slashes around it.

    Raises:
        KnownError: if messages cannot be sent there; `named` is whose topic it is.
    """
    text = text.strip("/")
    # MQTT 5, 4.7: wildcards are for filters; names that begin with $ are the broker's own.
    if not text or re.search(r"[+#\0]", text) or text.startswith("$") or len(text.encode()) > 1_000:
        raise KnownError(
            f"The {named} has a topic that is no name: {text[:100]!r}.",
            "Give a topic without + and #, such as house/front-door.",
        )
    return text


def _says(payload: bytes, name: str, states: tuple[str, ...]) -> bool:
    value = _object(payload)
    return value.get("id") == name and value.get("state") in states


def _object(payload: bytes) -> dict[str, object]:
    try:
        value = json.loads(payload)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _is_text(secret: bytes) -> bool:
    try:
        secret.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
