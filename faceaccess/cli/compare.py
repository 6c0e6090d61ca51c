"""`faceaccess compare`: which optimizer learns faster, and which learns more?"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from faceaccess.cli import output
from faceaccess.cli.options import State, common, examples, pass_state
from faceaccess.cli.training_options import USUAL_SIZE, network_options, picture_options
from faceaccess.core.counting import counted
from faceaccess.core.progress import Job, Progress
from faceaccess.learn.choices import OPTIMIZERS
from faceaccess.pipeline.training_defaults import (
    BATCH,
    COMPARED,
    DRAWN_EPOCHS,
    EPOCHS,
    SEEDS,
    SHARE,
)

if TYPE_CHECKING:
    from faceaccess.learn.comparison import ComparedRun
    from faceaccess.pipeline.comparing import ComparisonResult


@click.command(
    short_help="Compare optimizers on pictures.",
    epilog=examples(
        "faceaccess compare --out report                on drawn faces, in two minutes",
        "faceaccess compare pictures --out report --optimizers direction,adam --seeds 5",
    ),
)
@common
@click.argument("source", metavar="[FOLDER]", required=False)
@click.option("--out", metavar="FOLDER", required=True, help="Folder for the report.")
@click.option(
    "--optimizers",
    metavar="NAMES",
    default=",".join(COMPARED),
    help=f"Names of optimizers with commas, of: {', '.join(OPTIMIZERS)}. The others are set "
    "against the first.  [default: all of these]",
)
@click.option(
    "--seeds",
    metavar="N",
    type=int,
    default=SEEDS,
    show_default=True,
    help="Runs of each optimizer; all have the same starts.",
)
@click.option(
    "--epochs",
    metavar="N",
    type=int,
    help=f"Passes over the training pictures.  [default: {EPOCHS}; drawn faces: {DRAWN_EPOCHS}]",
)
@click.option(
    "--target",
    metavar="X",
    type=float,
    help="Test accuracy, 0 to 1, to which the time is told.  [default: 95 % of the best]",
)
@click.option(
    "--averaged-weights",
    is_flag=True,
    help="Test an exponential average of the weights, of every optimizer.",
)
@picture_options
@network_options("lenet", BATCH)
@click.option(
    "--seed",
    metavar="N",
    type=int,
    default=0,
    show_default=True,
    help="Of the first run, the split and the drawn faces.",
)
@pass_state
def compare(
    state: State,
    /,
    source: str | None,
    out: str,
    optimizers: str,
    test: str | None,
    share: float | None,
    size: int | None,
    colour: bool,  # noqa: FBT001 - click passes it by name
    **chosen: Any,
) -> None:
    """Train the same network with several optimizers and report which learns faster, and more.

    FOLDER has a folder for each class, as for `faceaccess train`; without it drawn faces serve,
    and no data is needed. Every optimizer has its published settings, and all runs of one seed have
    the same first weights and the same order of pictures. The report has a table, the curves as SVG
    and PNG, and the raw numbers as CSV; Ctrl-C leaves that of the runs made so far.
    """
    from faceaccess.cli.training_text import tell_pictures
    from faceaccess.pipeline.comparing import ComparisonSettings

    if source is None and (test is not None or share is not None or size is not None or colour):
        raise click.UsageError("--test, --share, --size and --colour go with a FOLDER.")
    if test is not None and share is not None:
        raise click.UsageError("--share goes without --test: test pictures are there already.")
    usual_batch = chosen["batch"] is None
    if usual_batch:
        chosen["batch"] = BATCH
    settings = ComparisonSettings(
        optimizers=tuple(name.strip() for name in optimizers.split(",")),
        test=None if test is None else Path(test),
        share=SHARE if share is None else share,
        size=USUAL_SIZE if size is None else size,
        colour=colour,
        **chosen,
    )
    settings.hyperparameters(drawn=source is None)  # a value that is not possible ends it here
    place = None if source is None else Path(source)
    comparing = state.app_without_data.comparing
    folder = Path(out)
    comparing.check_place(folder)
    pictures = output.run_job(comparing.prepare(place, settings))
    tell_pictures(state, pictures)
    if usual_batch and 0 < len(pictures.training) < BATCH:
        settings = replace(settings, batch=len(pictures.training))
    made: list[ComparedRun] = []
    job = comparing.train(place, pictures, settings, finished=made)
    try:
        result = output.run_job(_named(job), _Runs(state).lines_of)
    except BaseException as end:
        if made and not isinstance(end, Exception):  # Ctrl-C, or the system's end
            seconds = sum(run.seconds for run in made)
            comparing.export(comparing.result(place, pictures, settings, made, seconds), folder)
            runs = counted(len(made), "run that was", "runs that were")
            output.say(f"The report of the {runs} finished is in {folder}.")
        raise
    files = comparing.export(result, folder)
    _tell(state, result, folder, files)


def _named(job: "Job[ComparisonResult]") -> "Job[ComparisonResult]":
    """Put the name of the run that is made into what is shown of the work."""
    try:
        while True:
            step = next(job)
            stage = f"{step.stage}: {step.text}" if step.text else step.stage
            yield Progress(stage, step.done, step.total, step.text, step.figures)
    except StopIteration as stop:
        result: ComparisonResult = stop.value
        return result
    finally:
        job.close()


class _Runs:
    """Gathers the figures of the run that is made, and tells it when it is over.

    Args:
        state: this run of the command line.
    """

    def __init__(self, state: State) -> None:
        self._state = state
        self._epochs: list[Mapping[str, float]] = []

    def lines_of(self, step: Progress) -> list[str]:
        """Return the line of a run at its end, else nothing."""
        from faceaccess.cli.training_records import run_record

        if "end_of_epoch" in step.figures:
            self._epochs.append(step.figures)
        if "end_of_run" not in step.figures:
            return []
        epochs, self._epochs = self._epochs, []
        if self._state.json:
            name, _, seed = step.text.rpartition(", seed ")
            return [output.json_text(run_record(name, int(seed), epochs))]
        if not epochs:
            return [f"{step.text}: diverged in the first epoch"]
        last = epochs[-1]
        accuracy = f"test accuracy {100 * last['accuracy']:5.1f} %"
        return [f"{step.text:<32} {accuracy}   loss {last['loss']:<8.4g} {last['seconds']:.1f} s"]


def _tell(state: State, result: "ComparisonResult", folder: Path, files: tuple[Path, ...]) -> None:
    from faceaccess.cli.training_records import compared_record
    from faceaccess.pipeline.comparison_report import table

    if state.json:
        output.json_line(compared_record(result, folder, files))
        return
    output.answer("")
    output.table(*table(result))
    output.answer("")
    output.answer(
        f"{result.what[0].upper()}{result.what[1:]}; means of "
        f"{counted(result.settings.seeds, 'run', 'runs')} (standard deviation), accuracies on "
        f"{counted(result.test, 'test picture', 'test pictures')}; {result.seconds:.0f} s in all."
    )
    output.answer(f"The report is in {folder}: {', '.join(path.name for path in files)}.")
