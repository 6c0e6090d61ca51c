"""A connection to an MQTT broker that never sends later what was meant for now.

The client library keeps what a broker has not confirmed and sends it again after a reconnection;
for a door that would be an opening minutes late. So it is never let reconnect: whoever commands
next makes a new connection, with nothing left over, and messages expire at the broker (MQTT 5).
"""

import contextlib
import json
import logging
import socket
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from secrets import token_hex

from paho.mqtt.client import (
    Client,
    ConnectFlags,
    DisconnectFlags,
    MQTTMessage,
    MQTTv5,
    MQTTv311,
)
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from faceaccess.core.locks import LockError
from faceaccess.door.locks.deadline import Deadline
from faceaccess.door.locks.host import Host
from faceaccess.door.locks.tls import secured, unreachable

_log = logging.getLogger(__name__)

KEEPALIVE = 10  # s; the broker says that we are away after half as much again
EXPIRES_AFTER = 2  # s; no command is delivered later than that, with MQTT 5
LONGEST_PAYLOAD = 65_536  # bytes
_LEAVES_WITHIN = 0.5  # s, for a word of farewell
_CUTS_WITHIN = 0.05  # s, where the broker did not answer anyway
_NOBODY_LISTENS = 16  # MQTT 5, 3.4.2.1: "No matching subscribers"

Received = Callable[[str, bytes, bool], None]


@dataclass(frozen=True)
class BrokerAccess:
    """Where a broker is and what is said to it.

    Attributes:
        named: whose broker it is, for people: "lock mqtt://...".
        name: the host as given; verified by TLS.
        port: TCP port.
        user: or "".
        password: or None.
        context: for TLS, or None.
        version: 5 or 3 (for 3.1.1).
        topics: what is listened to, may be none.
        presence_topic: gets a retained "online" and "offline", or "" for none.
        announcements: retained messages for the beginning, topic to payload.
    """

    named: str
    name: str
    port: int
    user: str
    password: bytes | None = field(repr=False)
    context: ssl.SSLContext | None
    version: int
    topics: tuple[str, ...] = ()
    presence_topic: str = ""
    announcements: dict[str, str] = field(default_factory=dict)


