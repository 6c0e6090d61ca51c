"""Passive liveness of the simulated days: its answers are given, not measured.

Drawn pictures do not move, so what real measuring says of them is tried elsewhere
(`bench/liveness.py`). Here it is tried what a door makes of the answers, the wrong ones included.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from faceaccess.core.faces import Face
from faceaccess.core.frames import Frame
from faceaccess.core.liveness import UNSURE, Liveness, Verdict
from faceaccess.pipeline.simulation.script import Seems
from faceaccess.pipeline.simulation.stage import Seen, Stage

LOOKS = 3
"""Frames that must seem alive, one after the other, before a face is."""
ATTACK_LOOKS = 2
"""Frames that must seem a picture before it is one, for the rest of the visit."""


@dataclass(eq=False)
class _Track:
    """What was seen of one face that is followed from the moment `began`."""

    began: float
    newest: list[Seems] = field(default_factory=list)
    attacks: int = 0


class GivenLiveness:
    """Says of each face what the script says that passive liveness would.

    Args:
        stage: tells which of two faces is in front.
    """

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._present: tuple[Seen, ...] = ()
        self._tracks: dict[str, _Track] = {}

    def shown(self, present: tuple[Seen, ...]) -> None:
        """Take who is in the next frame."""
        self._present = present

    def see(self, frame: Frame, faces: Sequence[tuple[str, Face]]) -> None:
        """As `PassiveLiveness.see`."""
        for name, face in faces:
            near = self._stage.is_near(face.box)
            seen = next((one for one in self._present if one.near == near), None)
            track = self._tracks.setdefault(name, _Track(frame.moment))
            seems: Seems = "unsure" if seen is None else seen.seems
            track.newest = [*track.newest, seems][-LOOKS:]
            track.attacks += seems == "attack"

    def keep(self, names: Collection[str]) -> None:
        """As `PassiveLiveness.keep`."""
        for name in self._tracks.keys() - set(names):
            del self._tracks[name]

    def rename(self, former: str, name: str) -> None:
        """As `PassiveLiveness.rename`."""
        if former in self._tracks:
            self._tracks[name] = self._tracks.pop(former)

    def answer(self, name: str, now: float) -> Liveness:  # noqa: ARG002  # as `PassiveLiveness`
        """As `PassiveLiveness.answer`."""
        track = self._tracks.get(name)
        if track is None:
            return UNSURE
        if track.attacks >= ATTACK_LOOKS:
            return Liveness(Verdict.ATTACK, -0.9)
        alive = len(track.newest) == LOOKS and set(track.newest) == {"live"}
        return Liveness(Verdict.LIVE, 0.9) if alive else UNSURE

    def seconds(self, name: str, now: float) -> float:
        """As `PassiveLiveness.seconds`."""
        track = self._tracks.get(name)
        return 0.0 if track is None else now - track.began
