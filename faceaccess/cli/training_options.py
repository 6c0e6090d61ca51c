"""Options that `train` and `compare` have in common."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

from faceaccess.learn.choices import LOSSES, NETWORKS
from faceaccess.learn.hyperparameters import Hyperparameters
from faceaccess.learn.preprocessing import Preprocessing
from faceaccess.pipeline.training_defaults import SHARE

F = TypeVar("F", bound=Callable[..., Any])

USUAL = Hyperparameters()
"""What is chosen where no option says otherwise."""

USUAL_SIZE = Preprocessing().size
"""Side of the pictures in pixels where no option says otherwise."""


def picture_options(command: F) -> F:
    """Give a command the options that say how pictures are read and parted."""
    options = (
        click.option(
            "--test",
            metavar="FOLDER",
            help="Test pictures of the same classes; without it a share of FOLDER is kept.",
        ),
        click.option(
            "--share",
            metavar="X",
            type=float,
            help=f"Share of the pictures kept for testing, between 0 and 1.  [default: {SHARE}]",
        ),
        click.option("--colour", is_flag=True, help="Pictures in colour instead of gray."),
        click.option(
            "--size",
            metavar="N",
            type=int,
            help=f"Side of the square that pictures are made, in pixels.  [default: {USUAL_SIZE}]",
        ),
    )
    return _with(options, command)


def network_options(network: str, batch: int) -> Callable[[F], F]:
    """Return what gives a command the options of network, loss and batch.

    Args:
        network: default of the network.
        batch: usual batch; the option is None where it is not given.
    """
    options = (
        click.option(
            "--network",
            metavar="NAME",
            default=network,
            show_default=True,
            help=f"{' or '.join(NETWORKS)}, or a list of layers.",
        ),
        click.option(
            "--loss",
            type=click.Choice(LOSSES),
            default=USUAL.loss,
            show_default=True,
            help="What training makes small.",
        ),
        click.option(
            "--batch",
            metavar="N",
            type=int,
            help="Pictures a training step.  "
            f"[default: {batch}, or all that are trained on where they are fewer]",
        ),
    )
    return lambda command: _with(options, command)


def _with(options: tuple[Callable[[Any], Any], ...], command: F) -> F:
    for option in reversed(options):  # click shows the one that is put on last first
        command = option(command)
    return command
