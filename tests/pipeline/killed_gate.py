"""Run by `test_gate_faults.py` and `bench/kill_retraining.py`: one use case that makes a head, on a
folder of made-up people, killed by itself at a certain SQL statement.

    python killed_gate.py FOLDER WHAT STATEMENT [SECONDS]

With SECONDS it kills itself so long after the statement, wherever it is then. Prints how many
statements the use case took if it got through.
"""

import os
import signal
import sqlite3
import sys
import threading
from pathlib import Path
from typing import Any

from crowd import Crowd

from faceaccess.core.progress import run

WHAT = ("enrol", "import", "remove", "retrain", "apply", "use", "renew")
"""Use cases that put a head or a threshold into service."""


def do(crowd: Crowd, what: str) -> None:
    """Do one of `WHAT` on a folder made by `prepare`."""
    if what == "enrol":
        crowd.add(50)
    elif what == "import":
        crowd.add(*range(60, 80))
    elif what == "remove":
        crowd.directory.remove(crowd.actor, crowd.id_of(3))
    elif what == "retrain":
        run(crowd.retraining.run(crowd.actor, full=True))
    elif what == "apply":
        crowd.state_risk(0.05)
    elif what == "use":
        run(crowd.heads.use(crowd.actor, 1))
    elif what == "renew":
        run(crowd.calibrating.renew())


def prepare(folder: Path) -> None:
    """Make a folder with ten people, a stated risk, two heads, and strangers added since."""
    crowd = Crowd(folder)
    crowd.add(*range(10))
    crowd.strangers(120)
    crowd.state_risk(0.02)
    run(crowd.retraining.run(crowd.actor, full=True))
    crowd.strangers(80, first=300_000)
    crowd.close()


def main(folder: str, what: str, statement: str, seconds: str = "0") -> None:
    statements = 0
    armed = False
    connect = sqlite3.connect

    def die() -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    def count(_: str) -> None:
        nonlocal statements
        if not armed:
            return
        if statements == int(statement):
            if float(seconds) > 0:
                threading.Timer(float(seconds), die).start()
            else:
                die()
        statements += 1

    def counted(*args: Any, **more: Any) -> sqlite3.Connection:
        connection: sqlite3.Connection = connect(*args, **more)
        connection.set_trace_callback(count)
        return connection

    sqlite3.connect = counted  # type: ignore[assignment]  # for this process only
    crowd = Crowd(Path(folder))
    crowd.threshold()
    armed = True
    do(crowd, what)
    armed = False
    crowd.close()
    print(statements, flush=True)  # noqa: T201  # what the test reads
    os._exit(0)  # no timer may kill what is done


if __name__ == "__main__":
    main(*sys.argv[1:])
