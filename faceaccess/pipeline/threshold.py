"""Which threshold the door asks for: by hand, for the stated risk, or the embedder's own."""

from collections.abc import Callable

from faceaccess.core.calibrations import RiskEstimate
from faceaccess.core.heads import HeadRecord
from faceaccess.core.settings import Settings


def threshold_in_force(
    settings: Settings, record: HeadRecord | None, default: Callable[[], float]
) -> float:
    """Return the similarity that a match must reach.

    Args:
        settings: in force.
        record: of the serving head, or None before the first.
        default: gives the embedder's measured threshold; asked only where it is needed.

    Raises:
        KnownError: from `default`, where nothing was measured for the embedder.
    """
    return threshold_for(settings, None if record is None else record.estimate, default)


def threshold_for(
    settings: Settings, estimate: RiskEstimate | None, default: Callable[[], float]
) -> float:
    """Return the threshold that the door would ask for with a head of this estimate.

    One set by hand goes before all. With a risk stated it is what was found for that risk; where
    the estimate is of another risk (a head from before), the greater of that and the embedder's,
    so that a change in the settings alone never opens the door further than either.

    Raises:
        KnownError: from `default`.
    """
    if settings.threshold is not None:
        return settings.threshold
    if settings.risk is None or estimate is None:
        return default()
    if estimate.risk == settings.risk:
        return estimate.threshold
    return max(estimate.threshold, default())
