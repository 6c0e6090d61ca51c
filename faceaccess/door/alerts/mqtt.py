"""`mqtt:` and `mqtts:` alerts as messages to a topic, QoS 1, not retained."""

from faceaccess.door.address import DeviceAddress
from faceaccess.door.alerts.protocol import DELIVERED_WITHIN
from faceaccess.door.locks.broker import Broker
from faceaccess.door.locks.deadline import Deadline
from faceaccess.door.locks.mqtt import broker_access, topic_of


class MqttAlerts:
    """An `AlertWay`. Addresses: `mqtts://user@host:8883/TOPIC?password_env=NAME`; with
    `password_file`, `ca` and `version` as for locks.

    A broker with MQTT 5 says when nobody listens to the topic: then the alert is not delivered.

    Raises:
        KnownError: if the address is wrong or the password cannot be had.
    """

    def __init__(self, address: DeviceAddress) -> None:
        self._broker = Broker(broker_access(address, ()), lambda *_: None)
        self._topic = topic_of(address.path, address.named)

    def deliver(self, body: bytes) -> None:
        """See `AlertWay.deliver`."""
        deadline = Deadline(DELIVERED_WITHIN)
        self._broker.publish(self._topic, body.decode(), deadline, expires=None)

    def close(self) -> None:
        """See `AlertWay.close`."""
        self._broker.close()
