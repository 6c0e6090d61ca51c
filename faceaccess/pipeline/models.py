"""The networks that the product knows, trusting a weights file, and bringing an embedder."""

import logging
from collections.abc import Callable, Sequence
from pathlib import Path

from faceaccess.core.actors import Actor
from faceaccess.core.errors import BugError, KnownError
from faceaccess.core.home import DataHome
from faceaccess.core.settings import Settings
from faceaccess.pipeline.results import ModelInfo
from faceaccess.vision.brought import BroughtEmbedder, bring, brought_embedders, load
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
        """Return every network that the product knows and those brought; files are hashed.

        Raises:
            KnownError: if the list of trusted files cannot be read.
        """
        settings = self._settings()
        chosen = {settings.detector, settings.embedder_name}
        own = tuple(
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
        brought = brought_embedders(self._home)
        return (*own, *(self._brought(one, in_use=one.name in chosen) for one in brought))

    def _brought(self, one: BroughtEmbedder, *, in_use: bool) -> ModelInfo:
        try:
            load(self._home, one)
        except KnownError as error:
            available, text = False, str(error)
        else:
            found = ", ".join(f"{value:.3f} ({kind})" for kind, value in one.thresholds.items())
            available = True
            text = (
                f"Verified; {one.dimension} numbers a face in {one.milliseconds:.0f} ms; "
                f"takes {one.input}; threshold on this site: {found or 'not tried yet'}."
            )
        return ModelInfo(
            name=one.name,
            kind="embedder",
            licence="yours to know",
            origin="brought by the user",
            sha256=one.sha256,
            available=available,
            in_use=in_use,
            text=text,
        )

    def bring(
        self,
        actor: Actor,
        file: Path,
        name: str,
        *,
        order: str = "rgb",
        mean: Sequence[float] = (127.5,),
        scale: float = 1 / 127.5,
    ) -> ModelInfo:
        """Take an ONNX embedder of aligned faces of 112 x 112 pixels; it does not serve by that.

        Args:
            actor: who brings it.
            file: with the weights inside.
            name: small letters, digits and hyphens.
            order: of the planes that it takes: "rgb" or "bgr".
            mean: subtracted from red, green and blue, 0 to 255; one number stands for three.
            scale: factor after that.

        Raises:
            KnownError: if it is no such network, or cannot be kept.
        """
        one = bring(self._home, file, name, order=order, mean=mean, scale=scale)
        _log.info("%s (%s) brought %s as %s", actor.name, actor.way, one.sha256, name)
        return self._brought(one, in_use=self._settings().embedder_name == name)

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
