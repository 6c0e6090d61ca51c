"""The only decoder and encoder of pictures.

Whatever a phone, a scanner or a drawing program writes comes out as (height, width, 3) uint8,
blue-green-red, upright. What cannot be read is a `KnownError` that names the file. The number of
pixels is checked from the header, before any pixel is unpacked.
"""

import hashlib
import io
import struct
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from faceaccess.core.errors import BugError, KnownError
from faceaccess.core.frames import Image

if TYPE_CHECKING:
    from PIL.Image import Image as PilImage

PICTURE_SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".png", ".bmp", ".gif", ".tif", ".tiff", ".webp", ".pgm", ".ppm"}
)
"""Lower-case endings of the files that are taken for pictures in a folder."""

MAX_PIXELS = 100_000_000
"""Most pixels of a picture (width x height)."""

MAX_FILE_BYTES = 512 * 1024 * 1024
"""Largest picture file that is read at all."""

_FORMATS = ("JPEG", "PNG", "BMP", "DIB", "GIF", "TIFF", "WEBP", "PPM")
_USE_ANOTHER = "Use a JPEG or PNG picture."
_TAKE_ANEW = "Copy or save the picture anew."

# What Pillow's readers raise on damaged data, of every kind.
_DAMAGE = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    EOFError,
    IndexError,
    KeyError,
    OverflowError,
    NotImplementedError,
    struct.error,
    zlib.error,
)

_ORIENTATION = 0x0112


def read_image(path: Path) -> Image:
    """Read a picture file.

    Returns:
        (height, width, 3) uint8, blue-green-red, turned upright as its EXIF entry says,
        transparent parts over white, 16 bits scaled to 8.

    Raises:
        KnownError: if the file is missing, a folder, not permitted, empty, cut off, not a
            picture, or has more than `MAX_PIXELS` pixels.
    """
    name = str(path)
    try:
        if path.is_dir():
            raise KnownError(f"{name} is a folder, not a picture.", "Name the pictures in it.")
        if path.exists() and not path.is_file():
            raise KnownError(f"{name} is not a file.", _USE_ANOTHER)
        size = path.stat().st_size
        if size > MAX_FILE_BYTES:
            raise KnownError(
                f"The picture {name} has {size / 1e6:,.0f} MB, more than can be read.",
                "Save it smaller.",
            )
        data = path.read_bytes()
    except FileNotFoundError:
        raise KnownError(f"There is no picture {name}.", "Check the path.") from None
    except PermissionError:
        raise KnownError(
            f"The picture {name} may not be read.", "Ask its owner for permission to read it."
        ) from None
    except (OSError, ValueError) as error:  # ValueError: a zero byte in the name
        raise KnownError(
            f"The picture {name} cannot be read: {error}.", "Check the path."
        ) from None
    return decode_image(data, name)


def decode_image(data: bytes, name: str) -> Image:
    """Decode the bytes of a picture file; `name` is what errors call it.

    Returns:
        As `read_image`.

    Raises:
        KnownError: as `read_image`.
    """
    if not data:
        raise KnownError(f"The picture {name} is empty (0 bytes).", _TAKE_ANEW)
    from PIL import Image as Pillow
    from PIL import UnidentifiedImageError

    # Pillow's own limit warns through the warnings module, which no caller could attribute to a
    # file; the check below replaces it for every picture.
    Pillow.MAX_IMAGE_PIXELS = None
    try:
        with Pillow.open(io.BytesIO(data), formats=_FORMATS) as picture:
            _check_size(picture.width, picture.height, name)
            rgb = _upright(picture)
    except UnidentifiedImageError:
        raise KnownError(f"{name} is not a picture that can be read.", _USE_ANOTHER) from None
    except MemoryError:
        raise KnownError(
            f"The picture {name} does not fit into memory.", "Save it smaller."
        ) from None
    except _DAMAGE as error:
        raise KnownError(
            f"The picture {name} is damaged or cut off: {error}.", _TAKE_ANEW
        ) from None
    return np.ascontiguousarray(rgb[:, :, ::-1])


def _check_size(width: int, height: int, name: str) -> None:
    if width * height > MAX_PIXELS:
        raise KnownError(
            f"The picture {name} has {width} x {height} pixels, more than "
            f"{MAX_PIXELS // 1_000_000} million.",
            "Save it smaller.",
        )


