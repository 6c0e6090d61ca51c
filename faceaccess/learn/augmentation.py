"""Random shifts and mirrorings of a batch of pictures, drawn from a given generator."""

import torch
from torch import Tensor

from faceaccess.core.errors import BugError


def shifted_and_mirrored(
    batch: Tensor, generator: torch.Generator, *, shift: int, mirror: bool
) -> Tensor:
    """Return every picture moved by its own whole number of pixels and mirrored or not.

    Down and right each by -shift to +shift, all equally likely; what moves in from outside
    repeats the edge. Then mirrored left to right with a chance of 1/2. With shift 0 and no mirror
    the batch itself is returned and nothing is drawn.

    Args:
        batch: (n, channels, height, width) of any type; not changed.
        generator: a CPU generator; the draws depend on n, `shift` and `mirror` alone.
        shift: most pixels in each direction, >= 0.
        mirror: whether to mirror at all.

    Returns:
        (n, channels, height, width) of the batch's type.

    Raises:
        BugError: for a negative shift or a batch of other than four dimensions.
    """
    if batch.ndim != 4 or shift < 0:
        raise BugError(f"a shift of {shift} for pictures of shape {tuple(batch.shape)}")
    if shift == 0 and not mirror:
        return batch
    n, channels, height, width = batch.shape
    down, right = torch.randint(-shift, shift + 1, (2, n, 1), generator=generator)
    # Where each row and column of the result comes from.
    rows = (torch.arange(height) - down).clamp_(0, height - 1)
    columns = torch.arange(width) - right
    if mirror:
        mirrored = torch.randint(2, (n, 1), generator=generator, dtype=torch.bool)
        columns = torch.where(mirrored, columns.flip(1), columns)
    columns.clamp_(0, width - 1)
    pixels = (rows[:, :, None] * width + columns[:, None, :]).view(n, 1, height * width)
    taken = batch.flatten(2).gather(2, pixels.to(batch.device).expand(-1, channels, -1))
    return taken.view(batch.shape)
