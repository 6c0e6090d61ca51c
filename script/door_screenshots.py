"""Makes the pictures of the door screen for the user guide; see `script/screenshots`."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from faceaccess.camera.drawn_people import STAFF, Pose, render
from faceaccess.core.clock import ManualClock
from faceaccess.core.decisions import Outcome
from faceaccess.core.locks import LockOutcome
from faceaccess.core.reasons import Reason
from faceaccess.gui.application import application
from faceaccess.gui.door_screen.feed_thread import Told
from faceaccess.gui.door_screen.screen import DoorScreen, ScreenPlan
from faceaccess.gui.theme import theme
from faceaccess.gui.translation import use_language
from faceaccess.gui.widgets.picture import to_qimage
from faceaccess.pipeline.station_feed import DoorView, FaceInFeed

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "user-guide" / "pictures"
NOW = datetime(2026, 11, 24, 9, 41, tzinfo=UTC)
DOORS = {"en": "Front door", "zh_CN": "正门"}
SIZE = (800, 480)


def view(reason: Reason, outcome: Outcome = Outcome.NONE, **more: Any) -> DoorView:
    """Return what a station would show of one of the drawn staff."""
    picture = render(STAFF[0], pose=Pose(), seed=1)
    height, width = picture.shape[:2]
    box = (0.32 * width, 0.24 * height, 0.36 * width, 0.5 * height)
    fields: dict[str, Any] = {
        "door": "",
        "time": NOW,
        "outcome": outcome,
        "reason": reason,
        "person": STAFF[0].name,
        "similarity": 0.8,
        "liveness": None,
        "lock": LockOutcome.NONE,
        "faces": (FaceInFeed(box, None, outcome, in_front=True),),
        "size": (width, height),
        "picture": picture,
        "camera_state": "running",
        "locked_down": False,
        "held_until": None,
        "muted_until": None,
        "alarms": (),
        "lock_trouble": None,
        "takes_entries": False,
        "pulse_left": 0.0,
    }
    return DoorView(**{**fields, **more})


STATES = {
    "let-in": view(Reason.RECOGNISED, Outcome.GRANTED, pulse_left=3.0),
    "refused": view(Reason.UNKNOWN, Outcome.DENIED),
    "turn": view(Reason.TURN_LEFT),
    "pin": view(Reason.FACTOR_NEEDED, takes_entries=True),
    "nobody": view(Reason.NOBODY, faces=(), picture=None, takes_entries=True),
}


def main() -> int:
    """Save each state in both languages."""
    application()
    theme().choose("dark")
    for code, door in DOORS.items():
        use_language(code)
        for name, shown in STATES.items():
            plan = ScreenPlan(door, "first", "", _nothing, _nothing)
            screen = DoorScreen(plan, ManualClock(NOW))
            screen.resize(*SIZE)
            screen.show()
            mirrored = None if shown.picture is None else to_qimage(shown.picture[:, ::-1])
            screen._take(Told(shown, mirrored))  # noqa: SLF001  # as its thread hands it over
            path = FOLDER / f"door-screen-{name}-{code}.png"
            if not screen.grab().save(str(path)):
                raise SystemExit(f"{path} cannot be written")
            print(path.name)
            screen.close()
    return 0


def _nothing(*_given: object) -> Any:
    raise SystemExit("a picture of the door screen speaks to no station")


if __name__ == "__main__":
    sys.exit(main())
