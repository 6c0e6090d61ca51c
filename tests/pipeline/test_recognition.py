"""The door on frames of drawn people, with the real detector, embedder and store."""

import json
import logging
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict

import cv2
import numpy as np
import pytest
from drawn import Frames, beside, drawing
from faulty_store import FaultyStore

from faceaccess.app import App
from faceaccess.camera.drawn_people import DEMO_THRESHOLD, STAFF, STRANGERS
from faceaccess.core.actors import Actor
from faceaccess.core.clock import ManualClock
from faceaccess.core.decisions import FrameResult, Outcome
from faceaccess.core.errors import KnownError
from faceaccess.core.frames import FaceTruth, Image
from faceaccess.core.people import Person, PersonDetails
from faceaccess.core.progress import run
from faceaccess.core.reasons import Reason
from faceaccess.pipeline.recognition import Recogniser
from faceaccess.pipeline.results import Picture

ADA, LI, ANA = STAFF[0], STAFF[1], STAFF[2]


@pytest.fixture
def frames(clock: ManualClock) -> Frames:
    return Frames(clock)


@pytest.fixture
def recogniser(app: App) -> Iterator[Recogniser]:
    made = app.new_recogniser()
    yield made
    made.close()


def show(recogniser: Recogniser, frames: Frames, image: Image, times: int = 1) -> FrameResult:
    """Show a picture for some frames and return the last answer."""
    for _ in range(times - 1):
        recogniser.process(frames.of(image))
    return recogniser.process(frames.of(image))


def answer(result: FrameResult) -> tuple[str, str, str | None]:
    decision = result.decision
    return decision.outcome.value, decision.reason.value, decision.person


def outcomes(app: App) -> list[tuple[str, str, str | None]]:
    """Return the journal, oldest first."""
    return [
        (e.decision.outcome.value, e.decision.reason.value, e.decision.person)
        for e in reversed(app.journal.list())
    ]


GRANTED_LI = ("granted", "recognised", "Li Wei")


def test_an_enrolled_person_is_let_in_with_one_event(
    app: App, enrol: Callable[..., Person], frames: Frames
) -> None:
    person = enrol(1)
    recogniser = app.new_recogniser()
    first = show(recogniser, frames, drawing(LI, 3, seed=5))
    assert answer(first) == ("none", "checking", None)
    third = show(recogniser, frames, drawing(LI, 3, seed=5), 2)
    assert answer(third) == GRANTED_LI
    assert third.decision.person_id == person.id
    assert third.decision.head == 1
    assert third.front == third.faces[0].visit
    (event,) = app.journal.list()  # written at once, not at the visit's end
    assert event.id == third.front
    assert (event.camera, event.station, event.sequence) == ("Door", "station-1", 1)
    for _ in range(100):
        assert answer(show(recogniser, frames, drawing(LI, 3, seed=5))) == GRANTED_LI
    recogniser.close()
    assert outcomes(app) == [GRANTED_LI]
    picture = app.journal.picture(event.id)
    assert picture is not None
    assert max(picture.shape[:2]) == 160
    assert len(app.analyser().detect(picture)) == 1


def test_a_stranger_is_refused_and_recorded_when_the_visit_ends(
    app: App, enrol: Callable[..., Person], frames: Frames, blank: np.ndarray
) -> None:
    enrol(1)
    recogniser = app.new_recogniser()
    result = show(recogniser, frames, drawing(STRANGERS[0]), 10)
    assert answer(result) == ("denied", "unknown", None)
    assert outcomes(app) == []
    frames.pause(1.1)
    assert answer(show(recogniser, frames, blank)) == ("none", "nobody", None)
    assert outcomes(app) == [("denied", "unknown", None)]
    recogniser.close()
    assert len(outcomes(app)) == 1


def test_a_stranger_who_stays_is_recorded_after_five_seconds(
    app: App, enrol: Callable[..., Person], frames: Frames
) -> None:
    enrol(1)
    recogniser = app.new_recogniser()
    show(recogniser, frames, drawing(STRANGERS[0]), 124)  # 4.92 s after the first
    assert outcomes(app) == []
    show(recogniser, frames, drawing(STRANGERS[0]), 3)
    assert outcomes(app) == [("denied", "unknown", None)]
    show(recogniser, frames, drawing(STRANGERS[0]), 60)
    recogniser.close()
    assert len(outcomes(app)) == 1


