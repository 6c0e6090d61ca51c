"""Rules that every test lives under, and the fixtures that every part shares.

- An error in the log that the test did not expect fails it (mark: `expected_log_errors`).
- A thread that outlives its test fails it and says where it was started.
- Python warnings and Qt messages fail the test (see `pyproject.toml`).
"""

import logging
import os
import signal
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

EVALUATION_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


def pytest_configure(config: pytest.Config) -> None:
    # A shell starts its background jobs deaf to Ctrl-C, and programs that tests start inherit it.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    config.addinivalue_line(
        "markers", "expected_log_errors: the test provokes errors that are logged on purpose"
    )
    config.addinivalue_line("markers", "real_window: needs a real X display; started by the test")


@pytest.fixture(scope="session", autouse=True)
def _keys_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep the keys of tests' data folders out of the user's own folder, also in subprocesses."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FACEACCESS_KEYS", str(tmp_path_factory.mktemp("keys")))
        yield


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty data folder, also set as FACEACCESS_HOME."""
    folder = tmp_path / "home"
    monkeypatch.setenv("FACEACCESS_HOME", str(folder))
    return folder


@pytest.fixture(scope="session")
def evaluation_data() -> Callable[[str], Path]:
    """Return the unpacked evaluation set by name, or skip where the data is not present."""

    def unpacked(name: str) -> Path:
        if not (EVALUATION_DATA / "unpack.py").exists():
            pytest.skip(f"the evaluation data is not beside the project ({name})")
        done = subprocess.run(
            [sys.executable, EVALUATION_DATA / "unpack.py", name],
            check=True,
            capture_output=True,
            text=True,
        )
        return Path(done.stdout.strip().splitlines()[-1])

    return unpacked


@pytest.fixture(autouse=True)
def _no_unexpected_log_errors(
    request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture
) -> Iterator[None]:
    yield
    if request.node.get_closest_marker("expected_log_errors"):
        return
    errors = [
        record
        for phase in ("setup", "call")
        for record in caplog.get_records(phase)
        if record.levelno >= logging.ERROR
    ]
    if errors:
        pytest.fail(
            "errors were logged that the test does not expect:\n"
            + "\n".join(f"{r.name}: {r.getMessage()}" for r in errors)
        )


class _ThreadStarts:
    """Remembers where each thread was started, for the report on leaked ones."""

    def __init__(self) -> None:
        self.where: dict[int, str] = {}
        self._start = threading.Thread.start

    def install(self) -> None:
        starts = self

        def start(thread: threading.Thread) -> None:
            starts.where[id(thread)] = "".join(traceback.format_stack(limit=8)[:-1])
            starts._start(thread)

        threading.Thread.start = start  # type: ignore[method-assign]  # undone in remove

    def remove(self) -> None:
        threading.Thread.start = self._start  # type: ignore[method-assign]  # the original


# Threads that libraries keep for the whole process and that end with it.
_LIBRARY_THREADS = ("pymp-", "QueueFeederThread", "tqdm", "Hypothesis", "pytest_timeout")


@pytest.fixture(autouse=True)
def _no_leaked_threads() -> Iterator[None]:
    before = set(threading.enumerate())
    starts = _ThreadStarts()
    starts.install()
    try:
        yield
    finally:
        starts.remove()
    leaked = []
    for thread in set(threading.enumerate()) - before:
        if thread.name.startswith(_LIBRARY_THREADS) or "_DummyThread" in type(thread).__name__:
            continue
        thread.join(timeout=2)
        if thread.is_alive():
            leaked.append(f"{thread.name}\n{starts.where.get(id(thread), '(start not seen)')}")
    if leaked:
        pytest.fail("threads outlived the test; started at:\n" + "\n".join(leaked))
