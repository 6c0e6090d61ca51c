"""How surely the door knows somebody, from that person's own pictures."""

import numpy as np
import pytest

from faceaccess.core.faces import Embedding, EmbeddingSpace
from faceaccess.core.heads import Head
from faceaccess.pipeline.sureness import CLEAR, judged

SPACE = EmbeddingSpace("sface", "5pt-112-gray", 4)
OTHER = EmbeddingSpace("facenet", "160", 4)


def at(*angles: float, space: EmbeddingSpace = SPACE) -> dict[str, Embedding]:
    """Pictures in one plane, by their angles in degrees."""
    return {
        f"at {angle:g}": Embedding(
            np.array(
                [np.cos(np.radians(angle)), np.sin(np.radians(angle)), 0, 0], dtype=np.float32
            ),
            space,
        )
        for angle in angles
    }


def head_of(**directions: float) -> Head:
    rows = np.stack([at(angle)[f"at {angle:g}"].vector for angle in directions.values()])
    return Head(SPACE, tuple(directions), rows, rows.copy(), 32.0, 1)


def test_each_picture_is_compared_with_the_mean_of_the_others() -> None:
    found = judged(at(0, 10, 50), 0.6, None)
    # The mean of two unit vectors lies half way between them.
    assert found.similarities == pytest.approx(
        {
            "at 0": np.cos(np.radians(30)),
            "at 10": np.cos(np.radians(15)),
            "at 50": np.cos(np.radians(45)),
        },
        abs=1e-6,
    )
    assert found.level == "sure"
    assert (found.recognised, found.odd) == (3, ())


def test_levels_follow_the_threshold_in_force() -> None:
    lowest = float(np.cos(np.radians(45)))
    assert judged(at(0, 10, 50), lowest - CLEAR + 0.01, None).level == "fair"
    unsure = judged(at(0, 10, 50), lowest + 0.01, None)
    assert (unsure.level, unsure.odd) == ("unsure", ("at 50",))
    assert judged(at(0, 10), 0.5, None).level == "fair"  # two are not enough to be sure
    assert judged(at(0), 0.5, None).level == "one"
    assert judged({}, 0.5, None).level == "none"


def test_a_picture_nearer_to_somebody_else_is_mistaken_however_alike_it_is() -> None:
    head = head_of(mine=5, other=44)
    found = judged(at(0, 10, 40), 0.5, head, "mine")
    assert found.mistaken == {"at 40": "other"}
    assert found.similarities["at 40"] > 0.5
    assert (found.level, found.odd, found.recognised) == ("unsure", ("at 40",), 2)


def test_the_own_class_is_no_rival() -> None:
    head = head_of(mine=40, other=200)
    assert judged(at(0, 10, 40), 0.5, head, "mine").mistaken == {}
    assert judged(at(0, 10, 40), 0.5, head).mistaken == {"at 40": "mine"}  # a newcomer's look-alike


def test_pictures_of_another_space_and_a_head_of_another_are_left_out() -> None:
    pictures = {**at(0, 10, 20), **{f"old {k}": v for k, v in at(0, 90, space=OTHER).items()}}
    assert set(judged(pictures, 0.5, None).similarities) == set(at(0, 10, 20))
    other = judged({f"old {k}": v for k, v in at(0, 90, space=OTHER).items()}, 0.5, head_of(a=0))
    assert other.similarities["old at 0"] == pytest.approx(0.0, abs=1e-6)
    assert other.mistaken == {}


def test_a_picture_unlike_the_others_counts_less_and_is_named() -> None:
    found = judged(at(0, 2, 4, 6, 8, 90), 0.2, None)
    assert found.light == ("at 90",)
    assert judged(at(0, 2, 4, 6, 8, 70), 0.2, None).light == ()
    assert judged(at(0, 2, 4, 6, 8, 10), 0.2, None).light == ()
