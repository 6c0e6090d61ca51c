"""The entry of the command `faceaccess` and of `python -m faceaccess`.

Boot order: this file makes the streams safe and hands over to `faceaccess.cli.root`, which reads
the arguments; a command then asks `faceaccess.app.build` for the one context with the store, the
cameras and the use cases, each made when it is first needed. Bare `faceaccess` opens the window:
only then is `faceaccess.gui`, and with it Qt, imported.
"""

import io
import signal
import sys
from types import FrameType

from faceaccess.cli.root import TerminatedError, faceaccess


def main() -> None:
    """Run the command line on `sys.argv` and end the process with its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A terminal that cannot show a name shows it escaped, instead of ending the program.
            stream.reconfigure(errors="backslashreplace")
    signal.signal(signal.SIGTERM, _terminate)
    faceaccess(prog_name="faceaccess")


def _terminate(_number: int, _frame: FrameType | None) -> None:
    """End like Ctrl-C does: work in hand is rolled back and visits in view are recorded."""
    raise TerminatedError


if __name__ == "__main__":
    main()
