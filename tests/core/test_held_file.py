import subprocess
import sys
from pathlib import Path

import pytest

from faceaccess.core.held_file import HeldFile

HOLD = """
import sys
from pathlib import Path
from faceaccess.core.held_file import HeldFile
held = HeldFile(Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


def test_a_held_file_is_held_once_and_can_be_held_again(tmp_path: Path) -> None:
    first = HeldFile(tmp_path / "hold")
    with pytest.raises(BlockingIOError):
        HeldFile(tmp_path / "hold")
    first.release()
    first.release()
    HeldFile(tmp_path / "hold").release()


def test_it_is_its_owners_alone(tmp_path: Path) -> None:
    HeldFile(tmp_path / "hold").release()
    assert (tmp_path / "hold").stat().st_mode & 0o077 == 0


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        HeldFile(tmp_path / "nowhere" / "hold")


def test_a_killed_process_holds_nothing(tmp_path: Path) -> None:
    file = tmp_path / "hold"
    other = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(file)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        with pytest.raises(BlockingIOError):
            HeldFile(file)
    finally:
        other.kill()
        other.communicate()
    HeldFile(file).release()
