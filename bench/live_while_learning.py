"""The live view while a network is trained on pictures, in the real window.

    python bench/live_while_learning.py [--trials N] [--fps N] [--seconds N]

A throw-away data folder, the drawn camera, and a folder of synthetic pictures (noise over a
pattern for each of ten classes). Each trial measures the frames that the live view shows and the
lateness of a 10 ms timer in the window's thread, first at rest, then while the page "Pictures"
trains with its standard choices. Prints the claim, the machine, trials, mean and spread, and saves
them with this file's hash under bench/results/.
"""

import argparse
import sys
import tempfile
from pathlib import Path

import cv2
import numpy as np
from live_while_retraining import KEPT, LATEST_MS, Meter, conclude, machine, spin

from faceaccess.app import build
from faceaccess.core.actors import Actor
from faceaccess.core.errors import KnownError
from faceaccess.gui.camera_thread import CameraThread
from faceaccess.gui.main import build_window
from faceaccess.gui.main_window import MainWindow
from faceaccess.gui.views.learn_pictures import PicturesPage
from faceaccess.gui.views.live import LiveView
from faceaccess.gui.views.train import TrainView

CLASSES, EACH = 10, 100


def fill(folder: Path) -> Path:
    """Write the pictures; return their folder."""
    chance = np.random.default_rng(3)
    for number in range(CLASSES):
        (folder / f"class {number}").mkdir(parents=True)
        pattern = cv2.resize(chance.integers(0, 255, (4, 4)).astype(np.uint8), (48, 48))
        for picture in range(EACH):
            noisy = pattern + chance.normal(0, 40, pattern.shape)
            name = folder / f"class {number}" / f"{picture}.png"
            cv2.imwrite(str(name), noisy.clip(0, 255).astype(np.uint8))
    return folder


def trial(window: MainWindow, meter: Meter, page: PicturesPage, seconds: float) -> dict[str, float]:
    """Measure at rest, then while a training runs; then stop it."""
    window.show_place("live")
    spin(lambda: False, 1.0)
    meter.begin()
    spin(lambda: False, seconds)
    fps_rest, late_rest = meter.end()
    page.begin_anew()
    if not spin(lambda: len(page.progress.accuracy.points("tested")) >= 1, 600):
        raise KnownError(f"The training did not begin: {page.bar.accessibleName()}")
    meter.begin()
    spin(lambda: False, seconds)
    fps_train, late_train = meter.end()
    if not page.job.isVisibleTo(page) or page.bar.message is not None:
        raise KnownError("The training ended while it was measured: take fewer seconds.")
    epochs = len(page.progress.accuracy.points("tested"))
    page.job.cancel.click()
    spin(page.job.isHidden, 600)
    return {
        "rest_fps": fps_rest,
        "train_fps": fps_train,
        "kept": fps_train / fps_rest,
        "rest_latest_ms": max(late_rest),
        "train_latest_ms": max(late_train),
        "train_p99_ms": float(np.percentile(late_train, 99)),
        "epochs": float(epochs),
    }


def measure(asked: argparse.Namespace) -> list[dict[str, float]]:
    """Build the data and the window, and run the trials."""
    results: list[dict[str, float]] = []
    with tempfile.TemporaryDirectory() as folder:
        app = build(Path(folder) / "home")
        app.settings.set(Actor("bench", "test"), "camera", f"demo:?fps={asked.fps}")
        window = build_window(app)
        live = window.view("live")
        assert isinstance(live, LiveView)
        window.resize(1280, 840)
        window.show()
        window.start()
        spin(lambda: live.findChild(CameraThread) is not None, 10)
        meter = Meter(live)
        try:
            window.show_place("train")
            train = window.view("train")
            assert isinstance(train, TrainView)
            train.show_page("pictures")
            page = train.page_of("pictures")
            assert isinstance(page, PicturesPage)
            page.form.epochs.setValue(10_000)
            page.choose(fill(Path(folder) / "pictures"))
            if not spin(lambda: page.pictures.parting.isVisibleTo(page), 300):
                raise KnownError(f"The pictures were not read: {page.bar.accessibleName()}")
            window.show_place("live")
            if not spin(lambda: meter.frames > asked.fps, 300):
                raise KnownError("The live view shows no frames.")
            for number in range(1, asked.trials + 1):
                results.append(trial(window, meter, page, asked.seconds))
                told = " ".join(f"{name} {value:.2f}" for name, value in results[-1].items())
                print(f"trial {number}: {told}")
        finally:
            window.shutdown()
            app.close()
    return results


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--trials", type=int, default=3)
    parser.add_argument("--fps", type=int, default=25, help="frames a second of the drawn camera")
    parser.add_argument("--seconds", type=float, default=8.0, help="measured each time")
    asked = parser.parse_args()
    claim = (
        f"While a network is trained on pictures, the live view keeps {KEPT:.0%} of its frame "
        f"rate, and no event of the window is later than {LATEST_MS:.0f} ms."
    )
    print(claim)
    where = machine()
    print(" ".join(f"{name}: {value}" for name, value in where.items()))
    results = measure(asked)
    sys.exit(0 if conclude(Path(__file__), claim, where, asked, results) else 1)


if __name__ == "__main__":
    main()
