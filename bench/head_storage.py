"""One more person in service, as far as the store is concerned, at 600, 10,000 and 50,000 people.

    python bench/head_storage.py [--people N ...] [--trials N] [--home FOLDER]

Builds a database of synthetic people through the store itself (three pictures each, 128 numbers a
vector, 2,000 strangers with two pictures), opens it anew, and times what the pipeline asks of the
store. "Add" is one transaction: a person, three pictures, and a head in which the person is new
and 64 neighbours have moved; then what the door and the next training read. Crops are small here
(24 x 24), because they lie apart. Prints the claim, the machine, trials, median and worst, and
saves them with this file's text under bench/results/.
"""

import argparse
import hashlib
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from faceaccess.core.clock import SystemClock
from faceaccess.core.faces import Embedding, EmbeddingSpace, Quality
from faceaccess.core.heads import Head, HeadFacts
from faceaccess.core.home import DataHome
from faceaccess.core.people import NewSample, PersonDetails
from faceaccess.store.sqlite_store import SqliteStore

SPACE = EmbeddingSpace("sface", "5pt-112-gray", 128)
QUALITY = Quality(60.0, 200.0, 120.0, 40.0, 1.0, 2.0, 3.0, 0.0)
PICTURES, STRANGERS, NEIGHBOURS, KEPT = 3, 2_000, 64, 20
LIMITS = {600: 0.05, 10_000: 0.2, 50_000: 0.8}
"""Seconds that adding may cost the store, of 0.3, 1 and 3 s in all."""


class Made:
    """Synthetic values, all of one seed."""

    def __init__(self, seed: int) -> None:
        self._noise = np.random.default_rng(seed)
        self._number = 0

    def unit(self, count: int) -> np.ndarray:
        vectors = self._noise.normal(size=(count, SPACE.dimension)).astype(np.float32)
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

    def samples(self, count: int) -> list[NewSample]:
        found = []
        for vector in self.unit(count):
            self._number += 1
            crop = np.full((24, 24), self._number % 251, np.uint8)
            digest = hashlib.sha256(vector.tobytes()).hexdigest()
            embedding = Embedding(vector, SPACE)
            found.append(NewSample(crop, embedding, QUALITY, f"{self._number}.jpg", digest))
        return found


def build(home: DataHome, people: int) -> None:
    made = Made(1)
    store = SqliteStore(home, SystemClock())
    ids: list[str] = []
    while len(ids) < people:
        with store.transaction() as t:
            for _ in range(min(2_000, people - len(ids))):
                person = t.add_person(PersonDetails(f"Person {len(ids)}", f"S{len(ids):06}"))
                t.add_samples(person.id, made.samples(PICTURES))
                ids.append(person.id)
    with store.transaction() as t:
        for number in range(STRANGERS):
            t.add_stranger(f"stranger {number}", made.samples(2))
        head = Head(SPACE, tuple(ids), made.unit(people), made.unit(people), 32.0, 30)
        t.add_head(head, HeadFacts(PICTURES * people, 0.0, True, "", "bench"), kept=KEPT)
    store.close()


