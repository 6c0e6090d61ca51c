"""Long work as a generator: it yields `Progress` and returns its result.

A use case is a `Job[T]`. The command line and the window's worker drive it the same way, with
`run`. Closing the generator cancels it: the use case's transaction is rolled back by its own
`with` blocks, so a cancelled job leaves nothing behind.
"""

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias, TypeVar

from faceaccess.core.errors import FaceAccessError


@dataclass(frozen=True)
class Progress:
    """How far a job is.

    Attributes:
        stage: what is being done, a short plain-English phrase ("Reading pictures").
        done: units finished in this stage, 0 <= done <= total.
        total: units in this stage; 0 where it is not known.
        text: what is at hand, for example a file's name; may be empty.
        figures: measured values by name ("loss", "gradient_norm", "step_length", "step").
    """

    stage: str
    done: int = 0
    total: int = 0
    text: str = ""
    figures: Mapping[str, float] = field(default_factory=dict)


T = TypeVar("T")
Job: TypeAlias = Generator[Progress, None, T]
"""Work that yields `Progress` and returns a `T`."""


class CancelledError(FaceAccessError):
    """Raised by `run` when its caller asked for an end; nothing of the job was kept."""


def run(
    job: Job[T],
    on_progress: Callable[[Progress], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> T:
    """Drive a job to its end and return its result.

    Raises:
        CancelledError: if `cancelled()` became true between two steps; the job was closed first.
    """
    try:
        while True:
            if cancelled is not None and cancelled():
                raise CancelledError("cancelled")
            progress = next(job)
            if on_progress is not None:
                on_progress(progress)
    except StopIteration as stop:
        result: T = stop.value
        return result
    finally:
        job.close()
