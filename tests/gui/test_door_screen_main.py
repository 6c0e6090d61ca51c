"""Opening the door screen: settings, fonts, sounds, screen saver, the loop and its end."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QEventLoop, QProcess, Qt, QTimer
from PySide6.QtGui import QFontDatabase
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from seeded import ACTOR

from faceaccess.app import App, build
from faceaccess.core.errors import KnownError
from faceaccess.gui.door_screen.main import ScreenWishes, build_door_screen, open_door_screen
from faceaccess.gui.door_screen.screen import DoorScreen
from faceaccess.gui.door_screen.sounds import ProgramPlayer
from faceaccess.gui.theme import theme
from faceaccess.gui.translation import use_language

SAVER = """
import sys
import gi
gi.require_version("Gio", "2.0")
from gi.repository import Gio, GLib
node = Gio.DBusNodeInfo.new_for_xml(
    '<node><interface name="org.freedesktop.ScreenSaver"><method name="Inhibit">'
    '<arg type="s" direction="in"/><arg type="s" direction="in"/>'
    '<arg type="u" direction="out"/></method></interface></node>'
)
def called(bus, sender, path, interface, method, given, answer):
    print(method, *given.unpack(), flush=True)
    answer.return_value(GLib.Variant("(u)", (4_000_000_000,)))
def acquired(bus, name):
    bus.register_object("/org/freedesktop/ScreenSaver", node.interfaces[0], called, None, None)
