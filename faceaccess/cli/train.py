"""`faceaccess train`: train a network on labelled pictures of any kind."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from faceaccess.cli import output
from faceaccess.cli.options import State, common, examples, pass_state
from faceaccess.cli.training_options import USUAL, USUAL_SIZE, network_options, picture_options
from faceaccess.core.counting import counted
from faceaccess.core.progress import Progress
from faceaccess.learn.choices import INITIALISERS, OPTIMIZERS
from faceaccess.learn.hyperparameters import Hyperparameters
from faceaccess.learn.preprocessing import Preprocessing
from faceaccess.learn.stop_rules import DIVERGED
from faceaccess.pipeline.training_defaults import SHARE

if TYPE_CHECKING:
    from faceaccess.pipeline.picture_training import (
        PicturesForTraining,
        PictureTraining,
        PictureTrainingResult,
    )

_STARTS = {name.replace(" ", "-"): name for name in INITIALISERS}
_STOPPED = {
    "epochs": "all epochs are done",
    "loss": "the loss is reached",
    "accuracy": "the accuracy is reached",
    "no improvement": "it did not get better any more",
    "time": "the time is over",
    DIVERGED: "the loss or a weight was not finite any more",
}


@click.command(
    short_help="Train a network on labelled pictures.",
    epilog=examples(
        "faceaccess train pictures --out mine.model",
        "faceaccess train pictures --out mine.model --resume",
        "faceaccess train train-folder --test test-folder --colour --network lenet --out my.model",
    ),
)
@common
@click.argument("source", metavar="FOLDER")
@click.option("--out", metavar="FILE", required=True, help="The model file that is written.")
@picture_options
@network_options(USUAL.network, USUAL.batch)
@click.option(
    "--optimizer",
    type=click.Choice(tuple(OPTIMIZERS)),
    default=USUAL.optimizer,
    show_default=True,
    help="How the weights are changed.",
)
@click.option(
    "--initial-step",
    metavar="X",
    type=float,
    help="First step of a direction, or learning rate.  [default: the optimizer's own]",
)
@click.option(
    "--start",
    type=click.Choice(tuple(_STARTS)),
    default=next(iter(_STARTS)),
    show_default=True,
    help="First weights: torch's own, or near zero at random.",
)
@click.option(
    "--shift",
    metavar="N",
    type=int,
    default=USUAL.shift,
    show_default=True,
    help="Training pictures are moved at random by up to N pixels.",
)
@click.option("--no-mirror", is_flag=True, help="Do not mirror training pictures at random.")
@click.option(
    "--epochs",
    metavar="N",
    type=int,
    default=USUAL.epochs,
    show_default=True,
    help="Passes over the training pictures, at most.",
)
@click.option(
    "--no-average",
    is_flag=True,
    help="Test and keep the weights as they are, not their exponential average.",
)
@click.option("--until-loss", metavar="X", type=float, help="Stop at this training loss.")
@click.option(
    "--until-accuracy", metavar="X", type=float, help="Stop at this test accuracy, 0 to 1."
)
@click.option("--until-seconds", metavar="X", type=float, help="Stop after so much time.")
@click.option(
    "--patience",
    metavar="N",
    type=int,
    help="Stop after N epochs without a better test accuracy, and keep the best weights.",
)
@click.option(
    "--seed", metavar="N", type=int, default=0, show_default=True, help="Of all that chance does."
)
@click.option("--resume", is_flag=True, help="Go on with a training that was broken off.")
@pass_state
def train(
    state: State,
    /,
    source: str,
    out: str,
    test: str | None,
    share: float | None,
    size: int | None,
    start: str,
    resume: bool,  # noqa: FBT001 - click passes it by name
    **chosen: Any,
) -> int:
    """Train a network on labelled pictures, and write one model file.

    FOLDER has a folder for each class, named as the class, with its pictures in it; or it is a CSV
    file with the columns picture and label. No data folder and no face is needed. Pictures that
    cannot be read are told and left out. Ctrl-C keeps a checkpoint beside FILE; --resume goes on
    from it with the same result as without a break.
    """
    from faceaccess.cli.training_text import tell_pictures

    if test is not None and share is not None:
        raise click.UsageError("--share goes without --test: test pictures are there already.")
    chosen["mirror"] = not chosen.pop("no_mirror")
    chosen["averaged_weights"] = not chosen.pop("no_average")
    colour = chosen.pop("colour")
    usual_batch = chosen["batch"] is None
    if usual_batch:
        chosen["batch"] = USUAL.batch
    hyperparameters = Hyperparameters(initialiser=_STARTS[start], **chosen)
    preprocessing = Preprocessing(USUAL_SIZE if size is None else size, colour)
    training = state.app_without_data.picture_training
    model = Path(out)
    training.check_place(model, resume=resume)
    pictures = output.run_job(
        training.prepare(
            Path(source),
            test=None if test is None else Path(test),
            share=SHARE if share is None else share,
            seed=hyperparameters.seed,
            preprocessing=preprocessing,
        )
    )
    tell_pictures(state, pictures)
    if usual_batch and 0 < len(pictures.training) < USUAL.batch:
        hyperparameters = replace(hyperparameters, batch=len(pictures.training))
    result = _trained(state, training, pictures, model, hyperparameters, resume=resume)
    return _tell_result(state, result)


def _trained(
    state: State,
    training: "PictureTraining",
    pictures: "PicturesForTraining",
    model: Path,
    hyperparameters: Hyperparameters,
    *,
    resume: bool,
) -> "PictureTrainingResult":
    from faceaccess.cli.training_records import epoch_record

    def lines_of(step: Progress) -> list[str]:
        if "end_of_epoch" not in step.figures:
            return []
        if state.json:
            return [output.json_text(epoch_record(step.figures))]
        return [_epoch_line(step)]

    job = training.train(pictures, model, hyperparameters, resume=resume)
    try:
        return output.run_job(job, lines_of)
    except BaseException as end:
        checkpoint = training.checkpoint_of(model)
        if not isinstance(end, Exception) and checkpoint.exists():  # Ctrl-C, or the system's end
            output.say(
                f"How far the training came is kept in {checkpoint}: the same command with "
                "--resume goes on from there."
            )
        raise


def _epoch_line(step: Progress) -> str:
    figures = step.figures
    return (
        f"epoch {figures['epoch']:>3.0f}   loss {figures['loss']:<8.4g}   "
        f"test accuracy {100 * figures['accuracy']:5.1f} %   step {figures['step_length']:.4g}   "
        f"{figures['seconds']:.1f} s"
    )


def _tell_result(state: State, result: "PictureTrainingResult") -> int:
    from faceaccess.cli.training_records import trained_record

    trained = result.trained
    if trained.skipped_steps:
        steps = counted(trained.skipped_steps, "step was", "steps were")
        output.say(f"Note: {steps} left out because the gradient was not finite.")
    if trained.stopped_by == DIVERGED:
        output.say(
            "Error: the loss or a weight was not finite any more after "
            f"{counted(result.epochs, 'epoch', 'epochs')}; the model has the weights of the last "
            "good one."
        )
        output.say("Choose a smaller --initial-step, or another optimizer.")
    if state.json:
        output.json_line(trained_record(result))
    else:
        accuracy = (
            "" if trained.accuracy is None else f"test accuracy {100 * trained.accuracy:.2f} %, "
        )
        output.answer(
            f"{result.model}: {counted(result.epochs, 'epoch', 'epochs')}, {accuracy}"
            f"loss {trained.loss:.4g}, {trained.seconds:.1f} s; "
            f"{_STOPPED.get(trained.stopped_by, trained.stopped_by)}."
        )
    return 1 if trained.stopped_by == DIVERGED else 0
