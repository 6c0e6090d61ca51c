import pytest
from hypothesis import given
from hypothesis import strategies as st

from faceaccess.core.errors import KnownError
from faceaccess.core.people import MAX_NAME, MAX_TEXT, PersonDetails


@pytest.mark.parametrize("name", ["李伟", "أحمد بن علي", "Zoë O'Neill-Śmigły", "X", "👩‍🔬 Ada"])
def test_names_of_any_script_are_kept_as_they_are(name: str) -> None:
    assert PersonDetails(name).name == name


def test_blanks_around_a_name_and_number_are_dropped() -> None:
    details = PersonDetails("  Li Wei ", staff_number=" 007 ")
    assert (details.name, details.staff_number) == ("Li Wei", "007")


@pytest.mark.parametrize("name", ["", "   ", "\n"])
def test_an_empty_name_is_refused(name: str) -> None:
    with pytest.raises(KnownError, match="name is empty"):
        PersonDetails(name)


def test_a_name_of_ten_thousand_characters_is_refused_with_its_length() -> None:
    with pytest.raises(KnownError, match="10,000 characters"):
        PersonDetails("x" * 10_000)


def test_the_longest_name_is_taken() -> None:
    assert len(PersonDetails("x" * MAX_NAME).name) == MAX_NAME


@given(st.characters(max_codepoint=31) | st.just("\x7f") | st.just("\ud800"))
def test_control_characters_inside_a_name_are_refused(character: str) -> None:
    with pytest.raises(KnownError, match="control characters"):
        PersonDetails(f"a{character}b")


def test_an_empty_staff_number_is_refused_but_none_is_not() -> None:
    with pytest.raises(KnownError, match="staff number is empty"):
        PersonDetails("Ana", staff_number=" ")
    assert PersonDetails("Ana").staff_number is None


@pytest.mark.parametrize("field", ["department", "note"])
def test_long_texts_are_refused_by_name(field: str) -> None:
    with pytest.raises(KnownError, match=field):
        PersonDetails("Ana", **{field: "x" * (MAX_TEXT + 1)})


def test_marks_that_turn_the_text_around_a_name_are_taken_out() -> None:
    assert PersonDetails("\u202eLi\u2066 Wei\u200b").name == "Li Wei"
    assert (
        PersonDetails("\u0633\u200c\u0645").name == "\u0633\u200c\u0645"
    )  # a joiner that is needed
    for unseen in ("\u202e", "\ufeff \u2069"):
        with pytest.raises(KnownError, match="empty"):
            PersonDetails(unseen)
    for control in ("A\x9bB", "A\u2028B"):
        with pytest.raises(KnownError, match="control"):
            PersonDetails(control)
