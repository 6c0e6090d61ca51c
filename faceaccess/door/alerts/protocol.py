"""What brings alerts to somebody."""

from typing import Protocol

DELIVERED_WITHIN = 5.0
"""Seconds within which an alert is taken or has failed."""


class AlertWay(Protocol):
    """One way to somebody; used by one thread."""

    def deliver(self, body: bytes) -> None:
        """Return when the other side has taken an alert.

        Args:
            body: a JSON object; its `id` is the same when it is sent again.

        Raises:
            KnownError: if it was not taken within `DELIVERED_WITHIN`; it may have arrived all the
                same.
        """
        ...

    def close(self) -> None:
        """Give back what is held. Never raises."""
        ...
