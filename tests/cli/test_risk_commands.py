"""`strangers`, `calibrate`, `retrain`, `heads`, `correct`, `lookalikes` and `whatif`."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from faceaccess.app import build
from faceaccess.camera.drawn_people import STAFF, STRANGERS
from faceaccess.core.faces import Embedding, Quality
from faceaccess.core.people import NewSample

from .conftest import Photos, Ran

Run = Callable[..., Ran]
CALIBRATION_FIELDS = {
    "risk",
    "threshold",
    "fpir",
    "fpir_interval",
    "fnmr",
    "fnmr_interval",
    "strangers",
    "probes",
    "promise",
    "text",
}


def put_strangers(home: Path, count: int, seed: int = 1) -> None:
    """Store drawn vectors as strangers: as many as are needed, in no time."""
    app = build(home)
    try:
        serving = app.store.serving_head()
        assert serving is not None
        space = serving[1].space
        chance = np.random.default_rng(seed)
        vectors = chance.normal(size=(count, space.dimension)).astype(np.float32)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        quality = Quality(60.0, 200.0, 120.0, 40.0, 0.0, 0.0, 0.0, 0.0)
        crop = np.zeros((112, 112), np.uint8)
        with app.store.transaction() as transaction:
            for number, vector in enumerate(vectors):
                sample = NewSample(
                    crop, Embedding(vector, space), quality, "drawn", f"digest-{seed}-{number}"
                )
                transaction.add_stranger(f"stranger {number}", [sample])
    finally:
        app.close()


@pytest.fixture
def visitors(tmp_path: Path, photos: Photos) -> Path:
    folder = tmp_path / "visitors"
    (folder / "Bea").mkdir(parents=True)
    (folder / "ann.jpg").write_bytes(photos.of(STRANGERS[0]).read_bytes())
    (folder / "Bea" / "1.jpg").write_bytes(photos.of(STRANGERS[1]).read_bytes())
    (folder / "staff.jpg").write_bytes(photos.of(STAFF[0], 4).read_bytes())
    return folder


@pytest.fixture
def visits(run: Run, enrolled: Path, tmp_path: Path, photos: Photos) -> list[dict[str, Any]]:
    """A member of staff, then a stranger at a door that takes anybody; newest first."""
    for number, (person, threshold) in enumerate(((STAFF[0], 0.5), (STRANGERS[0], -1.0))):
        folder = tmp_path / f"recording-{number}"
        folder.mkdir()
        (folder / "1.jpg").write_bytes(photos.of(person, 4).read_bytes())
        run("settings", "set", "threshold", str(threshold))
        assert run("watch", folder, "--json").exit_code == 0
    return run("events", "list", "--json").lines


def test_strangers_come_in_are_listed_and_go(run: Run, enrolled: Path, visitors: Path) -> None:
    done = run("strangers", "add", visitors, "--json")
    assert done.exit_code == 0
    *rejected, last = done.lines
    assert {"strangers", "pictures", "rejected", "seconds"} <= set(last)
    assert (last["strangers"], last["pictures"], last["rejected"]) == (2, 2, 1)
    assert [one["picture"] for one in rejected] == [str(visitors / "staff.jpg")]
    assert STAFF[0].name in rejected[0]["reason"]
    listed = {one["label"]: one for one in run("strangers", "list", "--json").lines}
    assert set(listed) == {"ann", "Bea"}
    assert set(listed["ann"]) == {"id", "label", "role", "pictures", "added_at"}
    assert listed["ann"]["role"] in {"negative", "calibration", "test"}
    assert "Bea" in run("strangers", "list").stdout
    gone = run("strangers", "remove", listed["ann"]["id"][:8], "--json").line
    assert gone == listed["ann"]
    assert [one["label"] for one in run("strangers", "list", "--json").lines] == ["Bea"]
    run("strangers", "remove", listed["ann"]["id"]).refused("no stranger with the id")


def test_the_same_folder_again_brings_nobody(run: Run, enrolled: Path, visitors: Path) -> None:
    assert run("strangers", "add", visitors).exit_code == 0
    again = run("strangers", "add", visitors)
    assert again.exit_code == 1
    assert "there already" in again.stderr
    assert "0 strangers with 0 pictures came in, 3 not taken" in again.stdout


def test_calibrate_finds_a_threshold_and_states_the_risk(run: Run, enrolled: Path) -> None:
    run("settings", "set", "threshold", "")
    put_strangers(enrolled, 400)
    looked = run("calibrate", "--risk", "1/20", "--json").lines[-1]
    assert set(looked) >= CALIBRATION_FIELDS
    assert looked["risk"] == 0.05
    low, high = looked["fpir_interval"]
    assert low <= looked["fpir"] <= high <= 0.05
    assert looked["promise"] is True
    assert looked["applied"] is False
    assert 0 <= looked["fnmr_interval"][0] <= looked["fnmr"] <= looked["fnmr_interval"][1] <= 1
    assert 150 < looked["strangers"] < 250  # the half that calibrates
    assert looked["probes"] == 9
    assert run("settings", "get", "risk", "--json").line["value"] is None
    applied = run("calibrate", "--risk", "1/20", "--apply", "--json").lines[-1]
    assert applied["applied"] is True
    assert applied["threshold"] == looked["threshold"]
    assert run("settings", "get", "risk", "--json").line["value"] == 0.05
    again = run("calibrate")
    assert again.exit_code == 0
    assert "At most 1 in 20 strangers" in again.stdout


@pytest.mark.parametrize("risk", ["0", "1/0", "2", "abc", "1", "-1", "", "1/", "nan", "1e-9"])
def test_a_risk_that_cannot_be_stated(run: Run, enrolled: Path, risk: str) -> None:
    done = run("calibrate", "--risk", risk, "--apply").refused("risk")
    assert len(done.stderr.strip().splitlines()) == 2  # what is wrong, and what to do
    assert run("settings", "get", "risk", "--json").line["value"] is None


def test_few_strangers_promise_nothing(run: Run, enrolled: Path) -> None:
    put_strangers(enrolled, 10)
    done = run("calibrate", "--risk", "1/1000", "--json")
    assert done.exit_code == 0
    assert done.lines[-1]["promise"] is False
    assert done.lines[-1]["synthetic"] is True
    assert "Cannot promise" in done.lines[-1]["text"]


def test_calibrate_without_a_stated_risk(run: Run, enrolled: Path) -> None:
    run("calibrate").refused("No risk is stated yet")


def test_calibrate_with_nobody_enrolled(run: Run, home: Path) -> None:
    run("calibrate", "--risk", "1/100").refused("Nobody is enrolled")


def test_retrain_tells_before_and_after(run: Run, enrolled: Path) -> None:
    line = run("retrain", "--json").lines[-1]
    assert {"head", "people", "samples", "steps", "seconds", "accepted", "verdict"} <= set(line)
    assert {"before", "after", "refused_because", "changed_people"} <= set(line)
    assert line["accepted"] is True
    assert line["refused_because"] is None
    assert line["after"]["people"] == 3
    assert line["before"]["probes"] == line["after"]["probes"]
    assert "strangers let in" in run("retrain").stdout


def test_heads_are_listed_compared_pinned_and_used(run: Run, enrolled: Path) -> None:
    run("retrain")
    listed = run("heads", "list", "--json").lines
    assert [one["head"] for one in listed] == [4, 3, 2, 1]
    assert [one["serving"] for one in listed] == [True, False, False, False]
    assert "serves" in run("heads", "list").stdout
    compared = run("heads", "compare", "3", "4", "--json").line
    assert (compared["first"]["head"], compared["second"]["head"]) == (3, 4)
    assert compared["before"]["probes"] == compared["after"]["probes"]
    assert "head 4" in run("heads", "compare", "3", "4").stdout
    assert run("heads", "pin", "3", "--json").line["pinned"] is True
    assert run("heads", "pin", "3", "--off", "--json").line["pinned"] is False
    used = run("heads", "use", "3", "--json").line
    assert used["accepted"] is True
    assert run("heads", "list", "--json").lines[1]["serving"] is True
    run("heads", "use", "99").refused("99")
    run("heads", "compare", "1", "99").refused("99")


def test_a_head_that_knows_fewer_people_is_refused_unless_forced(run: Run, enrolled: Path) -> None:
    done = run("heads", "use", "1", "--json")
    assert done.exit_code == 0
    assert done.line["accepted"] is False
    assert done.line["refused_because"]
    assert run("heads", "list", "--json").lines[0]["serving"] is True


def test_not_me(run: Run, visits: list[dict[str, Any]]) -> None:
    stranger = visits[0]
    assert stranger["outcome"] == "granted"
    line = run("correct", stranger["id"][:13], "--not-me", "--json").line
    assert {"event", "effect", "head"} <= set(line)
    assert line["event"] == stranger["id"]
    assert line["head"] == 4
    assert line["decision"]["outcome"] != "granted"
    assert "lets nobody in now" in line["effect"]
    back = run("correct", stranger["id"], "--take-back", "--json").line
    assert back["decision"]["outcome"] == "granted"
    run("correct", stranger["id"], "--take-back").refused("Nothing was said")


def test_this_is(run: Run, visits: list[dict[str, Any]]) -> None:
    staff = visits[1]
    line = run("correct", staff["id"], "--is", "101", "--json").line
    assert f"one of {STAFF[0].name}'s" in line["effect"]
    assert run("people", "show", "101", "--json").line["samples"] == 4
    run("correct", staff["id"], "--is", "102").refused("so it was not taken")
    run("correct", staff["id"], "--is", "999").refused("nobody with the id")


def test_corrections_of_what_is_not_there(run: Run, visits: list[dict[str, Any]]) -> None:
    run("correct", "no-such-visit", "--not-me").refused("no-such-visit")
    run("correct", "x", "--not-me").refused("no visit with the id 'x'")
    run("settings", "set", "threshold", "0.5")
    run("people", "remove", "101", "--yes")
    run("correct", visits[1]["id"], "--not-me").refused("not enrolled any more")


def test_lookalikes(run: Run, enrolled: Path, photos: Photos) -> None:
    assert run("lookalikes", "--json").lines == []
    run("people", "add", "The same again", photos.of(STAFF[0], 4), photos.of(STAFF[0], 5))
    (line,) = run("lookalikes", "--json").lines
    assert {"a", "b", "similarity", "risk"} <= set(line)
    assert {line["a"], line["b"]} == {STAFF[0].name, "The same again"}
    assert line["risk"] > 0.9
    assert line["same_person"] is True
    assert "the same person twice?" in run("lookalikes").stdout


def test_whatif(run: Run, visits: list[dict[str, Any]]) -> None:
    line = run("whatif", "--threshold", "0.5", "--json").line
    assert {"events", "would_let_in", "would_keep_out", "changes"} <= set(line)
    assert (line["events"], line["would_let_in"], line["would_keep_out"]) == (2, 1, 1)
    (change,) = line["changes"]
    assert change["event"] == visits[0]["id"]
    assert (change["before"]["outcome"], change["after"]["outcome"]) == ("granted", "denied")
    assert run("whatif", "--json").line["changes"] == []
    assert run("whatif", "--since", "2100-01-01", "--json").line["events"] == 0
    text = run("whatif", "--threshold", "0.5").stdout
    assert "kept out: Not known" in text
    assert "Of 2 visits, 1 would be let in (2 were)" in text
    run("whatif", "--threshold", "7").refused("threshold of 7")
    run("whatif", "--head", "99").refused("99")
    run("whatif", "--frames", "0").refused("0 pictures")


def test_whatif_with_nobody_enrolled(run: Run, home: Path) -> None:
    run("whatif").refused("Nobody is enrolled")
    assert run("lookalikes").exit_code == 0


def test_every_line_is_json(run: Run, visits: list[dict[str, Any]]) -> None:
    for command in (["strangers", "list"], ["heads", "list"], ["lookalikes"], ["whatif"]):
        done = run(*command, "--json")
        assert done.exit_code == 0
        assert all(isinstance(json.loads(line), dict) for line in done.stdout.splitlines())


def test_one_person_with_one_picture(run: Run, home: Path, photos: Photos) -> None:
    run("people", "add", "Solo", photos.of(STAFF[0]))
    run("calibrate", "--risk", "1/100", "--apply").refused("single enrolled person", "Add pictures")
    assert run("settings", "get", "risk", "--json").line["value"] is None
    assert "none to test with" in run("retrain").stdout
    assert run("lookalikes", "--json").lines == []
    put_strangers(home, 80)
    line = run("calibrate", "--risk", "1/10", "--json").lines[-1]
    assert (line["fnmr"], line["fnmr_interval"], line["probes"]) == (None, None, 0)
    assert "Nobody has two pictures" in line["text"]


def test_pictures_of_another_embedder_are_not_compared(
    run: Run, visits: list[dict[str, Any]], visitors: Path
) -> None:
    run("settings", "set", "colour", "true")
    run("strangers", "add", visitors).refused("colour")
    run("retrain").refused("retrain --full")
    run("correct", visits[1]["id"], "--is", "101").refused("another embedder")
    assert run("strangers", "list", "--json").lines == []
    assert run("people", "show", "101", "--json").line["samples"] == 3
