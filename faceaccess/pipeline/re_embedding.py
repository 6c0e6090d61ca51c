"""Embedding stored pictures anew after the embedder or the kind of crop has changed."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from faceaccess.core.corrections import Correction
from faceaccess.core.errors import KnownError
from faceaccess.core.faces import Embedding, EmbeddingSpace
from faceaccess.core.frames import Image
from faceaccess.core.people import TrainingSet
from faceaccess.core.progress import Job, Progress
from faceaccess.core.strangers import Role, StrangerSet, role_of
from faceaccess.store.protocol import Store, Transaction
from faceaccess.vision.alignment import grayscale
from faceaccess.vision.analyser import FaceAnalyser
from faceaccess.vision.face_views import SUFFIX

_BATCH = 8

Owned = tuple[str, str]
"""A picture's id and whose it is."""


class ReEmbedding:
    """The enrolled pictures, strangers and corrections as seen by the present embedder.

    Vectors made here are kept until `store`, so that a second `prepare` only makes what is new.

    Args:
        store: where the pictures are.
        analyser: the present embedder.
        allowed: whether pictures of another space may be embedded anew.
    """

    def __init__(self, store: Store, analyser: FaceAnalyser, *, allowed: bool) -> None:
        self._store = store
        self._analyser = analyser
        self._allowed = allowed
        self._people: dict[str, str] = {}
        self._strangers: dict[str, str] = {}
        self._corrections: dict[str, Correction] = {}
        self._made: dict[str, Embedding] = {}

    @property
    def space(self) -> EmbeddingSpace:
        """The space that pictures are embedded in."""
        return self._analyser.space

    def prepare(self) -> Job[None]:
        """Embed what is of another space.

        Strangers and corrections whose crops do not serve the present embedder are left as they
        are: they have no part in what is in this space.

        Raises:
            KnownError: if there are people's pictures of another space and that is not allowed, or
                their crops do not serve the present embedder.
        """
        self._people, self._strangers, self._corrections = {}, {}, {}
        missing = self._store.count_samples() - self._store.count_samples(self.space)
        if missing and not self._allowed:
            raise KnownError(
                f"{missing} enrolled pictures were embedded by another network or from other crops "
                f"than {self.space}.",
                "Run `faceaccess retrain --full` to embed them anew, or set the embedder back.",
            )
        if missing:
            self._people = dict(self._foreign_people())
        yield from self._embed(
            "Embedding the pictures anew", self._people, self._store.crop, enrolled=True
        )
        if self._allowed:
            self._strangers = dict(self._foreign_strangers())
            yield from self._embed(
                "Embedding the strangers anew", self._strangers, self._store.stranger_crop
            )
            yield Progress("Looking at the corrections anew")
            self._corrections = {c.id: c for c in self._foreign_corrections()}

    def training_set(self) -> TrainingSet:
        """Return the embeddings of everybody in the present space."""
        data = self._store.training_set(self.space)
        vectors, owners = self._joined(data.vectors, data.person_ids, self._people)
        return TrainingSet(vectors, owners)

    def stranger_set(self, role: Role | None = None) -> StrangerSet:
        """Return the embeddings of strangers in the present space, of one role or of all."""
        data = self._store.stranger_set(self.space, role)
        foreign = {
            sample: owner
            for sample, owner in self._strangers.items()
            if role is None or role_of(owner) is role
        }
        return StrangerSet(*self._joined(data.vectors, data.stranger_ids, foreign))

    def corrections(self) -> list[Correction]:
        """Return all corrections whose vectors are of the present space, oldest first."""
        known = [self._corrections.get(one.id, one) for one in self._store.corrections()]
        return [one for one in known if one.space == self.space]

    def store(self, transaction: Transaction) -> None:
        """Write the new vectors of `prepare`."""
        for sample_id in self._people:
            transaction.replace_embedding(sample_id, self._made[sample_id])
        for sample_id in self._strangers:
            transaction.replace_stranger_embedding(sample_id, self._made[sample_id])
        for one in self._corrections.values():
            transaction.replace_correction(one.id, one.space, one.vectors)

    def _joined(
        self, vectors: NDArray[np.float32], owners: Sequence[str], foreign: Mapping[str, str]
    ) -> tuple[NDArray[np.float32], tuple[str, ...]]:
        if not foreign:
            return vectors, tuple(owners)
        made = np.stack([self._made[sample_id].vector for sample_id in foreign])
        both = np.concatenate([vectors.reshape(-1, made.shape[1]), made])
        return both.astype(np.float32), (*owners, *foreign.values())

    def _foreign_people(self) -> Iterator[Owned]:
        for person in self._store.people():
            for sample in self._store.samples(person.id):
                if sample.embedding.space != self.space:
                    if why := unfit(sample.embedding.space, self.space):
                        raise KnownError(
                            f"The stored pictures cannot be embedded anew: {why}.",
                            "Enrol the people again, or set the embedder and the kind of crop "
                            "back.",
                        )
                    yield sample.id, person.id

    def _foreign_strangers(self) -> Iterator[Owned]:
        for stranger in self._store.strangers():
            for sample in self._store.stranger_samples(stranger.id):
                space = sample.embedding.space
                if space != self.space and not unfit(space, self.space):
                    yield sample.id, stranger.id

    def _foreign_corrections(self) -> Iterator[Correction]:
        for one in self._store.corrections():
            if one.space == self.space or unfit(one.space, self.space):
                continue
            if one.id not in self._made:
                evidence = self._store.event_evidence(one.event_id)
                if evidence is None or evidence.crop is None:
                    continue
                (self._made[one.id],) = self._analyser.embed_crops([self._fit(evidence.crop)])
            yield replace(one, space=self.space, vectors=self._made[one.id].vector[np.newaxis])

    def _embed(
        self,
        stage: str,
        samples: Mapping[str, str],
        crop_of: Callable[[str], Image],
        *,
        enrolled: bool = False,
    ) -> Job[None]:
        todo = [sample_id for sample_id in samples if sample_id not in self._made]
        for start in range(0, len(todo), _BATCH):
            yield Progress(stage, start, len(todo))
            batch = todo[start : start + _BATCH]
            crops = [self._fit(crop_of(sample_id)) for sample_id in batch]
            made = self._analyser.embed_crops(crops, enrolled=enrolled)
            self._made.update(zip(batch, made, strict=True))

    def _fit(self, crop: Image) -> Image:
        """Return a stored crop as the present embedder takes it."""
        _, kind = cut_and_kind(self.space)
        return grayscale(crop) if kind == "gray" and crop.ndim == 3 else crop


def cut_and_kind(space: EmbeddingSpace) -> tuple[str, str]:
    """Return how a space's crops are cut ("5pt-112") and what they are ("gray" or "colour").

    How many views are made of a crop does not change the crop.
    """
    cut, _, kind = space.preprocessing.removesuffix(SUFFIX).rpartition("-")
    return cut, kind


def unfit(old: EmbeddingSpace, new: EmbeddingSpace) -> str | None:
    """Return why crops of `old` cannot be embedded in `new`, or None where they can.

    A colour crop can become grayscale; the other way, or another cut of the face, cannot be had
    from the stored crop.
    """
    (old_cut, old_kind), (new_cut, new_kind) = cut_and_kind(old), cut_and_kind(new)
    if old_cut != new_cut:
        return f"they were cut as {old.preprocessing}, and {new.model} takes {new.preprocessing}"
    if old_kind == "gray" and new_kind != "gray":
        return "they are grayscale, and cannot become colour"
    return None
