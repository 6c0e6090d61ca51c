"""Checks of what the product needs, each quick, none raising."""

import logging
import os
import shutil
import socket
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from faceaccess.camera.open import open_source
from faceaccess.core.clock import Clock
from faceaccess.core.counting import counted
from faceaccess.core.errors import KnownError
from faceaccess.core.home import DataHome
from faceaccess.core.settings import Settings
from faceaccess.pipeline.results import Check
from faceaccess.store.protocol import Store
from faceaccess.vision.brought import brought_embedder, load
from faceaccess.vision.weights import list_weights

_log = logging.getLogger(__name__)

LEAST_FREE = 500 * 1024 * 1024
"""Bytes that should be free where the data is."""
_ANSWER_WITHIN = 2.0
"""Seconds within which a network camera must take a connection."""


class Doctor:
    """Looks at data folder, settings, database, head, weights, camera and display.

    Args:
        home: the data folder.
        settings: gives the settings in force.
        store: opens the store.
        clock: for the camera that is tried.
        environment: variables that tell about the display.
    """

    def __init__(
        self,
        home: DataHome,
        settings: Callable[[], Settings],
        store: Callable[[], Store],
        clock: Clock,
        environment: Mapping[str, str] = os.environ,
    ) -> None:
        self._home = home
        self._settings = settings
        self._store = store
        self._clock = clock
        self._environment = environment

    def run(self) -> Sequence[Check]:
        """Return every check in a fixed order. Nothing is made or changed."""
        checks: dict[str, Callable[[], str]] = {
            "data folder": self._data_folder,
            "free space": self._free_space,
            "settings": self._settings_readable,
            "database": self._database,
            "keys": self._keys,
            "head": self._head,
            "weights": self._weights,
            "camera": self._camera,
            "display": self._display,
        }
        return tuple(_checked(name, check) for name, check in checks.items())

    def _data_folder(self) -> str:
        root = self._home.root
        there = _nearest(root)
        if not there.is_dir():
            raise KnownError(f"{there} is a file.", "Choose another data folder.")
        if not os.access(there, os.W_OK | os.X_OK):
            raise KnownError(f"{there} cannot be written.", "Change its rights.")
        return f"{root} can be written." if there == root else f"{root} will be made."

    def _free_space(self) -> str:
        free = shutil.disk_usage(_nearest(self._home.root)).free
        text = f"{free / 1e9:.1f} GB free."
        if free < LEAST_FREE:
            raise KnownError(text, f"At least {LEAST_FREE / 1e9:.1f} GB should be.")
        return text

    def _settings_readable(self) -> str:
        self._settings()
        return "The settings can be read."

    def _database(self) -> str:
        if not self._home.database.exists():
            return "None yet; it is made at the first use."
        store = self._store()
        people, events = store.count_people(), store.count_events()
        return (
            f"Opens; {counted(people, 'person', 'people')}, {counted(events, 'event', 'events')}."
        )

    def _keys(self) -> str:
        ring = self._store().key_ring if self._home.database.exists() else None
        if ring is None:
            return "None yet; they are made with the data."
        others = ring.file.open_to_others()
        if others:
            raise KnownError(
                f"Other accounts of this computer may read {others[0]}.",
                "Take that right away (chmod 600), then make a new master key: "
                "`faceaccess keys rotate`.",
            )
        return f"{ring.file.path} opens; keep a copy: `faceaccess keys export`."

    def _head(self) -> str:
        serving = self._store().serving_head() if self._home.database.exists() else None
        if serving is None or not serving[1].person_ids:
            raise KnownError("Nobody is enrolled yet, so nobody is let in.", "Enrol somebody.")
        known = counted(len(serving[1].person_ids), "person", "people")
        return f"Version {serving[0].version} knows {known}."

    def _weights(self) -> str:
        settings = self._settings()
        chosen = (settings.detector, settings.embedder_name)
        if settings.embedder == "brought":
            load(self._home, brought_embedder(self._home, settings.brought_embedder))
        states = [one for one in list_weights(self._home) if one.model.name in chosen]
        missing = [f"{one.model.name}: {one.text}" for one in states if not one.available]
        if missing:
            raise KnownError(" ".join(missing))
        return f"{' and '.join(chosen)} are here and have the right hash."

    def _camera(self) -> str:
        address = self._settings().camera
        source = open_source(address, self._clock)
        parts = urlsplit(address)
        if parts.hostname and "://" in address:
            port = parts.port or {"rtsp": 554, "rtsps": 322, "https": 443}.get(parts.scheme, 80)
            try:
                socket.create_connection((parts.hostname, port), _ANSWER_WITHIN).close()
            except OSError as error:
                raise KnownError(
                    f"{source.address} does not answer: {error}.", "Check the address."
                ) from error
            return f"{source.address} takes connections."
        try:
            source.open()
        finally:
            source.close()
        return f"{source.address} opens."

    def _display(self) -> str:
        if sys.platform in ("win32", "darwin"):
            return "There is one."
        for name in ("WAYLAND_DISPLAY", "DISPLAY"):
            if self._environment.get(name):
                return f"{name} is {self._environment[name]}."
        raise KnownError(
            "There is no display, so no window can open.",
            "The command line works without; over ssh, try `ssh -X`.",
        )


def _checked(name: str, check: Callable[[], str]) -> Check:
    try:
        return Check(name, ok=True, text=check())
    except KnownError as error:
        return Check(name, ok=False, text=str(error))
    except Exception as error:  # noqa: BLE001  # one broken check must not hide the others
        _log.exception("the check of %s failed itself", name)
        return Check(name, ok=False, text=f"The check itself failed: {error!r}.")


def _nearest(path: Path) -> Path:
    """Return the path or its nearest parent that is there."""
    while not path.exists() and path != path.parent:
        path = path.parent
    return path
