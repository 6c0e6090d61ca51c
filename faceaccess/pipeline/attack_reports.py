"""The record of guided attack tests: which camera was tested when, and what came out."""

from collections.abc import Sequence

from faceaccess.core.actors import Actor
from faceaccess.core.attack_tests import AttackReport, Attempt
from faceaccess.core.clock import Clock
from faceaccess.store.protocol import Store


class AttackReports:
    """Keeps and shows reports.

    Args:
        store: where they are kept.
        clock: gives their times.
    """

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def keep(self, camera: str, actor: Actor, attempts: Sequence[Attempt]) -> AttackReport:
        """Make the report of a test, store it, and return it.

        Args:
            camera: name or address of the camera, without a password.
            actor: who tested.
            attempts: in the order in which they were made.
        """
        who = actor.signature
        report = AttackReport(self._clock.now(), camera, who, tuple(attempts))
        with self._store.transaction() as transaction:
            transaction.add_attack_test(report)
        return report

    def all(self, *, limit: int = 20) -> list[AttackReport]:
        """Return reports, newest first."""
        return self._store.attack_tests(limit=limit)
