"""The site's strangers: people who are not enrolled, on whom the door proves that it keeps such
people out. They come in by a person's hand only.
"""

import contextlib
import logging
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from faceaccess.core.actors import Actor
from faceaccess.core.clock import Clock
from faceaccess.core.errors import KnownError
from faceaccess.core.frames import Image
from faceaccess.core.people import NewSample
from faceaccess.core.progress import Job, Progress, run
from faceaccess.core.strangers import Stranger
from faceaccess.images.codec import pixel_digest
from faceaccess.learn.scoring import check_space
from faceaccess.pipeline.calibrating import Calibrating
from faceaccess.pipeline.crop_spool import CropSpool, Spooled
from faceaccess.pipeline.enrolled_strangers import CLEARLY, Resembled
from faceaccess.pipeline.picture_look import Looked, largest_and_central, look_at, new_sample
from faceaccess.pipeline.reading_ahead import read_ahead
from faceaccess.pipeline.results import Calibration, Rejected
from faceaccess.pipeline.stranger_check import StrangerCheck
from faceaccess.pipeline.stranger_sources import ListedStranger, list_strangers
from faceaccess.store.protocol import Store
from faceaccess.vision.analyser import FaceAnalyser

_log = logging.getLogger(__name__)

_BATCH = 32
"""Faces that are embedded together."""
_EVERY = 20
"""Strangers between two reports of progress while storing."""


@dataclass(frozen=True, eq=False)
class StrangersAdded:
    """What became of a folder of strangers.

    Attributes:
        strangers, pictures: how many were stored.
        rejected: pictures and folders not taken, each with the reason.
        seconds: the whole time.
        warnings: notes on pictures that were taken.
        calibration: the stated risk's threshold with them; None where no risk is stated.
    """

    strangers: int
    pictures: int
    rejected: tuple[Rejected, ...]
    seconds: float
    warnings: tuple[Rejected, ...] = ()
    calibration: Calibration | None = None


@dataclass(eq=False)
class _Newcomer:
    """What has been gathered of one stranger."""

    label: str
    spooled: list[Spooled] = field(default_factory=list)
    id: str = field(default_factory=lambda: str(uuid.uuid4()))

    @property
    def vectors(self) -> NDArray[np.float32]:
        return np.stack([one.embedding.vector for one in self.spooled])


@dataclass(eq=False)
class _Gathered:
    newcomers: list[_Newcomer]
    rejected: list[Rejected]
    warnings: list[Rejected]


