"""A real store with made-up people and events, and the fixtures' shared pieces."""

from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import numpy as np
from PySide6.QtWidgets import QAbstractButton, QAbstractItemView, QComboBox, QLineEdit, QWidget

from faceaccess.core.actors import Actor
from faceaccess.core.clock import ManualClock
from faceaccess.core.decisions import Decision, Event, Outcome
from faceaccess.core.faces import Embedding, EmbeddingSpace, Quality, QualityIssue
from faceaccess.core.heads import Head, HeadFacts
from faceaccess.core.home import DataHome
from faceaccess.core.people import NewSample, Person, PersonDetails, TrainingSet
from faceaccess.core.reasons import Reason
from faceaccess.core.settings import Settings
from faceaccess.learn.person_means import person_means
from faceaccess.pipeline.directory import Directory
from faceaccess.pipeline.journal import Journal
from faceaccess.pipeline.serving import Serving
from faceaccess.store.sqlite_store import SqliteStore

ACTOR = Actor("reception", "test")
SPACE = EmbeddingSpace("sface", "5pt-112-gray", 128)


def quality(*, blurred: bool = False) -> Quality:
    issue = QualityIssue(Reason.BLURRED, 20.0, 60.0, "grey levels squared")
    return Quality(80, 20 if blurred else 150, 120, 45, 3, 2, 1, 0, (issue,) if blurred else ())


def face_picture(seed: int, side: int = 112) -> np.ndarray:
    """Something like a face in grey: an oval, two eyes, a mouth; never a real person."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:side, 0:side] / side
    picture = np.full((side, side), rng.integers(40, 90), np.float64)
    oval = ((x - 0.5) / 0.36) ** 2 + ((y - 0.52) / 0.46) ** 2 < 1
    picture[oval] = rng.integers(140, 215)
    for cx in (0.34, 0.66):
        picture[((x - cx) ** 2 + (y - 0.46) ** 2) < rng.uniform(0.002, 0.004)] = 40
    picture[(abs(x - 0.5) < rng.uniform(0.08, 0.16)) & (abs(y - 0.8) < 0.02)] = 70
    picture[y < rng.uniform(0.12, 0.22)] = rng.integers(20, 60)
    return (picture + rng.normal(0, 3, picture.shape)).clip(0, 255).astype(np.uint8)


class Seeded:
    """A data folder with a store and the use cases over it."""

    def __init__(self, folder: Path) -> None:
        self.clock = ManualClock()
        self.home = DataHome(folder)
        self.store = SqliteStore(self.home, self.clock)
        self.serving = Serving(self.store, Settings, lambda _: 0.5)
        self.directory = Directory(self.store, self.serving)
        self.journal = Journal(self.store)
        self._rng = np.random.default_rng(1)
        self._events = 0

    def sample(self, centre: np.ndarray, number: int, spread: float = 0.3) -> NewSample:
        vector = centre + spread * self._rng.normal(0, 1, SPACE.dimension) / SPACE.dimension**0.5
        vector = (vector / np.linalg.norm(vector)).astype(np.float32)
        digest = f"{self._rng.integers(1 << 60):064x}"
        return NewSample(
            face_picture(number),
            Embedding(vector, SPACE),
            quality(blurred=number % 5 == 4),
            f"IMG_{number}.jpg",
            digest,
        )

    def person(
        self, name: str, pictures: int = 3, *, spread: float = 0.3, **details: object
    ) -> Person:
        centre = self._rng.normal(0, 1, SPACE.dimension)
        centre /= np.linalg.norm(centre)
        start = int(self._rng.integers(10_000)) * 5
        with self.store.transaction() as t:
            added = t.add_person(PersonDetails(name, **details))  # type: ignore[arg-type]  # by name
            t.add_samples(
                added.id, [self.sample(centre, start + n, spread) for n in range(pictures)]
            )
        return self.store.person(added.id)

    def head(self, *people: Person, accepted: bool = True, note: str = "full fit") -> Head:
        samples = [sample for person in people for sample in self.store.samples(person.id)]
        vectors = np.stack([s.embedding.vector for s in samples]) if samples else None
        rows = (
            np.zeros((0, SPACE.dimension), np.float32)
            if vectors is None
            else person_means(TrainingSet(vectors, tuple(s.person_id for s in samples)))
        )
        head = Head(SPACE, tuple(p.id for p in people), rows, rows.copy(), 32.0, 30)
        with self.store.transaction() as t:
            t.add_head(
                head, HeadFacts(len(samples), 0.4, accepted, note, "reception (test)"), kept=20
            )
        return head

    def event(
        self,
        person: Person | None = None,
        *,
        outcome: Outcome | None = None,
        reason: Reason | None = None,
        camera: str = "Front door",
        seconds: float = 1.0,
        picture: bool = True,
    ) -> Event:
        self.clock.advance(seconds)
        self._events += 1
        known = person is not None
        decision = Decision(
            outcome or (Outcome.GRANTED if known else Outcome.DENIED),
            reason or (Reason.RECOGNISED if known else Reason.UNKNOWN),
            person_id=person.id if person else None,
            person=person.name if person else None,
            similarity=0.71 if known else 0.21,
            threshold=0.5,
            head=1,
        )
        made = Event(
            str(UUID(int=self._events, version=4)),
            "station-1",
            0,
            self.clock.now(),
            camera,
            decision,
            np.repeat(face_picture(self._events, 96)[..., None], 3, axis=2) if picture else None,
        )
        with self.store.transaction() as t:
            return t.add_event(made)

    def close(self) -> None:
        self.store.close()


def unnamed(view: QWidget) -> list[str]:
    """Controls below `view` that a screen reader could not name."""
    kinds = (QAbstractButton, QLineEdit, QComboBox, QAbstractItemView)
    found = []
    for widget in view.findChildren(QWidget):
        if not isinstance(widget, kinds) or widget.objectName().startswith("qt_"):
            continue
        # Qt's own parts: the list in a choice, the cross in a line, the corner of a table.
        own = any(isinstance(above, kinds) for above in parents(widget))
        if not own and not (widget.accessibleName() or getattr(widget, "text", str)()):
            found.append(f"{type(widget).__name__} in {type(widget.parent()).__name__}")
    return found


def parents(widget: QWidget) -> list[QWidget]:
    above = []
    while (widget := widget.parentWidget()) is not None:  # type: ignore[assignment]  # None ends
        above.append(widget)
    return above


Threshold = Callable[[], float]
