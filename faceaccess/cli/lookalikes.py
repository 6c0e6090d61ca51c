"""`faceaccess lookalikes`: enrolled people who may be taken for each other."""

import click

from faceaccess.cli import output
from faceaccess.cli.options import State, common, pass_state
from faceaccess.cli.risk_records import pair_record
from faceaccess.core.calibrations import one_in
from faceaccess.core.counting import counted


@click.command(short_help="List enrolled people who may be taken for each other.")
@common
@pass_state
def lookalikes(state: State) -> None:
    """List pairs of enrolled people who pass as each other more often than the risk allows.

    A face alone does not tell such people apart for sure: give them a second factor. A pair that
    is one person enrolled twice is marked.
    """
    service = state.app.look_alikes
    pairs = output.run_job(service.pairs())
    if state.json:
        for pair in pairs:
            output.json_line(pair_record(pair))
        return
    limit = one_in(service.risk)
    if not pairs:
        output.say(f"No two enrolled people are so alike that more than {limit} pictures pass.")
        return
    output.table(
        ("Person", "Looks like", "Similarity", "Passes as the other", "Remark"),
        [
            (
                pair.a.name,
                pair.b.name,
                f"{pair.similarity:.2f}",
                f"{one_in(pair.risk)} pictures",
                "the same person twice?" if pair.same_person else "needs a second factor",
            )
            for pair in pairs
        ],
    )
    output.answer(f"{counted(len(pairs), 'pair', 'pairs')} at a risk of {limit}.")
