"""`faceaccess heads`: versions of the head, compared, pinned and rolled back."""

import click

from faceaccess.cli import output
from faceaccess.cli.head_text import tell_changes, tell_result, tell_scores
from faceaccess.cli.options import State, common, examples, pass_state
from faceaccess.cli.risk_records import comparison_record, head_record, retrain_record
from faceaccess.core.calibrations import one_in
from faceaccess.core.heads import HeadRecord

_VERSION = click.IntRange(1)


@click.group()
@common
def heads() -> None:
    """Versions of the head: list, compare, roll back, pin."""


@heads.command("list")
@common
@pass_state
def list_heads(state: State) -> None:
    """List the versions, newest first, and which one serves."""
    service = state.app.heads
    serving = service.serving()
    found = service.list()
    if state.json:
        for head in found:
            output.json_line(head_record(head, serving=head.version == serving))
    elif found:
        output.table(
            ("Head", "State", "Made", "People", "Pictures", "Threshold", "Strangers", "Note", "By"),
            [_row(head, serving) for head in found],
        )
    else:
        output.say("There is no head yet: nobody was ever enrolled.")


@heads.command(epilog=examples("faceaccess heads compare 12 15"))
@common
@click.argument("first", metavar="A", type=_VERSION)
@click.argument("second", metavar="B", type=_VERSION)
@pass_state
def compare(state: State, first: int, second: int) -> None:
    """Test two versions on the same strangers and the same pictures of today."""
    compared = output.run_job(state.app.heads.compare(first, second))
    if state.json:
        output.json_line(comparison_record(compared, state.app.heads.serving()))
        return
    test = compared.test
    if test.before is not None:
        tell_scores((f"head {first}", f"head {second}"), (test.before, test.after))
    tell_changes(test.changed_people, compared.names)
    if test.refused_because is not None:
        output.answer(f"Head {second} would be refused after head {first}: {test.refused_because}")
    else:
        output.answer(f"Head {second} is no worse than head {first}.")


@heads.command(epilog=examples("faceaccess heads use 12"))
@common
@click.argument("version", metavar="N", type=_VERSION)
@click.option(
    "--force",
    metavar="REASON",
    default="",
    help="Use it although its test refuses it; the reason is kept with it.",
)
@pass_state
def use(state: State, version: int, force: str) -> None:
    """Roll back: let version N serve until the next accepted one.

    It is tested like a new head. One that knows fewer people than are enrolled, or does worse than
    the one in service, is refused, and the door goes on as before: exit code 0.
    """
    result = output.run_job(state.app.heads.use(state.actor, version, force))
    if state.json:
        output.json_line(retrain_record(result))
    else:
        tell_result(result)


@heads.command(epilog=examples("faceaccess heads pin 12", "faceaccess heads pin 12 --off"))
@common
@click.argument("version", metavar="N", type=_VERSION)
@click.option("--off", is_flag=True, help="Keep it no longer than other versions.")
@pass_state
def pin(state: State, version: int, off: bool) -> None:  # noqa: FBT001 - click's
    """Keep version N, however many follow, so that it can serve again."""
    head = state.app.heads.pin(state.actor, version, not off)
    if state.json:
        output.json_line(head_record(head, serving=version == state.app.heads.serving()))
    else:
        output.answer(
            f"Head {version} is kept like any other version."
            if off
            else f"Head {version} is kept until it is released (--off)."
        )


def _row(head: HeadRecord, serving: int | None) -> tuple[object, ...]:
    estimate = head.estimate
    test = head.test
    return (
        head.version,
        _state(head, serving),
        head.created_at.astimezone().strftime("%Y-%m-%d %H:%M"),
        head.people,
        head.samples,
        None if estimate is None else f"{estimate.threshold:.3f} for {one_in(estimate.risk)}",
        None
        if test is None or not test.after.strangers
        else f"{test.after.strangers_in:,} of {test.after.strangers:,} in",
        head.note,
        head.actor,
    )


def _state(head: HeadRecord, serving: int | None) -> str:
    if head.version == serving:
        state = "serves"
    elif not head.accepted:
        state = "refused"
    elif not head.stored:
        state = "record only"
    else:
        state = "kept"
    return f"{state}, pinned" if head.pinned else state
