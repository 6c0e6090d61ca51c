"""The second factor at one running door: what was entered, whose it must be, and for how long."""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from faceaccess.core.access_rules import MOST_TRIES
from faceaccess.core.clock import Clock
from faceaccess.core.decisions import Decision, Event, Outcome
from faceaccess.core.errors import KnownError
from faceaccess.core.reasons import Reason
from faceaccess.core.second_factors import FactorKind, checked_card, checked_pin
from faceaccess.door.rules.tries import Tries, delay_after
from faceaccess.door.second_factor import code_secret, code_step, is_card, is_pin
from faceaccess.pipeline.rules import DoorRules
from faceaccess.pipeline.second_factors import keyed_card, keyed_code, keyed_pin
from faceaccess.store.protocol import Store

_log = logging.getLogger(__name__)

WITHIN = 20.0
"""Seconds that may lie between the second factor and the face, whichever comes first."""
_AWAITED = frozenset({Reason.FACTOR_NEEDED, Reason.TOO_MANY_TRIES})
"""Answers of the rules that a second factor can change."""


@dataclass(frozen=True, repr=False)
class _Entry:
    """What somebody entered and nobody has looked at yet."""

    text: str
    moment: float


class DoorFactors:
    """The rules of a door with a reader: an `AccessRules` that knows whether the factor was given.

    An entry is looked at once, for the person whom the door recognises in front, and only where
    the rules ask for it. It counts as wrong before it is looked at, so that nobody gets a try for
    nothing by ending the process. Safe from any thread.

    Args:
        store: hashes of the factors, and wrong entries in a row.
        rules: of the door.
        clock: measures how long ago something was, and tells the time for one-time codes.
    """

    def __init__(self, store: Store, rules: DoorRules, clock: Clock) -> None:
        self._store = store
        self._rules = rules
        self._clock = clock
        self._hand = threading.Lock()
        self._entry: _Entry | None = None
        self._given: tuple[str, float] | None = None
        self._wrong: str | None = None
        self._tries: dict[str, Tries] = {}

    def entered(self, text: str, moment: float) -> None:
        """Take what the reader gave, in place of what was entered before.

        Args:
            text: one line, not empty.
            moment: when, in the clock's monotonic seconds.
        """
        with self._hand:
            self._entry = _Entry(text, moment)

    def admit(self, decision: Decision, now: datetime, *, locked_down: bool = False) -> Decision:
        """As `AccessRules.admit`, with the second factor where the rules ask for one.

        Raises:
            KnownError: if the store cannot be read or written; then nobody is let in.
        """
        person_id = decision.person_id
        if decision.outcome is not Outcome.GRANTED or person_id is None:
            return decision
        with self._hand:
            given = self._is_given(person_id)
            admitted = self._rules.admit(decision, now, locked_down=locked_down, factor_given=given)
            if given or admitted.reason not in _AWAITED:
                return admitted
            found = self._looked_at(person_id)
            if found is Reason.RECOGNISED:
                return self._rules.admit(decision, now, locked_down=locked_down, factor_given=True)
        if found is Reason.TOO_MANY_TRIES:
            return replace(admitted, outcome=Outcome.DENIED, reason=found)
        if found is not None and admitted.reason is Reason.FACTOR_NEEDED:
            return replace(admitted, reason=found)
        return admitted

    def let_in(self, person_id: str, now: datetime) -> None:
        """As `AccessRules.let_in`; what was entered opens once."""
        with self._hand:
            self._given = self._entry = self._wrong = None
        self._rules.let_in(person_id, now)

    def recorded(self, event: Event) -> None:
        """As `AccessRules.recorded`."""
        with self._hand:
            if self._wrong == event.decision.person_id:
                self._wrong = None
        self._rules.recorded(event)

    def _is_given(self, person_id: str) -> bool:
        if self._given is None:
            return False
        whose, moment = self._given
        if not 0 <= self._clock.monotonic() - moment <= WITHIN:
            self._given = None
            return False
        return whose == person_id

    def _taken(self, moment: float) -> _Entry | None:
        """Return what was entered a short while ago; it is not there afterwards."""
        entry, self._entry = self._entry, None
        return entry if entry is not None and 0 <= moment - entry.moment <= WITHIN else None

    def _looked_at(self, person_id: str) -> Reason | None:
        """Return what follows from what was entered, or None where nothing was.

        RECOGNISED if it is right, else WRONG_FACTOR or TOO_MANY_TRIES; the answer to a wrong one
        stays until the next.
        """
        moment = self._clock.monotonic()
        entry = self._taken(moment)
        if self._tries_of(person_id, moment).wait(moment) > 0:
            return Reason.TOO_MANY_TRIES  # what is entered meanwhile is not even looked at
        if entry is not None:
            if self._is_right(person_id, entry):
                self._given, self._wrong = (person_id, moment), None
                return Reason.RECOGNISED
            self._wrong = person_id
            if self._tries_of(person_id, moment).wait(moment) > 0:
                return Reason.TOO_MANY_TRIES
        return Reason.WRONG_FACTOR if self._wrong == person_id else None

    def _tries_of(self, person_id: str, moment: float) -> Tries:
        """Return the wrong entries in a row, those at other doors and before a start as well.

        Where this process did not see them, the delay begins anew, whole.
        """
        failures = self._store.second_factors(person_id).failures
        tries = self._tries.get(person_id)
        if tries is None or tries.failures != failures:
            tries = Tries(failures, moment + delay_after(failures, MOST_TRIES))
            self._tries[person_id] = tries
        return tries

    def _is_right(self, person_id: str, entry: _Entry) -> bool:
        with self._store.transaction() as transaction:
            transaction.count_factor_try(person_id)
        found = self._kind_of(person_id, entry.text)
        if found is None:
            _log.warning("a wrong second factor for %s", person_id)
            return False
        kind, step = found
        with self._store.transaction() as transaction:
            counts = transaction.accept_factor(person_id, code_step=step)
        if counts:
            _log.info("second factor of %s: %s", person_id, kind)
        else:
            _log.warning("a one-time code of %s was used already", person_id)
        return counts

    def _kind_of(self, person_id: str, text: str) -> tuple[FactorKind, int | None] | None:
        """Return which of the person's factors an entry is, and the time step of a code."""
        factors = self._store.second_factors(person_id)
        card = _if_right(checked_card, text)
        if (
            factors.card is not None
            and card is not None
            and is_card(factors.card, keyed_card(self._store, card))
        ):
            return FactorKind.CARD, None
        if factors.code_salt is not None:
            secret = code_secret(keyed_code(self._store, person_id, factors.code_salt))
            step = code_step(secret, text, self._clock.now(), factors.code_step)
            if step is not None:
                return FactorKind.CODE, step
        pin = _if_right(checked_pin, text)
        if (
            factors.pin is not None
            and pin is not None
            and is_pin(factors.pin, keyed_pin(self._store, person_id, pin))
        ):
            return FactorKind.PIN, None
        return None


def _if_right(checked: Callable[[str], str], text: str) -> str | None:
    """Return an entry in its checked form, or None where it cannot be such a thing at all."""
    try:
        return checked(text)
    except KnownError:
        return None
