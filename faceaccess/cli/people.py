"""`faceaccess people`: enrol, list, show and remove people."""

import sys
from datetime import datetime
from pathlib import Path

import click

from faceaccess.cli import output
from faceaccess.cli.options import State, common, examples, pass_state
from faceaccess.cli.records import (
    Record,
    enrol_record,
    event_record,
    import_record,
    nothing_taken_record,
    person_record,
    sample_record,
)
from faceaccess.core.errors import KnownError
from faceaccess.core.people import Person, PersonDetails
from faceaccess.core.progress import Job
from faceaccess.pipeline.results import EnrolResult, NothingTakenError, Picture, Rejected

_SHORTEST_START = 6
"""Characters of an id that are enough to name a person, if they fit one only."""


@click.group()
@common
def people() -> None:
    """Enrol, list, show and remove people."""


@people.command(
    epilog=examples('faceaccess people add "Li Wei" li-1.jpg li-2.jpg li-3.jpg --staff-number 1042')
)
@common
@click.argument("name")
@click.argument("pictures", metavar="PICTURE...", nargs=-1, required=True)
@click.option("--staff-number", metavar="N", help="Staff number; nobody else may have it.")
@click.option("--department", metavar="TEXT", default="", help="Where the person works.")
@click.option("--note", metavar="TEXT", default="", help="Anything worth knowing.")
@pass_state
def add(
    state: State,
    name: str,
    pictures: tuple[str, ...],
    staff_number: str | None,
    department: str,
    note: str,
) -> int:
    """Enrol a new person from one or more pictures; the door knows them at once.

    Each picture should show the person alone, or clearly in front. Three to eight different ones
    are best. Pictures that cannot be used are named with the reason; if none can, nobody is stored.
    """
    details = PersonDetails(name, staff_number, department, note)
    job = state.app.enrolment.add(state.actor, details, _pictures(pictures))
    return _enrol(state, job, None, details.name)


@people.command(
    "add-pictures", epilog=examples("faceaccess people add-pictures 1042 li-with-glasses.jpg")
)
@common
@click.argument("person", metavar="ID")
@click.argument("pictures", metavar="PICTURE...", nargs=-1, required=True)
@pass_state
def add_pictures(state: State, person: str, pictures: tuple[str, ...]) -> int:
    """Give somebody more pictures.

    ID is the person's id, the first six or more characters of it, or the staff number.
    """
    known = find_person(state, person)
    job = state.app.enrolment.add_pictures(state.actor, known.id, _pictures(pictures))
    return _enrol(state, job, known, known.name)


@people.command(
    "import",
    epilog=examples("faceaccess people import staff-photos", "faceaccess people import staff.csv"),
)
@common
@click.argument("source", metavar="FOLDER_OR_CSV")
@pass_state
def import_people(state: State, source: str) -> int:
    """Enrol many people from a folder of folders or a CSV file.

    In a folder, every folder inside is a person: its name is the person's name. A CSV file has the
    columns name, picture and, if you like, staff_number; paths in it are relative to the file.
    Somebody who is there already (same staff number, else same name) gains the pictures; a picture
    that is stored already is skipped. It happens completely or not at all.
    """
    result = output.run_job(state.app.people_import.run(state.actor, Path(source)))
    if state.json:
        for one in result.rejected:
            output.json_line({"picture": one.picture, "reason": one.reason})
        output.json_line(import_record(result))
    else:
        _tell_pictures("Not taken", result.rejected)
        _tell_pictures("Note", result.warnings)
        output.answer(
            f"{_count(result.people, 'person', 'people')} with "
            f"{_count(result.samples, 'picture', 'pictures')} came in, "
            f"{result.skipped:,} skipped, {len(result.rejected):,} not taken "
            f"({result.seconds:.1f} s)."
        )
    return 0 if result.people else 1


@people.command("list", epilog=examples("faceaccess people list wei"))
@common
@click.argument("query", required=False, default="")
@pass_state
def list_people(state: State, query: str) -> None:
    """List everybody, or those whose name, staff number or department contains QUERY."""
    found = state.app.directory.list(query)
    if state.json:
        for person in found:
            output.json_line(person_record(person))
    elif found:
        output.table(
            ("Name", "Staff number", "Department", "Pictures", "Door", "ID"),
            [
                (
                    person.name,
                    person.details.staff_number,
                    person.details.department,
                    person.samples,
                    _door(person),
                    person.id,
                )
                for person in found
            ],
        )
    elif query:
        output.say(f"Nobody is found for {query!r}.")
    else:
        output.say("Nobody is enrolled yet. `faceaccess people add NAME PICTURE...` enrols.")


