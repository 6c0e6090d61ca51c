"""What the door decides with: head, rules and people, kept up with the store."""

import logging
import math
from collections.abc import Callable

from faceaccess.core.clock import Clock
from faceaccess.core.errors import KnownError
from faceaccess.core.heads import Head, Match
from faceaccess.core.settings import Settings
from faceaccess.door.policy import Rules, Standing
from faceaccess.learn.scoring import check_lengths, check_space
from faceaccess.pipeline.threshold import threshold_in_force
from faceaccess.store.protocol import Store
from faceaccess.vision.analyser import FaceAnalyser

_log = logging.getLogger(__name__)

LOOK_EVERY = 0.2
"""Seconds between two looks at the store's revision."""
_READS = 5
"""Times that head and settings are read while others write, before the look fails."""


class DoorKnowledge:
    """Head, threshold and people in force; changes are noticed between two frames.

    Args:
        store: where they are kept.
        settings: gives the settings in force.
        analyser: makes the embeddings that will be compared.
        renewed: gives the analyser anew after another embedder was chosen (slow), or None.
        clock: tells when to look again.

    Attributes:
        analyser: embeds in the serving head's space.
        settings: as last read.
        head: the serving head, or None before the first training or with nobody in it.
        rules: what decisions rest on.
        people: enrolled people who were asked for since the last change.
    """

    def __init__(
        self,
        store: Store,
        settings: Callable[[], Settings],
        analyser: FaceAnalyser,
        renewed: Callable[[], FaceAnalyser] | None,
        clock: Clock,
    ) -> None:
        self._store = store
        self._read_settings = settings
        self.analyser = analyser
        self._renewed = renewed
        self._clock = clock
        self._revision: int | None = None
        self._made_for: tuple[str, bool] | None = None
        self._looked = -LOOK_EVERY
        self._trouble: Exception | None = None
        self.people: dict[str, Standing] = {}
        self.head: Head | None = None
        self._load()
        self._looked = clock.monotonic()

    def refresh(self) -> bool:
        """Look whether the store has changed, at most every `LOOK_EVERY` seconds, and take it over.

        Returns:
            whether anything was read anew.

        Raises:
            KnownError: if the store cannot be read, or its head is damaged or of another space.
            Exception: whatever else goes wrong. Either is raised again by the calls between two
                looks, until a look goes well again.
        """
        now = self._clock.monotonic()
        if now - self._looked < LOOK_EVERY:
            if self._trouble is not None:
                raise self._trouble
            return False
        self._looked = now
        try:
            changed = self._trouble is not None or self._store.revision() != self._revision
            if changed:
                self._load()
        except Exception as error:
            self._trouble = error
            raise
        self._trouble = None
        return changed

    def is_current(self) -> bool:
        """Return whether the store is as it was when it was last read; asks it now.

        Raises:
            KnownError: if the store cannot be read.
        """
        return self._trouble is None and self._store.revision() == self._revision

    def look_at_once(self) -> None:
        """Let the next `refresh` look, however short ago the last one was."""
        self._looked = -math.inf

    def learn_of(self, match: Match) -> None:
        """Look up the people of a match, so that `people` has them."""
        for person_id in (match.person_id, match.runner_up_id):
            if person_id is None or person_id in self.people:
                continue
            try:
                details = self._store.person(person_id).details
            except KnownError as error:
                # Removed since the head was made: not in `people`, so nobody is let in as them.
                _log.info("a class of the head has no person: %s", error)
                continue
            self.people[person_id] = Standing(details.name, details.active)

    def _load(self) -> None:
        # Head and settings of one revision: a threshold belongs to the head that it was found for.
        for _ in range(_READS):
            revision = self._store.revision()
            settings, serving = self._read_settings(), self._store.serving_head()
            if self._store.revision() == revision:
                break
        else:
            raise KnownError(
                "People and settings change faster than they can be read.",
                "The door goes on by itself when the changes end.",
            )
        chosen = (settings.embedder_name, settings.colour)
        analyser = self.analyser
        if self._made_for not in (None, chosen):
            if self._renewed is None:
                raise KnownError(
                    "The embedder was changed in the settings while the door was running.",
                    "Start the door again, or set the embedder back.",
                )
            analyser = self._renewed()
        record = head = None
        if serving is not None:
            record, head = serving
            # People may have been embedded anew, in another space of the same network.
            analyser = in_space_of(analyser, head)
            check_lengths(head)
        threshold = threshold_in_force(settings, record, lambda: analyser.default_threshold)
        self._made_for = chosen
        self.analyser = analyser
        self.settings = settings
        self.head = head if head is not None and head.person_ids else None
        self.rules = Rules(
            threshold=threshold,
            evidence_frames=settings.evidence_frames,
            head=None if record is None else record.version,
        )
        self.people.clear()
        self._revision = revision


def in_space_of(analyser: FaceAnalyser, head: Head) -> FaceAnalyser:
    """Return an analyser that embeds in the head's space; for an empty head in its newest.

    Raises:
        KnownError: if the analyser's network cannot.
    """
    if not head.person_ids:
        return analyser.newest()
    if head.space not in analyser.spaces:
        check_space(head, analyser.space)
    return analyser.in_space(head.space)
