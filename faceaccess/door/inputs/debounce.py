"""A state counts when it has lasted: contacts of metal bounce."""


class Debounced:
    """The state of one input, without its bouncing.

    Args:
        seconds: for which a new state must last. One that is not known counts at once.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._seen: bool | None = None
        self._since = 0.0
        self.state: bool | None = None

    def seen(self, state: bool | None, moment: float) -> float | None:  # noqa: FBT001  # a state
        """Take what is seen now.

        Returns:
            Since when `state` is so, where it has changed just now; else None.
        """
        if state != self._seen:
            self._seen, self._since = state, moment
        if state == self.state:
            return None
        if state is not None and moment - self._since < self._seconds:
            return None
        self.state = state
        return self._since

    def left(self, moment: float) -> float | None:
        """Seconds until what is seen counts; None where it counts already."""
        if self._seen == self.state:
            return None
        return max(0.0, self._since + self._seconds - moment)
