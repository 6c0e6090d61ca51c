"""Builds the analyser that the settings ask for; the only place that picks networks by name."""

from faceaccess.core.errors import KnownError
from faceaccess.core.home import DataHome
from faceaccess.core.settings import Settings
from faceaccess.vision.alignment import SFACE_POINTS, SFACE_SIDE
from faceaccess.vision.analyser import FaceAnalyser
from faceaccess.vision.embedders import CropEmbedder, Preparation
from faceaccess.vision.protocols import Detector, Embedder, Engine
from faceaccess.vision.quality import QualityLimits
from faceaccess.vision.weights import package_weights


def build_analyser(settings: Settings, home: DataHome) -> FaceAnalyser:
    """Load the networks that `settings` choose. Takes seconds: torch is imported here.

    Raises:
        KnownError: if weights are missing, changed or not trusted.
    """
    return FaceAnalyser(
        build_detector(settings.detector),
        build_embedder(settings.embedder, home, colour=settings.colour),
        QualityLimits.from_settings(settings),
    )


def build_detector(name: str) -> Detector:
    """Load a detector.

    Raises:
        KnownError: if there is none of that name, or its weights may not be loaded.
    """
    if name == "yunet":
        from faceaccess.vision.yunet import YuNetDetector

        return YuNetDetector(package_weights("yunet")[0])
    raise KnownError(f"There is no detector {name!r}.", "Known are: yunet, mtcnn.")


def build_embedder(name: str, home: DataHome, *, colour: bool = False) -> Embedder:
    """Load an embedder.

    Raises:
        KnownError: if there is none of that name, or its weights may not be loaded.
    """
    if name == "sface":
        preparation = Preparation(SFACE_POINTS, SFACE_SIDE, colour=colour)
        return CropEmbedder("sface", 128, preparation, _sface_engine())
    raise KnownError(f"There is no embedder {name!r}.", "Known are: sface, dlib, facenet.")


def _sface_engine() -> Engine:
    from faceaccess.vision.engines.torch_engine import TorchEngine
    from faceaccess.vision.sface import build_sface, read_sface

    return TorchEngine(build_sface(read_sface(package_weights("sface")[0])))
