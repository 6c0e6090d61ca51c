"""What thresholds found for a stated risk really do, on lfw-dev.

    python bench/calibration.py [--out FILE] [--splits N]

The people of bench/lfw_embeddings.py: 294 known ones with 3 enrolled pictures each, embedded and
scored as the product does (views, robust means, trained rows, centred similarity), seeds 0 to 7.

1. Other strangers: those with one picture are split at random in two halves; the threshold is
   calibrated on one for a risk of 1 % and of 0.5 %, and the strangers of the other half who get in
   are counted. The count must lie inside the stated 95 % prediction interval (beta-binomial, for a
   test of that size) in 93 % of 200 splits.
2. A gallery that grows from 50 people to 294, calibrated again at each step, on the same halves.
3. Three pictures a visit: probes in threes against the people with 2 or 3 pictures, both decided by
   the door's rule; at most 2 visits missed over 8 seeds at FPIR 1 % (grayscale).
4. The 100 pairs of known people who resemble each other most: how many are listed as look-alikes,
   and whether a picture of one is let in as the other at FPIR 0.1 %.
"""

import argparse
import hashlib
import json
import os
import platform
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from lfw_embeddings import ENROLLED_TWICE, Faces, Split, load_faces, split, unit

from faceaccess.core.evidence_rule import EvidenceRule
from faceaccess.core.heads import Head
from faceaccess.core.people import TrainingSet
from faceaccess.core.progress import run
from faceaccess.core.strangers import StrangerSet
from faceaccess.door.policy import evidence_rule
from faceaccess.learn.calibration import calibrate
from faceaccess.learn.head_trainer import fit_head
from faceaccess.learn.intervals import prediction_interval
from faceaccess.learn.look_alikes import find_look_alikes
from faceaccess.learn.open_set import Attempts, held_out_pictures, stranger_pictures, visit_score
from faceaccess.learn.scoring import best_many, centred, unit_probes
from faceaccess.vision.face_views import CAP_WEIGHT, GLASSES_WEIGHT

SEEDS = range(8)
STEPS = 30
RISKS = (0.01, 0.005)
STRANGERS = (1009, 400, 120)
SIZES = (50, 75, 100, 125, 150, 175, 200, 225, 250, 275, 294)
LEAST_INSIDE = 0.93
MOST_MISSED = 2
PAIRS = 100


class People:
    """lfw-dev as the product embeds it."""

    def __init__(self, *, colour: bool) -> None:
        self.faces: Faces = load_faces(colour=colour)
        self.known = self.faces.people(4)
        self.enrolled = self.faces.enrolled(GLASSES_WEIGHT, CAP_WEIGHT).astype(np.float32)
        self.seen = self.faces.at_the_door.astype(np.float32)
        alone = self.faces.people(1, 1)
        self.single = np.array([rows[0] for name, rows in alone.items() if name != ENROLLED_TWICE])
        few = self.faces.people(2, 3)
        self.few = [rows for name, rows in few.items() if name != ENROLLED_TWICE]

    def data(self, parts: Split) -> TrainingSet:
        return parts.training_set(self.enrolled)

    def head(self, data: TrainingSet) -> Head:
        return run(fit_head(data, self.faces.viewed_space, steps=STEPS)).head

    def strangers(self, rows: np.ndarray) -> StrangerSet:
        return StrangerSet(self.seen[rows], tuple(self.faces.names[i] for i in rows))


def chosen(attempts: Attempts, which: np.ndarray) -> Attempts:
    return Attempts(
        tuple(attempts.owner_ids[i] for i in which),
        attempts.scores[which],
        tuple(attempts.person_ids[i] for i in which),
    )


def of_people(data: TrainingSet, people: list[str]) -> TrainingSet:
    wanted = set(people)
    kept = [i for i, owner in enumerate(data.person_ids) if owner in wanted]
    return TrainingSet(data.vectors[kept], tuple(data.person_ids[i] for i in kept))


class Tally:
    """Tests of thresholds: how many counts lay inside what was predicted."""

    def __init__(self) -> None:
        self.rows: list[tuple[int, int, int, int]] = []

    def add(self, strangers: Attempts, held_out: Attempts, test: Attempts, risk: float) -> float:
        found = calibrate(strangers, held_out, risk, people=0)
        size = len(test.scores)
        low, high = prediction_interval(found.belief, size)
        self.rows.append((low, test.reaching(found.threshold), high, size))
        return found.threshold

    def figures(self) -> dict[str, float]:
        low, count, high, size = np.array(self.rows, float).T
        return {
            "tests": len(low),
            "inside": float(((low <= count) & (count <= high)).mean()),
            "above": float((count > high).mean()),
            "interval_low": float((low / size).mean()),
            "interval_high": float((high / size).mean()),
            "realised": float((count / size).mean()),
            "greatest": float((count / size).max()),
        }

    def told(self, name: str) -> dict[str, float]:
        found = self.figures()
        print(
            f"  {name:34} inside {found['inside']:7.1%} of {found['tests']:.0f} tests, above "
            f"{found['above']:5.1%}; interval {found['interval_low']:.2%} to "
            f"{found['interval_high']:.2%} on average; realised {found['realised']:.2%}, at most "
            f"{found['greatest']:.2%}"
        )
        return found


