"""Strangers and corrections: who is taken for whom, and what taking in and replaying cost.

    python bench/strangers.py [--pictures N] [--visits N] [--out FILE]

- One person twice: of all pairs of lfw-dev's people with one picture, how many are told to be one
  person (at the embedder's threshold and `CLEARLY`), and of the pairs of one person's pictures.
- "This is X": how many other pictures of the person, and of strangers, look nothing like them
  (at the threshold less `UNLIKE`).
- `strangers add` on N of those pictures: time, calls of the embedder, memory.
- `whatif` on N visits of three pictures, 600 people: time, memory.

294 people are the gallery, seed 0, vectors as the door makes them.
"""

import argparse
import hashlib
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest import mock

import numpy as np
import torch
from lfw_embeddings import DATA, Faces, load_faces, split, unit

from faceaccess.app import build
from faceaccess.core.actors import Actor
from faceaccess.core.corrections import Evidence
from faceaccess.core.decisions import Decision, Event, Outcome
from faceaccess.core.faces import EmbeddingSpace
from faceaccess.core.heads import Head, HeadFacts
from faceaccess.core.people import PersonDetails
from faceaccess.core.progress import run
from faceaccess.core.reasons import Reason
from faceaccess.learn.scoring import centred
from faceaccess.pipeline.correction_check import UNLIKE
from faceaccess.pipeline.enrolled_strangers import CLEARLY
from faceaccess.vision.analyser import FaceAnalyser
from faceaccess.vision.face_views import CAP_WEIGHT, GLASSES_WEIGHT
from faceaccess.vision.weights import default_threshold

ACTOR = Actor("bench", "bench")
PEOPLE = 600


def megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def likeness(faces: Faces) -> dict[str, object]:
    """Return who is told to be one person, and who looks nothing like somebody."""
    known, parts = faces.people(4), split(faces.people(4), 0)
    door = faces.at_the_door.astype(np.float32)
    enrolled = faces.enrolled(GLASSES_WEIGHT, CAP_WEIGHT).astype(np.float32)
    own: dict[str, list[int]] = {name: [] for name in known}
    for row, owner in zip(parts.enrolled, parts.owners, strict=True):
        own[owner].append(row)
    means = unit(np.stack([enrolled[rows].mean(axis=0) for rows in own.values()]))
    means = means.astype(np.float32)
    head = Head(faces.viewed_space, tuple(own), means, means.copy(), 32.0, 0)
    compared, threshold = centred(head, door), default_threshold(faces.viewed_space)
    single = [rows[0] for rows in faces.people(1, 1).values()]
    pairs = (compared[single] @ compared[single].T)[np.triu_indices(len(single), 1)]
    same = np.concatenate(
        [
            (compared[rows] @ compared[rows].T)[np.triu_indices(len(rows), 1)][:20]
            for rows in faces.people(2).values()
        ]
    )
    gallery = [
        np.vstack([centred(head, m[None]), centred(head, enrolled[rows])])
        for m, rows in zip(means, own.values(), strict=True)
    ]
    genuine = np.array(
        [
            (gallery[head.index[owner]] @ compared[row]).max()
            for row, owner in zip(parts.probes, parts.truth, strict=True)
        ]
    )
    strangers = np.stack([(compared[single] @ views.T).max(axis=1) for views in gallery])
    return {
        "pairs of strangers": len(pairs),
        "told to be one": int((pairs >= threshold + CLEARLY).sum()),
        "pairs of one person": len(same),
        "found": float((same >= threshold + CLEARLY).mean()),
        "pictures of the person": len(genuine),
        "nothing like them": int((genuine < threshold - UNLIKE).sum()),
        "strangers nothing like": float((strangers < threshold - UNLIKE).mean()),
    }


