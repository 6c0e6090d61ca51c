"""The edge: every error becomes its sentence and its exit code, never a traceback."""

import errno
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from faceaccess import __version__
from faceaccess.app import App
from faceaccess.cli.options import State, common, pass_state
from faceaccess.cli.root import Root, TerminatedError, faceaccess
from faceaccess.core.clock import SystemClock
from faceaccess.core.errors import BugError, KnownError
from faceaccess.core.home import DataHome
from faceaccess.core.progress import CancelledError

from .conftest import Ran


def broken(error: BaseException) -> Root:
    """A command line whose only command ends in `error`."""

    @click.group(cls=Root)
    @common
    def root() -> None: ...

    @root.command("go")
    @common
    @pass_state
    def go(state: State) -> None:
        raise error

    return root


def ran(root: Root, *arguments: str) -> Ran:
    done = CliRunner().invoke(root, arguments)
    return Ran(done.exit_code, done.stdout, done.stderr)


def test_a_known_error_is_its_text_and_its_remedy(home: Path) -> None:
    done = ran(broken(KnownError("The door is stuck.", "Push.")), "go")
    assert done == Ran(1, "", "Error: The door is stuck.\nPush.\n")


def test_a_known_error_for_programs_is_one_line_as_well(home: Path) -> None:
    done = ran(broken(KnownError("The door is stuck.", "Push.")), "go", "--json")
    assert done.exit_code == 1
    assert done.line == {"error": "The door is stuck.", "remedy": "Push."}


@pytest.mark.expected_log_errors
@pytest.mark.parametrize("error", [BugError("two heads"), ZeroDivisionError("division by zero")])
def test_a_fault_is_logged_with_its_traceback_and_told_in_a_sentence(
    home: Path, error: Exception
) -> None:
    done = ran(broken(error), "go")
    assert done.exit_code == 70
    assert "Traceback" not in done.stderr
    assert str(error) in done.stderr
    assert str(home / "logs" / "faceaccess.log") in done.stderr
    logged = (home / "logs" / "faceaccess.log").read_text(encoding="utf-8")
    assert "Traceback" in logged
    assert "in go" in logged


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (KeyboardInterrupt(), 130),
        (CancelledError("cancelled"), 130),
        (click.Abort(), 130),
        (TerminatedError(), 143),
        (BrokenPipeError(errno.EPIPE, "Broken pipe"), 141),
        (click.UsageError("no such thing"), 2),
    ],
)
def test_exit_codes(home: Path, error: BaseException, code: int) -> None:
    done = ran(broken(error), "go")
    assert done.exit_code == code
    assert "Traceback" not in done.stderr
    assert not (home / "logs").exists()


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EACCES])
def test_a_refusal_of_the_file_system_is_a_known_error(home: Path, number: int) -> None:
    error = OSError(number, os.strerror(number), "/data/x")
    ran(broken(error), "go").refused("/data/x", os.strerror(number))


@pytest.mark.expected_log_errors
def test_another_os_error_is_a_fault(home: Path) -> None:
    assert ran(broken(OSError(errno.EBADF, "Bad file descriptor")), "go").exit_code == 70


@pytest.mark.parametrize(
    "arguments", [["--json", "go"], ["go", "--json"], ["--json", "go", "--json"]]
)
def test_json_is_taken_before_and_after_the_command(home: Path, arguments: list[str]) -> None:
    assert ran(broken(KnownError("No.")), *arguments).line["error"] == "No."


def test_home_is_taken_before_and_after_and_the_later_one_counts(tmp_path: Path) -> None:
    @click.group(cls=Root)
    @common
    def root() -> None: ...

    @root.command()
    @common
    @pass_state
    def where(state: State) -> None:
        click.echo(state.home)

    assert ran(root, "--home", "/a", "where").stdout == "/a\n"
    assert ran(root, "where", "--home", "/b").stdout == "/b\n"
    assert ran(root, "--home", "/a", "where", "--home", "/b").stdout == "/b\n"
    assert ran(root, "where", "--home", " ").exit_code == 2


