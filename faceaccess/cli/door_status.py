"""`faceaccess door status`: how the doors are."""

import click

from faceaccess.cli import output
from faceaccess.cli.options import State, common, examples, pass_state
from faceaccess.cli.records import Record


@click.command(epilog=examples("faceaccess door status", 'faceaccess door status "Front door"'))
@common
@click.argument("name", metavar="NAME", required=False)
@pass_state
def status(state: State, name: str | None) -> None:
    """Show how the doors are, or one of them; an error if that one does not run."""
    doors = state.app.doors
    found = doors.all() if name is None else [doors.status(name, state.actor)]
    if state.json:
        for one in found:
            output.json_line(one)
    elif found:
        output.table(
            ("Door", "Runs", "Camera", "Lock", "Locked down", "Last"),
            [_status_row(one) for one in found],
        )
    else:
        output.say("No door has ever run on this data folder.")


def _status_row(one: Record) -> tuple[object, ...]:
    if not one["running"]:
        return (one["door"], "no", None, None, "yes" if one["locked_down"] else "no", None)
    last = one["last"]
    return (
        one["door"],
        "yes" if one["ready"] else "starting",
        f"{one['camera']} ({one['camera_state']})",
        f"{one['lock']} ({one['lock_trouble'] or 'no trouble'})",
        "yes" if one["locked_down"] else "no",
        f"{last['outcome']}: {last['reason']}" if isinstance(last, dict) else None,
    )
