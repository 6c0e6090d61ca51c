"""Run what is planned and not yet done, two runs at once, each saved as it ends.

    python bench/optimizers/run.py [PART[:SEED[:METHOD]] ...]

A broken-off comparison goes on where it was: a run whose record is there is not run again. Records
are JSON files under bench/results/optimizers/; while a file `stop` lies there, no new run begins.
"""

import hashlib
import json
import multiprocessing
import os
import sys
import time
from dataclasses import asdict
from pathlib import Path

from one_run import Setting, one_run
from plan import PARTS

RESULTS = Path(__file__).resolve().parents[1] / "results" / "optimizers"

STOP = RESULTS / "stop"


def record_path(setting: Setting) -> Path:
    digest = hashlib.sha256(json.dumps(asdict(setting), sort_keys=True).encode()).hexdigest()
    name = f"{setting.method} {setting.seed}".replace(" ", "_")
    return RESULTS / f"{setting.protocol}-{name}-{digest[:10]}.json"


def work(setting: Setting) -> str:
    path = record_path(setting)
    if path.exists() or STOP.exists():
        return ""
    began = time.perf_counter()
    record = one_run(setting)
    path.parent.mkdir(parents=True, exist_ok=True)
    written = path.with_suffix(f".{os.getpid()}")
    written.write_text(json.dumps(record) + "\n")
    written.replace(path)
    last = record["rows"][-1]["found"]
    shown = ", ".join(f"{name} {value['accuracy']:.2f}" for name, value in last.items())
    took = time.perf_counter() - began
    which = f"{setting.method} {setting.seed} {setting.protocol} {setting.reading}"
    return f"{which}: {shown}; {took:.0f} s"


def main() -> None:
    chosen = sys.argv[1:] or list(PARTS)
    settings = []
    for word in chosen:
        part, seed, name = [*word.split(":"), "", ""][:3]
        settings += [
            s
            for s in PARTS[part]()
            if s.seed == int(seed or s.seed) and s.method == (name or s.method)
        ]
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        for line in pool.imap_unordered(work, settings):
            if line:
                print(time.strftime("%H:%M:%S"), line, flush=True)


if __name__ == "__main__":
    main()
