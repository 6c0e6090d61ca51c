"""Small pictures for lists: read off the window's thread, only where they are looked at."""

from collections import OrderedDict
from collections.abc import Callable, Hashable

import numpy as np
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QImage

from faceaccess.core.frames import Image
from faceaccess.gui.models.loader import Loader

SIDE = 112
"""Side of a thumbnail as it is kept, pixels."""


def to_qimage(image: Image) -> QImage:
    """Return a picture as Qt draws it; the pixels are copied.

    Args:
        image: (height, width) uint8 grey or (height, width, 3) uint8 blue-green-red.
    """
    pixels = np.ascontiguousarray(image)
    height, width = pixels.shape[:2]
    form = QImage.Format.Format_Grayscale8 if pixels.ndim == 2 else QImage.Format.Format_BGR888
    return QImage(pixels.data, width, height, pixels.strides[0], form).copy()


def small(image: Image, side: int = SIDE) -> QImage:
    """Return a picture scaled down so that its shorter side is at most `side` pixels."""
    whole = to_qimage(image)
    if min(whole.width(), whole.height()) <= side:
        return whole
    return whole.scaled(
        side,
        side,
        Qt.AspectRatioMode.KeepAspectRatioByExpanding,
        Qt.TransformationMode.SmoothTransformation,
    )


class Thumbnails(QObject):
    """A bounded cache of small pictures by key.

    Attributes:
        ready: a key whose picture came in (also where there turned out to be none).

    Args:
        loader: where the reading is done; its other requests are left alone.
        fetch: returns the picture of a key, or None where there is none; called off the window's
            thread.
        kept: how many pictures are held; the one looked at longest ago goes first.
    """

    ready = Signal(object)

    def __init__(
        self,
        loader: Loader,
        fetch: Callable[[str], Image | None],
        parent: QObject | None = None,
        *,
        kept: int = 600,
    ) -> None:
        super().__init__(parent)
        self._loader = loader
        self._fetch = fetch
        self._kept = kept
        self._pictures: OrderedDict[str, QImage | None] = OrderedDict()
        self._asked: set[str] = set()
        loader.loaded.connect(self._on_loaded)
        loader.failed.connect(self._on_failed)
        loader.dropped.connect(self._on_dropped)

    def get(self, key: str) -> QImage | None:
        """Return the picture if it is at hand; else ask for it, and return None for now."""
        if key in self._pictures:
            self._pictures.move_to_end(key)
            return self._pictures[key]
        if key not in self._asked:
            self._asked.add(key)
            fetch = self._fetch
            self._loader.ask((id(self), key), lambda: _fetched(fetch, key))
        return None

    def has(self, key: str) -> bool:
        """Return whether the answer for a key is known, without asking for it."""
        return key in self._pictures

    def clear(self) -> None:
        """Forget every picture, for example because people were edited."""
        self._pictures.clear()
        self._asked.clear()

    def __len__(self) -> int:
        return len(self._pictures)

    def _mine(self, key: Hashable) -> str | None:
        if isinstance(key, tuple) and key[0] == id(self):
            return str(key[1])
        return None

    def _on_loaded(self, key: Hashable, picture: QImage | None) -> None:
        mine = self._mine(key)
        if mine is None or mine not in self._asked:
            return
        self._asked.discard(mine)
        self._pictures[mine] = picture
        while len(self._pictures) > self._kept:
            self._pictures.popitem(last=False)
        self.ready.emit(mine)

    def _on_failed(self, key: Hashable, _error: Exception) -> None:
        # A row whose picture cannot be read keeps its placeholder; the page itself, which is read
        # from the same store, reports the trouble.
        self._on_loaded(key, None)

    def _on_dropped(self, key: Hashable) -> None:
        mine = self._mine(key)
        if mine is not None:
            self._asked.discard(mine)


def _fetched(fetch: Callable[[str], Image | None], key: str) -> QImage | None:
    image = fetch(key)
    return None if image is None else small(image)
