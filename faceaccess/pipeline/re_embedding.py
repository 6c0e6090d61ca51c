"""Embedding stored pictures anew after the embedder or the kind of crop has changed."""

import numpy as np

from faceaccess.core.errors import KnownError
from faceaccess.core.faces import Embedding, EmbeddingSpace
from faceaccess.core.frames import Image
from faceaccess.core.people import Sample, TrainingSet
from faceaccess.core.progress import Job, Progress
from faceaccess.store.protocol import Store, Transaction
from faceaccess.vision.alignment import grayscale
from faceaccess.vision.analyser import FaceAnalyser
from faceaccess.vision.face_views import SUFFIX

_BATCH = 8


class ReEmbedding:
    """The enrolled pictures as seen by the present embedder.

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
        self._made: dict[str, Embedding] = {}
        self._foreign: dict[str, Sample] = {}

    def prepare(self) -> Job[None]:
        """Embed what is of another space.

        Raises:
            KnownError: if there is any and that is not allowed, or its crops do not serve the
                present embedder.
        """
        space = self._analyser.space
        self._foreign = {}
        missing = self._store.count_samples() - self._store.count_samples(space)
        if missing == 0:
            return
        if not self._allowed:
            raise KnownError(
                f"{missing} enrolled pictures were embedded by another network or from other crops "
                f"than {space}.",
                "Run `faceaccess retrain --full` to embed them anew, or set the embedder back.",
            )
        for person in self._store.people():
            for sample in self._store.samples(person.id):
                if sample.embedding.space != space:
                    _refuse_unfit(sample.embedding.space, space)
                    self._foreign[sample.id] = sample
        todo = [sample_id for sample_id in self._foreign if sample_id not in self._made]
        for start in range(0, len(todo), _BATCH):
            yield Progress("Embedding the pictures anew", start, len(todo))
            batch = todo[start : start + _BATCH]
            crops = [self._crop(sample_id) for sample_id in batch]
            made = self._analyser.embed_crops(crops, enrolled=True)
            self._made.update(zip(batch, made, strict=True))

    def training_set(self) -> TrainingSet:
        """Return the embeddings of everybody in the present space."""
        data = self._store.training_set(self._analyser.space)
        if not self._foreign:
            return data
        vectors = np.stack([self._made[sample_id].vector for sample_id in self._foreign])
        owners = [sample.person_id for sample in self._foreign.values()]
        return TrainingSet(
            np.concatenate([data.vectors, vectors]).astype(np.float32),
            (*data.person_ids, *owners),
        )

    def store(self, transaction: Transaction) -> None:
        """Write the new vectors of `prepare`."""
        for sample_id in self._foreign:
            transaction.replace_embedding(sample_id, self._made[sample_id])

    def _crop(self, sample_id: str) -> Image:
        crop = self._store.crop(sample_id)
        _, kind = cut_and_kind(self._analyser.space)
        return grayscale(crop) if kind == "gray" and crop.ndim == 3 else crop


def cut_and_kind(space: EmbeddingSpace) -> tuple[str, str]:
    """Return how a space's crops are cut ("5pt-112") and what they are ("gray" or "colour").

    How many views are made of a crop does not change the crop.
    """
    cut, _, kind = space.preprocessing.removesuffix(SUFFIX).rpartition("-")
    return cut, kind


def _refuse_unfit(old: EmbeddingSpace, new: EmbeddingSpace) -> None:
    """Raise where crops of `old` cannot be embedded in `new`.

    A colour crop can become grayscale; the other way, or another cut of the face, cannot be had
    from the stored crop.
    """
    (old_cut, old_kind), (new_cut, new_kind) = cut_and_kind(old), cut_and_kind(new)
    if old_cut != new_cut:
        why = f"they were cut as {old.preprocessing}, and {new.model} takes {new.preprocessing}"
    elif old_kind == "gray" and new_kind != "gray":
        why = "they are grayscale, and cannot become colour"
    else:
        return
    raise KnownError(
        f"The stored pictures cannot be embedded anew: {why}.",
        "Enrol the people again, or set the embedder and the kind of crop back.",
    )
