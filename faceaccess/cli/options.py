"""What every command shares: `--json`, `--home`, and the context that is built when asked for."""

import getpass
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from faceaccess.core.actors import Actor

if TYPE_CHECKING:
    from faceaccess.app import App
    from faceaccess.cli.log import HomeLog

F = TypeVar("F", bound=Callable[..., Any])


class State:
    """One run of the command line.

    Attributes:
        json: whether programs read the output.
        home: the data folder that was asked for, or None for the usual one.
    """

    def __init__(self) -> None:
        self.json = False
        self.home: Path | None = None
        self._app: App | None = None
        self._log: HomeLog | None = None

    @property
    def app(self) -> "App":
        """The context, built on first use and closed when the command ends.

        Raises:
            KnownError: if the data folder cannot be used.
        """
        if self._app is None:
            from faceaccess import app

            self.adopt(app.build(self.home))
            self.start_log()
        assert self._app is not None
        return self._app

    @property
    def app_without_data(self) -> "App":
        """The context for a command that works on other files alone.

        Nothing is read or made in the data folder, not even a log.
        """
        if self._app is None:
            from faceaccess import app

            self.adopt(app.build(self.home))
        assert self._app is not None
        return self._app

    def adopt(self, app: "App") -> None:
        """Use this context, and close it when the command ends."""
        self._app = app
        click.get_current_context().find_root().call_on_close(app.close)

    def start_log(self) -> "HomeLog":
        """Begin the log in the data folder, if it is not begun yet, and return it."""
        if self._log is None:
            from faceaccess import app
            from faceaccess.cli import log

            home = app.resolve_home(self.home) if self._app is None else self._app.home
            self._log = log.start(home.logs)
        return self._log

    def stop_log(self) -> None:
        """End the log, if it was begun."""
        if self._log is not None:
            from faceaccess.cli import log

            log.stop(self._log)
            self._log = None

    @property
    def actor(self) -> Actor:
        """The operating-system user, on the command line."""
        return Actor(_user(), "command line")


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container's user id without a name
        return f"user {os.getuid()}" if hasattr(os, "getuid") else "unknown user"


def _set_json(context: click.Context, _parameter: click.Parameter, value: bool) -> None:  # noqa: FBT001 - click calls it so
    if value:
        context.ensure_object(State).json = True


def _set_home(context: click.Context, _parameter: click.Parameter, value: str | None) -> None:
    if value is None:
        return
    if not value.strip():
        raise click.BadParameter("the folder's name is empty")
    context.ensure_object(State).home = Path(value).expanduser()


def common(command: F) -> F:
    """Give a command the options `--json` and `--home`; they are taken before and after it."""
    command = click.option(
        "--home",
        metavar="FOLDER",
        expose_value=False,
        callback=_set_home,
        help="Data folder with people, settings and logs (else FACEACCESS_HOME, else the user's).",
    )(command)
    return click.option(
        "--json",
        is_flag=True,
        expose_value=False,
        callback=_set_json,
        help="For programs: one JSON object a line on standard output, nothing else there.",
    )(command)


def examples(*lines: str) -> str:
    """Return the end of a command's help: examples, kept line by line."""
    heading = "Example:" if len(lines) == 1 else "Examples:"
    # The control character tells click not to fill these lines into one paragraph.
    return "\n".join(("\b", heading, *(f"  {line}" for line in lines)))


pass_state = click.make_pass_decorator(State)
"""Hand the command its `State` as the first argument."""
