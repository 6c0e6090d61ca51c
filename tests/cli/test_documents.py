"""The user guide and the command line tell the same."""

import re
from pathlib import Path

import click
import pytest

from .test_root import every_command

GUIDE = (Path(__file__).parents[2] / "docs" / "user-guide" / "command-line.md").read_text("utf-8")


def sections() -> dict[str, str]:
    """The guide's text on each command, by its name."""
    parts = re.split(r"^### `faceaccess ([^`]*)`$", GUIDE, flags=re.MULTILINE)
    return {_name(title): text for title, text in zip(parts[1::2], parts[2::2], strict=True)}


def _name(title: str) -> str:
    words = title.split()
    return " ".join(word for word in words if re.fullmatch(r"[a-z][a-z-]*", word))


def test_every_command_is_in_the_guide_and_the_other_way_round() -> None:
    assert set(sections()) == {" ".join(path) for path, _ in every_command()}


@pytest.mark.parametrize(
    ("name", "command"),
    [(" ".join(path), command) for path, command in every_command()],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_every_option_is_in_the_guide_and_the_other_way_round(
    name: str, command: click.Command
) -> None:
    options = {
        long
        for parameter in command.params
        if isinstance(parameter, click.Option)
        for long in parameter.opts
        if long.startswith("--")
    } - {"--json", "--home", "--help"}
    code = re.findall(r"`([^`]*)`", sections()[name])
    told = {word for one in code for word in re.findall(r"--[a-z-]+", one)}
    assert told == options


@pytest.mark.parametrize("option", ["--json", "--home", "--help", "--version"])
def test_options_of_all_commands_are_told_once_for_all(option: str) -> None:
    assert f"`{option}" in GUIDE.split("## People")[0]


@pytest.mark.parametrize("code", [0, 1, 2, 70, 130, 141, 143])
def test_every_exit_code_is_in_the_guide(code: int) -> None:
    assert re.search(rf"^\| (\d+, )?{code}\b", GUIDE, re.MULTILINE)
