"""`faceaccess camera`: what cameras are there?"""

import click

from faceaccess.cli import output
from faceaccess.cli.options import State, common, pass_state


@click.group()
@common
def camera() -> None:
    """Cameras of this computer."""


@camera.command("list")
@common
@pass_state
def list_cameras(state: State) -> None:
    """List the cameras that the system knows, with the address that `watch` takes."""
    from faceaccess.camera.listing import list_cameras as cameras_here

    found = cameras_here()
    if state.json:
        for one in found:
            output.json_line({"address": one.address, "name": one.name})
    elif found:
        output.table(("Address", "Name"), [(one.address, one.name) for one in found])
    else:
        output.say("No camera is found. Network cameras are given by their rtsp:// address.")
