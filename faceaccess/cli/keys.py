"""`faceaccess keys`: what personal data are sealed with, and how it is kept."""

import os
from pathlib import Path

import click

from faceaccess.cli import output
from faceaccess.cli.options import State, common, examples, pass_state
from faceaccess.cli.records import Record
from faceaccess.core.errors import KnownError

_PASSPHRASE_FILE = "FACEACCESS_PASSPHRASE_FILE"  # noqa: S105  # the name of a variable
_MOST_BYTES = 8192


@click.group()
@common
def keys() -> None:
    """The keys that people's data are sealed with: where they are, renewing, copies."""


@keys.command(epilog=examples("faceaccess keys show"))
@common
@pass_state
def show(state: State) -> None:
    """Show where the keys of this data folder are.

    Without these files nothing in the data folder can be read, by anybody. Whoever has them and the
    data folder can read everything.
    """
    found = state.app.keys.state()
    record: Record = {
        "id": found.key_id,
        "file": str(found.file),
        "master": str(found.file.with_name(f"{found.key_id}.{found.generation}.master")),
        "generation": found.generation,
        "people": found.people,
        "open_to_others": [str(path) for path in found.open_to_others],
    }
    if state.json:
        output.json_line(record)
        return
    output.answer(f"Keys:       {record['file']}")
    output.answer(f"Master key: {record['master']} (number {found.generation})")
    output.answer(f"People and strangers with a key of their own: {found.people}")
    for path in found.open_to_others:
        output.say(f"Others on this computer may read {path}: run chmod 600 on it.")


@keys.command(epilog=examples("faceaccess keys rotate"))
@common
@pass_state
def rotate(state: State) -> None:
    """Make a new master key, and destroy the one before.

    For when somebody may have copied the old one but not the key file. Data are not written anew,
    and doors go on. It may be interrupted.
    """
    found = state.app.keys.rotate(state.actor)
    if state.json:
        output.json_line({"id": found.key_id, "generation": found.generation})
    else:
        output.answer(f"The keys are under master key number {found.generation} now.")


@keys.command("export", epilog=examples("faceaccess keys export /media/stick/keys.copy"))
@common
@click.argument("file", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path))
@pass_state
def export_keys(state: State, file: Path) -> None:
    """Write a copy of all keys to FILE, under a passphrase that is asked for.

    Keep it away from this computer: it is what a new one needs besides the data folder. Make it
    anew after somebody was erased, and destroy the older copy: that one still opens what was
    copied before.
    """
    output.say("The passphrase is needed to use the copy; nobody can recover it.")
    state.app.keys.export(state.actor, file, _passphrase(confirm=True))
    if state.json:
        output.json_line({"file": str(file)})
    else:
        output.answer(f"The keys are copied to {file}.")


@keys.command("import", epilog=examples("faceaccess keys import /media/stick/keys.copy"))
@common
@click.argument(
    "file", metavar="FILE", type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@pass_state
def import_keys(state: State, file: Path) -> None:
    """Take the keys of the copy FILE, on a computer that does not have them."""
    from faceaccess.app import keys_folder
    from faceaccess.pipeline.key_book import import_keys as take

    taken = take(file, _passphrase(confirm=False), keys_folder(state.app.home))
    if state.json:
        output.json_line({"file": str(taken)})
    else:
        output.answer(f"The keys are in {taken} now.")


@keys.command("open-backup", epilog=examples("faceaccess keys open-backup OLD.backup.sealed OUT"))
@common
@click.argument(
    "file", metavar="FILE", type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.argument("out", metavar="OUT", type=click.Path(dir_okay=False, path_type=Path))
@pass_state
def open_backup(state: State, file: Path, out: Path) -> None:
    """Write what the sealed backup FILE holds to OUT.

    Such backups are databases from before people's data were sealed: OUT can be read by anybody
    who gets it.
    """
    state.app.keys.open_backup(file, out)
    if state.json:
        output.json_line({"file": str(out)})
    else:
        output.answer(f"{out} is written. It is plain: remove it when you have done.")


def _passphrase(*, confirm: bool) -> str:
    """Return the passphrase out of the file that is named in the environment, or ask for it."""
    named = os.environ.get(_PASSPHRASE_FILE)
    if named is None:
        typed: str = click.prompt(
            "Passphrase", hide_input=True, confirmation_prompt=confirm, err=True
        )
        return typed
    try:
        with Path(named).open("rb") as file:
            return file.read(_MOST_BYTES).decode().rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise KnownError(
            f"{_PASSPHRASE_FILE} names {named}, which cannot be read: {error}.",
            "Give a file with the passphrase as its only line, or unset it to be asked.",
        ) from error
