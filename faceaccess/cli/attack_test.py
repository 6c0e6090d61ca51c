"""`faceaccess door attack-test`: what liveness stops at this camera, and whom it refuses."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import click

from faceaccess.cli import output
from faceaccess.cli.options import State, common, examples, pass_state
from faceaccess.cli.records import Record, figure, moment
from faceaccess.cli.source_frames import frames_of, source_of
from faceaccess.core.attack_tests import (
    INSTRUCTIONS,
    KIND_NAMES,
    NOT_COVERED,
    PREPARE,
    AttackReport,
    Attempt,
    AttemptOutcome,
    KindFigures,
    PresentationKind,
)
from faceaccess.core.errors import KnownError
from faceaccess.core.frames import Frame
from faceaccess.core.whole_file import whole_file

if TYPE_CHECKING:
    from faceaccess.pipeline.attack_test import AttackTest

_KINDS = [kind.value for kind in PresentationKind]

_OUTCOMES: dict[AttemptOutcome, str] = {
    AttemptOutcome.LET_IN: "taken for a living person",
    AttemptOutcome.REFUSED: "refused as a picture",
    AttemptOutcome.UNSURE: "not let in: unsure",
    AttemptOutcome.NO_FACE: "no face was found; not counted",
}


@click.command(
    "attack-test",
    short_help="Try pictures, phones and masks at a camera, and count.",
    epilog=examples(
        "faceaccess door attack-test --camera 0",
        "faceaccess door attack-test --camera rtsp://cam/1 --kind print --kind phone --attempts 20",
        "faceaccess door attack-test --clip phone=replay.mp4 --clip bona_fide=me.mp4 --json",
    ),
)
@common
@click.option("--camera", metavar="SOURCE", help="The door's camera, as `watch` takes it.")
@click.option(
    "--kind",
    "kinds",
    type=click.Choice(_KINDS),
    multiple=True,
    help="Only these; by default all, one after the other.",
)
@click.option(
    "--attempts",
    metavar="N",
    type=click.IntRange(1, 1000),
    default=10,
    show_default=True,
    help="Attempts of each kind.",
)
@click.option(
    "--seconds",
    metavar="S",
    type=click.FloatRange(3, 60),
    default=10.0,
    show_default=True,
    help="Longest time of one attempt.",
)
@click.option(
    "--clip",
    "clips",
    metavar="KIND=FILE",
    multiple=True,
    help="A video of one attempt, instead of a camera; may be given many times.",
)
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the report as JSON, besides keeping it.",
)
@pass_state
def attack_test(
    state: State,
    camera: str | None,
    kinds: Sequence[str],
    attempts: int,
    seconds: float,
    clips: Sequence[str],
    out: Path | None,
) -> None:
    """Walk through attempts at a door's camera and report what liveness let in and refused.

    Each attempt begins by itself when a face comes into view, after nobody was in view for four
    seconds. Liveness is asked as if every face were enrolled. No lock is opened, nothing is
    recorded but the counts. Reported per kind: APCER (attacks taken for a living person) and BPCER
    (people refused as an attack), with exact 95 % intervals: 0 of 10 proves no better than 31 %.

    Mount the camera as it will stay, light as it will be, and end the door's own station first.
    """
    if (camera is None) == (not clips):
        raise click.UsageError("Give either --camera or --clip.")
    recorded = [_clip(text) for text in clips]
    address = ", ".join(clips) if camera is None else source_of(state.app, camera).address
    with closing(state.app.new_attack_test(seconds=seconds)) as test:
        try:
            if camera is None:
                for kind, path in recorded:
                    _play(state, test, kind, path)
            else:
                chosen = [PresentationKind(kind) for kind in kinds] or list(PresentationKind)
                _walk(state, test, camera, chosen, attempts)
        finally:
            # Also after Ctrl-C: what was tried is not tried again for nothing.
            if test.attempts:
                _tell(
                    state, state.app.attack_reports.keep(address, state.actor, test.attempts), out
                )


def _clip(text: str) -> tuple[PresentationKind, str]:
    kind, _, path = text.partition("=")
    if kind not in _KINDS or not path:
        raise click.UsageError(
            f"--clip {text}: give it as KIND=FILE, with a kind of {', '.join(_KINDS)}."
        )
    return PresentationKind(kind), path


def _play(state: State, test: "AttackTest", kind: PresentationKind, path: str) -> None:
    """Make one attempt of a recording."""
    source = source_of(state.app, path)
    if source.live:
        raise KnownError(
            f"{source.address} is a camera, not a recording.", "Give a camera with --camera."
        )
    output.say(f"{KIND_NAMES[kind]}: {path}")
    with frames_of(state.app, source) as frames:
        test.begin(kind, recorded=True)
        for frame in frames:
            ended = test.offer(frame).attempt
            if ended is not None:
                break
        else:
            ended = test.finish().attempt
    _tell_attempt(state, ended)


def _walk(
    state: State,
    test: "AttackTest",
    camera: str,
    kinds: Sequence[PresentationKind],
    attempts: int,
) -> None:
    """Lead through all attempts before a live camera."""
    from faceaccess.pipeline.attack_test import variation_of

    if not somebody_types():
        raise KnownError(
            "The attack test asks questions, and nobody is at the keyboard.",
            "Run it in a terminal, or give recordings with --clip.",
        )
    source = source_of(state.app, camera)
    if not source.live:
        raise KnownError(
            f"{source.address} is a recording.", f"Give it as --clip KIND={source.address}."
        )
    output.say("The networks are being loaded.")
    with frames_of(state.app, source) as frames:
        for kind in kinds:
            output.say(f"\n{KIND_NAMES[kind]}. {PREPARE[kind]}")
            answer = click.prompt("Enter to begin, s to skip it, q to end", "", err=True)
            if answer.strip().lower() == "q":
                return
            if answer.strip().lower() == "s":
                continue
            for number in range(attempts):
                variation = variation_of(number)
                told = INSTRUCTIONS[kind, variation]
                output.say(f"{number + 1} of {attempts}. Out of view first. Then: {told}.")
                test.begin(kind, variation)
                _tell_attempt(state, _attempt(test, frames))


def somebody_types() -> bool:
    """Return whether there is a keyboard to answer at."""
    return sys.stdin.isatty()


def _attempt(test: "AttackTest", frames: Iterator[Frame]) -> Attempt | None:
    """Drive one attempt before a live camera, and tell when it changes."""
    from faceaccess.pipeline.attack_test import Phase

    last: object = None
    for frame in frames:
        step = test.offer(frame)
        if step.attempt is not None:
            return step.attempt
        now = (step.phase, step.reason if step.phase is Phase.RUNNING else None)
        if now != last:
            last = now
            if step.phase is Phase.READY:
                output.say("   Ready: now.")
            elif step.phase is Phase.RUNNING:
                output.say(f"   {step.reason.sentence}")
    return None


def _tell_attempt(state: State, attempt: Attempt | None) -> None:
    if attempt is None:
        return
    if state.json:
        output.json_line(attempt_record(attempt))
        return
    opened = " The door would have opened." if attempt.kind.is_attack and attempt.recognised else ""
    after = f" after {attempt.seconds:.1f} s" if attempt.outcome is AttemptOutcome.LET_IN else ""
    output.answer(
        f"   {KIND_NAMES[attempt.kind]}: {_OUTCOMES[attempt.outcome]}{after}."
        + (opened if attempt.outcome is AttemptOutcome.LET_IN else "")
    )


def _tell(state: State, report: AttackReport, out: Path | None) -> None:
    from faceaccess.pipeline.attack_test import figures

    record = report_record(report)
    if out is not None:
        with whole_file(out) as file:
            file.write((output.json_text(record) + "\n").encode())
    if state.json:
        output.json_line(record)
        return
    output.answer("")
    output.table(
        ("Kind", "Tried", "Let in", "Refused", "Unsure", "Error", "95 % interval"),
        [_row(one) for one in figures(report.attempts)],
    )
    output.answer("")
    output.answer("Error of an attack: APCER, taken for a living person. Of a person: BPCER.")
    if report.not_tried:
        names = ", ".join(KIND_NAMES[kind] for kind in report.not_tried)
        output.answer(f"Not tried, so nothing is known: {names}.")
    output.answer("Not covered by any such test:")
    for sentence in NOT_COVERED:
        output.answer(f"- {sentence}")


def _row(one: KindFigures) -> tuple[object, ...]:
    if one.interval is None:
        return (KIND_NAMES[one.kind], 0, None, None, None, "-", "-")
    low, high = one.interval
    return (
        KIND_NAMES[one.kind],
        one.counted,
        one.let_in,
        one.refused,
        one.unsure,
        f"{one.wrong} of {one.counted}",
        f"{low:.1%} to {high:.1%}",
    )


def attempt_record(attempt: Attempt) -> Record:
    """Return one attempt as a JSON object."""
    return {
        "kind": attempt.kind.value,
        "variation": None if attempt.variation is None else attempt.variation.value,
        "outcome": attempt.outcome.value,
        "seconds": figure(attempt.seconds),
        "recognised": attempt.recognised,
    }


def report_record(report: AttackReport) -> Record:
    """Return a whole report as a JSON object."""
    from faceaccess.pipeline.attack_test import figures

    return {
        "time": moment(report.time),
        "camera": report.camera,
        "actor": report.actor,
        "attempts": len(report.attempts),
        "kinds": {
            one.kind.value: {
                "counted": one.counted,
                "let_in": one.let_in,
                "refused": one.refused,
                "unsure": one.unsure,
                "apcer" if one.kind.is_attack else "bpcer": figure(
                    one.wrong / one.counted if one.counted else None
                ),
                "interval": None if one.interval is None else [figure(v) for v in one.interval],
                "opened": one.opened,
            }
            for one in figures(report.attempts)
        },
        "not_tried": [kind.value for kind in report.not_tried],
        "not_covered": list(NOT_COVERED),
    }
