"""Watches running doors, each on a thread of its own; ending one never holds up the window."""

from collections.abc import Callable, Mapping
from functools import partial

from PySide6.QtCore import QObject, Signal, Slot

from faceaccess.core.clock import Clock
from faceaccess.gui.door_screen.feed_thread import Feed, FeedThread, Told


class WatchedDoors(QObject):
    """The doors that are watched now.

    Args:
        open_feed: opens a door's feed, with pictures or without; called in the door's thread.
        clock: measures silence.
        parent: the owner.

    Attributes:
        told: emitted with a door's name and the newest `Told` of it.
    """

    told = Signal(str, object)

    def __init__(
        self, open_feed: Callable[[str, bool], Feed], clock: Clock, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._open_feed, self._clock = open_feed, clock
        self._watched: dict[str, _Watched] = {}
        self._ending: list[_Watched] = []

    def watch(self, wanted: Mapping[str, bool]) -> None:
        """Watch these doors and no others.

        Args:
            wanted: whether pictures are wanted, by the door's name.
        """
        for name, one in list(self._watched.items()):
            if wanted.get(name) != one.pictures:
                del self._watched[name]
                self._end(one)
        for name, pictures in wanted.items():
            if name not in self._watched:
                feed = FeedThread(
                    partial(self._open_feed, name, pictures), self._clock, mirror=False
                )
                one = _Watched(name, feed, pictures=pictures, parent=self)
                one.told.connect(self.told)
                one.ended.connect(self._on_ended)
                self._watched[name] = one
                feed.start()

    def stop(self) -> None:
        """End and join every thread; a door that is slow to answer is waited for."""
        self.watch({})
        for one in self._ending:
            one.feed.stop()
        self._ending.clear()

    def _end(self, one: "_Watched") -> None:
        one.told.disconnect(self.told)
        one.feed.ask_to_end()
        self._ending.append(one)
        if one.feed.isFinished():
            self._on_ended(one)

    @Slot(object)
    def _on_ended(self, one: "_Watched") -> None:
        if one in self._ending:
            self._ending.remove(one)
            one.feed.wait()
            one.deleteLater()


class _Watched(QObject):
    """One door's thread, with the door's name to what it tells."""

    told = Signal(str, object)
    ended = Signal(object)

    def __init__(self, name: str, feed: FeedThread, *, pictures: bool, parent: QObject) -> None:
        super().__init__(parent)
        self.name, self.pictures, self.feed = name, pictures, feed
        feed.setParent(self)
        feed.told.connect(self._on_told)
        feed.finished.connect(self._on_finished)

    @Slot(object)
    def _on_told(self, told: Told) -> None:
        self.told.emit(self.name, told)

    @Slot()
    def _on_finished(self) -> None:
        self.ended.emit(self)
