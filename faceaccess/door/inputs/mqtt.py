"""`mqtt:` and `mqtts:` an input behind a broker: what a device says on its topic."""

import json
import threading
from time import monotonic

from faceaccess.core.errors import KnownError
from faceaccess.door.address import DeviceAddress
from faceaccess.door.inputs.protocol import Words
from faceaccess.door.locks.broker import Broker
from faceaccess.door.locks.deadline import Deadline
from faceaccess.door.locks.mqtt import broker_access, topic_of

_CONNECTS_WITHIN = 2.0  # s


class MqttInput:
    """An `InputSource` that listens to one topic.

    Addresses: `mqtt://user@host:1883/TOPIC?password_env=NAME`; what is said there is `on` or `off`
    (the options, "ON" and "OFF" without), or stands in the field `field` of a JSON object.

    A device that is dead says nothing, and a broker does not tell. So the address has to say how
    that is noticed: `silent=SECONDS` (it says something at least so often), or
    `availability=TOPIC`, where "offline" (or `{"state": "offline"}`) means that it is lost;
    `silent=0` to go without.
    A message that the broker has kept counts with `retained=yes` alone: nobody knows how old it is.

    Raises:
        KnownError: if the address is wrong.
    """

    def __init__(self, address: DeviceAddress) -> None:
        self._named = address.named
        topic = topic_of(address.path, address.named)
        availability = address.options.get("availability", "")
        if "silent" not in address.options and not availability:
            raise KnownError(
                f"The {self._named} does not say how a dead device is noticed.",
                "Add silent=SECONDS (it says something at least so often), or availability=TOPIC; "
                "silent=0 to go without.",
            )
        self._silent = address.number("silent", 0, 0, 1_000_000)
        self._availability = topic_of(availability, address.named) if availability else ""
        self._words = Words(address, "ON", "OFF")
        self._field = address.options.get("field", "")
        self._retained = address.choice("retained", ("no", "yes")) == "yes"
        self._topic = topic
        topics = tuple(filter(None, (topic, self._availability)))
        self._broker = Broker(broker_access(address, topics), self._hear)
        self._heard = threading.Condition()
        self._said: str | None = None
        self._last = 0.0
        self._away = False
        self._unread = False

    def open(self) -> None:
        """See `InputSource.open`."""
        with self._heard:
            self._said, self._away, self._last = None, False, monotonic()
        self._broker.reached(Deadline(_CONNECTS_WITHIN))

    def read(self, within: float) -> bool | None:
        """See `InputSource.read`."""
        with self._heard:
            self._heard.wait_for(lambda: self._unread, within)
            self._unread = False
            said, away = self._said, self._away
            silent = monotonic() - self._last
        if self._broker.lost:
            raise KnownError(
                f"The broker of the {self._named} went away.", "Look at the broker and the network."
            )
        if away:
            raise KnownError(
                f"The {self._named} is offline, its broker says.", "Look at the device's power."
            )
        if self._silent and silent > self._silent:
            raise KnownError(
                f"The {self._named} has said nothing for {self._silent} s.",
                "Look at the device's power and network.",
            )
        return None if said is None else self._words.meant(said)

    def close(self) -> None:
        """See `InputSource.close`."""
        self._broker.close()

    def _hear(self, topic: str, payload: bytes, retained: bool) -> None:  # noqa: FBT001  # as MQTT has it
        text = payload.decode("utf-8", "replace").strip()
        with self._heard:
            if topic == self._availability:
                self._away = _field_of(text, "state") == "offline"
                self._unread = True
            elif not retained or self._retained:
                said = _field_of(text, self._field) if self._field else text
                self._said = self._said if said is None else said
                self._last = monotonic()
                self._unread = True
            self._heard.notify_all()


def _field_of(text: str, field: str) -> str | None:
    """Return what the field of a JSON object holds, None without it; of other text, the text."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return text
    if not isinstance(value, dict):
        return text
    found = value.get(field)
    if isinstance(found, bool):
        return "true" if found else "false"
    return None if found is None else str(found)[:1_000]
