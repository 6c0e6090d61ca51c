"""Estimate and test of a head as one JSON text."""

import json
import re
from dataclasses import asdict, replace
from typing import Any

from faceaccess.core.calibrations import Method, RiskEstimate
from faceaccess.core.head_tests import HeadScore, HeadTest, PersonChange
from faceaccess.store.codec import Place, damaged


def to_text(estimate: RiskEstimate | None, test: HeadTest | None) -> str:
    """Return both as JSON; NaN is kept, because a refused head may have such figures."""
    return json.dumps(
        {
            "estimate": None if estimate is None else asdict(estimate),
            "test": None if test is None else asdict(test),
        },
        ensure_ascii=False,
        separators=(",", ":"),
    )


def from_text(text: str, place: Place) -> tuple[RiskEstimate | None, HeadTest | None]:
    """Return what `to_text` was given.

    Raises:
        KnownError: if it is damaged.
    """
    try:
        values = json.loads(text)
        return _estimate(values["estimate"]), _test(values["test"])
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise damaged(str(place)) from error


def _interval(values: list[float] | None) -> tuple[float, float] | None:
    if values is None:
        return None
    low, high = values
    return low, high


def _estimate(values: dict[str, Any] | None) -> RiskEstimate | None:
    if values is None:
        return None
    pairs = {name: _interval(values[name]) for name in ("fpir_interval", "fnmr_interval", "belief")}
    return RiskEstimate(**{**values, **pairs, "method": Method(values["method"])})


def _test(values: dict[str, Any] | None) -> HeadTest | None:
    if values is None:
        return None
    before = values["before"]
    return HeadTest(
        **{
            **values,
            "before": None if before is None else HeadScore(**before),
            "after": HeadScore(**values["after"]),
            "changed_people": tuple(PersonChange(**one) for one in values["changed_people"]),
        }
    )


def without_person(
    test: HeadTest, person_id: str, names: re.Pattern[str], instead: str
) -> HeadTest:
    """Return a test's result without one person's figures and names; the totals stay."""

    def erased(text: str | None) -> str | None:
        return None if text is None else names.sub(instead, text)

    return replace(
        test,
        changed_people=tuple(one for one in test.changed_people if one.person_id != person_id),
        refused_because=erased(test.refused_because),
        forced_because=erased(test.forced_because),
    )
