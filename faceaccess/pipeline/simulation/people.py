"""The people of a simulated day in the store: enrolled, switched off, removed, enrolled again."""

import uuid

import numpy as np

from faceaccess.core.heads import Head, HeadFacts
from faceaccess.core.people import PersonDetails
from faceaccess.core.second_factors import SecondFactors
from faceaccess.pipeline.second_factors import keyed_card
from faceaccess.pipeline.simulation.cast import SITES, Visitor, plan_of, rules_of
from faceaccess.pipeline.simulation.stage import Stage, Vector
from faceaccess.store.protocol import Store, Transaction

_KEPT = 2


class People:
    """Who is enrolled. Every change is one transaction with a new head, as the product makes it.

    The head's rows are the people's mean embeddings: training is not what is tried here.

    Args:
        store: the real one, with nobody in it.
        stage: how people look.
    """

    def __init__(self, store: Store, stage: Stage) -> None:
        self._store = store
        self._stage = stage
        self._ids: dict[Visitor, str] = {}
        self._means: dict[Visitor, Vector] = {}
        with store.transaction() as transaction:
            for site in SITES:
                transaction.put_door_plan(plan_of(site))
            for number in range(stage.staff):
                self._add(transaction, Visitor(number, staff=True))
            self._new_head(transaction, "everybody")

    def enrol(self, visitor: Visitor) -> None:
        """Enrol somebody who was removed."""
        with self._store.transaction() as transaction:
            self._add(transaction, visitor)
            self._new_head(transaction, "added")

    def remove(self, visitor: Visitor) -> None:
        """Remove somebody, with a head that does not know them."""
        with self._store.transaction() as transaction:
            transaction.remove_person(self._ids.pop(visitor))
            self._new_head(transaction, "removed")

    def switch(self, visitor: Visitor, *, on: bool) -> None:
        """Switch somebody's access on or off."""
        with self._store.transaction() as transaction:
            transaction.edit_person(self._ids[visitor], PersonDetails(_name(visitor), active=on))

    def new_head(self, random: np.random.Generator) -> None:
        """Put another head into service: the same people in another order."""
        order = list(self._ids)
        self._ids = {order[i]: self._ids[order[i]] for i in random.permutation(len(order))}
        with self._store.transaction() as transaction:
            self._new_head(transaction, "trained anew")

    def _add(self, transaction: Transaction, visitor: Visitor) -> None:
        person_id = str(uuid.uuid4())
        transaction.add_person(PersonDetails(_name(visitor)), person_id=person_id)
        for rule in rules_of(visitor, person_id):
            transaction.add_access_rule(rule)
        if visitor.rights.factor:
            card = keyed_card(self._store, visitor.card)
            transaction.put_second_factors(person_id, SecondFactors(card=card))
        self._ids[visitor] = person_id
        if visitor not in self._means:
            self._means[visitor] = self._stage.mean(visitor)

    def _new_head(self, transaction: Transaction, note: str) -> None:
        means = np.stack([self._means[visitor] for visitor in self._ids])
        space = self._stage.analyser.space
        head = Head(space, tuple(self._ids.values()), means, means.copy(), 16.0, 0)
        facts = HeadFacts(len(means), 0.0, accepted=True, note=note, actor="simulation (test)")
        transaction.add_head(head, facts, kept=_KEPT)


def _name(visitor: Visitor) -> str:
    return f"Staff {visitor.number}"
