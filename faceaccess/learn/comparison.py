"""The same training with several optimizers, seed by seed, side by side.

Importing this module does not import torch; running a job does.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeAlias

from faceaccess.core.clock import Clock, SystemClock
from faceaccess.core.errors import KnownError
from faceaccess.core.progress import Job, Progress, run
from faceaccess.learn.hyperparameters import Hyperparameters
from faceaccess.learn.picture_training import stop_rules
from faceaccess.learn.prepared_set import PreparedSet
from faceaccess.learn.stop_rules import EpochFigures

if TYPE_CHECKING:
    from torch.nn import Parameter
    from torch.optim import Optimizer

    from faceaccess.learn.computing import Stopwatch
    from faceaccess.learn.picture_task import PictureTask
    from faceaccess.learn.trainer import Trainer

Maker: TypeAlias = "Callable[[list[Parameter]], Optimizer]"
"""Makes an optimizer over a network's parameters."""


@dataclass(frozen=True)
class ComparedRun:
    """One training of a comparison.

    Attributes:
        optimizer: its name.
        seed: of the first weights, the order of the pictures and the augmentation.
        history: one entry an epoch; shorter, or empty, where the loss diverged.
        seconds: of work, tests included.
        stopped_by: "epochs" or another reason of `TrainedNetwork`.
    """

    optimizer: str
    seed: int
    history: tuple[EpochFigures, ...]
    seconds: float
    stopped_by: str = "epochs"


@dataclass(frozen=True)
class Variations:
    """What a comparison may change beside the optimizer.

    Attributes:
        initial_steps: initial step or learning rate by the optimizer's name, in place of its own.
        makers: optimizers that are not in `choices.OPTIMIZERS`, by name.
        loss_factor: what every loss is multiplied by before its gradient is taken, > 0.
    """

    initial_steps: Mapping[str, float] = field(default_factory=dict)
    makers: Mapping[str, Maker] = field(default_factory=dict)
    loss_factor: float = 1.0


AS_THEY_ARE = Variations()
"""Every optimizer by its name, with its own step."""


