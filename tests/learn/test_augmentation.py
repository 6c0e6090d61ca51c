"""Shifts and mirrorings: every picture by hand, and what is drawn."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from faceaccess.core.errors import BugError
from faceaccess.learn.augmentation import shifted_and_mirrored

PICTURE = torch.tensor([[1, 2, 3, 4], [5, 6, 7, 8], [9, 10, 11, 12]], dtype=torch.uint8)


def moved_by_hand(picture: torch.Tensor, down: int, right: int, mirror: bool) -> torch.Tensor:
    """Pixel by pixel, for one (height, width) picture."""
    height, width = picture.shape
    result = torch.empty_like(picture)
    for row in range(height):
        for column in range(width):
            # Mirroring comes last, so it is undone first.
            seen = width - 1 - column if mirror else column
            from_row = min(max(row - down, 0), height - 1)
            from_column = min(max(seen - right, 0), width - 1)
            result[row, column] = picture[from_row, from_column]
    return result


def every_outcome(shift: int, mirror: bool) -> list[torch.Tensor]:
    moves = range(-shift, shift + 1)
    mirrors = [False, True] if mirror else [False]
    return [
        moved_by_hand(PICTURE, down, right, m) for down in moves for right in moves for m in mirrors
    ]


def test_the_expected_pictures_are_right_themselves() -> None:
    assert moved_by_hand(PICTURE, 1, 0, mirror=False).tolist() == [
        [1, 2, 3, 4],
        [1, 2, 3, 4],
        [5, 6, 7, 8],
    ]
    assert moved_by_hand(PICTURE, 0, -2, mirror=False)[0].tolist() == [3, 4, 4, 4]
    assert moved_by_hand(PICTURE, 0, 1, mirror=True)[0].tolist() == [3, 2, 1, 1]


@pytest.mark.parametrize("shift", [0, 1, 2])
@pytest.mark.parametrize("mirror", [False, True])
@pytest.mark.parametrize("dtype", [torch.uint8, torch.float32])
def test_every_move_comes_equally_often_and_no_other(
    shift: int, mirror: bool, dtype: torch.dtype
) -> None:
    expected = [p.to(dtype) for p in every_outcome(shift, mirror)]
    n = 200 * len(expected)
    batch = PICTURE.to(dtype).expand(n, 1, 3, 4).clone()
    result = shifted_and_mirrored(
        batch, torch.Generator().manual_seed(3), shift=shift, mirror=mirror
    )
    assert result.dtype == dtype
    counts = [int((result[:, 0] == p).flatten(1).all(1).sum()) for p in expected]
    assert sum(counts) == n
    # 200 expected each, standard deviation about 14; the seed is fixed.
    assert all(140 < count < 260 for count in counts)


def test_all_channels_of_a_picture_move_together() -> None:
    batch = torch.stack([PICTURE, PICTURE + 20, PICTURE + 40]).expand(50, 3, 3, 4)
    result = shifted_and_mirrored(batch, torch.Generator().manual_seed(0), shift=2, mirror=True)
    assert torch.equal(result[:, 1], result[:, 0] + 20)
    assert torch.equal(result[:, 2], result[:, 0] + 40)
    assert len({tuple(p.flatten().tolist()) for p in result[:, 0]}) > 20


def test_the_batch_is_not_changed_and_the_global_generator_not_used() -> None:
    batch = torch.rand(8, 2, 5, 5, generator=torch.Generator().manual_seed(0))
    before, state = batch.clone(), torch.get_rng_state()
    shifted_and_mirrored(batch, torch.Generator().manual_seed(1), shift=3, mirror=True)
    assert torch.equal(batch, before)
    assert torch.equal(torch.get_rng_state(), state)


def test_the_same_seed_draws_the_same() -> None:
    batch = torch.rand(8, 1, 6, 6, generator=torch.Generator().manual_seed(0))
    once, again, other = (
        shifted_and_mirrored(batch, torch.Generator().manual_seed(seed), shift=2, mirror=True)
        for seed in (5, 5, 6)
    )
    assert torch.equal(once, again)
    assert not torch.equal(once, other)


def test_nothing_wanted_draws_nothing() -> None:
    generator = torch.Generator().manual_seed(0)
    state = generator.get_state()
    batch = torch.zeros(2, 1, 3, 3)
    assert shifted_and_mirrored(batch, generator, shift=0, mirror=False) is batch
    assert torch.equal(generator.get_state(), state)


@settings(max_examples=50, deadline=None)
@given(
    shape=st.tuples(
        st.integers(0, 5), st.sampled_from([1, 3]), st.integers(1, 6), st.integers(1, 6)
    ),
    shift=st.integers(0, 9),
    mirror=st.booleans(),
    seed=st.integers(0, 99),
)
def test_any_shape_and_shift(
    shape: tuple[int, int, int, int], shift: int, mirror: bool, seed: int
) -> None:
    generator = torch.Generator().manual_seed(seed)
    batch = torch.randint(0, 256, shape, generator=generator, dtype=torch.uint8)
    result = shifted_and_mirrored(batch, generator, shift=shift, mirror=mirror)
    assert result.shape == batch.shape
    for before, after in zip(batch, result, strict=True):
        for channel in range(shape[1]):
            assert set(after[channel].flatten().tolist()) <= set(before[channel].flatten().tolist())


@pytest.mark.parametrize(("shape", "shift"), [((2, 1, 3, 3), -1), ((1, 3, 3), 1)])
def test_what_cannot_be_shifted_is_our_own_fault(shape: tuple[int, ...], shift: int) -> None:
    with pytest.raises(BugError):
        shifted_and_mirrored(torch.zeros(shape), torch.Generator(), shift=shift, mirror=True)
