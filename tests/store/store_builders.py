"""Values for the tests of the store: invented people, small pictures, short vectors."""

import hashlib
import uuid
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from faceaccess.core.calibrations import RiskEstimate
from faceaccess.core.decisions import Decision, Event, Outcome
from faceaccess.core.faces import Embedding, EmbeddingSpace, Quality, QualityIssue
from faceaccess.core.head_tests import HeadTest
from faceaccess.core.heads import Head, HeadFacts, HeadRecord
from faceaccess.core.people import NewSample, PersonDetails
from faceaccess.core.reasons import Reason
from faceaccess.store.codec import Place
from faceaccess.store.protocol import Transaction

GRAY = EmbeddingSpace("sface", "5pt-112-gray", 8)
COLOUR = EmbeddingSpace("sface", "5pt-112-colour", 8)
START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


def vector(seed: int, dimension: int = 8) -> NDArray[np.float32]:
    values = np.random.default_rng(seed).normal(size=dimension).astype(np.float32)
    return values / np.linalg.norm(values)


def quality(eyes: float = 60.0, *issues: QualityIssue) -> Quality:
    return Quality(eyes, 200.0, 120.5, 40.25, 1.0, -2.0, 0.5, 0.0, issues)


def sample(seed: int, space: EmbeddingSpace = GRAY, q: Quality | None = None) -> NewSample:
    shape = (12, 12) if space is GRAY else (12, 12, 3)
    crop = np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)
    return NewSample(
        crop,
        Embedding(vector(seed), space),
        q or quality(),
        f"IMG_{seed}.jpg",
        hashlib.sha256(str(seed).encode()).hexdigest(),
    )


def head_of(person_ids: list[str], seed: int = 0) -> Head:
    count = len(person_ids)
    rows = np.array([vector(seed + 2 * i) for i in range(count)], np.float32).reshape(count, 8)
    means = np.array([vector(seed + 2 * i + 1) for i in range(count)], np.float32)
    return Head(GRAY, tuple(person_ids), rows, means.reshape(count, 8), 32.0, 30)


def add_head(
    t: Transaction,
    head: Head,
    *,
    accepted: bool = True,
    note: str = "",
    kept: int = 3,
    estimate: RiskEstimate | None = None,
    test: HeadTest | None = None,
) -> HeadRecord:
    facts = HeadFacts(5, 0.25, accepted, note, "ana", estimate, test)
    return t.add_head(head, facts, kept=kept)


def event(
    minute: float = 0,
    *,
    person_id: str | None = None,
    person: str | None = None,
    outcome: Outcome = Outcome.GRANTED,
    camera: str = "Front door",
    station: str = "station-1",
    sequence: int = 0,
    runner_up: str | None = None,
    picture: NDArray[np.uint8] | None = None,
) -> Event:
    known = person_id is not None
    decision = Decision(
        outcome,
        Reason.RECOGNISED if outcome is Outcome.GRANTED else Reason.UNKNOWN,
        person_id,
        person,
        0.71 if known else None,
        0.5,
        runner_up,
        None if runner_up is None else 0.25,
        3,
    )
    time = START + timedelta(minutes=minute)
    return Event(str(uuid.uuid4()), station, sequence, time, camera, decision, picture)


def person(name: str, number: str | None = None, department: str = "") -> PersonDetails:
    return PersonDetails(name, number, department)


class XorCodec:
    """A codec that leaves no plain text, and opens a value only at the place it was made for."""

    def __init__(self) -> None:
        self.columns: set[str] = set()

    def _mask(self, length: int, place: Place) -> bytes:
        seed = hashlib.sha256("\0".join(place).encode()).digest()
        return (seed * (length // 32 + 1))[:length]

    def _xor(self, data: bytes, place: Place) -> bytes:
        mask = self._mask(len(data), place)
        return bytes(a ^ b for a, b in zip(data, mask, strict=True))

    def encode(self, data: bytes, place: Place) -> bytes:
        self.columns.add(f"{place.table}.{place.column}")
        return b"X" + self._xor(data, place)

    def decode(self, data: bytes, place: Place) -> bytes:
        assert data[:1] == b"X", f"{place} was not encoded"
        return self._xor(data[1:], place)
