"""What a head's test found, for people."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from faceaccess.cli import output
from faceaccess.core.counting import counted
from faceaccess.core.head_tests import HeadScore, PersonChange

if TYPE_CHECKING:
    from faceaccess.pipeline.results import Calibration, RetrainResult, SetAside

MOST_PEOPLE = 20
"""People of whom a table tells before and after."""


def tell_result(result: "RetrainResult") -> None:
    """Tell the verdict on a head, and the figures that it stands on."""
    head = result.head
    output.answer(result.verdict)
    output.answer(
        f"Head {head.version}: {counted(head.people, 'person', 'people')}, "
        f"{counted(head.samples, 'picture', 'pictures')}, "
        f"{counted(head.steps, 'step', 'steps')}, {head.seconds:.1f} s, "
        f"{'accepted' if result.accepted else 'refused'}."
    )
    if result.before is not None and result.after is not None:
        tell_scores(("before", "after"), (result.before, result.after))
    tell_changes(result.changed_people, result.names)
    tell_set_aside(result.set_aside)


def tell_calibration(calibration: "Calibration") -> None:
    """Tell what a risk asks, what can be promised, and whether it is in force."""
    if calibration.estimate is not None:
        output.answer(calibration.estimate.text)
    test = calibration.test
    if test.strangers:
        kind = "other strangers" if not calibration.synthetic else "other drawn strangers"
        output.answer(f"Tested on {test.strangers:,} {kind}: {test.strangers_in:,} would get in.")
    tell_set_aside(calibration.set_aside)
    output.answer(
        f"The threshold is {calibration.threshold:.3f} now, and every later head is calibrated."
        if calibration.applied
        else f"The threshold would be {calibration.threshold:.3f}. --apply puts it into force."
    )


def tell_scores(headings: Sequence[str], scores: Sequence[HeadScore]) -> None:
    """Draw a table of heads on one test, a column each."""
    rows: list[Sequence[object]] = [
        ("threshold", *(f"{score.threshold:.3f}" for score in scores)),
        ("strangers let in", *(_of(s.strangers_in, s.strangers) for s in scores)),
        ("pictures known", *(_of(s.known, s.probes) for s in scores)),
        ("taken for somebody else", *(f"{s.wrong:,}" for s in scores)),
    ]
    output.table(("Test", *headings), rows)


def tell_changes(changes: Sequence[PersonChange], names: Mapping[str, str]) -> None:
    """Draw a table of people who are known less or more surely."""
    if not changes:
        return
    output.table(
        ("Person", "Pictures", "Known before", "after", "Similarity before", "after"),
        [
            (
                names.get(one.person_id, one.person_id),
                one.probes,
                one.known_before,
                one.known_after,
                _similarity(one.similarity_before),
                _similarity(one.similarity_after),
            )
            for one in changes[:MOST_PEOPLE]
        ],
    )
    if len(changes) > MOST_PEOPLE:
        output.answer(f"and {len(changes) - MOST_PEOPLE:,} more.")


def tell_set_aside(set_aside: "Sequence[SetAside]") -> None:
    """Name strangers who are enrolled."""
    for one in set_aside:
        output.say(
            f"Note: the stranger {one.label or one.stranger_id} is {one.person}, who is enrolled "
            f"({one.similarity:.2f}), and is left out."
        )


def _of(number: int, all_of_them: int) -> str:
    return f"{number:,} of {all_of_them:,}" if all_of_them else "none to test with"


def _similarity(value: float | None) -> str | None:
    return None if value is None else f"{value:.3f}"
