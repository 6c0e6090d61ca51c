"""The page of running doors: what stations tell is shown, commands are given and answered."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta

import pytest
from door_views import GONE, NOW, FakeFeed, let_in, nobody, refused, view
from PySide6.QtCore import QTime
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot
from seeded import unnamed

from faceaccess.core.actors import Actor
from faceaccess.core.alarms import AlarmKind
from faceaccess.core.clock import ManualClock
from faceaccess.core.decisions import Outcome
from faceaccess.core.door_commands import DoorCommand, DoorCommandKind
from faceaccess.core.errors import KnownError
from faceaccess.core.locks import LockOutcome
from faceaccess.core.reasons import Reason
from faceaccess.gui.door_screen import feed_thread
from faceaccess.gui.door_uses import DoorUses
from faceaccess.gui.door_wording import alarm_words, command_words, remarks, start_command
from faceaccess.gui.theme import theme
from faceaccess.gui.translation import LONGER, use_language
from faceaccess.gui.views import doors as doors_view
from faceaccess.gui.views.doors import DoorsPage
from faceaccess.gui.widgets.buttons import Button
from faceaccess.gui.widgets.door_commands import DoorCommandsCard
from faceaccess.pipeline.station_feed import DoorView

FRONT, BACK = "Front door", "Back door"


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed_thread, "RETRY_SECONDS", 0.01)
    monkeypatch.setattr(feed_thread, "WAIT_SECONDS", 0.01)
    monkeypatch.setattr(doors_view, "LOOK_EVERY", 30)


def record(name: str, *, running: bool = True, **more: object) -> dict[str, object]:
    return {
        "door": name,
        "running": running,
        "camera": "0",
        "lock": "simulated:",
        "locked_down": False,
        "alarms": [],
        **more,
    }


class FakeDoors:
    """Doors that do what they are told, unless the test says otherwise."""

    def __init__(self) -> None:
        self.records: list[dict[str, object]] = []
        self.given: list[tuple[object, ...]] = []
        self.fails: Exception | None = None
        self.trouble = ""

    def all(self) -> Sequence[Mapping[str, object]]:
        return list(self.records)

    def _do(self, *what: object) -> Mapping[str, object]:
        self.given.append(what)
        if self.fails is not None:
            raise self.fails
        return {"trouble": self.trouble}

    def open_once(self, name: str, actor: Actor) -> Mapping[str, object]:
        return self._do("open", name, actor.name)

    def lock_down(self, name: str, actor: Actor, *, on: bool) -> Mapping[str, object]:
        return self._do("lock_down", name, actor.name, on)

    def hold(self, name: str, actor: Actor, until: datetime) -> Mapping[str, object]:
        return self._do("hold", name, actor.name, until)

    def end_hold(self, name: str, actor: Actor) -> Mapping[str, object]:
        return self._do("end_hold", name, actor.name)

    def mute(self, name: str, actor: Actor, until: datetime) -> Mapping[str, object]:
        return self._do("mute", name, actor.name, until)

    def unmute(self, name: str, actor: Actor) -> Mapping[str, object]:
        return self._do("unmute", name, actor.name)


class Stage:
    def __init__(self, qtbot: QtBot) -> None:
        self.qtbot, self.doors, self.clock = qtbot, FakeDoors(), ManualClock(NOW)
        self.feeds: dict[tuple[str, bool], FakeFeed] = {}
        self.past: list[DoorCommand] = []
        uses = DoorUses(
            doors=self.doors,
            feed=lambda name, pictures: self.feed(name, pictures=pictures).open(),
            commands=lambda _name: list(self.past),
            actor=Actor("Ana", "window"),
            clock=self.clock,
            camera=lambda: "demo:?who=staff&seed=1",
        )
        self.page = DoorsPage(uses)
        qtbot.addWidget(self.page)
        self.page.setMinimumSize(740, 540)
        self.page.resize(740, 540)

    def feed(self, name: str, *, pictures: bool = True) -> FakeFeed:
        return self.feeds.setdefault((name, pictures), FakeFeed())

    def begin(self, *records: dict[str, object]) -> None:
        self.doors.records = list(records)
        self.page.show()
        self.page.arrive()
        count = len(records)
        self.until(lambda: self.page.list.count() == count)

    def until(self, true: Callable[[], object]) -> None:
        self.qtbot.waitUntil(lambda: bool(true()), timeout=20_000)

    def tell(self, *views: DoorView | Exception, name: str = FRONT, pictures: bool = True) -> None:
        self.feed(name, pictures=pictures).put(*views)

    def shows(self, words: str) -> None:
        self.until(lambda: self.page.panel.answer.answer.words == words)

    def ready(self, button: Button) -> None:
        self.until(lambda: button.isEnabled() and not self.page.busy)

    def glance(self, name: str) -> str:
        rows = [self.page.list.item(i).text() for i in range(self.page.list.count())]
        return next(row for row in rows if row.startswith(f"{name}\n")).split("\n")[1]


@pytest.fixture
def stage(qtbot: QtBot) -> Iterator[Stage]:
    theme()
    use_language("en")
    made = Stage(qtbot)
    yield made
    made.page.shutdown()
    use_language("en")


def test_a_door_is_shown_live_with_its_answer_and_boxes(stage: Stage) -> None:
    stage.begin(record(FRONT))
    stage.tell(let_in("Li Wei", similarity=0.71, pulse_left=2.0))
    stage.shows("Let in: Li Wei")
    panel = stage.page.panel
    assert panel.camera.has_frame
    # The picture is half as wide as the frame, so is the box of the face.
    assert [mark.box for mark in panel.camera.marks] == [(50.0, 30.0, 60.0, 80.0)]
    assert panel.remarks.words == ["The lock is open for a moment."]
    assert stage.glance(FRONT) == "let in"
    stage.tell(refused(Reason.NOT_NOW))
    stage.shows("Refused")
    assert panel.answer.answer.reason == "You have no access at this time: please ring"


def test_what_is_wrong_is_told_first() -> None:
    shown = view(
        Reason.LOCKED_DOWN,
        Outcome.DENIED,
        locked_down=True,
        lock_trouble="The lock does not answer.",
        muted_until=NOW + timedelta(hours=1),
        alarms=("forced_open", "lock_unreachable", "from_the_future"),
        camera_state="lost",
    )
    words = [remark.words for remark in remarks(shown, NOW)]
    assert words[0].startswith("The door was opened without anybody")
    assert words[1] == "Alarm: from the future"
    assert words[2:4] == ["Locked down: nobody may enter.", "The lock does not answer."]
    assert words[4].startswith("Muted until ")
    assert words[5].startswith("The camera gives no picture")
    held = view(Reason.NOBODY, held_until=NOW + timedelta(minutes=5), pulse_left=3.0)
    assert [remark.words.split(" until")[0] for remark in remarks(held, NOW)] == ["Held open"]


@pytest.mark.parametrize("kind", list(AlarmKind))
def test_every_alarm_has_words_in_chinese(kind: AlarmKind) -> None:
    assert alarm_words(kind) == kind.sentence
    use_language("zh_CN")
    assert alarm_words(kind) != kind.sentence
    use_language("en")


@pytest.mark.parametrize("kind", list(DoorCommandKind))
def test_every_command_is_told_with_who_gave_it(kind: DoorCommandKind) -> None:
    until = NOW + timedelta(hours=1)
    command = DoorCommand("1", FRONT, NOW, kind, "Ana (window)", LockOutcome.FAILED, until)
    words = command_words(command, NOW)
    assert words.endswith(", but the lock did not answer, by Ana (window)")
    assert ("until" in words) == (kind in {DoorCommandKind.HOLD_OPEN, DoorCommandKind.MUTE})


def test_commands_are_given_and_their_answer_is_told(stage: Stage) -> None:
    stage.begin(record(FRONT))
    stage.tell(nobody())
    buttons = stage.page.panel.commands.buttons
    stage.ready(buttons["open"])
    buttons["open"].click()
    assert stage.page.panel.commands.reason.text() == "The door is being asked."
    buttons["open"].click()  # not taken: one after the other
    bar = stage.page.bar
    stage.until(lambda: bar.message is not None)
    assert bar.message is not None
    assert bar.message.text == "Front door: the lock has acknowledged and opens once."
    stage.ready(buttons["hold"])
    buttons["hold"].click()
    stage.until(lambda: len(stage.doors.given) == 2)
    stage.ready(buttons["mute"])
    stage.page.panel.commands.span.setCurrentIndex(3)
    buttons["mute"].click()
    stage.until(lambda: len(stage.doors.given) == 3)
    assert stage.doors.given == [
        ("open", FRONT, "Ana"),
        ("hold", FRONT, "Ana", NOW + timedelta(minutes=15)),
        ("mute", FRONT, "Ana", NOW + timedelta(hours=1)),
    ]


def test_a_command_that_is_refused_says_why(stage: Stage) -> None:
    stage.begin(record(FRONT))
    stage.tell(nobody())
    buttons = stage.page.panel.commands.buttons
    stage.ready(buttons["open"])
    stage.doors.fails = KnownError("The lock does not answer.", "Look at its wires.")
    buttons["open"].click()
    stage.until(lambda: stage.page.bar.message is not None)
    message = stage.page.bar.message
    assert message is not None
    assert (message.tone, message.text) == ("danger", "The lock does not answer.")
    assert message.remedy == "Front door did not do it. Look at its wires."
    stage.doors.fails, stage.doors.trouble = None, "It is not recorded yet."
    stage.ready(buttons["lock_down"])
    buttons["lock_down"].click()
    stage.until(lambda: stage.page.bar.message is not message)
    message = stage.page.bar.message
    assert message is not None
    assert (message.tone, message.remedy) == ("warn", "It is not recorded yet.")


def test_what_is_not_possible_says_why_and_what_ends_is_offered(stage: Stage) -> None:
    stage.begin(record(FRONT))
    commands = stage.page.panel.commands
    assert commands.reason.text() == "The station does not answer."
    stage.tell(nobody(locked_down=True, muted_until=NOW + timedelta(hours=1)))
    stage.ready(commands.buttons["lock_down"])
    assert not commands.buttons["open"].isEnabled()
    assert not commands.buttons["hold"].isEnabled()
    assert commands.reason.text() == "Locked down: end that before it can be opened."
    assert commands.buttons["open"].accessibleDescription() == commands.reason.text()
    assert stage.glance(FRONT) == "locked down"
    for name, words in (("lock_down", "End the lock-down"), ("mute", "End the mute")):
        assert commands.buttons[name].text() == words
        stage.ready(commands.buttons[name])
        count = len(stage.doors.given)
        commands.buttons[name].click()
        stage.until(lambda count=count: len(stage.doors.given) > count)
    stage.tell(nobody(held_until=NOW + timedelta(hours=1)))
    stage.until(lambda: commands.buttons["hold"].text() == "Shut it now")
    stage.ready(commands.buttons["hold"])
    commands.buttons["hold"].click()
    stage.until(lambda: len(stage.doors.given) == 3)
    assert [given[0] for given in stage.doors.given] == ["lock_down", "unmute", "end_hold"]
    assert stage.doors.given[0][-1] is False


@pytest.mark.parametrize(("hour", "days"), [(23, 0), (0, 1)])
def test_a_time_of_day_is_the_next_one(qtbot: QtBot, hour: int, days: int) -> None:
    theme()
    here = datetime(2026, 1, 5, 12, 30).astimezone()  # made aware at once
    card = DoorCommandsCard(ManualClock(here.astimezone(UTC)))
    qtbot.addWidget(card)
    assert card.until.isHidden()
    card.span.setCurrentIndex(card.span.count() - 1)
    assert not card.until.isHidden()
    card.until.setTime(QTime(hour, 15))
    assert card.end == datetime(2026, 1, 5 + days, hour, 15).astimezone()  # made aware at once


def test_a_station_that_goes_away_is_told_and_comes_back(stage: Stage) -> None:
    stage.begin(record(FRONT))
    stage.tell(let_in("Li Wei"))
    stage.shows("Let in: Li Wei")
    stage.feed(FRONT).refusing = GONE
    stage.tell(GONE)
    stage.shows("The station does not answer")
    assert stage.page.panel.answer.answer.reason == "The door 'Front door' does not run. Start it."
    assert stage.page.panel.camera.marks == ()  # nobody is shown as let in any more
    assert not stage.page.panel.commands.buttons["open"].isEnabled()
    assert stage.glance(FRONT) == "does not answer"
    stage.doors.records = [record(FRONT, running=False)]
    stage.until(lambda: stage.page.pages.currentWidget() is stage.page.stopped)
    assert stage.glance(FRONT) == "does not run"
    stage.feed(FRONT).refusing = None
    stage.doors.records = [record(FRONT)]
    stage.until(lambda: stage.page.pages.currentWidget() is stage.page.panel)
    assert stage.page.panel.answer.answer.words == "Asking the door"  # nothing of the earlier run
    assert not stage.page.panel.camera.has_frame
    stage.tell(nobody())
    stage.shows("Nobody at the door")


def test_a_door_that_does_not_run_can_be_locked_down_and_tells_how_it_is_started(
    stage: Stage,
) -> None:
    alarms = [{"kind": "tampered"}]
    stage.begin(record("Yard", running=False, alarms=alarms))
    stopped = stage.page.stopped
    stage.until(lambda: stage.page.pages.currentWidget() is stopped)
    assert stopped.title.text() == "Yard does not run"
    assert stopped.alarms.text() == AlarmKind.TAMPERED.sentence
    stopped.copy.click()
    wanted = 'faceaccess door run "Yard" --camera "demo:?who=staff&seed=1" --lock simulated:'
    assert QGuiApplication.clipboard().text() == wanted
    stopped.button.click()
    stage.until(lambda: stage.doors.given == [("lock_down", "Yard", "Ana", True)])
    stage.doors.records = [record("Yard", running=False, locked_down=True)]
    stage.until(lambda: stopped.button.text() == "End the lock-down")
    assert stage.feeds == {}  # nobody asks a door that does not run


def test_without_a_door_the_page_teaches(stage: Stage) -> None:
    stage.begin()
    stage.until(lambda: stage.page.pages.currentWidget() is stage.page.stopped)
    assert stage.page.stopped.title.text() == "No door runs yet"
    assert stage.page.stopped.line.text().startswith('faceaccess door run "Front door" --camera')
    assert stage.page.stopped.lock.isHidden()


def test_the_start_command_names_a_data_folder_that_is_not_the_usual_one() -> None:
    made = start_command("Yard", "0", "/srv/door data")
    assert made.endswith(' --lock simulated: --home "/srv/door data"')


def test_the_start_command_is_read_by_a_shell_as_it_is_meant() -> None:
    import shlex

    for name, camera in (('A "B" door', "0"), ("前门", "rtsp://10.0.0.7/s?a=1&b=2")):
        words = shlex.split(start_command(name, camera))
        assert words == [
            *("faceaccess", "door", "run", name, "--camera", camera, "--lock", "simulated:")
        ]


def test_several_doors_are_watched_and_the_one_that_is_shown_with_pictures(stage: Stage) -> None:
    stage.begin(record(BACK), record(FRONT))
    assert stage.page.door == BACK
    stage.until(lambda: (FRONT, False) in stage.feeds and (BACK, True) in stage.feeds)
    stage.tell(nobody(alarms=("held_open",)), pictures=False)
    stage.until(lambda: stage.glance(FRONT) == "alarm")
    stage.page.list.choose(FRONT)
    stage.until(lambda: (FRONT, True) in stage.feeds and (BACK, False) in stage.feeds)
    stage.tell(let_in("Li Wei"))
    stage.shows("Let in: Li Wei")
    stage.until(lambda: stage.feed(FRONT, pictures=False).closed)
    assert stage.page.remembered() == {"door": FRONT}


def test_the_door_of_the_last_time_is_shown_again(stage: Stage) -> None:
    stage.page.restore({"door": FRONT})
    assert stage.page.remembered() == {"door": FRONT}
    stage.begin(record(BACK), record(FRONT))
    stage.until(lambda: stage.page.door == FRONT)


def test_who_leaves_the_page_watches_no_more_and_commands_nothing(stage: Stage) -> None:
    stage.begin(record(FRONT))
    stage.tell(nobody())
    stage.shows("Nobody at the door")
    stage.page.leave()
    stage.until(lambda: stage.feed(FRONT).closed == stage.feed(FRONT).opened)
    stage.page.arrive()
    stage.tell(let_in("Ana"))
    stage.shows("Let in: Ana")
    assert stage.doors.given == []


@pytest.mark.parametrize("language", ["en", "zh_CN", LONGER])
def test_everything_has_a_name_and_fits(qtbot: QtBot, language: str) -> None:
    theme()
    use_language(language)
    stage = Stage(qtbot)
    try:
        stage.past = [DoorCommand("1", FRONT, NOW, DoorCommandKind.OPEN, "Ana (window)")]
        stage.begin(record(FRONT), record("Yard", running=False))
        stage.tell(
            nobody(locked_down=True, alarms=("forced_open", "tampered"), lock_trouble="It is away.")
        )
        stage.until(lambda: len(stage.page.panel.remarks.words) == 4)
        assert unnamed(stage.page) == []
        room = 740 if language != LONGER else 1280 - 258 - 48
        assert stage.page.layout().totalMinimumSize().width() <= room
    finally:
        stage.page.shutdown()
        use_language("en")
