"""From "at most 1 stranger in N" to the threshold of the head that serves."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace

from faceaccess.core.actors import Actor
from faceaccess.core.calibrations import RiskEstimate, checked_risk, one_in
from faceaccess.core.errors import KnownError
from faceaccess.core.heads import HeadRecord
from faceaccess.core.progress import Job, Progress
from faceaccess.core.settings import Settings
from faceaccess.learn.calibration import LEAST_STRANGERS
from faceaccess.learn.det import det_curve
from faceaccess.pipeline.head_gate import HeadGate
from faceaccess.pipeline.results import Calibration
from faceaccess.pipeline.serving import Serving, at_one_revision
from faceaccess.store.protocol import Store, Transaction

_log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class _Measured:
    record: HeadRecord
    gate: HeadGate
    estimate: RiskEstimate | None


class Calibrating:
    """Finds thresholds for the serving head, and states the risk.

    Loads no network: strangers and enrolled pictures are stored as embeddings.

    Args:
        store: people, strangers and heads.
        settings: gives the settings in force.
        serving: measures heads.
    """

    def __init__(self, store: Store, settings: Callable[[], Settings], serving: Serving) -> None:
        self._store, self._settings, self._serving = store, settings, serving

    def estimate(self, risk: float) -> Job[Calibration]:
        """Return what a risk asks of the serving head; nothing is stored.

        Raises:
            KnownError: if the risk cannot be asked for, nobody is enrolled, or there are too few
                strangers and a single person from whom none can be drawn.
        """
        checked_risk(risk)
        yield Progress("Scoring strangers")
        measured = self._measured(risk)
        yield Progress("Drawing the curve")
        return self._told(measured, applied=False)

    def apply(self, actor: Actor, risk: float) -> Job[Calibration]:
        """State the risk: the serving head's threshold is found for it, and that of every later
        head before it serves. A threshold that was set by hand is cleared.

        Raises:
            KnownError: as `estimate`, or if the store cannot be written. Nothing is changed then.
        """
        checked_risk(risk)
        yield Progress("Scoring strangers")
        made = at_one_revision(
            self._store,
            lambda: self._measured(risk),
            lambda transaction, measured: _stated(transaction, measured, risk),
        )
        _log.info("%s (%s) stated a risk of %s", actor.name, actor.way, one_in(risk))
        yield Progress("Drawing the curve")
        return self._told(made, applied=True)

    def curve(self) -> Job[Calibration]:
        """Return what thresholds do, about the one in force; `estimate` is of the stated risk.

        Raises:
            KnownError: as `estimate`.
        """
        yield Progress("Scoring strangers")
        measured = self._measured(None)
        yield Progress("Drawing the curve")
        return self._told(measured, applied=self._settings().risk is not None)

    def renew(self) -> Job[Calibration | None]:
        """Find the stated risk's threshold anew for the strangers of today; None where no risk is
        stated or nobody is enrolled. Meant for after strangers were added or removed.

        Raises:
            KnownError: as `apply`.
        """
        serving = self._store.serving_head()
        if self._settings().risk is None or serving is None or not serving[1].person_ids:
            return None
        yield Progress("Scoring strangers")
        made = at_one_revision(self._store, lambda: self._measured(None), _recalibrated)
        return self._told(made, applied=True)

    def _measured(self, risk: float | None) -> _Measured:
        serving = self._store.serving_head()
        if serving is None or not serving[1].person_ids:
            raise KnownError("Nobody is enrolled yet.", "Enrol the first person.")
        record, head = serving
        settings = self._settings()
        if risk is not None:
            settings = settings.model_copy(update={"risk": risk, "threshold": None})
        data = self._store.training_set(head.space)
        ground = self._serving.ground(data, head.space, record, settings=settings)
        gate = HeadGate(ground, head, version=record.version)
        if len(gate.base.calibration.scores) < LEAST_STRANGERS:
            raise KnownError(
                "A single enrolled person and too few strangers say nothing about a threshold.",
                f"Add pictures of at least {2 * LEAST_STRANGERS} people who are not enrolled, or "
                "enrol more people.",
            )
        return _Measured(record, gate, gate.base.estimate)

    def _told(self, measured: _Measured, *, applied: bool) -> Calibration:
        gate, base = measured.gate, measured.gate.base
        own = base.examined.own
        return Calibration(
            estimate=measured.estimate,
            threshold=base.examined.threshold,
            curve=det_curve(base.calibration, own.held_out),
            strangers=base.calibration,
            held_out=own.held_out,
            unit=gate.parts.unit,
            synthetic=gate.parts.drawn,
            test=base.examined.score,
            set_aside=self._serving.told(gate.set_aside),
            applied=applied,
        )


def _recalibrated(transaction: Transaction, measured: _Measured) -> _Measured:
    record = transaction.recalibrate_head(measured.record.version, measured.estimate)
    return replace(measured, record=record)


def _stated(transaction: Transaction, measured: _Measured, risk: float) -> _Measured:
    transaction.put_settings({"risk": risk, "threshold": None})
    return _recalibrated(transaction, measured)