class Broker:
    """One connection, made anew when it is needed and was lost.

    Args:
        access: where and as whom.
        received: gets topic and payload of each message that is listened to, and whether it was
            retained (so from before), in the client's thread.
    """

    def __init__(self, access: BrokerAccess, received: Received) -> None:
        self._access = access
        self._received = received
        self._host = Host(access.name, access.named)
        self._client: Client | None = None
        self._changed = threading.Condition()
        self._connected: ReasonCode | None = None
        self._subscribed: list[ReasonCode] | None = None
        self._lost = False
        self._confirmed: dict[int, ReasonCode] = {}  # the broker's word on each message

    def publish(
        self,
        topic: str,
        payload: str,
        deadline: Deadline,
        *,
        expires: int | None = EXPIRES_AFTER,
    ) -> None:
        """Hand a message to the broker, QoS 1, not retained; connect first where needed.

        Args:
            topic: where to.
            payload: text.
            deadline: when it must have been taken.
            expires: seconds after which a broker with MQTT 5 drops it, or None for never.

        Raises:
            LockError: if there is no broker, it refuses us, or does not take it in time. The
                message is then never sent again.
        """
        client = self._ready(deadline)
        properties = None
        if self._access.version == 5 and expires is not None:
            properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]  # the library's
            properties.MessageExpiryInterval = expires
        sent = client.publish(topic, payload, qos=1, properties=properties)
        with self._changed:
            if sent.rc == MQTTErrorCode.MQTT_ERR_SUCCESS:
                self._changed.wait_for(
                    lambda: sent.mid in self._confirmed or self._lost, deadline.left()
                )
            answer = self._confirmed.get(sent.mid)
        if answer is None:
            self.close(_CUTS_WITHIN)  # with all that it would send again
            raise LockError(
                f"The broker of the {self._access.named} does not take the message.",
                "Look at the broker and the network.",
            )
        if answer.value == _NOBODY_LISTENS:
            raise LockError(
                f"Nobody listens to the {self._access.named} on {topic}.",
                "Is its device on, and connected to the broker?",
            )
        if answer.is_failure:
            raise LockError(
                f"The broker of the {self._access.named} refuses the message ({answer.getName()}).",
                f"May the user write to {topic}?",
            )

    @property
    def lost(self) -> bool:
        """Whether there is no connection now, or it broke."""
        return self._client is None or self._lost

    def reached(self, deadline: Deadline) -> None:
        """See that the broker is there and lets us in.

        Raises:
            LockError: if not.
        """
        self._ready(deadline)

    def close(self, within: float = _LEAVES_WITHIN) -> None:
        """Say that we leave, and leave within so many seconds. Never raises."""
        client, self._client = self._client, None
        if client is None:
            return
        connection = client.socket()
        with contextlib.suppress(ValueError, RuntimeError):
            if self._access.presence_topic and not self._lost:
                client.publish(self._access.presence_topic, "offline", qos=0, retain=True)
            client.disconnect()
        with self._changed:
            self._changed.wait_for(lambda: self._lost, within)
        if isinstance(connection, socket.socket):
            with contextlib.suppress(OSError):  # it is closed already
                socket.socket.shutdown(connection, socket.SHUT_RDWR)
        client.loop_stop()

    def _ready(self, deadline: Deadline) -> Client:
        if self._client is not None and self._lost:
            self.close()
        if self._client is None:
            self._connect(deadline)
        assert self._client is not None
        return self._client

    def _connect(self, deadline: Deadline) -> None:
        access = self._access
        self._connected = self._subscribed = None
        self._lost = False
        self._confirmed = {}
        client = Client(
            CallbackAPIVersion.VERSION2,
            f"faceaccess-{token_hex(6)}",
            protocol=MQTTv5 if access.version == 5 else MQTTv311,
            reconnect_on_failure=False,
        )
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        client.on_publish = self._on_publish
        client.on_message = self._on_message
        client.on_disconnect = self._on_disconnect
        if access.user:
            password = None if access.password is None else access.password.decode("utf-8")
            client.username_pw_set(access.user, password)
        if access.context is not None:
            client.tls_set_context(_named(access.context, access.name, deadline))
        if access.presence_topic:
            client.will_set(access.presence_topic, "offline", qos=1, retain=True)
        client.connect_timeout = max(deadline.left(), 0.05)
        address = self._host.address(deadline)
        try:
            client.connect(address, access.port, keepalive=KEEPALIVE)
        except (OSError, ValueError) as error:
            raise unreachable(error, access.named) from None
        client.loop_start()
        self._client = client
        try:
            self._let_in(deadline)
            self._listen(client, deadline)
        except LockError:
            self.close(_CUTS_WITHIN)
            raise
        for topic, payload in access.announcements.items():
            client.publish(topic, payload, qos=1, retain=True)
        if access.presence_topic:
            client.publish(access.presence_topic, "online", qos=1, retain=True)

    def _let_in(self, deadline: Deadline) -> None:
        """Wait for the broker's word on us."""
        named = self._access.named
        with self._changed:
            self._changed.wait_for(
                lambda: self._connected is not None or self._lost, deadline.left()
            )
            answer = self._connected
        if answer is None:
            raise LockError(
                f"What is at the host and port of the {named} does not answer as an MQTT "
                "broker should.",
                "Look at host and port; an old broker needs ?version=3, one with TLS mqtts:.",
            )
        if not answer.is_failure:
            return
        word = answer.getName()
        if word in ("Not authorized", "Bad user name or password", "Banned"):
            raise LockError(
                f"The broker of the {named} refuses user or password ({word}).",
                "Look at the user in the address and at the variable or file with the password.",
            )
        raise LockError(
            f"The broker of the {named} refuses the connection ({word}).",
            "An old broker needs ?version=3." if "ersion" in word else "Look at its log.",
        )

    def _listen(self, client: Client, deadline: Deadline) -> None:
        topics = self._access.topics
        if not topics:
            return
        client.subscribe([(topic, 1) for topic in topics])
        with self._changed:
            self._changed.wait_for(
                lambda: self._subscribed is not None or self._lost, deadline.left()
            )
            answer = self._subscribed
        if not answer or any(reason.is_failure for reason in answer):
            raise LockError(
                f"The broker of the {self._access.named} does not let us listen to "
                f"{' and '.join(topics)}.",
                "May the user read it?",
            )

    def _on_connect(
        self,
        client: Client,  # noqa: ARG002  # the library's signature, here and below
        userdata: object,  # noqa: ARG002
        flags: ConnectFlags,  # noqa: ARG002
        reason: ReasonCode,
        properties: Properties | None,  # noqa: ARG002
    ) -> None:
        with self._changed:
            self._connected = reason
            self._changed.notify_all()

    def _on_subscribe(
        self,
        client: Client,  # noqa: ARG002
        userdata: object,  # noqa: ARG002
        number: int,  # noqa: ARG002
        reasons: list[ReasonCode],
        properties: Properties | None,  # noqa: ARG002
    ) -> None:
        with self._changed:
            self._subscribed = reasons
            self._changed.notify_all()

    def _on_publish(
        self,
        client: Client,  # noqa: ARG002
        userdata: object,  # noqa: ARG002
        number: int,
        reason: ReasonCode,
        properties: Properties | None,  # noqa: ARG002
    ) -> None:
        with self._changed:
            self._confirmed[number] = reason
            self._changed.notify_all()

    def _on_disconnect(
        self,
        client: Client,  # noqa: ARG002
        userdata: object,  # noqa: ARG002
        flags: DisconnectFlags,  # noqa: ARG002
        reason: ReasonCode,  # noqa: ARG002
        properties: Properties | None,  # noqa: ARG002
    ) -> None:
        with self._changed:
            self._lost = True
            self._changed.notify_all()

    def _on_message(self, client: Client, userdata: object, message: MQTTMessage) -> None:  # noqa: ARG002
        if len(message.payload) > LONGEST_PAYLOAD:
            _log.debug("a message of %d bytes is not read", len(message.payload))
            return
        self._received(message.topic, bytes(message.payload), message.retain)


class _Named(ssl.SSLContext):
    """A context that shakes hands within the deadline and verifies the name as it was given; the
    client library knows the numeric address alone. What verifies is `inner`.
    """

    inner: ssl.SSLContext
    name: str
    deadline: Deadline

    def wrap_socket(self, sock: socket.socket, *_: object, **__: object) -> ssl.SSLSocket:
        """Return the socket with its handshake done."""
        return secured(sock, self.inner, self.name, self.deadline)


def _named(inner: ssl.SSLContext, name: str, deadline: Deadline) -> _Named:
    context = _Named(ssl.PROTOCOL_TLS_CLIENT)
    context.inner, context.name, context.deadline = inner, name, deadline
    return context


def as_json(**fields: object) -> str:
    """Return a payload."""
    return json.dumps(fields, separators=(",", ":"))
