"""Keeps what is said long enough to be read. Pure.

Hints about the picture ("Hold still", "Come closer") change with every frame; nobody reads a word
in a tenth of a second. Answers and what the door waits for are shown at once.
"""

from dataclasses import replace

from faceaccess.gui.door_screen.shown import Level, Shown

READ_SECONDS = 0.8
"""For how long a hint stands at least before another one, or nobody, takes its place."""


class Steadiness:
    """Decides what stands now. Use from one thread."""

    def __init__(self) -> None:
        self._standing: Shown | None = None
        self._since = 0.0

    def take(self, new: Shown, moment: float) -> Shown:
        """Return what is to be shown.

        Args:
            new: what the station says now.
            moment: monotonic seconds.
        """
        standing = self._standing
        if (
            standing is not None
            and standing.level is Level.HINT
            and new.level in {Level.HINT, Level.IDLE}
            and not _is_same(standing, new)
            and 0 <= moment - self._since < READ_SECONDS
        ):
            self._standing = replace(standing, face=new.face)
            return self._standing
        if standing is None or not _is_same(standing, new):
            self._since = moment
        self._standing = new
        return new


def _is_same(first: Shown, second: Shown) -> bool:
    return (first.level, first.word, first.sentence) == (second.level, second.word, second.sentence)
