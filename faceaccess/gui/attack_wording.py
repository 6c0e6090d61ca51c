"""An attack test as people read it."""

from faceaccess.core.attack_tests import (
    INSTRUCTIONS,
    KIND_NAMES,
    NOT_COVERED,
    PREPARE,
    AttemptOutcome,
    KindFigures,
    PresentationKind,
    Variation,
)
from faceaccess.gui.translation import tr


def kind_words(kind: PresentationKind) -> str:
    """Return what a kind of presentation is called."""
    return tr(KIND_NAMES[kind])


def prepare_words(kind: PresentationKind) -> str:
    """Return what to have at hand for a kind."""
    return tr(PREPARE[kind])


def instruction_words(kind: PresentationKind, variation: Variation) -> str:
    """Return what to do in an attempt."""
    return tr(INSTRUCTIONS[kind, variation])


def not_covered_words() -> str:
    """Return what no such test can show, a line each."""
    return "\n".join(tr(sentence) for sentence in NOT_COVERED)


def attempt_words(kind: PresentationKind, outcome: AttemptOutcome, *, recognised: bool) -> str:
    """Return how an attempt ended, one sentence."""
    if outcome is AttemptOutcome.LET_IN and kind.is_attack:
        if recognised:
            return tr("The door would have opened for this.")
        return tr("Taken for a living person; the face was not recognised as anybody enrolled.")
    return {
        AttemptOutcome.LET_IN: tr("Taken for a living person, as it should be."),
        AttemptOutcome.REFUSED: tr("Refused as a picture: well done, door.")
        if kind.is_attack
        else tr("A living person was refused as a picture."),
        AttemptOutcome.UNSURE: tr("Not let in: liveness stayed unsure."),
        AttemptOutcome.NO_FACE: tr("No face was found: this attempt is not counted."),
    }[outcome]


def share_words(figures: KindFigures) -> str:
    """Return how many were decided wrongly, with the count behind it."""
    if figures.interval is None:
        return tr("nothing counted")
    return tr("{wrong} of {counted}", wrong=figures.wrong, counted=figures.counted)


def interval_words(figures: KindFigures) -> str:
    """Return between which shares the true one lies, 95 of 100 times."""
    if figures.interval is None:
        return ""
    low, high = figures.interval
    return tr("{low} to {high} %", low=f"{100 * low:.0f}", high=f"{100 * high:.0f}")
