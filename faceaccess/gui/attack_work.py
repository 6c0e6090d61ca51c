"""A guided attack test as work for the camera thread."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from faceaccess.core.attack_tests import AttackReport, Attempt, PresentationKind, Variation
from faceaccess.core.clock import Clock
from faceaccess.core.frames import Frame
from faceaccess.gui.camera_thread import Feed
from faceaccess.pipeline.attack_test import AttemptStep


class AttemptsTest(Protocol):
    """What the page uses of an `AttackTest`."""

    def begin(self, kind: PresentationKind, variation: Variation | None = None) -> None: ...  # noqa: D102  # as in attack_test
    def offer(self, frame: Frame) -> AttemptStep: ...  # noqa: D102  # as in attack_test
    def drop(self) -> None: ...  # noqa: D102  # as in attack_test
    def close(self) -> None: ...  # noqa: D102  # as in attack_test


@dataclass(frozen=True)
class AttackUses:
    """What the page of the attack test needs.

    Attributes:
        open_feed: opens a subscription to the window's camera, which Live shares.
        new_test: makes a test; slow the first time.
        report: makes a report out of attempts, stores it, and returns it.
        reports: returns earlier reports, newest first.
        clock: the program's clock.
    """

    open_feed: Callable[[], Feed]
    new_test: Callable[[], AttemptsTest]
    report: Callable[[Sequence[Attempt]], AttackReport]
    reports: Callable[[], Sequence[AttackReport]]
    clock: Clock


@dataclass(frozen=True)
class Attempted:
    """What the camera thread hands over.

    Attributes:
        step: of the attempt at hand, or None between two.
        ended: all attempts that this work has brought to their end: frames in between are dropped
            where the window is slow, outcomes must not be.
    """

    step: AttemptStep | None
    ended: tuple[Attempt, ...] = ()


class AttackWork:
    """One test as work for the camera thread: `ask` is called by the window, the rest by it.

    Args:
        test: the attempts.
    """

    def __init__(self, test: AttemptsTest) -> None:
        self._test = test
        self._guard = threading.Lock()
        self._asked: tuple[PresentationKind, Variation] | None = None
        self._dropped = False
        self._active = False
        self._ended: tuple[Attempt, ...] = ()

    def ask(self, kind: PresentationKind, variation: Variation) -> None:
        """Begin an attempt with the next frame, in place of one that is going on."""
        with self._guard:
            self._asked, self._dropped = (kind, variation), False

    def drop(self) -> None:
        """End the attempt at hand without counting it."""
        with self._guard:
            self._asked, self._dropped = None, True

    def process(self, frame: Frame) -> Attempted:
        """Return the step that the frame brought to the attempt at hand, if there is one."""
        with self._guard:
            asked, dropped = self._asked, self._dropped
            self._asked, self._dropped = None, False
        if dropped or asked is not None:
            self._test.drop()
            self._active = False
        if asked is not None:
            self._test.begin(*asked)
            self._active = True
        if not self._active:
            return Attempted(None, self._ended)
        step = self._test.offer(frame)
        if step.attempt is not None:
            self._ended += (step.attempt,)
            self._active = False
        return Attempted(step, self._ended)

    def close(self) -> None:
        """Give the networks back."""
        self._test.close()