def test_a_changed_face_loses_the_answer_at_once(
    app: App, enrol: Callable[..., Person], frames: Frames
) -> None:
    enrol(1)
    recogniser = app.new_recogniser()
    granted = show(recogniser, frames, drawing(LI), 6)
    assert answer(granted) == GRANTED_LI
    # Somebody else stands in the very same place; a settled visit is looked at every third frame.
    answers = [show(recogniser, frames, drawing(STRANGERS[1])) for _ in range(8)]
    let_in = [r.decision.outcome is Outcome.GRANTED for r in answers]
    assert sum(let_in) <= 2
    assert not any(let_in[2:])
    assert answers[-1].front != granted.front
    assert answer(answers[-1]) == ("denied", "unknown", None)
    recogniser.close()
    assert outcomes(app) == [GRANTED_LI, ("denied", "unknown", None)]


def test_poor_pictures_say_what_to_do_and_end_as_a_denial(
    app: App, enrol: Callable[..., Person], frames: Frames, blank: np.ndarray
) -> None:
    enrol(1)
    recogniser = app.new_recogniser()
    far = show(recogniser, frames, drawing(LI, eyes=0.042), 20)
    assert answer(far) == ("none", "too_far", None)
    assert far.decision.reason.sentence == "Come closer"
    frames.pause(1.5)
    show(recogniser, frames, blank)
    recogniser.close()
    assert outcomes(app) == [("denied", "too_far", None)]


def test_a_denial_keeps_the_picture_that_shows_the_face_best(
    app: App, enrol: Callable[..., Person], frames: Frames, blank: np.ndarray
) -> None:
    enrol(1)
    recogniser = app.new_recogniser()
    for eyes in (0.055, 0.08, 0.14, 0.08, 0.055):
        show(recogniser, frames, drawing(STRANGERS[1], eyes=eyes), 4)
    frames.pause(1.5)
    show(recogniser, frames, blank)
    recogniser.close()
    (event,) = app.journal.list()
    assert event.decision.outcome is Outcome.DENIED
    picture = app.journal.picture(event.id)
    assert picture is not None
    assert max(picture.shape[:2]) == 160  # from far away it would be smaller
    (face,) = app.analyser().detect(picture)
    assert face.box[0] > 0
    assert face.box[0] + face.box[2] < picture.shape[1]


def test_a_glimpse_is_no_event(
    app: App, enrol: Callable[..., Person], frames: Frames, blank: np.ndarray
) -> None:
    enrol(1)
    recogniser = app.new_recogniser()
    show(recogniser, frames, drawing(LI), 2)
    frames.pause(1.5)
    show(recogniser, frames, blank)
    recogniser.close()
    assert outcomes(app) == []


def test_an_inactive_person_is_refused_and_let_in_again_when_switched_on(
    app: App, actor: Actor, enrol: Callable[..., Person], frames: Frames
) -> None:
    person = enrol(1)
    recogniser = app.new_recogniser()
    app.directory.edit(actor, person.id, PersonDetails("Li Wei", active=False))
    assert answer(show(recogniser, frames, drawing(LI), 10)) == ("denied", "inactive", "Li Wei")
    app.directory.edit(actor, person.id, PersonDetails("Li Wei", active=True))
    assert answer(show(recogniser, frames, drawing(LI), 8)) == GRANTED_LI
    recogniser.close()


def test_with_nobody_enrolled_nobody_is_let_in(
    app: App, recogniser: Recogniser, frames: Frames
) -> None:
    result = show(recogniser, frames, drawing(LI), 5)
    assert answer(result) == ("denied", "nobody_enrolled", None)
    assert recogniser.head_version is None


def test_a_new_head_is_taken_over_between_two_frames(
    app: App, recogniser: Recogniser, enrol: Callable[..., Person], frames: Frames
) -> None:
    assert answer(show(recogniser, frames, drawing(LI), 5))[1] == "nobody_enrolled"
    enrol(1)
    results = [show(recogniser, frames, drawing(LI)) for _ in range(25)]
    assert recogniser.head_version == 1
    assert answer(results[-1]) == GRANTED_LI  # within one second


