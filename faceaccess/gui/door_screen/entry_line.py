"""What somebody enters at the screen: kept for seconds, shown as dots, forgotten. Pure."""

from faceaccess.core.second_factors import LONGEST_ENTRY

FORGET_SECONDS = 10.0
"""Seconds after the last key after which what was begun is forgotten."""


class EntryLine:
    """Collects keys until they are sent. Never printed or logged."""

    def __init__(self) -> None:
        self._keys = ""
        self._last = 0.0

    def __len__(self) -> int:
        return len(self._keys)

    def add(self, key: str, moment: float) -> None:
        """Take one printable ASCII character; others, and more than fit, are left out."""
        self.forget_old(moment)
        self._last = moment
        if len(key) == 1 and " " < key <= "~" and len(self._keys) < LONGEST_ENTRY:
            self._keys += key

    def back(self, moment: float) -> None:
        """Take the last key away."""
        self.forget_old(moment)
        self._last = moment
        self._keys = self._keys[:-1]

    def clear(self) -> None:
        """Forget everything."""
        self._keys = ""

    def forget_old(self, moment: float) -> bool:
        """Forget what was begun too long ago; whether there was anything."""
        if self._keys and not 0 <= moment - self._last < FORGET_SECONDS:
            self.clear()
            return True
        return False

    def take(self, moment: float) -> str:
        """Return what was entered and forget it; "" for nothing."""
        self.forget_old(moment)
        taken, self._keys = self._keys, ""
        return taken
