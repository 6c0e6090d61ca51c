"""`faceaccess models`: networks, their licences, and trusting a weights file."""

from pathlib import Path

import click

from faceaccess.cli import output
from faceaccess.cli.options import State, common, examples, pass_state
from faceaccess.cli.records import model_record


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


def _yes(value: bool) -> str:  # noqa: FBT001 - a formatter of one value
    return "yes" if value else "no"
