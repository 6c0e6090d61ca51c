"""Hears a network of the user's about the faces before one camera: it can refuse, never admit."""

from collections import deque
from collections.abc import Collection, Sequence

from faceaccess.core.faces import Face
from faceaccess.core.frames import Frame
from faceaccess.vision.liveness.voice import LivenessNetwork

EVERY = 0.2
"""Seconds between two pictures that the network is asked about."""
LATELY = 2.5
"""Seconds for which an answer counts."""
LEAST_HEARD = 3
"""Answers without which nobody is let in."""
ALIVE = 0.5
"""Mean answer below which a face is refused."""


class HeardVoice:
    """What a network says of the face in front. Used by one thread.

    Args:
        file: whole path of the ONNX file.
        sha256: of the file, 64 hexadecimal digits.

    Raises:
        KnownError: if the file cannot be read, is another one, or is no such network.
    """

    def __init__(self, file: str, sha256: str) -> None:
        self._network = LivenessNetwork(file, sha256)
        self._of = (file, sha256)
        self._said: dict[str, deque[tuple[float, float]]] = {}
        self._asked = float("-inf")

    def is_of(self, file: str, sha256: str) -> bool:
        """Whether this is the network of a file."""
        return self._of == (file, sha256)

    def see(self, frame: Frame, faces: Sequence[tuple[str, Face]]) -> None:
        """Ask about the largest face of a frame.

        Raises:
            KnownError: if the network gives no usable answer.
        """
        if not faces or 0 <= frame.moment - self._asked < EVERY:
            return
        self._asked = frame.moment
        visit, face = faces[0]
        answer = self._network.share_alive(frame.image, face.box)
        self._said.setdefault(visit, deque(maxlen=50)).append((frame.moment, answer))

    def keep(self, followed: Collection[str]) -> None:
        """Forget all visits but these."""
        for visit in self._said.keys() - set(followed):
            del self._said[visit]

    def rename(self, former: str, visit: str) -> None:
        """Let a visit go on under another id."""
        if former in self._said:
            self._said[visit] = self._said.pop(former)

    def heard(self, visit: str, moment: float) -> bool:
        """Whether the network was asked about a visit often enough lately."""
        return len(self._lately(visit, moment)) >= LEAST_HEARD

    def refuses(self, visit: str, moment: float) -> bool:
        """Whether the network takes a visit's face for a picture."""
        lately = self._lately(visit, moment)
        return len(lately) >= LEAST_HEARD and not sum(lately) / len(lately) >= ALIVE

    def _lately(self, visit: str, moment: float) -> list[float]:
        said = self._said.get(visit, ())
        return [answer for at, answer in said if 0 <= moment - at <= LATELY]
