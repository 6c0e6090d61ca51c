"""The store with 10,000 people, 30,000 pictures and 1,000,000 events: search and first page.

    python bench/database.py [--people N] [--events N] [--trials N] [--home FOLDER]

Builds the database through the store itself (people, pictures and head by transactions, events by
its bulk load), opens it anew, and times what the window asks for. The operating system's cache is
warm, as it is for a program that runs. Prints the claim, the machine, trials, mean and spread,
and saves them with this file's text under bench/results/.
"""

import argparse
import hashlib
import json
import os
import platform
import random
import sqlite3
import statistics
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from faceaccess.core.clock import SystemClock
from faceaccess.core.decisions import Decision, Event, Outcome
from faceaccess.core.faces import Embedding, EmbeddingSpace, Quality
from faceaccess.core.heads import Head, HeadFacts
from faceaccess.core.home import DataHome
from faceaccess.core.people import NewSample, PersonDetails
from faceaccess.core.reasons import Reason
from faceaccess.store.protocol import EventFilter
from faceaccess.store.sqlite_store import SqliteStore

SPACE = EmbeddingSpace("sface", "5pt-112-gray", 128)
CAMERAS = ("Front door", "Back door", "Garage", "Roof")
START = datetime(2025, 1, 1, tzinfo=UTC)
SEARCH_LIMIT_MS, PAGE_LIMIT_MS = 50.0, 100.0
SYLLABLES = (
    *("an", "ka", "li", "mo", "ra", "se", "ti", "vo", "wen", "yu", "zha", "el", "bor"),
    *("dus", "fi", "gre", "hal", "ior", "jen", "kos"),
)
CHINESE = "李王张刘陈杨赵黄周吴伟芳娜敏静强磊军洋勇"


def _name(chance: random.Random) -> str:
    if chance.random() < 0.15:
        return "".join(chance.choices(CHINESE, k=3))
    words = ("".join(chance.choices(SYLLABLES, k=chance.randint(2, 3))) for _ in range(2))
    name = " ".join(word.capitalize() for word in words)
    return name.replace("a", "á", 1) if chance.random() < 0.2 else name


def _crops(count: int) -> list[np.ndarray]:
    """Smooth pictures of 112 x 112, which pack about as well as faces do."""
    import cv2

    noise = np.random.default_rng(0)
    small = noise.integers(0, 256, (count, 16, 16), dtype=np.uint8)
    return [cv2.resize(s, (112, 112), interpolation=cv2.INTER_CUBIC) for s in small]


