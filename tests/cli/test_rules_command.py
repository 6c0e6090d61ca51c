"""`faceaccess rules`."""

from collections.abc import Callable
from pathlib import Path

import pytest

from faceaccess.camera.drawn_people import STAFF
from faceaccess.core.reasons import Reason
from faceaccess.door.locks.simulated import read_record

from .conftest import Photos, Ran
from .test_startup import heavy_of, imported

Run = Callable[..., Ran]
FIELDS = {
    *("id", "effect", "person_id", "person", "door", "hours", "holidays", "valid_from"),
    *("valid_until", "zone", "note", "added_at", "added_by"),
}
TUESDAY, NIGHT = "2026-11-24T10:00:00+00:00", "2026-11-24T22:00:00+00:00"


def tried(run: Run, person: str, door: str, at: str) -> tuple[str, str]:
    line = run("rules", "test", person, door, "--at", at, "--json").line
    return line["outcome"], line["code"]


def test_rules_are_added_listed_tried_and_removed(run: Run, enrolled: Path) -> None:
    assert run("rules", "list", "--json").lines == []
    assert "everybody who is active" in run("rules", "list").stderr
    assert tried(run, "101", "Front door", NIGHT) == ("granted", "recognised")
    added = run(
        *("rules", "add", "allow", "--person", "101", "--door", "Front door", "--zone", "UTC"),
        *("--hours", "mon-fri 8:00-18:00", "--until", "2026-12-31", "--note", "till new year"),
        "--json",
    ).line
    assert set(added) == {*FIELDS, "text"}
    assert added["hours"] == "Mon-Fri 08:00-18:00"
    assert added["valid_until"] == "2027-01-01T00:00:00.000+00:00"
    assert added["holidays"] == "not"
    assert "nowhere else" in added["text"]
    (listed,) = run("rules", "list", "--json").lines
    assert listed == {key: added[key] for key in FIELDS}
    assert tried(run, "101", "Front door", TUESDAY) == ("granted", "recognised")
    assert tried(run, "101", "Front door", NIGHT) == ("denied", "not_now")
    assert tried(run, "101", "Store", TUESDAY) == ("denied", "not_this_door")
    assert tried(run, "101", "Front door", "2027-01-05T10:00:00Z") == ("denied", "not_valid")
    assert tried(run, "102", "Store", NIGHT) == ("granted", "recognised")
    removed = run("rules", "remove", added["id"][:8], "--json").line
    assert removed["id"] == added["id"]
    assert "every door" in removed["text"]
    assert tried(run, "101", "Store", NIGHT) == ("granted", "recognised")


def test_people_read_sentences(run: Run, enrolled: Path) -> None:
    added = run("rules", "add", "escort", "--person", "101")
    assert added.exit_code == 0
    assert "The rule is in force: escort, " in added.stdout
    told = run("rules", "test", "101", "Front door").stdout
    assert "would have to wait at Front door" in told
    assert "your escort must go first" in told
    assert "By the rule " in told
    assert "escort" in run("rules", "list").stdout
    rule_id = run("rules", "list", "--json").line["id"]
    assert "The rule is removed: escort" in run("rules", "remove", rule_id).stdout


def test_the_list_can_be_of_a_person_or_a_door(run: Run, enrolled: Path) -> None:
    for who in (["--everybody"], ["--person", "101"], ["--person", "102", "--door", "Store"]):
        assert run("rules", "add", "second-factor", *who).exit_code == 0

    def listed(*options: str) -> list[tuple[bool, str | None]]:
        lines = run("rules", "list", *options, "--json").lines
        return [(line["person"] is None, line["door"]) for line in lines]

    assert listed() == [(True, None), (False, None), (False, "Store")]
    assert listed("--person", "102") == [(True, None), (False, "Store")]
    assert listed("--door", "Front") == [(True, None), (False, None)]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--hours", "Mon 18:00-08:00"], "ends before it begins"),
        (["--from", "2026-12-02", "--until", "2026-12-01"], "ends before it begins"),
        (["--zone", "Nowhere/Town"], "no time zone"),
        (["--until", "soon"], "is no time"),
        (["--door", ""], "no name of a door"),
    ],
)
def test_a_rule_that_cannot_be_is_refused(
    run: Run, enrolled: Path, arguments: list[str], words: str
) -> None:
    run("rules", "add", "allow", "--everybody", *arguments).refused(words)
    assert run("rules", "list", "--json").lines == []


