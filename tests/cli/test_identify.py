"""`faceaccess identify` and `retrain` on drawn people."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from faceaccess.camera.drawn_people import DEMO_THRESHOLD, STAFF, STRANGERS, render

from .conftest import Photos, Ran

Run = Callable[..., Ran]


def test_staff_are_named_and_strangers_are_not(run: Run, enrolled: Path, photos: Photos) -> None:
    asked = [photos.of(person, 4) for person in (*STAFF[:3], *STRANGERS[:2])]
    lines = run("identify", *asked, "--json").lines
    assert [line["picture"] for line in lines] == [str(path) for path in asked]
    assert [[face["person"] for face in line["faces"]] for line in lines] == [
        *[[person.name] for person in STAFF[:3]],
        [None],
        [None],
    ]
    for line in lines:
        (face,) = line["faces"]
        assert set(face) >= {"box", "person", "similarity", "threshold", "reason"}
        assert all(isinstance(side, int) for side in face["box"])
        assert face["threshold"] == DEMO_THRESHOLD
        assert (face["person"] is not None) == (face["similarity"] >= face["threshold"])


def test_every_face_of_a_picture_is_answered(run: Run, enrolled: Path, photos: Photos) -> None:
    together = np.hstack([render(STAFF[0], seed=9), render(STAFF[1], seed=9)])
    line = run("identify", photos.save("together.png", together), "--json").line
    assert {face["person"] for face in line["faces"]} == {STAFF[0].name, STAFF[1].name}
    by_name = {face["person"]: face["box"] for face in line["faces"]}
    assert by_name[STAFF[0].name][0] < 640 <= by_name[STAFF[1].name][0]


def test_a_picture_without_a_face_has_no_faces(run: Run, enrolled: Path, photos: Photos) -> None:
    wall = photos.save("wall.png", np.full((480, 640, 3), 128, np.uint8))
    done = run("identify", wall, "--json")
    assert done.line == {"picture": str(wall), "faces": []}
    assert done.exit_code == 0


def test_a_picture_that_fails_does_not_stop_the_others(
    run: Run, enrolled: Path, photos: Photos
) -> None:
    done = run("identify", "missing.jpg", photos.of(STAFF[0], 4), "--json")
    assert done.exit_code == 1
    failed, answered = done.lines
    assert failed["picture"] == "missing.jpg"
    assert set(failed) == {"picture", "error"}
    assert answered["faces"][0]["person"] == STAFF[0].name


def test_with_nobody_enrolled_it_says_so(run: Run, photos: Photos) -> None:
    (face,) = run("identify", photos.of(STAFF[0]), "--json").line["faces"]
    assert (face["person"], face["similarity"]) == (None, None)
    assert "Nobody is enrolled" in face["reason"]


def test_for_people_it_is_a_line_a_face(run: Run, enrolled: Path, photos: Photos) -> None:
    shown = run("identify", photos.of(STAFF[0], 4), photos.of(STRANGERS[0])).stdout.splitlines()
    assert STAFF[0].name in shown[0]
    assert "not known" in shown[1]


def test_retrain_puts_a_new_head_into_service(run: Run, enrolled: Path, photos: Photos) -> None:
    for arguments, head in (([], 4), (["--full"], 5)):
        last = run("retrain", *arguments, "--json").lines[-1]
        assert set(last) >= {"head", "people", "samples", "steps", "seconds", "accepted"}
        assert (last["head"], last["people"], last["samples"]) == (head, 3, 9)
        assert last["accepted"] is True
    line = run("identify", photos.of(STAFF[2], 4), "--json").line
    assert line["faces"][0]["person"] == STAFF[2].name


def test_retrain_with_nobody_enrolled_is_a_known_error(run: Run) -> None:
    run("retrain").refused("enrolled")
