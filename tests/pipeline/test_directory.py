"""People without vision: edit, remove, undo, and the head that follows."""

import subprocess
import sys
from collections.abc import Callable

import numpy as np
import pytest
from drawn import drawing

from faceaccess.app import App
from faceaccess.camera.drawn_people import STAFF
from faceaccess.core.access_rules import Effect
from faceaccess.core.actors import Actor
from faceaccess.core.errors import KnownError
from faceaccess.core.people import Person, PersonDetails
from faceaccess.core.reasons import Reason
from faceaccess.learn.scoring import match
from faceaccess.pipeline.rule_text import RuleText


def test_removing_takes_the_class_and_nothing_else(
    app: App, actor: Actor, enrol: Callable[..., Person]
) -> None:
    li, ada = enrol(1), enrol(0)
    before = app.store.serving_head()[1]
    removed = app.directory.remove(actor, li.id)
    record, head = app.store.serving_head()
    assert head.person_ids == (ada.id,)
    kept = before.person_ids.index(ada.id)
    assert (head.rows[0] == before.rows[kept]).all()
    assert (record.people, record.samples, record.note) == (1, 3, "Li Wei removed")
    assert len(removed.samples) == 3
    with pytest.raises(KnownError):
        app.directory.show(li.id)
    assert app.store.count_samples() == 3


def test_undo_brings_everything_back(app: App, actor: Actor, enrol: Callable[..., Person]) -> None:
    li, _ = enrol(1, staff_number="17", note="night shift"), enrol(0)
    head = app.store.serving_head()[1]
    crops = [app.directory.crop(s.id) for s in app.directory.samples(li.id)]
    removed = app.directory.remove(actor, li.id)
    back = app.directory.undo_remove(actor, removed)
    assert (back.id, back.details, back.created_at) == (li.id, li.details, li.created_at)
    assert back.samples == 3
    again = [app.directory.crop(s.id) for s in app.directory.samples(li.id)]
    assert all((a == b).all() for a, b in zip(crops, again, strict=True))
    restored = app.store.serving_head()[1]
    old, new = head.person_ids.index(li.id), restored.person_ids.index(li.id)
    assert (restored.rows[new] == head.rows[old]).all()
    assert not app.retraining.changes().any
    with pytest.raises(KnownError):
        app.directory.undo_remove(actor, removed)  # there already


def test_undo_brings_no_more_rights_than_there_were(
    app: App, actor: Actor, enrol: Callable[..., Person]
) -> None:
    li = enrol(1)
    rule = app.rules.add(actor, RuleText(Effect.ALLOW, li.id, "Store", zone="UTC")).rule
    others = app.rules.add(actor, RuleText(Effect.DENY, door="Safe", zone="UTC")).rule
    removed = app.directory.remove(actor, li.id)
    assert app.rules.policy().rules == (others,)
    app.directory.undo_remove(actor, removed)
    assert set(app.rules.policy().rules) == {rule, others}
    assert app.rules.test(li.id, "Front door").admission.reason is Reason.NOT_THIS_DOOR


def test_the_last_person_can_be_removed_and_put_back(
    app: App, actor: Actor, enrol: Callable[..., Person]
) -> None:
    li = enrol(1)
    removed = app.directory.remove(actor, li.id)
    assert app.store.serving_head()[1].person_ids == ()
    app.directory.undo_remove(actor, removed)
    (probe,) = app.analyser().observe(drawing(STAFF[1], 4))
    assert match(app.store.serving_head()[1], probe.embedding.vector).person_id == li.id


def test_undo_fails_whole_when_the_number_was_given_away(
    app: App, actor: Actor, enrol: Callable[..., Person]
) -> None:
    li = enrol(1, staff_number="17")
    removed = app.directory.remove(actor, li.id)
    ada = enrol(0, staff_number="17")
    version = app.store.serving_head()[0].version
    with pytest.raises(KnownError, match="17"):
        app.directory.undo_remove(actor, removed)
    assert [p.id for p in app.directory.list()] == [ada.id]
    assert app.store.serving_head()[0].version == version


def test_removing_a_picture_moves_the_mean(
    app: App, actor: Actor, enrol: Callable[..., Person]
) -> None:
    li = enrol(1)
    first, *rest = app.directory.samples(li.id)
    app.directory.remove_sample(actor, first.id)
    head = app.store.serving_head()[1]
    mean = np.mean([s.embedding.vector for s in rest], axis=0)
    assert head.means[0] == pytest.approx(mean / np.linalg.norm(mean), abs=1e-5)
    assert not app.retraining.changes().any
    for sample in rest:
        app.directory.remove_sample(actor, sample.id)
    assert app.store.serving_head()[1].person_ids == ()
    assert app.directory.show(li.id).samples == 0


def test_ids_that_are_not_there(app: App, actor: Actor) -> None:
    for call in (
        lambda: app.directory.show("nobody"),
        lambda: app.directory.remove(actor, "nobody"),
        lambda: app.directory.remove_sample(actor, "nothing"),
        lambda: app.directory.crop("nothing"),
        lambda: app.directory.edit(actor, "nobody", PersonDetails("A")),
    ):
        with pytest.raises(KnownError):
            call()
    assert app.directory.thumbnail("nobody") is None


def test_listing_searches_and_pages(app: App, actor: Actor, enrol: Callable[..., Person]) -> None:
    people = sorted((enrol(i) for i in range(3)), key=lambda p: p.name)
    assert [p.id for p in app.directory.list()] == [p.id for p in people]
    assert app.directory.count("li w") == 1
    assert [p.name for p in app.directory.list("li w")] == ["Li Wei"]
    assert [p.id for p in app.directory.list("", 1, 1)] == [people[1].id]
    assert app.directory.thumbnail(people[0].id) is not None


def test_it_imports_no_vision() -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            (
                "import sys; import faceaccess.pipeline.directory, faceaccess.pipeline.journal, "
                "faceaccess.pipeline.settings_service; "
                "print([m for m in ('torch', 'cv2', 'PIL', 'PySide6') if m in sys.modules])"
            ),
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"
