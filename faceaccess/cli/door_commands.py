"""`faceaccess door open`, `lockdown`: commands to doors that run."""

import click

from faceaccess.cli import output
from faceaccess.cli.options import State, common, examples, pass_state


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
