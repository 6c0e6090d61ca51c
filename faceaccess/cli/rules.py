"""`faceaccess rules`: who may pass which door when."""

from pathlib import Path

import click

from faceaccess.cli import output
from faceaccess.cli.options import State, common, examples, pass_state
from faceaccess.cli.people import find_person
from faceaccess.cli.rule_records import holiday_record, plan_record, rule_record, tried_record
from faceaccess.core.access_rules import AccessRule, DoorPlan, Effect, HolidayUse, Passback
from faceaccess.core.counting import counted
from faceaccess.core.decisions import Outcome

_OUTCOMES = {
    Outcome.GRANTED: "would be let in",
    Outcome.DENIED: "would be kept out",
    Outcome.NONE: "would have to wait",
}


@click.group()
@common
def rules() -> None:
    """Say who may pass which door when.

    Whoever has no rule that allows may pass every door at any time while active.
    """


@rules.command("list", epilog=examples('faceaccess rules list --door "Front door"'))
@common
@click.option("--person", metavar="ID", help="Only what concerns this person: id or staff number.")
@click.option("--door", metavar="NAME", help="Only what concerns this door.")
@pass_state
def list_rules(state: State, person: str | None, door: str | None) -> None:
    """List all rules, the oldest first."""
    person_id = None if person is None else find_person(state, person).id
    found = [
        rule
        for rule in state.app.rules.policy().rules
        if (person_id is None or rule.person_id in (None, person_id))
        and (door is None or rule.door in (None, door.strip()))
    ]
    names = {one.id: one.name for one in state.app.directory.list()}
    if state.json:
        for rule in found:
            output.json_line(rule_record(rule, names.get(rule.person_id or "")))
    elif found:
        output.table(
            ("Rule", "Who", "Door", "Hours", "Holidays", "From", "Until", "Zone", "Note", "ID"),
            [_row(rule, names.get(rule.person_id or "")) for rule in found],
        )
    else:
        output.say("There is no such rule: everybody who is active may pass.")


@rules.command(
    epilog=examples(
        'faceaccess rules add allow --everybody --hours "Mon-Fri 07:00-19:00"',
        'faceaccess rules add allow --person 1042 --door "Front door" --until 2026-12-31',
        'faceaccess rules add deny --everybody --door Store --hours "Sun 00:00-24:00"',
        "faceaccess rules add escort --person V-17",
    )
)
@common
@click.argument("effect", metavar="EFFECT", type=click.Choice([one.value for one in Effect]))
@click.option("--person", metavar="ID", help="Whom it is about: id or staff number.")
@click.option("--everybody", is_flag=True, help="It is about everybody.")
@click.option("--door", metavar="NAME", help="Which door it is about; else every door.")
@click.option("--hours", metavar="HOURS", help='As "Mon-Fri 08:00-18:00, Sat 09:00-12:00".')
@click.option(
    "--holidays",
    type=click.Choice([one.value for one in HolidayUse]),
    help="Whether it holds on holidays: not, also, only. Usual: hours that allow do not.",
)
@click.option("--from", "valid_from", metavar="TIME", help="From when it holds.")
@click.option("--until", "valid_until", metavar="TIME", help="Its last day, or when it ends.")
@click.option("--zone", metavar="ZONE", help="Whose clock counts; else this computer's.")
@click.option("--note", metavar="TEXT", default="", help="Anything worth knowing.")
@pass_state
def add(  # noqa: PLR0913, PLR0917 - click passes one argument an option
    state: State,
    effect: str,
    person: str | None,
    everybody: bool,  # noqa: FBT001 - click passes it by name
    door: str | None,
    hours: str | None,
    holidays: str | None,
    valid_from: str | None,
    valid_until: str | None,
    zone: str | None,
    note: str,
) -> None:
    """Add a rule; running doors keep to it from their next decision on.

    EFFECT is what the rule does where it holds: allow; deny, which wins over all that allow;
    second-factor, two-people and escort ask for something besides the face.
    """
    from faceaccess.pipeline.rule_text import RuleText

    if everybody == (person is not None):
        raise click.UsageError("Give one of --person ID and --everybody.")
    text = RuleText(
        effect=Effect(effect),
        person_id=None if person is None else find_person(state, person).id,
        door=door,
        hours=hours,
        on_holidays=None if holidays is None else HolidayUse(holidays),
        valid_from=valid_from,
        valid_until=valid_until,
        zone=zone,
        note=note,
    )
    change = state.app.rules.add(state.actor, text)
    name = None if person is None else state.app.directory.show(change.rule.person_id or "").name
    if state.json:
        output.json_line({**rule_record(change.rule, name), "text": change.effect})
        return
    output.answer(f"The rule is in force: {_sentence(change.rule, name)}")
    if change.effect:
        output.answer(change.effect)
    output.answer(f"ID: {change.rule.id}")


@rules.command()
@common
@click.argument("rule", metavar="ID")
@pass_state
def remove(state: State, rule: str) -> None:
    """Remove a rule; running doors forget it before their next decision.

    ID is the rule's id, or the first six or more characters of it.
    """
    found = state.app.rules.find(rule)
    names = {one.id: one.name for one in state.app.directory.list()}
    change = state.app.rules.remove(state.actor, found.id)
    name = names.get(found.person_id or "")
    if state.json:
        output.json_line({**rule_record(change.rule, name), "text": change.effect})
        return
    output.answer(f"The rule is removed: {_sentence(change.rule, name)}")
    if change.effect:
        output.answer(change.effect)


