"""The real window on a real X display: enrol, recognise, retrain. Starts its own Xvfb."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

DRIVER = Path(__file__).with_name("window_driver.py")


@pytest.fixture
def display() -> Iterator[str]:
    """The name of a display of our own; Xvfb chooses a free number and says it."""
    program = shutil.which("Xvfb")
    if program is None:
        pytest.skip("the program Xvfb is not installed; script/bootstrap --tests installs it")
    read, write = os.pipe()
    command = [
        program,
        "-displayfd",
        str(write),
        "-screen",
        "0",
        "1400x1000x24",
        "-nolisten",
        "tcp",
    ]
    server = subprocess.Popen(
        command, pass_fds=[write], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    os.close(write)
    try:
        with os.fdopen(read) as said:
            number = said.readline().strip()
        if not number:
            pytest.fail(f"Xvfb ended at once with code {server.wait()}")
        yield f":{number}"
    finally:
        server.terminate()
        server.wait()


@pytest.mark.real_window
def test_enrol_recognise_and_retrain_in_the_real_window(display: str, tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "DISPLAY": display,
        "QT_QPA_PLATFORM": "xcb",
        "FACEACCESS_HOME": str(tmp_path / "unused"),
        "XDG_RUNTIME_DIR": str(tmp_path),
    }
    tmp_path.chmod(0o700)
    done = subprocess.run(
        [sys.executable, "-X", "faulthandler", str(DRIVER)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    sys.stdout.write(done.stdout)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    lines = dict(line.split(": ", 1) for line in done.stdout.splitlines() if ": " in line)
    assert lines["platform"] == "xcb"
    assert lines["enrolled"].startswith("The door knows Wang 王小明 now (")
    assert lines["live"].startswith("Let in: Wang 王小明")
    assert "->" in lines["retrained"]
    assert lines["closed"] == "no thread left"
    assert "Traceback" not in done.stderr
    assert "QThread: Destroyed" not in done.stderr
