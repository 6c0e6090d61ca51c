"""Days of visits one after the other, each on a data folder of its own that is thrown away."""

import logging
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from faceaccess.core.home import DataHome
from faceaccess.core.progress import Job, Progress
from faceaccess.core.settings import Settings
from faceaccess.pipeline.simulation.day import Day
from faceaccess.pipeline.simulation.referee import Finding
from faceaccess.pipeline.simulation.stage import DrawnStage, MadeUpStage, Stage

Stages = Callable[[int], Stage]
"""Makes what a day's people look like, from the day's seed."""

VISITS_A_DAY = 10_000
"""Most visits of one day; more are spread over several days."""
_TELL_EVERY = 20


@dataclass(eq=False)
class SimulationResult:
    """What the referee counted.

    Attributes:
        visits: played.
        faults: injected.
        openings: how often the bolt moved.
        due: visitors who had to be let in, with nothing in the way.
        attacks: pictures that were held up.
        deceived: openings for a picture that passive liveness took for a living face; no fault of
            the policy, and no wrong opening.
        findings: everything that the door did wrongly, with the day's number.
    """

    visits: int = 0
    faults: int = 0
    openings: int = 0
    due: int = 0
    attacks: int = 0
    deceived: int = 0
    findings: list[tuple[int, Finding]] = field(default_factory=list)

    @property
    def wrong_openings(self) -> int:
        """Openings for nobody who may come in, and lines that say granted without a lock."""
        return self._count("wrong opening", "false granted")

    @property
    def wrong_refusals(self) -> int:
        """People who had to be let in, with nothing in the way, and were not."""
        return self._count("wrong refusal")

    @property
    def events_lost(self) -> int:
        """Events that were told as written and are not there, or that ought to be."""
        return self._count("event lost")

    def _count(self, *kinds: str) -> int:
        return sum(finding.kind in kinds for _, finding in self.findings)


def made_up_stages(seed: int) -> Stage:
    """Return people who are embeddings alone: policy, rules, lock and record are tried."""
    return MadeUpStage(seed)


def drawn_stages() -> Stages:
    """Return drawn people, looked at by the real networks, which are loaded now; slow.

    Raises:
        KnownError: if weights are missing.
    """
    from faceaccess.vision.build import build_analyser

    with tempfile.TemporaryDirectory(prefix="faceaccess-day-") as folder:
        stage = DrawnStage(build_analyser(Settings(), DataHome(Path(folder))))
    return lambda _seed: stage


def simulate(visits: int, seed: int, new_stage: Stages) -> Job[SimulationResult]:
    """Play visits before a door, with faults, and count what it does wrongly.

    The same numbers always give the same visits, faults and findings.

    Args:
        visits: how many, at least 1.
        seed: fixes everything.
        new_stage: makes what a day's people look like.
    """
    result = SimulationResult()
    with _faults_unlogged():
        for number, (count, own_seed) in enumerate(_days(visits, seed)):
            with (
                tempfile.TemporaryDirectory(prefix="faceaccess-day-") as folder,
                closing(Day(Path(folder), new_stage(own_seed), count, own_seed)) as day,
            ):
                for done in day.play():
                    if done % _TELL_EVERY == 0:
                        yield Progress("Playing visits", result.visits + done, visits)
                result.visits += count
                result.faults += day.faults
                result.openings += day.referee.openings
                result.due += day.referee.due
                result.attacks += day.referee.attacks
                result.deceived += day.referee.deceived
                result.findings += [(number, finding) for finding in day.referee.findings]
    return result


def _days(visits: int, seed: int) -> Iterator[tuple[int, int]]:
    for number, begin in enumerate(range(0, visits, VISITS_A_DAY)):
        yield min(VISITS_A_DAY, visits - begin), seed * 10_007 + number


@contextmanager
def _faults_unlogged() -> Iterator[None]:
    """Keep the door's complaints about provoked faults out of the log: there are thousands."""
    logger = logging.getLogger("faceaccess")
    before = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(before)
