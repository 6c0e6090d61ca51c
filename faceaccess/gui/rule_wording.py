"""Access rules in words: one plain sentence a rule, hours in the window's language."""

import re
from collections.abc import Mapping
from datetime import date, datetime

from faceaccess.core.access_rules import AccessRule, Effect, HolidayUse, Passback
from faceaccess.core.decisions import Outcome
from faceaccess.core.weekly_schedules import DAYS, WeeklySchedule
from faceaccess.gui.told import told
from faceaccess.gui.translation import tr
from faceaccess.gui.wording import day_words
from faceaccess.pipeline.rule_book import RuleChange, Tried
from faceaccess.pipeline.rule_text import text_of

_RANGE = re.compile(r"([A-Z][a-z]{2})-([A-Z][a-z]{2})")
_DAY = re.compile(r"daily|[A-Z][a-z]{2}")
_SIGNS = str.maketrans({"–": "-", "—": "-", "：": ":", "，": ",", "、": ",", "；": ";"})  # noqa: RUF001  # as typed on Chinese keyboards


def day_names() -> dict[str, str]:
    """Return how the days of a schedule are called, by their short English names."""
    return {
        "Mon": tr("Mon"),
        "Tue": tr("Tue"),
        "Wed": tr("Wed"),
        "Thu": tr("Thu"),
        "Fri": tr("Fri"),
        "Sat": tr("Sat"),
        "Sun": tr("Sun"),
        "daily": tr("daily"),
    }


def hours_words(schedule: WeeklySchedule) -> str:
    """Return hours as `hours_typed` takes them: "Mon-Fri 08:00-18:00, Sat 09:00-12:00"."""
    names = day_names()
    ranged = _RANGE.sub(
        lambda found: tr("{first}-{last}", first=names[found[1]], last=names[found[2]]),
        schedule.text,
    )
    return _DAY.sub(lambda found: names.get(found[0], found[0]), ranged)


def hours_typed(text: str) -> str:
    """Return typed hours as `weekly_schedules.parse` reads them, whatever language was typed."""
    text = text.translate(_SIGNS)
    for name, word in day_names().items():
        if word != name:
            text = text.replace(word, name)
    joint = tr("{first}-{last}", first="", last="")
    if joint != "-":
        text = text.replace(joint, "-")
    return re.sub(rf"({'|'.join(DAYS)}|daily)(?=[0-9])", r"\1 ", text)


def effect_names() -> dict[str, str]:
    """Return what each effect is called in a choice."""
    return {
        Effect.ALLOW.value: tr("may enter"),
        Effect.DENY.value: tr("may not enter"),
        Effect.SECOND_FACTOR.value: tr("needs a second factor"),
        Effect.TWO_PEOPLE.value: tr("needs a second person"),
        Effect.ESCORT.value: tr("needs an escort"),
    }


def holiday_names() -> dict[str, str]:
    """Return what each use of holidays is called in a choice."""
    return {
        HolidayUse.NOT.value: tr("not on holidays"),
        HolidayUse.ALSO.value: tr("on holidays too"),
        HolidayUse.ONLY.value: tr("on holidays only"),
    }


def passback_names() -> dict[str, str]:
    """Return what each kind of anti-passback is called in a choice."""
    return {
        Passback.OFF.value: tr("does not matter"),
        Passback.SOFT.value: tr("is let in, and it is written down"),
        Passback.HARD.value: tr("is kept out"),
    }


def who_of(rule: AccessRule, names: Mapping[str, str]) -> str:
    """Return whom a rule is about."""
    if rule.person_id is None:
        return tr("Everybody")
    return names.get(rule.person_id) or tr("Somebody since removed")


def sentence(rule: AccessRule, names: Mapping[str, str]) -> str:
    """Return a rule as a sentence: "Li Wei may enter Front door Mon-Fri 08:00-18:00".

    Args:
        rule: the rule.
        names: of people, by id.
    """
    values = {
        "who": who_of(rule, names),
        "door": tr("every door") if rule.door is None else rule.door,
        "hours": tr("at any time") if rule.schedule is None else hours_words(rule.schedule),
    }
    if rule.effect is Effect.ALLOW:
        return tr("{who} may enter {door} {hours}", **values)
    if rule.effect is Effect.DENY:
        return tr("{who} may not enter {door} {hours}", **values)
    if rule.effect is Effect.SECOND_FACTOR:
        return tr("{who} needs a second factor at {door} {hours}", **values)
    if rule.effect is Effect.TWO_PEOPLE:
        return tr("{who} needs a second person at {door} {hours}", **values)
    return tr("{who} needs an escort at {door} {hours}", **values)


def limits(rule: AccessRule, site_zone: str) -> str:
    """Return when else a rule holds: holidays, from, until, whose clock; "" for nothing."""
    text = text_of(rule)
    told = []
    if rule.schedule is not None or rule.on_holidays is not HolidayUse.ALSO:
        told.append(holiday_names()[rule.on_holidays.value])
    if text.valid_from is not None:
        told.append(tr("from {time}", time=_time_words(text.valid_from)))
    if text.valid_until is not None:
        told.append(tr("until {time}", time=_time_words(text.valid_until)))
    if rule.zone != site_zone and (rule.schedule or rule.valid_from or rule.valid_until):
        told.append(tr("by the clock of {zone}", zone=rule.zone))
    return tr(", ").join(told)


def _time_words(text: str) -> str:
    """Return a day, or a day and a time, as `text_of` writes them, in local form."""
    day = date.fromisoformat(text[:10])
    words = day_words(datetime(day.year, day.month, day.day, 12).astimezone())  # made aware
    clock = text[11:16]
    return tr("{date}, {time}", date=words, time=clock) if clock else words


def minute_words(moment: datetime) -> str:
    """Return date and time in local form, to the minute."""
    return tr("{date}, {time}", date=day_words(moment), time=f"{moment.astimezone():%H:%M}")


def answer_words(tried: Tried) -> str:
    """Return what would happen to somebody, as a sentence."""
    values = {"who": tried.person.name, "door": tried.door}
    if tried.admission.outcome is Outcome.GRANTED:
        return tr("{who} would be let in at {door}", **values)
    if tried.admission.outcome is Outcome.DENIED:
        return tr("{who} would be kept out at {door}", **values)
    return tr("{who} would have to wait at {door}", **values)


def effect_words(change: RuleChange) -> str:
    """Return what a change means, in the window's language."""
    sentences: list[str] = change.effect.replace(". ", ".\n").split("\n")
    return " ".join(filter(None, map(told, sentences)))
