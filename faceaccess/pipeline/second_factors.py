"""Giving people second factors and taking them away. No PIN or card number is kept or logged."""

import logging
import secrets
from dataclasses import replace

from faceaccess.core.actors import Actor
from faceaccess.core.second_factors import FactorKind, SecondFactors, checked_card, checked_pin
from faceaccess.store.protocol import Store

_log = logging.getLogger(__name__)


def keyed_pin(store: Store, person_id: str, pin: str) -> bytes:
    """Return the keyed hash of a person's PIN; the same PIN of two people has two."""
    return store.keyed("pin", f"{person_id}\0{pin}")


def keyed_card(store: Store, number: str) -> bytes:
    """Return the keyed hash of a card's number as `checked_card` gives it."""
    return store.keyed("card", number)


def keyed_code(store: Store, person_id: str, salt: str) -> bytes:
    """Return from what a person's secret of one-time codes is made."""
    return store.keyed("one-time code", f"{person_id}\0{salt}")


class SecondFactorBook:
    """People's second factors.

    Args:
        store: where hashes of them are kept.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def kinds(self, person_id: str) -> tuple[FactorKind, ...]:
        """Return which second factors somebody has."""
        return self._store.second_factors(person_id).kinds

    def set_pin(self, actor: Actor, person_id: str, pin: str) -> None:
        """Give somebody a PIN in place of a former one.

        Raises:
            KnownError: if it is no PIN, or there is no such person.
        """
        from faceaccess.door.second_factor import hash_pin

        stored = hash_pin(keyed_pin(self._store, person_id, checked_pin(pin)))
        self._change(actor, person_id, "gave a PIN to", pin=stored)

    def set_card(self, actor: Actor, person_id: str, number: str) -> None:
        """Give somebody a card in place of a former one.

        Raises:
            KnownError: if it is no number of a card, it is somebody else's, or there is no such
                person.
        """
        keyed = keyed_card(self._store, checked_card(number))
        self._change(actor, person_id, "gave a card to", card=keyed)

    def new_code(self, actor: Actor, person_id: str) -> str:
        """Give somebody one-time codes with a new secret; former ones end.

        Returns:
            The otpauth address for an authenticator. It cannot be had again.

        Raises:
            KnownError: if there is no such person.
        """
        from faceaccess.door.second_factor import code_secret, code_uri

        person = self._store.person(person_id)
        salt = secrets.token_hex(16)
        uri = code_uri(code_secret(keyed_code(self._store, person_id, salt)), person.name)
        self._change(actor, person_id, "gave one-time codes to", code_salt=salt, code_step=-1)
        return uri

    def remove(self, actor: Actor, person_id: str, kind: FactorKind) -> None:
        """Take a second factor from somebody; nothing happens where there is none.

        Raises:
            KnownError: if there is no such person.
        """
        column = {FactorKind.PIN: "pin", FactorKind.CARD: "card", FactorKind.CODE: "code_salt"}
        self._change(actor, person_id, f"took the {kind} from", **{column[kind]: None})

    def _change(
        self, actor: Actor, person_id: str, what: str, **values: str | bytes | int | None
    ) -> None:
        with self._store.transaction() as transaction:
            before: SecondFactors = self._store.second_factors(person_id)
            after = replace(before, failures=0, **values)  # type: ignore[arg-type]  # by name
            transaction.put_second_factors(person_id, after)
        _log.info("%s (%s) %s %s", actor.name, actor.way, what, person_id)
