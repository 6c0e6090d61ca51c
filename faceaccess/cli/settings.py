"""`faceaccess settings`: see and change settings."""

import json

import click

from faceaccess.cli import output
from faceaccess.cli.options import State, common, examples, pass_state
from faceaccess.cli.records import Record, setting_record
from faceaccess.core.settings import Settings


@click.group()
@common
def settings() -> None:
    """See and change settings."""


@settings.command("list")
@common
@pass_state
def list_settings(state: State) -> None:
    """List all settings with their values."""
    values = state.app.settings.get()
    records = [setting_record(values, name) for name in Settings.model_fields]
    if state.json:
        for record in records:
            output.json_line(record)
        return
    output.table(
        ("Setting", "Value", "Default", "Unit", "What it is"),
        [
            (
                record["name"],
                _shown(record["value"]),
                _shown(record["default"]),
                record["unit"],
                record["help"],
            )
            for record in records
        ],
    )


@settings.command()
@common
@click.argument("name")
@pass_state
def get(state: State, name: str) -> None:
    """Show one setting with its bounds and its help."""
    _tell(state, setting_record(state.app.settings.get(), name))


@settings.command(
    "set",
    context_settings={"ignore_unknown_options": True},
    epilog=examples(
        "faceaccess settings set camera rtsp://192.0.2.7/door",
        "faceaccess settings set threshold 0.55",
    ),
)
@common
@click.argument("name")
@click.argument("value")
@pass_state
def set_value(state: State, name: str, value: str) -> None:
    """Change one setting. An empty VALUE ("") puts an optional one back to its default."""
    values = state.app.settings.set(state.actor, name, value)
    _tell(state, setting_record(values, name))


def _tell(state: State, record: Record) -> None:
    if state.json:
        output.json_line(record)
        return
    unit = f" {record['unit']}" if record["unit"] else ""
    output.answer(f"{record['name']} = {_shown(record['value'])}{unit}")
    output.answer(f"  {record['title']}: {record['help']}")
    output.answer(f"  Default: {_shown(record['default'])}{unit}")
    if record["minimum"] is not None:
        output.answer(f"  Bounds: {record['minimum']} to {record['maximum']}{unit}")
    if isinstance(record["choices"], list):
        output.answer(f"  Choices: {', '.join(map(str, record['choices']))}")


def _shown(value: object) -> str:
    """Return a value as it is typed into `settings set`."""
    if value is None:
        return "(empty)"
    return value if isinstance(value, str) else json.dumps(value)
