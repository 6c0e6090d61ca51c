"""`faceaccess door simulate` as programs and people use it."""

from collections.abc import Callable

from .conftest import Ran

Run = Callable[..., Ran]


def test_the_last_line_counts_what_the_referee_found(run: Run) -> None:
    done = run("door", "simulate", "--visits", "40", "--seed", "2", "--json")
    assert done.exit_code == 0
    assert list(done.lines[-1]) == [
        "visits",
        "wrong_openings",
        "wrong_refusals",
        "faults",
        "events_lost",
    ]
    assert (done.lines[-1]["visits"], done.lines[-1]["wrong_openings"]) == (40, 0)


def test_people_read_it_in_words(run: Run) -> None:
    done = run("door", "simulate", "--visits", "1", "--seed", "2")
    assert done.stdout.splitlines()[-1].startswith("1 visit, 0 faults, 0 wrong openings")


def test_no_visits_are_refused(run: Run) -> None:
    assert run("door", "simulate", "--visits", "0").exit_code == 2
