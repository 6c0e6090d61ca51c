"""Opens the door screen.

`faceaccess door screen` calls `open_door_screen`, which makes the QApplication, theme and screen
(`build_door_screen`: no thread yet, so that tests can build it too), shows it and follows the
station until the screen is left. It loads no network and reads the data folder's settings alone.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontDatabase, QScreen

from faceaccess.core.actors import Actor
from faceaccess.core.errors import KnownError
from faceaccess.gui.application import application, ends_by_signal, user_name
from faceaccess.gui.door_screen.screen import DoorScreen, ScreenPlan
from faceaccess.gui.door_screen.screen_saver import hold_off
from faceaccess.gui.door_screen.sounds import ProgramPlayer, new_player
from faceaccess.gui.messages import ErrorHooks, Messages
from faceaccess.gui.theme import theme
from faceaccess.gui.translation import language, use_language
from faceaccess.pipeline.station_client import ask
from faceaccess.pipeline.station_feed import StationFeed
from faceaccess.pipeline.station_files import checked_name

if TYPE_CHECKING:
    from faceaccess.app import App

_WINDOW = (1024, 600)
"""Size without full screen, in pixels."""


@dataclass(frozen=True)
class ScreenWishes:
    """How the screen is asked for.

    Attributes:
        language: "en", "zh_CN", or None: as the setting says.
        windowed: whether it is a window and not the full screen.
        sounds: whether answers are heard.
    """

    language: str | None = None
    windowed: bool = False
    sounds: bool = False


def open_door_screen(app: "App", name: str, wishes: ScreenWishes) -> int:
    """Show the screen of a door until it is left.

    Raises:
        KnownError: if it is no name of a door, the settings cannot be read, sounds are wished and
            cannot be played, or no font has the language's characters.
    """
    qt = application()
    messages = Messages()
    messages.attach(lambda _message: None)  # the log has them; a person at a door can do nothing
    hooks = ErrorHooks(messages)
    hooks.install()
    screen: DoorScreen | None = None
    try:
        with ends_by_signal(qt):
            screen = build_door_screen(app, name, wishes)
            if wishes.windowed:
                screen.resize(*_WINDOW)
                screen.show()
            else:
                _fill(screen, qt.primaryScreen())
                hold_off()
            screen.start()
            return qt.exec()
    finally:
        if screen is not None:
            screen.shutdown()
            screen.deleteLater()
        hooks.remove()


def _fill(screen: DoorScreen, panel: QScreen) -> None:
    """Show the screen on a whole panel, and go on filling it when it is turned or changed.

    The size is given as well: without a window manager, as in a kiosk, nobody else does.
    """
    screen.setCursor(Qt.CursorShape.BlankCursor)
    screen.setGeometry(panel.geometry())
    panel.geometryChanged.connect(screen.setGeometry)
    screen.showFullScreen()


def build_door_screen(app: "App", name: str, wishes: ScreenWishes) -> DoorScreen:
    """Return the screen of a door, not shown, with no thread started.

    Raises:
        KnownError: as `open_door_screen`.
    """
    application()
    name = checked_name(name)
    settings = app.settings.get()
    use_language(wishes.language or settings.language)
    _check_font()
    theme().choose("dark")  # less light at night, and less that burns in
    actor = Actor(user_name(), "screen")
    player = new_player() if wishes.sounds else None
    screen = DoorScreen(
        ScreenPlan(
            door=name,
            names=settings.screen_names,
            notice=settings.screen_notice.strip(),
            open_feed=lambda: StationFeed(app.home, name, actor),
            send_entry=lambda text: ask(app.home, name, actor, "entry", text=text),
            player=player,
        ),
        app.clock,
    )
    if isinstance(player, ProgramPlayer):
        player.setParent(screen)
    return screen


def _check_font() -> None:
    """Refuse to show boxes in place of characters.

    Raises:
        KnownError: if the language is Chinese and no font has its characters.
    """
    chinese = QFontDatabase.WritingSystem.SimplifiedChinese
    if language() == "zh_CN" and not QFontDatabase.families(chinese):
        raise KnownError(
            "No font with Chinese characters is installed, so the screen cannot be read.",
            "Install one (Debian: fonts-noto-cjk), or give `--language en`.",
        )