def test_a_removed_person_is_no_longer_let_in(
    app: App, actor: Actor, recogniser: Recogniser, enrol: Callable[..., Person], frames: Frames
) -> None:
    enrol(0)
    person = enrol(1)
    frames.pause(0.2)
    assert answer(show(recogniser, frames, drawing(LI), 5)) == GRANTED_LI
    app.directory.remove(actor, person.id)
    frames.pause(0.2)
    assert show(recogniser, frames, drawing(LI)).decision.outcome is not Outcome.GRANTED
    assert answer(show(recogniser, frames, drawing(LI), 15)) == ("denied", "unknown", None)


def test_a_setting_holds_from_the_next_look(
    app: App, actor: Actor, recogniser: Recogniser, enrol: Callable[..., Person], frames: Frames
) -> None:
    enrol(1)
    assert answer(show(recogniser, frames, drawing(LI), 12)) == GRANTED_LI
    app.settings.set(actor, "threshold", "0.999")
    assert recogniser.threshold == pytest.approx(DEMO_THRESHOLD)
    frames.pause(0.2)
    result = show(recogniser, frames, drawing(LI))
    assert recogniser.threshold == pytest.approx(0.999)
    assert result.decision.outcome is not Outcome.GRANTED


def test_two_people_each_have_a_visit_and_the_larger_is_in_front(
    app: App, enrol: Callable[..., Person], frames: Frames
) -> None:
    enrol(1)
    enrol(2)
    recogniser = app.new_recogniser()
    both = beside(drawing(LI, eyes=0.16), drawing(ANA, eyes=0.12))
    result = show(recogniser, frames, both, 8)
    assert [face.decision.person for face in result.faces] == ["Li Wei", "Ana Petrova"]
    assert answer(result) == GRANTED_LI
    recogniser.close()
    assert sorted(person for _, _, person in outcomes(app)) == ["Ana Petrova", "Li Wei"]


def test_a_large_unusable_face_does_not_stand_in_front_of_a_usable_one(
    app: App, enrol: Callable[..., Person], frames: Frames
) -> None:
    enrol(1)
    recogniser = app.new_recogniser(record=False)
    dark = (drawing(ANA, eyes=0.18) * 0.12).astype(np.uint8)
    result = show(recogniser, frames, beside(dark, drawing(LI)), 5)
    assert len(result.faces) == 2
    assert result.faces[0].decision.reason in (Reason.TOO_DARK, Reason.LOW_CONTRAST)
    assert answer(result) == GRANTED_LI


def test_a_crowd_is_embedded_two_a_frame(app: App, frames: Frames) -> None:
    recogniser = app.new_recogniser(record=False)
    batches: list[int] = []
    analyser = recogniser._analyser
    embed = analyser.embed
    analyser.embed = lambda found, **how: batches.append(len(found)) or embed(found, **how)  # type: ignore[method-assign]  # counts
    row = np.concatenate([drawing(p, eyes=0.12) for p in STAFF[:4]], axis=1)
    show(recogniser, frames, row, 6)
    assert len(recogniser._tracker.visits) == 4
    assert max(batches) == 2
    assert all(visit.confirmed is not None for visit in recogniser._tracker.visits)


def test_a_settled_visit_is_embedded_every_third_frame(
    app: App, enrol: Callable[..., Person], frames: Frames
) -> None:
    enrol(1)
    recogniser = app.new_recogniser(record=False)
    show(recogniser, frames, drawing(LI), 4)
    batches: list[int] = []
    analyser = recogniser._analyser
    embed = analyser.embed
    analyser.embed = lambda found, **how: batches.append(len(found)) or embed(found, **how)  # type: ignore[method-assign]  # counts
    show(recogniser, frames, drawing(LI), 30)
    assert sum(batches) == 10


def test_preview_writes_nothing(app: App, enrol: Callable[..., Person], frames: Frames) -> None:
    enrol(1)
    recogniser = app.new_recogniser(record=False)
    assert answer(show(recogniser, frames, drawing(LI), 5)) == GRANTED_LI
    recogniser.close()
    assert outcomes(app) == []


def test_truth_is_that_of_the_face_in_front(
    app: App, recogniser: Recogniser, frames: Frames
) -> None:
    box = app.analyser().detect(drawing(LI))[0].box
    away = (box[0] + 1000, box[1], box[2], box[3])
    named = recogniser.process(
        frames.of(drawing(LI), (FaceTruth("Ana", away), FaceTruth("Li Wei", box)))
    )
    assert named.truth == "Li Wei"
    assert recogniser.process(frames.of(drawing(LI), (FaceTruth(None, box),))).truth is None
    assert recogniser.process(frames.of(drawing(LI), (FaceTruth("Ana", away),))).truth is None
    assert recogniser.process(frames.of(drawing(LI))).truth is None


