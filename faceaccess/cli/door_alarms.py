"""`faceaccess door alarms`: what doors called for help about."""

from typing import TYPE_CHECKING

import click

from faceaccess.cli import output
from faceaccess.cli.options import State, common, examples, pass_state

if TYPE_CHECKING:
    from faceaccess.core.alarms import Alarm


@click.command(
    epilog=examples(
        "faceaccess door alarms", 'faceaccess door alarms "Front door" --lasting --json'
    )
)
@common
@click.argument("name", metavar="NAME", required=False)
@click.option("--lasting", is_flag=True, help="Those alone that have not ended.")
@click.option(
    "--limit",
    metavar="N",
    type=click.IntRange(1, 10_000),
    default=100,
    show_default=True,
    help="At most so many.",
)
@pass_state
def alarms(state: State, name: str | None, *, lasting: bool, limit: int) -> None:
    """List the alarms of the door NAME, or of all doors, the newest first."""
    found = state.app.doors.alarms(name, lasting=lasting, limit=limit)
    if state.json:
        from faceaccess.pipeline.alarm_records import alarm_record

        for alarm in found:
            output.json_line(alarm_record(alarm))
    elif found:
        output.table(
            ("Began", "Ended", "Door", "What", "Muted by"), [_row(alarm) for alarm in found]
        )
    else:
        output.say("No alarm lasts." if lasting else "No alarm was ever raised.")


def _row(alarm: "Alarm") -> tuple[object, ...]:
    what = f"{alarm.kind.sentence}. {alarm.detail}".strip()
    if alarm.ended is None:
        ended: str | None = "lasts"
    elif alarm.ended == alarm.began:
        ended = None
    else:
        ended = f"{alarm.ended.astimezone():%Y-%m-%d %H:%M:%S}"
    began = f"{alarm.began.astimezone():%Y-%m-%d %H:%M:%S}"
    return (began, ended, alarm.station, what, alarm.muted_by or None)
