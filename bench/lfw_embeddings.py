"""Embeddings of lfw-dev by the product's own vision, view by view; used by other benchmarks.

Every picture goes the way of an import: read, faces found, the one that is largest and nearest the
centre taken, cut, embedded. The crop and its mirror image are embedded of every picture; the drawn
views (`faceaccess/vision/face_views.py`) of people with four or more, who are the ones enrolled.
The vectors are made once (some minutes) and kept in the temporary folder.
"""

import random
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from faceaccess.core.faces import EmbeddingSpace
from faceaccess.core.home import DataHome
from faceaccess.core.people import TrainingSet
from faceaccess.core.settings import Settings
from faceaccess.images.codec import read_image
from faceaccess.pipeline.picture_look import largest_and_central
from faceaccess.vision import face_views
from faceaccess.vision.build import build_analyser

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
WRONG_LABEL = "Recep_Tayyip_Erdogan_0004"
ENROLLED_TWICE = "Joseph_Blatter"
"""The same man as the known Sepp_Blatter: no stranger to him."""
ENROLLED, PROBES = 3, 10
VIEWS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "plain": lambda crop: crop,
    "mirrored": face_views.mirrored,
    "glasses": face_views.with_glasses,
    "cap": face_views.with_cap,
}


def unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)


@dataclass(frozen=True, eq=False)
class Faces:
    """Vectors by view, and which rows are whose."""

    space: EmbeddingSpace
    names: list[str]
    plain: np.ndarray
    mirrored: np.ndarray
    glasses: np.ndarray
    cap: np.ndarray

    def people(self, least: int, most: int = 10**6) -> dict[str, list[int]]:
        """Return the rows of people with so many pictures, by name."""
        rows: dict[str, list[int]] = {}
        for i, name in enumerate(self.names):
            if name != WRONG_LABEL:
                rows.setdefault(name.rsplit("_", 1)[0], []).append(i)
        # People count by the pictures that there are, the one with the wrong label left out.
        return {n: r for n, r in sorted(rows.items()) if least <= len(r) <= most}

    @property
    def viewed_space(self) -> EmbeddingSpace:
        inner = self.space
        name = inner.preprocessing + face_views.SUFFIX
        return EmbeddingSpace(inner.model, name, inner.dimension)

    @property
    def at_the_door(self) -> np.ndarray:
        """Vectors as `ViewEmbedder.embed` makes them."""
        return unit(self.plain + self.mirrored)

    def enrolled(self, glasses: float, cap: float) -> np.ndarray:
        """Vectors as `ViewEmbedder.embed_enrolled` makes them, with other weights."""
        plain = (1 - glasses - cap) / 2
        rest = glasses * self.glasses + cap * self.cap
        return unit(plain * (self.plain + self.mirrored) + rest)


@dataclass(frozen=True, eq=False)
class Split:
    """Rows of one shuffle: the first three pictures of each known person, up to ten others."""

    enrolled: list[int]
    owners: list[str]
    probes: list[int]
    truth: list[str]

    def training_set(self, vectors: np.ndarray) -> TrainingSet:
        return TrainingSet(vectors[self.enrolled].astype(np.float32), tuple(self.owners))


def split(known: dict[str, list[int]], seed: int) -> Split:
    chance = random.Random(seed)
    parts = Split([], [], [], [])
    for name, rows in known.items():
        order = rows.copy()
        chance.shuffle(order)
        probes = order[ENROLLED : ENROLLED + PROBES]
        parts.enrolled.extend(order[:ENROLLED])
        parts.owners.extend([name] * ENROLLED)
        parts.probes.extend(probes)
        parts.truth.extend([name] * len(probes))
    return parts


def load_faces(*, colour: bool) -> Faces:
    """Return the vectors, made now or read from the temporary folder."""
    with tempfile.TemporaryDirectory() as folder:
        analyser = build_analyser(Settings(colour=colour), DataHome(Path(folder)))
    analyser = analyser.in_space(analyser.spaces[-1])  # one view at a time; they are joined later
    space = analyser.space
    kept = Path(tempfile.gettempdir()) / f"bench-lfw-dev-views-{str(space).replace('/', '-')}.npz"
    if not kept.exists():
        names, crops = [], []
        for path in _pictures():
            image = read_image(path)
            faces = analyser.detect(image)
            if faces:
                face, _ = largest_and_central(faces, image)
                names.append(path.stem)
                crops.append(analyser.describe(image, face).crop)
        many = [name.rsplit("_", 1)[0] for name in names]
        known = np.array([many.count(person) > ENROLLED for person in many])
        vectors = {}
        for view, drawn in VIEWS.items():
            which = np.flatnonzero(known) if view in ("glasses", "cap") else np.arange(len(crops))
            made = analyser.embed_crops([drawn(crops[i]) for i in which])
            vectors[view] = np.zeros((len(crops), space.dimension), np.float32)
            vectors[view][which] = [one.vector for one in made]
        np.savez(kept, names=names, **vectors)
    stored = np.load(kept)
    return Faces(space, [str(n) for n in stored["names"]], *(stored[view] for view in VIEWS))


def _pictures() -> Sequence[Path]:
    told = subprocess.run(
        [sys.executable, DATA / "unpack.py", "lfw-dev"], check=True, capture_output=True, text=True
    )
    return sorted(Path(told.stdout.strip().splitlines()[-1]).glob("*/*.jpg"))
