"""One owner a camera, many subscribers: Live and Enrol look at the same picture."""

import threading
from dataclasses import dataclass

from faceaccess.camera.open import open_source
from faceaccess.camera.reader import CameraReader, CameraState, Subscription
from faceaccess.core.clock import Clock
from faceaccess.core.errors import BugError
from faceaccess.core.frames import Frame


@dataclass(eq=False)
class _Owned:
    reader: CameraReader
    users: int = 0


class HubSubscription:
    """One subscriber's share in a camera; the last to close it switches the camera off."""

    def __init__(self, hub: "CameraHub", key: str, place: Subscription) -> None:
        self._hub = hub
        self._key = key
        self._place = place
        self._guard = threading.Lock()
        self._closed = False

    @property
    def state(self) -> CameraState:
        """How the camera is."""
        return self._place.state

    def next(self, timeout: float | None = None) -> Frame | None:
        """Return the newest frame not yet taken; see `Subscription.next`."""
        return self._place.next(timeout)

    def close(self) -> None:
        """Give the share up; does not wait for the camera. Harmless when done already."""
        with self._guard:
            if self._closed:
                return
            self._closed = True
        self._place.close()
        self._hub.release(self._key)


class CameraHub:
    """All cameras that this program has open, by address. Safe from any thread.

    Args:
        clock: for the sources and their readers.
        retry_seconds, stall_seconds: see `CameraReader`.
    """

    def __init__(
        self, clock: Clock, *, retry_seconds: float = 2.0, stall_seconds: float = 5.0
    ) -> None:
        self._clock = clock
        self._retry_seconds = retry_seconds
        self._stall_seconds = stall_seconds
        self._guard = threading.Lock()
        self._owned: dict[str, _Owned] = {}
        self._leaving: dict[str, CameraReader] = {}
        self._closed = False

    def subscribe(self, address: str, *, name: str = "Camera") -> HubSubscription:
        """Return a share in a camera, which is switched on if nobody had it yet.

        Args:
            address: see `faceaccess.camera.open.open_source`.
            name: what the camera is called; the first subscriber's name counts.

        Raises:
            KnownError: if the address means nothing. A camera that is not there or busy is no
                error here: the share's `state` tells it, and it is tried again.
        """
        key = address.strip()
        with self._guard:
            if self._closed:
                raise BugError("the camera hub is closed")
            owned = self._owned.get(key)
            if owned is None or owned.reader.state.kind in ("ended", "failed"):
                owned = self._switched_on(key, name)
            owned.users += 1
            return HubSubscription(self, key, owned.reader.subscribe())

    def release(self, key: str) -> None:
        """Count one subscriber less; `HubSubscription.close` calls this."""
        with self._guard:
            owned = self._owned.get(key)
            if owned is None:
                return
            owned.users -= 1
            if owned.users > 0:
                return
            del self._owned[key]
            self._leaving[key] = owned.reader
        owned.reader.request_stop()

    def close(self) -> None:
        """Switch every camera off and wait for the threads; subscribers get None from now on."""
        with self._guard:
            self._closed = True
            readers = [owned.reader for owned in self._owned.values()]
            readers += self._leaving.values()
            self._owned.clear()
            self._leaving.clear()
        for reader in readers:
            reader.request_stop()
        for reader in readers:
            reader.join()

    def _switched_on(self, key: str, name: str) -> _Owned:
        """Return a started reader; a finished recording starts anew for its next subscriber."""
        former = self._owned.get(key)
        reader = CameraReader(
            open_source(key, self._clock, name=name),
            self._clock,
            retry_seconds=self._retry_seconds,
            stall_seconds=self._stall_seconds,
        )
        owned = _Owned(reader, users=former.users if former else 0)
        self._owned[key] = owned
        reader.start(after=former.reader if former else self._leaving.pop(key, None))
        return owned