Gio.bus_own_name(
    Gio.BusType.SESSION, "org.freedesktop.ScreenSaver", 0, acquired,
    lambda *_: print("ready", flush=True), lambda *_: sys.exit("no bus"),
)
GLib.MainLoop().run()
"""
"""A screen saver's service, run by the system's Python."""

ASKING = """
from PySide6.QtCore import QCoreApplication
from faceaccess.gui.door_screen.screen_saver import hold_off
application = QCoreApplication([])
print("promised" if hold_off() else "nobody")
"""


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    yield
    use_language("en")
    theme().choose("light")


@pytest.fixture
def app(qtbot: QtBot, home: Path) -> Iterator[App]:
    app = build(home)
    app.settings.set(ACTOR, "language", "en")
    yield app
    app.close()


def shown_screen() -> DoorScreen | None:
    shown = (w for w in QApplication.topLevelWidgets() if isinstance(w, DoorScreen))
    return next((w for w in shown if w.isVisible()), None)


def when_shown(act: Callable[[DoorScreen], object]) -> None:
    """In the loop that is about to run: do something as soon as the screen stands."""

    def look() -> None:
        screen = shown_screen()
        if screen is not None and screen.pages.board.shown is not None:
            act(screen)
        else:
            QTimer.singleShot(10, look)

    QTimer.singleShot(10, look)


def opened(app: App, wishes: ScreenWishes) -> int:
    """Open the screen of a door until it ends, and take up the second wish to quit that a window
    sends when a signal closes it: outside of a loop it would end the loops of later tests."""
    code = open_door_screen(app, "Front", wishes)
    loop = QEventLoop()
    QTimer.singleShot(1, loop.quit)
    loop.exec()
    return code


def test_ctrl_q_ends_it_and_nothing_is_left(app: App) -> None:
    control = Qt.KeyboardModifier.ControlModifier
    when_shown(lambda screen: QTest.keyClick(screen, Qt.Key.Key_Q, control))
    assert opened(app, ScreenWishes(windowed=True)) == 0
    assert shown_screen() is None


def test_the_full_screen_hides_the_cursor_and_ends_by_a_signal(app: App) -> None:
    seen: list[object] = []

    def end(screen: DoorScreen) -> None:
        panel = QApplication.primaryScreen().geometry()
        seen.extend([screen.isFullScreen(), screen.cursor().shape(), screen.geometry() == panel])
        os.kill(os.getpid(), signal.SIGTERM)

    when_shown(end)
    assert opened(app, ScreenWishes()) == 0
    assert seen == [True, Qt.CursorShape.BlankCursor, True]


def test_a_door_that_does_not_run_is_told_and_waited_for(app: App, qtbot: QtBot) -> None:
    screen = build_door_screen(app, "Front", ScreenWishes())
    qtbot.addWidget(screen)
    screen.start()
    try:
        qtbot.waitUntil(lambda: screen.shown.word == "Out of order")
    finally:
        screen.shutdown()


def test_settings_give_language_names_and_notice(app: App, qtbot: QtBot) -> None:
    app.settings.set(ACTOR, "language", "zh_CN")
    screen = build_door_screen(app, "正门", ScreenWishes())
    qtbot.addWidget(screen)
    assert screen.pages.notice.text.startswith("此处用摄像头")
    assert screen.pages.door.text == "正门"
    assert screen._plan.names == "first"
    app.settings.set(ACTOR, "screen_notice", "  Ask at desk 3.  ")
    app.settings.set(ACTOR, "screen_names", "none")
    screen = build_door_screen(app, "Front", ScreenWishes(language="en"))
    qtbot.addWidget(screen)
    assert screen.pages.notice.text == "Ask at desk 3."
    assert screen._plan.names == "none"
    assert screen.shown.word == "One moment"


def test_what_cannot_be_shown_or_heard_is_a_sentence(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(KnownError, match="cannot be called"):
        build_door_screen(app, "  ", ScreenWishes())
    with monkeypatch.context() as patched:
        patched.setenv("PATH", "")
        with pytest.raises(KnownError, match="plays sounds"):
            build_door_screen(app, "Front", ScreenWishes(sounds=True))
    monkeypatch.setattr(QFontDatabase, "families", lambda *_: [])
    with pytest.raises(KnownError, match="Chinese characters"):
        build_door_screen(app, "Front", ScreenWishes(language="zh_CN"))


def test_a_sound_is_played_by_the_systems_program(qtbot: QtBot, tmp_path: Path) -> None:
    heard = tmp_path / "heard"
    program = tmp_path / "player"
    program.write_text(f'#!/bin/sh\nhead -c 4 "$1" >> "{heard}"; echo " $1" >> "{heard}"\n')
    program.chmod(0o700)
    player = ProgramPlayer(str(program))
    player.play("granted")
    player.play("denied")  # the first one still plays: it is not cut off
    running = QProcess.ProcessState.NotRunning
    qtbot.waitUntil(lambda: player._process.state() is running)
    (line,) = heard.read_text().splitlines()
    assert line.startswith("RIFF ")
    assert line.endswith("granted.wav")
    player.stop()


def test_a_player_that_is_gone_disturbs_nothing(
    qtbot: QtBot, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    player = ProgramPlayer(str(tmp_path / "nothing"))
    player.play("granted")
    qtbot.waitUntil(lambda: "cannot be played" in caplog.text)


def test_the_screen_saver_is_held_off_where_the_desktop_has_a_service(tmp_path: Path) -> None:
    bus = shutil.which("dbus-run-session")
    python = shutil.which("python3", path="/usr/bin")
    if bus is None or python is None:
        pytest.skip("dbus-run-session or the system's Python is not here")
    tried = subprocess.run([python, "-c", "import gi"], check=False, capture_output=True)
    if tried.returncode:
        pytest.skip("the system's Python has no gi")
    (tmp_path / "saver.py").write_text(SAVER)
    (tmp_path / "asking.py").write_text(ASKING)
    (tmp_path / "run.sh").write_text(
        f"mkfifo said; {python} saver.py > said & saver=$!\n"
        "exec 3< said; read ready <&3\n"
        f'"{sys.executable}" asking.py; read call <&3; echo "$call"; kill $saver\n'
    )
    done = subprocess.run(
        [bus, "--", "sh", "run.sh"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert done.stdout.splitlines() == ["promised", "Inhibit faceaccess The door screen is shown."]


def test_without_a_desktop_nobody_holds_the_screen_saver_off() -> None:
    done = subprocess.run(
        [sys.executable, "-c", ASKING],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "DBUS_SESSION_BUS_ADDRESS": "unix:path=/nonexistent"},
    )
    assert done.stdout == "nobody\n", done.stderr
