"""The networks that the product knows, and trusting a weights file."""

import logging
from collections.abc import Callable, Sequence
from pathlib import Path

from faceaccess.core.actors import Actor
from faceaccess.core.errors import BugError, KnownError
from faceaccess.core.home import DataHome
from faceaccess.core.settings import Settings
from faceaccess.pipeline.results import ModelInfo
from faceaccess.vision.weights import list_weights, manifest, trust

_log = logging.getLogger(__name__)


class Models:
    """Lists and trusts weights. Loads no network.

    Args:
        home: the data folder.
        settings: gives the settings in force.
    """

    def __init__(self, home: DataHome, settings: Callable[[], Settings]) -> None:
        self._home, self._settings = home, settings

    def list(self) -> Sequence[ModelInfo]:
        """Return every network that the product knows; weights files are hashed.

        Raises:
            KnownError: if the list of trusted files cannot be read.
        """
        settings = self._settings()
        chosen = {settings.detector, settings.embedder}
        return tuple(
            ModelInfo(
                name=state.model.name,
                kind=state.model.kind,
                licence=state.model.licence,
                origin=state.model.origin,
                sha256=state.sha256,
                available=state.available,
                in_use=state.model.name in chosen,
                text=state.text,
            )
            for state in list_weights(self._home)
        )

    def trust(self, actor: Actor, file: Path, name: str | None = None) -> ModelInfo:
        """Trust a weights file by its SHA-256 from now on.

        Args:
            actor: who trusts it.
            file: the weights file.
            name: the network that it belongs to, or None for the one that takes a user's file.

        Raises:
            KnownError: if the file cannot be read or no network of the product takes it.
        """
        if name is None:
            own = [model.name for model in manifest() if not model.files]
            if len(own) != 1:
                raise KnownError("Several networks take a file.", f"Name one: {', '.join(own)}.")
            name = own[0]
        trusted = trust(self._home, file, name)
        _log.info("%s (%s) trusted %s for %s", actor.name, actor.way, trusted.sha256, name)
        for info in self.list():
            if info.name == name:
                return info
        raise BugError(f"{name} was trusted and is not in the manifest")
