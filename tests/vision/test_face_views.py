"""Views of a crop: what is drawn where, and how their vectors are joined."""

from collections.abc import Sequence

import numpy as np
import pytest

from faceaccess.core.errors import BugError
from faceaccess.core.faces import EmbeddingSpace
from faceaccess.core.frames import Image
from faceaccess.vision.alignment import SFACE_POINTS
from faceaccess.vision.face_views import ViewEmbedder, mirrored, with_cap, with_glasses


class Corners:
    """Embeds a crop as the brightness of four places, so that each view has its own direction."""

    crop_side = 112
    template = SFACE_POINTS
    space = EmbeddingSpace("sface", "5pt-112-gray", 4)

    def __init__(self, *, colour: bool = False) -> None:
        self.colour = colour
        self.seen: list[Image] = []

    def embed(self, crops: Sequence[Image]) -> np.ndarray:
        self.seen += crops
        luma = [crop if crop.ndim == 2 else crop[..., 0] for crop in crops]
        places = [[c[5, 56], c[54, 38], c[100, 10], c[100, 100]] for c in luma]
        vectors = np.array(places, np.float32) + 1.0
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def crop(*shape: int) -> np.ndarray:
    made = np.full(shape, 200, np.uint8)
    made[:, :56] = 100
    return made


@pytest.mark.parametrize("shape", [(112, 112), (112, 112, 3)])
def test_glasses_cover_the_eyes_and_leave_the_rest(shape: tuple[int, ...]) -> None:
    before = crop(*shape)
    after = with_glasses(before)
    for x, y in SFACE_POINTS[:2].round().astype(int):
        assert (after[y, x] == 25).all()
    for x, y in SFACE_POINTS[2:].round().astype(int):
        assert (after[y, x] == before[y, x]).all()
    assert np.array_equal(after[70:], before[70:])
    assert np.array_equal(after[:40], before[:40])
    assert np.array_equal(before, crop(*shape))


@pytest.mark.parametrize("shape", [(112, 112), (112, 112, 3)])
def test_a_cap_ends_above_the_eyes(shape: tuple[int, ...]) -> None:
    before = crop(*shape)
    after = with_cap(before)
    assert (after[:20] == 25).all()
    assert (after[38, 56] == 25).all()
    assert np.array_equal(after[45:], before[45:])


def test_mirrored_changes_left_and_right() -> None:
    assert np.array_equal(mirrored(crop(112, 112)), crop(112, 112)[:, ::-1])


def test_the_space_is_its_own_and_takes_the_same_crops() -> None:
    one = ViewEmbedder(Corners())
    assert one.space == EmbeddingSpace("sface", "5pt-112-gray-mirrored", 4)
    assert (one.crop_side, one.colour) == (112, False)
    assert one.template is SFACE_POINTS


def test_at_the_door_crop_and_mirror_image_count_alike() -> None:
    inner = Corners()
    found = ViewEmbedder(inner).embed([crop(112, 112)])
    # Places at the left are 101 in the crop and 201 in its mirror image, at the right 201 and 101;
    # x = 56 is the first bright column, mirrored it is 55, dark.
    a = np.array([201, 101, 101, 201]) / np.linalg.norm([201, 101, 101, 201])
    b = np.array([101, 201, 201, 101]) / np.linalg.norm([101, 201, 201, 101])
    assert found[0] == pytest.approx((a + b) / np.linalg.norm(a + b), abs=1e-6)
    assert len(inner.seen) == 2


def test_an_enrolled_vector_is_the_weighted_mean_of_four_views() -> None:
    inner = Corners()
    both = [crop(112, 112), crop(112, 112)[::-1].copy()]
    found = ViewEmbedder(inner).embed_enrolled(both)
    assert found.shape == (2, 4)
    assert found.dtype == np.float32
    assert len(inner.seen) == 8
    plain, flipped, glasses, cap = inner.embed(
        [both[0], mirrored(both[0]), with_glasses(both[0]), with_cap(both[0])]
    )
    mean = 0.35 * plain + 0.35 * flipped + 0.1 * glasses + 0.2 * cap
    assert found[0] == pytest.approx(mean / np.linalg.norm(mean), abs=1e-6)
    assert np.linalg.norm(found, axis=1) == pytest.approx([1.0, 1.0], abs=1e-6)


def test_no_crops_give_no_vectors() -> None:
    one = ViewEmbedder(Corners())
    assert one.embed([]).shape == one.embed_enrolled([]).shape == (0, 4)


def test_other_templates_are_refused() -> None:
    other = Corners()
    other.crop_side = 150
    with pytest.raises(BugError, match="never measured"):
        ViewEmbedder(other)
    other = Corners()
    other.template = SFACE_POINTS + 1
    with pytest.raises(BugError, match="never measured"):
        ViewEmbedder(other)


def test_views_that_cancel_out_have_no_direction() -> None:
    class Opposite(Corners):
        def embed(self, crops: Sequence[Image]) -> np.ndarray:
            half = len(crops) // 2
            return np.concatenate([np.eye(1, 4).repeat(half, 0), -np.eye(1, 4).repeat(half, 0)])

    with pytest.raises(BugError, match="cancel"):
        ViewEmbedder(Opposite()).embed([crop(112, 112)])
