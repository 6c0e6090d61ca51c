"""Strangers, risks, heads and corrections as the JSON objects of the contract."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from faceaccess.cli.records import Record, event_record, figure, moment
from faceaccess.core.calibrations import Interval, RiskEstimate
from faceaccess.core.decisions import Decision
from faceaccess.core.head_tests import HeadScore, PersonChange
from faceaccess.core.heads import HeadRecord
from faceaccess.core.strangers import Stranger

if TYPE_CHECKING:
    from faceaccess.pipeline.corrections import Corrected
    from faceaccess.pipeline.look_alikes import Pair
    from faceaccess.pipeline.results import Calibration, HeadComparison, RetrainResult, SetAside
    from faceaccess.pipeline.strangers import StrangersAdded
    from faceaccess.pipeline.what_if import Change, Replay


def stranger_record(stranger: Stranger) -> Record:
    """Return a stranger's fields."""
    return {
        "id": stranger.id,
        "label": stranger.label,
        "role": stranger.role.value,
        "pictures": stranger.samples,
        "added_at": moment(stranger.added_at),
    }


def strangers_added_record(result: "StrangersAdded") -> Record:
    """Return the sums of `strangers add`."""
    return {
        "strangers": result.strangers,
        "pictures": result.pictures,
        "rejected": len(result.rejected),
        "seconds": figure(result.seconds),
        "warnings": len(result.warnings),
    }


def calibration_record(calibration: "Calibration") -> Record:
    """Return what was found for a risk."""
    estimate = calibration.estimate
    return {
        **({} if estimate is None else estimate_record(estimate)),
        "test": score_record(calibration.test),
        "set_aside": [set_aside_record(one) for one in calibration.set_aside],
        "applied": calibration.applied,
    }


def estimate_record(estimate: RiskEstimate) -> Record:
    """Return a risk, the threshold for it, and what is known about both."""
    return {
        "risk": share(estimate.risk),
        "threshold": figure(estimate.threshold),
        "fpir": share(estimate.fpir),
        "fpir_interval": _interval(estimate.fpir_interval),
        "fnmr": share(estimate.fnmr),
        "fnmr_interval": _interval(estimate.fnmr_interval),
        "strangers": estimate.strangers,
        "probes": estimate.probes,
        "promise": estimate.promise,
        "text": estimate.text,
        "people": estimate.people,
        "unit": estimate.unit,
        "synthetic": estimate.synthetic,
        "method": estimate.method.value,
    }


def set_aside_record(one: "SetAside") -> Record:
    """Return a stranger who is enrolled."""
    return {
        "stranger": one.stranger_id,
        "label": one.label,
        "person": one.person,
        "person_id": one.person_id,
        "similarity": figure(one.similarity),
    }


def retrain_record(result: "RetrainResult") -> Record:
    """Return the head that was tried, and the verdict on it."""
    head = result.head
    return {
        "head": head.version,
        "people": head.people,
        "samples": head.samples,
        "steps": head.steps,
        "seconds": figure(head.seconds),
        "accepted": result.accepted,
        "verdict": result.verdict,
        "before": None if result.before is None else score_record(result.before),
        "after": None if result.after is None else score_record(result.after),
        "refused_because": result.refused_because,
        "changed_people": [person_change_record(c, result.names) for c in result.changed_people],
        "set_aside": [set_aside_record(one) for one in result.set_aside],
    }


def score_record(score: HeadScore) -> Record:
    """Return one head on a test."""
    return {
        "head": score.version,
        "people": score.people,
        "threshold": figure(score.threshold),
        "strangers": score.strangers,
        "strangers_in": score.strangers_in,
        "probes": score.probes,
        "known": score.known,
        "wrong": score.wrong,
    }


def person_change_record(change: PersonChange, names: Mapping[str, str]) -> Record:
    """Return one person before and after."""
    return {
        "id": change.person_id,
        "name": names.get(change.person_id),
        "probes": change.probes,
        "known_before": change.known_before,
        "known_after": change.known_after,
        "similarity_before": figure(change.similarity_before),
        "similarity_after": figure(change.similarity_after),
    }


def head_record(head: HeadRecord, *, serving: bool) -> Record:
    """Return what is known about a stored head."""
    test = head.test
    return {
        "head": head.version,
        "serving": serving,
        "accepted": head.accepted,
        "pinned": head.pinned,
        "stored": head.stored,
        "created_at": moment(head.created_at),
        "people": head.people,
        "samples": head.samples,
        "steps": head.steps,
        "seconds": figure(head.seconds),
        "embedder": str(head.space),
        "note": head.note,
        "actor": head.actor,
        "estimate": None if head.estimate is None else estimate_record(head.estimate),
        "before": None if test is None or test.before is None else score_record(test.before),
        "after": None if test is None else score_record(test.after),
        "refused_because": None if test is None else test.refused_because,
        "forced_because": None if test is None else test.forced_because,
    }


def comparison_record(compared: "HeadComparison", serving: int | None) -> Record:
    """Return two heads on the same strangers and pictures."""
    test = compared.test
    return {
        "first": head_record(compared.first, serving=compared.first.version == serving),
        "second": head_record(compared.second, serving=compared.second.version == serving),
        "before": None if test.before is None else score_record(test.before),
        "after": score_record(test.after),
        "refused_because": test.refused_because,
        "changed_people": [person_change_record(c, compared.names) for c in test.changed_people],
    }


def corrected_record(result: "Corrected") -> Record:
    """Return what became of a statement on a visit."""
    return {
        "event": result.event.id,
        "effect": result.effect,
        "head": None if result.head is None else result.head.version,
        "decision": None if result.decision is None else decision_record(result.decision),
    }


def decision_record(decision: Decision) -> Record:
    """Return what the door decides, in short."""
    return {
        "outcome": decision.outcome.value,
        "reason_code": decision.reason.value,
        "person": decision.person,
        "person_id": decision.person_id,
        "similarity": figure(decision.similarity),
        "threshold": figure(decision.threshold),
        "head": decision.head,
    }


def pair_record(pair: "Pair") -> Record:
    """Return two people who may be taken for each other."""
    return {
        "a": pair.a.name,
        "b": pair.b.name,
        "similarity": figure(pair.similarity),
        "risk": share(pair.risk),
        "a_id": pair.a.id,
        "b_id": pair.b.id,
        "same_person": pair.same_person,
        "a_number": pair.a.details.staff_number,
        "b_number": pair.b.details.staff_number,
    }


def replay_record(replay: "Replay") -> Record:
    """Return visits that were decided once more."""
    return {
        "events": replay.events,
        "would_let_in": replay.would_let_in,
        "would_keep_out": replay.would_keep_out,
        "changes": [_change_record(change) for change in replay.changes],
        "let_in_before": replay.let_in_before,
        "without_evidence": replay.without_evidence,
        "threshold": figure(replay.rules.threshold),
        "evidence_frames": replay.rules.evidence_frames,
        "head": replay.rules.head,
    }


def _change_record(change: "Change") -> Record:
    event = event_record(change.event)
    return {
        "event": event["id"],
        "time": event["time"],
        "camera": event["camera"],
        "before": decision_record(change.before),
        "after": decision_record(change.after),
    }


def _interval(interval: Interval | None) -> list[float | None] | None:
    return None if interval is None else [share(end) for end in interval]


def share(value: float | None) -> float | None:
    """Return a share that may be very small: six digits that count, wherever they are."""
    return None if value is None else float(f"{value:.6g}")
