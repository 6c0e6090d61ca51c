"""What a door answers to messages: commands by name, and rubbish in a sentence."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faceaccess.core.clock import ManualClock
from faceaccess.core.errors import KnownError
from faceaccess.core.home import DataHome
from faceaccess.core.second_factors import LONGEST_ENTRY
from faceaccess.door.locks.open import open_lock
from faceaccess.door.locks.simulated import SimulatedLock
from faceaccess.pipeline.door_lock import DoorLock
from faceaccess.pipeline.station import Station
from faceaccess.pipeline.station_requests import StationRequests
from faceaccess.store.sqlite_store import SqliteStore


class Asked:
    """A door without a camera, and what was entered at it."""

    def __init__(self, folder: Path) -> None:
        self.clock = ManualClock()
        simulated = open_lock("simulated:", self.clock)
        assert isinstance(simulated, SimulatedLock)
        self.simulated = simulated
        self.store = SqliteStore(DataHome(folder), self.clock)
        self.lock = DoorLock(simulated, locked_down=False, clock=self.clock)
        self.station = Station("Front", self.store, self.lock, self.clock)
        self.entered: list[str] = []
        self.requests = StationRequests(
            self.station, lambda: {"running": True}, self.entered.append
        )

    def ask(
        self, command: object, account: str | None = "ana", **more: object
    ) -> dict[str, object]:
        message = {"token": "x", "actor": "told", "way": "window", "command": command, **more}
        return self.requests.answer(message, account)

    def close(self) -> None:
        self.station.commands.close()
        self.lock.close()
        self.store.close()


@pytest.fixture
def asked(tmp_path: Path) -> Iterator[Asked]:
    made = Asked(tmp_path)
    yield made
    made.close()


def test_status_and_opening(asked: Asked) -> None:
    assert asked.ask("status") == {"running": True}
    assert asked.ask("open")["lock"] == "acknowledged"
    (command,) = asked.store.door_commands()
    assert command.actor == "ana (window)"  # as the system names the account


@pytest.mark.parametrize(
    ("account", "told", "way", "actor"),
    [
        (None, "ben", "screen", "ben (screen)"),
        (None, "x" * 200, "command line", "x" * 64 + " (command line)"),
        (None, "a\nb", "window", "somebody (window)"),
        (None, 7, "window", "somebody (window)"),
        ("ana", "ben", "test", "ana (station)"),
        ("ana", "ben", ["window"], "ana (station)"),
    ],
)
def test_who_gave_a_command(
    asked: Asked, account: str | None, told: object, way: object, actor: str
) -> None:
    asked.ask("open", account, actor=told, way=way)
    assert asked.store.door_commands()[0].actor == actor


def test_holding_muting_and_their_ends(asked: Asked) -> None:
    until = asked.clock.now() + timedelta(hours=1)
    held = asked.ask("hold", until=until.isoformat())
    assert (held["lock"], held["held_until"]) == ("acknowledged", until.isoformat())
    muted = asked.ask("mute", until=until.isoformat())
    assert muted["muted_until"] == until.isoformat()
    assert asked.ask("end_hold") == {
        "door": "Front",
        "held_until": None,
        "muted_until": until.isoformat(),
    }
    assert asked.ask("unmute")["muted_until"] is None
    assert not asked.simulated.is_open


def test_an_end_in_another_zone_is_the_same_moment(asked: Asked) -> None:
    held = asked.ask("hold", until="2026-01-05T11:00:00+01:00")  # an hour from 09:00 UTC
    assert held["held_until"] == "2026-01-05T10:00:00+00:00"


@pytest.mark.parametrize(
    "until",
    [None, 7, "", "soon", "2026-01-05T10:00:00", "0001-01-01T00:00:00+23:59", "2026-01-05", []],
)
@pytest.mark.parametrize("command", ["hold", "mute"])
def test_an_end_that_is_none_is_refused(asked: Asked, command: str, until: object) -> None:
    with pytest.raises(KnownError, match=r"until when|is over already"):
        asked.ask(command, until=until)
    assert asked.store.door_commands() == []
    assert not asked.simulated.is_open


def test_an_entry_goes_to_the_rules_and_nowhere_else(
    asked: Asked, caplog: pytest.LogCaptureFixture
) -> None:
    assert asked.ask("entry", text="4711") == {"door": "Front"}
    assert asked.entered == ["4711"]
    assert asked.store.door_commands() == []
    assert "4711" not in caplog.text


@pytest.mark.parametrize("text", [None, "", 4711, "1" * (LONGEST_ENTRY + 1), "\uff11\uff12", ["1"]])
def test_an_entry_that_cannot_be_one_is_refused_without_being_told(
    asked: Asked, text: object
) -> None:
    with pytest.raises(KnownError) as refused:
        asked.ask("entry", text=text)
    assert asked.entered == []
    assert not text or str(text) not in str(refused.value)


def test_a_door_without_rules_for_factors_takes_no_entries(asked: Asked) -> None:
    deaf = StationRequests(asked.station, dict)
    with pytest.raises(KnownError, match="takes no PIN"):
        deaf.answer({"command": "entry", "text": "4711"}, "ana")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)
COMMANDS = ["status", "lockdown", "hold", "mute", "entry", "unmute", "end_hold", "watch", "x"]


@given(
    message=st.fixed_dictionaries(
        {"command": st.sampled_from(COMMANDS) | JSON},
        optional={
            "until": JSON,
            "on": JSON,
            "text": JSON,
            "actor": JSON,
            "way": JSON,
        },
    )
)
def test_any_message_is_answered_or_refused_in_a_sentence(
    tmp_path_factory: pytest.TempPathFactory, message: dict[str, object]
) -> None:
    asked = _shared(tmp_path_factory)
    with suppress(KnownError):
        assert isinstance(asked.requests.answer(message, None), dict)
    assert not asked.simulated.is_open  # nothing but "open" and a hold with a time opens


_made: dict[str, Asked] = {}


def _shared(factory: pytest.TempPathFactory) -> Asked:
    """Return one door for all messages: a database for each would take minutes."""
    if "door" not in _made:
        _made["door"] = Asked(factory.mktemp("door"))
    return _made["door"]


@pytest.fixture(scope="module", autouse=True)
def _closed() -> Iterator[None]:
    yield
    if "door" in _made:
        _made.pop("door").close()
