"""What the pages on rules use, and what they read at once off the window's thread."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Protocol

from faceaccess.core.access_rules import AccessPolicy, AccessRule, DoorPlan, Holiday
from faceaccess.core.actors import Actor
from faceaccess.core.clock import Clock
from faceaccess.core.errors import KnownError
from faceaccess.gui.widgets.filter_chips import Named
from faceaccess.gui.worker import JobRunner
from faceaccess.pipeline.rule_book import RuleChange, Tried
from faceaccess.pipeline.rule_text import RuleText


class Rules(Protocol):
    """What the pages use of a `RuleBook`."""

    def policy(self) -> AccessPolicy: ...  # noqa: D102  # as in pipeline.rule_book
    def made(self, actor: Actor, text: RuleText) -> AccessRule: ...  # noqa: D102  # as there
    def add(self, actor: Actor, text: RuleText) -> RuleChange: ...  # noqa: D102  # as there
    def replace(self, actor: Actor, rule_id: str, text: RuleText) -> RuleChange: ...  # noqa: D102  # as there
    def remove(self, actor: Actor, rule_id: str) -> RuleChange: ...  # noqa: D102  # as there
    def put_back(self, actor: Actor, rule: AccessRule) -> RuleChange: ...  # noqa: D102  # as there
    def take_holidays(self, actor: Actor, source: Path) -> tuple[Holiday, ...]: ...  # noqa: D102  # as there
    def forget_holidays(self, actor: Actor) -> None: ...  # noqa: D102  # as there
    def put_holidays(self, actor: Actor, holidays: Sequence[Holiday]) -> None: ...  # noqa: D102  # as there
    def put_plan(self, actor: Actor, plan: DoorPlan) -> None: ...  # noqa: D102  # as there
    def moment_from(self, text: str, zone: str | None = None) -> datetime: ...  # noqa: D102  # as there
    def test(self, person_id: str, door: str, at: datetime | None = None) -> Tried: ...  # noqa: D102  # as there


@dataclass(frozen=True)
class RuleUses:
    """What the pages on rules use.

    Attributes:
        book: reads, writes and tries rules.
        people: returns people for a typed text; slow where they are many.
        name: returns somebody's name by id.
        doors: returns the names of all doors that were ever started.
        site_zone: returns this computer's time zone.
        revision: grows when anything in the store changes.
        jobs: runs what writes.
        actor: on whose behalf.
        clock: tells the time.
    """

    book: Rules
    people: Callable[[str], Sequence[Named]]
    name: Callable[[str], str]
    doors: Callable[[], Collection[str]]
    site_zone: Callable[[], str]
    revision: Callable[[], int]
    jobs: JobRunner
    actor: Actor
    clock: Clock


@dataclass(frozen=True)
class RuleFacts:
    """All that is laid down, with the names that belong to it.

    Attributes:
        policy: rules, holidays, plans.
        names: of the people whom rules are about, by id.
        doors: all doors that ran, have a plan, or are named by a rule.
        zone: this computer's time zone, or "" where it is not known.
    """

    policy: AccessPolicy
    names: dict[str, str]
    doors: tuple[str, ...]
    zone: str

    @classmethod
    def nothing(cls) -> "RuleFacts":
        """Return what is shown before anything was read."""
        return cls(AccessPolicy(), {}, (), "")


def read_rules(uses: RuleUses) -> RuleFacts:
    """Read all rules; meant for a loader's thread.

    Raises:
        KnownError: if the store cannot be read.
    """
    policy = uses.book.policy()
    doors = {*uses.doors(), *(plan.door for plan in policy.plans)}
    doors |= {rule.door for rule in policy.rules if rule.door is not None}
    try:
        zone = uses.site_zone()
    except KnownError:
        zone = ""  # every rule then says whose clock counts
    return RuleFacts(policy, names_of(uses.name, policy.rules), tuple(sorted(doors)), zone)


def read_person_rules(uses: RuleUses, person_id: str) -> RuleFacts:
    """Read the rules that one person is under; meant for a loader's thread.

    Raises:
        KnownError: if the store cannot be read.
    """
    facts = read_rules(uses)
    rules = tuple(rule for rule in facts.policy.rules if rule.person_id in (None, person_id))
    return replace(facts, policy=replace(facts.policy, rules=rules))


def names_of(name: Callable[[str], str], rules: Sequence[AccessRule]) -> dict[str, str]:
    """Return the names of the people whom rules are about, by id; meant for a loader's thread."""
    names = {}
    for person_id in {rule.person_id for rule in rules if rule.person_id is not None}:
        try:
            names[person_id] = name(person_id)
        except KnownError:
            continue  # removed meanwhile
    return names
