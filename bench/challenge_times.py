"""Order and time of the challenge alone: people who obey, and films of heads that turn at random.

    python bench/challenge_times.py --clips 5000 --seed 0 [--fps 12.5] [--steps 2]

No pictures: heads of `bench/challenge.py` with their angles measured as on drawn faces (0.0055 eye
distances a degree aside, 0.0042 up, 0.003 of noise), one challenge each.
"""

import argparse
import json
from collections.abc import Callable
from random import Random

import numpy as np
from challenge import RandomFilm
from liveness import interval

from faceaccess.camera.drawn_obedience import ObedientHead
from faceaccess.core.challenges import HeadMotion
from faceaccess.door.challenge import Challenge, Outcome, drawn_plan

Angles = Callable[[float], tuple[float, float]]


def passed(challenge: Challenge, head: ObedientHead, angles: Angles, random: Random, fps: float):
    """Return the seconds after which a challenge is passed, or None."""
    now = 0.0
    while challenge.outcome is Outcome.UNDER_WAY:
        head.hear(challenge.asks, now)
        now += 1 / fps
        aside, up = angles(now)
        noise = [random.gauss(0, 0.003) for _ in range(4)]
        sizes = (0.0055 * aside, 0.0042 * up, 0.0024 * aside, 0.0025 * up)
        challenge.see(now, HeadMotion(now, *(s + n for s, n in zip(sizes, noise, strict=True))))
    return now if challenge.outcome is Outcome.PASSED else None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clips", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--fps", type=float, default=12.5)
    parser.add_argument("--steps", type=int, default=2)
    options = parser.parse_args()
    for who in ("people", "slower people", "films", "restless films"):
        seconds = []
        for clip in range(options.clips):
            numbers = np.random.default_rng([options.seed, clip, sum(map(ord, who))])
            random = Random(int(numbers.integers(2**31)))
            head = ObedientHead(numbers, slowness=1.25 if who.startswith("slower") else 1.0)
            film = RandomFilm(numbers, restless=who.startswith("restless"))
            angles = film.at if who.endswith("films") else head.at
            plan = drawn_plan(random, options.steps)
            found = passed(Challenge(plan, 0.0), head, angles, random, options.fps)
            if found is not None:
                seconds.append(found)
        seconds.sort()
        figures: dict[str, object] = {
            "passed": len(seconds),
            "of": options.clips,
            "interval": interval(len(seconds), options.clips),
        }
        if seconds:
            figures["seconds, median"] = round(seconds[len(seconds) // 2], 2)
            figures["seconds, most"] = round(seconds[-1], 2)
        print(who, json.dumps(figures), flush=True)


if __name__ == "__main__":
    main()
