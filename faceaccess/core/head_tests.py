"""What a head's test found, before it may serve: on strangers and pictures that it has not seen.

All values are plain, so that they can be stored and shown as they are.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class HeadScore:
    """One head on the test.

    Attributes:
        version: of the head, or None for one that is not stored (yet).
        people: its classes.
        threshold: similarity from which a match passes; the one that the door would use with it.
        strangers: attempts of strangers of the test part (of drawn ones where there are too few).
        strangers_in: how many of them it lets in.
        probes: held-out pictures of enrolled people.
        known: how many of them it lets in as who they are.
        wrong: how many of them it lets in as somebody else.
    """

    version: int | None
    people: int
    threshold: float
    strangers: int
    strangers_in: int
    probes: int
    known: int
    wrong: int


@dataclass(frozen=True)
class PersonChange:
    """One person before and after.

    Attributes:
        person_id: who.
        probes: the person's held-out pictures.
        known_before, known_after: how many of them are let in as this person; `known_before` is
            None where the head before did not have the person.
        similarity_before, similarity_after: mean similarity of the held-out pictures to the person,
            -1 to 1; None without any, or where the head before did not have the person.
    """

    person_id: str
    probes: int
    known_before: int | None
    known_after: int
    similarity_before: float | None
    similarity_after: float | None


@dataclass(frozen=True)
class HeadTest:
    """A candidate beside the head that it would replace, on the same attempts.

    Attributes:
        before: the head that the door would have without the candidate, or None for the first one.
        after: the candidate.
        changed_people: who is known less or more surely, the greatest loss first.
        synthetic: whether the strangers were drawn by the program: weaker.
        refused_because: why it may not serve, in words, or None.
        forced_because: the reason that an administrator gave for letting it serve all the same.
    """

    before: HeadScore | None
    after: HeadScore
    changed_people: tuple[PersonChange, ...] = ()
    synthetic: bool = False
    refused_because: str | None = None
    forced_because: str | None = None

    @property
    def passed(self) -> bool:
        """Whether the candidate may serve without being forced."""
        return self.refused_because is None
