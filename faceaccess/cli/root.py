"""The command `faceaccess`: its groups, and the edge where every error becomes a sentence.

Exit codes: 0 done, 1 a known error, 2 wrong usage; besides 70 a fault of the program, 130 Ctrl-C,
141 the reader of the output went away, 143 ended by the system.
"""

import contextlib
import errno
import logging
import os
import sys
from collections.abc import Callable
from typing import Any

import click

from faceaccess import __version__
from faceaccess.cli import output
from faceaccess.cli import second_factors as _second_factors  # noqa: F401  # joins `people`
from faceaccess.cli.calibrate import calibrate
from faceaccess.cli.camera import camera
from faceaccess.cli.classify import classify
from faceaccess.cli.compare import compare
from faceaccess.cli.correct import correct
from faceaccess.cli.demo import demo
from faceaccess.cli.doctor import doctor
from faceaccess.cli.door import door
from faceaccess.cli.events import events
from faceaccess.cli.heads import heads
from faceaccess.cli.identify import identify
from faceaccess.cli.keys import keys
from faceaccess.cli.lookalikes import lookalikes
from faceaccess.cli.models import models
from faceaccess.cli.options import State, common, examples, pass_state
from faceaccess.cli.people import people
from faceaccess.cli.retrain import retrain
from faceaccess.cli.rules import rules
from faceaccess.cli.settings import settings
from faceaccess.cli.strangers import strangers
from faceaccess.cli.train import train
from faceaccess.cli.watch import watch
from faceaccess.cli.whatif import whatif
from faceaccess.cli.window import open_window
from faceaccess.core.errors import KnownError
from faceaccess.core.progress import CancelledError

DONE, KNOWN_ERROR, FAULT, CTRL_C, READER_GONE, TERMINATED = 0, 1, 70, 130, 141, 143
"""Exit codes; wrong usage is click's 2."""

_MENDABLE = {
    errno.EACCES,
    errno.EDQUOT,
    errno.EISDIR,
    errno.ELOOP,
    errno.ENAMETOOLONG,
    errno.ENOENT,
    errno.ENOSPC,
    errno.ENOTDIR,
    errno.EPERM,
    errno.EROFS,
}
"""Refusals of the file system that the user can do something about."""


class TerminatedError(BaseException):
    """The system asked the process to end (SIGTERM)."""


class ReaderGoneError(Exception):
    """Who read the output went away (`faceaccess events list | head`)."""


class Root(click.Group):
    """The group whose `main` turns every error into its sentence and its exit code."""

    def main(
        self,
        args: Any = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,  # noqa: FBT001, FBT002 - click's signature
        **extra: Any,
    ) -> Any:
        """Run the command line; ends the process with its exit code in standalone mode."""
        run = super().main
        if not standalone_mode:
            return run(args, prog_name, complete_var, standalone_mode=False, **extra)
        state = State()
        extra.setdefault("obj", state)
        sys.exit(
            guarded(
                state,
                lambda: run(args, prog_name, complete_var, standalone_mode=False, **extra),
            )
        )

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; a closed pipe is told from other errors before click hides it."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError as error:
            raise ReaderGoneError from error


def guarded(state: State, run: Callable[[], object]) -> int:
    """Run a command and return the exit code; what went wrong is told on standard error."""
    try:
        code = run()
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except (KeyboardInterrupt, click.Abort, CancelledError):
        output.say("Cancelled.")
        code = CTRL_C
    except ReaderGoneError:
        with contextlib.suppress(OSError, ValueError):  # what is still buffered has no reader
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = READER_GONE
    except TerminatedError:
        output.say("Ended by the system.")
        code = TERMINATED
    except Exception as error:  # noqa: BLE001 - the edge: every error gets its sentence here
        code = _told(state, error)
    finally:
        state.stop_log()
    return code if isinstance(code, int) else DONE


def _told(state: State, error: Exception) -> int:
    if isinstance(error, KnownError):
        return _known(state, error)
    if isinstance(error, OSError):
        return _os_error(state, error)
    return _fault(state, error)


def _known(state: State, error: KnownError) -> int:
    output.say_error(error)
    if state.json:
        output.json_line(output.error_record(error))
    return KNOWN_ERROR


def _os_error(state: State, error: OSError) -> int:
    if error.errno not in _MENDABLE:
        return _fault(state, error)
    where = f"{error.filename}: " if error.filename else ""
    return _known(
        state,
        KnownError(f"{where}{error.strerror}.", "Check the path, its rights and the free space."),
    )


def _fault(state: State, error: Exception) -> int:
    log = state.start_log()
    logging.getLogger(__name__).error("fault on the command line", exc_info=error)
    known = KnownError(
        f"A fault of the program itself: {type(error).__name__}: {error}".rstrip(". ") + ".",
        f"Please report it with the end of {log.file}.",
    )
    output.say_error(known)
    if state.json:
        output.json_line(output.error_record(known))
    return FAULT


@click.group(
    cls=Root,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=examples(
        "faceaccess demo                  see it work on drawn people",
        'faceaccess people add "Li Wei" li-1.jpg li-2.jpg',
        "faceaccess identify visitor.jpg",
        "faceaccess watch 0               the door, on the first webcam",
    ),
)
@common
@click.version_option(__version__, prog_name="faceaccess")
@pass_state
@click.pass_context
def faceaccess(context: click.Context, state: State) -> int | None:
    """Face-recognition access control. Without a command it opens the window."""
    if context.invoked_subcommand is None:
        return open_window(state.app)
    return None


for _command in (
    people,
    identify,
    retrain,
    heads,
    strangers,
    calibrate,
    lookalikes,
    train,
    classify,
    compare,
    watch,
    door,
    rules,
    events,
    correct,
    whatif,
    settings,
    camera,
    models,
    keys,
    doctor,
    demo,
):
    faceaccess.add_command(_command)
