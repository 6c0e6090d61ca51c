"""Pictures of every kind come out the same way; what cannot be read is told by name."""

import io
import os
import struct
import tracemalloc
import warnings
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image as Pillow

from faceaccess.core.errors import BugError, KnownError
from faceaccess.images.codec import (
    decode_image,
    decode_png,
    encode_jpeg,
    encode_png,
    pixel_digest,
    read_image,
)

# Two pixels: left red, right blue; in blue-green-red.
RED, BLUE = (0, 0, 255), (255, 0, 0)


def saved(picture: Pillow.Image, form: str, **options: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, form, **options)
    return out.getvalue()


def two_pixels() -> Pillow.Image:
    picture = Pillow.new("RGB", (2, 1), (255, 0, 0))
    picture.putpixel((1, 0), (0, 0, 255))
    return picture


def test_colours_come_as_blue_green_red_in_a_contiguous_array() -> None:
    image = decode_image(saved(two_pixels(), "PNG"), "x")
    assert image.dtype == np.uint8
    assert image.flags.c_contiguous
    assert image.tolist() == [[list(RED), list(BLUE)]]


@pytest.mark.parametrize(
    ("orientation", "expected"),
    [
        (1, [[RED, BLUE]]),
        (2, [[BLUE, RED]]),
        (3, [[BLUE, RED]]),
        (4, [[RED, BLUE]]),
        (5, [[RED], [BLUE]]),
        (6, [[RED], [BLUE]]),
        (7, [[BLUE], [RED]]),
        (8, [[BLUE], [RED]]),
    ],
)
def test_exif_orientation_is_applied(orientation: int, expected: list) -> None:
    exif = Pillow.Exif()
    exif[0x0112] = orientation
    for form in ("PNG", "WEBP"):
        options = {"lossless": True} if form == "WEBP" else {}
        image = decode_image(saved(two_pixels(), form, exif=exif, **options), "x")
        assert image.tolist() == [[list(p) for p in row] for row in expected]


def test_exif_of_a_phone_jpeg_turns_the_whole_picture() -> None:
    pixels = np.zeros((40, 80, 3), np.uint8)
    pixels[:, :40] = 255  # the left half is white
    exif = Pillow.Exif()
    exif[0x0112] = 6  # to be turned a quarter clockwise
    image = decode_image(saved(Pillow.fromarray(pixels), "JPEG", exif=exif, quality=95), "x")
    assert image.shape == (80, 40, 3)
    assert image[:35].mean() > 250  # left became top
    assert image[45:].mean() < 5


@pytest.mark.parametrize("form", ["PNG", "TIFF"])
def test_sixteen_bits_are_scaled_not_cut(form: str) -> None:
    values = np.array([[0, 257, 32768, 65535]], np.uint16)
    image = decode_image(saved(Pillow.fromarray(values), form), "x")
    assert image[0, :, 0].tolist() == [0, 1, 128, 255]
    assert image.shape == (1, 4, 3)


def test_grayscale_bilevel_and_palette() -> None:
    gray = Pillow.fromarray(np.array([[7, 200]], np.uint8))
    assert decode_image(saved(gray, "PNG"), "x").tolist() == [[[7] * 3, [200] * 3]]
    assert decode_image(saved(gray, "PPM"), "x").tolist() == [[[7] * 3, [200] * 3]]
    bilevel = Pillow.fromarray(np.array([[0, 255]], np.uint8)).convert("1")
    assert decode_image(saved(bilevel, "PNG"), "x").tolist() == [[[0] * 3, [255] * 3]]
    palette = two_pixels().convert("P", palette=Pillow.Palette.ADAPTIVE)
    assert decode_image(saved(palette, "GIF"), "x").tolist() == [[list(RED), list(BLUE)]]


def test_transparent_parts_show_white() -> None:
    rgba = Pillow.fromarray(np.array([[[255, 0, 0, 255], [255, 0, 0, 0], [0, 0, 0, 51]]], np.uint8))
    assert decode_image(saved(rgba, "PNG"), "x").tolist() == [[list(RED), [255] * 3, [204] * 3]]
    la = Pillow.fromarray(np.array([[[10, 255], [10, 0]]], np.uint8), "LA")
    assert decode_image(saved(la, "PNG"), "x").tolist() == [[[10] * 3, [255] * 3]]
    palette = Pillow.new("P", (2, 1))
    palette.putpalette([255, 0, 0, 0, 0, 255])
    palette.putpixel((1, 0), 1)
    data = saved(palette, "PNG", transparency=1)
    assert decode_image(data, "x").tolist() == [[list(RED), [255] * 3]]


def test_cmyk_jpeg_keeps_its_colours() -> None:
    cyan = Pillow.new("CMYK", (16, 16), (255, 0, 0, 0))
    blue, green, red = decode_image(saved(cyan, "JPEG", quality=95), "x")[8, 8]
    assert blue > 240
    assert green > 240
    assert red < 15


