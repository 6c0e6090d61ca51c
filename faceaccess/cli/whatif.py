"""`faceaccess whatif`: past visits under another threshold, head or policy."""

from datetime import datetime
from typing import TYPE_CHECKING

import click

from faceaccess.cli import output
from faceaccess.cli.events import Moment
from faceaccess.cli.options import State, common, examples, pass_state
from faceaccess.cli.risk_records import replay_record
from faceaccess.core.counting import counted
from faceaccess.core.decisions import Decision, Outcome

if TYPE_CHECKING:
    from faceaccess.pipeline.what_if import Replay


@click.command(
    short_help="Replay past visits under another threshold, head or policy.",
    epilog=examples(
        "faceaccess whatif --since 2026-05-01 --threshold 0.55",
        "faceaccess whatif --head 12",
    ),
)
@common
@click.option("--since", type=Moment(), help="Only visits from this date or time on.")
@click.option("--until", type=Moment(), help="Only visits before this time.")
@click.option("--threshold", type=float, metavar="X", help="Similarity that a match must reach.")
@click.option("--head", type=click.IntRange(1), metavar="N", help="Version of the head.")
@click.option("--frames", type=int, metavar="K", help="Good pictures of a visit that must agree.")
@pass_state
def whatif(
    state: State,
    since: datetime | None,
    until: datetime | None,
    threshold: float | None,
    head: int | None,
    frames: int | None,
) -> None:
    """Show who would have been let in or kept out.

    The pictures that were kept with each visit are shown to the door's own rules again; what is
    not given stays as it is now. Nothing is changed.
    """
    replay = output.run_job(state.app.what_if.replay(since, until, threshold, head, frames))
    if state.json:
        output.json_line(replay_record(replay))
    else:
        _tell(replay)


def _tell(replay: "Replay") -> None:
    if replay.changes:
        output.table(
            ("Time", "Camera", "Was", "Would be", "Similarity", "ID"),
            [
                (
                    change.event.time.astimezone().strftime("%Y-%m-%d %H:%M:%S"),
                    change.event.camera,
                    _said(change.before),
                    _said(change.after),
                    _similarity(change.after),
                    change.event.id,
                )
                for change in replay.changes
            ],
        )
    rules = replay.rules
    output.answer(
        f"Of {counted(replay.events, 'visit', 'visits')}, {replay.would_let_in:,} would be let in "
        f"({replay.let_in_before:,} were), {replay.would_keep_out:,} would not, at "
        f"{rules.threshold:.3f} with head {rules.head} on "
        f"{counted(rules.evidence_frames, 'picture', 'pictures')}."
    )
    if replay.without_evidence:
        output.answer(
            f"{counted(replay.without_evidence, 'visit', 'visits')} cannot be replayed: too few "
            "pictures were kept, or another embedder saw them."
        )


def _said(decision: Decision) -> str:
    if decision.outcome is Outcome.GRANTED:
        return f"let in as {decision.person or 'somebody who was removed'}"
    return f"kept out: {decision.reason.sentence}"


def _similarity(decision: Decision) -> str | None:
    return None if decision.similarity is None else f"{decision.similarity:.2f}"
