import pytest

from faceaccess.core.errors import KnownError
from faceaccess.core.settings import Settings, changed, scope_of, unit_of


def test_every_setting_has_a_title_help_scope_and_unit() -> None:
    for name, field in Settings.model_fields.items():
        assert field.title, name
        assert field.description, name
        assert field.description.endswith("."), name
        assert scope_of(name) in ("program", "data")
        assert isinstance(unit_of(name), str)


def test_every_number_has_bounds_and_its_default_is_inside() -> None:
    for name, field in Settings.model_fields.items():
        if isinstance(field.default, bool) or not isinstance(field.default, int | float):
            continue
        bounds = {type(m).__name__: m for m in field.metadata}
        assert bounds["Ge"].ge <= field.default <= bounds["Le"].le, name


def test_a_value_is_read_from_text() -> None:
    settings = changed(Settings(), "evidence_frames", "5")
    assert settings.evidence_frames == 5
    assert Settings().evidence_frames == 3


def test_zero_is_a_value_and_empty_is_none() -> None:
    zero = changed(Settings(), "threshold", "0.0")
    assert zero.threshold == 0.0
    assert changed(zero, "threshold", " ").threshold is None


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("threshold", "1.5"),
        ("threshold", "nan"),
        ("threshold", "high"),
        ("evidence_frames", "0"),
        ("evidence_frames", "2.5"),
        ("camera_retry", "inf"),
        ("colour", "perhaps"),
        ("theme", "pink"),
        ("evidence_frames", ""),
    ],
)
def test_a_bad_value_is_refused_and_named(name: str, text: str) -> None:
    with pytest.raises(KnownError) as caught:
        changed(Settings(), name, text)
    assert name in caught.value.text
    assert name in caught.value.remedy


@pytest.mark.parametrize("lookup", [scope_of, unit_of, lambda n: changed(Settings(), n, "1")])
def test_an_unknown_setting_is_named(lookup: object) -> None:
    with pytest.raises(KnownError, match="no_such"):
        lookup("no_such")  # type: ignore[operator]  # parametrised callables
