"""From bytes, as card readers and keypads send them, to what somebody entered."""

from faceaccess.core.second_factors import LONGEST_ENTRY

PAUSE = 5.0
"""Seconds after which what was begun is forgotten: the next digits are somebody else's."""
_ENDS = frozenset(b"\r\n#\x03")  # end of a line, a keypad's enter, ETX
_BEGINS = frozenset(b"*\x1b\x02")  # a keypad's and a keyboard's "clear", STX
_BACK = frozenset(b"\x08\x7f")


class EntryLines:
    """Collects bytes until a line is whole. Never holds more than one line of `LONGEST_ENTRY`.

    A line that is too long, or has bytes that are no printable ASCII, is dropped as a whole.
    """

    def __init__(self) -> None:
        self._line = bytearray()
        self._bad = False
        self._last = 0.0

    def fed(self, data: bytes, moment: float) -> tuple[list[str], int]:
        """Take bytes as they came.

        Args:
            data: any bytes.
            moment: when, monotonic seconds.

        Returns:
            The lines that are whole now, without surrounding blanks and never empty; and how many
            were dropped.
        """
        if moment - self._last > PAUSE:
            self._clear()
        self._last = moment
        lines, dropped = [], 0
        for byte in data:
            if byte in _ENDS:
                text = self._line.decode("ascii").strip()
                if self._bad:
                    dropped += 1
                elif text:
                    lines.append(text)
                self._clear()
            elif byte in _BEGINS:
                self._clear()
            elif byte in _BACK:
                del self._line[-1:]
            elif self._bad or not 0x20 <= byte < 0x7F or len(self._line) >= LONGEST_ENTRY:
                self._bad = True
                self._line.clear()
            else:
                self._line.append(byte)
        return lines, dropped

    def _clear(self) -> None:
        self._line.clear()
        self._bad = False
