"""`faceaccess door run`: a door that opens a lock, one line for every decision."""

import signal
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from types import FrameType
from typing import TYPE_CHECKING, Any

import click

from faceaccess.cli import output
from faceaccess.cli.options import State, common, examples, pass_state
from faceaccess.cli.records import Record, figure, moment
from faceaccess.core.locks import LockOutcome

if TYPE_CHECKING:
    from faceaccess.pipeline.station import DoorAnswer


@click.command(
    epilog=examples(
        'faceaccess door run "Front door" --camera 0 --lock simulated:',
        "faceaccess door run Yard --camera rtsp://cam/1 --lock serial:/dev/ttyUSB0 --json",
        "faceaccess door run Lab --camera 0 --lock gpio:/dev/gpiochip0?line=17"
        " --contact gpio:/dev/gpiochip0?line=27 --alert mqtt://broker/alerts",
    )
)
@common
@click.argument("name", metavar="NAME")
@click.option("--camera", metavar="SOURCE", required=True, help="As `watch` takes it.")
@click.option("--lock", metavar="ADDRESS", required=True, help="The lock, as kind:place.")
@click.option(
    "--pulse",
    metavar="SECONDS",
    type=click.FloatRange(0.1, 60),
    default=3.0,
    show_default=True,
    help="For how long the lock is opened.",
)
@click.option(
    "--reader",
    metavar="ADDRESS",
    help="Where PINs, cards and codes come from: serial:/dev/ttyUSB0 or stdin:.",
)
@click.option("--contact", metavar="ADDRESS", help="The input that says whether the door is shut.")
@click.option("--exit", "exit_", metavar="ADDRESS", help="The input of a request to exit.")
@click.option(
    "--held-open-after",
    "held_open_after",
    metavar="SECONDS",
    type=click.FloatRange(1, 3600),
    default=30.0,
    show_default=True,
    help="For how long the door may stand open after the pulse.",
)
@click.option(
    "--alert",
    "alerts",
    metavar="ADDRESS",
    multiple=True,
    help="Who is told of alarms: https://... or mqtt://...; may be given several times.",
)
@click.option(
    "--metrics",
    metavar="HOST:PORT",
    help="Give figures for Prometheus there, as 127.0.0.1:9105; off unless given.",
)
@pass_state
def run(state: State, /, **asked: Any) -> None:
    """Run the door NAME: recognise people before its camera and open its lock for them.

    It goes on until Ctrl-C, and a camera or lock that is lost is tried again. A video file or a
    folder of pictures is read to its end. A line is printed for every decision; "granted" stands
    there only when the lock has acknowledged. Whom a rule asks for a second factor is let in with
    it alone: face and entry at the reader not more than 20 seconds apart, either one first.
    """
    from faceaccess.pipeline.door_plan import DoorPlan

    plan = DoorPlan(**asked)  # the options are its fields
    with state.app.new_door(plan, say=output.say) as running, _asked_to_end() as stop:
        answers = running.answers(stop)
        with closing(answers):
            for answer in answers:
                _tell(state, answer)
        if stop.is_set():
            from faceaccess.cli.root import TerminatedError

            raise TerminatedError


@contextmanager
def _asked_to_end() -> Iterator[threading.Event]:
    """Give an event that SIGTERM sets: the frame in hand is finished first."""
    stop = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    former = signal.signal(signal.SIGTERM, end)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGTERM, former)


def _tell(state: State, answer: "DoorAnswer") -> None:
    if state.json:
        output.json_line(door_record(answer))
        return
    decision = answer.decision
    who = "" if decision.person is None else f" {decision.person}"
    sure = "" if decision.similarity is None else f" ({decision.similarity:.2f})"
    lock = "" if answer.lock is LockOutcome.NONE else f"; lock {answer.lock.value}"
    took = "" if answer.seconds is None else f" after {answer.seconds:.2f} s"
    when = answer.time.astimezone().strftime("%H:%M:%S")
    output.answer(
        f"{when}  {answer.door}  {answer.outcome.value:<7}{who}{sure}: "
        f"{decision.reason.sentence}{lock}{took}"
    )


def door_record(answer: "DoorAnswer") -> Record:
    """Return what a door answered as a JSON object."""
    decision = answer.decision
    return {
        "time": moment(answer.time),
        "door": answer.door,
        "outcome": answer.outcome.value,
        "person": decision.person,
        "reason": decision.reason.sentence,
        "similarity": figure(decision.similarity),
        "liveness": figure(decision.liveness),
        "lock": answer.lock.value,
        "head": decision.head,
        "seconds": figure(answer.seconds),
    }