def test_a_result_is_plain_values(app: App, recogniser: Recogniser, frames: Frames) -> None:
    result = show(recogniser, frames, drawing(LI), 4)
    told = json.loads(json.dumps(asdict(result), default=str))
    assert told["faces"][0]["decision"]["reason"] == "nobody_enrolled"


def test_denied_then_let_in_are_two_visits(
    app: App, enrol: Callable[..., Person], frames: Frames
) -> None:
    enrol(0)
    recogniser = app.new_recogniser()
    denied = show(recogniser, frames, drawing(LI), 140)  # longer than 5 s: recorded
    enrol(1)
    granted = show(recogniser, frames, drawing(LI), 40)
    assert answer(granted) == GRANTED_LI
    assert granted.front != denied.front
    recogniser.close()
    assert outcomes(app) == [("denied", "unknown", None), GRANTED_LI]


# Faults.


@pytest.fixture
def faulty(app: App, clock: ManualClock) -> tuple[FaultyStore, Recogniser]:
    store = FaultyStore(app.store)
    return store, Recogniser(store, app.analyser(), app.settings.get, clock)


@pytest.mark.expected_log_errors
def test_a_visit_that_cannot_be_written_is_not_granted(
    app: App,
    faulty: tuple[FaultyStore, Recogniser],
    enrol: Callable[..., Person],
    frames: Frames,
    caplog: pytest.LogCaptureFixture,
) -> None:
    store, recogniser = faulty
    enrol(1)
    frames.pause(0.3)
    store.refuses.add("transaction")
    results = [show(recogniser, frames, drawing(LI)) for _ in range(60)]
    assert all(r.decision.outcome is not Outcome.GRANTED for r in results)
    assert answer(results[-1])[:2] == ("denied", "fault")
    assert "locked" in str(recogniser.problem)
    errors = [r for r in caplog.records if r.levelno >= logging.ERROR]
    assert len(errors) == 1
    assert outcomes(app) == []
    store.refuses.clear()
    frames.pause(1.0)
    assert answer(show(recogniser, frames, drawing(LI), 4)) == GRANTED_LI
    assert recogniser.problem is None
    recogniser.close()
    assert outcomes(app) == [GRANTED_LI]


@pytest.mark.expected_log_errors
def test_a_store_that_cannot_be_read_lets_nobody_in(
    app: App,
    faulty: tuple[FaultyStore, Recogniser],
    enrol: Callable[..., Person],
    frames: Frames,
    caplog: pytest.LogCaptureFixture,
) -> None:
    store, recogniser = faulty
    enrol(1)
    frames.pause(0.3)
    assert answer(show(recogniser, frames, drawing(LI), 5)) == GRANTED_LI
    store.refuses.add("revision")
    frames.pause(0.2)
    for _ in range(30):
        result = show(recogniser, frames, drawing(LI))
        assert answer(result) == ("denied", "fault", None)
        assert len(result.faces) == 1  # still shown
    assert len([r for r in caplog.records if r.levelno >= logging.ERROR]) == 1
    store.refuses.clear()
    frames.pause(0.2)
    assert answer(show(recogniser, frames, drawing(LI), 5)) == GRANTED_LI
    recogniser.close()


@pytest.mark.expected_log_errors
def test_denied_visits_wait_for_the_store(
    app: App,
    faulty: tuple[FaultyStore, Recogniser],
    enrol: Callable[..., Person],
    frames: Frames,
    blank: np.ndarray,
) -> None:
    store, recogniser = faulty
    enrol(1)
    frames.pause(0.3)
    store.refuses.add("transaction")
    show(recogniser, frames, drawing(STRANGERS[0]), 5)
    frames.pause(1.5)
    show(recogniser, frames, blank)
    assert outcomes(app) == []
    store.refuses.clear()
    frames.pause(1.5)
    show(recogniser, frames, blank)
    assert outcomes(app) == [("denied", "unknown", None)]
    recogniser.close()


