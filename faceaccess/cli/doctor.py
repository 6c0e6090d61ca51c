"""`faceaccess doctor`: is everything there that the product needs?"""

import click

from faceaccess.cli import output
from faceaccess.cli.options import State, common, pass_state
from faceaccess.cli.records import check_record


@click.command()
@common
@pass_state
def doctor(state: State) -> None:
    """Check camera, weights, data folder and display, a line each.

    The exit code tells that the checks ran, not how they ended: a server without a camera or a
    display is no error.
    """
    for check in state.app.doctor.run():
        if state.json:
            output.json_line(check_record(check))
        else:
            output.answer(f"{'ok  ' if check.ok else 'look'}  {check.name}: {check.text}")
