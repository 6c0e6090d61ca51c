"""`faceaccess door screen`: the screen for the person at a door."""

import click

from faceaccess.cli.options import State, common, examples, pass_state
from faceaccess.cli.window import check_display


@click.command(
    "screen",
    epilog=examples(
        'faceaccess door screen "Front door"',
        "faceaccess door screen Lab --language zh_CN --sounds",
        "faceaccess door screen Lab --windowed          to try it on a desktop",
    ),
)
@common
@click.argument("name", metavar="NAME")
@click.option(
    "--language",
    type=click.Choice(["en", "zh_CN"]),
    help="The screen's language (else as the setting says).",
)
@click.option("--windowed", is_flag=True, help="In a window, not on the full screen.")
@click.option("--sounds", is_flag=True, help="Let answers be heard as well.")
@pass_state
def door_screen(
    state: State,
    name: str,
    language: str | None,
    windowed: bool,  # noqa: FBT001 - click passes it by name
    sounds: bool,  # noqa: FBT001 - click passes it by name
) -> int:
    """Show the door NAME to the person before it: full screen, to be read from two metres.

    The door runs without it (`door run`, on this computer and data folder); when that is ended or
    started again, the screen waits for it. Ctrl+Q leaves, Esc asks first.
    """
    check_display()
    try:
        from faceaccess.gui.door_screen.main import ScreenWishes, open_door_screen
    except ImportError as error:
        from faceaccess.cli.window import without_qt

        raise without_qt(error) from error
    wishes = ScreenWishes(language=language, windowed=windowed, sounds=sounds)
    return open_door_screen(state.app, name, wishes)