def taking_in(count: int) -> dict[str, float]:
    """Return the cost of `strangers add` on pictures of people with one picture."""
    told = subprocess.run(
        [sys.executable, DATA / "unpack.py", "lfw-dev"], check=True, capture_output=True, text=True
    )
    root = Path(told.stdout.strip().splitlines()[-1])
    single = [f[0] for d in sorted(root.iterdir()) if len(f := list(d.glob("*.jpg"))) == 1]
    calls: list[int] = []
    embed = FaceAnalyser.embed

    def counting(self: FaceAnalyser, observations: list, **more: object) -> list:
        calls.append(len(observations))
        return embed(self, observations, **more)

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "strangers"
        folder.mkdir()
        for path in single[:count]:
            (folder / path.name).symlink_to(path)
        app = build(Path(name) / "home")
        try:
            app.analyser().observe(np.zeros((200, 200, 3), np.uint8))
            before = megabytes()
            with mock.patch.object(FaceAnalyser, "embed", counting):
                added = run(app.strangers.add(ACTOR, folder))
            return {
                "pictures": count,
                "strangers": added.strangers,
                "rejected": len(added.rejected),
                "seconds": added.seconds,
                "calls": len(calls),
                "more MB": megabytes() - before,
            }
        finally:
            app.close()


def replaying(count: int) -> dict[str, float]:
    """Return the cost of deciding stored visits again."""
    space = EmbeddingSpace("sface", "5pt-112-gray-mirrored", 128)
    rng = np.random.default_rng(0)
    means = unit(rng.standard_normal((PEOPLE, 128))).astype(np.float32)
    with tempfile.TemporaryDirectory() as name:
        app = build(Path(name) / "home")
        try:
            facts = HeadFacts(PEOPLE, 0.0, accepted=True, note="", actor="bench")
            with app.store.transaction() as transaction:
                ids = [
                    transaction.add_person(PersonDetails(f"Person {i}")).id for i in range(PEOPLE)
                ]
                head = Head(space, tuple(ids), means, means.copy(), 32.0, 0)
                transaction.add_head(head, facts, kept=20)
            began = datetime(2026, 1, 1, tzinfo=UTC)
            for start in range(0, count, 1000):
                with app.store.transaction() as transaction:
                    for i in range(start, min(start + 1000, count)):
                        one = int(rng.integers(PEOPLE))
                        noise = unit(rng.standard_normal((3, 128)))
                        vectors = unit(means[one] + noise).astype(np.float32)
                        decision = Decision(Outcome.GRANTED, Reason.RECOGNISED, ids[one])
                        event = Event(
                            str(uuid.UUID(int=i, version=4)),
                            "bench",
                            0,
                            began + timedelta(minutes=i),
                            "bench",
                            decision,
                            evidence=Evidence(space, vectors),
                        )
                        transaction.add_event(event)
            before, start_time = megabytes(), time.perf_counter()
            replay = run(app.what_if.replay(threshold=0.72))
            return {
                "visits": replay.events,
                "changes": len(replay.changes),
                "seconds": time.perf_counter() - start_time,
                "more MB": megabytes() - before,
            }
        finally:
            app.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pictures", type=int, default=2019)
    parser.add_argument("--visits", type=int, default=20_000)
    parser.add_argument("--out", type=Path)
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    machine = f"{platform.machine()}, {os.cpu_count()} cores, {platform.platform()}"
    print(f"Machine: {machine}; load {os.getloadavg()[0]:.1f}")
    saved: dict[str, object] = {}
    for colour in (False, True):
        faces = load_faces(colour=colour)
        saved[str(faces.viewed_space)] = likeness(faces)
    if chosen.visits:
        saved["whatif"] = replaying(chosen.visits)
    if chosen.pictures:
        saved["strangers add"] = taking_in(chosen.pictures)
    for name, figures in saved.items():
        print(f"{name}: {figures}")
    out = chosen.out or Path(__file__).parent / "results" / "strangers.json"
    out.parent.mkdir(parents=True, exist_ok=True)
    source = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()
    out.write_text(json.dumps({"source_sha256": source, "machine": machine} | saved, indent=1))
    print(f"saved: {out}")


if __name__ == "__main__":
    main()
