"""Enrolling people by hand: pictures or camera captures in, one person known at the end."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from faceaccess.core.actors import Actor
from faceaccess.core.clock import Clock
from faceaccess.core.errors import KnownError
from faceaccess.core.faces import Embedding, EmbeddingSpace, Observation
from faceaccess.core.people import NewSample, PersonDetails
from faceaccess.core.progress import Job, Progress
from faceaccess.core.settings import Settings
from faceaccess.images.codec import pixel_digest
from faceaccess.learn.scoring import centred, check_space
from faceaccess.pipeline.head_changes import unit_mean
from faceaccess.pipeline.intake import Entry, Intake
from faceaccess.pipeline.picture_look import (
    look_at,
    new_sample,
    nothing_taken,
    odd_ones_out,
    pixels,
    the_only_one,
)
from faceaccess.pipeline.results import EnrolResult, LookAlike, Picture, Rejected
from faceaccess.pipeline.serving import Serving
from faceaccess.pipeline.threshold import threshold_in_force
from faceaccess.store.protocol import Store
from faceaccess.vision.analyser import FaceAnalyser

MOST_LOOK_ALIKES = 5
"""Look-alikes that are told, the closest first."""
SAME_PERSON = 0.1
"""So far below the threshold two pictures of one enrolment may be before it is remarked."""


@dataclass(frozen=True, eq=False)
class _Gathered:
    """Pictures of one person, analysed and embedded."""

    samples: tuple[NewSample, ...]
    rejected: tuple[Rejected, ...]
    warnings: tuple[Rejected, ...]
    space: EmbeddingSpace


class Enrolment:
    """Adds people and pictures. Pictures are analysed first; then one transaction stores all.

    Args:
        store: where people are kept.
        analyser: gives the face analyser (slow the first time).
        settings: gives the settings in force.
        serving: puts heads into service.
        clock: measures the time taken.
    """

    def __init__(
        self,
        store: Store,
        analyser: Callable[[], FaceAnalyser],
        settings: Callable[[], Settings],
        serving: Serving,
        clock: Clock,
    ) -> None:
        self._store = store
        self._analyser = analyser
        self._settings = settings
        self._intake = Intake(store, settings, serving, clock)

    def add(
        self, actor: Actor, details: PersonDetails, pictures: Sequence[Picture]
    ) -> Job[EnrolResult]:
        """Enrol a new person from pictures with one face each.

        Raises:
            KnownError: if no picture was accepted (it lists why), the staff number is somebody
                else's, or the store cannot be written. Nothing is stored then.
        """
        self._refuse_taken_number(details)
        gathered = yield from self._look(pictures, set())
        return (yield from self._take(actor, details, None, gathered))

    def add_pictures(
        self, actor: Actor, person_id: str, pictures: Sequence[Picture]
    ) -> Job[EnrolResult]:
        """Give a person more pictures; those that are there already are rejected.

        Raises:
            KnownError: as `add`, and if there is no such person.
        """
        person = self._store.person(person_id)
        known = {sample.digest for sample in self._store.samples(person_id)}
        gathered = yield from self._look(pictures, known)
        return (yield from self._take(actor, person.details, person_id, gathered))

    def add_observed(
        self,
        actor: Actor,
        details: PersonDetails,
        observations: Sequence[Observation],
        source: str,
    ) -> Job[EnrolResult]:
        """Enrol a new person from captures that are analysed already.

        Args:
            actor: who asks.
            details: about the person.
            observations: of one person, each of good quality.
            source: where they come from, for people ("camera Front door").

        Raises:
            KnownError: as `add`.
        """
        self._refuse_taken_number(details)
        gathered = self._from_captures(observations, source, set())
        return (yield from self._take(actor, details, None, gathered))

    def add_observed_to(
        self, actor: Actor, person_id: str, observations: Sequence[Observation], source: str
    ) -> Job[EnrolResult]:
        """Give a person more pictures from captures that are analysed already.

        Raises:
            KnownError: as `add_pictures`.
        """
        person = self._store.person(person_id)
        known = {sample.digest for sample in self._store.samples(person_id)}
        gathered = self._from_captures(observations, source, known)
        return (yield from self._take(actor, person.details, person_id, gathered))

    def look_alikes(
        self, observations: Sequence[Observation], *, besides: str | None = None
    ) -> tuple[LookAlike, ...]:
        """Return enrolled people whom these faces resemble beyond the threshold, closest first.

        Args:
            observations: of one person.
            besides: a person who is not told (whose pictures these are).

        Raises:
            KnownError: if people are enrolled in another embedding space.
        """
        if not observations:
            return ()
        embedded = self._analyser().embed(observations)
        embeddings = [one.embedding for one in embedded if one.embedding is not None]
        return self._alike(embeddings, besides)

    def _alike(self, embeddings: Sequence[Embedding], besides: str | None) -> tuple[LookAlike, ...]:
        serving = self._store.serving_head()
        if serving is None or not serving[1].person_ids:
            return ()
        head = serving[1]
        check_space(head, embeddings[0].space)
        mean = unit_mean(np.stack([one.vector for one in embeddings]))
        cosines = centred(head, head.means) @ centred(head, mean[np.newaxis])[0]
        threshold = self._threshold()
        found: list[LookAlike] = []
        for i in np.argsort(-cosines):
            if not cosines[i] >= threshold or len(found) == MOST_LOOK_ALIKES:
                break
            person_id = head.person_ids[int(i)]
            if person_id != besides:
                name = self._store.person(person_id).name
                found.append(LookAlike(person_id, name, float(cosines[i])))
        return tuple(found)

    def _look(self, pictures: Sequence[Picture], known: set[str]) -> Job[_Gathered]:
        yield Progress("Loading the networks", 0, len(pictures))
        analyser = self._analyser()
        observations, kept, rejected, warnings = [], [], [], []
        seen = set(known)
        for i, picture in enumerate(pictures):
            yield Progress("Looking at pictures", i, len(pictures), picture.name)
            try:
                looked = look_at(analyser, picture.name, pixels(picture), the_only_one, seen)
            except KnownError as error:
                rejected.append(Rejected(picture.name, str(error)))
                continue
            if looked.observation is None:
                rejected.append(Rejected(picture.name, looked.rejected or ""))
                continue
            seen.add(looked.digest)
            observations.append(looked.observation)
            kept.append(looked)
            warnings += [Rejected(picture.name, remark) for remark in looked.remarks]
        yield Progress("Making embeddings", len(pictures), len(pictures))
        samples = tuple(
            new_sample(observation, looked.name, looked.digest)
            for observation, looked in zip(
                analyser.embed(observations, enrolled=True), kept, strict=True
            )
        )
        return self._judged(samples, rejected, warnings)

    def _from_captures(
        self, observations: Sequence[Observation], source: str, known: set[str]
    ) -> _Gathered:
        seen, samples = set(known), []
        rejected: list[Rejected] = []
        for i, observation in enumerate(
            self._analyser().embed(observations, enrolled=True), start=1
        ):
            digest = pixel_digest(observation.crop)
            name = f"{source}, picture {i}"
            if digest in seen:
                rejected.append(Rejected(name, "this picture is there already"))
                continue
            seen.add(digest)
            samples.append(new_sample(observation, source, digest))
        return self._judged(tuple(samples), rejected, [])

    def _judged(
        self,
        samples: tuple[NewSample, ...],
        rejected: Sequence[Rejected],
        warnings: Sequence[Rejected],
    ) -> _Gathered:
        if not samples:
            raise nothing_taken(rejected)
        odd = odd_ones_out(
            [sample.source for sample in samples],
            np.stack([sample.embedding.vector for sample in samples]),
            self._threshold() - SAME_PERSON,
        )
        return _Gathered(samples, tuple(rejected), (*warnings, *odd), samples[0].embedding.space)

    def _take(
        self, actor: Actor, details: PersonDetails, person_id: str | None, gathered: _Gathered
    ) -> Job[EnrolResult]:
        samples = gathered.samples
        entry = Entry(
            details=details,
            digests=[sample.digest for sample in samples],
            vectors=np.stack([sample.embedding.vector for sample in samples]),
            load=lambda which: [samples[i] for i in which],
            person_id=person_id,
        )
        alike = self._alike([sample.embedding for sample in samples], person_id)
        taken = yield from self._intake.take(
            actor,
            [entry],
            gathered.space,
            f"{details.name} added" if person_id is None else f"pictures of {details.name} added",
        )
        if taken.head is None:
            raise nothing_taken(gathered.rejected)
        return EnrolResult(
            person=self._store.person(taken.person_ids[0]),
            added=taken.added[0],
            rejected=gathered.rejected,
            warnings=gathered.warnings,
            look_alikes=alike,
            head=taken.head,
            seconds=taken.seconds,
            cost=taken.cost,
            set_aside=taken.set_aside,
        )

    def _threshold(self) -> float:
        serving = self._store.serving_head()
        record = None if serving is None else serving[0]
        return threshold_in_force(
            self._settings(), record, lambda: self._analyser().default_threshold
        )

    def _refuse_taken_number(self, details: PersonDetails) -> None:
        """Notice early, before minutes of work; the store has the last word."""
        if details.staff_number is None:
            return
        owner = self._store.person_by_number(details.staff_number)
        if owner is not None:
            raise KnownError(
                f"The staff number {details.staff_number} is {owner.name}'s.",
                "Give another number, or add the pictures to that person.",
            )
