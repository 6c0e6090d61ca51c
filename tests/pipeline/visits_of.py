"""Visits of drawn people before the door of the tests, and the events that they leave."""

from collections.abc import Callable

from drawn import Frames, drawing

from faceaccess.app import App
from faceaccess.camera.drawn_people import DrawnPerson
from faceaccess.core.actors import Actor
from faceaccess.core.clock import ManualClock
from faceaccess.core.decisions import Event

Visit = Callable[..., Event]


def visit_of(
    app: App, clock: ManualClock, person: DrawnPerson, *, turn: float = 3.0, frames: int = 6
) -> Event:
    """Let somebody stand before the door and go; return the event."""
    shown, recogniser = Frames(clock), app.new_recogniser()
    for _ in range(frames):
        recogniser.process(shown.of(drawing(person, turn, seed=5)))
    recogniser.close()
    return app.journal.list(limit=1)[0]


def lower_threshold(app: App, actor: Actor, value: float) -> None:
    """Let the door take strangers for staff."""
    app.settings.set(actor, "threshold", str(value))
