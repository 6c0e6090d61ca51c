"""What an input is: one circuit that is closed or open, or of which nothing is known."""

from typing import Protocol

from faceaccess.core.errors import KnownError
from faceaccess.door.address import DeviceAddress

LOOK = 0.2
"""Longest time for which a source waits for a change, s."""


class InputSource(Protocol):
    """Where an input's state comes from; used by one thread."""

    def open(self) -> None:
        """Reach it.

        Raises:
            KnownError: if it cannot be reached now; it is tried again.
        """
        ...

    def read(self, within: float) -> bool | None:
        """Return whether the circuit is closed now; None while nothing has said so yet.

        Args:
            within: seconds for which a change may be waited for.

        Raises:
            KnownError: if it went away or says something that is not understood; it is opened
                again.
        """
        ...

    def close(self) -> None:
        """Give it back; may be called at any time."""
        ...


class Words:
    """What an input says in words, and what they mean: the options `on` (the circuit is closed)
    and `off`.

    Raises:
        KnownError: if they are empty or the same.
    """

    def __init__(self, address: DeviceAddress, on: str, off: str) -> None:
        self._named = address.named
        self.on = address.options.get("on", on)
        self.off = address.options.get("off", off)
        if not self.on or not self.off or self.on == self.off:
            raise KnownError(
                f"The {self._named} needs both on and off, and they must differ.",
                f"Write them as on={on}&off={off}, as it says them.",
            )

    def meant(self, said: str) -> bool:
        """Return whether the circuit is closed.

        Raises:
            KnownError: if it is neither word.
        """
        if said == self.on:
            return True
        if said == self.off:
            return False
        raise KnownError(
            f"The {self._named} says {said[:40]!r}, which is neither {self.on!r} nor {self.off!r}.",
            "Give its words in the address: on=WORD&off=WORD.",
        )
