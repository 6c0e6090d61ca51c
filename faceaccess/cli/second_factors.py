"""`faceaccess people pin / card / code`: what people are asked for besides the face.

A PIN or a card's number is never an argument: it would be seen in lists of processes and kept in
the shell's history.
"""

import os
import sys
from pathlib import Path
from typing import Any

import click

from faceaccess.cli import output
from faceaccess.cli.options import State, common, examples, pass_state
from faceaccess.cli.people import find_person, people
from faceaccess.core.errors import KnownError
from faceaccess.core.people import Person
from faceaccess.core.second_factors import LONGEST_ENTRY, FactorKind


def _sources(command: Any) -> Any:
    for option in (
        click.option("--remove", is_flag=True, help="Take it from the person instead."),
        click.option("--env", metavar="NAME", help="Read it from this environment variable."),
        click.option(
            "--file",
            "file",
            metavar="FILE",
            type=click.Path(path_type=Path),
            help="Read it from this file; it holds nothing else.",
        ),
    ):
        command = option(command)
    return command


@people.command(
    epilog=examples(
        "faceaccess people pin 1042",
        "faceaccess people pin 1042 --file /run/secrets/pin",
        "faceaccess people pin 1042 --remove",
    )
)
@common
@click.argument("person", metavar="ID")
@_sources
@pass_state
def pin(state: State, person: str, file: Path | None, env: str | None, *, remove: bool) -> None:
    """Give somebody a PIN of 4 to 12 digits, in place of a former one.

    It is asked for twice, or read from a file or an environment variable. ID is the person's id,
    the first six or more characters of it, or the staff number.
    """
    known = find_person(state, person)
    if _removed(state, known, FactorKind.PIN, file, env, remove=remove):
        return
    text = _secret("PIN", file, env, twice=True)
    state.app.second_factors.set_pin(state.actor, known.id, text)
    _tell(state, known, f"{known.name} has a PIN.")


@people.command(
    epilog=examples("faceaccess people card 1042", "faceaccess people card 1042 --remove")
)
@common
@click.argument("person", metavar="ID")
@_sources
@pass_state
def card(state: State, person: str, file: Path | None, env: str | None, *, remove: bool) -> None:
    """Give somebody a card, in place of a former one; a card is one person's.

    Its number is asked for: hold the card to a reader that types it, or type it. Or it is read
    from a file or an environment variable. ID as for `people pin`.
    """
    known = find_person(state, person)
    if _removed(state, known, FactorKind.CARD, file, env, remove=remove):
        return
    text = _secret("Number of the card", file, env, twice=False)
    state.app.second_factors.set_card(state.actor, known.id, text)
    _tell(state, known, f"{known.name} has a card.")


@people.command(
    epilog=examples("faceaccess people code 1042", "faceaccess people code 1042 --remove")
)
@common
@click.argument("person", metavar="ID")
@click.option("--remove", is_flag=True, help="Take it from the person instead.")
@pass_state
def code(state: State, person: str, *, remove: bool) -> None:
    """Give somebody one-time codes of an authenticator (TOTP); former ones end.

    The address for the authenticator is printed once; whoever has it has the codes. ID as for
    `people pin`.
    """
    known = find_person(state, person)
    if _removed(state, known, FactorKind.CODE, None, None, remove=remove):
        return
    uri = state.app.second_factors.new_code(state.actor, known.id)
    if state.json:
        kinds = list(state.app.second_factors.kinds(known.id))
        output.json_line({"person_id": known.id, "second_factors": kinds, "uri": uri})
        return
    output.answer(uri)
    output.say(f"{known.name} has one-time codes. The address above is not shown again.")


def _removed(
    state: State,
    known: Person,
    kind: FactorKind,
    file: Path | None,
    env: str | None,
    *,
    remove: bool,
) -> bool:
    """Take a factor away if that is asked for; returns whether it was."""
    if sum([file is not None, env is not None, remove]) > 1:
        raise click.UsageError("Give one of --file, --env and --remove.")
    if remove:
        state.app.second_factors.remove(state.actor, known.id, kind)
        _tell(state, known, f"{known.name} has no {kind} any more.")
    return remove


def _tell(state: State, known: Person, sentence: str) -> None:
    if state.json:
        kinds = list(state.app.second_factors.kinds(known.id))
        output.json_line({"person_id": known.id, "second_factors": kinds})
    else:
        output.answer(sentence)


def _secret(what: str, file: Path | None, env: str | None, *, twice: bool) -> str:
    """Return what is not to be seen, from where it was said to be.

    Raises:
        KnownError: if it is not there, or there is no terminal to ask at.
    """
    if env is not None:
        if not os.environ.get(env):
            raise KnownError(
                f"The environment variable {env} is not set.", "Set it, or use --file."
            )
        return os.environ[env]
    if file is not None:
        return _in_file(file)
    if not sys.stdin.isatty():
        raise KnownError(
            f"There is no terminal to ask at: {what}.", "Use --file FILE or --env NAME."
        )
    text: str = click.prompt(what, hide_input=True, confirmation_prompt=twice, err=True)
    return text


def _in_file(file: Path) -> str:
    with file.open("rb") as opened:  # an error of the system gets its sentence at the edge
        data = opened.read(4 * LONGEST_ENTRY + 1)
    text = data.decode("utf-8", "replace").strip()
    if len(data) > 4 * LONGEST_ENTRY or "\n" in text:
        raise KnownError(f"{file} holds more than that.", "It must hold one line alone.")
    return text
