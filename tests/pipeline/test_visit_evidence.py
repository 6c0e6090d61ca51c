"""What a decision stood on is kept with the event."""

from collections.abc import Callable

import numpy as np
from drawn import Frames, drawing
from visits_of import visit_of

from faceaccess.app import App
from faceaccess.camera.drawn_people import STAFF, STRANGERS
from faceaccess.core.clock import ManualClock
from faceaccess.core.faces import EmbeddingSpace, Quality
from faceaccess.core.people import Person
from faceaccess.core.reasons import Reason
from faceaccess.door.policy import Rules, Sighting
from faceaccess.door.visits import EmbeddedPicture, Visit
from faceaccess.pipeline.visit_evidence import evidence_of

SPACE = EmbeddingSpace("drawn", "none", 2)
RULES = Rules(0.5, 3, 1)


def picture(number: int, eyes: float = 50.0, cut_off: float = 0.0) -> EmbeddedPicture:
    quality = Quality(eyes, 200.0, 120.0, 40.0, 0.0, 0.0, 0.0, cut_off)
    return EmbeddedPicture(
        np.array([1.0, number], np.float32), np.full((4, 4), number, np.uint8), quality
    )


def visit(*pictures: EmbeddedPicture, kept: int = 5) -> Visit:
    made = Visit("v", (0.0, 0.0, 1.0, 1.0), 0.0, 1.0)
    for number, one in enumerate(pictures):
        made.add(Sighting(0.1 * number, None, None, one.vector))
        made.keep(one, kept)
    return made


def test_the_pictures_of_the_window_and_the_best_of_them() -> None:
    pictures = [picture(0, 90.0), *(picture(i, 50.0 + i) for i in range(1, 6))]
    pictures[4] = picture(4, 80.0, cut_off=0.5)
    found = evidence_of(visit(*pictures), 0.6, RULES, SPACE)
    assert found is not None
    assert found.space == SPACE
    # Six usable pictures, of which the latest five count; the first, the best of all, does not.
    assert found.vectors[:, 1].tolist() == [1.0, 2.0, 3.0, 4.0, 5.0]
    assert found.crop is pictures[5].crop
    assert found.quality is pictures[5].quality


def test_pictures_that_are_too_old_do_not_count() -> None:
    old = picture(0)
    made = visit(old)
    late = picture(7)
    made.add(Sighting(5.2, None, None, late.vector))
    made.keep(late, 5)
    found = evidence_of(made, 5.2, RULES, SPACE)
    assert found is not None
    assert found.vectors[:, 1].tolist() == [7.0]


def test_no_usable_picture_is_no_evidence() -> None:
    made = Visit("v", (0.0, 0.0, 1.0, 1.0), 0.0, 1.0)
    made.add(Sighting(0.0, Reason.BLURRED))
    assert evidence_of(made, 0.0, RULES, SPACE) is None


def test_a_picture_that_is_not_at_hand_any_more_leaves_the_vectors() -> None:
    made = visit(picture(0), picture(1))
    made.embedded.clear()
    found = evidence_of(made, 0.1, RULES, SPACE)
    assert found is not None
    assert (len(found.vectors), found.crop, found.quality) == (2, None, None)


def test_no_more_pictures_are_kept_than_count() -> None:
    made = visit(*(picture(i) for i in range(50)))
    assert [int(one.vector[1]) for one in made.embedded] == [45, 46, 47, 48, 49]


def test_a_granted_visit_keeps_what_it_was_granted_on(
    app: App, enrol: Callable[..., Person], clock: ManualClock
) -> None:
    enrol(1)
    event = visit_of(app, clock, STAFF[1])
    assert event.decision.person == "Li Wei"
    evidence = app.store.event_evidence(event.id)
    assert evidence is not None
    assert evidence.space == app.analyser().space
    assert evidence.vectors.shape == (3, 128)
    assert np.allclose(np.linalg.norm(evidence.vectors, axis=1), 1.0, atol=1e-5)
    assert evidence.crop is not None
    assert evidence.crop.shape == (112, 112)
    assert evidence.quality is not None
    assert evidence.quality.good
    (again,) = app.analyser().embed_crops([evidence.crop])
    assert float((evidence.vectors @ again.vector).max()) > 0.9


def test_a_denied_visit_keeps_the_window_it_ended_with(
    app: App, enrol: Callable[..., Person], clock: ManualClock
) -> None:
    enrol(1)
    event = visit_of(app, clock, STRANGERS[0], frames=20)
    assert event.decision.reason is Reason.UNKNOWN
    evidence = app.store.event_evidence(event.id)
    assert evidence is not None
    assert len(evidence.vectors) == 5


def test_a_visit_without_a_usable_picture_has_none(
    app: App, enrol: Callable[..., Person], clock: ManualClock
) -> None:
    enrol(1)
    shown, recogniser = Frames(clock), app.new_recogniser()
    for _ in range(30):
        recogniser.process(shown.of(drawing(STAFF[1], eyes=0.03)))
    recogniser.close()
    (event,) = app.journal.list()
    assert event.decision.reason is Reason.TOO_FAR
    assert app.store.event_evidence(event.id) is None