def other_strangers(people: People, splits: int) -> dict[str, dict[str, float]]:
    """Calibrate on some strangers, test on others."""
    tallies = {(n, risk): Tally() for n in STRANGERS for risk in RISKS}
    for seed in SEEDS:
        data = people.data(split(people.known, seed))
        head = people.head(data)
        held_out = held_out_pictures(head, data)
        all_ = stranger_pictures(head, people.strangers(people.single))
        rng = np.random.default_rng(seed)
        for _ in range(splits // len(SEEDS)):
            order = rng.permutation(len(all_.scores))
            half = len(order) // 2
            for (n, risk), tally in tallies.items():
                calibration = chosen(all_, order[: min(n, half)])
                tally.add(calibration, held_out, chosen(all_, order[half:]), risk)
    return {
        f"{n} strangers, risk {risk:.1%}": tally.told(f"{n:,} strangers, risk {risk:.1%}")
        for (n, risk), tally in tallies.items()
    }


def growing(people: People) -> dict[str, dict[str, float]]:
    """Enrol more and more people, and calibrate again at each step."""
    result: dict[str, dict[str, float]] = {}
    for risk in RISKS:
        again, at_first = Tally(), []
        for seed in SEEDS:
            rng = np.random.default_rng(seed)
            data = people.data(split(people.known, seed))
            order = [data.people[i] for i in rng.permutation(len(data.people))]
            strangers = rng.permutation(people.single)
            half = len(strangers) // 2
            first = None
            for size in SIZES:
                part = of_people(data, order[:size])
                head = people.head(part)
                calibration = stranger_pictures(head, people.strangers(strangers[:half]))
                test = stranger_pictures(head, people.strangers(strangers[half:]))
                threshold = again.add(calibration, held_out_pictures(head, part), test, risk)
                first = threshold if first is None else first
                at_first.append((size, test.reaching(first) / len(test.scores)))
        result[f"risk {risk:.1%}"] = again.told(f"grown from 50 to 294, risk {risk:.1%}")
        kept = {n: float(np.mean([f for size, f in at_first if size == n])) for n in SIZES}
        result[f"risk {risk:.1%}"] |= {f"first threshold kept, {n}": f for n, f in kept.items()}
        print(
            f"  with the threshold of 50 people kept: realised {kept[50]:.2%} at 50, "
            f"{kept[150]:.2%} at 150, {kept[294]:.2%} at 294"
        )
    return result


def three_pictures(people: People) -> dict[str, float]:
    """Count visits of three pictures that are missed at FPIR 1 %."""
    rule = evidence_rule(3)
    rules = {
        "majority": rule,
        "all": AllNeeded(rule.frames, rule.contradiction, rule.least_margin),
    }
    missed, wrong, visits, thresholds = dict.fromkeys(rules, 0), 0, 0, []
    for seed in SEEDS:
        parts = split(people.known, seed)
        head = people.head(people.data(parts))
        threes, owners = in_threes(parts)
        visits += len(threes)
        probes = best_many(head, people.seen[parts.probes])
        strangers = best_many(head, people.seen[[i for rows in people.few for i in rows]])
        starts = np.cumsum([0, *map(len, people.few)])
        for name, asked in rules.items():
            false = [visit_score(strangers, range(a, b), asked)[0] for a, b in pairwise(starts)]
            threshold = float(np.sort(false)[::-1][int(0.01 * len(false))])
            for three, owner in zip(threes, owners, strict=True):
                score, candidate = visit_score(probes, three, asked)
                right = head.person_ids[candidate] == owner
                missed[name] += not (right and score > threshold)
                wrong += name == "majority" and not right and score > threshold
            if name == "majority":
                thresholds.append(threshold)
    print(
        f"  {visits:,} visits: missed {missed['majority']} by the door's rule, {missed['all']} if "
        f"all three had to reach; {wrong} let in as somebody else; thresholds "
        f"{min(thresholds):.3f} to {max(thresholds):.3f}; {len(people.few)} strangers"
    )
    counts = {"visits": visits, "wrong": wrong} | {f"missed_{k}": v for k, v in missed.items()}
    return {name: int(count) for name, count in counts.items()}


class AllNeeded(EvidenceRule):
    """The door's rule, but every picture that counts must agree."""

    def needed(self, pictures: int) -> int:
        return pictures


def in_threes(parts: Split) -> tuple[list[list[int]], list[str]]:
    """Return places of probes, three of one person a visit, and whose visits they are."""
    places: dict[str, list[int]] = {}
    for place, owner in enumerate(parts.truth):
        places.setdefault(owner, []).append(place)
    threes = [
        (own[i : i + 3], owner) for owner, own in places.items() for i in range(0, len(own) - 2, 3)
    ]
    return [three for three, _ in threes], [owner for _, owner in threes]


def hard_pairs(people: People) -> dict[str, float]:
    """Look at the pairs that resemble each other most, by all their pictures."""
    means = np.array([unit(people.seen[rows].mean(axis=0)) for rows in people.known.values()])
    names = list(people.known)
    one, other = np.triu_indices(len(names), 1)
    nearest = np.argsort(-(means @ means.T)[one, other])[:PAIRS]
    hard = {frozenset((names[one[i]], names[other[i]])) for i in nearest}
    listed, all_listed, reached, reached_listed, let_in = [], [], 0, 0, 0
    for seed in SEEDS:
        parts = split(people.known, seed)
        data = people.data(parts)
        head = people.head(data)
        false = np.sort(stranger_pictures(head, people.strangers(people.single)).scores)[::-1]
        threshold = float(false[int(0.001 * len(false))]) + 1e-6
        pairs = find_look_alikes(head, data, threshold, 0.001)
        found = {frozenset((pair.first_id, pair.second_id)) for pair in pairs}
        listed.append(len(hard & found))
        all_listed.append(len(found))
        probes = best_many(head, people.seen[parts.probes])
        named = [head.person_ids[i] for i in probes.first]
        for owner, name, score in zip(parts.truth, named, probes.reached, strict=True):
            let_in += owner != name and score >= threshold
        crossed = reaching_others(head, people, parts, threshold)
        reached += len(crossed)
        reached_listed += len(crossed & found)
    print(
        f"  of the {PAIRS} nearest pairs {np.mean(listed):.1f} are listed on average ({min(listed)}"
        f" to {max(listed)}), of all {len(one):,} pairs {np.mean(all_listed):.0f}; of "
        f"{reached} pairs where a picture reaches the other's threshold {reached_listed} are "
        f"listed; let in as the other: {let_in}"
    )
    return {
        "listed_of_hard": float(np.mean(listed)),
        "listed": float(np.mean(all_listed)),
        "reaching": reached,
        "reaching_listed": reached_listed,
        "let_in_as_the_other": int(let_in),
    }


def reaching_others(
    head: Head, people: People, parts: Split, threshold: float
) -> set[frozenset[str]]:
    """Return the pairs of whom a probe of one is similar enough to the other."""
    crossed = set()
    owners = np.array(parts.truth)
    compared = centred(head, unit_probes(head, people.seen[parts.probes]))
    similarity = compared @ centred(head, head.means).T
    for probe, place in zip(*np.nonzero(similarity >= threshold), strict=True):
        if owners[probe] != head.person_ids[place]:
            crossed.add(frozenset((str(owners[probe]), head.person_ids[place])))
    return crossed


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path)
    parser.add_argument("--splits", type=int, default=200)
    options = parser.parse_args()
    torch.set_num_threads(1)
    print(
        f"Claim: inside the 95 % prediction interval in >= {LEAST_INSIDE:.0%} of the splits; at "
        f"most {MOST_MISSED} visits of three missed (grayscale); no pair let in as the other."
    )
    machine = f"{platform.machine()}, {os.cpu_count()} cores, {platform.platform()}"
    print(f"Machine: {machine}; load {os.getloadavg()[0]:.1f}; seeds {SEEDS}")
    saved: dict[str, object] = {}
    reached = True
    for colour in (False, True):
        people = People(colour=colour)
        print(
            f"{people.faces.viewed_space}: {len(people.known)} people, "
            f"{len(people.single):,} strangers"
        )
        splits = other_strangers(people, options.splits)
        grown = growing(people)
        visits, pairs = three_pictures(people), hard_pairs(people)
        full = [splits[f"{STRANGERS[0]} strangers, risk {risk:.1%}"] for risk in RISKS]
        reached &= all(one["inside"] >= LEAST_INSIDE for one in (*full, *grown.values()))
        reached &= pairs["let_in_as_the_other"] == 0
        reached &= colour or visits["missed_majority"] <= MOST_MISSED
        saved[str(people.faces.viewed_space)] = {
            "splits": splits,
            "grown": grown,
            "visits": visits,
            "pairs": pairs,
        }
    print("\nReached." if reached else "\nNOT reached.")
    out = options.out or Path(__file__).parent / "results" / "calibration.json"
    out.parent.mkdir(parents=True, exist_ok=True)
    source = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()
    out.write_text(json.dumps({"source_sha256": source, "machine": machine} | saved, indent=1))
    print(f"saved: {out}")


if __name__ == "__main__":
    main()
