"""`faceaccess events`: the record of visits."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import click

from faceaccess.cli import output
from faceaccess.cli.options import State, common, examples, pass_state
from faceaccess.cli.people import find_person
from faceaccess.cli.records import event_record
from faceaccess.core.decisions import Outcome
from faceaccess.store.protocol import EventFilter

F = TypeVar("F", bound=Callable[..., Any])


class Moment(click.ParamType[datetime]):
    """A date or a date with time in ISO form; local time unless it names its zone."""

    name = "time"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        """Return the aware moment.

        Raises:
            click.BadParameter: if it is none.
        """
        if isinstance(value, datetime):
            return value
        try:
            return datetime.fromisoformat(str(value)).astimezone()
        except (ValueError, OverflowError):
            self.fail(f"{value!r} is no time; write 2026-05-31 or 2026-05-31T08:00", param, ctx)


def _filters(command: F) -> F:
    for option in (
        click.option("--camera", metavar="NAME", help="Only this camera."),
        click.option("--until", type=Moment(), help="Only before this time."),
        click.option("--since", type=Moment(), help="Only from this date or time on."),
        click.option("--person", metavar="ID", help="Only this person's visits."),
        click.option(
            "--outcome",
            type=click.Choice([outcome.value for outcome in Outcome]),
            help="Only visits that ended so.",
        ),
    ):
        command = option(command)
    return command


def _filter(
    state: State,
    outcome: str | None,
    person: str | None,
    since: datetime | None,
    until: datetime | None,
    camera: str | None,
) -> EventFilter:
    return EventFilter(
        outcome=None if outcome is None else Outcome(outcome),
        person_id=None if person is None else find_person(state, person).id,
        since=since,
        until=until,
        camera=camera,
    )


@click.group()
@common
def events() -> None:
    """The record of visits: one event a visit."""


@events.command(
    "list", epilog=examples("faceaccess events list --since 2026-05-31 --outcome denied")
)
@common
@_filters
@click.option(
    "--limit", type=click.IntRange(1), default=100, show_default=True, help="At most so many."
)
@click.option("--offset", type=click.IntRange(0), default=0, help="Leave out the newest so many.")
@pass_state
def list_events(state: State, /, limit: int, offset: int, **chosen: Any) -> None:
    """List visits, newest first."""
    found = state.app.journal.list(_filter(state, **chosen), offset, limit)
    if state.json:
        for event in found:
            output.json_line(event_record(event))
    elif found:
        output.table(
            ("Time", "Camera", "Outcome", "Person", "Similarity", "Reason", "ID"),
            [
                (
                    event.time.astimezone().strftime("%Y-%m-%d %H:%M:%S"),
                    event.camera,
                    event.decision.outcome.value,
                    event.decision.person,
                    None
                    if event.decision.similarity is None
                    else f"{event.decision.similarity:.2f}",
                    event.decision.reason.sentence,
                    event.id,
                )
                for event in found
            ],
        )
    else:
        output.say("No visit is recorded that fits.")


@events.command(
    epilog=examples("faceaccess events export may.csv --since 2026-05-01 --until 2026-06-01")
)
@common
@_filters
@click.argument("file", metavar="FILE")
@pass_state
def export(state: State, /, file: str, **chosen: Any) -> None:
    """Write visits to a CSV file, oldest first. The file appears complete or not at all."""
    job = state.app.journal.export_csv(Path(file), _filter(state, **chosen))
    written = output.run_job(job)
    if state.json:
        output.json_line({"file": file, "events": written})
    else:
        output.answer(f"{written:,} visits written to {file}.")
