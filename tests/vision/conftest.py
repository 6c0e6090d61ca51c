"""Faces for the tests of vision: drawn ones, and the networks, loaded once."""

from pathlib import Path

import numpy as np
import pytest

from faceaccess.camera.drawn_people import STAFF, Pose, render
from faceaccess.core.frames import Image
from faceaccess.core.home import DataHome
from faceaccess.core.settings import Settings
from faceaccess.vision.analyser import FaceAnalyser
from faceaccess.vision.build import build_analyser, build_detector, build_embedder
from faceaccess.vision.protocols import Detector, Embedder

NOWHERE = DataHome(Path("a folder that is not there"))


@pytest.fixture(scope="session")
def yunet() -> Detector:
    return build_detector("yunet")


@pytest.fixture(scope="session")
def sface() -> Embedder:
    return build_embedder("sface", NOWHERE)


@pytest.fixture(scope="session")
def analyser() -> FaceAnalyser:
    return build_analyser(Settings(), NOWHERE)


@pytest.fixture(scope="session")
def drawn() -> Image:
    """One drawn person, 480 x 640, facing the camera; nobody writes to it."""
    image = render(STAFF[0], pose=Pose())
    image.setflags(write=False)
    return image


@pytest.fixture(scope="session")
def noise() -> Image:
    return np.random.default_rng(0).integers(0, 256, (120, 160, 3), dtype=np.uint8)