@people.command()
@common
@click.argument("person", metavar="ID")
@pass_state
def show(state: State, person: str) -> None:
    """Show one person with pictures and last visits.

    ID is the person's id, the first six or more characters of it, or the staff number.
    """
    known = find_person(state, person)
    samples = state.app.directory.samples(known.id)
    visits = state.app.directory.last_visits(known.id)
    factors = state.app.second_factors.kinds(known.id)
    if state.json:
        record: Record = person_record(known)
        record["pictures"] = [sample_record(sample) for sample in samples]
        record["last_visits"] = [event_record(event) for event in visits]
        record["second_factors"] = list(factors)
        output.json_line(record)
        return
    _tell_person(known)
    if factors:
        output.answer(f"  Second factor: {', '.join(factors)}")
    if samples:
        output.answer("")
        output.table(
            ("Picture", "Added", "Between the eyes"),
            [(s.source, _local(s.added_at), f"{s.quality.eye_distance:.0f} px") for s in samples],
        )
    if visits:
        output.answer("")
        output.table(
            ("Visit", "Camera", "Outcome", "Reason"),
            [
                (
                    _local(v.time),
                    v.camera,
                    v.decision.outcome.value,
                    v.decision.reason.sentence,
                )
                for v in visits
            ],
        )


@people.command()
@common
@click.argument("person", metavar="ID")
@click.option("--yes", is_flag=True, help="Do not ask.")
@pass_state
def remove(state: State, person: str, yes: bool) -> None:  # noqa: FBT001 - click passes it by name
    """Remove a person and all their pictures; the door forgets them at once.

    Asks once on a terminal. ID is the person's id, the first six or more characters of it, or the
    staff number.
    """
    known = find_person(state, person)
    if not yes and not state.json and sys.stdin.isatty():
        click.confirm(
            f"Remove {output.plain(known.name)} with "
            f"{_count(known.samples, 'picture', 'pictures')}? This cannot be undone here.",
            abort=True,
            err=True,
        )
    removed = state.app.directory.remove(state.actor, known.id).person
    if state.json:
        output.json_line(person_record(removed))
    else:
        output.answer(f"{removed.name} is removed; the door does not know them any more.")


def find_person(state: State, text: str) -> Person:
    """Return the person with this id, beginning of an id, or staff number.

    Raises:
        KnownError: if nobody fits, or more than one.
    """
    directory = state.app.directory
    fitting = []
    for person in directory.list():
        if text == person.id:
            return person
        if text == person.details.staff_number or (
            len(text) >= _SHORTEST_START and person.id.startswith(text.lower())
        ):
            fitting.append(person)
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        raise KnownError(f"{text} fits {len(fitting)} people.", "Give the whole id.")
    raise KnownError(
        f"There is nobody with the id or staff number {text!r}.",
        "`faceaccess people list` shows the ids.",
    )


def _pictures(names: tuple[str, ...]) -> list[Picture]:
    return [Picture(name, Path(name)) for name in names]


def _enrol(state: State, job: Job[EnrolResult], known: Person | None, name: str) -> int:
    try:
        result = output.run_job(job)
    except NothingTakenError as error:
        _tell_pictures("Not taken", error.rejected)
        output.say("Error: no picture was accepted, nothing was stored.")
        output.say(error.remedy)
        if state.json:
            output.json_line(nothing_taken_record(error, known, name))
        return 1
    if state.json:
        output.json_line(enrol_record(result))
    else:
        _tell_enrolment(result)
    return 0


def _tell_enrolment(result: EnrolResult) -> None:
    _tell_pictures("Not taken", result.rejected)
    _tell_pictures("Note", result.warnings)
    for one in result.look_alikes:
        output.say(f"Note: looks like {one.name} ({one.similarity:.2f}).")
    output.answer(
        f"The door knows {result.person.name} now, by "
        f"{_count(result.person.samples, 'picture', 'pictures')} "
        f"(head {result.head.version}, {result.seconds:.1f} s)."
    )
    output.answer(f"ID: {result.person.id}")


def _tell_pictures(what: str, pictures: tuple[Rejected, ...]) -> None:
    for one in pictures:
        output.say(f"{what}: {one.picture}: {one.reason}")


def _tell_person(person: Person) -> None:
    details = person.details
    output.answer(details.name)
    for label, value in (
        ("ID", person.id),
        ("Staff number", details.staff_number),
        ("Department", details.department),
        ("Note", details.note),
        ("Door", _door(person)),
        ("Enrolled", _local(person.created_at)),
        ("Pictures", person.samples),
    ):
        if value not in {None, ""}:
            output.answer(f"  {label}: {value}")


def _door(person: Person) -> str:
    return "let in" if person.details.active else "switched off"


def _local(moment: datetime) -> str:
    return moment.astimezone().strftime("%Y-%m-%d %H:%M:%S")


def _count(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"
