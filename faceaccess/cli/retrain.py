"""`faceaccess retrain`: train the head anew."""

import click

from faceaccess.cli import output
from faceaccess.cli.head_text import tell_result
from faceaccess.cli.options import State, common, examples, pass_state
from faceaccess.cli.risk_records import retrain_record


@click.command(
    short_help="Train on everybody's pictures.",
    epilog=examples(
        "faceaccess retrain",
        'faceaccess retrain --force "Li Wei has left the country, her pictures are wrong"',
    ),
)
@common
@click.option("--full", is_flag=True, help="Start over from all pictures, not from the last head.")
@click.option(
    "--force",
    metavar="REASON",
    default="",
    help="Put the head into service although its test refuses it; the reason is kept with it.",
)
@pass_state
def retrain(state: State, full: bool, force: str) -> None:  # noqa: FBT001 - click passes it by name
    """Train on everybody's pictures; the door goes on meanwhile, and uses the result at once.

    Before the new head serves, it is tested beside the one in service, on pictures and strangers
    that neither has seen. One that lets more strangers in, or loses anybody, is refused: the door
    goes on with the old one, and the verdict says why. A refusal is a result: the exit code is 0.
    """
    result = output.run_job(state.app.retraining.run(state.actor, full=full, force=force))
    if state.json:
        output.json_line(retrain_record(result))
    else:
        tell_result(result)
