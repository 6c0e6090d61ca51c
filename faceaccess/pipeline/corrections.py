"""What people say of a visit, and what the door makes of it: "this is not me", "this is X"."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from faceaccess.core.actors import Actor
from faceaccess.core.clock import Clock
from faceaccess.core.corrections import Correction, CorrectionKind, Evidence
from faceaccess.core.decisions import Decision, Event, Outcome
from faceaccess.core.errors import KnownError
from faceaccess.core.faces import Embedding, EmbeddingSpace
from faceaccess.core.heads import HeadRecord
from faceaccess.core.people import NewSample, Person
from faceaccess.core.progress import Job, Progress
from faceaccess.core.settings import Settings
from faceaccess.images.codec import pixel_digest
from faceaccess.pipeline.correction_check import refuse_unlike
from faceaccess.pipeline.directory import Directory
from faceaccess.pipeline.intake import Entry, Intake
from faceaccess.pipeline.replay import StandingOf, decided_again, rules_of
from faceaccess.pipeline.results import RetrainResult
from faceaccess.pipeline.retraining import Retraining
from faceaccess.pipeline.serving import Serving
from faceaccess.pipeline.strangers import no_evidence
from faceaccess.store.protocol import Store
from faceaccess.vision.analyser import FaceAnalyser

_log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Corrected:
    """What became of a statement.

    Attributes:
        event: that it is about.
        effect: what the door does now, in words.
        head: the head that serves now, or None where nobody is enrolled.
        decision: what the door decides now of the same pictures; None where it cannot be asked.
    """

    event: Event
    effect: str
    head: HeadRecord | None
    decision: Decision | None


class Corrections:
    """Takes statements on visits; the next head learns them at once, and is tested.

    A statement is kept also where the new head is refused or the training is broken off: every
    later head learns it.

    Args:
        store: events, people and heads.
        analyser: gives the face analyser (slow the first time).
        settings: gives the settings in force.
        default_threshold: gives the measured threshold of an embedding space.
        serving: puts heads into service.
        retraining: makes the head that learns.
        directory: removes pictures.
        clock: measures the time taken.
    """

    def __init__(
        self,
        store: Store,
        analyser: Callable[[], FaceAnalyser],
        settings: Callable[[], Settings],
        default_threshold: Callable[[EmbeddingSpace], float],
        serving: Serving,
        retraining: Retraining,
        directory: Directory,
        clock: Clock,
    ) -> None:
        self._store = store
        self._analyser = analyser
        self._settings = settings
        self._default_threshold = default_threshold
        self._retraining = retraining
        self._directory = directory
        self._intake = Intake(store, settings, serving, clock)

    def not_me(self, actor: Actor, event_id: str) -> Job[Corrected]:
        """Note that a visit's pictures do not show whom the door took them for.

        They become counter-examples of that person in the next head, which is made and tested at
        once; then the same pictures are shown to the door again.

        Raises:
            KnownError: if there is no such visit, the door took it for nobody, that person was
                removed, or no picture was kept.
        """
        event = self._store.event(event_id)
        person = self._taken_for(event)
        evidence = self._evidence(event_id)
        said = self._of(event_id, CorrectionKind.NOT_ME, person.id)
        after = self._again(evidence)
        if said and not _lets_in(after, person):
            return Corrected(event, self._effect(person, after, None), self._head(), after)
        for one in self._of(event_id, CorrectionKind.IS, person.id):
            self._unlearn_picture(actor, one, evidence)
        with self._store.transaction() as transaction:
            for one in self._of(event_id, CorrectionKind.IS, person.id):
                transaction.remove_correction(one.id)
            transaction.add_correction(
                event_id, CorrectionKind.NOT_ME, person.id, evidence, actor.signature
            )
        _log.info("%s (%s): %s is not %s", actor.name, actor.way, event_id, person.id)
        result = yield from self._learn(actor)
        after = self._again(evidence)
        return Corrected(event, self._effect(person, after, result), self._head(), after)

    def this_is(self, actor: Actor, event_id: str, person_id: str) -> Job[Corrected]:
        """Note whom a visit's pictures show; the best one becomes an enrolled picture of theirs.

        Where the door took the visit for somebody else, it is also noted that it is not them. A
        picture that looks nothing like the person is refused, unless the person has no picture to
        compare it with.

        Raises:
            KnownError: if there is no such visit or person, no picture was kept, or the picture
                does not fit the person. Nothing is noted then.
        """
        event = self._store.event(event_id)
        person = self._store.person(person_id)
        evidence = self._evidence(event_id)
        if evidence.crop is None or evidence.quality is None:
            raise no_evidence()
        yield Progress("Loading the networks")
        analyser = self._analyser()
        (seen,) = analyser.embed_crops([evidence.crop])
        serving = self._store.serving_head()
        if serving is not None:
            head = serving[1]
            samples = [s.embedding for s in self._store.samples(person_id)]
            rules = rules_of(self._settings(), serving[0], self._default_threshold)
            refuse_unlike(head, seen, person, samples, rules.threshold, self._store)
        self._note_is(actor, event, person, evidence)
        (embedding,) = analyser.embed_crops([evidence.crop], enrolled=True)
        taken = yield from self._intake.take(
            actor,
            [_entry(person, event, evidence, embedding)],
            analyser.space,
            f"a visit of {person.name} corrected",
        )
        if taken.head is not None and taken.added[0]:
            effect = f"The picture is one of {person.name}'s now."
        else:
            effect = f"The picture was one of {person.name}'s already."
        after = self._again(evidence)
        if after is not None:
            effect += " " + _told_of(after, person)
        return Corrected(event, effect, self._head(), after)

    def of_event(self, event_id: str) -> Sequence[Correction]:
        """Return what was said of a visit, oldest first."""
        return self._store.corrections(event_id=event_id)

    def take_back(self, actor: Actor, correction_id: str) -> Job[Corrected]:
        """Take a statement back; the door unlearns it at once.

        Somebody who was wronged by a slip must come in again, so the head without the statement
        serves even if its test refuses it; that is stored with it as its reason.

        Raises:
            KnownError: if there is no such statement.
        """
        yield Progress("Taking it back")
        every = self._store.corrections()
        found = next((one for one in every if one.id == correction_id), None)
        if found is None:
            raise KnownError("There is no such statement.", "It may be taken back already.")
        event = self._store.event(found.event_id)
        evidence = self._store.event_evidence(found.event_id)
        with self._store.transaction() as transaction:
            transaction.remove_correction(correction_id)
        if found.kind is CorrectionKind.IS and evidence is not None:
            self._unlearn_picture(actor, found, evidence)
        elif found.kind is CorrectionKind.NOT_ME and self._head() is not None:
            yield from self._learn(actor, force="a correction of a visit was taken back")
        after = None if evidence is None else self._again(evidence)
        return Corrected(event, "It is taken back.", self._head(), after)

    def _note_is(self, actor: Actor, event: Event, person: Person, evidence: Evidence) -> None:
        taken_for = event.decision.person_id
        other = None if taken_for in {None, person.id} else taken_for
        with self._store.transaction() as transaction:
            for one in self._of(event.id, CorrectionKind.NOT_ME, person.id):
                transaction.remove_correction(one.id)
            transaction.add_correction(
                event.id, CorrectionKind.IS, person.id, evidence, actor.signature
            )
            if other is not None and self._is_there(other):
                transaction.add_correction(
                    event.id, CorrectionKind.NOT_ME, other, evidence, actor.signature
                )
        _log.info("%s (%s): %s is %s", actor.name, actor.way, event.id, person.id)

    def _learn(self, actor: Actor, force: str = "") -> Job[RetrainResult]:
        try:
            return (yield from self._retraining.run(actor, force=force))
        except KnownError as error:
            raise KnownError(
                f"It is noted, but the door could not learn it now: {error.text}",
                error.remedy or "Run `faceaccess retrain` later.",
            ) from error

    def _unlearn_picture(self, actor: Actor, said: Correction, evidence: Evidence) -> None:
        """Remove the picture that "this is X" gave to X."""
        if evidence.crop is None:
            return
        digest = pixel_digest(evidence.crop)
        for sample in self._store.samples(said.person_id):
            if sample.digest == digest:
                self._directory.remove_sample(actor, sample.id)

    def _again(self, evidence: Evidence) -> Decision | None:
        """Return what the door decides of the pictures now; None where it cannot compare them."""
        serving = self._store.serving_head()
        if serving is None or serving[1].space != evidence.space:
            return None
        rules = rules_of(self._settings(), serving[0], self._default_threshold)
        (decision,) = decided_again([evidence.vectors], serving[1], rules, StandingOf(self._store))
        return decision

    def _effect(self, person: Person, after: Decision | None, result: RetrainResult | None) -> str:
        told = "It is noted." if after is None else _told_of(after, person)
        if result is not None and not result.accepted:
            told += f" The head that learned it was refused: {result.refused_because}"
        return told

    def _taken_for(self, event: Event) -> Person:
        if event.decision.person_id is None:
            raise KnownError(
                "The door took this visitor for nobody, so there is nobody whom it is not.",
                "If it is somebody enrolled, say who it is.",
            )
        try:
            return self._store.person(event.decision.person_id)
        except KnownError:
            raise KnownError(
                "Whom the door took this visitor for is not enrolled any more.",
                "There is nothing to correct: the door does not know that person now.",
            ) from None

    def _evidence(self, event_id: str) -> Evidence:
        evidence = self._store.event_evidence(event_id)
        if evidence is None:
            raise no_evidence()
        serving = self._store.serving_head()
        if serving is not None and serving[1].person_ids and serving[1].space != evidence.space:
            raise KnownError(
                f"The visit's pictures were embedded as {evidence.space}, and the door compares "
                f"{serving[1].space} now.",
                "Only visits since the embedder was changed can be corrected.",
            )
        return evidence

    def _of(self, event_id: str, kind: CorrectionKind, person_id: str) -> list[Correction]:
        said = self._store.corrections(event_id=event_id)
        return [one for one in said if one.kind is kind and one.person_id == person_id]

    def _is_there(self, person_id: str) -> bool:
        try:
            self._store.person(person_id)
        except KnownError:
            return False
        return True

    def _head(self) -> HeadRecord | None:
        serving = self._store.serving_head()
        return None if serving is None else serving[0]


def _entry(person: Person, event: Event, evidence: Evidence, embedding: Embedding) -> Entry:
    crop, quality = evidence.crop, evidence.quality
    assert crop is not None
    assert quality is not None
    when = f"{event.time.astimezone():%Y-%m-%d %H:%M}"
    sample = NewSample(
        crop, embedding, quality, f"visit of {when}, {event.camera}", pixel_digest(crop)
    )
    return Entry(
        details=person.details,
        digests=[sample.digest],
        vectors=embedding.vector[np.newaxis],
        load=lambda which: [sample for _ in which],
        person_id=person.id,
    )


def _lets_in(decision: Decision | None, person: Person) -> bool:
    return (
        decision is not None
        and decision.outcome is Outcome.GRANTED
        and decision.person_id == person.id
    )


def _told_of(after: Decision, person: Person) -> str:
    if after.outcome is not Outcome.GRANTED:
        said = after.reason.sentence
        return f'Shown the same pictures, the door lets nobody in now ("{said}").'
    if after.person_id == person.id:
        return f"Shown the same pictures, the door lets {person.name} in now."
    return f"Shown the same pictures, the door lets {after.person} in now."
