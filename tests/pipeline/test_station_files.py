"""Who is a door, and what is left of one that was killed."""

import json
import socket
from pathlib import Path

import pytest

from faceaccess.core.errors import KnownError
from faceaccess.core.home import DataHome
from faceaccess.pipeline.station_files import LONGEST_NAME, StationFiles, cards, checked_name


@pytest.fixture
def stations_home(tmp_path: Path) -> DataHome:
    return DataHome(tmp_path)


@pytest.mark.parametrize("name", ["", "   ", "a\nb", "\x1b[31m", "x" * (LONGEST_NAME + 1)])
def test_a_name_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(KnownError, match="cannot be called"):
        checked_name(name)


def test_a_name_is_taken_without_blanks_and_in_one_form() -> None:
    assert checked_name("  Front door ") == "Front door"
    assert checked_name("Cafe\u0301") == checked_name("Caf\u00e9")


def test_a_name_may_be_any_text_and_never_leads_out_of_the_folder(stations_home: DataHome) -> None:
    for number, name in enumerate(("../../etc", "前门", "a/b", ".", "CON")):
        files = StationFiles(stations_home, checked_name(name))
        files.claim(f"serial:{number}")
        files.publish(socket="", port=1)
        files.release()
    assert {path.parent for path in stations_home.root.rglob("*") if path.is_file()} == {
        stations_home.stations
    }
    assert [card.name for card in cards(stations_home)] == sorted(
        ["../../etc", "前门", "a/b", ".", "CON"]
    )


def test_a_second_door_of_the_name_is_refused_until_the_first_ends(
    stations_home: DataHome,
) -> None:
    first, second = StationFiles(stations_home, "Front"), StationFiles(stations_home, "Front")
    assert not second.running
    first.claim("serial:a")
    assert second.running
    with pytest.raises(KnownError, match="'Front' runs already"):
        second.claim("serial:b")
    first.release()
    second.claim("serial:b")
    second.release()


def test_two_doors_on_one_lock_are_refused(stations_home: DataHome) -> None:
    first, second = StationFiles(stations_home, "Front"), StationFiles(stations_home, "Back")
    first.claim("serial:/dev/ttyUSB0")
    with pytest.raises(KnownError, match="uses the lock serial:/dev/ttyUSB0 already"):
        second.claim("serial:/dev/ttyUSB0")
    assert not StationFiles(stations_home, "Back").running  # it let its name go again
    second.claim("serial:/dev/ttyUSB1")
    first.release()
    second.release()


def test_a_simulated_lock_without_a_file_is_no_device(stations_home: DataHome) -> None:
    doors = [StationFiles(stations_home, name) for name in ("Front", "Back")]
    for door in doors:
        door.claim("simulated:")
    for door in doors:
        door.release()


def test_what_a_dead_process_left_is_cleaned_away(stations_home: DataHome) -> None:
    dead = StationFiles(stations_home, "Front")
    dead.claim("serial:a")
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(dead.socket))
    dead.publish(socket=str(dead.socket), port=0)
    listener.close()
    dead.release()  # as the system does
    assert dead.socket.exists()
    again = StationFiles(stations_home, "Front")
    assert not again.running
    again.claim("serial:a")
    assert not again.socket.exists()
    assert again.card() is None
    again.release()


def test_card_and_folder_are_their_owners_alone_and_every_start_has_its_token(
    stations_home: DataHome,
) -> None:
    files = StationFiles(stations_home, "Front")
    files.claim("serial:a")
    first, second = files.publish(socket="", port=1), files.publish(socket="", port=1)
    assert first.token != second.token
    assert files.card() == second
    assert stations_home.stations.stat().st_mode & 0o077 == 0
    for path in stations_home.stations.iterdir():
        assert path.stat().st_mode & 0o077 == 0, path
    files.withdraw()
    assert files.card() is None
    files.release()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"name": "x"}', json.dumps({"pid": "x"})])
def test_a_card_that_is_none_is_no_card(stations_home: DataHome, text: str) -> None:
    files = StationFiles(stations_home, "Front")
    files.claim("serial:a")
    files.publish(socket="", port=1)
    (card,) = stations_home.stations.glob("*.json")
    card.write_text(text)
    assert files.card() is None
    assert cards(stations_home) == []
    files.release()


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(KnownError, match="stations cannot be used"):
        StationFiles(DataHome(tmp_path / "file"), "Front").claim("serial:a")