def _upright(picture: "PilImage") -> NDArray[np.uint8]:
    """Return the first frame's pixels, (height, width, 3) red-green-blue, EXIF rotation applied."""
    from PIL import Image as Pillow

    turns = {
        2: Pillow.Transpose.FLIP_LEFT_RIGHT,
        3: Pillow.Transpose.ROTATE_180,
        4: Pillow.Transpose.FLIP_TOP_BOTTOM,
        5: Pillow.Transpose.TRANSPOSE,
        6: Pillow.Transpose.ROTATE_270,
        7: Pillow.Transpose.TRANSVERSE,
        8: Pillow.Transpose.ROTATE_90,
    }
    picture.load()
    turn = turns.get(picture.getexif().get(_ORIENTATION, 1))
    eight_bit = _eight_bit(picture)
    if turn is not None:
        eight_bit = eight_bit.transpose(turn)
    return np.asarray(_rgb(eight_bit), dtype=np.uint8)


def _eight_bit(picture: "PilImage") -> "PilImage":
    """Scale one-channel pictures of 16 or 32 bits to 8: 65535 becomes 255."""
    from PIL import Image as Pillow

    if picture.mode == "F":
        raise ValueError("its pixels are floating-point numbers")
    if not picture.mode.startswith("I"):
        return picture
    values: NDArray[Any] = np.asarray(picture).astype(np.int64)
    if values.min() < 0 or values.max() > 65535:
        raise ValueError("its pixels have more than 16 bits")
    return Pillow.fromarray(((values * 255 + 32767) // 65535).astype(np.uint8))


def _rgb(picture: "PilImage") -> "PilImage":
    """Return the picture in mode RGB; where it is transparent, white shows through."""
    from PIL import Image as Pillow

    if picture.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in picture.info:
        layered = picture.convert("RGBA")
        white = Pillow.new("RGBA", layered.size, (255, 255, 255, 255))
        return Pillow.alpha_composite(white, layered).convert("RGB")
    return picture.convert("RGB")


def encode_png(image: Image) -> bytes:
    """Return `image`, (height, width) or (height, width, 3) uint8 blue-green-red, as PNG.

    Raises:
        BugError: if it is anything else.
    """
    import cv2

    _check_pixels(image)
    # Level 1: crops are small, and time is spent on every picture of a visit.
    done, data = cv2.imencode(".png", image, [cv2.IMWRITE_PNG_COMPRESSION, 1])
    if not done:
        raise BugError(f"a picture of shape {image.shape} could not be written as PNG")
    return bytes(data)


def encode_jpeg(image: Image, quality: int = 85) -> bytes:
    """Return `image`, (height, width) or (height, width, 3) uint8 blue-green-red, as JPEG.

    Args:
        image: the picture.
        quality: 0 (smallest) to 100 (best).

    Raises:
        BugError: if the picture is anything else.
    """
    import cv2

    _check_pixels(image)
    done, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not done:
        raise BugError(f"a picture of shape {image.shape} could not be written as JPEG")
    return bytes(data)


def decode_png(data: bytes) -> Image:
    """Decode what `encode_png` wrote: (height, width) for grayscale, else (height, width, 3).

    Raises:
        KnownError: if the bytes are not a whole PNG picture of 8 bits.
    """
    from PIL import Image as Pillow

    try:
        with Pillow.open(io.BytesIO(data), formats=("PNG",)) as picture:
            _check_size(picture.width, picture.height, "in the database")
            if picture.mode not in ("L", "RGB"):
                raise ValueError(f"its mode is {picture.mode}")
            pixels = np.array(picture, dtype=np.uint8)
    except _DAMAGE as error:
        raise KnownError(
            f"A stored picture is damaged: {error}.", "Restore the data folder from a backup."
        ) from None
    return pixels if pixels.ndim == 2 else np.ascontiguousarray(pixels[:, :, ::-1])


def pixel_digest(image: Image) -> str:
    """Return the SHA-256 (64 hexadecimal digits) over shape and pixels.

    Two files that decode to the same pixels have the same digest.
    """
    digest = hashlib.sha256(repr(image.shape).encode())
    digest.update(np.ascontiguousarray(image).tobytes())
    return digest.hexdigest()


def _check_pixels(image: Image) -> None:
    colour = image.ndim == 3 and image.shape[2] == 3
    if image.dtype != np.uint8 or not (colour or image.ndim == 2) or image.size == 0:
        raise BugError(f"not a picture: shape {image.shape}, {image.dtype}")