def timed(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


class Measured:
    """Seconds by what was done, in the order in which it was done first."""

    def __init__(self) -> None:
        self.seconds: dict[str, list[float]] = {}

    def add(self, what: str, call: Callable[[], object]) -> None:
        self.seconds.setdefault(what, []).append(timed(call))


def add_one(store: SqliteStore, made: Made, head: Head) -> None:
    samples = made.samples(PICTURES)
    rows = head.rows.copy()
    rows[: 2 * NEIGHBOURS : 2] = made.unit(NEIGHBOURS)
    with store.transaction() as t:
        person = t.add_person(PersonDetails("Somebody new"))
        t.add_samples(person.id, samples)
        grown = replace(
            head,
            person_ids=(*head.person_ids, person.id),
            rows=np.concatenate([rows, made.unit(1)]),
            means=np.concatenate([head.means, made.unit(1)]),
        )
        t.add_head(grown, HeadFacts(1, 0.0, True, "Somebody new added", "bench"), kept=KEPT)


def measure(home: DataHome, trials: int) -> dict[str, list[float]]:
    made, result = Made(time.time_ns() % 2**32), Measured()
    store, other = SqliteStore(home, SystemClock()), SqliteStore(home, SystemClock())
    for what, one in (("first read", store), ("read again", store)):
        result.add(f"{what}: serving head", one.serving_head)
        result.add(f"{what}: training set", lambda: store.training_set(SPACE))
        result.add(f"{what}: strangers", lambda: store.stranger_set(SPACE))
    other.serving_head()
    before = store.serving_head()[0].version
    for _ in range(trials):
        head = store.serving_head()[1]
        result.add("add a person, pictures and head", lambda h=head: add_one(store, made, h))
        result.add("then: serving head", store.serving_head)
        result.add("then: training set", lambda: store.training_set(SPACE))
        result.add("then: serving head in another process", other.serving_head)
    last = store.serving_head()
    added = last[1].person_ids[-trials:]

    def in_transaction(write: Callable[..., object]) -> Callable[[], None]:
        def call() -> None:
            with store.transaction() as t:
                write(t)

        return call

    shuffled = replace(last[1], rows=made.unit(last[0].people))
    facts = HeadFacts(1, 0.0, False, "refused", "bench")
    result.add(
        "a refused full fit", in_transaction(lambda t: t.add_head(shuffled, facts, kept=KEPT))
    )
    result.add("roll back to an older head", in_transaction(lambda t: t.use_head(before, None)))
    result.add("then: serving head, rolled back", store.serving_head)
    in_transaction(lambda t: t.use_head(last[0].version, None))()
    for person_id in added:
        result.add("remove a person", in_transaction(lambda t, i=person_id: t.remove_person(i)))
    result.add("then: serving head, after removals", store.serving_head)
    result.add("then: training set, after removals", lambda: store.training_set(SPACE))
    with store._reading() as session:  # noqa: SLF001
        (rows,) = session.sql.execute("SELECT count(*) FROM head_rows").fetchone()
    print(f"rows of heads: {rows:,}")
    store.close()
    other.close()
    return result.seconds


def run_one(home: DataHome, trials: int) -> None:
    seconds = measure(home, trials)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    Path(home.root / "measured.json").write_text(json.dumps({"seconds": seconds, "peak": peak}))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, nargs="+", default=list(LIMITS))
    parser.add_argument("--trials", type=int, default=10)
    parser.add_argument("--home", type=Path, help="keep the databases here, and use them again")
    parser.add_argument("--only", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.only:
        run_one(DataHome(options.only), options.trials)
        return
    print("Claim: adding one person costs the store < 0.05 / 0.2 / 0.8 s at 600 / 10,000 / 50,000")
    print(f"{platform.platform()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}\n")
    results: dict[str, object] = {}
    reached = True
    with tempfile.TemporaryDirectory() as folder:
        for people in options.people:
            home = DataHome((options.home or Path(folder)) / str(people))
            if not home.database.exists():
                print(f"built in {timed(lambda h=home, n=people: build(h, n)):.1f} s")
            # In a process of its own, so that the memory is what this size needs.
            subprocess.run(
                [sys.executable, __file__, "--only", home.root, "--trials", str(options.trials)],
                check=True,
            )
            found = json.loads((home.root / "measured.json").read_text())
            size = home.database.stat().st_size / 2**20
            print(f"{people:,} people: {size:,.0f} MiB, peak memory {found['peak']:,.0f} MiB")
            for what, seconds in found["seconds"].items():
                middle, worst = statistics.median(seconds), max(seconds)
                print(f"  {what:42} {len(seconds):3} {1000 * middle:9.1f} {1000 * worst:9.1f} ms")
            limit = LIMITS.get(people)
            adding = statistics.median(found["seconds"]["add a person, pictures and head"])
            if limit is not None and adding >= limit:
                reached = False
                print(f"  MISSED: {adding:.2f} s, not {limit} s")
            results[str(people)] = found
    print("\nReached." if reached else "\nNOT reached.")
    target = Path(__file__).parent / "results"
    target.mkdir(exist_ok=True)
    (target / "head_storage.json").write_text(
        json.dumps({"results": results, "source": Path(__file__).read_text()}, indent=1)
    )


if __name__ == "__main__":
    main()
