from faceaccess.core.errors import BugError, FaceAccessError, KnownError


def test_a_known_error_reads_as_text_and_remedy() -> None:
    error = KnownError("The picture a.jpg cannot be read.", "Choose another file.")
    assert str(error) == "The picture a.jpg cannot be read. Choose another file."
    assert (error.text, error.remedy) == (
        "The picture a.jpg cannot be read.",
        "Choose another file.",
    )


def test_a_known_error_without_remedy_has_no_trailing_space() -> None:
    assert str(KnownError("The camera is lost.")) == "The camera is lost."


def test_the_two_kinds_do_not_catch_each_other() -> None:
    assert not issubclass(KnownError, BugError)
    assert not issubclass(BugError, KnownError)
    assert issubclass(KnownError, FaceAccessError)
    assert issubclass(BugError, FaceAccessError)
