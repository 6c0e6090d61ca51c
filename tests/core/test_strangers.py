"""Roles are fixed by the id alone, in the stated shares, and never mix."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from faceaccess.core.errors import BugError
from faceaccess.core.strangers import (
    CALIBRATION_SHARE,
    NEGATIVE_SHARE,
    Role,
    StrangerSet,
    role_of,
)


def test_roles_of_known_ids_never_change() -> None:
    # A change here would mix the parts of every stored gallery.
    known = {
        "visitor 0": "test",
        "visitor 1": "test",
        "visitor 2": "calibration",
        "visitor 3": "calibration",
        "visitor 4": "negative",
        "visitor 5": "test",
        "visitor 6": "calibration",
        "visitor 7": "calibration",
    }
    assert {name: role_of(name).value for name in known} == known


def test_shares_are_as_stated() -> None:
    seen = Counter(role_of(f"stranger {i}") for i in range(20_000))
    assert seen[Role.NEGATIVE] / 20_000 == pytest.approx(NEGATIVE_SHARE / 100, abs=0.01)
    assert seen[Role.CALIBRATION] / 20_000 == pytest.approx(CALIBRATION_SHARE / 100, abs=0.01)


def test_values_are_stored_and_must_not_change() -> None:
    assert [role.value for role in Role] == ["negative", "calibration", "test"]


@given(st.lists(st.text(max_size=8), min_size=1, max_size=30))
def test_parts_are_disjoint_by_person_and_complete(ids: list[str]) -> None:
    vectors = np.arange(len(ids) * 2, dtype=np.float32).reshape(-1, 2)
    whole = StrangerSet(vectors, tuple(ids))
    parts = {role: whole.of_role(role) for role in Role}
    assert sum(len(part.stranger_ids) for part in parts.values()) == len(ids)
    assert sum(part.strangers for part in parts.values()) == whole.strangers
    for role, part in parts.items():
        assert all(role_of(one) is role for one in part.stranger_ids)
        assert [float(v[0]) / 2 for v in part.vectors] == [
            float(i) for i, one in enumerate(ids) if role_of(one) is role
        ]


@pytest.mark.parametrize("vectors", [np.zeros((2, 3)), np.zeros(3)])
def test_one_id_a_row(vectors: np.ndarray) -> None:
    with pytest.raises(BugError):
        StrangerSet(vectors.astype(np.float32), ("a", "b", "c"))
