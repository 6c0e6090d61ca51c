"""`faceaccess door status`: how the doors are."""

import click

from faceaccess.cli import output
from faceaccess.cli.options import State, common, examples, pass_state
from faceaccess.cli.records import Record, local_time


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
            ("Door", "Runs", "Camera", "Lock", "Contact", "Locked down", "Alarms", "Last"),
            [_status_row(one) for one in found],
        )
    else:
        output.say("No door has ever run on this data folder.")


def _status_row(one: Record) -> tuple[object, ...]:
    if not one["running"]:
        down = "yes" if one["locked_down"] else "no"
        return (one["door"], "no", None, None, None, down, _alarms(one), None)
    last = one["last"]
    return (
        one["door"],
        "yes" if one["ready"] else "starting",
        f"{one['camera']} ({one['camera_state']})",
        f"{one['lock']} ({one['lock_trouble'] or _held(one) or 'no trouble'})",
        one["contact"],
        "yes" if one["locked_down"] else "no",
        _alarms(one),
        f"{last['outcome']}: {last['reason']}" if isinstance(last, dict) else None,
    )


def _alarms(one: Record) -> str | None:
    lasting = one["alarms"]
    assert isinstance(lasting, list)
    shown = ", ".join(str(alarm["kind"]).replace("_", " ") for alarm in lasting)
    until = one.get("muted_until")  # a door that does not run has none
    muted = "" if until is None else f"(muted until {local_time(str(until))})"
    return f"{shown} {muted}".strip() or None


def _held(one: Record) -> str:
    until = one["held_until"]
    return "" if until is None else f"held open until {local_time(str(until))}"
