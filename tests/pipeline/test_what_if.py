"""Past visits under other rules: the door's own policy decides again."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from faceaccess.app import App
from faceaccess.core.actors import Actor
from faceaccess.core.corrections import Evidence
from faceaccess.core.decisions import Decision, Event, Outcome
from faceaccess.core.errors import KnownError
from faceaccess.core.faces import EmbeddingSpace
from faceaccess.core.heads import Head, HeadFacts
from faceaccess.core.people import PersonDetails
from faceaccess.core.progress import run
from faceaccess.core.reasons import Reason
from faceaccess.pipeline.what_if import WhatIf

SPACE = EmbeddingSpace("drawn", "none", 4)
OTHER = EmbeddingSpace("drawn", "other", 4)
START = datetime(2026, 5, 1, 8, 0, tzinfo=UTC)


def at(cosine: float, axis: int = 0) -> np.ndarray:
    vector = np.zeros(4, np.float32)
    vector[axis], vector[3] = cosine, np.sqrt(1 - cosine**2)
    return vector


@pytest.fixture
def people(app: App) -> dict[str, str]:
    """Ann and Bea, on the first two axes, and the heads that know them: version 2 serves."""
    app.settings.set(Actor("tests", "test"), "threshold", "0.5")
    with app.store.transaction() as transaction:
        ids = [transaction.add_person(PersonDetails(name)).id for name in ("Ann", "Bea")]
        facts = HeadFacts(6, 0.0, accepted=True, note="", actor="tests")
        rows = np.eye(4, dtype=np.float32)[:2]
        transaction.add_head(
            Head(SPACE, (ids[0],), rows[:1], rows[:1].copy(), 32.0, 0), facts, kept=20
        )
        transaction.add_head(Head(SPACE, tuple(ids), rows, rows.copy(), 32.0, 0), facts, kept=20)
    return dict(zip(("Ann", "Bea"), ids, strict=True))


@pytest.fixture
def visit(app: App) -> Callable[..., str]:
    count = iter(range(1000))

    def made(
        *cosines: float,
        axis: int = 0,
        granted: str | None = None,
        space: EmbeddingSpace = SPACE,
        evidence: bool = True,
    ) -> str:
        number = next(count)
        outcome = Outcome.DENIED if granted is None else Outcome.GRANTED
        reason = Reason.UNKNOWN if granted is None else Reason.RECOGNISED
        vectors = np.stack([at(cosine, axis) for cosine in cosines])
        event = Event(
            f"00000000-0000-4000-8000-{number:012}",
            "station-1",
            0,
            START + timedelta(hours=number),
            "Door",
            Decision(outcome, reason, granted, head=2, threshold=0.5),
            evidence=Evidence(space, vectors) if evidence else None,
        )
        with app.store.transaction() as transaction:
            transaction.add_event(event)
        return event.id

    return made


@pytest.fixture
def what_if(app: App) -> WhatIf:
    return WhatIf(app.store, app.settings.get, lambda _: 0.5)


def test_the_same_rules_change_nothing(
    what_if: WhatIf, people: dict[str, str], visit: Callable[..., str]
) -> None:
    visit(0.7, 0.6, 0.8, granted=people["Ann"])
    visit(0.3, 0.2, 0.4, 0.1, 0.3)
    visit(0.9, 0.9, 0.9, axis=1, granted=people["Bea"])
    replay = run(what_if.replay())
    assert (replay.events, replay.would_let_in, replay.would_keep_out) == (3, 2, 1)
    assert (replay.let_in_before, replay.changes, replay.without_evidence) == (2, (), 0)
    assert (replay.rules.threshold, replay.rules.head) == (0.5, 2)


def test_a_stricter_and_a_looser_threshold(
    what_if: WhatIf, people: dict[str, str], visit: Callable[..., str]
) -> None:
    weak = visit(0.55, 0.6, 0.58, granted=people["Ann"])
    visit(0.8, 0.85, 0.9, granted=people["Ann"])
    stranger = visit(0.42, 0.45, 0.44, 0.41, 0.43)
    stricter = run(what_if.replay(threshold=0.7))
    assert [change.event.id for change in stricter.changes] == [weak]
    assert (stricter.would_let_in, stricter.would_keep_out, stricter.let_in_before) == (1, 2, 2)
    looser = run(what_if.replay(threshold=0.4))
    (change,) = looser.changes
    assert change.event.id == stranger
    assert (change.before.outcome, change.after.outcome) == (Outcome.DENIED, Outcome.GRANTED)
    assert change.after.person == "Ann"
    assert looser.would_let_in == 3


def test_another_head_and_another_policy(
    what_if: WhatIf, people: dict[str, str], visit: Callable[..., str]
) -> None:
    bea = visit(0.9, 0.9, 0.9, axis=1, granted=people["Bea"])
    wavering = visit(0.9, 0.1, 0.2, granted=people["Ann"])  # let in on one picture then
    older = run(what_if.replay(head=1))
    assert bea in [change.event.id for change in older.changes]
    assert older.rules.head == 1
    one = run(what_if.replay(evidence_frames=3))
    assert [change.event.id for change in one.changes] == [wavering]
    many = run(what_if.replay(evidence_frames=5))  # the door would have waited for more pictures
    assert (many.events, many.without_evidence) == (0, 2)


def test_let_in_as_somebody_else_is_a_change(
    what_if: WhatIf, people: dict[str, str], visit: Callable[..., str]
) -> None:
    visit(0.9, 0.9, 0.9, axis=1, granted=people["Ann"])
    replay = run(what_if.replay())
    (change,) = replay.changes
    assert (change.before.person_id, change.after.person_id) == (people["Ann"], people["Bea"])
    assert (replay.let_in_before, replay.let_in_after) == (1, 1)


def test_people_count_as_they_stand_today(
    app: App, what_if: WhatIf, people: dict[str, str], visit: Callable[..., str]
) -> None:
    visit(0.9, 0.9, 0.9, granted=people["Ann"])
    denied = visit(0.9, 0.9, 0.9)
    visit(0.9, 0.9, 0.9, axis=1, granted=people["Bea"])
    with app.store.transaction() as transaction:
        transaction.remove_person(people["Ann"])  # and what was kept of her visits
        transaction.edit_person(people["Bea"], PersonDetails("Bea", active=False))
    replay = run(what_if.replay())
    assert [change.after.reason for change in replay.changes] == [Reason.INACTIVE]
    assert (replay.events, replay.without_evidence) == (2, 1)
    # The head still has Ann's class; but there is no such person, so nobody is let in as her.
    assert denied not in [change.event.id for change in replay.changes]


def test_a_period_and_visits_that_cannot_be_replayed(
    what_if: WhatIf, people: dict[str, str], visit: Callable[..., str]
) -> None:
    for _ in range(3):
        visit(0.9, 0.9, 0.9, granted=people["Ann"])
    visit(0.9, evidence=False)
    visit(0.9, 0.9, 0.9, space=OTHER)
    visit(0.9, 0.9)
    everything = run(what_if.replay())
    assert (everything.events, everything.without_evidence) == (3, 3)
    since = START + timedelta(hours=1)
    part = run(what_if.replay(since=since, until=START + timedelta(hours=2)))
    assert (part.events, part.without_evidence) == (1, 0)


def test_many_visits_are_decided_in_parts(
    what_if: WhatIf, people: dict[str, str], visit: Callable[..., str]
) -> None:
    for _ in range(450):
        visit(0.9, 0.9, 0.9, granted=people["Ann"])
    visit(0.1, 0.1, 0.1, granted=people["Ann"])
    steps = []
    replay = run(what_if.replay(), steps.append)
    assert [step.done for step in steps] == [200, 400]
    assert (replay.events, replay.would_let_in, len(replay.changes)) == (451, 450, 1)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"threshold": 2.0}, "threshold of 2"),
        ({"threshold": float("nan")}, "threshold"),
        ({"head": 99}, "99"),
        ({"evidence_frames": 0}, "0 pictures"),
        ({"evidence_frames": 21}, "21 pictures"),
    ],
)
def test_what_cannot_be_asked(
    what_if: WhatIf, people: dict[str, str], asked: dict[str, object], words: str
) -> None:
    with pytest.raises(KnownError, match=words):
        run(what_if.replay(**asked))  # type: ignore[arg-type]  # each of its own type


def test_nobody_enrolled(what_if: WhatIf) -> None:
    with pytest.raises(KnownError, match="Nobody is enrolled"):
        run(what_if.replay())
