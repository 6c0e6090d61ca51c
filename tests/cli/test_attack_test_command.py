"""`door attack-test`: recordings, the walk before a camera, and what is given wrongly."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from faceaccess.app import App
from faceaccess.cli import attack_test as command
from faceaccess.cli.root import faceaccess
from faceaccess.core.attack_tests import Attempt, AttemptOutcome, PresentationKind, Variation
from faceaccess.core.frames import Frame
from faceaccess.core.reasons import Reason
from faceaccess.pipeline.attack_test import AttemptStep, Phase

from .conftest import Ran

Run = Callable[..., Ran]


def test_recordings_are_judged_and_the_report_is_whole(
    run: Run, evaluation_data: Callable[[str], Path], tmp_path: Path
) -> None:
    clips, out = evaluation_data("video"), tmp_path / "report.json"
    replay = f"phone={clips / 'desk-phone-replay.mp4'}"
    done = run("door", "attack-test", "--json", "--clip", replay, "--out", out)
    assert done.exit_code == 0, done
    attempt, report = done.lines
    assert (attempt["kind"], attempt["outcome"]) == ("phone", "refused")
    phone = report["kinds"]["phone"]
    assert (phone["counted"], phone["let_in"], phone["apcer"]) == (1, 0, 0.0)
    assert phone["interval"] == [0.0, 0.975]
    assert report["not_tried"] == ["bona_fide", "print", "tablet", "mask"]
    assert json.loads(out.read_text("utf-8")) == report


class Walked:
    """Attempts that end as told, one frame each."""

    def __init__(self, *outcomes: AttemptOutcome) -> None:
        self.outcomes = list(outcomes)
        self.attempts: list[Attempt] = []
        self.kind = PresentationKind.PRINT
        self.variation: Variation | None = None
        self.phases: list[Phase] = []
        self.closed = False

    def begin(self, kind: PresentationKind, variation: Variation | None = None) -> None:
        self.kind, self.variation = kind, variation
        self.phases = [Phase.CLEARING, Phase.READY, Phase.RUNNING]

    def offer(self, frame: Frame) -> AttemptStep:
        if self.phases:
            return AttemptStep(self.phases.pop(0), None, Reason.LIVENESS_UNSURE, 1.0)
        outcome = self.outcomes.pop(0)
        self.attempts.append(Attempt(self.kind, self.variation, outcome, 2.0, recognised=True))
        return AttemptStep(Phase.OVER, None, Reason.NOBODY, None, self.attempts[-1])

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def walk(home: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Ran]:
    """Walk before a made-up camera with answers typed."""

    @contextmanager
    def frames(_app: object, _source: object) -> Iterator[Iterator[Frame]]:
        image = np.zeros((48, 64, 3), np.uint8)
        yield iter(lambda: Frame(image, "door", 0, 0.0, datetime(2026, 1, 1, tzinfo=UTC)), None)

    def walked(test: Walked, typed: str, *arguments: str) -> Ran:
        monkeypatch.setattr(command, "somebody_types", lambda: True)
        monkeypatch.setattr(command, "frames_of", frames)
        monkeypatch.setattr(App, "new_attack_test", lambda _app, **_more: test)
        words = ["door", "attack-test", "--camera", "0", *arguments]
        done = CliRunner().invoke(faceaccess, words, input=typed)
        return Ran(done.exit_code, done.stdout, done.stderr)

    return walked


def test_a_walk_says_what_to_do_and_counts_by_kind(walk: Callable[..., Ran]) -> None:
    test = Walked(AttemptOutcome.LET_IN, AttemptOutcome.REFUSED)
    kinds = ("--kind", "print", "--kind", "phone", "--kind", "mask")
    done = walk(test, "\ns\nq\n", "--attempts", "2", *kinds)
    assert done.exit_code == 0, done
    assert "1 of 2. Out of view first. Then: Hold the print still before your face." in done.stderr
    assert "2 of 2. Out of view first. Then: Move the print slowly" in done.stderr
    assert "Ready: now." in done.stderr
    assert Reason.LIVENESS_UNSURE.sentence in done.stderr
    assert "The door would have opened." in done.stdout
    assert "1 of 2" in done.stdout
    assert "Not tried, so nothing is known: Living person, Phone, Tablet, Mask." in done.stdout
    assert "use a second factor" in done.stdout
    assert test.closed


def test_what_was_tried_before_an_interruption_is_reported(walk: Callable[..., Ran]) -> None:
    class Interrupted(Walked):
        def begin(self, kind: PresentationKind, variation: Variation | None = None) -> None:
            if self.attempts:
                raise KeyboardInterrupt
            super().begin(kind, variation)

    done = walk(Interrupted(AttemptOutcome.REFUSED), "\n", "--kind", "print", "--json")
    assert done.exit_code != 0
    assert done.lines[-1]["kinds"]["print"]["counted"] == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "Give either --camera or --clip."),
        (("--camera", "0", "--clip", "phone=x.mp4"), "Give either --camera or --clip."),
        (("--clip", "balloon=x.mp4"), "with a kind of bona_fide, print, phone, tablet, mask"),
        (("--clip", "phone"), "give it as KIND=FILE"),
        (("--camera", "0", "--attempts", "0"), "--attempts"),
    ],
)
def test_what_is_not_an_order_is_a_usage_error(
    run: Run, arguments: tuple[str, ...], words: str
) -> None:
    done = run("door", "attack-test", *arguments)
    assert done.exit_code == 2
    assert words in " ".join(done.stderr.split())


def test_wrong_places_are_refused(run: Run, tmp_path: Path) -> None:
    nothing = tmp_path / "nothing.mp4"
    run("door", "attack-test", "--clip", f"phone={nothing}").refused("There is no camera")
    run("door", "attack-test", "--clip", "phone=demo:").refused("is a camera, not a recording")
    run("door", "attack-test", "--camera", "demo:").refused("nobody is at the keyboard")