def compare(
    training: PreparedSet,
    test: PreparedSet,
    hyperparameters: Hyperparameters,
    *,
    optimizers: Sequence[str],
    seeds: int,
    variations: Variations = AS_THEY_ARE,
    finished: list[ComparedRun] | None = None,
    clock: Clock | None = None,
) -> Job[tuple[ComparedRun, ...]]:
    """Train with every optimizer from every seed, seed by seed.

    All runs of a seed have the same network, the same first weights and the same pictures in the
    same batches; torch computes on one thread. Yields what `train_pictures` does, with `done` and
    `total` over all runs, the text "adam, seed 1", and "run" among the figures, the number of the
    run (from 0); after a run once more with "end_of_run" = 1.

    Args:
        training: as in `train_pictures`.
        test: what the accuracies are measured on.
        hyperparameters: all but the optimizer; `initial_step` must be None, seed i of `seeds` is
            `hyperparameters.seed + i`.
        optimizers: names in `choices.OPTIMIZERS` or in the variations' `makers`.
        seeds: runs of each optimizer, >= 1.
        variations: what else differs.
        finished: runs of this comparison that were made before; they are returned, not made again.
            Each new one is appended as it ends, so that it is not lost when the rest is not made.
        clock: measures the work.

    Returns:
        One run for every seed and optimizer, in the order in which they are made.

    Raises:
        KnownError: as `train_pictures`, but a loss that diverges is a result; or if a name is not
            known or there is nothing to compare.
    """
    clock = clock or SystemClock()
    planned = _planned(hyperparameters, optimizers, seeds, variations)
    finished = [] if finished is None else finished
    known = {(one.optimizer, one.seed): one for one in finished}
    if any(one.key not in known for one in planned):
        yield from _warm_up(training, planned)
    steps = hyperparameters.epochs * -(-len(training) // hyperparameters.batch)
    runs: list[ComparedRun] = []
    for number, planned_run in enumerate(planned):
        place = _Place(number, len(planned), steps, planned_run.text)
        made = known.get(planned_run.key)
        if made is None:
            job = planned_run.made(training, test, clock)
            made = yield from place.told(job)
            finished.append(made)
        runs.append(made)
        yield place.progress(steps, {"end_of_run": 1.0})
    return tuple(runs)


@dataclass(frozen=True)
class _Place:
    """Where a run stands among the others: its number, how many, the steps of one, its name."""

    number: int
    runs: int
    steps: int
    text: str

    def told(self, job: Job[ComparedRun]) -> Job[ComparedRun]:
        """Drive the run's job; its progress becomes that of the comparison."""
        try:
            while True:
                try:
                    told = next(job)
                except StopIteration as stop:
                    made: ComparedRun = stop.value
                    return made
                yield self.progress(told.done, told.figures)
        finally:
            job.close()

    def progress(self, done: int, figures: Mapping[str, float]) -> Progress:
        """Return the progress after `done` steps of the run."""
        numbered = {**figures, "run": float(self.number)} if figures else {}
        done += self.number * self.steps
        return Progress("Training", done, self.runs * self.steps, self.text, numbered)


@dataclass(frozen=True)
class _PlannedRun:
    name: str
    chosen: Hyperparameters
    maker: "Maker | None"
    loss_factor: float

    @property
    def key(self) -> tuple[str, int]:
        return self.name, self.chosen.seed

    @property
    def text(self) -> str:
        return f"{self.name}, seed {self.chosen.seed}"

    def task(self, training: PreparedSet, test: PreparedSet | None) -> "PictureTask":
        from faceaccess.learn.picture_task import PictureTask

        return PictureTask(training, test, self.chosen, loss_factor=self.loss_factor)

    def trainer(self, task: "PictureTask", watch: "Stopwatch") -> "Trainer":
        from faceaccess.learn.picture_task import trainer_of

        optimizer = None if self.maker is None else self.maker(list(task.network.parameters()))
        return trainer_of(task, stop_rules(self.chosen), watch=watch, optimizer=optimizer)

    def made(self, training: PreparedSet, test: PreparedSet, clock: Clock) -> Job[ComparedRun]:
        from faceaccess.learn.computing import Stopwatch, computing

        watch = Stopwatch(clock)

        def job() -> Job[ComparedRun]:
            trainer = self.trainer(self.task(training, test), watch)
            watch.set(0.0)
            outcome = yield from trainer.train()
            history, stopped_by = outcome.history, outcome.stopped_by
            return ComparedRun(self.name, self.chosen.seed, history, outcome.seconds, stopped_by)

        return computing(job(), threads=1, watch=watch)


def _planned(
    hyperparameters: Hyperparameters,
    optimizers: Sequence[str],
    seeds: int,
    variations: Variations,
) -> list[_PlannedRun]:
    if not optimizers or seeds < 1:
        raise KnownError(
            f"{len(optimizers)} optimizers from {seeds} starts: there is nothing to compare.",
            "Name at least one optimizer and one start.",
        )
    if hyperparameters.initial_step is not None:
        raise KnownError(
            f"One initial step of {hyperparameters.initial_step:g} does not suit every optimizer.",
            "Leave it out, or name one for each.",
        )
    return [
        _PlannedRun(
            name,
            replace(
                hyperparameters,
                optimizer=hyperparameters.optimizer if name in variations.makers else name,
                initial_step=variations.initial_steps.get(name),
                seed=seed,
            ),
            variations.makers.get(name),
            variations.loss_factor,
        )
        for seed in range(hyperparameters.seed, hyperparameters.seed + seeds)
        for name in optimizers
    ]


def _warm_up(training: PreparedSet, planned: Sequence[_PlannedRun]) -> Job[None]:
    """Train with each optimizer for a step, and throw it away.

    The first step of torch's own optimizers loads torch's compiler, which takes seconds, and the
    first batch prepares kernels: no run's clock is to pay for it.
    """
    from faceaccess.learn.computing import Stopwatch, computing

    for planned_run in {one.name: one for one in planned}.values():
        yield Progress("Training", text=planned_run.text)
        watch = Stopwatch(SystemClock())
        short = replace(planned_run, chosen=replace(planned_run.chosen, until_seconds=1e-9))
        trainer = short.trainer(short.task(training, None), watch)
        run(computing(trainer.train(), threads=1, watch=watch))
