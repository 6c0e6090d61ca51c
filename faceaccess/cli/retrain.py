"""`faceaccess retrain`: train the head anew."""

import click

from faceaccess.cli import output
from faceaccess.cli.options import State, common, pass_state
from faceaccess.cli.records import retrain_record
from faceaccess.core.counting import counted


@click.command(short_help="Train on everybody's pictures.")
@common
@click.option("--full", is_flag=True, help="Start over from all pictures, not from the last head.")
@pass_state
def retrain(state: State, full: bool) -> None:  # noqa: FBT001 - click passes it by name
    """Train on everybody's pictures; the door goes on meanwhile, and uses the result at once.

    A head that would be worse than the one in service is refused: the door goes on with the old
    one, and the verdict says so.
    """
    result = output.run_job(state.app.retraining.run(state.actor, full=full))
    if state.json:
        output.json_line(retrain_record(result))
    else:
        head = result.head
        output.answer(result.verdict)
        output.answer(
            f"Head {head.version}: {counted(head.people, 'person', 'people')}, "
            f"{counted(head.samples, 'picture', 'pictures')}, "
            f"{counted(head.steps, 'step', 'steps')}, {head.seconds:.1f} s, "
            f"{'accepted' if result.accepted else 'refused'}."
        )
