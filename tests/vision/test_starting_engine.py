"""An engine that answers while another loads."""

import subprocess
import sys
import threading

import numpy as np
import pytest

from faceaccess.core.home import DataHome
from faceaccess.core.settings import Settings
from faceaccess.vision.build import _sface_engine, build_analyser
from faceaccess.vision.embedders import CropEmbedder
from faceaccess.vision.engines.starting_engine import StartingEngine
from faceaccess.vision.face_views import ViewEmbedder


class Fixed:
    def __init__(self, value: float) -> None:
        self._value = value

    def run(self, batch: np.ndarray) -> np.ndarray:
        return np.full((len(batch), 1), self._value, np.float32)


BATCH = np.zeros((1, 3, 2, 2), np.float32)


def test_the_first_answers_until_the_other_is_there() -> None:
    go_on = threading.Event()
    loaded = []

    def load() -> Fixed:
        assert go_on.wait(10)
        loaded.append(1)
        return Fixed(2.0)

    engine = StartingEngine(Fixed(1.0), load)
    engine.wait()
    assert engine.run(BATCH) == 1.0
    engine.change_over()
    engine.change_over()
    assert engine.run(BATCH) == 1.0
    go_on.set()
    engine.wait()
    assert engine.run(BATCH) == 2.0
    assert loaded == [1]


@pytest.mark.expected_log_errors
def test_one_that_cannot_be_loaded_is_logged_and_the_first_goes_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def load() -> Fixed:
        raise ImportError("no torch here")

    engine = StartingEngine(Fixed(1.0), load)
    engine.change_over()
    engine.wait()
    assert engine.run(BATCH) == 1.0
    assert "no torch here" in caplog.text


def test_a_program_that_ends_while_it_loads_ends_in_silence() -> None:
    code = (
        "import threading\n"
        "from faceaccess.vision.engines.starting_engine import StartingEngine\n"
        "def load():\n"
        "    threading.main_thread().join()\n"
        "    import concurrent.futures.thread  # registers, as torch does: too late\n"
        "    raise RuntimeError('too late')\n"
        "StartingEngine(None, load).change_over()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_both_engines_of_sface_give_the_same_vectors() -> None:
    first, other = _sface_engine("opencv"), _sface_engine("torch")
    batch = np.random.default_rng(1).uniform(0, 255, (2, 3, 112, 112)).astype(np.float32)
    a, b = first.run(batch), other.run(batch)
    a, b = (v / np.linalg.norm(v, axis=1, keepdims=True) for v in (a, b))
    assert np.sum(a * b, axis=1) == pytest.approx([1.0, 1.0], abs=1e-5)


def test_a_door_has_it_where_torch_is_asked_for(home) -> None:
    later = []

    def engine_of(settings: Settings) -> object:
        embedder = build_analyser(settings, DataHome(home), later=later.append)._embedder
        one = embedder._embedder if isinstance(embedder, ViewEmbedder) else embedder
        assert isinstance(one, CropEmbedder)
        return one._engine

    starting = engine_of(Settings())
    assert isinstance(starting, StartingEngine)
    assert later == [starting.change_over]
    assert not isinstance(engine_of(Settings(engine="opencv")), StartingEngine)