@rules.command(
    epilog=examples(
        'faceaccess rules test 1042 "Front door"',
        'faceaccess rules test 1042 Store --at "2026-12-24 18:00"',
    )
)
@common
@click.argument("person", metavar="PERSON")
@click.argument("door", metavar="DOOR")
@click.option("--at", metavar="TIME", help="When; else now.")
@pass_state
def test(state: State, person: str, door: str, at: str | None) -> None:
    """Tell what a door would do with somebody whom it recognises for sure.

    PERSON is an id or staff number. TIME is by this computer's clock, or has its offset at the end.
    """
    known = find_person(state, person)
    time = None if at is None else state.app.rules.moment_from(at)
    tried = state.app.rules.test(known.id, door, time)
    if state.json:
        output.json_line(tried_record(tried))
        return
    admission = tried.admission
    output.answer(
        f"{tried.person.name} {_OUTCOMES[admission.outcome]} at {tried.door}, "
        f"{tried.time.astimezone():%a %Y-%m-%d %H:%M}: {admission.reason.sentence}"
    )
    if admission.warning is not None:
        output.answer(f"Told besides: {admission.warning.sentence}")
    if admission.rule is not None:
        whose = None if admission.rule.person_id is None else tried.person.name
        output.answer(f"By the rule {admission.rule.id}: {_sentence(admission.rule, whose)}")


@rules.command(epilog=examples("faceaccess rules holidays holidays-2027.csv"))
@common
@click.argument("source", metavar="[FILE]", required=False)
@click.option("--clear", is_flag=True, help="Remove all holidays.")
@pass_state
def holidays(state: State, source: str | None, clear: bool) -> None:  # noqa: FBT001 - click's
    """List the holidays, or replace them by those of FILE.

    FILE is a CSV file with the columns date (2026-12-25) and, if you like, name, or a calendar
    (.ics) of whole days. It is taken wholly or not at all; one that looks cut is refused.
    """
    book = state.app.rules
    if clear and source is not None:
        raise click.UsageError("Give FILE or --clear.")
    if clear:
        book.forget_holidays(state.actor)
    found = (
        book.policy().holidays if source is None else book.take_holidays(state.actor, Path(source))
    )
    if state.json:
        for one in found:
            output.json_line(holiday_record(one))
    elif source is not None:
        output.answer(f"{counted(len(found), 'holiday', 'holidays')} from now on.")
    elif found:
        output.table(("Day", "Name"), [(f"{one.day:%a %Y-%m-%d}", one.name) for one in found])
    else:
        output.say("There is no holiday.")


@rules.command(
    epilog=examples('faceaccess rules door "Front door" --anti-passback hard --to office')
)
@common
@click.argument("door", metavar="DOOR")
@click.option(
    "--anti-passback",
    "passback",
    type=click.Choice([one.value for one in Passback]),
    help="Somebody who is on the other side already: off, soft (told in the log), hard (kept out).",
)
@click.option("--from", "leads_from", metavar="AREA", help="Where the door leads from.")
@click.option("--to", "leads_to", metavar="AREA", help="Where the door leads to.")
@click.option("--forget-after", type=float, metavar="HOURS", help="When nobody counts as inside.")
@click.option(
    "--tries",
    type=click.Choice(["none", "1", "2", "3", "4", "5"]),
    help="Unknown faces in a row after which faces open no more for 30 s, then twice that.",
)
@click.option(
    "--look-alikes",
    type=click.Choice(["face", "factor"]),
    help="What people need whom the door may take for each other.",
)
@pass_state
def door(
    state: State,
    door: str,
    passback: str | None,
    leads_from: str | None,
    leads_to: str | None,
    forget_after: float | None,
    tries: str | None,
    look_alikes: str | None,
) -> None:
    """Show what is special about a door, or change it."""
    before = state.app.rules.plan(door)
    plan = DoorPlan(
        door=before.door,
        passback=before.passback if passback is None else Passback(passback),
        leads_from=before.leads_from if leads_from is None else leads_from,
        leads_to=before.leads_to if leads_to is None else leads_to,
        passback_hours=before.passback_hours if forget_after is None else forget_after,
        tries=before.tries if tries is None else None if tries == "none" else int(tries),
        look_alikes_need_factor=(
            before.look_alikes_need_factor if look_alikes is None else look_alikes == "factor"
        ),
    )
    if plan != before:
        state.app.rules.put_plan(state.actor, plan)
    if state.json:
        output.json_line(plan_record(plan))
        return
    output.answer(f"{plan.door} leads from {plan.leads_from} to {plan.leads_to}.")
    limit = "none" if plan.tries is None else counted(plan.tries, "unknown face", "unknown faces")
    for label, value in (
        ("Anti-passback", plan.passback.value),
        ("Nobody counts as inside after", f"{plan.passback_hours:g} h"),
        ("Limit of tries in a row", limit),
        ("Look-alikes need", "a second factor" if plan.look_alikes_need_factor else "the face"),
    ):
        output.answer(f"  {label}: {value}")


def _row(rule: AccessRule, name: str | None) -> tuple[object, ...]:
    return (
        rule.effect.value,
        "everybody" if rule.person_id is None else name,
        rule.door or "every door",
        "always" if rule.schedule is None else rule.schedule.text,
        rule.on_holidays.value,
        None if rule.valid_from is None else f"{rule.valid_from.astimezone():%Y-%m-%d %H:%M}",
        None if rule.valid_until is None else f"{rule.valid_until.astimezone():%Y-%m-%d %H:%M}",
        rule.zone,
        rule.note,
        rule.id,
    )


def _sentence(rule: AccessRule, name: str | None) -> str:
    who = "everybody" if rule.person_id is None else name or "somebody since removed"
    hours = "always" if rule.schedule is None else f"{rule.schedule.text} ({rule.zone})"
    return f"{rule.effect.value}, {who}, {rule.door or 'every door'}, {hours}."
