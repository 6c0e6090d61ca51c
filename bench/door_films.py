"""What the benches of doors share: drawn staff who are enrolled, and films of them for a camera."""

from collections.abc import Iterator

import cv2
import numpy as np

from faceaccess.app import App
from faceaccess.camera.drawn import DrawnPeopleSource
from faceaccess.camera.drawn_people import DEMO_THRESHOLD, STAFF, Pose, render
from faceaccess.core import progress
from faceaccess.core.actors import Actor
from faceaccess.core.clock import ManualClock
from faceaccess.core.frames import Image
from faceaccess.core.people import PersonDetails
from faceaccess.pipeline.results import Picture

ACTOR = Actor("bench", "test")


def enrol_staff(app: App, *, liveness: str | None = None) -> None:
    """Enrol the drawn staff from three pictures each, with the threshold that fits them."""
    app.settings.set(ACTOR, "threshold", str(DEMO_THRESHOLD))
    if liveness is not None:
        app.settings.set(ACTOR, "liveness", liveness)
    for person in STAFF:
        pictures = [
            Picture(f"{person.name} {turn}", image=render(person, pose=Pose(turn=turn)))
            for turn in (-12.0, 0.0, 12.0)
        ]
        progress.run(app.enrolment.add(ACTOR, PersonDetails(person.name), pictures))


def comings_and_goings(seed: int, fps: int, seconds: int) -> Iterator[Image]:
    """Yield pictures of drawn staff who come and go, 640 x 480."""
    source = DrawnPeopleSource(
        f"demo:?seed={seed}&who=staff&fps={fps}", ManualClock(), as_fast_as_it_goes=True
    )
    source.open()
    for _ in range(seconds * fps):
        frame = source.read()
        assert frame is not None
        yield frame.image


def noisy(image: Image, seed: int) -> Image:
    """Return a picture with a sensor's noise."""
    noise = np.random.default_rng(seed).normal(0, 2.5, image.shape)
    return np.clip(image + noise, 0, 255).astype(np.uint8)


def somebody_who_stays(size: tuple[int, int], count: int) -> Iterator[Image]:
    """Yield pictures of one of the staff who sways a little, of a size (width, height)."""
    width, height = size
    for number in range(count):
        pose = Pose(turn=4.0 * float(np.sin(2 * np.pi * number / count)))
        image = render(STAFF[0], pose=pose, seed=5)
        scale = max(width / image.shape[1], height / image.shape[0])
        large = cv2.resize(image, None, fx=scale, fy=scale)
        top, left = (large.shape[0] - height) // 2, (large.shape[1] - width) // 2
        yield noisy(np.asarray(large[top : top + height, left : left + width], np.uint8), number)


def short_visits(visits: int, fps: int, each: float, there: float) -> Iterator[Image]:
    """Yield an empty doorway in which one of the staff after the other stands for a while.

    Args:
        visits: how many.
        fps: pictures a second.
        each: seconds from one visit to the next.
        there: seconds for which somebody stands there.
    """
    source = DrawnPeopleSource("demo:", ManualClock(), as_fast_as_it_goes=True)
    source.open()
    empty = next(f for f in iter(source.read, None) if not f.truth).image
    number = 0
    for visit in range(visits):
        person = render(STAFF[visit % len(STAFF)], pose=Pose(turn=3.0), seed=5)
        for at in range(round(each * fps)):
            number += 1
            yield noisy(empty if at < (each - there) * fps else person, number)
