"""A data folder of people and strangers who are embeddings only: no network, hundreds of people."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from faceaccess.core.actors import Actor
from faceaccess.core.clock import ManualClock
from faceaccess.core.faces import Embedding, EmbeddingSpace, Quality
from faceaccess.core.heads import Head, HeadRecord
from faceaccess.core.home import DataHome
from faceaccess.core.people import NewSample, PersonDetails
from faceaccess.core.progress import run
from faceaccess.pipeline.calibrating import Calibrating
from faceaccess.pipeline.directory import Directory
from faceaccess.pipeline.heads_in_service import HeadsInService
from faceaccess.pipeline.intake import Entry, Intake, Taken
from faceaccess.pipeline.retraining import Retraining
from faceaccess.pipeline.serving import Serving
from faceaccess.pipeline.settings_service import SettingsService
from faceaccess.pipeline.threshold import threshold_in_force
from faceaccess.store.protocol import Store
from faceaccess.store.sqlite_store import SqliteStore

SPACE = EmbeddingSpace("made-up", "64", 64)
DEFAULT = 0.6
"""The made-up embedder's measured threshold."""
_CROP = np.full((8, 8), 90, np.uint8)
_QUALITY = Quality(80.0, 20.0, 120.0, 45.0, 3.0, 2.0, 1.0, 0.0, ())


class MadeUpAnalyser:
    """Stands where a retraining asks which space it is in; embeds nothing."""

    space = SPACE
    spaces = (SPACE,)

    def newest(self) -> "MadeUpAnalyser":
        return self


class Crowd:
    """People and strangers with the use cases that make heads.

    Args:
        folder: of the data.
        store: wraps the store, or None.
    """

    def __init__(self, folder: Path, store: Store | None = None) -> None:
        self.clock = ManualClock()
        self.home = DataHome(folder)
        self.store: Any = store or SqliteStore(self.home, self.clock)
        self.settings = SettingsService(self.home, lambda: self.store)
        get = self.settings.get
        self.actor = Actor("tester", "test")
        self.serving = Serving(self.store, get, lambda _: DEFAULT)
        self.calibrating = Calibrating(self.store, get, self.serving)
        self.heads = HeadsInService(self.store, get, self.serving)
        self.directory = Directory(self.store, self.serving)
        self.intake = Intake(self.store, get, self.serving, self.clock)
        self.retraining = Retraining(
            self.store,
            MadeUpAnalyser,  # type: ignore[arg-type]  # all that is asked of it
            get,
            self.serving,
            self.clock,
        )

    def close(self) -> None:
        self.store.close()

    # What is there

    def head(self) -> Head:
        return self.store.serving_head()[1]

    def record(self) -> HeadRecord:
        return self.store.serving_head()[0]

    def threshold(self) -> float:
        serving = self.store.serving_head()
        record = None if serving is None else serving[0]
        return threshold_in_force(self.settings.get(), record, lambda: DEFAULT)

    # What comes

    def add(self, *numbers: int, pictures: int = 4, swap: Mapping[int, int] | None = None) -> Taken:
        """Enrol people by number, all at once; `swap` gives somebody another's pictures."""
        entries = []
        for number in numbers:
            vectors = faces((swap or {}).get(number, number), pictures)
            samples = [sample(vector) for vector in vectors]
            entries.append(
                Entry(
                    PersonDetails(f"Person {number}"),
                    [one.digest for one in samples],
                    vectors,
                    lambda which, samples=samples: [samples[i] for i in which],
                )
            )
        return run(self.intake.take(self.actor, entries, SPACE, "added"))

    def id_of(self, number: int) -> str:
        (person,) = [p for p in self.store.people() if p.name == f"Person {number}"]
        return person.id

    def strangers(self, count: int, first: int = 100_000, pictures: int = 1) -> None:
        """Add strangers to the gallery; who comes with which number is the same every time."""
        with self.store.transaction() as transaction:
            for number in range(first, first + count):
                vectors = faces(number, pictures)
                transaction.add_stranger(
                    f"Stranger {number}",
                    [sample(vector) for vector in vectors],
                    stranger_id=f"stranger-{number}",
                )

    def state_risk(self, risk: float = 0.01) -> None:
        run(self.calibrating.apply(self.actor, risk))


def faces(number: int, pictures: int, seed: int = 0) -> np.ndarray:
    """Return (pictures, 64) embeddings of one made-up person; all people share a little."""
    shared = np.zeros(SPACE.dimension)
    shared[0] = 0.35
    centre = shared + _unit(np.random.default_rng(number).standard_normal(SPACE.dimension))
    noise = np.random.default_rng([number, seed]).standard_normal((pictures, SPACE.dimension))
    noise /= np.linalg.norm(noise, axis=1, keepdims=True)
    vectors = centre + 0.55 * noise
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors.astype(np.float32)


def sample(vector: np.ndarray) -> NewSample:
    digest = hashlib.sha256(vector.tobytes()).hexdigest()
    return NewSample(_CROP, Embedding(vector, SPACE), _QUALITY, "made up", digest)


def _unit(vector: np.ndarray) -> np.ndarray:
    return vector / np.linalg.norm(vector)
