"""Which threshold is in force."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faceaccess.core.calibrations import Method, RiskEstimate
from faceaccess.core.errors import BugError
from faceaccess.core.faces import EmbeddingSpace
from faceaccess.core.heads import HeadRecord
from faceaccess.core.settings import Settings
from faceaccess.pipeline.threshold import threshold_in_force

ESTIMATE = RiskEstimate(
    risk=0.01,
    threshold=0.44,
    fpir=0.004,
    fpir_interval=(0.001, 0.01),
    fnmr=None,
    fnmr_interval=None,
    strangers=500,
    probes=0,
    people=3,
    unit="picture",
    synthetic=False,
    promise=True,
    method=Method.COUNTED,
    belief=(3.0, 498.0),
    text="",
)
RECORD = HeadRecord(
    version=7,
    space=EmbeddingSpace("m", "p", 2),
    created_at=datetime(2026, 11, 24, tzinfo=UTC),
    people=3,
    samples=9,
    steps=30,
    seconds=0.1,
    accepted=True,
    note="",
    actor="",
    estimate=ESTIMATE,
)


def never() -> float:
    raise BugError("the default was asked for without need")


def test_by_hand_goes_before_all() -> None:
    settings = Settings(threshold=0.3, risk=0.01)
    assert threshold_in_force(settings, RECORD, never) == 0.3
    assert threshold_in_force(Settings(threshold=0.0), None, never) == 0.0


def test_the_stated_risk_takes_what_was_found_for_it() -> None:
    assert threshold_in_force(Settings(risk=0.01), RECORD, never) == 0.44


@pytest.mark.parametrize(("default", "expected"), [(0.5, 0.5), (0.4, 0.44)])
def test_a_head_of_another_risk_never_opens_further(default: float, expected: float) -> None:
    assert threshold_in_force(Settings(risk=0.001), RECORD, lambda: default) == expected


@pytest.mark.parametrize("record", [None, replace(RECORD, estimate=None)])
@pytest.mark.parametrize("risk", [None, 0.01])
def test_without_an_estimate_it_is_the_embedders(
    record: HeadRecord | None, risk: float | None
) -> None:
    assert threshold_in_force(Settings(risk=risk), record, lambda: 0.47) == 0.47


def test_without_a_stated_risk_a_heads_estimate_says_nothing() -> None:
    assert threshold_in_force(Settings(), RECORD, lambda: 0.3) == 0.3


@given(risk=st.floats(1e-6, 0.5), default=st.floats(-1, 1))
def test_stating_a_risk_alone_never_lowers_what_is_in_force(risk: float, default: float) -> None:
    found = threshold_in_force(Settings(risk=risk), RECORD, lambda: default)
    assert found >= (0.44 if risk == ESTIMATE.risk else max(0.44, default))
