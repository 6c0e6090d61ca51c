"""A station that is killed with `kill -9` leaves no relay on, also on a board without a timer.

    python bench/kill_relay.py [--kills N] [--seed N] [--out FILE]

A process opens a `serial:` lock again and again, for half a second each, through a pty with a
relay board behind it that has no timer. It is killed at a random moment of its first two seconds,
and the next one starts at once; the guard must shut the relay. Measured at the board: how long the
relay stayed on after the kill, where it was on.

Prints claim, machine, seed and figures, and saves them with this file's hash under bench/results/
or as --out. Ends with exit code 1 if a relay was left on, or for longer than its pulse.
"""

import argparse
import hashlib
import json
import os
import platform
import random
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "door" / "locks"))

from serial_board import SerialBoard  # noqa: E402 - the folder must be known first

PULSE = 0.5  # s
STATION = f"""
import sys
from faceaccess.core.locks import LockError
from faceaccess.door.locks.open import open_lock
lock = open_lock(sys.argv[1])
lock.lock()
print("ready", flush=True)
while True:
    try:
        lock.open({PULSE})
    except LockError as error:  # a guard that is not ready yet on a busy machine: it stays shut
        print(error, flush=True)
    sys.stdin.readline()
"""


class TimedBoard(SerialBoard):
    """Remembers when the relay went on and off."""

    def __init__(self) -> None:
        super().__init__()
        self.moves: list[tuple[float, bool]] = []

    def _carry_out(self, command: bytes) -> bytes:
        before = self.on[1]
        answer = super()._carry_out(command)
        if self.on[1] != before:
            self.moves.append((time.monotonic(), self.on[1]))
        return answer


def kill_once(board: TimedBoard, after: float, chance: random.Random) -> tuple[bool, float]:
    """Return whether the relay was on at the kill, and how long it stayed on after it, s."""
    with subprocess.Popen(
        [sys.executable, "-c", STATION, f"serial:{board.port}"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as station:
        assert station.stdout is not None
        assert station.stdin is not None
        station.stdout.readline()
        until = time.monotonic() + after
        while (left := until - time.monotonic()) > 0:
            station.stdin.write(b"\n")  # the next pulse follows, or replaces this one
            station.stdin.flush()
            time.sleep(min(left, chance.uniform(0.05, 0.9)))
        station.kill()
        killed = time.monotonic()
        was_on = board.on[1]
        station.wait()
        off = board.wait_for(lambda: not board.on[1], 20)
    if not off:
        return was_on, float("inf")
    return was_on, max(0.0, board.moves[-1][0] - killed) if was_on else 0.0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    chance = random.Random(given.seed)
    stayed, left_on, with_relay_on = [], 0, 0
    with TimedBoard() as board:
        for _ in range(given.kills):
            was_on, after = kill_once(board, chance.uniform(0.0, 2.0), chance)
            if after == float("inf"):
                left_on += 1
                board.on[1] = False
            elif was_on:
                with_relay_on += 1
                stayed.append(after)
        moves = board.moves
    spans = [off[0] - on[0] for on, off in zip(moves[::2], moves[1::2], strict=False)]
    figures = {
        "claim": "no relay without a timer stays on when its station is killed",
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "python": platform.python_version(),
        "seed": given.seed,
        "kills": given.kills,
        "kills_with_the_relay_on": with_relay_on,
        "relays_left_on": left_on,
        "on_after_the_kill_median_s": round(statistics.median(stayed), 3) if stayed else None,
        "on_after_the_kill_most_s": round(max(stayed), 3) if stayed else None,
        "openings": len(spans),
        "source": hashlib.sha256(Path(__file__).read_bytes()).hexdigest(),
    }
    print(json.dumps(figures, indent=2))
    out = given.out or ROOT / "bench" / "results" / "kill_relay.json"
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    return int(left_on > 0 or (bool(stayed) and max(stayed) > PULSE))


if __name__ == "__main__":
    sys.exit(main())
