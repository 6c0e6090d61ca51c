import subprocess
import sys
from pathlib import Path

from faceaccess.camera.listing import CameraInfo, _by_sysfs


def device(root: Path, number: int, name: str | None, index: str) -> None:
    folder = root / f"video{number}"
    folder.mkdir()
    (folder / "index").write_text(f"{index}\n")
    if name is not None:
        (folder / "name").write_text(f"{name}\n")


def test_cameras_are_listed_by_number_with_their_names(tmp_path: Path) -> None:
    device(tmp_path, 10, "Door: USB Camera", "0")
    device(tmp_path, 2, None, "0")
    device(tmp_path, 3, "metadata of 2", "1")
    (tmp_path / "v4l-touch0").mkdir()
    assert _by_sysfs(tmp_path) == [
        CameraInfo("2", "Camera 2"),
        CameraInfo("10", "Door: USB Camera"),
    ]


def test_a_computer_without_cameras_has_none(tmp_path: Path) -> None:
    assert _by_sysfs(tmp_path / "absent") == []


def test_importing_the_list_does_not_load_opencv() -> None:
    code = "import sys, faceaccess.camera.listing; sys.exit('cv2' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