class Strangers:
    """The stranger gallery.

    Args:
        store: where strangers are kept.
        analyser: gives the face analyser (slow the first time).
        threshold: gives the threshold in force.
        calibrating: finds the stated risk's threshold anew where strangers came or went.
        clock: measures the time taken.
    """

    def __init__(
        self,
        store: Store,
        analyser: Callable[[], FaceAnalyser],
        threshold: Callable[[], float],
        calibrating: Calibrating,
        clock: Clock,
    ) -> None:
        self._store = store
        self._analyser = analyser
        self._threshold = threshold
        self._calibrating = calibrating
        self._clock = clock

    def add(self, actor: Actor, folder: Path) -> Job[StrangersAdded]:
        """Take in a folder: a loose picture is one stranger, a folder in it is one stranger.

        Pictures without a usable face, that are there already, or that show somebody who is
        enrolled or a stranger who is there already are rejected, each with its reason. All others
        are stored in one transaction at the end: a job that is closed or dies leaves nothing.

        Raises:
            KnownError: if the folder cannot be used, people are enrolled in another embedding
                space, or the store cannot be written.
        """
        began = self._clock.monotonic()
        listed = list_strangers(folder)
        yield Progress("Loading the networks", 0, listed.pictures)
        analyser = self._analyser()
        check = self._check(analyser)
        with CropSpool() as spool:
            gathered = yield from self._gather(listed.strangers, analyser, spool)
            gathered.rejected[:0] = listed.rejected
            kept = self._judge(check, gathered)
            pictures = yield from self._keep(kept, gathered, spool)
        _log.info("%s (%s) added %d strangers", actor.name, actor.way, len(pictures))
        calibration = (yield from self._calibrating.renew()) if pictures else None
        return StrangersAdded(
            strangers=len(pictures),
            pictures=sum(pictures),
            rejected=tuple(gathered.rejected),
            warnings=tuple(gathered.warnings),
            seconds=self._clock.monotonic() - began,
            calibration=calibration,
        )

    def add_from_event(self, actor: Actor, event_id: str, label: str = "") -> Job[Stranger]:
        """Keep a visitor whom the door has seen as a stranger, by the best picture of the visit.

        Args:
            actor: who says that the visitor is nobody enrolled.
            event_id: the visit.
            label: what to call the stranger; empty for "visitor of" and the time.

        Raises:
            KnownError: if there is no such visit, no picture of it was kept, or the picture shows
                somebody who is enrolled or a stranger who is there already.
        """
        event = self._store.event(event_id)
        evidence = self._store.event_evidence(event_id)
        if evidence is None or evidence.crop is None or evidence.quality is None:
            raise no_evidence()
        yield Progress("Loading the networks")
        analyser = self._analyser()
        (embedding,) = analyser.embed_crops([evidence.crop])
        digest = pixel_digest(evidence.crop)
        when = f"{event.time.astimezone():%Y-%m-%d %H:%M}"
        check = self._check(analyser)
        vectors = embedding.vector[np.newaxis]
        there = self._store.stranger_with_digest(digest)
        if there is not None:
            raise KnownError(f"The picture is there already: {_called(there)}.")
        if known := check.person(vectors):
            raise KnownError(
                f"The picture {self._shows_person(known)}.",
                "If it is somebody else, correct the visit first: this is not that person.",
            )
        if same := check.stranger(vectors):
            raise KnownError(f"The picture shows {_called(self._store.stranger(same[0]))} again.")
        sample = NewSample(
            evidence.crop, embedding, evidence.quality, f"{event.camera}, {when}", digest
        )
        with self._store.transaction() as transaction:
            stranger = transaction.add_stranger(label.strip() or f"visitor of {when}", [sample])
        _log.info("%s (%s) added a visitor as a stranger", actor.name, actor.way)
        yield from self._calibrating.renew()
        return stranger

    def list(self, offset: int = 0, limit: int | None = None) -> Sequence[Stranger]:
        """Return strangers, the oldest first."""
        return self._store.strangers(offset=offset, limit=limit)

    def count(self) -> int:
        """Return how many strangers there are."""
        return self._store.count_strangers()

    def show(self, stranger_id: str) -> Stranger:
        """Return one stranger.

        Raises:
            KnownError: if there is no such stranger.
        """
        return self._store.stranger(stranger_id)

    def crop(self, sample_id: str) -> Image:
        """Return the pixels of a stranger's picture.

        Raises:
            KnownError: if there is no such picture.
        """
        return self._store.stranger_crop(sample_id)

    def thumbnail(self, stranger_id: str) -> Image | None:
        """Return a stranger's first picture, or None for an unknown stranger."""
        samples = self._store.stranger_samples(stranger_id)
        return self._store.stranger_crop(samples[0].id) if samples else None

    def remove(self, actor: Actor, stranger_id: str) -> Stranger:
        """Remove a stranger and every picture of theirs.

        Raises:
            KnownError: if there is no such stranger.
        """
        with self._store.transaction() as transaction:
            stranger = self._store.stranger(stranger_id)
            transaction.remove_stranger(stranger_id)
        _log.info("%s (%s) removed the stranger %s", actor.name, actor.way, stranger_id)
        run(self._calibrating.renew())
        return stranger

    def _gather(
        self, listed: Sequence[ListedStranger], analyser: FaceAnalyser, spool: CropSpool
    ) -> Job[_Gathered]:
        """Look at all pictures and embed them; crops go to the spool."""
        gathered = _Gathered([], [], [])
        digests: set[str] = set()
        waiting: list[tuple[_Newcomer, Looked]] = []
        newcomers = {id(one): _Newcomer(one.label) for one in listed}
        total = sum(len(one.pictures) for one in listed)
        todo = ((newcomers[id(one)], picture) for one in listed for picture in one.pictures)
        for done, (newcomer, picture, image) in enumerate(read_ahead(todo)):
            yield Progress("Looking at pictures", done, total, picture.name)
            if isinstance(image, KnownError):
                gathered.rejected.append(Rejected(picture.name, str(image)))
                continue
            looked = look_at(analyser, picture.name, image, largest_and_central, digests)
            there = self._store.stranger_with_digest(looked.digest)
            if looked.observation is None:
                gathered.rejected.append(Rejected(picture.name, looked.rejected or ""))
            elif there is not None:
                reason = f"this picture is there already: {_called(there)}"
                gathered.rejected.append(Rejected(picture.name, reason))
            else:
                digests.add(looked.digest)
                waiting.append((newcomer, looked))
                gathered.warnings += [Rejected(picture.name, r) for r in looked.remarks]
            if len(waiting) >= _BATCH:
                _embed(waiting, analyser, spool)
        _embed(waiting, analyser, spool)
        gathered.newcomers = [one for one in newcomers.values() if one.spooled]
        return gathered

    def _judge(self, check: StrangerCheck, gathered: _Gathered) -> Sequence[_Newcomer]:
        """Return the newcomers who are new strangers; all pictures of others are rejected."""
        kept: dict[str, _Newcomer] = {}
        for newcomer in gathered.newcomers:
            vectors = newcomer.vectors
            reason = ""
            if known := check.person(vectors):
                reason = f"it {self._shows_person(known)}"
            elif same := check.stranger(vectors):
                owner, similarity = same
                if owner in kept:
                    who = f"the same stranger as {kept[owner].spooled[0].source}"
                else:
                    who = f"{_called(self._store.stranger(owner))}, who is there already"
                reason = f"it shows {who} (similarity {similarity:.2f})"
            if reason:
                gathered.rejected += [Rejected(one.source, reason) for one in newcomer.spooled]
            else:
                kept[newcomer.id] = newcomer
                check.add(newcomer.id, vectors)
        return tuple(kept.values())

    def _keep(
        self, kept: Sequence[_Newcomer], gathered: _Gathered, spool: CropSpool
    ) -> Job[Sequence[int]]:
        """Store the newcomers; return how many pictures of each."""
        pictures: list[int] = []
        if not kept:
            return pictures
        with self._store.transaction() as transaction:
            for done, newcomer in enumerate(kept):
                fresh = []
                for one in newcomer.spooled:
                    # Somebody else may have added the same folder meanwhile.
                    if self._store.stranger_with_digest(one.digest) is None:
                        fresh.append(one)
                    else:
                        gathered.rejected.append(Rejected(one.source, "it is there already"))
                if fresh:
                    label = newcomer.label
                    transaction.add_stranger(label, spool.get(fresh), stranger_id=newcomer.id)
                    pictures.append(len(fresh))
                if done % _EVERY == 0:
                    yield Progress("Storing", done, len(kept))
        return pictures

    def _check(self, analyser: FaceAnalyser) -> StrangerCheck:
        serving = self._store.serving_head()
        head = serving[1] if serving is not None and serving[1].person_ids else None
        if head is not None:
            check_space(head, analyser.space)
        threshold = self._threshold()
        # A threshold that was set low by hand makes nobody of one who only resembles somebody; of
        # an embedder that was never measured it is all that there is.
        with contextlib.suppress(KnownError):
            threshold = max(threshold, analyser.default_threshold)
        known = self._store.stranger_set(analyser.space)
        return StrangerCheck(head, known, least=threshold + CLEARLY)

    def _shows_person(self, known: Resembled) -> str:
        name = self._store.person(known.person_id).name
        return f"shows {name}, who is enrolled (similarity {known.similarity:.2f})"


def no_evidence() -> KnownError:
    """Return the error for a visit of which no picture was kept."""
    return KnownError(
        "No picture that could be compared was kept with this visit.",
        "Visits keep them since version 0.1, where a face was seen well enough.",
    )


def _called(stranger: Stranger) -> str:
    return f"the stranger {stranger.label or stranger.id}"


def _embed(
    waiting: list[tuple[_Newcomer, Looked]], analyser: FaceAnalyser, spool: CropSpool
) -> None:
    """Embed what waits, put it into the spool, and empty the list."""
    observations = [looked.observation for _, looked in waiting if looked.observation is not None]
    embedded = analyser.embed(observations)
    for (newcomer, looked), observation in zip(waiting, embedded, strict=True):
        sample = new_sample(observation, looked.name, looked.digest)
        newcomer.spooled.append(spool.put(sample))
    waiting.clear()
