"""Looking at the pictures of an enrolment: which face is meant, and is it good enough."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from faceaccess.core.errors import BugError, KnownError
from faceaccess.core.faces import Face, Observation, QualityIssue
from faceaccess.core.frames import Image
from faceaccess.core.people import NewSample
from faceaccess.core.reasons import Reason
from faceaccess.images.codec import pixel_digest, read_image
from faceaccess.pipeline.results import NothingTakenError, Picture, Rejected
from faceaccess.vision.analyser import FaceAnalyser
from faceaccess.vision.quality import FILE_LIMITS

DOMINATES = 4.0
"""Area of the largest face over that of the second from which it is plain who is meant."""

_ISSUES = {
    Reason.TOO_FAR: "the face is too small",
    Reason.TOO_CLOSE: "the face fills the whole picture",
    Reason.CUT_OFF: "the face is cut off",
    Reason.TOO_DARK: "the picture is too dark",
    Reason.TOO_BRIGHT: "the picture is too bright",
    Reason.LOW_CONTRAST: "the picture is flat",
    Reason.BLURRED: "the picture is blurred",
    Reason.TURNED_AWAY: "the face is turned away",
    Reason.HEAD_TILTED: "the head is tilted",
}


@dataclass(frozen=True, eq=False)
class Looked:
    """What became of one picture.

    Attributes:
        name: what people call the picture.
        digest: SHA-256 of its pixels, or "" where it could not be read.
        observation: the face that is meant, without embedding, or None.
        rejected: why there is none, in one sentence, or None.
        remarks: on a picture that was taken.
    """

    name: str
    digest: str
    observation: Observation | None
    rejected: str | None
    remarks: tuple[str, ...] = ()


Choice = tuple[Face | None, str | None]
"""The face that is meant, or None; and a remark, or why none is."""
Choose = Callable[[Sequence[Face], Image], Choice]
"""Picks the face that is meant out of at least one."""


def pixels(picture: Picture) -> Image:
    """Return a picture's pixels, read from its file where needed.

    Raises:
        KnownError: if the file cannot be read.
    """
    if picture.image is not None:
        return picture.image
    if picture.path is None:
        raise BugError(f"the picture {picture.name} has neither a file nor pixels")
    return read_image(picture.path)


def look_at(
    analyser: FaceAnalyser,
    name: str,
    image: Image,
    choose: Choose,
    known_digests: Sequence[str] | set[str] = (),
) -> Looked:
    """Find the face that is meant and judge it by the limits for files.

    Args:
        analyser: detects and measures.
        name: what people call the picture.
        image: (height, width, 3) uint8 blue-green-red.
        choose: picks the face.
        known_digests: pictures that are there already: those are not looked at again.
    """
    digest = pixel_digest(image)
    if digest in known_digests:
        return Looked(name, digest, None, "this picture is there already")
    faces = analyser.detect(image)
    if not faces:
        return Looked(name, digest, None, "no face was found")
    face, remark = choose(faces, image)
    if face is None:
        return Looked(name, digest, None, remark)
    observation = analyser.with_limits(FILE_LIMITS).describe(image, face)
    remarks = [] if remark is None else [remark]
    for issue in observation.quality.issues:
        text = issue_text(issue)
        if issue.reason is Reason.TOO_FAR:
            return Looked(name, digest, None, text)
        remarks.append(text)
    return Looked(name, digest, observation, None, tuple(remarks))


def issue_text(issue: QualityIssue) -> str:
    """Return what is wrong with a picture, with the figures."""
    bound = "at least" if issue.value < issue.limit else "at most"
    unit = "" if issue.unit in ("share", "0-255") else f" {issue.unit}"
    return f"{_ISSUES[issue.reason]} ({issue.value:.3g}{unit}, {bound} {issue.limit:.3g} is wanted)"


def the_only_one(faces: Sequence[Face], _image: Image) -> Choice:
    """Choose for adding by hand: one face, or one that clearly dominates."""
    by_area = sorted(faces, key=_area, reverse=True)
    if len(by_area) == 1:
        return by_area[0], None
    if _area(by_area[0]) >= DOMINATES * _area(by_area[1]):
        return by_area[0], f"{len(faces)} faces were found; the largest was taken"
    return None, f"{len(faces)} faces were found: give a picture with one face"


def largest_and_central(faces: Sequence[Face], image: Image) -> Choice:
    """Choose for an import: the face that is largest and nearest the centre."""
    height, width = image.shape[:2]
    reach = 0.5 * float(np.hypot(width, height))

    def weight(face: Face) -> float:
        x, y, w, h = face.box
        away = float(np.hypot(x + w / 2 - width / 2, y + h / 2 - height / 2)) / reach
        return _area(face) * max(0.0, 1.0 - away) ** 2

    best = max(faces, key=weight)
    if len(faces) == 1:
        return best, None
    return best, f"{len(faces)} faces were found; the largest nearest the centre was taken"


def new_sample(observation: Observation, source: str, digest: str) -> NewSample:
    """Return an embedded observation as a picture to be stored."""
    if observation.embedding is None:
        raise BugError("a picture is stored without an embedding")
    return NewSample(observation.crop, observation.embedding, observation.quality, source, digest)


def odd_ones_out(
    names: Sequence[str], vectors: NDArray[np.float32], least: float
) -> list[Rejected]:
    """Return a warning for each picture that does not resemble the others of the same person.

    Args:
        names: the pictures.
        vectors: (pictures, dimension) float32 of length 1.
        least: cosine to the mean of the other pictures that a picture of the same person reaches.
    """
    if len(names) < 2:
        return []
    others = vectors.sum(axis=0, keepdims=True) - vectors
    lengths = np.maximum(np.linalg.norm(others, axis=1), 1e-9)
    cosines = np.einsum("ij,ij->i", vectors, others) / lengths
    return [
        Rejected(name, f"it hardly resembles the other pictures ({cosine:.2f}): somebody else?")
        for name, cosine in zip(names, cosines, strict=True)
        if not cosine >= least
    ]


def nothing_taken(rejected: Sequence[Rejected]) -> KnownError:
    """Return the error for an enrolment in which no picture was accepted."""
    if not rejected:
        return KnownError("No picture was given.", "Give at least one picture with one face.")
    listed = "; ".join(f"{one.picture}: {one.reason}" for one in rejected[:5])
    more = f" (and {len(rejected) - 5} more)" if len(rejected) > 5 else ""
    return NothingTakenError(
        f"No picture was accepted, nothing was stored. {listed.removesuffix('.')}{more}.",
        "Give a picture with one clear face.",
        tuple(rejected),
    )


def _area(face: Face) -> float:
    return max(0.0, face.box[2]) * max(0.0, face.box[3])
