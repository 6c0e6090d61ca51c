"""Adding people by hand: what is taken, what is refused, and that refused means nothing stored."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from drawn import POSES, beside, drawing

from faceaccess.app import App
from faceaccess.camera.drawn_people import STAFF, STRANGERS
from faceaccess.core.actors import Actor
from faceaccess.core.errors import KnownError
from faceaccess.core.people import Person, PersonDetails
from faceaccess.core.progress import run
from faceaccess.core.reasons import Reason
from faceaccess.learn.open_set import own_pictures
from faceaccess.learn.person_means import person_means
from faceaccess.learn.scoring import match
from faceaccess.pipeline.picture_look import largest_and_central, the_only_one
from faceaccess.pipeline.results import Picture

LI, ADA = STAFF[1], STAFF[0]


def picture(image: np.ndarray, name: str = "a.png") -> Picture:
    return Picture(name, image=image)


def is_empty(app: App) -> bool:
    return (
        app.store.count_people() == 0
        and app.store.count_samples() == 0
        and app.store.serving_head() is None
        and app.store.head_records() == []
    )


def test_a_person_is_known_as_soon_as_the_job_ends(app: App, actor: Actor) -> None:
    pictures = [picture(drawing(LI, turn), f"li-{i}.png") for i, turn in POSES]
    result = run(app.enrolment.add(actor, PersonDetails("Li Wei", "17"), pictures))
    assert (result.added, result.rejected, result.look_alikes) == (3, (), ())
    assert result.person.name == "Li Wei"
    assert result.person.samples == 3
    serving = app.store.serving_head()
    assert serving is not None
    assert serving[0] == result.head
    assert serving[0].note == "Li Wei added"
    assert serving[0].actor == "tester (test)"
    assert serving[1].person_ids == (result.person.id,)
    assert serving[0].samples == 3
    (probe,) = app.analyser().observe(drawing(LI, 5, seed=9))
    assert match(serving[1], probe.embedding.vector).similarity > 0.8


def test_each_further_person_extends_the_head(app: App, enrol: Callable[..., Person]) -> None:
    people = [enrol(i) for i in range(3)]
    record, head = app.store.serving_head()
    assert set(head.person_ids) == {person.id for person in people}
    assert record.version == 3
    data = app.store.training_set(head.space)
    assert own_pictures(head, data).enrolled.person_ids == data.person_ids
    # The means are those of the stored pictures, whatever training did to the rows.
    assert head.person_ids == data.people
    assert head.means == pytest.approx(person_means(data), abs=1e-5)
    assert record.test is not None
    assert record.test.passed
    assert (record.test.after.people, record.test.after.probes) == (3, 9)
    assert record.test.synthetic  # no stranger was ever added
    assert record.estimate is None  # and no risk was stated


def test_no_accepted_picture_stores_nothing_and_says_why(
    app: App, actor: Actor, blank: np.ndarray, tmp_path: Path
) -> None:
    text = tmp_path / "text.jpg"
    text.write_text("this is no picture")
    small = cv2.resize(drawing(LI), (160, 120), interpolation=cv2.INTER_AREA)
    pictures = [
        picture(blank, "blank.png"),
        Picture("text.jpg", path=text),
        Picture("missing.jpg", path=tmp_path / "missing.jpg"),
        picture(small, "small.png"),
        picture(beside(drawing(LI), drawing(ADA)), "two.png"),
    ]
    with pytest.raises(KnownError) as raised:
        run(app.enrolment.add(actor, PersonDetails("Li Wei"), pictures))
    text_ = str(raised.value)
    assert "blank.png: no face was found" in text_
    assert "text.jpg: " in text_
    assert "missing.jpg: There is no picture" in text_
    assert "small.png: the face is too small (" in text_
    assert "at least 25 is wanted" in text_
    assert "two.png: 2 faces were found: give a picture with one face" in text_
    assert is_empty(app)


def test_no_picture_at_all(app: App, actor: Actor) -> None:
    with pytest.raises(KnownError, match="No picture was given"):
        run(app.enrolment.add(actor, PersonDetails("Li Wei"), []))
    assert is_empty(app)


def test_good_pictures_are_taken_beside_bad_ones(app: App, actor: Actor, blank: np.ndarray) -> None:
    pictures = [picture(blank, "blank.png"), picture(drawing(LI), "li.png")]
    result = run(app.enrolment.add(actor, PersonDetails("Li Wei"), pictures))
    assert result.added == 1
    assert [(r.picture, r.reason) for r in result.rejected] == [("blank.png", "no face was found")]


def test_the_same_picture_is_stored_once(app: App, actor: Actor) -> None:
    twice = [picture(drawing(LI), "a.png"), picture(drawing(LI).copy(), "b.png")]
    result = run(app.enrolment.add(actor, PersonDetails("Li Wei"), twice))
    assert result.added == 1
    assert result.rejected[0].picture == "b.png"
    with pytest.raises(KnownError, match="there already"):
        run(app.enrolment.add_pictures(actor, result.person.id, twice[:1]))
    more = [twice[0], picture(drawing(LI, 12), "c.png")]
    again = run(app.enrolment.add_pictures(actor, result.person.id, more))
    assert (again.added, again.person.samples) == (1, 2)
    record, head = app.store.serving_head()
    assert (record.version, record.samples, len(head.person_ids)) == (2, 2, 1)


def test_poor_quality_of_a_file_is_a_warning(app: App, actor: Actor) -> None:
    blurred = cv2.GaussianBlur(drawing(LI), (0, 0), 4)
    result = run(app.enrolment.add(actor, PersonDetails("Li Wei"), [picture(blurred, "b.png")]))
    assert result.added == 1
    assert any("blurred" in warning.reason for warning in result.warnings)


def test_a_dominating_face_is_taken_and_said(app: App, actor: Actor) -> None:
    small = cv2.resize(drawing(ADA), (240, 180), interpolation=cv2.INTER_AREA)
    canvas = np.full((480, 880, 3), 200, np.uint8)
    canvas[:, :640] = drawing(LI)
    canvas[:180, 640:] = small
    result = run(app.enrolment.add(actor, PersonDetails("Li Wei"), [picture(canvas, "c.png")]))
    assert result.added == 1
    assert any("2 faces were found" in warning.reason for warning in result.warnings)
    (probe,) = app.analyser().observe(drawing(LI, seed=4))
    assert match(app.store.serving_head()[1], probe.embedding.vector).similarity > 0.8


def test_choosing_a_face(app: App) -> None:
    image = beside(drawing(LI), cv2.resize(drawing(ADA), (640, 480)))
    faces = app.analyser().detect(image)
    assert len(faces) == 2
    assert the_only_one(faces, image)[0] is None
    chosen, remark = largest_and_central(faces, image)
    assert chosen is not None
    assert remark is not None
    # Shifted so that Ada's face is the one in the middle, she is meant.
    shifted = image[:, 640 - 160 :]
    faces = app.analyser().detect(shifted)
    middle, _ = largest_and_central(faces, shifted)
    assert middle is not None
    assert abs(middle.box[0] + middle.box[2] / 2 - shifted.shape[1] / 2) < 200


def test_a_look_alike_is_told(app: App, actor: Actor, enrol: Callable[..., Person]) -> None:
    known = enrol(1)
    pictures = [picture(drawing(LI, 4, seed=7), "again.png")]
    result = run(app.enrolment.add(actor, PersonDetails("Li Wei's double"), pictures))
    assert [alike.person_id for alike in result.look_alikes] == [known.id]
    assert result.look_alikes[0].similarity > 0.8
    observations = app.analyser().observe(drawing(LI, 4, seed=7), embed=False)
    assert {alike.name for alike in app.enrolment.look_alikes(observations)} == {
        "Li Wei",
        "Li Wei's double",
    }
    others = app.analyser().observe(drawing(STRANGERS[0]))
    assert app.enrolment.look_alikes(others) == ()


def test_pictures_of_two_people_are_remarked(app: App, actor: Actor) -> None:
    pictures = [picture(drawing(LI, t), f"li{i}") for i, t in POSES]
    pictures.append(picture(drawing(ADA), "ada"))
    result = run(app.enrolment.add(actor, PersonDetails("Li Wei"), pictures))
    assert [w.picture for w in result.warnings if "somebody else" in w.reason] == ["ada"]


def test_a_taken_staff_number_is_refused_before_any_work(
    app: App, actor: Actor, enrol: Callable[..., Person]
) -> None:
    enrol(1, staff_number="17")
    job = app.enrolment.add(actor, PersonDetails("Ada", "17"), [picture(drawing(ADA))])
    with pytest.raises(KnownError, match="17 is Li Wei's"):
        next(job)
    assert app.store.count_people() == 1


def test_a_person_who_is_not_there(app: App, actor: Actor) -> None:
    with pytest.raises(KnownError):
        run(app.enrolment.add_pictures(actor, "no-such-id", [picture(drawing(LI))]))


@pytest.mark.parametrize("name", ["李伟", "محمد علي", "Ünïcödé O'Neil; DROP TABLE"])
def test_names_of_any_script(app: App, actor: Actor, name: str) -> None:
    result = run(app.enrolment.add(actor, PersonDetails(name), [picture(drawing(LI))]))
    assert app.directory.show(result.person.id).name == name


def test_captures_of_the_camera(app: App, actor: Actor) -> None:
    observations = [
        one for _, t in POSES for one in app.analyser().observe(drawing(LI, t), embed=False)
    ]
    details = PersonDetails("Li Wei")
    result = run(app.enrolment.add_observed(actor, details, observations, "camera Front door"))
    assert result.added == 3
    assert {s.source for s in app.directory.samples(result.person.id)} == {"camera Front door"}
    more = app.analyser().observe(drawing(LI, 6, seed=5))
    again = run(
        app.enrolment.add_observed_to(actor, result.person.id, [*more, *observations], "camera")
    )
    assert (again.added, len(again.rejected)) == (1, 3)


def test_closing_the_job_at_any_yield_leaves_nothing(app: App, actor: Actor) -> None:
    pictures = [picture(drawing(LI, t), f"li{i}") for i, t in POSES]
    yields = 0
    while True:
        job = app.enrolment.add(actor, PersonDetails("Li Wei"), pictures)
        try:
            for _ in range(yields + 1):
                next(job)
        except StopIteration:
            break
        job.close()
        assert is_empty(app), f"closed at yield {yields}"
        yields += 1
    assert yields >= 5
    assert app.store.count_people() == 1


def test_somebody_else_writes_while_the_head_is_trained(
    make_app: Callable[..., App], actor: Actor
) -> None:
    mine, other = make_app(), make_app()
    job = mine.enrolment.add(actor, PersonDetails("Li Wei"), [picture(drawing(LI))])
    for progress in job:
        if progress.stage == "Making embeddings":
            break
    # Between analysis and storing, another program enrols Ada.
    run(other.enrolment.add(actor, PersonDetails("Ada"), [picture(drawing(ADA))]))
    run(job)
    record, head = mine.store.serving_head()
    assert record.people == len(head.person_ids) == 2
    assert record.samples == 2


def test_an_enrolment_in_another_space_is_refused(
    app: App, actor: Actor, enrol: Callable[..., Person]
) -> None:
    enrol(1)
    app.settings.set(actor, "colour", "true")
    with pytest.raises(KnownError, match="retrain --full"):
        run(app.enrolment.add(actor, PersonDetails("Ada"), [picture(drawing(ADA))]))
    assert app.store.count_people() == 1


def test_every_quality_issue_has_words() -> None:
    from faceaccess.pipeline.picture_look import _ISSUES

    of_quality = set(Reason) - {
        Reason.RECOGNISED,
        Reason.NOBODY,
        Reason.CHECKING,
        Reason.UNKNOWN,
        Reason.AMBIGUOUS,
        Reason.INACTIVE,
        Reason.NOBODY_ENROLLED,
        Reason.CAMERA_LOST,
        Reason.FAULT,
        Reason.LOCKED_DOWN,
        Reason.LOCK_FAILED,
        Reason.NOT_THIS_DOOR,
        Reason.NOT_NOW,
        Reason.NOT_VALID,
        Reason.TOO_MANY_TRIES,
        Reason.PASSED_ALREADY,
        Reason.FACTOR_NEEDED,
        Reason.WRONG_FACTOR,
        Reason.SECOND_PERSON_NEEDED,
        Reason.ESCORT_NEEDED,
        Reason.LIVENESS_UNSURE,
        Reason.NOT_LIVE,
        Reason.TURN_LEFT,
        Reason.TURN_RIGHT,
        Reason.LOOK_UP,
        Reason.LOOK_DOWN,
        Reason.LOOK_STRAIGHT,
        Reason.CHALLENGE_FAILED,
    }
    assert set(_ISSUES) == of_quality
