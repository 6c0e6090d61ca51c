"""The upper tail of strangers' scores, beyond what can be counted.

Generalised Pareto distributions (Pickands 1975) of the scores above a start, fitted by
probability-weighted moments (Hosking and Wallis 1987) to bootstrap samples.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

TAIL_SHARE = 0.35
"""Share of the scores, the highest, that the tail is fitted to."""
LEAST_SHAPE, MOST_SHAPE = -0.1, 0.25
"""Range of the tail's shape. A shape below zero ends at a score that no stranger can pass, which a
few dozen strangers cannot show; so it is kept near zero, where tails are longer."""
LEAST_EXCEEDANCES = 12
"""Scores that a tail is fitted to at least."""
_NEARLY_ZERO = 1e-6


def tail_size(strangers: int) -> int:
    """Return how many of the highest scores are fitted."""
    return max(LEAST_EXCEEDANCES, int(TAIL_SHARE * strangers))


@dataclass(frozen=True, eq=False)
class Tails:
    """One tail for each bootstrap sample.

    Attributes:
        start: (rounds,) score above which the tail lies.
        scale, shape: (rounds,) its sigma and xi.
        share: of all scores that lie above `start`.
    """

    start: NDArray[np.float64]
    scale: NDArray[np.float64]
    shape: NDArray[np.float64]
    share: float

    @classmethod
    def bootstrapped(cls, scores: NDArray[np.float64], share: float, seed: int) -> "Tails":
        """Fit tails to bootstrap samples.

        Args:
            scores: (n,) finite, n > `tail_size(n)`.
            share: of all attempts that have these scores; the others count as below.
            seed: of the draws.
        """
        n, top = len(scores), tail_size(len(scores))
        rounds = int(np.clip(1_500_000 // n, 300, 1000))
        drawn = scores[np.random.default_rng(seed).integers(0, n, (rounds, n))]
        return cls.fitted(np.sort(drawn, axis=1)[:, ::-1][:, : top + 1], share * top / n)

    @classmethod
    def fitted(cls, highest: NDArray[np.float64], share: float) -> "Tails":
        """Fit tails to (rounds, top + 1) scores, highest first; the last one is the start.

        Probability-weighted moments: with b0 the mean excess and a1 that weighted by the share of
        excesses above, shape = 2 - b0 / (b0 - 2 a1). With the shape limited, the scale follows from
        the mean, scale / (1 - shape).
        """
        start = highest[:, -1]
        excess = highest[:, :-1] - start[:, None]
        top = excess.shape[1]
        above = np.arange(top) / (top - 1)  # the share of excesses that are greater
        b0 = np.maximum(excess.mean(axis=1), 1e-9)
        a1 = (above * excess).mean(axis=1)
        shape = 2.0 - b0 / np.maximum(b0 - 2.0 * a1, 1e-12)
        shape = np.clip(shape, LEAST_SHAPE, MOST_SHAPE)
        return cls(start, b0 * (1.0 - shape), shape, share)

    def threshold_for(self, risk: float) -> NDArray[np.float64]:
        """Return the score that a share `risk` of strangers reaches, by each tail."""
        ratio = min(risk / self.share, 1.0)
        safe = self._shape_not_zero
        return self.start + self.scale * (ratio ** (-safe) - 1.0) / safe

    def share_over(self, threshold: float) -> NDArray[np.float64]:
        """Return the share of strangers that reaches a threshold, by each tail."""
        safe = self._shape_not_zero
        inside = np.maximum(1.0 + safe * (threshold - self.start) / self.scale, 0.0)
        with np.errstate(divide="ignore"):
            over = self.share * inside ** (-1.0 / safe)
        return np.where(threshold <= self.start, self.share, np.where(inside > 0.0, over, 0.0))

    @property
    def _shape_not_zero(self) -> NDArray[np.float64]:
        return np.where(np.abs(self.shape) < _NEARLY_ZERO, _NEARLY_ZERO, self.shape)
