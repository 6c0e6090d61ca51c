"""Splitting a prepared set into training and validation: by class, from a seed, without a leak."""

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from faceaccess.core.counting import few
from faceaccess.core.errors import KnownError
from faceaccess.learn.prepared_set import PreparedSet


@dataclass(frozen=True, eq=False)
class Split:
    """Two parts of one set that share no picture, not even two files with the same pixels."""

    training: PreparedSet
    validation: PreparedSet


def split(prepared: PreparedSet, *, share: float, seed: int) -> Split:
    """Split a set by class; the same seed and content give the same parts.

    In every class about `share` of the pictures go to validation, and at least one picture stays
    on each side. Identical pictures (same prepared pixels) stay together, also across classes.
    Which pictures go is decided by SHA-256 of seed and pixels, so neither the order of the files
    nor the random numbers of a library's version matter, and a picture that is added later moves
    few others.

    Args:
        prepared: two distinct pictures or more in each class that has any.
        share: the part that validation gets, 0 < share < 1.
        seed: chooses the pictures.

    Raises:
        KnownError: if the share is out of its range, or a class cannot be on both sides.
    """
    if not 0.0 < share < 1.0:  # also refuses what is not a number
        raise KnownError(
            f"A share of {share:g} for validation leaves nothing on one side.",
            "Give a number between 0 and 1, for example 0.3.",
        )
    groups = _groups(prepared)
    sides = _choose(prepared, groups, share, seed)
    held_back = sides[groups]
    return Split(
        training=prepared.part(np.flatnonzero(~held_back)),
        validation=prepared.part(np.flatnonzero(held_back)),
    )


def shared_pictures(one: PreparedSet, other: PreparedSet) -> int:
    """Return how many pictures of `other` are also in `one`, pixel for pixel."""
    known = {row.tobytes() for row in one.digests}
    return sum(row.tobytes() in known for row in other.digests)


def _groups(prepared: PreparedSet) -> NDArray[np.int64]:
    """Number the distinct pictures by their digests; return each picture's number."""
    _, numbers = np.unique(prepared.digests, axis=0, return_inverse=True)
    return numbers.reshape(-1).astype(np.int64)


def _choose(
    prepared: PreparedSet, groups: NDArray[np.int64], share: float, seed: int
) -> NDArray[np.bool_]:
    """Return for each distinct picture whether it goes to validation."""
    members = _members(prepared, groups)
    _refuse_single(prepared, members)
    keys = _shuffling_keys(prepared, groups, seed)
    side: dict[int, bool] = {}
    for sizes in members.values():
        total = sum(sizes.values())
        wanted = min(max(int(share * total + 0.5), 1), total - 1)
        held = sum(n for group, n in sizes.items() if side.get(group, False))
        open_groups = sorted((g for g in sizes if g not in side), key=keys.__getitem__)
        chosen: set[int] = set()
        for group in open_groups:
            if held + sizes[group] <= wanted:
                chosen.add(group)
                held += sizes[group]
        left = [group for group in open_groups if group not in chosen]
        smallest = min(left, key=sizes.__getitem__, default=None)
        # One more if that is as near to what is wanted as without it, or none is held yet.
        if smallest is not None and (not held or held + sizes[smallest] / 2 <= wanted):
            chosen.add(smallest)
        if chosen == set(open_groups) and all(side.get(g, True) for g in sizes):
            chosen.discard(min(chosen, key=sizes.__getitem__, default=-1))
        side.update({group: group in chosen for group in open_groups})
    _refuse_one_sided(prepared, members, side)
    return np.array([side[group] for group in range(len(side))], np.bool_)


def _members(prepared: PreparedSet, groups: NDArray[np.int64]) -> dict[int, dict[int, int]]:
    """Return for each class that has pictures its distinct ones, with how often each is there."""
    members: dict[int, dict[int, int]] = {}
    pairs = np.stack([prepared.labels, groups], axis=1)
    for (label, group), n in zip(*np.unique(pairs, axis=0, return_counts=True), strict=True):
        members.setdefault(int(label), {})[int(group)] = int(n)
    return members


def _shuffling_keys(
    prepared: PreparedSet, groups: NDArray[np.int64], seed: int
) -> dict[int, bytes]:
    salt = f"{seed}:".encode()
    _, first = np.unique(groups, return_index=True)
    return {
        group: hashlib.sha256(salt + prepared.digests[place].tobytes()).digest()
        for group, place in enumerate(first)
    }


def _refuse_single(prepared: PreparedSet, members: dict[int, dict[int, int]]) -> None:
    single = [prepared.classes[label] for label, sizes in members.items() if len(sizes) == 1]
    if not single:
        return
    if len(single) == 1:
        text = f"The class {single[0]} has one picture only"
    else:
        text = f"{len(single):,} classes have one picture only ({few(single)})"
    raise KnownError(
        f"{text}, and it cannot be both trained on and tested.",
        "Add different pictures of it, leave it out, or name a folder of test pictures.",
    )


def _refuse_one_sided(
    prepared: PreparedSet, members: dict[int, dict[int, int]], side: dict[int, bool]
) -> None:
    """Refuse what only a tangle of identical pictures under different classes brings about."""
    for label, sizes in members.items():
        if len({side[group] for group in sizes}) == 1:
            raise KnownError(
                f"The pictures of the class {prepared.classes[label]} cannot be split: they are "
                "identical to pictures of other classes.",
                "Leave each picture in one class only.",
            )
