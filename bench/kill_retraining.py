"""Killed with `kill -9` anywhere, the door goes on with a head and the threshold found for it.

    python bench/kill_retraining.py [--kills N] [--seed N] [--out FILE]

Every use case that puts a head or a threshold into service (enrolment, import, removal, retraining,
stating a risk, roll-back, finding the threshold anew) runs in a process of its own on a folder of
made-up people, and kills itself: half of the times exactly at a random SQL statement, half a random
time after it, in whatever it does then. After each kill the folder is opened again: the database is
whole, nobody is half enrolled, and the serving head, its threshold and the stated risk are either
all as before or all as after; then the use case is done again and succeeds.

Prints claim, machine, seed and counts, and saves them with this file's hash under bench/results/ or
as --out. Ends with exit code 1 if anything was left between.
"""

import argparse
import collections
import hashlib
import json
import os
import platform
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1] / "tests" / "pipeline"
sys.path.insert(0, str(TESTS))

from crowd import Crowd  # noqa: E402 - the tests' folder must be known first
from killed_gate import WHAT, do, prepare  # noqa: E402
from test_gate_faults import State  # noqa: E402

STATEMENTS = {
    "enrol": 114,
    "import": 1322,
    "remove": 141,
    "retrain": 421,
    "apply": 54,
    "use": 53,
    "renew": 45,
}
"""About how many SQL statements each takes; later kills meet a process that is done."""
LONGEST = 0.05
"""Seconds after a statement."""


def one(prepared: Path, scratch: Path, what: str, chance: random.Random) -> str:
    """Return "killed", "done", or what was wrong."""
    folder = scratch / "data"
    shutil.copytree(prepared, folder)
    try:
        crowd = Crowd(folder)
        before = State.of(crowd)
        crowd.close()
        statement = str(chance.randrange(STATEMENTS[what]))
        after = f"{chance.uniform(0.0005, LONGEST):.4f}" if chance.random() < 0.5 else "0"
        ended = subprocess.run(
            [sys.executable, TESTS / "killed_gate.py", folder, what, statement, after],
            capture_output=True,
            text=True,
            check=False,
        )
        if ended.returncode not in (0, -signal.SIGKILL):
            return f"{what}: {ended.stderr.strip().splitlines()[-1]}"
        killed = ended.returncode != 0
        trouble = left_between(folder, what, before, killed=killed)
        if trouble is not None:
            return f"{what} at statement {statement} + {after} s: {trouble}"
        return "killed" if killed else "done"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def left_between(folder: Path, what: str, before: State, *, killed: bool) -> str | None:
    """Return what is neither as before nor as after, or None."""
    with sqlite3.connect(folder / "faceaccess.sqlite3") as connection:
        whole = connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        orphans = connection.execute("PRAGMA foreign_key_check").fetchall()
    connection.close()
    if not whole or orphans:
        return "the database is damaged"
    crowd = Crowd(folder)
    try:
        state = State.of(crowd)
        if not state.is_sound():
            return "head, threshold and people do not belong together"
        if state.same_as(before):
            if not killed:
                return "done, and nothing changed"
            do(crowd, what)
            if not State.of(crowd).is_sound() or State.of(crowd).same_as(before):
                return "it cannot be done again"
    finally:
        crowd.close()
    return None


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    chance = random.Random(arguments.seed)
    print((__doc__ or "").splitlines()[0])
    print(f"{platform.platform()}, {os.cpu_count()} cores, seed {arguments.seed}")
    counts: collections.Counter[str] = collections.Counter()
    wrong: list[str] = []
    with tempfile.TemporaryDirectory() as root:
        prepared = Path(root) / "prepared"
        prepare(prepared)
        while counts.total() - sum(n for k, n in counts.items() if k.endswith("done")) < (
            arguments.kills
        ):
            what = chance.choice(WHAT)
            found = one(prepared, Path(root), what, chance)
            if found not in ("killed", "done"):
                wrong.append(found)
                print(found, flush=True)
                found = "wrong"
            counts[f"{what} {found}"] += 1
    for name, count in sorted(counts.items()):
        print(f"{name}: {count}")
    saved = {
        "claim": (__doc__ or "").splitlines()[0],
        "machine": {"platform": platform.platform(), "cores": os.cpu_count()},
        "source": hashlib.sha256(Path(__file__).read_bytes()).hexdigest(),
        "seed": arguments.seed,
        "counts": dict(counts),
        "wrong": wrong,
    }
    out = arguments.out or Path(__file__).parent / "results" / "kill_retraining.json"
    out.parent.mkdir(exist_ok=True)
    out.write_text(json.dumps(saved, indent=2) + "\n", encoding="utf-8")
    print("wrong" if wrong else "nothing was ever left between")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
