"""The journal's export."""

import csv
from datetime import timedelta
from pathlib import Path

import pytest

from faceaccess.app import App
from faceaccess.core.clock import ManualClock
from faceaccess.core.decisions import Decision, Event, Outcome
from faceaccess.core.errors import KnownError
from faceaccess.core.progress import run
from faceaccess.core.reasons import Reason
from faceaccess.pipeline.journal import COLUMNS
from faceaccess.store.protocol import EventFilter


@pytest.fixture
def events(app: App, clock: ManualClock) -> list[Event]:
    made = []
    with app.store.transaction() as transaction:
        for i in range(1200):
            granted = i % 3 == 0
            decision = Decision(
                Outcome.GRANTED if granted else Outcome.DENIED,
                Reason.RECOGNISED if granted else Reason.UNKNOWN,
                person="=HYPERLINK(1)" if granted else None,
                similarity=0.71234,
                threshold=0.5,
                head=3,
            )
            event = Event(
                f"{i:08x}-0000-4000-8000-000000000000",
                "station-1",
                0,
                clock.now() + timedelta(seconds=i),
                "李 door",
                decision,
            )
            made.append(transaction.add_event(event))
    return made


def test_export_writes_every_event_oldest_first(
    app: App, events: list[Event], tmp_path: Path
) -> None:
    path = tmp_path / "out.csv"
    stages = []
    assert run(app.journal.export_csv(path), stages.append) == 1200
    assert [(p.done, p.total) for p in stages] == [(500, 1200), (1000, 1200)]
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    assert tuple(rows[0]) == COLUMNS
    assert [row[0] for row in rows[1:]] == [event.id for event in events]
    first = dict(zip(COLUMNS, rows[1], strict=True))
    assert first["person"] == "'=HYPERLINK(1)"  # no formula for a spreadsheet to run
    assert (first["camera"], first["similarity"], first["outcome"]) == (
        "李 door",
        "0.7123",
        "granted",
    )


def test_export_takes_a_filter(app: App, events: list[Event], tmp_path: Path) -> None:
    only = EventFilter(outcome=Outcome.GRANTED)
    assert run(app.journal.export_csv(tmp_path / "out.csv", only)) == 400
    assert app.journal.count(only) == 400
    assert len(app.journal.list(only, 0, 50)) == 50


def test_a_closed_export_leaves_the_old_file(app: App, events: list[Event], tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    path.write_text("what was there before")
    job = app.journal.export_csv(path)
    next(job)
    job.close()
    assert path.read_text() == "what was there before"
    assert list(tmp_path.glob("*.part")) == list(tmp_path.glob(".*part")) == []


def test_a_place_that_cannot_be_written(app: App, events: list[Event], tmp_path: Path) -> None:
    with pytest.raises(KnownError, match="cannot be written"):
        run(app.journal.export_csv(tmp_path / "no" / "such" / "folder.csv"))
    with pytest.raises(KnownError, match="cannot be written"):
        run(app.journal.export_csv(tmp_path))
