"""The real detector and embedder: drawn faces are measured with what the product uses."""

import pytest

from faceaccess.core.home import DataHome
from faceaccess.core.settings import Settings
from faceaccess.vision.analyser import FaceAnalyser
from faceaccess.vision.build import build_analyser


@pytest.fixture(scope="session")
def networks(tmp_path_factory: pytest.TempPathFactory) -> FaceAnalyser:
    """The default detector and embedder, loaded once."""
    return build_analyser(Settings(), DataHome(tmp_path_factory.mktemp("weights")))
