"""`faceaccess models`: networks, their licences, trusting a weights file, bringing an embedder."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from faceaccess.cli import output
from faceaccess.cli.head_text import tell_result
from faceaccess.cli.options import State, common, examples, pass_state
from faceaccess.cli.records import Record, figure, model_record
from faceaccess.cli.risk_records import (
    estimate_record,
    person_change_record,
    retrain_record,
    score_record,
    share,
)
from faceaccess.core.errors import KnownError

if TYPE_CHECKING:
    from faceaccess.pipeline.embedder_change import Trial


@click.group()
@common
def models() -> None:
    """Networks, their licences and weights."""


@models.command("list")
@common
@pass_state
def list_models(state: State) -> None:
    """List the networks with licence, origin and hash, and whether they can be used here."""
    found = state.app.models.list()
    if state.json:
        for model in found:
            output.json_line(model_record(model))
        return
    output.table(
        ("Name", "Kind", "In use", "Ready", "Licence", "SHA-256", "State"),
        [
            (
                model.name,
                model.kind,
                _yes(model.in_use),
                _yes(model.available),
                model.licence,
                (model.sha256 or "")[:16],
                model.text,
            )
            for model in found
        ],
    )


@models.command(epilog=examples("faceaccess models trust vggface2.pt --name facenet"))
@common
@click.argument("file", metavar="FILE")
@click.option("--name", metavar="MODEL", help="Which network it is for, as in `models list`.")
@pass_state
def trust(state: State, file: str, name: str | None) -> None:
    """Trust a weights file: its SHA-256 is noted, and the file is used from then on.

    Only trust files whose origin and licence you know.
    """
    model = state.app.models.trust(state.actor, Path(file), name)
    if state.json:
        output.json_line(model_record(model))
    else:
        output.answer(f"{model.name}: {model.text}")


@models.command(
    epilog=examples(
        "faceaccess models bring w600k_r50.onnx --name arcface-r50",
        "faceaccess models bring adaface.onnx --name adaface --colour-order bgr",
    )
)
@common
@click.argument("file", metavar="FILE")
@click.option("--name", metavar="NAME", required=True, help="What you will call it.")
@click.option(
    "--colour-order",
    type=click.Choice(["rgb", "bgr"]),
    default="rgb",
    show_default=True,
    help="Order of the planes that it takes.",
)
@click.option(
    "--mean",
    metavar="M or R,G,B",
    default="127.5",
    show_default=True,
    help="What is subtracted from red, green and blue, which are 0 to 255.",
)
@click.option(
    "--scale",
    type=float,
    metavar="FACTOR",
    default=1 / 127.5,
    help="Factor after that.  [default: 1/127.5]",
)
@pass_state
def bring(state: State, file: str, name: str, colour_order: str, mean: str, scale: float) -> None:
    """Take an ONNX embedder of aligned faces of 112 x 112 pixels; it does not serve by that.

    The file is tried, and copied into the data folder. Only bring files whose origin and licence
    you know.
    """
    model = state.app.models.bring(
        state.actor, Path(file), name, order=colour_order, mean=_numbers(mean), scale=scale
    )
    if state.json:
        output.json_line(model_record(model))
    else:
        output.answer(f"{model.name}: {model.text}")


@models.command("try", epilog=examples("faceaccess models try arcface-r50"))
@common
@click.argument("name", metavar="NAME")
@pass_state
def try_out(state: State, name: str) -> None:
    """Try an embedder on this site's people and strangers, beside the one in service."""
    found = output.run_job(state.app.embedder_change.trial(name))
    if state.json:
        output.json_line(trial_record(found))
    else:
        output.answer(found.verdict)


@models.command(
    epilog=examples(
        "faceaccess models use arcface-r50", 'faceaccess models use sface --force "back to the old"'
    )
)
@common
@click.argument("name", metavar="NAME")
@click.option(
    "--force",
    metavar="REASON",
    default="",
    help="Change over although the test refuses it; the reason is kept with the head.",
)
@pass_state
def use(state: State, name: str, force: str) -> None:
    """Change over to an embedder, if it is no worse on this site's people and strangers.

    All stored pictures are embedded anew; they, the new head and the settings change in one
    transaction, and a running door follows. A refusal is a result: the exit code is 0.
    """
    result = output.run_job(state.app.embedder_change.use(state.actor, name, force=force))
    if state.json:
        output.json_line(retrain_record(result))
    else:
        tell_result(result)


@models.command(epilog=examples("faceaccess models forget arcface-r50"))
@common
@click.argument("name", metavar="NAME")
@pass_state
def forget(state: State, name: str) -> None:
    """Delete an embedder that was brought and is not in use."""
    file = state.app.embedder_change.forget(name)
    if state.json:
        output.json_line({"name": name, "file": str(file)})
    else:
        output.answer(f"{name} is given up; {file} is deleted.")


def trial_record(found: "Trial") -> Record:
    """Return what was found of an embedder beside the one in service."""
    return {
        "name": found.name,
        "embedder": str(found.space),
        "no_worse": found.test.passed,
        "refused_because": found.test.refused_because,
        "risk": share(found.risk),
        "threshold": figure(found.test.after.threshold),
        "before": score_record(found.before),
        "after": score_record(found.test.after),
        "synthetic": found.test.synthetic,
        "estimate": estimate_record(found.estimate),
        "estimate_before": estimate_record(found.estimate_before),
        "changed_people": [
            person_change_record(one, found.names) for one in found.test.changed_people
        ],
        "text": found.verdict,
        "seconds": figure(found.seconds),
    }


def _numbers(text: str) -> list[float]:
    try:
        return [float(part) for part in text.split(",")]
    except ValueError as error:
        raise KnownError(
            f"{text!r} is not one number or three.", "Write it like 127.5 or 123.7,116.3,103.5."
        ) from error


def _yes(value: bool) -> str:  # noqa: FBT001 - a formatter of one value
    return "yes" if value else "no"