def _build(store: SqliteStore, people: int, events: int) -> dict[str, float]:
    chance, rng = random.Random(1), np.random.default_rng(1)
    seconds: dict[str, float] = {}
    crops = _crops(64)
    quality = Quality(60.0, 200.0, 120.0, 40.0, 1.0, 2.0, 3.0, 0.0)
    vectors = rng.normal(size=(3 * people, SPACE.dimension)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    start = time.perf_counter()
    ids: list[str] = []
    names: list[str] = []
    with store.transaction() as t:
        for number in range(people):
            person = t.add_person(
                PersonDetails(_name(chance), f"S{number:06}", f"Department {number % 40}")
            )
            ids.append(person.id)
            names.append(person.name)
            t.add_samples(
                person.id,
                [
                    NewSample(
                        crops[k % 64],
                        Embedding(vectors[k], SPACE),
                        quality,
                        f"IMG_{k}.jpg",
                        hashlib.sha256(str(k).encode()).hexdigest(),
                    )
                    for k in range(3 * number, 3 * number + 3)
                ],
            )
    seconds["people and pictures"] = time.perf_counter() - start
    start = time.perf_counter()
    with store.transaction() as t:
        head = Head(SPACE, tuple(ids), vectors[::3].copy(), vectors[::3].copy(), 32.0, 30)
        t.add_head(head, HeadFacts(3 * people, 0, True, "", "bench"), kept=3)
    seconds["head"] = time.perf_counter() - start
    start = time.perf_counter()
    made = _events(chance, ids, names, events)
    done = 0
    while done < events:
        size = min(50_000, events - done)
        with store.transaction() as t:
            t.load_events(next(made) for _ in range(size))
        done += size
    seconds["events"] = time.perf_counter() - start
    return seconds


def _events(chance: random.Random, ids: list[str], names: list[str], count: int) -> Iterator[Event]:
    step = timedelta(days=365) / count
    for number in range(1, count + 1):
        dice = chance.random()
        camera = CAMERAS[0] if dice < 0.6 else chance.choice(CAMERAS[1:])
        known = chance.random() < 0.85
        who = chance.randrange(len(ids))
        decision = Decision(
            Outcome.GRANTED if known else Outcome.DENIED,
            Reason.RECOGNISED if known else Reason.UNKNOWN,
            ids[who] if known else None,
            names[who] if known else None,
            0.5 + 0.4 * chance.random() if known else 0.3,
            0.5,
            names[who - 1] if chance.random() < 0.5 else None,
            0.2,
            1,
        )
        event_id = str(uuid.UUID(int=chance.getrandbits(128), version=4))
        yield Event(event_id, "station-1", number, START + number * step, camera, decision)


def _times(call: Callable[[], object], trials: int) -> list[float]:
    """Return milliseconds of each trial, after two that do not count."""
    taken = []
    for trial in range(trials + 2):
        start = time.perf_counter()
        call()
        if trial >= 2:
            taken.append(1000 * (time.perf_counter() - start))
    return taken


class Table:
    """Rows of what was measured, printed as they come."""

    def __init__(self) -> None:
        self.rows: list[dict[str, object]] = []
        print(f"{'':46}{'trials':>7}{'mean':>9}{'sd':>8}{'median':>9}{'p95':>9}{'limit':>8}  ms")

    def add(self, what: str, taken: list[float], limit: float | None = None) -> None:
        mean, median = statistics.fmean(taken), statistics.median(taken)
        spread = statistics.stdev(taken) if len(taken) > 1 else 0.0
        p95 = float(np.percentile(taken, 95))
        verdict = "" if limit is None else f"{limit:8.0f}  {'ok' if p95 < limit else 'MISSED'}"
        print(f"{what:46}{len(taken):7}{mean:9.3f}{spread:8.3f}{median:9.3f}{p95:9.3f}{verdict}")
        self.rows.append(
            {
                "what": what,
                "trials": len(taken),
                "mean_ms": mean,
                "sd_ms": spread,
                "median_ms": median,
                "p95_ms": p95,
                "limit_ms": limit,
                "reached": None if limit is None else p95 < limit,
            }
        )


def _measure_people(home: DataHome, table: Table, trials: int) -> None:
    def cold() -> None:
        fresh = SqliteStore(home, SystemClock())
        fresh.people("an", limit=100)
        fresh.close()

    table.add("open a store and search (index made anew)", _times(cold, 5))
    store, other = SqliteStore(home, SystemClock()), SqliteStore(home, SystemClock())
    somebody = random.Random(2).choice(store.people())
    for query in ("", "an", "kali", "á", "李", "S0042", "department 7", somebody.name, "nobody"):
        label = f"People search {query!r} ({store.count_people(query)} found)"
        table.add(label, _times(lambda q=query: store.people(q), trials), SEARCH_LIMIT_MS)
    table.add(
        "a page of 100 and the count of 'an'",
        _times(lambda: (store.people("an", limit=100), store.count_people("an")), trials),
        SEARCH_LIMIT_MS,
    )
    taken = []
    for _ in range(trials):
        with other.transaction() as t:
            t.edit_person(somebody.id, somebody.details)
        taken += _one(lambda: store.people("an", limit=100))
    table.add("search after a change by another store", taken, SEARCH_LIMIT_MS)
    table.add("person by staff number", _times(lambda: store.person_by_number("s004242"), trials))
    table.add("revision", _times(store.revision, 10 * trials))
    table.add("training set", _times(lambda: store.training_set(SPACE), 5))
    table.add("serving head", _times(store.serving_head, 5))
    store.close()
    other.close()


def _one(call: Callable[[], object]) -> list[float]:
    start = time.perf_counter()
    call()
    return [1000 * (time.perf_counter() - start)]


def _measure_events(home: DataHome, table: Table, trials: int) -> None:
    store = SqliteStore(home, SystemClock())
    person = random.Random(3).choice(store.people()).id
    day = START + timedelta(days=200)
    filters = {
        "no filter": EventFilter(),
        "granted": EventFilter(outcome=Outcome.GRANTED),
        "denied": EventFilter(outcome=Outcome.DENIED),
        "outcome that never was": EventFilter(outcome=Outcome.NONE),
        "one camera": EventFilter(camera="Roof"),
        "camera and outcome": EventFilter(camera="Roof", outcome=Outcome.DENIED),
        "camera and outcome that never was": EventFilter(camera="Front door", outcome=Outcome.NONE),
        "one person": EventFilter(person_id=person),
        "person, denied": EventFilter(person_id=person, outcome=Outcome.DENIED),
        "one day": EventFilter(since=day, until=day + timedelta(days=1)),
        "one day, denied, one camera": EventFilter(
            outcome=Outcome.DENIED, since=day, until=day + timedelta(days=1), camera="Roof"
        ),
        "half a year, denied": EventFilter(outcome=Outcome.DENIED, until=day),
    }
    for name, which in filters.items():
        taken = _times(lambda w=which: store.events(w, limit=100), trials)
        table.add(f"Events first page, {name}", taken, PAGE_LIMIT_MS)
    for name, which in filters.items():
        fresh = SqliteStore(home, SystemClock())
        fresh.revision()
        first = _one(lambda w=which, s=fresh: s.count_events(w))
        fresh.close()
        table.add(f"count, first time, {name}", first)
    table.add("count again, no filter", _times(store.count_events, trials))
    last = max(0, store.count_events() - 100)
    table.add("Events last page by offset", _times(lambda: store.events(offset=last), 5))
    table.add("last visits of a person", _times(lambda: store.last_visits(person), trials))

    def append() -> None:
        with store.transaction() as t:
            decision = Decision(Outcome.DENIED, Reason.UNKNOWN)
            now = datetime.now(UTC)
            t.add_event(Event(str(uuid.uuid4()), "station-2", 0, now, "Roof", decision))

    table.add("append an event (synced to the disk)", _times(append, trials))
    store.close()


def _machine() -> dict[str, object]:
    model = "unknown processor"
    info = Path("/proc/cpuinfo")
    if info.exists():
        lines = [line for line in info.read_text().splitlines() if line.startswith("model name")]
        model = lines[0].split(":", 1)[1].strip() if lines else model
    return {
        "processor": model,
        "cores": os.cpu_count(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "load": os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=10_000)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--trials", type=int, default=50)
    parser.add_argument("--home", type=Path, help="keep the database here, and use it again")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = DataHome(options.home or Path(folder) / "data")
        machine = _machine()
        print(
            f"Claim: with {options.people:,} people, {3 * options.people:,} pictures and"
            f" {options.events:,} events, People search < {SEARCH_LIMIT_MS:.0f} ms and the first"
            f" page of Events < {PAGE_LIMIT_MS:.0f} ms (95th percentile)."
        )
        print("Machine: " + ", ".join(f"{k} {v}" for k, v in machine.items()))
        built: dict[str, float] = {}
        if not home.database.exists():
            store = SqliteStore(home, SystemClock())
            built = _build(store, options.people, options.events)
            store.close()
        size = home.database.stat().st_size / 2**20
        print("Built in " + ", ".join(f"{k} {v:.1f} s" for k, v in built.items()))
        print(f"Size {size:,.0f} MiB\n")
        table = Table()
        _measure_people(home, table, options.trials)
        _measure_events(home, table, options.trials)
        reached = all(row["reached"] is not False for row in table.rows)
        print("\nReached." if reached else "\nNOT reached.")
        results = Path(__file__).parent / "results"
        results.mkdir(exist_ok=True)
        (results / "database.json").write_text(
            json.dumps(
                {
                    "machine": machine,
                    "people": options.people,
                    "events": options.events,
                    "built_seconds": built,
                    "mebibytes": size,
                    "rows": table.rows,
                    "reached": reached,
                    "source": Path(__file__).read_text(),
                },
                indent=1,
                ensure_ascii=False,
            )
        )


if __name__ == "__main__":
    main()