@pytest.mark.expected_log_errors
@pytest.mark.parametrize("method", ["detect", "describe", "embed"])
def test_an_error_in_processing_never_grants(
    app: App,
    recogniser: Recogniser,
    enrol: Callable[..., Person],
    frames: Frames,
    caplog: pytest.LogCaptureFixture,
    method: str,
) -> None:
    enrol(1)
    frames.pause(0.3)
    assert answer(show(recogniser, frames, drawing(LI), 5)) == GRANTED_LI
    frames.pause(0.6)
    analyser = recogniser._analyser
    whole = getattr(analyser, method)

    def broken(*arguments: object) -> object:
        raise RuntimeError("the network broke")

    setattr(analyser, method, broken)
    for _ in range(5):
        assert show(recogniser, frames, drawing(LI)).decision.outcome is not Outcome.GRANTED
    assert len([r for r in caplog.records if r.levelno >= logging.ERROR]) == 1
    setattr(analyser, method, whole)
    assert answer(show(recogniser, frames, drawing(LI), 6)) == GRANTED_LI


@pytest.mark.expected_log_errors
def test_an_embedding_that_is_no_number_never_grants(
    app: App, recogniser: Recogniser, enrol: Callable[..., Person], frames: Frames
) -> None:
    enrol(1)
    frames.pause(0.3)
    assert answer(show(recogniser, frames, drawing(LI))) == ("none", "checking", None)
    analyser = recogniser._analyser
    embed = analyser.embed

    def spoilt(found: object) -> object:
        observations = embed(found)  # type: ignore[arg-type]  # passed on
        for one in observations:
            one.embedding.vector[0] = np.nan
        return observations

    analyser.embed = spoilt  # type: ignore[method-assign]  # injected fault
    results = [show(recogniser, frames, drawing(LI)) for _ in range(8)]
    assert {answer(r)[:2] for r in results} == {("denied", "fault")}
    assert outcomes(app) == []


def test_people_enrolled_in_another_space_are_told_at_the_start(
    app: App, actor: Actor, enrol: Callable[..., Person]
) -> None:
    enrol(1)
    app.settings.set(actor, "colour", "true")
    with pytest.raises(KnownError, match="retrain --full"):
        app.new_recogniser()


@pytest.mark.expected_log_errors
def test_an_embedder_changed_while_running_is_a_fault(
    app: App, actor: Actor, recogniser: Recogniser, enrol: Callable[..., Person], frames: Frames
) -> None:
    enrol(1)
    assert answer(show(recogniser, frames, drawing(LI), 12)) == GRANTED_LI
    app.settings.set(actor, "colour", "true")
    frames.pause(0.2)
    assert answer(show(recogniser, frames, drawing(LI))) == ("denied", "fault", None)
    assert "head was trained for" in str(recogniser.problem)
    app.settings.set(actor, "colour", "false")
    frames.pause(0.2)
    assert answer(show(recogniser, frames, drawing(LI), 5)) == GRANTED_LI


def test_odd_pictures_are_no_fault(app: App, recogniser: Recogniser, frames: Frames) -> None:
    for shape in ((1, 1, 3), (3000, 2, 3), (48, 64, 3)):
        result = show(recogniser, frames, np.zeros(shape, np.uint8))
        assert answer(result) == ("none", "nobody", None)
    noise = np.random.default_rng(1).integers(0, 256, (480, 640, 3), dtype=np.uint8)
    assert show(recogniser, frames, noise).decision.outcome is Outcome.NONE
    huge = cv2.resize(drawing(LI), (1920, 1440))
    assert show(recogniser, frames, huge).faces
    assert recogniser.problem is None


def test_recognition_never_imports_the_trainer() -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            (
                "import sys; import faceaccess.pipeline.recognition; "
                "print([m for m in sys.modules if m.startswith(('torch', 'PySide6', 'sqlite')) "
                "or m in ('faceaccess.learn.head_trainer', 'faceaccess.optim')])"
            ),
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"


def test_a_picture_of_the_right_person_by_another_program(
    make_app: Callable[..., App], actor: Actor, frames: Frames
) -> None:
    door, office = make_app(), make_app()
    recogniser = door.new_recogniser()
    assert answer(show(recogniser, frames, drawing(LI), 3))[1] == "nobody_enrolled"
    pictures = [Picture("li", image=drawing(LI, 5))]
    run(office.enrolment.add(actor, PersonDetails("Li Wei"), pictures))
    run(office.retraining.run(actor))
    frames.pause(0.2)
    show(recogniser, frames, drawing(LI))
    assert recogniser.head_version == 2
    recogniser.close()
