"""`faceaccess door screen` as an installer starts it, and before a real station."""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from faceaccess.app import build
from faceaccess.core.actors import Actor
from faceaccess.core.reasons import Reason
from faceaccess.gui.door_screen import feed_thread
from faceaccess.gui.door_screen.main import ScreenWishes, build_door_screen
from faceaccess.gui.door_screen.wording import reason_words
from faceaccess.gui.theme import DARK, theme
from faceaccess.gui.translation import use_language

from .conftest import Ran

Run = Callable[..., Ran]
PIN = "73910264"


@pytest.fixture(autouse=True)
def _as_before(qtbot: QtBot) -> Iterator[None]:
    yield
    use_language("en")
    theme().choose("light")


def test_without_a_display_it_is_a_sentence(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QT_QPA_PLATFORM", "xcb")
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    run("door", "screen", "Front").refused("no display")


def test_bad_names_languages_and_missing_players_are_refused(
    run: Run, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("door", "screen", " ").refused("cannot be called")
    assert run("door", "screen", "Front", "--language", "de").exit_code == 2
    monkeypatch.setenv("PATH", "")
    run("door", "screen", "Front", "--sounds").refused("plays sounds", "alsa-utils")


GRAB = """
import sys
from PySide6.QtWidgets import QApplication
application = QApplication([])
picture = application.primaryScreen().grabWindow(0).toImage()
colours = [picture.pixelColor(x, y).name() for y in range(0, 480, 8) for x in range(0, 800, 8)]
print(picture.width(), picture.height(), *(f"{c}={colours.count(c)}" for c in sys.argv[1:]))
"""
"""Counts colours on a display."""


@pytest.fixture
def panel(tmp_path: Path) -> Iterator[dict[str, str]]:
    """The environment of a bare X display of 800 x 480, without a window manager."""
    program = shutil.which("Xvfb")
    if program is None:
        pytest.skip("the program Xvfb is not installed; script/bootstrap --tests installs it")
    read, write = os.pipe()
    display = ["-displayfd", str(write), "-screen", "0", "800x480x24", "-nolisten", "tcp"]
    server = subprocess.Popen([program, *display], pass_fds=[write], stderr=subprocess.DEVNULL)
    os.close(write)
    try:
        with os.fdopen(read) as said:
            number = said.readline().strip()
        if not number:
            pytest.fail(f"Xvfb ended at once with code {server.wait()}")
        yield {**os.environ, "DISPLAY": f":{number}", "QT_QPA_PLATFORM": "xcb"}
    finally:
        server.terminate()
        server.wait()


@pytest.mark.real_window
def test_it_fills_a_bare_panel_and_ends_when_it_is_asked_to(
    home: Path, panel: dict[str, str]
) -> None:
    screen = subprocess.Popen(
        [sys.executable, "-m", "faceaccess", "door", "screen", "Front", "--language", "zh_CN"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**panel, "FACEACCESS_HOME": str(home)},
    )
    try:
        seen = ""
        for _ in range(60):  # each look starts a process, which takes its time
            seen = subprocess.run(
                [sys.executable, "-c", GRAB, DARK.danger, "#000000"],
                env=panel,
                capture_output=True,
                text=True,
                check=False,
                timeout=60,
            ).stdout
            if f"{DARK.danger}=0" not in seen:
                break
        width, height, red, black = seen.split()
        assert (width, height) == ("800", "480")
        assert int(red.partition("=")[2]) > 2000  # of 6000: "out of order", for no door runs
        assert black == "#000000=0"  # nothing of the bare display is left
        screen.send_signal(signal.SIGTERM)
        out, errors = screen.communicate(timeout=30)
        assert screen.returncode == 0, errors
        assert out == b""
        assert b"Traceback" not in errors
    finally:
        screen.kill()
        screen.communicate()


class Station:
    """A door as a process, before drawn people who come and go."""

    def __init__(self, home: Path, who: str = "strangers") -> None:
        self.process = subprocess.Popen(
            [
                *(sys.executable, "-u", "-m", "faceaccess", "door", "run", "Front", "--json"),
                *("--camera", f"demo:?who={who}", "--lock", "simulated:"),
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "FACEACCESS_HOME": str(home)},
        )
        assert self.process.stdout is not None
        json.loads(self.process.stdout.readline())
        self._drain = threading.Thread(target=self.process.stdout.read)
        self._drain.start()

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        self._drain.join()
        assert self.process.stdout is not None
        self.process.stdout.close()


def test_a_pin_at_the_screen_opens_a_real_door(enrolled: Path, qtbot: QtBot, run: Run) -> None:
    run("settings", "set", "liveness", "off")
    app = build(enrolled)
    assert run("rules", "add", "second-factor", "--everybody").exit_code == 0
    for person in app.directory.list():
        app.second_factors.set_pin(Actor("tests", "test"), person.id, PIN)
    station = Station(enrolled, "staff")
    screen = build_door_screen(app, "Front", ScreenWishes(language="en"))
    qtbot.addWidget(screen)
    screen.show()
    screen.start()
    try:
        qtbot.waitUntil(lambda: screen.shown.pad, timeout=60_000)
        assert screen.pages.pad_is_shown
        for digit in PIN:
            QTest.mouseClick(screen.pages.pad.keys[digit], Qt.MouseButton.LeftButton)
        QTest.mouseClick(screen.pages.pad.keys["send"], Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: screen.shown.word == "Come in", timeout=60_000)
        assert not screen.pages.pad_is_shown
    finally:
        screen.shutdown()
        station.kill()
        app.close()
    for log in (enrolled / "logs").glob("*"):
        assert PIN not in log.read_text("utf-8")


def test_a_real_station_is_shown_lost_and_found_again(
    enrolled: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed_thread, "RETRY_SECONDS", 0.1)
    app = build(enrolled)
    app.settings.set(Actor("tests", "test"), "liveness", "off")
    station = Station(enrolled)
    screen = build_door_screen(app, "Front", ScreenWishes(language="en"))
    qtbot.addWidget(screen)
    screen.resize(800, 480)
    screen.show()
    screen.start()
    refused = reason_words(Reason.UNKNOWN)[0]
    try:
        qtbot.waitUntil(lambda: screen.shown.word == refused, timeout=60_000)
        assert screen.pages.mirror.has_picture
        assert screen.pages.mirror.ring() is not None
        station.kill()
        qtbot.waitUntil(lambda: screen.shown.word == "Out of order", timeout=20_000)
        assert not screen.pages.mirror.has_picture
        station = Station(enrolled)
        qtbot.waitUntil(lambda: screen.shown.word == refused, timeout=60_000)
        app.doors.lock_down("Front", Actor("tests", "test"), on=True)
        qtbot.waitUntil(lambda: screen.shown.word == "Locked down", timeout=20_000)
        QTest.keyClick(screen, Qt.Key.Key_Q, Qt.KeyboardModifier.ControlModifier)
        assert not screen.isVisible()
    finally:
        screen.shutdown()
        station.kill()
        app.close()
