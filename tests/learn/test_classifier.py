"""Naming pictures with a model: the right arithmetic, and a model of this moment's training."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from picture_folders import save
from trained_networks import trained_network, weights_of

from faceaccess.core.errors import KnownError
from faceaccess.core.progress import run
from faceaccess.learn.classifier import Classifier
from faceaccess.learn.hyperparameters import Hyperparameters
from faceaccess.learn.model_file import Model, load_model, save_model
from faceaccess.learn.network_input import network_input
from faceaccess.learn.networks import build_network
from faceaccess.learn.picture_split import split
from faceaccess.learn.picture_training import train_pictures
from faceaccess.learn.prepared_set import prepare
from faceaccess.learn.preprocessing import Preprocessing
from faceaccess.learn.trained_network import TrainedNetwork


def loaded(folder: Path, trained: TrainedNetwork) -> Model:
    save_model(folder / "m", trained)
    return load_model(folder / "m")


def linear(folder: Path, weight: list[list[float]], bias: list[float]) -> Classifier:
    """Return the classifier of one fully connected layer over one gray pixel."""
    trained = trained_network(
        weights={
            "1.weight": np.array(weight, np.float32),
            "1.bias": np.array(bias, np.float32),
        },
        hyperparameters=Hyperparameters(network="classes"),
        preprocessing=Preprocessing(1, colour=False),
        classes=tuple("abcdef"[: len(bias)]),
    )
    return Classifier(loaded(folder, trained))


def test_pixels_are_scaled_to_minus_one_to_one() -> None:
    scaled = network_input(np.array([[[[0, 51, 255]]]], np.uint8))
    assert scaled.dtype == torch.float32
    assert scaled[0, 0, 0].tolist() == [-1.0, pytest.approx(-0.6), 1.0]


def test_probabilities_by_hand(tmp_path: Path) -> None:
    classifier = linear(tmp_path, [[1.0], [0.0], [-1.0]], [0.0, float(np.log(2.0)), 0.0])
    white = np.full((4, 5, 3), 255, np.uint8)  # scaled: 1, logits 1, log 2, -1
    e = float(np.e)
    total = e + 2 + 1 / e
    assert classifier.classify(white) == (
        ("a", pytest.approx(e / total)),
        ("b", pytest.approx(2 / total)),
        ("c", pytest.approx(1 / e / total)),
    )
    assert [name for name, _ in classifier.classify(255 - white)] == ["c", "b", "a"]
    assert classifier.classes == ("a", "b", "c")


def test_equal_probabilities_come_by_name(tmp_path: Path) -> None:
    classifier = linear(tmp_path, [[0.0]] * 4, [0.0] * 4)
    assert classifier.classify(np.zeros((3, 3), np.uint8)) == tuple((c, 0.25) for c in "abcd")


def test_great_answers_do_not_overflow(tmp_path: Path) -> None:
    classifier = linear(tmp_path, [[3e38], [0.0]], [0.0, 0.0])
    assert classifier.classify(np.full((2, 2), 255, np.uint8)) == (("a", 1.0), ("b", 0.0))


def test_an_answer_that_is_no_number_is_told(tmp_path: Path) -> None:
    classifier = linear(tmp_path, [[3e38], [0.0]], [3e38, 0.0])
    with pytest.raises(KnownError, match="answer is not a number"):
        classifier.classify(np.full((2, 2), 255, np.uint8))


@pytest.mark.parametrize("colour", [False, True])
def test_a_picture_is_prepared_as_the_training_pictures_were(tmp_path: Path, colour: bool) -> None:
    preprocessing = Preprocessing(16, colour=colour)
    trained = trained_network(
        weights=weights_of("face", preprocessing, 3),
        hyperparameters=Hyperparameters(network="face"),
        preprocessing=preprocessing,
    )
    model = loaded(tmp_path, trained)
    classifier = Classifier(model)
    network = build_network("face", channels=preprocessing.channels, size=16, classes=3)
    for seed in range(4):
        image = np.random.default_rng(seed).integers(0, 256, (40, 30, 3), np.uint8)
        pixels = preprocessing.pixels(image)[np.newaxis].astype(np.float64)
        expected = network(torch.tensor(pixels / 127.5 - 1).float())[0].softmax(0).tolist()
        found = dict(classifier.classify(image))
        assert [found[name] for name in model.classes] == pytest.approx(expected, abs=1e-6)
        assert sum(found.values()) == pytest.approx(1.0, abs=1e-12)


def test_the_callers_threads_and_gradients_stay(tmp_path: Path) -> None:
    classifier = Classifier(loaded(tmp_path, trained_network()))
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        classifier.classify(np.zeros((9, 9, 3), np.uint8))
        assert torch.get_num_threads() == 2
        assert torch.is_grad_enabled()
    finally:
        torch.set_num_threads(before)


def test_the_model_may_be_dropped_or_changed_afterwards(tmp_path: Path) -> None:
    model = loaded(tmp_path, trained_network())
    classifier = Classifier(model)
    image = np.random.default_rng(0).integers(0, 256, (9, 9, 3), np.uint8)
    before = classifier.classify(image)
    for values in model.weights.values():
        values[...] = 0.0
    assert classifier.classify(image) == before
    assert Classifier(replace(model)).classify(image) != before


def test_from_folders_to_names(tmp_path: Path) -> None:
    """The whole way: pictures, split, training, model file, and pictures it has never seen."""

    def stripes(seed: int, name: str) -> np.ndarray:
        chance = np.random.default_rng(seed)
        picture = np.full((20, 24, 3), chance.integers(0, 60), np.uint8)
        along = picture if name == "lying" else picture.transpose(1, 0, 2)
        along[chance.integers(2) :: 4] = along[1 + chance.integers(2) :: 4] = 255
        return picture

    for seed in range(40):
        name = ("lying", "standing")[seed % 2]
        save(tmp_path / "data" / name / f"{seed}.png", stripes(seed, name))
    prepared = run(prepare(tmp_path / "data", Preprocessing(12)))
    parts = split(prepared.pictures, share=0.25, seed=0)
    chosen = Hyperparameters(
        network="conv 4x3 | relu | pool 2 | classes",
        optimizer="adam",
        initial_step=0.01,
        epochs=12,
        batch=5,
        shift=1,
        averaged_weights=False,
    )
    trained = run(train_pictures(parts.training, parts.validation, chosen))
    assert trained.accuracy == 1.0
    model = loaded(tmp_path, trained)
    assert model.fingerprint == parts.training.fingerprint
    assert model.history == trained.history
    classifier = Classifier(model)
    for seed in range(100, 120):
        name = ("lying", "standing")[seed % 2]
        assert classifier.classify(stripes(seed, name))[0][0] == name
