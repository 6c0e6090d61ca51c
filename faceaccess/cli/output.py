"""Writing: JSON lines for programs, tables and progress for people.

Answers go to standard output. Messages and progress go to standard error, so that a pipe gets the
answers alone. rich is imported where a table or a bar is really drawn: it costs 0.1 s.
"""

import json
import sys
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol, TypeVar

import click

from faceaccess.core import progress
from faceaccess.core.errors import KnownError
from faceaccess.core.progress import Job, Progress

if TYPE_CHECKING:
    from rich.progress import Progress as Bar

T = TypeVar("T")


def json_line(record: Mapping[str, object]) -> None:
    """Write one JSON object on a line of standard output, in UTF-8 whatever the terminal's code."""
    click.echo(json_text(record).encode())


def json_text(record: Mapping[str, object]) -> str:
    """Return one JSON object as a line without its end; it can be encoded as UTF-8."""
    line = json.dumps(record, ensure_ascii=False, allow_nan=False)
    try:
        line.encode()
    except UnicodeEncodeError:  # the name of a file that is not UTF-8: escaped, it is still valid
        return json.dumps(record, ensure_ascii=True, allow_nan=False)
    return line


def say(text: str) -> None:
    """Write a message for people on standard error."""
    click.echo(plain(text), err=True)


def say_error(error: KnownError) -> None:
    """Write what went wrong, and under it what to do about it, on standard error."""
    say(f"Error: {error.text}")
    if error.remedy:
        say(error.remedy)


def error_record(error: KnownError) -> dict[str, object]:
    """Return a known error as JSON values."""
    return {"error": error.text, "remedy": error.remedy}


def plain(text: str) -> str:
    """Return the text with control characters shown as escapes, so that no file name steers the
    terminal.
    """
    return "".join(
        c if c == "\n" or unicodedata.category(c) not in {"Cc", "Cs"} else ascii(c)[1:-1]
        for c in text
    )


def answer(text: str) -> None:
    """Write a line of the answer, for people, on standard output."""
    click.echo(plain(text))


def table(headings: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Draw a table on standard output; in a pipe it is wide enough that nothing is cut."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    cells = [[plain("" if value is None else str(value)) for value in row] for row in rows]
    drawn = Table(box=None, pad_edge=False, header_style="bold")
    for heading in headings:
        drawn.add_column(heading, overflow="fold")
    for row in cells:
        drawn.add_row(*(Text(cell) for cell in row))
    Console(width=None if sys.stdout.isatty() else 10_000, highlight=False).print(drawn)


def run_job(job: Job[T], lines_of: Callable[[Progress], Iterable[str]] = lambda _: ()) -> T:
    """Drive long work with a progress bar on standard error and return its result.

    Ctrl-C closes the job, which rolls back what it did.

    Args:
        job: the work.
        lines_of: returns lines of the answer that a step of the work brings; they are written to
            standard output at once.
    """
    with _shown_progress() as shown:

        def show(step: Progress) -> None:
            for line in lines_of(step):
                shown.line(line)
            shown.step(step)

        return progress.run(job, show)


class _Shown(Protocol):
    """How progress is shown to who waits."""

    def step(self, step: Progress) -> None:
        """Show how far the work is."""
        ...

    def line(self, text: str) -> None:
        """Write a line of the answer."""
        ...


@contextmanager
def _shown_progress() -> Iterator[_Shown]:
    if not sys.stderr.isatty():
        yield _StageLines()
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    # Not redirected: an answer that goes into a file must not land on the bar's terminal.
    with Bar(
        *columns,
        console=Console(stderr=True),
        transient=True,
        redirect_stdout=False,
        redirect_stderr=False,
    ) as bar:
        yield _BarAndLines(bar)


class _BarAndLines:
    """A bar that moves, and above it lines of the answer where they go to the same terminal.

    Args:
        bar: started.
    """

    def __init__(self, bar: "Bar") -> None:
        self._bar = bar
        self._task = bar.add_task("", total=None)

    def step(self, step: Progress) -> None:
        from rich.markup import escape

        self._bar.update(
            self._task,
            description=escape(plain(step.stage)),
            completed=step.done,
            total=step.total or None,
        )

    def line(self, text: str) -> None:
        if not sys.stdout.isatty():
            click.echo(text.encode(errors="backslashreplace"))
            return
        from rich.text import Text

        self._bar.console.print(Text(plain(text)), soft_wrap=True)


class _StageLines:
    """Progress where there is no terminal: a line when a new stage begins."""

    def __init__(self) -> None:
        self._stage: str | None = None

    def step(self, step: Progress) -> None:
        if step.stage != self._stage:
            self._stage = step.stage
            say(f"{step.stage} ..." if not step.total else f"{step.stage} ({step.total:,}) ...")

    def line(self, text: str) -> None:
        click.echo(text.encode(errors="backslashreplace"))
