"""The two kinds of error of the product: what a user can mend, and what we must mend.

`KnownError` is raised where bad input, a missing device or a full disk is noticed. It carries
one sentence that names the thing and, where there is one, a sentence that says what to do.
`BugError` is raised where our own assumption fails. The edges (command line, window) show the
first as it is and log the second with its traceback.
"""


class FaceAccessError(Exception):
    """Base of both kinds; never raised itself."""


class KnownError(FaceAccessError):
    """Something the user can mend.

    Args:
        text: one sentence that names the thing ("The picture a.jpg cannot be read.").
        remedy: one sentence that says what to do, or "" where nothing can be advised.
    """

    def __init__(self, text: str, remedy: str = "") -> None:
        super().__init__(text, remedy)
        self.text = text
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.text} {self.remedy}".strip()


class BugError(FaceAccessError):
    """A fault of the program itself. Logged with its traceback, shown with a way to report it."""
