"""Risks, thresholds and tests of heads as people read them, made from the figures.

The use cases say the same in English for the command line; here every sentence is translated whole.
"""

import math
from collections.abc import Iterable, Mapping

from faceaccess.core.calibrations import Interval, Method, RiskEstimate, Unit
from faceaccess.core.head_tests import HeadTest, PersonChange
from faceaccess.core.strangers import CALIBRATION_SHARE, Role
from faceaccess.gui.told import told
from faceaccess.gui.translation import tr, trn
from faceaccess.learn.calibration import strangers_to_promise
from faceaccess.learn.det import ThresholdMeaning

_NAMED = 3
"""People named in a verdict before the rest is counted."""
LOST_SURENESS = 0.005
"""Change of a mean similarity that is worth a word."""


def share_words(share: float) -> str:
    """Return a share as people say it: "1 in 400", "35 in 100", "none"."""
    if share <= 0.0:
        return tr("none")
    if share > 0.2:
        return tr("{count} in 100", count=round(100 * share))
    return tr("1 in {count}", count=f"{round(1 / share):,}")


def risk_text(risk: float) -> str:
    """Return a risk as one writes it into a field: "1/400", or a share where that is no such."""
    whole = round(1 / risk)
    return f"1/{whole}" if abs(risk * whole - 1) < 1e-6 else f"{risk:g}"


def between_words(interval: Interval) -> str:
    """Return an interval of shares: "1 in 3,000 to 1 in 410"."""
    return tr("{low} to {high}", low=share_words(interval[0]), high=share_words(interval[1]))


def meaning_words(meaning: ThresholdMeaning, strangers: int, unit: Unit = "picture") -> str:
    """Return what a threshold does, as one sentence.

    Args:
        meaning: what was counted.
        strangers: how many were tried.
        unit: what one of their attempts is.
    """
    return " ".join((_strangers_words(meaning, strangers, unit), _colleagues_words(meaning.fnmr)))


def _strangers_words(meaning: ThresholdMeaning, strangers: int, unit: Unit) -> str:
    share = share_words(meaning.fpir)
    if meaning.fpir <= 0.0:
        return tr(
            "None of {strangers} strangers is let in (surely fewer than {share}).",
            strangers=f"{strangers:,}",
            share=share_words(meaning.fpir_interval[1]),
        )
    if unit == "visit":
        return tr("{share} strangers is let in at a visit.", share=share)
    return tr("{share} strangers is let in.", share=share)


def _colleagues_words(fnmr: float | None) -> str:
    if fnmr is None:
        return tr("Nobody has two pictures, so it is not known who is asked to try again.")
    if fnmr >= 0.995:
        return tr("Every colleague is asked to try again.")
    if fnmr <= 0.0:
        return tr("No colleague is asked to try again.")
    return tr("{share} colleagues is asked to try again.", share=share_words(fnmr))


def meaning_details(meaning: ThresholdMeaning, strangers: int, probes: int) -> str:
    """Return the intervals behind `meaning_words`, and what they were counted on."""
    counted = tr(
        "{strangers} strangers, 95 %: {interval}.",
        strangers=f"{strangers:,}",
        interval=between_words(meaning.fpir_interval),
    )
    if meaning.fnmr_interval is None:
        return counted
    own = tr(
        "{probes} pictures of colleagues held out, 95 %: {interval}.",
        probes=f"{probes:,}",
        interval=between_words(meaning.fnmr_interval),
    )
    return f"{counted} {own}"


def promise_words(estimate: RiskEstimate) -> str:
    """Return whether a stated risk can be kept, as one sentence."""
    risk = share_words(estimate.risk)
    if estimate.promise:
        if estimate.unit == "visit":
            return tr(
                "At most {risk} strangers gets in at a visit, with 95 % confidence.", risk=risk
            )
        return tr("At most {risk} strangers gets in, with 95 % confidence.", risk=risk)
    have = 0 if estimate.synthetic else estimate.strangers
    missing = max(1, strangers_to_promise(estimate.risk) - have)
    return tr(
        "Cannot promise {risk}: add about {count} strangers, of whom a half finds the threshold.",
        risk=risk,
        count=f"{math.ceil(100 * missing / CALIBRATION_SHARE):,}",
    )


