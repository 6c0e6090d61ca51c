"""Fifty strangers who were let in by force: all refused after one retraining, nobody lost."""

import uuid
from datetime import timedelta

import numpy as np
import pytest

from faceaccess.app import App
from faceaccess.core.actors import Actor
from faceaccess.core.clock import ManualClock
from faceaccess.core.corrections import CorrectionKind, Evidence
from faceaccess.core.decisions import Decision, Event, Outcome
from faceaccess.core.faces import Embedding, EmbeddingSpace, Quality
from faceaccess.core.people import NewSample, PersonDetails
from faceaccess.core.progress import run
from faceaccess.core.reasons import Reason
from faceaccess.door.policy import Rules
from faceaccess.pipeline.replay import StandingOf, decided_again

PEOPLE, FORCED, PICTURES = 60, 50, 3
THRESHOLD = 0.5


def unit(vectors: np.ndarray) -> np.ndarray:
    return (vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)).astype(np.float32)


class Drawn:
    """People as directions, their pictures about them, and strangers who resemble them."""

    def __init__(self, dimension: int, seed: int) -> None:
        self._chance = np.random.default_rng(seed)
        self.people = unit(self._chance.normal(size=(PEOPLE, dimension)))

    def pictures(self, person: int) -> np.ndarray:
        """(3, dimension), at a cosine of about 0.8 to the person."""
        return self._near(self.people[person], 0.8)

    def stranger(self, person: int) -> np.ndarray:
        """(3, dimension) of one stranger, at a cosine of about 0.67 to an enrolled person."""
        return self._near(self._near(self.people[person], 0.75)[0], 0.9)

    def _near(self, direction: np.ndarray, cosine: float) -> np.ndarray:
        noise = unit(self._chance.normal(size=(PICTURES, len(direction))))
        noise = unit(noise - (noise @ direction)[:, None] * direction)
        return unit(cosine * direction + np.sqrt(1 - cosine**2) * noise)


def enrolled(app: App, actor: Actor, drawn: Drawn, space: EmbeddingSpace) -> list[str]:
    quality = Quality(60.0, 200.0, 120.0, 40.0, 0.0, 0.0, 0.0, 0.0)
    crop = np.zeros((112, 112), np.uint8)
    ids = []
    with app.store.transaction() as transaction:
        for number in range(PEOPLE):
            person = transaction.add_person(PersonDetails(f"Person {number}"))
            ids.append(person.id)
            samples = [
                NewSample(crop, Embedding(vector, space), quality, "drawn", f"{number}-{i}")
                for i, vector in enumerate(drawn.pictures(number))
            ]
            transaction.add_samples(person.id, samples)
    run(app.retraining.run(actor))
    return ids


def decisions(app: App, visits: list[np.ndarray]) -> list[Decision]:
    serving = app.store.serving_head()
    assert serving is not None
    rules = Rules(THRESHOLD, PICTURES, serving[0].version)
    return decided_again(visits, serving[1], rules, StandingOf(app.store))


def let_in(found: list[Decision]) -> list[str | None]:
    return [one.person_id if one.outcome is Outcome.GRANTED else None for one in found]


@pytest.mark.parametrize("seed", [1, 2])
def test_all_are_refused_after_one_retraining_and_nobody_is_lost(
    app: App, actor: Actor, clock: ManualClock, seed: int
) -> None:
    app.settings.set(actor, "threshold", str(THRESHOLD))
    space = app.analyser().space
    drawn = Drawn(space.dimension, seed)
    ids = enrolled(app, actor, drawn, space)
    owners = [ids[number % PEOPLE] for number in range(FORCED)]
    strangers = [drawn.stranger(number % PEOPLE) for number in range(FORCED)]
    own = [drawn.pictures(number) for number in range(PEOPLE)]  # new ones, never enrolled
    assert let_in(decisions(app, strangers)) == owners
    assert let_in(decisions(app, own)) == ids

    events = [uuid.UUID(int=number, version=4) for number in range(FORCED)]
    for event_id, owner, vectors in zip(events, owners, strangers, strict=True):
        event = Event(
            str(event_id),
            "station-1",
            0,
            clock.now() + timedelta(seconds=1),
            "Door",
            Decision(Outcome.GRANTED, Reason.RECOGNISED, owner, head=1, threshold=THRESHOLD),
            evidence=Evidence(space, vectors),
        )
        with app.store.transaction() as transaction:
            transaction.add_event(event)
    with app.store.transaction() as transaction:
        for event_id, owner in zip(events[1:], owners[1:], strict=True):
            evidence = app.store.event_evidence(str(event_id))
            assert evidence is not None
            transaction.add_correction(
                str(event_id), CorrectionKind.NOT_ME, owner, evidence, "tests"
            )
    corrected = run(app.corrections.not_me(actor, str(events[0])))  # learns all of them at once
    assert "lets nobody in now" in corrected.effect
    assert let_in(decisions(app, strangers)) == [None] * FORCED
    assert let_in(decisions(app, own)) == ids
    replay = run(app.what_if.replay())
    assert (replay.events, replay.would_let_in, replay.let_in_before) == (FORCED, 0, FORCED)
