"""A million visits drawn by chance: access rules open nothing wrongly and keep nobody out wrongly.

    python bench/access_rules.py [--visits N] [--seed N] [--out FILE]

Sites with rules, holidays, hours over changes of the clock in five zones, anti-passback, second
factors, companions and lock-downs are drawn by seed. `door.rules.admission.admit` judges, and the
referee of the tests (`tests/door/rules/rule_referee.py`) says what is right by other means.

Prints claim, machine, seed and figures, and saves them with this file's hash under bench/results/
or as --out. Ends with exit code 1 if there was one wrong answer.
"""

import argparse
import hashlib
import json
import platform
import sys
import time
from dataclasses import asdict
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "door" / "rules"))

from rule_referee import run  # noqa: E402 - the folder must be known first

CLAIM = "0 wrong openings and 0 wrong refusals"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--visits", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--out", type=Path, default=ROOT / "bench" / "results" / "access_rules.json"
    )
    options = parser.parse_args()
    began = time.perf_counter()
    counts = run(options.visits, options.seed)
    result = {
        "claim": CLAIM,
        "machine": f"{platform.machine()}, Python {platform.python_version()}",
        "seed": options.seed,
        **asdict(counts),
        "seconds": round(time.perf_counter() - began, 1),
        "source_sha256": hashlib.sha256(Path(__file__).read_bytes()).hexdigest(),
    }
    for name, value in result.items():
        print(f"{name}: {value}")
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    return 1 if counts.wrong_openings or counts.wrong_refusals else 0


if __name__ == "__main__":
    sys.exit(main())
