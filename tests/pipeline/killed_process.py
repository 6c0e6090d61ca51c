"""Run by tests: one long job on a data folder, each of its steps told on stdout."""

import sys
from pathlib import Path

from faceaccess.app import build
from faceaccess.core.actors import Actor


def main(home: str, what: str, source: str) -> None:
    app = build(Path(home))
    actor = Actor("tester", "test")
    if what == "import":
        job = app.people_import.run(actor, Path(source))
    elif what == "use":
        job = app.embedder_change.use(actor, source, force="a test")
    else:
        job = app.retraining.run(actor, full=True)
    for step, _ in enumerate(job):
        print(step, flush=True)  # noqa: T201  # what the test waits for
    print("done", flush=True)  # noqa: T201  # the same
    app.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
