"""The access rules at one running door: recognised -> let in, kept out, or something is awaited."""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from faceaccess.core.access_rules import AccessPolicy, DoorPlan, Effect, Passback, checked_name
from faceaccess.core.clock import Clock
from faceaccess.core.decisions import Decision, Event, Outcome
from faceaccess.core.errors import FaceAccessError, KnownError
from faceaccess.core.reasons import Reason
from faceaccess.door.rules.admission import (
    ESCORT_SECONDS,
    TOGETHER_SECONDS,
    AdmissionFacts,
    Companion,
    admit,
    needs_escort,
)
from faceaccess.door.rules.tries import Tries, delay_after
from faceaccess.store.protocol import Store

_log = logging.getLogger(__name__)

TRIES = frozenset({Reason.UNKNOWN, Reason.AMBIGUOUS})
"""Refusals that count as a failed try: somebody wanted in and was not recognised."""
LOOKED_BACK = 200
"""Events that are looked at when a door starts, for the tries before."""


@dataclass(frozen=True)
class _Remembered:
    """Somebody who was recognised at the door a while ago.

    Attributes:
        moment: when, monotonic seconds.
        escorted: whether they need an escort.
    """

    moment: float
    escorted: bool


class DoorRules:
    """Rules and state of one door. Safe from any thread.

    Durations are measured by the clock that nobody sets, so a wall clock that jumps shortens no
    delay. After a start the delay of the tries before begins anew, whole.

    Args:
        store: rules, holidays, plans and events.
        door: the door's name, under which the station records.
        clock: measures durations.
        look_alikes: returns whom a person may be taken for, or None: nobody.

    Raises:
        KnownError: if the store cannot be read, or the door's name is none.
    """

    def __init__(
        self,
        store: Store,
        door: str,
        clock: Clock,
        *,
        look_alikes: Callable[[str], frozenset[str]] | None = None,
    ) -> None:
        self._store = store
        self._door = checked_name("door", door)
        self._clock = clock
        self._look_alikes = look_alikes
        self._alike: dict[str, frozenset[str]] = {}
        self._revision: int | None = None
        self._policy = AccessPolicy()
        self._hand = threading.Lock()
        self._remembered: dict[tuple[str, bool], _Remembered] = {}
        self._refresh()
        self._tries: Tries | None = None  # counted when it is first asked for

    def admit(
        self,
        decision: Decision,
        now: datetime,
        *,
        locked_down: bool = False,
        factor_given: bool = False,
    ) -> Decision:
        """Return whether somebody who was recognised may pass now, and if not, why.

        Args:
            decision: what the evidence says; one that is not granted comes back as it is.
            now: the time, aware.
            locked_down: whether the door is locked down.
            factor_given: whether the person's second factor was given and is right.

        Raises:
            KnownError: if the store cannot be read; then nobody is let in.
        """
        person_id = decision.person_id
        if decision.outcome is not Outcome.GRANTED or person_id is None:
            return decision
        with self._hand:
            self._refresh()
            moment = self._clock.monotonic()
            facts = AdmissionFacts(
                door=self._door,
                rules=self._policy.rules,
                holidays=self._policy.days,
                locked_down=locked_down,
                wait=self._tries_now().wait(moment),
                factor_given=factor_given,
                look_alikes=self._alike_to(person_id),
                companions=self._companions(moment),
                plan=self._plan,
                whereabouts=whereabouts(self._store, self._policy, self._plan, person_id, now),
            )
            admission = admit(decision, facts, now)
            if admission.reason is Reason.SECOND_PERSON_NEEDED:
                self._remember(person_id, needs_escort(person_id, facts, now), let_in=False)
        if admission.warning is not None:
            _log.warning("%s: %s, let in all the same", self._door, admission.warning.sentence)
        return replace(decision, outcome=admission.outcome, reason=admission.reason)

    def let_in(self, person_id: str, now: datetime) -> None:
        """Take notice that the lock was opened for somebody; they may bring another one along."""
        with self._hand:
            facts = AdmissionFacts(self._door, self._policy.rules, self._policy.days)
            self._remember(person_id, needs_escort(person_id, facts, now), let_in=True)

    def recorded(self, event: Event) -> None:
        """Count a recorded visit as a try, failed or not; never raises."""
        if event.station != self._door:
            return
        with self._hand:
            try:
                self._refresh()
                before = self._tries_now(but=event.id)
            except FaceAccessError as error:
                _log.warning("tries are counted by the rules as last read: %s", error)
                if self._tries is None:
                    return  # they are counted out of the record later, this one with them
                before = self._tries
            limit = None if self._plan is None else self._plan.tries
            if event.decision.outcome is Outcome.GRANTED or limit is None:
                self._tries = Tries()
            elif _is_failed_try(event):
                self._tries = before.failed(self._clock.monotonic(), limit)

    @property
    def _plan(self) -> DoorPlan | None:
        return self._policy.plan(self._door)

    def _refresh(self) -> None:
        """Take over what was changed; a rule serves from the next decision on."""
        revision = self._store.revision()
        if revision != self._revision:
            self._policy = self._store.access_policy()
            self._alike.clear()
            self._revision = revision
            # Somebody who was removed and enrolled again is not their own companion.
            self._remembered = {
                key: seen for key, seen in self._remembered.items() if self._is_enrolled(key[0])
            }

    def _is_enrolled(self, person_id: str) -> bool:
        try:
            self._store.person(person_id)
        except KnownError:
            return False
        return True

    def _tries_now(self, but: str | None = None) -> Tries:
        """Return the tries in a row; those before this process without one event."""
        if self._tries is None:
            self._tries = self._tries_before(but)
        return self._tries

    def _tries_before(self, but: str | None) -> Tries:
        limit = None if self._plan is None else self._plan.tries
        if limit is None:
            return Tries()
        failures = 0
        for event in self._store.station_events(self._door, limit=LOOKED_BACK):
            if event.id == but:
                continue
            if event.decision.outcome is Outcome.GRANTED:
                break
            failures += _is_failed_try(event)
        return Tries(failures, self._clock.monotonic() + delay_after(failures, limit))

    def _alike_to(self, person_id: str) -> frozenset[str]:
        if self._look_alikes is None or not self._asks_for_look_alikes:
            return frozenset()
        if person_id not in self._alike:
            self._alike[person_id] = self._look_alikes(person_id)
        return self._alike[person_id]

    @property
    def _asks_for_look_alikes(self) -> bool:
        of_two = {Effect.TWO_PEOPLE, Effect.ESCORT}
        return (self._plan is not None and self._plan.look_alikes_need_factor) or any(
            rule.effect in of_two for rule in self._policy.rules
        )

    def _companions(self, moment: float) -> tuple[Companion, ...]:
        return tuple(
            Companion(person_id, moment - seen.moment, let_in, seen.escorted)
            for (person_id, let_in), seen in self._remembered.items()
        )

    def _remember(self, person_id: str, escorted: bool, *, let_in: bool) -> None:  # noqa: FBT001
        moment = self._clock.monotonic()
        longest = max(TOGETHER_SECONDS, ESCORT_SECONDS)
        self._remembered = {
            key: seen for key, seen in self._remembered.items() if moment - seen.moment <= longest
        }
        self._remembered[person_id, let_in] = _Remembered(moment, escorted)


def whereabouts(
    store: Store, policy: AccessPolicy, plan: DoorPlan | None, person_id: str, now: datetime
) -> str | None:
    """Return the area that a person was let into last, where an anti-passback asks for it.

    Only visits count for which a lock acknowledged; the last is the one that was recorded last,
    whatever the wall clock was set to. One that seems to be in the future counts as a moment ago.

    Args:
        store: the record of visits.
        policy: where doors lead.
        plan: of the door that asks, or None.
        person_id: who.
        now: the time, aware.

    Raises:
        KnownError: if the store cannot be read.
    """
    if plan is None or plan.passback is Passback.OFF:
        return None
    longest = max((plan.passback_hours for plan in policy.plans), default=0.0)
    for event in store.entries_since(person_id, now - timedelta(hours=longest)):
        passed = policy.plan(event.station)
        if passed is not None:
            hours = (now - event.time).total_seconds() / 3600
            return passed.leads_to if hours < passed.passback_hours else None
    return None


def _is_failed_try(event: Event) -> bool:
    return event.decision.outcome is Outcome.DENIED and event.decision.reason in TRIES
