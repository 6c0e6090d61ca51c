"""`faceaccess calibrate`: from a stated risk to a threshold."""

import click

from faceaccess.cli import output
from faceaccess.cli.head_text import tell_calibration
from faceaccess.cli.options import State, common, examples, pass_state
from faceaccess.cli.risk_records import calibration_record
from faceaccess.core.calibrations import checked_risk, parse_risk
from faceaccess.core.errors import KnownError


@click.command(
    short_help="Find the threshold for a stated risk.",
    epilog=examples(
        "faceaccess calibrate --risk 1/1000",
        "faceaccess calibrate --risk 1/1000 --apply",
        "faceaccess calibrate --apply               for the risk that was stated before",
    ),
)
@common
@click.option(
    "--risk",
    metavar="1/N",
    help="At most 1 stranger in N may be let in. Without it, the risk that was stated before.",
)
@click.option(
    "--apply",
    is_flag=True,
    help="State the risk: the door uses the threshold, and every later head is calibrated to it.",
)
@pass_state
def calibrate(state: State, risk: str | None, apply: bool) -> None:  # noqa: FBT001 - click's
    """Find the threshold at which no more strangers get in than the risk allows.

    It stands on the strangers of this site (`faceaccess strangers add`), and says what it can
    promise and how many colleagues would be asked to try again. Nothing changes without --apply.
    """
    stated = _stated(state) if risk is None else parse_risk(risk)
    calibrating = state.app.calibrating
    job = calibrating.apply(state.actor, stated) if apply else calibrating.estimate(stated)
    calibration = output.run_job(job)
    if state.json:
        output.json_line(calibration_record(calibration))
        return
    tell_calibration(calibration)


def _stated(state: State) -> float:
    risk = state.app.settings.get().risk
    if risk is None:
        raise KnownError("No risk is stated yet.", "State one, like --risk 1/1000.")
    return checked_risk(risk)
