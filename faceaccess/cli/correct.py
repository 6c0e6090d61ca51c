"""`faceaccess correct`: say that a visit was judged wrongly; the door learns it at once."""

from typing import TYPE_CHECKING

import click

from faceaccess.cli import output
from faceaccess.cli.options import State, common, examples, pass_state
from faceaccess.cli.people import find_person
from faceaccess.cli.risk_records import corrected_record
from faceaccess.core.errors import KnownError

if TYPE_CHECKING:
    from faceaccess.pipeline.corrections import Corrected


@click.command(
    short_help='Say of a visit: "this is not me", or who it is.',
    epilog=examples(
        "faceaccess correct 3f2a91 --not-me",
        "faceaccess correct 3f2a91 --is 1042",
    ),
)
@common
@click.argument("event", metavar="EVENT")
@click.option("--not-me", is_flag=True, help="It is not the person whom the door took it for.")
@click.option("--is", "person", metavar="PERSON", help="It is this person: id or staff number.")
@click.option("--take-back", is_flag=True, help="Take back what was said of this visit.")
@pass_state
def correct(state: State, event: str, not_me: bool, person: str | None, take_back: bool) -> None:  # noqa: FBT001 - click's
    """Correct a visit; the door learns it at once, and is shown the same pictures again.

    EVENT is the visit's id, or the first six or more characters of it (`faceaccess events list`).
    With --not-me its pictures are never again taken for that person. With --is the best of them
    becomes one of the person's enrolled pictures, if it resembles the person at all.
    """
    if sum((not_me, person is not None, take_back)) != 1:
        raise click.UsageError("Give one of --not-me, --is PERSON and --take-back.")
    found = state.app.journal.find(event)
    corrections = state.app.corrections
    if take_back:
        results = _take_back(state, found.id)
    elif person is not None:
        chosen = find_person(state, person).id
        results = [output.run_job(corrections.this_is(state.actor, found.id, chosen))]
    else:
        results = [output.run_job(corrections.not_me(state.actor, found.id))]
    if state.json:
        output.json_line(corrected_record(results[-1]))
    else:
        output.answer(results[-1].effect)


def _take_back(state: State, event_id: str) -> "list[Corrected]":
    said = state.app.corrections.of_event(event_id)
    if not said:
        raise KnownError("Nothing was said of this visit.", "There is nothing to take back.")
    return [output.run_job(state.app.corrections.take_back(state.actor, one.id)) for one in said]
