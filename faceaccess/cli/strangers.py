"""`faceaccess strangers`: people who are not enrolled, on whom the door is tested."""

from pathlib import Path

import click

from faceaccess.cli import output
from faceaccess.cli.head_text import tell_calibration
from faceaccess.cli.options import State, common, examples, pass_state
from faceaccess.cli.risk_records import stranger_record, strangers_added_record
from faceaccess.core.counting import counted
from faceaccess.core.errors import KnownError
from faceaccess.core.strangers import Stranger

_SHORTEST_START = 6
"""Characters of an id that are enough to name a stranger, if they fit one only."""


@click.group()
@common
def strangers() -> None:
    """People who are not enrolled, on whom the door proves that it keeps such people out."""


@strangers.command(epilog=examples("faceaccess strangers add visitors-who-agreed"))
@common
@click.argument("folder", metavar="FOLDER")
@pass_state
def add(state: State, folder: str) -> int:
    """Take in the strangers of a folder.

    A picture in FOLDER is one stranger, and so is a folder in it with pictures of one person.
    Pictures without a usable face, of people who are enrolled, and of strangers who are there
    already are named with the reason. It happens completely or not at all.
    """
    result = output.run_job(state.app.strangers.add(state.actor, Path(folder)))
    if state.json:
        for one in result.rejected:
            output.json_line({"picture": one.picture, "reason": one.reason})
        output.json_line(strangers_added_record(result))
    else:
        for one in result.rejected:
            output.say(f"Not taken: {one.picture}: {one.reason}")
        for one in result.warnings:
            output.say(f"Note: {one.picture}: {one.reason}")
        output.answer(
            f"{counted(result.strangers, 'stranger', 'strangers')} with "
            f"{counted(result.pictures, 'picture', 'pictures')} came in, "
            f"{len(result.rejected):,} not taken ({result.seconds:.1f} s)."
        )
        if result.calibration is not None:
            tell_calibration(result.calibration)
        elif result.strangers:
            output.answer("`faceaccess calibrate --risk 1/1000` finds the threshold with them.")
    return 0 if result.strangers else 1


@strangers.command("list")
@common
@pass_state
def list_strangers(state: State) -> None:
    """List all strangers, the oldest first, and what each is used for."""
    found = state.app.strangers.list()
    if state.json:
        for one in found:
            output.json_line(stranger_record(one))
    elif found:
        output.table(
            ("Label", "Pictures", "Used for", "Added", "ID"),
            [
                (
                    one.label,
                    one.samples,
                    one.role.value,
                    one.added_at.astimezone().strftime("%Y-%m-%d %H:%M"),
                    one.id,
                )
                for one in found
            ],
        )
    else:
        output.say("There is no stranger yet. `faceaccess strangers add FOLDER` takes some in.")


@strangers.command()
@common
@click.argument("stranger", metavar="ID")
@pass_state
def remove(state: State, stranger: str) -> None:
    """Remove a stranger and all their pictures.

    ID is the stranger's id, or the first six or more characters of it.
    """
    removed = state.app.strangers.remove(state.actor, _find(state, stranger).id)
    if state.json:
        output.json_line(stranger_record(removed))
    else:
        output.answer(f"The stranger {removed.label or removed.id} is removed.")


def _find(state: State, text: str) -> Stranger:
    fitting = [
        one
        for one in state.app.strangers.list()
        if text == one.id or (len(text) >= _SHORTEST_START and one.id.startswith(text.lower()))
    ]
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        raise KnownError(f"{text} fits {len(fitting)} strangers.", "Give the whole id.")
    raise KnownError(
        f"There is no stranger with the id {text!r}.",
        "`faceaccess strangers list` shows the ids.",
    )
