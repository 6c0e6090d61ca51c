"""Naming the faces of picture files."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from drawn import beside, drawing

from faceaccess.app import App
from faceaccess.camera.drawn_people import DEMO_THRESHOLD, STAFF, STRANGERS
from faceaccess.core.actors import Actor
from faceaccess.core.errors import KnownError
from faceaccess.core.people import Person, PersonDetails
from faceaccess.pipeline.results import Picture

LI, ADA = STAFF[1], STAFF[0]


def test_several_faces_are_each_named_largest_first(app: App, enrol: Callable[..., Person]) -> None:
    li = enrol(1)
    image = beside(drawing(STRANGERS[0], eyes=0.11), drawing(LI, 4, eyes=0.16))
    answer = app.identify.identify(Picture("both.png", image=image))
    assert answer.picture == "both.png"
    assert answer.error is None
    first, second = answer.faces
    assert (first.person, first.person_id) == ("Li Wei", li.id)
    assert first.reason == "Recognised"
    assert first.similarity is not None
    assert first.similarity >= first.threshold == pytest.approx(DEMO_THRESHOLD)
    assert first.box[0] > 640
    assert all(isinstance(side, int) for side in first.box)
    assert (second.person, second.person_id) == (None, None)
    assert second.reason == "Not known"
    assert second.similarity is not None


def test_poor_quality_is_reported_and_withholds_no_name(
    app: App, enrol: Callable[..., Person]
) -> None:
    enrol(1)
    # Far below the camera's gate, and even below the floor for enrolment.
    small = cv2.resize(drawing(LI), (160, 120), interpolation=cv2.INTER_AREA)
    (face,) = app.identify.identify(Picture("small.png", image=small)).faces
    assert face.person == "Li Wei"
    assert "the face is too small" in face.reason


def test_no_face_is_an_answer_and_no_error(app: App, blank: np.ndarray) -> None:
    answer = app.identify.identify(Picture("blank.png", image=blank))
    assert (answer.faces, answer.error) == ((), None)


@pytest.mark.parametrize("content", [None, b"", b"hello", b"\xff\xd8\xff\xe0\x00\x10JFIF"])
def test_a_picture_that_cannot_be_read_is_an_error(
    app: App, tmp_path: Path, content: bytes | None
) -> None:
    path = tmp_path / "a.jpg"
    if content is not None:
        path.write_bytes(content)
    answer = app.identify.identify(Picture("given/a.jpg", path=path))
    assert answer.picture == "given/a.jpg"
    assert answer.faces == ()
    assert answer.error is not None


def test_with_nobody_enrolled(app: App) -> None:
    (face,) = app.identify.identify(Picture("li.png", image=drawing(LI))).faces
    assert (face.person, face.similarity, face.reason) == (None, None, "Nobody is enrolled yet")


def test_an_inactive_person_is_not_named_as_let_in(
    app: App, actor: Actor, enrol: Callable[..., Person]
) -> None:
    li = enrol(1)
    app.directory.edit(actor, li.id, PersonDetails("Li Wei", active=False))
    (face,) = app.identify.identify(Picture("li.png", image=drawing(LI))).faces
    assert face.person is None
    assert "switched off" in face.reason


def test_another_space_is_told(app: App, actor: Actor, enrol: Callable[..., Person]) -> None:
    enrol(1)
    app.settings.set(actor, "colour", "true")
    with pytest.raises(KnownError, match="retrain --full"):
        app.identify.identify(Picture("li.png", image=drawing(LI)))
