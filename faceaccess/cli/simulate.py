"""`faceaccess door simulate`: a door's day faster than real time, judged by a referee."""

import click

from faceaccess.cli import output
from faceaccess.cli.options import State, common, examples, pass_state
from faceaccess.cli.records import Record
from faceaccess.core.counting import counted


@click.command(
    "simulate",
    epilog=examples(
        "faceaccess door simulate --visits 10000 --seed 1",
        "faceaccess door simulate --visits 50 --seed 1 --whole --json",
    ),
)
@common
@click.option(
    "--visits",
    metavar="N",
    type=click.IntRange(1),
    default=1000,
    show_default=True,
    help="How many come.",
)
@click.option(
    "--seed",
    metavar="S",
    type=click.IntRange(0, 2**31),
    default=1,
    show_default=True,
    help="Fixes who comes when, and what goes wrong.",
)
@click.option("--whole", is_flag=True, help="Drawn people through the real networks; slow.")
@pass_state
def simulate_day(state: State, visits: int, seed: int, *, whole: bool) -> None:
    """Play N visits before a simulated door and count what it does wrongly.

    Staff and strangers come and go, and by the seed things go wrong: the camera freezes or is late,
    the lock is lost or silent, the store is locked or full, clocks jump, people are removed in
    mid-visit, the process is broken off. A referee knows who really stands there. The data folder
    plays no part in it. The exit code is 0 whatever was found: read the last line.
    """
    from faceaccess.pipeline.simulation.simulate import drawn_stages, made_up_stages, simulate

    stages = drawn_stages() if whole else made_up_stages
    result = output.run_job(simulate(visits, seed, stages))
    for number, finding in result.findings:
        record: Record = {
            "finding": finding.kind,
            "day": number,
            "visit": finding.visit,
            "second": round(finding.second, 1),
            "text": finding.text,
        }
        if state.json:
            output.json_line(record)
        else:
            output.answer(
                f"Day {number}, visit {finding.visit}, second {finding.second:.1f}: "
                f"{finding.kind}: {finding.text}."
            )
    last: Record = {
        "visits": result.visits,
        "wrong_openings": result.wrong_openings,
        "wrong_refusals": result.wrong_refusals,
        "faults": result.faults,
        "events_lost": result.events_lost,
    }
    if state.json:
        output.json_line(last)
    else:
        played = (
            counted(result.visits, "visit", "visits"),
            counted(result.faults, "fault", "faults"),
            counted(result.wrong_openings, "wrong opening", "wrong openings"),
            counted(result.wrong_refusals, "wrong refusal", "wrong refusals"),
            counted(result.events_lost, "lost event", "lost events"),
        )
        output.answer(", ".join(played) + ".")
