"""Pairs of enrolled people who may be taken for each other."""

import numpy as np
import pytest

from faceaccess.app import App
from faceaccess.core.actors import Actor
from faceaccess.core.faces import Embedding, EmbeddingSpace, Quality
from faceaccess.core.heads import Head, HeadFacts
from faceaccess.core.people import NewSample, PersonDetails
from faceaccess.core.progress import run
from faceaccess.pipeline.look_alikes import USUAL_RISK, LookAlikePairs

SPACE = EmbeddingSpace("drawn", "none", 16)


@pytest.fixture
def pairs(app: App) -> LookAlikePairs:
    """Ann, her twin Amy (cosine 0.8), and two people who resemble nobody."""
    axes = np.eye(16, dtype=np.float32)
    twin = 0.8 * axes[0] + 0.6 * axes[4]
    faces = {"Ann": axes[0], "Amy": twin, "Bea": axes[1], "Cleo": axes[2]}
    app.settings.set(Actor("tests", "test"), "threshold", "0.5")
    quality = Quality(60.0, 200.0, 120.0, 40.0, 0.0, 0.0, 0.0, 0.0)
    crop = np.zeros((4, 4), np.uint8)
    with app.store.transaction() as transaction:
        ids = []
        for name, face in faces.items():
            person = transaction.add_person(PersonDetails(name))
            ids.append(person.id)
            samples = [
                NewSample(crop, Embedding(face, SPACE), quality, "", f"{name}{i}") for i in range(2)
            ]
            transaction.add_samples(person.id, samples)
        means = np.stack(list(faces.values())).astype(np.float32)
        head = Head(SPACE, tuple(ids), means, means.copy(), 32.0, 0)
        facts = HeadFacts(8, 0.0, accepted=True, note="", actor="tests")
        transaction.add_head(head, facts, kept=20)
    return LookAlikePairs(app.store, app.settings.get, lambda _: 0.5)


def test_twins_are_listed_and_nobody_else(pairs: LookAlikePairs) -> None:
    (pair,) = run(pairs.pairs())
    assert {pair.a.name, pair.b.name} == {"Ann", "Amy"}
    assert pair.similarity == pytest.approx(0.8, abs=1e-4)
    assert pair.risk > 0.9
    assert pair.same_person


def test_pairs_of_one_person(pairs: LookAlikePairs, app: App) -> None:
    ids = {person.name: person.id for person in app.store.people()}
    assert len(pairs.of_person(ids["Amy"])) == 1
    assert pairs.of_person(ids["Bea"]) == ()
    assert pairs.of_person("nobody") == ()


def test_the_stated_risk_is_the_limit(pairs: LookAlikePairs, app: App) -> None:
    assert pairs.risk == USUAL_RISK
    with app.store.transaction() as transaction:
        transaction.put_settings({"risk": 0.02})
    assert pairs.risk == 0.02


def test_who_was_removed_is_not_listed(pairs: LookAlikePairs, app: App) -> None:
    (amy,) = (person for person in app.store.people() if person.name == "Amy")
    with app.store.transaction() as transaction:
        transaction.remove_person(amy.id)
    assert run(pairs.pairs()) == []


def test_nobody_and_one_person_have_no_pairs(app: App) -> None:
    pairs = LookAlikePairs(app.store, app.settings.get, lambda _: 0.5)
    assert run(pairs.pairs()) == []
    assert pairs.of_person("nobody") == ()