def estimate_words(estimate: RiskEstimate) -> str:
    """Return what a threshold found for a risk stands on."""
    threshold, count = f"{estimate.threshold:.3f}", f"{estimate.strangers:,}"
    if estimate.synthetic:
        stands = tr(
            "Threshold {threshold}, found on {count} strangers drawn by the program: weaker than "
            "real ones.",
            threshold=threshold,
            count=count,
        )
    else:
        stands = tr(
            "Threshold {threshold}, found on {count} strangers of this site.",
            threshold=threshold,
            count=count,
        )
    how = (
        tr("They were counted: {share} gets in (95 %: {interval}).")
        if estimate.method is Method.COUNTED
        else tr("A fitted tail says that {share} gets in (95 %: {interval}).")
    ).format(share=share_words(estimate.fpir), interval=between_words(estimate.fpir_interval))
    holds = trn(
        "It holds for {count} person enrolled and is looked at again when that changes.",
        "It holds for {count} people enrolled and is looked at again when that changes.",
        estimate.people,
    )
    unit = (
        tr("It is counted per visit, by the door's own rule.")
        if estimate.unit == "visit"
        else tr("It is counted per picture; a visit, of which several must agree, is safer.")
    )
    return f"{stands} {how} {holds} {unit}"


def role_words(role: Role) -> str:
    """Return what a stranger is used for."""
    return {
        Role.NEGATIVE: tr("for training"),
        Role.CALIBRATION: tr("for the threshold"),
        Role.TEST: tr("for the test"),
    }[role]


# Tests of heads.


def lost(changes: Iterable[PersonChange]) -> list[PersonChange]:
    """Return those of whom a picture that was known before is not known any more."""
    return [c for c in changes if c.known_before is not None and c.known_after < c.known_before]


def names_words(person_ids: Iterable[str], names: Mapping[str, str]) -> str:
    """Return people by name, the first few of many."""
    told = [names.get(one, tr("Somebody since removed")) for one in person_ids]
    shown = ", ".join(told[:_NAMED])
    if len(told) <= _NAMED:
        return shown
    return tr("{names} and {count} more", names=shown, count=f"{len(told) - _NAMED:,}")


def verdict_words(test: HeadTest, names: Mapping[str, str]) -> str:
    """Return what a head's test found, as one sentence.

    Args:
        test: what was found.
        names: of people by id.
    """
    if test.forced_because is not None:
        return tr("In service against the test: {reason}", reason=test.forced_because)
    if test.refused_because is not None:
        found = _refusal(test, names)
        return found or tr("Refused: {reason}", reason=told(test.refused_because))
    if test.before is None:
        return tr("In service: the first head.")
    gained = [
        change
        for change in test.changed_people
        if change.similarity_before is not None
        and change.similarity_after is not None
        and change.similarity_after > change.similarity_before + LOST_SURENESS
    ]
    if gained:
        return trn(
            "In service: nobody is lost, no more strangers get in, {count} person is known more "
            "surely.",
            "In service: nobody is lost, no more strangers get in, {count} people are known more "
            "surely.",
            len(gained),
        )
    return tr("In service: nobody is lost, and no more strangers get in.")


def _refusal(test: HeadTest, names: Mapping[str, str]) -> str:
    """Return why a head was refused where its figures show it, else ""."""
    before, after = test.before, test.after
    if before is not None and after.strangers_in > before.strangers_in:
        return tr(
            "Refused: it lets in {after} of {strangers} strangers of the test, the one in service "
            "{before}.",
            after=f"{after.strangers_in:,}",
            strangers=f"{after.strangers:,}",
            before=f"{before.strangers_in:,}",
        )
    gone = lost(test.changed_people)
    if gone:
        return tr(
            "Refused: it loses {names}.", names=names_words((c.person_id for c in gone), names)
        )
    return ""


def change_words(change: PersonChange) -> tuple[str, str]:
    """Return what became of one person, and its tone ("ok", "danger", "warn", "none")."""
    if change.known_before is None:
        return tr("new"), "none"
    if change.known_after < change.known_before:
        return tr("lost"), "danger"
    if change.known_after > change.known_before:
        return tr("gained"), "ok"
    before, after = change.similarity_before, change.similarity_after
    if before is None or after is None or abs(after - before) <= LOST_SURENESS:
        return tr("the same"), "none"
    return (tr("surer"), "ok") if after > before else (tr("less sure"), "warn")
