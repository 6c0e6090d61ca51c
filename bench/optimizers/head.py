"""The door's head at 300 to 10,000 people: what each optimizer reaches, per step and per second.

    python bench/optimizers/head.py [--people N ...] [--seeds N] [--steps N] [--out FILE]
        [--without-source-rates]

The head is the product's own (rows started at the people's means, margin softmax); only its
optimizer is exchanged. Every rival runs at the source's 0.001 and at the best of five decades,
chosen by the loss on 300 other people. Embeddings are drawn: people in families of ten who look
alike, three pictures each to train, one to probe, as many strangers from the same families. They
say which optimizer descends faster, and nothing of real faces.
"""

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path
from unittest import mock

import numpy as np
import torch

from faceaccess.core.faces import EmbeddingSpace
from faceaccess.core.heads import Head
from faceaccess.core.people import TrainingSet
from faceaccess.core.progress import run
from faceaccess.learn import cosine_softmax
from faceaccess.learn.head_trainer import fit_head
from faceaccess.optim import GradientDirection

DIMENSION, FAMILY, PICTURES = 128, 10, 3
SPACE = EmbeddingSpace("drawn", "none", DIMENSION)
DECADES = (0.001, 0.01, 0.1, 1.0, 10.0)
RIVALS: dict[str, Callable[..., torch.optim.Optimizer]] = {
    "adam": torch.optim.Adam,
    "rmsprop": lambda params, lr: torch.optim.RMSprop(params, lr, alpha=0.9),
    "momentum": lambda params, lr: torch.optim.SGD(params, lr, momentum=0.9),
    "sgd": torch.optim.SGD,
}
DIRECTIONS: dict[str, dict] = {
    "as written": {},
    "average 0.9 (the product's)": {"average": 0.9},
    "look-ahead": {"average": 0.9, "look_ahead": True},
    "the recommendation": {"average": 0.9, "look_ahead": True, "decay": 0.00015, "step": 0.7},
}


def unit(vectors: np.ndarray) -> np.ndarray:
    return (vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)).astype(np.float32)


class People:
    """Drawn people: `data` to train on, one probe each, and strangers."""

    def __init__(self, count: int, seed: int) -> None:
        rng = np.random.default_rng(seed)
        families = rng.standard_normal((-(-count // FAMILY), 1, DIMENSION))
        everyone = families + 0.9 * rng.standard_normal((len(families), 2 * FAMILY, DIMENSION))
        centres = unit(everyone[:, :FAMILY].reshape(-1, DIMENSION)[:count])
        others = unit(everyone[:, FAMILY:].reshape(-1, DIMENSION)[:count])
        noise = 0.08 * rng.standard_normal((count, PICTURES + 1, DIMENSION))
        pictures = unit(centres[:, None] + noise)
        self.probes = pictures[:, PICTURES]
        self.strangers = unit(others + 0.08 * rng.standard_normal(others.shape))
        ids = tuple(f"p{i:05}" for i in range(count) for _ in range(PICTURES))
        self.data = TrainingSet(pictures[:, :PICTURES].reshape(-1, DIMENSION), ids)


def train(people: People, make: Callable[..., torch.optim.Optimizer], steps: int) -> dict:
    """Return losses (the start first), seconds of this thread, and the head."""

    def maker(params: list[torch.nn.Parameter], **_: object) -> torch.optim.Optimizer:
        return make(params)

    began = time.thread_time()
    with mock.patch.object(cosine_softmax, "GradientDirection", maker):
        trained = run(fit_head(people.data, SPACE, steps=steps))
    return {
        "losses": trained.losses,
        "seconds": time.thread_time() - began,
        "stopped_by": trained.stopped_by,
        "head": trained.head,
    }


def recognition(people: People, head: Head) -> dict[str, float]:
    """Return rank-1 and TPIR at 1 % FPIR in per cent: the row picks, the mean's cosine decides."""

    def look(vectors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        who, cosine = [], []
        for part in np.array_split(vectors, -(-len(vectors) // 1000)):
            best = (part @ head.rows.T).argmax(1)
            who.append(best)
            cosine.append((part * head.means[best]).sum(1))
        return np.concatenate(who), np.concatenate(cosine)

    who, cosine = look(people.probes)
    right = np.array([head.person_ids[i] == f"p{n:05}" for n, i in enumerate(who)])
    threshold = np.quantile(look(people.strangers)[1], 0.99)
    return {
        "rank-1": 100 * float(right.mean()),
        "TPIR at FPIR 1 %": 100 * float((right & (cosine > threshold)).mean()),
    }


def with_rate(name: str, rate: float) -> Callable[..., torch.optim.Optimizer]:
    return lambda params: RIVALS[name](params, lr=rate)


def with_options(options: dict) -> Callable[..., torch.optim.Optimizer]:
    def make(params: list[torch.nn.Parameter]) -> torch.optim.Optimizer:
        step = options.get("step", 1.0) * GradientDirection(params).step_lengths[0]
        return GradientDirection(params, step, **{k: v for k, v in options.items() if k != "step"})

    return make


def best_rates(steps: int) -> dict[str, float]:
    people = People(300, seed=1000)
    return {
        name: min(
            DECADES, key=lambda rate: min(train(people, with_rate(name, rate), steps)["losses"])
        )
        for name in RIVALS
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--people", type=int, nargs="+", default=[300, 1000, 3000, 10000])
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--steps", type=int, default=30)
    parser.add_argument("--without-source-rates", action="store_true", help="the best rates only")
    parser.add_argument(
        "--out",
        type=Path,
        default=Path(__file__).resolve().parents[1] / "results" / "optimizers_head.json",
    )
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    rates = best_rates(chosen.steps)
    ways = {name: with_options(options) for name, options in DIRECTIONS.items()}
    for name, rate in rates.items():
        for tried in dict.fromkeys((rate,) if chosen.without_source_rates else (0.001, rate)):
            ways[f"{name} {tried:g}"] = with_rate(name, tried)
    rows = []
    print("| people | optimizer | loss 0 | 5 | 15 | lowest | s | rank-1 | TPIR at FPIR 1 % | end |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    for count in chosen.people:
        for seed in range(chosen.seeds if count < 10_000 else 1):
            people = People(count, seed)
            for name, make in {"means, no training": ways["as written"], **ways}.items():
                found = train(people, make, 0 if name.startswith("means") else chosen.steps)
                found.update(recognition(people, found.pop("head")))
                rows.append({"people": count, "optimizer": name, "seed": seed, **found})
                losses = found["losses"] or (float("nan"),)
                shown = [losses[min(step, len(losses) - 1)] for step in (0, 5, 15)]
                cells = [f"{v:.4f}" for v in (*shown, min(losses))]
                cells += [f"{found['seconds']:.2f}", f"{found['rank-1']:.2f}"]
                cells += [f"{found['TPIR at FPIR 1 %']:.2f}", found["stopped_by"]]
                print(f"| {count} | {name} | {' | '.join(cells)} |", flush=True)
    chosen.out.parent.mkdir(parents=True, exist_ok=True)
    saved = {"torch": torch.__version__, "rates": rates, "rows": rows}
    chosen.out.write_text(json.dumps(saved, indent=1) + "\n")
    print(f"\nsaved: {chosen.out}")


if __name__ == "__main__":
    main()
