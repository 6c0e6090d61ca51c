"""Builds the analyser that the settings ask for; the only place that picks networks by name."""

from collections.abc import Callable

from faceaccess.core.errors import KnownError
from faceaccess.core.home import DataHome
from faceaccess.core.settings import Settings
from faceaccess.vision.alignment import SFACE_POINTS, SFACE_SIDE
from faceaccess.vision.analyser import FaceAnalyser
from faceaccess.vision.brought import build_brought
from faceaccess.vision.embedders import CropEmbedder, Preparation
from faceaccess.vision.face_views import ViewEmbedder
from faceaccess.vision.protocols import Detector, Embedder, Engine
from faceaccess.vision.quality import QualityLimits
from faceaccess.vision.sface import SFACE_DIMENSION
from faceaccess.vision.weights import package_weights, trusted_weights

Later = Callable[[Callable[[], None]], None]
"""Takes what may be done when there is time for it."""


def build_analyser(
    settings: Settings, home: DataHome, *, later: Later | None = None
) -> FaceAnalyser:
    """Load the networks that `settings` choose. Takes seconds where it imports torch.

    Args:
        settings: choose the networks.
        home: where the lists of trusted and brought weights are.
        later: takes what may be done when there is time; then SFace answers at once, by OpenCV,
            and by torch after that (`StartingEngine`). None loads everything now.

    Raises:
        KnownError: if weights are missing, changed or not trusted.
    """
    detector = build_detector(settings.detector)
    limits = QualityLimits.from_settings(settings)
    one = (
        build_brought(home, settings.brought_embedder, colour=settings.colour)
        if settings.embedder == "brought"
        else build_embedder(
            settings.embedder,
            home,
            colour=settings.colour,
            engine=settings.engine,
            later=later,
        )
    )
    if settings.embedder != "sface":
        return FaceAnalyser(detector, one, limits)
    # People enrolled before there were views stay in the space of single crops until they are
    # embedded anew (`faceaccess retrain --full`).
    return FaceAnalyser(detector, ViewEmbedder(one), limits, former=(one,))


def build_detector(name: str) -> Detector:
    """Load a detector.

    Raises:
        KnownError: if there is none of that name, or its weights may not be loaded.
    """
    if name == "yunet":
        from faceaccess.vision.yunet import YuNetDetector

        return YuNetDetector(package_weights("yunet")[0])
    if name == "mtcnn":
        states = package_weights("mtcnn")
        from faceaccess.vision.mtcnn import MtcnnDetector

        return MtcnnDetector(states)
    raise KnownError(f"There is no detector {name!r}.", "Known are: yunet, mtcnn.")


def build_embedder(
    name: str,
    home: DataHome,
    *,
    colour: bool = False,
    engine: str = "torch",
    later: Later | None = None,
) -> Embedder:
    """Load an embedder.

    Args:
        name: "sface", "dlib" or "facenet".
        home: where the list of trusted weights is.
        colour: whether it takes colour crops.
        engine: what runs the network: "torch", or "opencv" (SFace only), which needs no torch.
        later: see `build_analyser`.

    Raises:
        KnownError: if there is none of that name, its weights may not be loaded, or the engine
            cannot run it.
    """
    if engine not in ("torch", "opencv"):
        raise KnownError(f"There is no engine {engine!r}.", "Known are: torch, opencv.")
    if engine == "opencv" and name != "sface":
        raise KnownError(
            f"The engine opencv cannot run {name}; it runs sface.",
            "Choose the engine torch: `faceaccess settings set engine torch`.",
        )
    if name == "sface":
        return _sface(engine, colour=colour, later=later)
    if name == "dlib":
        return _dlib(colour=colour)
    if name == "facenet":
        return _facenet(home, colour=colour)
    raise KnownError(f"There is no embedder {name!r}.", "Known are: sface, dlib, facenet.")


def _sface(engine: str, *, colour: bool, later: Later | None) -> Embedder:
    way = Preparation(SFACE_POINTS, SFACE_SIDE, colour=colour)
    if later is None or engine != "torch":
        return CropEmbedder("sface", SFACE_DIMENSION, way, _sface_engine(engine))
    from faceaccess.vision.engines.starting_engine import StartingEngine

    starting = StartingEngine(_sface_engine("opencv"), lambda: _sface_engine("torch"))
    later(starting.change_over)
    return CropEmbedder("sface", SFACE_DIMENSION, way, starting)


def _sface_engine(engine: str) -> Engine:
    data = package_weights("sface")[0]
    if engine == "opencv":
        from faceaccess.vision.engines.opencv_engine import OpenCvEngine

        return OpenCvEngine(data, "SFace")
    from faceaccess.vision.engines.torch_engine import TorchEngine
    from faceaccess.vision.sface import build_sface, read_sface

    return TorchEngine(build_sface(read_sface(data)))


def _dlib(*, colour: bool) -> Embedder:
    data = package_weights("dlib")[0]
    from faceaccess.vision import dlib_network as net
    from faceaccess.vision.engines.torch_engine import TorchEngine

    way = Preparation(net.DLIB_POINTS, net.DLIB_SIDE, colour, net.DLIB_MEAN, net.DLIB_SCALE)
    return CropEmbedder(
        "dlib", net.DLIB_DIMENSION, way, TorchEngine(net.build_dlib(net.read_dlib(data)))
    )


def _facenet(home: DataHome, *, colour: bool) -> Embedder:
    trusted, data = trusted_weights(home, "facenet")
    from faceaccess.vision import facenet as net
    from faceaccess.vision.engines.torch_engine import TorchEngine

    way = Preparation(
        net.FACENET_POINTS, net.FACENET_SIDE, colour, net.FACENET_MEAN, net.FACENET_SCALE
    )
    # Vectors of two different weights files must never meet, so the file is part of the name.
    model = f"facenet-{trusted.sha256[:8]}"
    engine = TorchEngine(net.build_facenet(data, trusted.file))
    return CropEmbedder(model, net.FACENET_DIMENSION, way, engine)
