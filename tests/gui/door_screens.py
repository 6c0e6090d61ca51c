"""A door screen with everything behind it in the test's hand."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from door_views import FakeFeed, Send
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from faceaccess.core.clock import ManualClock
from faceaccess.gui.door_screen.feed_thread import Told
from faceaccess.gui.door_screen.screen import DoorScreen, ScreenPlan
from faceaccess.gui.door_screen.sounds import Sound
from faceaccess.gui.theme import theme
from faceaccess.gui.translation import use_language
from faceaccess.gui.widgets.picture import to_qimage
from faceaccess.pipeline.station_feed import DoorView


@dataclass
class FakePlayer:
    heard: list[Sound] = field(default_factory=list)

    def play(self, sound: Sound) -> None:
        self.heard.append(sound)


@dataclass
class Made:
    """A screen with everything behind it in the test's hand."""

    screen: DoorScreen
    clock: ManualClock
    feed: FakeFeed
    player: FakePlayer
    sent: list[str]

    def tell(self, shown: DoorView | None) -> None:
        """Hand a view over, as the thread does."""
        picture = None
        if shown is not None and shown.picture is not None:
            picture = to_qimage(shown.picture[:, ::-1])
        self.screen._take(Told(shown, picture))

    def after(self, seconds: float) -> None:
        self.clock.advance(seconds)
        self.screen.tick()

    @property
    def word(self) -> str:
        shown = self.screen.pages.board.shown
        assert shown is not None
        return shown.word

    def key(self, key: Qt.Key) -> None:
        QTest.keyClick(self.screen, key)


Make = Callable[..., Made]


def screens(qtbot: QtBot) -> Iterator[Make]:
    """Give what makes screens, end them all, and leave language and colours as they were."""
    made: list[DoorScreen] = []

    def start(*, size: tuple[int, int] = (800, 480), send: Send | None = None, **plan: str) -> Made:
        theme().choose("dark")
        clock, feed, player, sent = ManualClock(), FakeFeed(), FakePlayer(), list[str]()
        given = ScreenPlan(
            door="Front door",
            names="first",
            notice="",
            open_feed=feed.open,
            send_entry=send or sent.append,
            player=player,
        )
        screen = DoorScreen(replace(given, **plan), clock)  # type: ignore[arg-type]  # texts alone
        qtbot.addWidget(screen)
        screen.resize(*size)
        screen.show()
        made.append(screen)
        return Made(screen, clock, feed, player, sent)

    use_language("en")
    try:
        yield start
    finally:
        for screen in made:
            screen.shutdown()
        use_language("en")
        theme().choose("light")
