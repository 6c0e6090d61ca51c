"""The YuNet detector, run by OpenCV.

Measured on pictures of lfw-dev made smaller and larger: YuNet finds all faces with 10 to 170 pixels
between the eyes, and its time grows with the number of pixels. So a picture is searched as small as
the smallest face that matters allows, and in a large one a second time, smaller, for faces that
fill it. What such a search loses is the exactness of the landmarks (TPIR at FPIR 0.1 % falls from
98.6 to 97.2 % with 11 pixels between the eyes); a second look at each face alone, cut out of the
picture at full size and scaled to always the same size, gives it back, and a little more, for
1 ms a face (docs/adr/detectors.md has the table).
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from faceaccess.core.errors import KnownError
from faceaccess.core.faces import Face
from faceaccess.core.frames import Image
from faceaccess.vision.alignment import frontal_eye_distance, warped

SCORE_THRESHOLD = 0.7
NMS_THRESHOLD = 0.3
MOST_FACES = 200

SMALLEST_EYES = 25.0
"""Pixels between the eyes of the smallest face that is surely found (pictures up to 30 MP)."""

FOUND_EYES = 11.0
"""Pixels between the eyes that YuNet needs in the picture that it searches."""

COARSE_SIDE = 320
"""No picture is searched with a longer side shorter than this (unless it is that small itself):
a face that fills it has then about 110 pixels between the eyes."""

TWICE_SIDE = 480
"""A search with a longer side than this is accompanied by one of `COARSE_SIDE`."""

FINE_SIDE = 2560
"""Longest side that is searched, for memory's sake."""

LEAST_SIDE = 16
"""A picture with a shorter side than this when searched shows no face that YuNet could find."""

WINDOW = 128
"""Side in pixels of the window in which a face is looked at again."""

WINDOW_EYES = 30.0
"""Pixels between the eyes in it."""

Row = NDArray[np.float32]


class YuNetDetector:
    """Finds faces with `cv2.FaceDetectorYN`. Not thread-safe.

    YuNet names its landmarks as the person would (first the right eye); seen in the picture that is
    the left one, so its order is the order of `Face`.

    Args:
        onnx: bytes of the network's file.

    Raises:
        KnownError: if OpenCV cannot read the network.
    """

    def __init__(self, onnx: bytes) -> None:
        # One object a size: changing the input's size of an object costs about as much as a look.
        self._search = _network(onnx)
        self._coarse = _network(onnx)
        self._window = _network(onnx)
        self._window.setInputSize((WINDOW, WINDOW))

    @property
    def name(self) -> str:
        """Short name."""
        return "yunet"

    def detect(self, image: Image) -> list[Face]:
        """Return all faces of (height, width, 3) uint8 blue-green-red, largest first."""
        long_side = search_side(image)
        faces = _search(self._search, image, long_side)
        if long_side > TWICE_SIDE:
            coarse = _search(self._coarse, image, COARSE_SIDE)
            # What is large enough for the coarse search, and was not seen there, is no face.
            small = [face for face in faces if max(face.box[2:]) < max(image.shape[:2]) / 6]
            faces = _merged(coarse, small)
        exact = [self._looked_at_again(image, face) for face in faces]
        return sorted(exact, key=lambda face: -face.box[2] * face.box[3])

    def _looked_at_again(self, image: Image, face: Face) -> Face:
        """Return the face with landmarks found in a window cut around it at a fixed scale; the face
        as it is where the window shows none in that place.
        """
        centre = face.landmarks.mean(axis=0)
        factor = WINDOW_EYES / max(frontal_eye_distance(face.landmarks), 1.0)
        shift = WINDOW / 2 - factor * centre
        matrix = np.array([[factor, 0, shift[0]], [0, factor, shift[1]]], dtype=np.float64)
        window = warped(image, matrix, WINDOW)
        _, rows = self._window.detect(window)
        sane = [row for row in (() if rows is None else rows) if _sane(row, (WINDOW, WINDOW))]
        if not sane:
            return face
        points = np.stack(sane)[:, 4:14].reshape(-1, 5, 2)
        distances = np.linalg.norm(points.mean(axis=1) - WINDOW / 2, axis=1)
        nearest = int(distances.argmin())
        if distances[nearest] > WINDOW_EYES / 2:
            return face
        landmarks = (points[nearest] - shift) / factor
        return Face(face.box, landmarks.astype(np.float32), face.score)


def search_side(image: Image) -> int:
    """Return the longer side, in pixels, of the picture that is searched for `image`."""
    own = int(max(image.shape[:2]))
    wanted = round(own * FOUND_EYES / SMALLEST_EYES)
    return min(own, max(COARSE_SIDE, min(wanted, FINE_SIDE)))


def _network(onnx: bytes) -> "cv2.FaceDetectorYN":
    try:
        return cv2.FaceDetectorYN.create(
            "onnx",
            np.frombuffer(onnx, dtype=np.uint8),
            np.empty(0, dtype=np.uint8),
            (COARSE_SIDE, COARSE_SIDE),
            SCORE_THRESHOLD,
            NMS_THRESHOLD,
            MOST_FACES,
        )
    except cv2.error as error:
        raise KnownError(
            f"OpenCV cannot read the detector YuNet: {error.err}.",
            "Install opencv-python-headless 4.12 or later, below 5.",
        ) from error


def _search(network: "cv2.FaceDetectorYN", image: Image, long_side: int) -> list[Face]:
    height, width = image.shape[:2]
    factor = long_side / max(height, width)
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    if min(size) < LEAST_SIDE:
        return []
    small = image
    if size != (width, height):
        small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    network.setInputSize(size)
    _, rows = network.detect(small)
    if rows is None:
        return []
    scale = np.array([width / size[0], height / size[1]], dtype=np.float32)
    return [_face(row, scale) for row in rows if _sane(row, size)]


def _sane(row: Row, size: tuple[int, int]) -> bool:
    """Whether a row can be a face of a picture of `size`; noise may give numbers without bounds."""
    x, y, width, height = row[:4]
    return bool(
        np.isfinite(row).all()
        and 0 < width <= 4 * max(size)
        and 0 < height <= 4 * max(size)
        and -width < x < size[0]
        and -height < y < size[1]
        and np.abs(row[4:14]).max() <= 8 * max(size)
        and np.linalg.norm(row[4:6] - row[6:8]) + np.linalg.norm(row[4:6] - row[10:12]) > 1
    )


def _face(row: Row, scale: NDArray[np.float32]) -> Face:
    """Read one row: x, y, width, height, five points, score."""
    x, y = row[0:2] * scale
    width, height = row[2:4] * scale
    return Face(
        box=(float(x), float(y), float(width), float(height)),
        landmarks=(row[4:14].reshape(5, 2) * scale).astype(np.float32),
        score=min(1.0, float(row[14])),
    )


def _merged(first: list[Face], second: list[Face]) -> list[Face]:
    """Return all of `first`, and those of `second` that overlap none of them."""
    return first + [
        face
        for face in second
        if all(overlap(face.box, other.box) < NMS_THRESHOLD for other in first)
    ]


def overlap(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    """Return the intersection of two boxes as a share of their union, 0 to 1."""
    width = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    height = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    if width <= 0 or height <= 0:
        return 0.0
    shared = width * height
    return shared / (one[2] * one[3] + other[2] * other[3] - shared)