def test_whom_a_rule_is_about_must_be_said(run: Run, enrolled: Path) -> None:
    assert run("rules", "add", "allow").exit_code == 2
    assert run("rules", "add", "allow", "--everybody", "--person", "101").exit_code == 2
    assert run("rules", "add", "open", "--everybody").exit_code == 2
    run("rules", "add", "allow", "--person", "999").refused("nobody with the id or staff number")
    run("rules", "remove", "0123456").refused("no rule with the id")
    run("rules", "test", "999", "Front").refused("nobody with the id or staff number")
    run("rules", "test", "101", "Front", "--at", "now").refused("is no time")


def test_holidays_come_from_a_file_that_is_whole(run: Run, enrolled: Path, tmp_path: Path) -> None:
    source = tmp_path / "days.csv"
    source.write_text("date,name\n2026-12-25,Christmas\n2026-11-24,Founders' day\n")
    lines = run("rules", "holidays", source, "--json").lines
    assert lines[0] == {"date": "2026-11-24", "name": "Founders' day"}
    assert "2 holidays from now on" in run("rules", "holidays", source).stdout
    run("rules", "add", "allow", "--everybody", "--hours", "Mon-Fri 08:00-18:00", "--zone", "UTC")
    assert tried(run, "101", "Front", TUESDAY) == ("denied", "not_now")
    source.write_text("date,name\n2027-12-25,Christmas\n2027-11-2")
    run("rules", "holidays", source).refused("looks cut", "stay as they were")
    assert "Founders' day" in run("rules", "holidays").stdout
    run("rules", "holidays", tmp_path / "none.csv").refused("none.csv")
    assert run("rules", "holidays", source, "--clear").exit_code == 2
    assert run("rules", "holidays", "--clear", "--json").lines == []
    assert "no holiday" in run("rules", "holidays").stderr
    assert tried(run, "101", "Front", TUESDAY) == ("granted", "recognised")


def test_what_is_special_about_a_door(run: Run, enrolled: Path) -> None:
    plain = run("rules", "door", "Front", "--json").line
    assert plain == {
        "door": "Front",
        "anti_passback": "off",
        "from": "outside",
        "to": "inside",
        "forget_after_hours": 12.0,
        "tries": None,
        "look_alikes_need_factor": False,
    }
    options = ["--anti-passback", "hard", "--to", "office", "--tries", "3", "--forget-after", "8"]
    run("rules", "door", "Front", *options, "--look-alikes", "factor")
    changed = run("rules", "door", "Front", "--tries", "none", "--json").line
    assert changed == {
        **plain,
        "anti_passback": "hard",
        "to": "office",
        "forget_after_hours": 8.0,
        "look_alikes_need_factor": True,
    }
    told = run("rules", "door", "Front").stdout
    assert "Front leads from outside to office." in told
    assert "a second factor" in told
    run("rules", "door", "Front", "--to", "outside").refused("same area")
    run("rules", "door", "Front", "--forget-after", "nan").refused("out of range")
    assert run("rules", "door", "Front", "--json").line == changed


@pytest.mark.parametrize(
    ("rule", "outcome", "reason"),
    [
        (["allow", "--person", "101", "--door", "Back"], "granted", "recognised"),
        (["allow", "--person", "101", "--door", "Store"], "denied", "not_this_door"),
        (["allow", "--everybody", "--until", "2020-01-01"], "denied", "not_valid"),
        (["deny", "--everybody", "--hours", "daily 00:00-24:00"], "denied", "not_now"),
        (["second-factor", "--person", "101"], "denied", "factor_needed"),
        (["two-people", "--everybody"], "denied", "second_person_needed"),
    ],
)
def test_a_door_that_runs_keeps_to_the_rules(
    run: Run,
    enrolled: Path,
    tmp_path: Path,
    photos: Photos,
    rule: list[str],
    outcome: str,
    reason: str,
) -> None:
    run("rules", "add", *rule)
    folder, record = tmp_path / "recording", tmp_path / "lock.jsonl"
    folder.mkdir()
    (folder / "1.jpg").write_bytes(photos.of(STAFF[0], 4).read_bytes())
    done = run("door", "run", "Back", "--camera", folder, "--lock", f"simulated:{record}", "--json")
    assert done.exit_code == 0
    (event,) = run("events", "list", "--json").lines
    assert (event["outcome"], event["reason"]) == (outcome, Reason(reason).sentence)
    assert event["person"] == STAFF[0].name
    assert any(one.seconds > 0 for one in read_record(record)) is (outcome == "granted")
    assert ("granted" in {line["outcome"] for line in done.lines}) is (outcome == "granted")


def test_rules_load_no_network(enrolled: Path) -> None:
    for command in (["list"], ["test", "101", "Front"], ["add", "allow", "--everybody"]):
        assert heavy_of(imported("rules", *command, "--home", str(enrolled))) == set()
