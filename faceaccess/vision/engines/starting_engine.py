"""Answers at once; the faster engine is loaded when there is time for it."""

import logging
import threading
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from faceaccess.vision.protocols import Engine

_log = logging.getLogger(__name__)


class StartingEngine:
    """Runs a network by an engine that is there at once, and by another once that is loaded.

    Importing torch takes seconds of the processor; a door that was killed must be back before. Both
    engines run the same network: their vectors differ by rounding alone. If the other one cannot be
    loaded, that is logged, and the first one goes on.

    Args:
        first: what answers meanwhile.
        load: makes the other engine; called once, by `change_over`.
    """

    def __init__(self, first: Engine, load: Callable[[], Engine]) -> None:
        self._engine = first
        self._load = load
        self._thread: threading.Thread | None = None

    def run(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the network's output for (n, channels, height, width) float32, n >= 1."""
        return self._engine.run(batch)

    def change_over(self) -> None:
        """Begin to load the other engine, on a thread of its own; only the first call counts."""
        if self._thread is None:
            # No daemon: the interpreter must not end in the middle of an import.
            self._thread = threading.Thread(target=self._load_other, name="engine")
            self._thread.start()

    def wait(self) -> None:
        """Wait until the other engine is loaded, or could not be; at once before `change_over`."""
        if self._thread is not None:
            self._thread.join()

    def _load_other(self) -> None:
        try:
            self._engine = self._load()
        except Exception:  # noqa: BLE001  # the first engine is as good, only slower
            if threading.main_thread().is_alive():  # else the program has ended meanwhile
                _log.exception("the faster engine cannot be loaded; the first one goes on")
