"""Makes the pictures of the place Doors, with a real station; see `script/screenshots`."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

from PySide6.QtCore import QEventLoop, QTimer

from faceaccess.app import App, build
from faceaccess.camera.drawn_people import DEMO_THRESHOLD, STAFF, Pose, render
from faceaccess.core.access_rules import Effect, Holiday
from faceaccess.core.actors import Actor
from faceaccess.core.people import PersonDetails
from faceaccess.core.progress import run
from faceaccess.gui.main import build_window
from faceaccess.gui.main_window import MainWindow
from faceaccess.gui.paged_place import PagedPlace
from faceaccess.gui.theme import theme
from faceaccess.gui.views.door_plans import DoorPlansPage
from faceaccess.gui.views.doors import DoorsPage
from faceaccess.gui.views.rules import RulesPage
from faceaccess.gui.widgets.filter_chips import Named
from faceaccess.pipeline.results import Picture
from faceaccess.pipeline.rule_text import RuleText

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "user-guide" / "pictures"
PATIENCE = 240.0  # seconds
ACTOR = Actor("reception", "window")
NAME = "Front door"
_TURNS = (-12.0, 0.0, 12.0)


def until(test: Callable[[], object]) -> None:
    """Let the window live until the test holds."""
    end = time.monotonic() + PATIENCE
    loop = QEventLoop()
    while not test():
        if time.monotonic() > end:
            raise SystemExit("what the picture should show never came")
        QTimer.singleShot(20, loop.quit)
        loop.exec()


def furnish(app: App) -> None:
    """Enrol the drawn staff, and lay down some rules."""
    app.settings.set(ACTOR, "liveness", "off")
    app.settings.set(ACTOR, "threshold", str(DEMO_THRESHOLD))
    app.settings.set(ACTOR, "camera", "demo:")
    ids = []
    for person in STAFF:
        drawn = [
            render(person, pose=Pose(turn=turn), seed=seed) for seed, turn in enumerate(_TURNS)
        ]
        pictures = [Picture(f"drawing {n}", image=image) for n, image in enumerate(drawn)]
        added = run(app.enrolment.add(ACTOR, PersonDetails(person.name), pictures))
        ids.append(added.person.id)
    for text in (
        RuleText(Effect.ALLOW, hours="Mon-Sun 00:00-24:00"),
        RuleText(Effect.ALLOW, ids[0], NAME, "Mon-Fri 08:00-18:00, Sat 09:00-12:00"),
        RuleText(Effect.DENY, None, "Server room", "Sat-Sun 00:00-24:00"),
        RuleText(Effect.ESCORT, ids[3], note="visitor"),
        RuleText(Effect.TWO_PEOPLE, None, "Cash office"),
    ):
        app.rules.add(ACTOR, text)
    app.rules.put_holidays(ACTOR, (Holiday(date(2026, 12, 25), "Christmas"),))


def shoot(window: MainWindow, folder: Path, name: str) -> None:
    """Save the window as it is, light and dark."""
    for scheme in ("light", "dark"):
        theme().choose(scheme)
        path = folder / f"{name}-{scheme}.png"
        if not window.grab().save(str(path)):
            raise SystemExit(f"{path} cannot be written")
        print(path.name)


def pictures(app: App, window: MainWindow, folder: Path) -> None:
    """Show the pages one after the other."""
    window.show_place("doors")
    place = window.view("doors")
    assert isinstance(place, PagedPlace)
    now, rules = place.page_of("now"), place.page_of("rules")
    assert isinstance(now, DoorsPage)
    assert isinstance(rules, RulesPage)
    until(lambda: now.panel.camera.has_frame and now.panel.answer.answer.tone == "ok")
    shoot(window, folder, "doors")
    place.show_page("rules")
    until(lambda: rules.model.rowCount() == len(app.rules.policy().rules))
    rules.table.selectRow(1)
    person = app.directory.show(str(rules.model.rules[1].person_id))
    rules.trial.choose(Named(person.id, person.name))
    rules.trial.door.set_door("Server room")
    rules.trial.when.setText("2026-12-25 09:00")
    rules.trial.ask()
    until(rules.trial.answer.text)
    shoot(window, folder, "rules")
    rules.edit.click()
    shoot(window, folder, "rule")
    rules.cancel.click()
    place.show_page("plans")
    plans = place.page_of("plans")
    assert isinstance(plans, DoorPlansPage)
    until(plans.holidays.list.count)
    plans.plan.door.set_door(NAME)
    shoot(window, folder, "door-plans")


def main() -> None:
    """Take all pictures into the guide, or into the folder that is given, in a language."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    language = sys.argv[2] if len(sys.argv) > 2 else "en"
    with tempfile.TemporaryDirectory() as temporary:
        os.environ["FACEACCESS_HOME"] = str(Path(temporary) / "home")
        os.environ["FACEACCESS_KEYS"] = str(Path(temporary) / "keys")
        photograph(folder, language)


def photograph(folder: Path, language: str) -> None:
    """Start a station and the window, and take the pictures."""
    app = build()
    app.settings.set(ACTOR, "language", language)
    furnish(app)
    command = ("-m", "faceaccess", "door", "run", NAME, "--camera", "demo:?who=staff")
    station = subprocess.Popen(  # noqa: S603  # our own program
        [sys.executable, *command, "--lock", "simulated:"], stdout=subprocess.DEVNULL
    )
    window = build_window(app)
    try:
        window.resize(1100, 760)
        window.show()
        pictures(app, window, folder)
    finally:
        window.shutdown()
        station.terminate()
        station.wait()
        app.close()


if __name__ == "__main__":
    main()
