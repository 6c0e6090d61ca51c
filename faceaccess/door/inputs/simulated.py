"""`simulated:FILE` an input that is none: whatever the file says, for trying a door out."""

import time
from pathlib import Path

from faceaccess.core.errors import KnownError
from faceaccess.door.address import DeviceAddress
from faceaccess.door.inputs.protocol import Words

_EVERY = 0.05  # s
_AGAIN = 0.02  # s
_LONGEST = 100  # bytes


class SimulatedInput:
    """An `InputSource` that reads a file with one word: "closed" or "open", or the options `on`
    and `off`. A file that is not there is an input that is lost.

    Raises:
        KnownError: if the address is wrong.
    """

    def __init__(self, address: DeviceAddress) -> None:
        if not address.path or address.host:
            raise KnownError(
                f"The {address.named} names no file.", "Write it as simulated:contact.txt."
            )
        self._named = address.named
        self._file = Path(address.path)
        self._words = Words(address, "closed", "open")
        self._first = True

    def open(self) -> None:
        """See `InputSource.open`."""
        self._first = True

    def read(self, within: float) -> bool:
        """See `InputSource.read`."""
        if not self._first:
            time.sleep(min(within, _EVERY))
        self._first = False
        said = self._said()
        if not said:  # somebody is writing it just now
            time.sleep(_AGAIN)
            said = self._said()
        return self._words.meant(said)

    def _said(self) -> str:
        try:
            with self._file.open("rb") as opened:
                return opened.read(_LONGEST).decode("utf-8", "replace").strip()
        except OSError as error:
            raise KnownError(
                f"The {self._named} cannot be read: {error.strerror}.",
                "Write closed or open into the file.",
            ) from None

    def close(self) -> None:
        """See `InputSource.close`: nothing is held."""
