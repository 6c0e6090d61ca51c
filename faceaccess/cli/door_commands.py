"""`faceaccess door open`, `lockdown`, `hold`, `mute`: commands to doors that run."""

from collections.abc import Callable
from datetime import datetime

import click

from faceaccess.cli import output
from faceaccess.cli.options import State, common, examples, pass_state
from faceaccess.cli.records import Record, local_time


@click.command("open", epilog=examples('faceaccess door open "Front door"'))
@common
@click.argument("name", metavar="NAME")
@pass_state
def open_once(state: State, name: str) -> None:
    """Open the lock of the running door NAME once, for its usual time."""
    answer = state.app.doors.open_once(name, state.actor)
    if state.json:
        output.json_line(answer)
    else:
        output.answer(str(answer["text"]))


@click.command(
    epilog=examples(
        'faceaccess door lockdown "Front door"', 'faceaccess door lockdown "Front door" --off'
    )
)
@common
@click.argument("name", metavar="NAME")
@click.option("--off", is_flag=True, help="End the lock-down.")
@pass_state
def lockdown(state: State, name: str, *, off: bool) -> None:
    """Let nobody in at the door NAME until the lock-down is ended, also after a restart.

    The way out is not the program's: it never holds anybody inside.
    """
    answer = state.app.doors.lock_down(name, state.actor, on=not off)
    if state.json:
        output.json_line(answer)
        return
    if answer["trouble"]:
        output.say(str(answer["trouble"]))
    output.answer(
        f"{answer['door']}: " + ("locked down." if answer["locked_down"] else "no lock-down.")
    )


def _end_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add --until, --for and --off, of which one is given."""
    off = click.option("--off", is_flag=True, help="End it now.")
    length = click.option("--for", "length", metavar="LENGTH", help="For how long: 20m, 1h30m.")
    until = click.option("--until", metavar="TIME", help="Until when: 17:30, 2026-11-24T17:30.")
    return until(length(off(command)))


def _end(until: str | None, length: str | None, *, off: bool) -> datetime | None:
    """Return until when something is to last; None where it is to end now."""
    if (until is not None) + (length is not None) + off != 1:
        raise click.UsageError("Give one of --until, --for and --off.")
    from faceaccess.core.access_rules import zone_named
    from faceaccess.core.end_times import end_after, end_at
    from faceaccess.pipeline.site_zone import site_zone

    if off:
        return None
    now = datetime.now(zone_named(site_zone()))
    return end_at(until, now) if until is not None else end_after(length or "", now)


@click.command(
    epilog=examples(
        'faceaccess door hold "Front door" --until 17:30',
        'faceaccess door hold "Front door" --for 20m',
        'faceaccess door hold "Front door" --off',
    )
)
@common
@click.argument("name", metavar="NAME")
@_end_options
@pass_state
def hold(state: State, name: str, until: str | None, length: str | None, *, off: bool) -> None:
    """Hold the running door NAME open until a time, at most 12 hours ahead.

    It shuts by itself: at that time, when it is locked down, and when its process ends, however it
    ends (after a pulse of 10 seconds at most).
    """
    end, doors = _end(until, length, off=off), state.app.doors
    answer = (
        doors.end_hold(name, state.actor) if end is None else doors.hold(name, state.actor, end)
    )
    _tell(state, answer, "held_until", "held open until {}.", "not held open.")


@click.command(
    epilog=examples(
        'faceaccess door mute "Front door" --for 2h', 'faceaccess door mute "Front door" --off'
    )
)
@common
@click.argument("name", metavar="NAME")
@_end_options
@pass_state
def mute(state: State, name: str, until: str | None, length: str | None, *, off: bool) -> None:
    """Let the running door NAME give no sound and no alert until a time, at most 12 hours ahead.

    It decides and opens as ever, and alarms are recorded. The mute ends with the door's process.
    """
    end, doors = _end(until, length, off=off), state.app.doors
    answer = doors.unmute(name, state.actor) if end is None else doors.mute(name, state.actor, end)
    _tell(state, answer, "muted_until", "muted until {}.", "not muted.")


def _tell(state: State, answer: Record, key: str, lasting: str, over: str) -> None:
    if state.json:
        output.json_line(answer)
        return
    until = answer[key]
    text = over if until is None else lasting.format(local_time(str(until)))
    output.answer(f"{answer['door']}: {text}")
