"""A network on labelled pictures as a task of the trainer.

Everything random (first weights, order of the pictures, augmentation) is drawn from a generator
that is seeded with the training's seed and the place in the training. So there is no state of a
generator to be saved with a checkpoint, torch's global generator is left alone, and a rival of the
same seed sees the same pictures in the same order from the same start.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from faceaccess.core.errors import BugError, KnownError
from faceaccess.learn.augmentation import shifted_and_mirrored
from faceaccess.learn.computing import Stopwatch
from faceaccess.learn.hyperparameters import Hyperparameters
from faceaccess.learn.losses import loss_function
from faceaccess.learn.network_input import network_input
from faceaccess.learn.networks import build_network, initialise
from faceaccess.learn.optimizers import make_optimizer
from faceaccess.learn.prepared_set import PreparedSet
from faceaccess.learn.stop_rules import StopRule
from faceaccess.learn.trainer import Evaluation, Pieces, Trainer
from faceaccess.optim.weight_average import WeightAverage

EVALUATED_AT_ONCE = 1 << 18
"""Numbers (pixels times channels) of the pictures that are evaluated at once; a layer of 32 filters
then takes 32 MB at most."""

# What is drawn: a part of the seed.
_START, _ORDER, _AUGMENTATION = range(3)


class PictureTask:
    """Trains a network on pictures, measures it on others.

    Args:
        training: at least as many pictures as a batch has.
        test: of the same classes and preprocessing; None to measure nothing.
        chosen: network, loss, batch, seed, initialiser and augmentation are used.
        loss_factor: what every loss is multiplied by before its gradient is taken; the figures are
            those without it.

    Attributes:
        chosen: the hyperparameters.
        network: being trained.
        kept: the weights to give back, by name; the first ones before an epoch is over.

    Raises:
        KnownError: if the batch is larger than the training set, there are no test pictures, or the
            network or a name is not known or does not fit.
        BugError: if the two sets do not belong together.
    """

    measured_at_start = False

    def __init__(
        self,
        training: PreparedSet,
        test: PreparedSet | None,
        chosen: Hyperparameters,
        *,
        loss_factor: float = 1.0,
    ) -> None:
        _check_sets(training, test, chosen.batch)
        self.chosen = chosen
        self._training, self._test = training, test
        self._loss = loss_function(chosen.loss)
        self._loss_factor = loss_factor
        self._labels = torch.from_numpy(training.labels.copy())
        self._generator = torch.Generator()
        self._order: tuple[int, NDArray[np.int64]] = (0, np.empty(0, np.int64))
        self.steps = -(-len(training) // chosen.batch)
        self.network = build_network(
            chosen.network,
            channels=training.preprocessing.channels,
            size=training.preprocessing.size,
            classes=len(training.classes),
        )
        initialise(self.network, chosen.initialiser, self._seeded(_START))
        self._parameters = list(self.network.parameters())
        self.keep()

    def gradients(self, epoch: int, step: int) -> Pieces[tuple[float, int]]:
        """Set the gradients of one batch."""
        yield from ()  # a batch is one piece
        positions = self._positions(epoch, step)
        pictures = network_input(self._training.batch(positions))
        if self.chosen.shift or self.chosen.mirror:
            pictures = shifted_and_mirrored(
                pictures,
                self._seeded(_AUGMENTATION, epoch, step),
                shift=self.chosen.shift,
                mirror=self.chosen.mirror,
            )
        for parameter in self._parameters:  # torch's zero_grad would load its compiler
            parameter.grad = None
        logits = self.network(pictures)
        loss = self._loss(logits, self._labels[torch.from_numpy(positions)])
        scaled = loss if self._loss_factor == 1.0 else loss * self._loss_factor
        torch.autograd.backward([scaled])
        return float(loss.detach()), len(positions)

    def constrain(self) -> None:
        """Do nothing: weights may be anything."""

    def evaluate(self) -> Pieces[Evaluation]:
        """Measure loss and accuracy on the test pictures."""
        if self._test is None:
            return Evaluation()
        size = max(1, EVALUATED_AT_ONCE // int(np.prod(self._test.preprocessing.shape)))
        right, loss = 0, 0.0
        for start in range(0, len(self._test), size):
            if start:
                yield
            positions = np.arange(start, min(start + size, len(self._test)))
            labels = torch.from_numpy(self._test.labels[positions])
            with torch.no_grad():
                logits = self.network(network_input(self._test.batch(positions)))
                loss += float(self._loss(logits, labels)) * len(positions)
            right += int((logits.argmax(dim=1) == labels).sum())
        n = len(self._test)
        return Evaluation(accuracy=right / n, test_loss=loss / n)

    def keep(self) -> None:
        """Remember the present weights."""
        self.kept = {
            name: tensor.detach().clone() for name, tensor in self.network.state_dict().items()
        }

    def state_dict(self) -> dict[str, Any]:
        """Return the present and the kept weights, not copied."""
        return {"network": self.network.state_dict(), "kept": self.kept}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from a saved state.

        Raises:
            KeyError, TypeError, RuntimeError: if it belongs to another network.
        """
        self.network.load_state_dict(state["kept"])
        self.keep()
        self.network.load_state_dict(state["network"])

    def _positions(self, epoch: int, step: int) -> NDArray[np.int64]:
        if self._order[0] != epoch:
            rng = np.random.default_rng([self.chosen.seed, _ORDER, epoch])
            self._order = (epoch, rng.permutation(len(self._training)))
        batch = self.chosen.batch
        return self._order[1][step * batch : (step + 1) * batch]

    def _seeded(self, *place: int) -> torch.Generator:
        sequence = np.random.SeedSequence([self.chosen.seed, *place])
        return self._generator.manual_seed(int(sequence.generate_state(1, np.uint64)[0]))


def trainer_of(
    task: PictureTask,
    rules: StopRule,
    *,
    watch: Stopwatch,
    optimizer: torch.optim.Optimizer | None = None,
    save: Callable[[dict[str, Any]], None] | None = None,
) -> Trainer:
    """Return a trainer of the task as its hyperparameters want it.

    Args:
        task: as made.
        rules: when to end.
        watch: as in `Trainer`.
        optimizer: over the network's parameters; None for the one that the hyperparameters name.
        save: as in `Trainer`.
    """
    chosen, network = task.chosen, task.network
    if optimizer is None:
        optimizer = make_optimizer(
            chosen.optimizer, network.parameters(), initial_step=chosen.initial_step
        )
    averaged = [t for t in network.state_dict(keep_vars=True).values() if t.is_floating_point()]
    return Trainer(
        task,
        optimizer,
        rules,
        watch=watch,
        average=WeightAverage(averaged) if chosen.averaged_weights else None,
        keep_best=chosen.patience is not None,
        save=save,
    )


def _check_sets(training: PreparedSet, test: PreparedSet | None, batch: int) -> None:
    if len(training) == 0:
        raise KnownError("There are no pictures to train on.", "Give some of each class.")
    if batch > len(training):
        raise KnownError(
            f"A batch of {batch:,} is larger than the training set of {len(training):,}.",
            f"Choose a batch of at most {len(training):,}.",
        )
    if test is None:
        return
    if len(test) == 0:
        raise KnownError("There are no pictures to test on.", "Give some, or test on none.")
    if test.classes != training.classes or test.preprocessing != training.preprocessing:
        raise BugError("training and test pictures differ in classes or preprocessing")
