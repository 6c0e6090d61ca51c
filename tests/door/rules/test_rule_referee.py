"""Thousands of visits by chance, judged by a referee; `bench/access_rules.py` does a million."""

import pytest
from rule_referee import run


@pytest.mark.parametrize("seed", [1, 2])
def test_nobody_passes_wrongly_and_nobody_is_kept_out_wrongly(seed: int) -> None:
    counts = run(2000, seed)
    assert (counts.visits, counts.wrong_openings, counts.wrong_refusals) == (2000, 0, 0)
    assert 200 < counts.granted < 1800  # both answers were really put to the test