def every_command(
    group: click.Group = faceaccess, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from every_command(command, (*path, name))
        else:
            yield (*path, name), command


def test_the_commands_are_those_of_the_contract() -> None:
    assert {" ".join(path) for path, _ in every_command()} == {
        "people add",
        "people add-pictures",
        "people import",
        "people list",
        "people show",
        "people remove",
        "people pin",
        "people card",
        "people code",
        "identify",
        "retrain",
        "heads list",
        "heads compare",
        "heads use",
        "heads pin",
        "strangers add",
        "strangers list",
        "strangers remove",
        "calibrate",
        "lookalikes",
        "correct",
        "whatif",
        "train",
        "classify",
        "compare",
        "watch",
        "events list",
        "events export",
        "settings list",
        "settings get",
        "settings set",
        "camera list",
        "models list",
        "models trust",
        "models bring",
        "models try",
        "models use",
        "models forget",
        "doctor",
        "keys export",
        "keys import",
        "keys open-backup",
        "keys rotate",
        "keys show",
        "demo",
        "door alarms",
        "door hold",
        "door lockdown",
        "door mute",
        "door open",
        "door run",
        "door screen",
        "door attack-test",
        "door simulate",
        "door status",
        "rules add",
        "rules door",
        "rules holidays",
        "rules list",
        "rules remove",
        "rules test",
    }


@pytest.mark.parametrize("path", [path for path, _ in every_command()], ids=" ".join)
def test_every_command_takes_json_and_home_and_explains_itself(path: tuple[str, ...]) -> None:
    command = dict(every_command())[path]
    assert {"--json", "--home"} <= {o for p in command.params for o in p.opts}
    done = CliRunner().invoke(faceaccess, [*path, "--help"])
    assert done.exit_code == 0
    assert "Usage: faceaccess" in done.stdout.replace("root ", "faceaccess ")
    documented = [p for p in command.params if isinstance(p, click.Option)]
    assert all(option.help for option in documented)


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["people", "add", "Li Wei"],
        ["people", "show"],
        ["identify"],
        ["watch", "demo:", "--frames", "0"],
        ["watch", "demo:", "--frames", "many"],
        ["events", "list", "--since", "yesterday"],
        ["events", "list", "--outcome", "open"],
        ["settings", "set", "threshold"],
        ["heads", "use", "0"],
        ["heads", "compare", "1"],
        ["strangers", "add"],
        ["correct", "3f2a91"],
        ["correct", "3f2a91", "--not-me", "--is", "101"],
        ["whatif", "--since", "yesterday"],
        ["whatif", "--threshold", "high"],
        ["people", "list", "--nonsense"],
        ["demo", "--seconds", "5"],
        ["door", "hold", "Front"],
        ["door", "mute", "Front", "--off", "--for", "1h"],
        ["demo", "--headless", "--home", "x"],
    ],
    ids=" ".join,
)
def test_wrong_usage_is_2_and_makes_nothing(
    run: Callable[..., Ran], home: Path, arguments: list[str]
) -> None:
    done = run(*arguments)
    assert done.exit_code == 2
    assert done.stdout == ""
    assert "Usage:" in done.stderr
    assert not home.exists()


def test_the_version(process: Callable[..., Ran]) -> None:
    assert process("--version").stdout.strip() == f"faceaccess, version {__version__}"


def test_without_a_display_the_window_is_refused_in_a_sentence(
    run: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("QT_QPA_PLATFORM", "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    run().refused("no display")
    run("demo").refused("no display", "--headless")


def test_a_reader_that_goes_away_is_no_error_on_the_screen(home: Path) -> None:
    # `settings list` writes more lines than the closed pipe takes.
    writer = subprocess.Popen(
        [sys.executable, "-m", "faceaccess", "settings", "list", "--json", "--home", str(home)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert writer.stdout is not None
    writer.stdout.close()
    _, stderr = writer.communicate(timeout=60)
    assert stderr == b""
    assert writer.returncode == 141


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_end_from_outside_is_clean(home: Path, sent: signal.Signals, code: int) -> None:
    watching = subprocess.Popen(
        [sys.executable, "-u", "-m", "faceaccess", "watch", "demo:", "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "FACEACCESS_HOME": str(home)},
        text=True,
    )
    try:
        assert watching.stdout is not None
        first = json.loads(watching.stdout.readline())  # it is at work now
        watching.send_signal(sent)
        _, stderr = watching.communicate(timeout=60)
    finally:
        watching.kill()
    assert first["outcome"] == "none"
    assert watching.returncode == code
    assert "Traceback" not in stderr


@pytest.mark.parametrize("code", [0, 1])
def test_bare_and_demo_open_the_window_and_end_with_its_code(
    run: Callable[..., Ran], home: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    opened = []

    def open_window(app: App) -> int:
        opened.append((app.home.root, app.is_demo))
        return code

    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    monkeypatch.setattr("faceaccess.gui.main.open_window", open_window)
    demo_home = home.parent / "demo"
    made = App(DataHome(demo_home), SystemClock(), is_demo=True)
    monkeypatch.setattr("faceaccess.app.build_demo", lambda: made)
    assert run().exit_code == code
    assert run("demo").exit_code == code
    assert opened == [(home, False), (demo_home, True)]
