"""The user's network at the door: it refuses, never admits, and its faults keep the door shut."""

import hashlib
import sys
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from faceaccess.core.decisions import Decision, Outcome
from faceaccess.core.errors import KnownError
from faceaccess.core.faces import Face
from faceaccess.core.frames import Frame
from faceaccess.core.liveness import Liveness, Verdict
from faceaccess.core.reasons import Reason
from faceaccess.core.settings import Settings
from faceaccess.pipeline.liveness_check import LivenessCheck
from faceaccess.vision.liveness.passive import PassiveLiveness

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "vision" / "liveness"))
from voice_files import network

KNOWN = Decision(Outcome.GRANTED, Reason.RECOGNISED, "id", "Li Wei")
UNKNOWN = Decision(Outcome.DENIED, Reason.UNKNOWN)
FACE = Face(
    (270.0, 180.0, 100.0, 120.0),
    np.array([[290, 220], [350, 220], [320, 250], [297, 280], [343, 280]], np.float32),
    1.0,
)
LIVING, FLAT = 200, 0


class Told(PassiveLiveness):
    """Answers what it is told."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__()
        self.verdict = verdict

    def answer(self, name: str, moment: float) -> Liveness:
        return Liveness(self.verdict, 0.5)


def noted(folder: Path, data: bytes | None = None) -> Settings:
    data = network() if data is None else data
    file = folder / "voice.onnx"
    file.write_bytes(data)
    sha256 = hashlib.sha256(data).hexdigest()
    return Settings(liveness_voice=str(file), liveness_voice_sha256=sha256)


def frame(moment: float, level: int) -> Frame:
    image = np.full((480, 640, 3), level, np.uint8)
    return Frame(image, "door", 0, moment, datetime(2026, 1, 1, tzinfo=UTC))


def said(
    settings: Settings, levels: list[int], verdict: Verdict = Verdict.LIVE, known: Decision = KNOWN
) -> list[Decision]:
    """Return what is said of pictures of such grey levels, four a second."""
    check = LivenessCheck(Told(verdict))
    check.take(settings)
    found = []
    for number, level in enumerate(levels):
        now = frame(0.25 * number, level)
        check.see(now, [("visit", FACE)], ["visit"])
        found.append(check.admit(known, "visit", now))
    return found


def test_a_living_face_is_let_in_once_the_network_was_heard(tmp_path: Path) -> None:
    found = said(noted(tmp_path), [LIVING] * 3)
    assert [d.reason for d in found] == [Reason.CHECKING, Reason.CHECKING, Reason.RECOGNISED]


def test_it_refuses_a_face_that_all_else_lets_in(tmp_path: Path) -> None:
    found = said(noted(tmp_path), [FLAT] * 4)
    assert Outcome.GRANTED not in {d.outcome for d in found}
    assert (found[-1].outcome, found[-1].reason) == (Outcome.DENIED, Reason.NOT_LIVE)


@pytest.mark.parametrize(
    ("verdict", "known"),
    [(Verdict.UNSURE, KNOWN), (Verdict.ATTACK, KNOWN), (Verdict.LIVE, UNKNOWN)],
)
def test_it_lets_nobody_in_whom_something_else_keeps_out(
    tmp_path: Path, verdict: Verdict, known: Decision
) -> None:
    found = said(noted(tmp_path), [LIVING] * 8, verdict, known)
    assert Outcome.GRANTED not in {d.outcome for d in found}


def test_its_answer_follows_what_it_saw_lately(tmp_path: Path) -> None:
    found = said(noted(tmp_path), [FLAT] * 4 + [LIVING] * 12)
    assert found[3].reason is Reason.NOT_LIVE
    assert found[-1].outcome is Outcome.GRANTED


@pytest.mark.parametrize("data", [b"no network", network(numbers=5)])
def test_a_broken_file_lets_nobody_in_until_it_is_mended(tmp_path: Path, data: bytes) -> None:
    broken = noted(tmp_path, data)
    check = LivenessCheck(Told(Verdict.LIVE))
    for _ in range(2):
        with pytest.raises(KnownError, match="liveness network"):
            check.take(broken)
        with pytest.raises(KnownError, match="liveness network"):
            check.see(frame(1.0, LIVING), [("visit", FACE)], ["visit"])
    check.take(noted(tmp_path))
    check.see(frame(1.0, LIVING), [("visit", FACE)], ["visit"])
    with pytest.raises(KnownError):
        check.take(broken)
    check.take(Settings())
    check.see(frame(2.0, LIVING), [("visit", FACE)], ["visit"])
    assert check.admit(KNOWN, "visit", frame(2.0, LIVING)).outcome is Outcome.GRANTED


def test_where_liveness_is_off_a_broken_file_hurts_nobody(tmp_path: Path) -> None:
    check = LivenessCheck(Told(Verdict.LIVE), opens_lock=False)
    check.take(noted(tmp_path, b"no network"))
    check.see(frame(1.0, LIVING), [("visit", FACE)], ["visit"])
    assert check.admit(KNOWN, "visit", frame(1.0, LIVING)) == KNOWN
