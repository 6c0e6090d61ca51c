"""`faceaccess door`: run a door that opens a lock, and command the doors that run."""

import click

from faceaccess.cli.attack_test import attack_test
from faceaccess.cli.door_alarms import alarms
from faceaccess.cli.door_commands import hold, lockdown, mute, open_once
from faceaccess.cli.door_run import run
from faceaccess.cli.door_screen import door_screen
from faceaccess.cli.door_status import status
from faceaccess.cli.options import common
from faceaccess.cli.simulate import simulate_day


@click.group()
@common
def door() -> None:
    """Doors with a lock: run one, and command those that run."""


for command in (
    run,
    door_screen,
    status,
    alarms,
    open_once,
    hold,
    mute,
    lockdown,
    attack_test,
    simulate_day,
):
    door.add_command(command)
