"""Importing many people from a folder of folders or a CSV file."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from faceaccess.core.actors import Actor
from faceaccess.core.clock import Clock
from faceaccess.core.counting import counted
from faceaccess.core.errors import KnownError
from faceaccess.core.frames import Image
from faceaccess.core.progress import Job, Progress
from faceaccess.core.settings import Settings
from faceaccess.learn.scoring import blocks, centred
from faceaccess.pipeline.crop_spool import CropSpool, Spooled
from faceaccess.pipeline.import_sources import ImportList, Listed, list_source
from faceaccess.pipeline.intake import Entry, Intake, Roster
from faceaccess.pipeline.picture_look import (
    Looked,
    largest_and_central,
    look_at,
    new_sample,
    odd_ones_out,
)
from faceaccess.pipeline.reading_ahead import read_ahead
from faceaccess.pipeline.results import ImportResult, Picture, Rejected
from faceaccess.pipeline.serving import Serving
from faceaccess.pipeline.threshold import threshold_in_force
from faceaccess.store.protocol import Store
from faceaccess.vision.analyser import FaceAnalyser

_BATCH = 8
"""Faces that are embedded together."""
_SAME_PERSON = 0.1
"""As in `enrolment`: so far below the threshold the pictures of one person may be."""


@dataclass(eq=False)
class _Person:
    """What has been gathered of one person."""

    listed: Listed
    known: set[str]
    spooled: list[Spooled] = field(default_factory=list)


@dataclass(eq=False)
class _Gathered:
    people: list[_Person]
    rejected: list[Rejected]
    warnings: list[Rejected] = field(default_factory=list)
    skipped: int = 0


class PeopleImport:
    """Brings many people in, in one transaction.

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
        self._clock = clock
        self._intake = Intake(store, settings, serving, clock)

    def run(self, actor: Actor, source: Path) -> Job[ImportResult]:
        """Import a folder of folders, or a CSV file with `name,picture[,staff_number]`.

        Somebody already there is found by staff number, else by exact name, and gains pictures.
        Pictures are analysed one by one, their crops wait in a temporary file, and all is stored
        in one transaction at the end: an import that is closed or dies leaves nothing.

        Raises:
            KnownError: if the source cannot be used at all, or the store cannot be written.
        """
        began = self._clock.monotonic()
        listed = list_source(source)
        yield Progress("Loading the networks", 0, listed.pictures)
        analyser = self._analyser()
        with CropSpool() as spool:
            gathered = yield from self._gather(listed, analyser, spool)
            people = [person for person in gathered.people if person.spooled]
            gathered.warnings += self._odd_ones(people, analyser)
            taken = yield from self._intake.take(
                actor,
                [_entry(person, spool) for person in people],
                analyser.space,
                f"{counted(len(people), 'person', 'people')} imported",
            )
        gained = {p for p, n in zip(taken.person_ids, taken.added, strict=True) if n}
        gathered.warnings += self._alike(gained)
        return ImportResult(
            people=len(gained),
            samples=sum(taken.added),
            skipped=gathered.skipped + taken.skipped,
            rejected=tuple(gathered.rejected),
            warnings=tuple(gathered.warnings),
            seconds=self._clock.monotonic() - began,
            head=taken.head,
            cost=taken.cost,
            set_aside=taken.set_aside,
        )

    def _gather(
        self, listed: ImportList, analyser: FaceAnalyser, spool: CropSpool
    ) -> Job[_Gathered]:
        gathered = _Gathered([], listed.rejected)
        roster = Roster(self._store)
        for one in listed.people:
            try:
                person_id = roster.find(one.details)
            except KnownError as error:
                gathered.rejected += [Rejected(p.name, str(error)) for p in one.pictures]
                continue
            stored = () if person_id is None else self._store.samples(person_id)
            gathered.people.append(_Person(one, {sample.digest for sample in stored}))
        total = sum(len(person.listed.pictures) for person in gathered.people)
        waiting: list[tuple[_Person, Looked]] = []
        todo = (
            (person, picture) for person in gathered.people for picture in person.listed.pictures
        )
        for done, (person, picture, image) in enumerate(read_ahead(todo)):
            yield Progress("Looking at pictures", done, total, picture.name)
            looked = _look(analyser, person, picture, image)
            if looked.digest and looked.digest in person.known:
                gathered.skipped += 1
            elif looked.observation is None:
                gathered.rejected.append(Rejected(picture.name, looked.rejected or ""))
            else:
                person.known.add(looked.digest)
                waiting.append((person, looked))
                gathered.warnings += [Rejected(picture.name, r) for r in looked.remarks]
            if len(waiting) >= _BATCH:
                _embed(waiting, analyser, spool)
        _embed(waiting, analyser, spool)
        return gathered

    def _alike(self, person_ids: set[str]) -> list[Rejected]:
        """Return a warning for each who came in and resembles somebody else beyond the threshold,
        the most alike; of two newcomers once.
        """
        serving = self._store.serving_head()
        if serving is None or not person_ids:
            return []
        record, head = serving
        threshold = threshold_in_force(
            self._settings(), record, lambda: self._analyser().default_threshold
        )
        means = centred(head, head.means)
        came = np.array(sorted(head.index[p] for p in person_ids if p in head.index), np.intp)
        told: set[frozenset[int]] = set()
        warnings = []
        for part in blocks(len(came), len(means)):
            cosines = means[came[part]] @ means.T
            cosines[np.arange(len(cosines)), came[part]] = -1.0
            for one, other in zip(came[part], cosines.argmax(axis=1), strict=True):
                cosine, pair = float(means[one] @ means[other]), frozenset((int(one), int(other)))
                if cosine >= threshold and one != other and pair not in told:
                    told.add(pair)
                    name, like = (self._store.person(head.person_ids[i]).name for i in (one, other))
                    warnings.append(Rejected(name, f"looks like {like} ({cosine:.2f})"))
        return warnings

    def _odd_ones(self, people: Sequence[_Person], analyser: FaceAnalyser) -> list[Rejected]:
        serving = self._store.serving_head()
        record = None if serving is None else serving[0]
        threshold = threshold_in_force(self._settings(), record, lambda: analyser.default_threshold)
        return [
            warning
            for person in people
            for warning in odd_ones_out(
                [one.source for one in person.spooled],
                np.stack([one.embedding.vector for one in person.spooled]),
                threshold - _SAME_PERSON,
            )
        ]


def _look(
    analyser: FaceAnalyser, person: _Person, picture: Picture, image: Image | KnownError
) -> Looked:
    if isinstance(image, KnownError):
        return Looked(picture.name, "", None, str(image))
    return look_at(analyser, picture.name, image, largest_and_central, person.known)


def _embed(waiting: list[tuple[_Person, Looked]], analyser: FaceAnalyser, spool: CropSpool) -> None:
    """Embed what waits, put it into the spool, and empty the list."""
    observations = [looked.observation for _, looked in waiting if looked.observation is not None]
    embedded = analyser.embed(observations, enrolled=True)
    for (person, looked), observation in zip(waiting, embedded, strict=True):
        sample = new_sample(observation, looked.name, looked.digest)
        person.spooled.append(spool.put(sample))
    waiting.clear()


def _entry(person: _Person, spool: CropSpool) -> Entry:
    spooled = person.spooled
    return Entry(
        details=person.listed.details,
        digests=[one.digest for one in spooled],
        vectors=np.stack([one.embedding.vector for one in spooled]),
        load=lambda which: spool.get([spooled[i] for i in which]),
        match=True,
    )
