"""The window's page of doors with a real station: shown, commanded, killed, found again."""

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from faceaccess.app import App, build
from faceaccess.core.actors import Actor
from faceaccess.gui.door_places import doors_place
from faceaccess.gui.door_screen import feed_thread
from faceaccess.gui.places import Places
from faceaccess.gui.theme import theme
from faceaccess.gui.translation import use_language
from faceaccess.gui.views.doors import DoorsPage
from faceaccess.gui.views.events import EventsView
from faceaccess.gui.worker import JobRunner

NAME = "Front"


class Station:
    """A door as a process, before drawn strangers who come and go."""

    def __init__(self, home: Path) -> None:
        self.process = subprocess.Popen(
            [
                *(sys.executable, "-u", "-m", "faceaccess", "door", "run", NAME, "--json"),
                *("--camera", "demo:?who=strangers", "--lock", "simulated:"),
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "FACEACCESS_HOME": str(home)},
        )
        assert self.process.stdout is not None
        self._drain = threading.Thread(target=self.process.stdout.read)
        self._drain.start()

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        self._drain.join()
        assert self.process.stdout is not None
        self.process.stdout.close()


@pytest.fixture
def app(enrolled: Path) -> Iterator[App]:
    app = build(enrolled)
    app.settings.set(Actor("tests", "test"), "liveness", "off")
    yield app
    app.close()


Until = Callable[[Callable[[], object]], None]


def says(page: DoorsPage, words: str) -> bool:
    return page.bar.message is not None and words in page.bar.message.text


def commanded(app: App) -> set[str]:
    """What is stored as commanded from the window."""
    given = app.store.door_commands(NAME)
    return {one.kind.name for one in given if one.actor.endswith("(window)")}


def command_everything(page: DoorsPage, until: Until) -> None:
    buttons = page.panel.commands.buttons
    until(lambda: buttons["open"].isEnabled() and not page.busy)
    buttons["open"].click()
    until(lambda: says(page, "the lock has acknowledged and opens once"))
    until(lambda: "The lock is open for a moment." in page.panel.remarks.words)
    until(lambda: buttons["hold"].isEnabled() and not page.busy)
    buttons["hold"].click()
    until(lambda: buttons["hold"].text() == "Shut it now")
    until(lambda: buttons["mute"].isEnabled() and not page.busy)
    buttons["mute"].click()
    until(lambda: buttons["mute"].text() == "End the mute")
    until(lambda: buttons["lock_down"].isEnabled() and not page.busy)
    buttons["lock_down"].click()
    until(lambda: "Locked down: nobody may enter." in page.panel.remarks.words)
    assert buttons["hold"].text() == "Hold open"  # a lock-down ends the hold
    assert not buttons["open"].isEnabled()


def test_a_real_station_is_shown_commanded_lost_and_found_again(
    app: App, enrolled: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed_thread, "RETRY_SECONDS", 0.1)
    theme()
    use_language("en")
    jobs = JobRunner()
    place = doors_place(app, jobs, Actor("Ana", "window"))
    qtbot.addWidget(place)
    page = place.page_of("now")
    assert isinstance(page, DoorsPage)

    def until(true: Callable[[], object]) -> None:
        qtbot.waitUntil(lambda: bool(true()), timeout=60_000)

    station = Station(enrolled)
    try:
        place.show()
        place.arrive()
        until(lambda: page.door == NAME)
        until(lambda: page.panel.answer.answer.words == "Refused")
        assert page.panel.camera.has_frame
        assert any(mark.text == "Not known" for mark in page.panel.camera.marks)

        events = Places(app, jobs, Actor("Ana", "window")).others()["events"]()
        assert isinstance(events, EventsView)
        qtbot.addWidget(events)
        events.show()
        events.arrive()
        until(lambda: events.model.rowCount() > 0)  # what the station recorded
        before = events.model.rowCount()
        until(lambda: events.model.rowCount() > before)  # and goes on recording
        events.shutdown()

        command_everything(page, until)
        wanted = {"OPEN", "HOLD_OPEN", "MUTE", "LOCK_DOWN", "END_HOLD"}  # ended by the lock-down
        until(lambda: commanded(app) == wanted)  # what shuts is done first, and stored then

        station.kill()
        until(lambda: page.pages.currentWidget() is page.stopped)
        assert page.stopped.line.text().endswith(f'--home "{enrolled}"')
        assert page.stopped.locked.text() == "It will come up locked down."
        until(lambda: not page.busy)
        page.stopped.button.click()
        until(lambda: says(page, "lets people in again"))
        station = Station(enrolled)
        until(lambda: page.pages.currentWidget() is page.panel)
        until(lambda: page.panel.answer.answer.words == "Refused")
        assert "Locked down: nobody may enter." not in page.panel.remarks.words

        place.shutdown()  # as when the window is closed: the door goes on
        assert station.process.poll() is None
        assert app.doors.status(NAME, Actor("tests", "test"))["running"]
    finally:
        place.shutdown()
        jobs.shutdown()
        station.kill()
