"""`faceaccess demo`: the product on drawn people, in a throw-away data folder."""

from contextlib import closing

import click

from faceaccess import app
from faceaccess.cli import output
from faceaccess.cli.options import State, common, examples, pass_state
from faceaccess.cli.watch import changes, results, tell
from faceaccess.cli.window import check_display, open_window

DEMO_ADDRESS = "demo:"


@click.command(
    short_help="Show the product on drawn people.",
    epilog=examples("faceaccess demo", "faceaccess demo --headless --seconds 25 --json"),
)
@common
@click.option("--headless", is_flag=True, help="Without a window: print the door's decisions.")
@click.option(
    "--seconds", metavar="N", type=click.FloatRange(0, min_open=True), help="End after so long."
)
@pass_state
def demo(state: State, headless: bool, seconds: float | None) -> int | None:  # noqa: FBT001 - click passes it by name
    """Show the product on drawn people: staff are let in, strangers are not.

    It works on a data folder of its own that is deleted at the end; your people are not touched.
    """
    if state.home is not None:
        raise click.UsageError("The demo makes a data folder of its own; leave --home out.")
    if not headless:
        if seconds is not None:
            raise click.UsageError("--seconds goes with --headless.")
        check_display("`faceaccess demo --headless` shows it without a window.")
    output.say("Enrolling drawn people for the demo ...")
    state.adopt(app.build_demo())
    if not headless:
        return open_window(state.app)
    seen = results(state.app, DEMO_ADDRESS, seconds=seconds)
    with closing(seen):
        for result in changes(seen):
            remark = f" [really {result.truth or 'nobody of the staff'}]"
            tell(state, result, remark=remark, truth=result.truth)
    return None