def png_of_size(width: int, height: int) -> bytes:
    """A valid header with hardly any data behind it."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"x") + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("size", [(60_000, 60_000), (10_001, 10_000)])
def test_too_many_pixels_are_refused_from_the_header(size: tuple[int, int], tmp_path: Path) -> None:
    file = tmp_path / "huge.png"
    file.write_bytes(png_of_size(*size))
    tracemalloc.start()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            with pytest.raises(KnownError) as caught:
                read_image(file)
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()
    assert f"{size[0]} x {size[1]}" in caught.value.text
    assert str(file) in caught.value.text
    assert caught.value.remedy


def test_a_large_picture_within_the_limit_gives_no_warning() -> None:
    picture = Pillow.new("1", (9_900, 10_000))  # more than Pillow's own limit of 89 million
    assert decode_image(saved(picture, "PNG"), "x").shape == (10_000, 9_900, 3)


def test_files_that_are_no_pictures_are_named(tmp_path: Path) -> None:
    whole = saved(Pillow.effect_noise((64, 64), 50).convert("RGB"), "JPEG")
    png = saved(Pillow.effect_noise((64, 64), 50), "PNG")
    cases = {
        "empty.jpg": (b"", "empty"),
        "text.jpg": (b"this is no picture\n" * 20, "not a picture"),
        "cut.jpg": (whole[: len(whole) // 2], "cut off"),
        "cut.png": (png[: len(png) // 2], "cut off"),
        "cut-header.png": (png[:20], "picture"),
        "wrong-sum.png": (png[:60] + bytes([png[60] ^ 255]) + png[61:], "damaged"),
        "archive.png": (b"PK\x03\x04" + bytes(100), "not a picture"),
    }
    for name, (data, word) in cases.items():
        file = tmp_path / name
        file.write_bytes(data)
        with pytest.raises(KnownError, match=word) as caught:
            read_image(file)
        assert str(file) in caught.value.text
        assert caught.value.remedy


def test_what_is_no_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(KnownError, match="There is no picture"):
        read_image(tmp_path / "none.jpg")
    with pytest.raises(KnownError, match="is a folder"):
        read_image(tmp_path)
    with pytest.raises(KnownError, match="cannot be read"):
        read_image(Path("a\0b.jpg"))
    with pytest.raises(KnownError, match="cannot be read"):
        read_image(tmp_path / ("n" * 5000))
    os.mkfifo(tmp_path / "pipe.jpg")
    with pytest.raises(KnownError, match="not a file"):
        read_image(tmp_path / "pipe.jpg")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_named(tmp_path: Path) -> None:
    file = tmp_path / "secret.jpg"
    file.write_bytes(b"x")
    file.chmod(0)
    with pytest.raises(KnownError, match="may not be read"):
        read_image(file)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_damaged_bytes_never_raise_anything_else(data: st.DataObject) -> None:
    form = data.draw(st.sampled_from(["JPEG", "PNG", "BMP", "GIF", "TIFF", "WEBP", "PPM"]))
    pixels = (np.arange(24 * 24 * 3) % 251).astype(np.uint8).reshape(24, 24, 3)
    whole = bytearray(saved(Pillow.fromarray(pixels), form))
    for _ in range(data.draw(st.integers(1, 6))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    cut = bytes(whole[: data.draw(st.integers(0, len(whole)))])
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            image = decode_image(cut, "x")
    except KnownError:
        return
    assert image.ndim == 3
    assert image.shape[2] == 3


@given(hnp.arrays(np.uint8, hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=20)))
def test_png_keeps_grayscale_exactly(image: np.ndarray) -> None:
    back = decode_png(encode_png(image))
    assert back.shape == image.shape
    assert (back == image).all()


@given(hnp.arrays(np.uint8, st.tuples(st.integers(1, 20), st.integers(1, 20), st.just(3))))
def test_png_keeps_colours_exactly_and_any_reader_sees_them(image: np.ndarray) -> None:
    data = encode_png(image)
    assert (decode_png(data) == image).all()
    assert (decode_image(data, "x") == image).all()


def test_jpeg_is_close_and_its_quality_counts() -> None:
    across = np.linspace(0, 255, 64).astype(np.uint8)
    image = np.stack([np.tile(across, (64, 1)), np.tile(across[:, None], (1, 64))] * 2)[:3]
    image = np.ascontiguousarray(image.transpose(1, 2, 0))
    best, worst = encode_jpeg(image, 95), encode_jpeg(image, 10)
    assert np.abs(decode_image(best, "x").astype(int) - image).mean() < 3
    assert len(worst) < len(best)


def test_what_is_no_picture_is_not_written() -> None:
    for wrong in (
        np.zeros((4, 4, 4), np.uint8),
        np.zeros((4, 4), np.float32),
        np.zeros((0, 4), np.uint8),
    ):
        with pytest.raises(BugError):
            encode_png(wrong)
        with pytest.raises(BugError):
            encode_jpeg(wrong)


def test_a_damaged_stored_picture_is_told() -> None:
    data = encode_png(np.arange(100, dtype=np.uint8).reshape(10, 10))
    for wrong in (b"", b"text", data[:40], saved(two_pixels(), "JPEG")):
        with pytest.raises(KnownError, match="stored picture is damaged"):
            decode_png(wrong)


def test_digest_is_of_pixels_and_shape() -> None:
    image = np.arange(24, dtype=np.uint8).reshape(2, 4, 3)
    lossless = [saved(Pillow.fromarray(image[:, :, ::-1].copy()), form) for form in ("PNG", "BMP")]
    digests = {pixel_digest(decode_image(data, "x")) for data in lossless}
    assert digests == {pixel_digest(image)}
    assert pixel_digest(image) != pixel_digest(image.reshape(4, 2, 3))
    assert pixel_digest(image[:, ::-1]) != pixel_digest(image)
    assert len(pixel_digest(image)) == 64
