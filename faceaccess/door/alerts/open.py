"""From an address, as people type it, to a way of telling somebody, and what is told."""

from dataclasses import dataclass

from faceaccess.core.alerts import KINDS
from faceaccess.core.clock import Clock
from faceaccess.core.errors import KnownError
from faceaccess.door.address import parse_address
from faceaccess.door.alerts.protocol import AlertWay

_OF_ALL = ("kinds", "names")
_HTTP = ("secret_env", "secret_file", "token_env", "token_file", "ca")
_MQTT = ("password_env", "password_file", "ca", "version")
_SCHEMES = {"http": _HTTP, "https": _HTTP, "mqtt": _MQTT, "mqtts": _MQTT}
_KINDS = f"Begin it with one of: {', '.join(f'{scheme}:' for scheme in _SCHEMES)}."


@dataclass(frozen=True)
class AlertTarget:
    """Somebody who is told.

    Attributes:
        address: without secrets.
        way: how.
        kinds: what is told, out of `KINDS`.
        names: whether people are named.
    """

    address: str
    way: AlertWay
    kinds: tuple[str, ...]
    names: bool


def open_alerts(address: str, clock: Clock) -> AlertTarget:
    """Return whom an address means; nobody is reached for yet.

    Args:
        address: see the module of each scheme for its grammar; besides, `kinds=forced_open,...`
            for some alone, and `names=yes` to name people.
        clock: gives the time of requests.

    Raises:
        KnownError: if the address means nothing, or holds a secret.
    """
    parsed = parse_address(address, _KINDS, "alert address")
    options = _SCHEMES.get(parsed.scheme)
    if options is None:
        raise KnownError(f"Alerts cannot go to addresses of the kind {parsed.scheme}:.", _KINDS)
    parsed.only(*_OF_ALL, *options)
    kinds = tuple(filter(None, parsed.options.get("kinds", ",".join(KINDS)).split(",")))
    for kind in kinds:
        if kind not in KINDS:
            raise KnownError(
                f"The {parsed.named} asks for {kind!r}, which is never told.",
                f"There are: {', '.join(KINDS)}.",
            )
    if not kinds:
        raise KnownError(f"The {parsed.named} asks for nothing.", "Leave kinds out for all.")
    way: AlertWay
    if parsed.scheme in ("mqtt", "mqtts"):
        from faceaccess.door.alerts.mqtt import MqttAlerts

        way = MqttAlerts(parsed)
    else:
        from faceaccess.door.alerts.webhook import WebhookAlerts

        way = WebhookAlerts(parsed, clock)
    return AlertTarget(parsed.shown, way, kinds, parsed.choice("names", ("no", "yes")) == "yes")
