"""Naming pictures with a trained model."""

import numpy as np
import torch

from faceaccess.core.errors import KnownError
from faceaccess.core.frames import Image
from faceaccess.learn.model_file import Model
from faceaccess.learn.network_input import network_input
from faceaccess.learn.networks import build_network


class Classifier:
    """Says what a picture shows, of the classes that the model has learned.

    A probability is the softmax of the network's answers. A network that learned by cross-entropy
    or log-likelihood was trained for just that; one that learned by the hinge loss was trained for
    margins between the answers, and the softmax ranks them alike but is no frequency. Neither
    knows "none of these": a picture of something else gets a class too.

    Args:
        model: as loaded from its file.
        threads: torch's threads while it computes, or None for torch's present number.

    Raises:
        KnownError: if the model's network cannot be built.
    """

    def __init__(self, model: Model, *, threads: int | None = 1) -> None:
        self._model = model
        self._threads = threads
        self._network = build_network(
            model.network,
            channels=model.preprocessing.channels,
            size=model.preprocessing.size,
            classes=len(model.classes),
        )
        self._network.load_state_dict(
            {name: torch.tensor(values) for name, values in model.weights.items()}
        )
        self._network.eval()

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes, in the order of the network's answers."""
        return self._model.classes

    def classify(self, image: Image) -> tuple[tuple[str, float], ...]:
        """Return every class with its probability, most probable first.

        The probabilities sum to 1; of equal ones the class that is first by name comes first.

        Args:
            image: (height, width, 3) uint8 blue-green-red or (height, width) gray, any size.

        Raises:
            KnownError: if the network's answer is not finite.
        """
        pixels = self._model.preprocessing.pixels(image)[np.newaxis]
        logits = self._logits(network_input(pixels))
        if not torch.isfinite(logits).all():
            raise KnownError("The model's answer is not a number.", "Train the model again.")
        probabilities = torch.softmax(logits.double(), dim=0).tolist()
        pairs = zip(self._model.classes, probabilities, strict=True)
        return tuple(sorted(pairs, key=lambda pair: (-pair[1], pair[0])))

    def _logits(self, batch: torch.Tensor) -> torch.Tensor:
        before = torch.get_num_threads()
        threads = before if self._threads is None else self._threads
        if threads != before:
            torch.set_num_threads(threads)
        try:
            with torch.inference_mode():
                answers: torch.Tensor = self._network(batch)
                return answers[0]
        finally:
            if threads != before:
                torch.set_num_threads(before)
