"""Values as people read them: times in local form, outcomes, reasons, counts."""

from datetime import date, datetime

from PySide6.QtCore import QDate, QDateTime, QLocale

from faceaccess.core.decisions import Decision, Outcome
from faceaccess.core.locks import LockOutcome
from faceaccess.core.people import Person
from faceaccess.core.reasons import Reason
from faceaccess.gui.translation import language, tr, trn


def _locale() -> QLocale:
    """Return the way of writing dates and numbers that goes with the window's language."""
    chosen, system = QLocale(language()), QLocale.system()
    return system if system.language() == chosen.language() else chosen


def _local(moment: datetime) -> QDateTime:
    return QDateTime.fromSecsSinceEpoch(int(moment.timestamp()))


def moment_words(moment: datetime, now: datetime) -> str:
    """Return a time in local form, with the date before it where that is not today's.

    Args:
        moment: the time to tell, aware.
        now: decides what "today" is, aware.
    """
    local = _local(moment)
    clock = _locale().toString(local.time(), "HH:mm")
    if local.date() == _local(now).date():
        return clock
    return tr("{date}, {time}", date=_day(local.date()), time=clock)


def full_moment_words(moment: datetime) -> str:
    """Return date and time in local form, to the second."""
    local = _local(moment)
    clock = _locale().toString(local.time(), "HH:mm:ss")
    return tr("{date}, {time}", date=_day(local.date()), time=clock)


def day_words(moment: datetime) -> str:
    """Return the date in local form."""
    return _day(_local(moment).date())


def holiday_words(day: date, name: str) -> str:
    """Return a holiday with its day of the week: "Fri, 25 Dec 2026: Christmas"."""
    shown = QDate(day.year, day.month, day.day)
    words = tr("{weekday}, {date}", weekday=_locale().toString(shown, "ddd"), date=_day(shown))
    return tr("{date}: {name}", date=words, name=name) if name else words


def _day(date: QDate) -> str:
    place = _locale()
    if place.language() == QLocale.Language.English:
        # The short English forms differ in the order of day and month; this one cannot be misread.
        return place.toString(date, "d MMM yyyy")
    return place.toString(date, QLocale.FormatType.ShortFormat)


def outcome_words(outcome: Outcome) -> str:
    """Return what the door did, for the record."""
    return {
        Outcome.GRANTED: tr("Let in"),
        Outcome.DENIED: tr("Refused"),
        Outcome.NONE: tr("No decision"),
    }[outcome]


def outcome_icon(outcome: Outcome) -> tuple[str, str]:
    """Return the icon that stands for an outcome, and its token."""
    return {
        Outcome.GRANTED: ("granted", "ok"),
        Outcome.DENIED: ("denied", "danger"),
        Outcome.NONE: ("waiting", "muted"),
    }[outcome]


def reason_words(reason: Reason) -> str:
    """Return why the door decided so, as one reads it afterwards."""
    return {
        Reason.RECOGNISED: tr("Recognised"),
        Reason.NOBODY: tr("Nobody there"),
        Reason.CHECKING: tr("Left before the door was sure"),
        Reason.UNKNOWN: tr("Not known"),
        Reason.AMBIGUOUS: tr("Looked like two people"),
        Reason.INACTIVE: tr("Access is switched off"),
        Reason.NOBODY_ENROLLED: tr("Nobody was enrolled"),
        Reason.TOO_FAR: tr("Too far away"),
        Reason.TOO_CLOSE: tr("Too close"),
        Reason.CUT_OFF: tr("Not wholly in the picture"),
        Reason.TOO_DARK: tr("Too dark"),
        Reason.TOO_BRIGHT: tr("Too bright"),
        Reason.LOW_CONTRAST: tr("The picture was flat"),
        Reason.BLURRED: tr("Moved too much"),
        Reason.TURNED_AWAY: tr("Looked away"),
        Reason.HEAD_TILTED: tr("Head tilted"),
        Reason.CAMERA_LOST: tr("The camera gave no picture"),
        Reason.FAULT: tr("The door had a fault"),
        Reason.LOCKED_DOWN: tr("The door was locked down"),
        Reason.LOCK_FAILED: tr("The lock did not answer"),
        Reason.NOT_THIS_DOOR: tr("No access at this door"),
        Reason.NOT_NOW: tr("No access at this time"),
        Reason.NOT_VALID: tr("Access not begun, or over"),
        Reason.TOO_MANY_TRIES: tr("Too many tries in a row"),
        Reason.PASSED_ALREADY: tr("Inside already"),
        Reason.FACTOR_NEEDED: tr("Without the second factor"),
        Reason.WRONG_FACTOR: tr("The second factor was wrong"),
        Reason.SECOND_PERSON_NEEDED: tr("Without a second person"),
        Reason.ESCORT_NEEDED: tr("Without an escort"),
        Reason.LIVENESS_UNSURE: tr("Not sure that the face is alive"),
        Reason.NOT_LIVE: tr("Looked like a picture of a face"),
        Reason.TURN_LEFT: tr("Left before turning the head to the left"),
        Reason.TURN_RIGHT: tr("Left before turning the head to the right"),
        Reason.LOOK_UP: tr("Left before looking up"),
        Reason.LOOK_DOWN: tr("Left before looking down"),
        Reason.LOOK_STRAIGHT: tr("Left before looking straight ahead"),
        Reason.CHALLENGE_FAILED: tr("Did not turn the head as asked"),
    }[reason]


def lock_words(outcome: LockOutcome) -> str:
    """Return what the lock answered, or "" where none was commanded."""
    return {
        LockOutcome.NONE: "",
        LockOutcome.ACKNOWLEDGED: tr("the lock acknowledged"),
        LockOutcome.FAILED: tr("the lock did not answer"),
    }[outcome]


def who_words(decision: Decision) -> str:
    """Return whom a decision is about."""
    if decision.person is not None:
        return decision.person
    if decision.person_id is not None:
        return tr("Somebody since removed")
    return tr("Somebody not known")


def similarity_words(decision: Decision) -> str:
    """Return the similarity beside what it had to reach, or ""."""
    if decision.similarity is None:
        return ""
    if decision.threshold is None:
        return f"{decision.similarity:.2f}"
    return tr(
        "{similarity} (needs {threshold})",
        similarity=f"{decision.similarity:.2f}",
        threshold=f"{decision.threshold:.2f}",
    )


def breakable(text: str, longest: int = 12) -> str:
    """Return text whose words of more than `longest` characters may be broken where they must."""
    return " ".join(
        "\u200b".join(word[at : at + longest] for at in range(0, len(word), longest)) or word
        for word in text.split(" ")
    )


def people_count(count: int) -> str:
    """Return "1 person", "10,000 people"."""
    return trn("{count} person", "{count} people", count)


def pictures_count(count: int) -> str:
    """Return "1 picture", "3 pictures"."""
    return trn("{count} picture", "{count} pictures", count)


def events_count(count: int) -> str:
    """Return "1 event", "1,000,000 events"."""
    return trn("{count} event", "{count} events", count)


def person_line(person: Person) -> str:
    """Return a person as one line for a screen reader."""
    details = person.details
    parts = [details.name, details.staff_number or "", details.department]
    if not person.samples:
        parts.append(tr("no pictures"))
    if not details.active:
        parts.append(tr("switched off"))
    return ", ".join(filter(None, parts))
