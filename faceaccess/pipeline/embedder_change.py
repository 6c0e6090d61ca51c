"""Another embedder for people who are enrolled: tried beside the serving one, then changed to.

A trial embeds every stored picture of people and strangers by the other network, fits a head,
calibrates it to the same risk as the serving one, and tests both on the same pictures, each in its
own space. Nothing is stored but the threshold that was found. Putting it into service is a full
retraining (`pipeline.retraining`) in the other space: embeddings, head and settings change in one
transaction or not at all.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from faceaccess.core.actors import Actor
from faceaccess.core.calibrations import RiskEstimate, one_in
from faceaccess.core.clock import Clock
from faceaccess.core.counting import counted
from faceaccess.core.errors import KnownError
from faceaccess.core.faces import EmbeddingSpace
from faceaccess.core.head_tests import HeadScore, HeadTest
from faceaccess.core.home import DataHome
from faceaccess.core.people import TrainingSet
from faceaccess.core.progress import Job, Progress
from faceaccess.core.settings import Settings
from faceaccess.learn.head_trainer import fit_head
from faceaccess.pipeline.head_changes import with_counter_examples
from faceaccess.pipeline.head_gate import HeadGate
from faceaccess.pipeline.re_embedding import ReEmbedding
from faceaccess.pipeline.results import RetrainResult
from faceaccess.pipeline.retraining import Retraining
from faceaccess.pipeline.serving import Serving
from faceaccess.store.protocol import Store
from faceaccess.vision.analyser import FaceAnalyser
from faceaccess.vision.brought import brought_embedder, calibrated, forget
from faceaccess.vision.build import build_analyser
from faceaccess.vision.weights import manifest

USUAL_RISK = 1e-3
"""Risk that both are calibrated to where none is stated."""


@dataclass(frozen=True)
class Trial:
    """What was found of an embedder on this site's people and strangers.

    Attributes:
        name: of the embedder.
        space: of its vectors.
        risk: that both are calibrated to.
        before: the serving embedder on the test.
        test: `after` is this one, and whether it is no worse.
        estimate: this one's threshold for the risk.
        estimate_before: the serving one's.
        names: of the people in `test.changed_people`, by id.
        seconds: how long it took.
    """

    name: str
    space: EmbeddingSpace
    risk: float
    before: HeadScore
    test: HeadTest
    estimate: RiskEstimate
    estimate_before: RiskEstimate
    names: Mapping[str, str]
    seconds: float

    @property
    def verdict(self) -> str:
        """What was found, in words."""
        after, before = self.test.after, self.before
        kind = "drawn strangers" if self.test.synthetic else "strangers"
        told = (
            f"{self.name}, calibrated to {one_in(self.risk)} (threshold {after.threshold:.3f}): "
            f"{after.strangers_in:,} of {after.strangers:,} {kind} get in, "
            f"{before.strangers_in:,} with the serving embedder; "
            f"{after.known:,} of {after.probes:,} held-out pictures are known, {before.known:,} "
            "with the serving one."
        )
        reason = self.test.refused_because
        return f"{told} It is no worse." if reason is None else f"{told} It is worse: {reason}"


class EmbedderChange:
    """Tries embedders and changes over to one.

    Args:
        store: people, strangers and heads.
        home: where brought files are kept.
        analyser: gives the present analyser (slow the first time).
        settings: gives the settings in force.
        serving: measures heads.
        retraining: puts heads into service.
        clock: measures the time taken.
    """

    def __init__(
        self,
        store: Store,
        home: DataHome,
        analyser: Callable[[], FaceAnalyser],
        settings: Callable[[], Settings],
        serving: Serving,
        retraining: Retraining,
        clock: Clock,
    ) -> None:
        self._store = store
        self._home = home
        self._analyser = analyser
        self._settings = settings
        self._serving = serving
        self._retraining = retraining
        self._clock = clock

    def trial(self, name: str) -> Job[Trial]:
        """Try an embedder beside the serving one. The door goes on with what it has.

        The threshold found for a brought embedder is noted beside its file.

        Args:
            name: a brought embedder, or one of the program's own.

        Raises:
            KnownError: if there is none of that name, it is the one in use, its file has changed,
                the stored pictures do not serve it, or there are fewer than two people or nobody
                has two pictures.
        """
        began = self._clock.monotonic()
        changes = self._changes(name)
        yield Progress("Loading the networks")
        present = self._analyser()
        other = self._other(changes)
        risk = self._settings().risk or USUAL_RISK
        serving = self._store.serving_head()
        data = self._store.training_set(present.space)
        if serving is None or serving[1].space != present.space:
            raise KnownError(
                "There is no serving head of the present embedder to compare with.",
                "Enrol people, or run `faceaccess retrain --full`.",
            )
        _check_people(data)
        embedding = ReEmbedding(self._store, other, allowed=True)
        yield from embedding.prepare()
        anew = embedding.training_set()
        trained = yield from fit_head(anew, other.space, steps=self._settings().training_steps)
        yield Progress("Testing the embedder")
        wanted = {"risk": risk, "threshold": None}
        asked = Settings.model_validate({**self._settings().model_dump(), **wanted})
        before = HeadGate(
            self._serving.ground(data, present.space, None, settings=asked),
            serving[1],
            version=serving[0].version,
        )
        ground = self._serving.ground(
            anew,
            other.space,
            None,
            settings=asked,
            strangers=embedding.stranger_set,
            corrections=embedding.corrections(),
        )
        # Nothing was measured for it yet: that is what the trial is for.
        ground = replace(ground, default=lambda: -1.0)
        gate = HeadGate(ground, with_counter_examples(trained.head, ground.corrections))
        judged = gate.judge(gate.base.head, before=before.base)
        estimate, former = judged.measured.estimate, before.base.estimate
        if estimate is None and former is not None:
            raise KnownError(
                f"{name} does not tell the enrolled people apart; it has no threshold.",
                "See whether it is fed rightly: `faceaccess models bring --help`.",
            )
        if estimate is None or former is None:
            raise KnownError(
                "There are too few strangers, and too few people to draw others from.",
                "Enrol more people, or add strangers: `faceaccess strangers add FOLDER`.",
            )
        if changes["embedder"] == "brought":
            calibrated(self._home, name, other.space.preprocessing, estimate.threshold)
        return Trial(
            name,
            other.space,
            risk,
            before.base.examined.score,
            judged.test,
            estimate,
            former,
            self._serving.names_of(judged.test),
            self._clock.monotonic() - began,
        )

    def use(self, actor: Actor, name: str, *, force: str = "") -> Job[RetrainResult]:
        """Change over to an embedder, if it is no worse than the serving one.

        All pictures of people and strangers are embedded anew; embeddings, head and settings are
        stored in one transaction. A threshold set by hand is given up: it belongs to the former
        embedder's similarities. A refusal is a result, and the serving head goes on.

        Args:
            actor: who asks.
            name: a brought embedder, or one of the program's own.
            force: why it is to serve even if it is refused, or "".

        Raises:
            KnownError: as `trial`, and if the store cannot be written.
        """
        changes = self._changes(name)
        if changes["embedder"] == "brought":
            one, colour = brought_embedder(self._home, name), self._settings().colour
            if one.preparation(colour=colour).name not in one.thresholds:
                yield from self.trial(name)
        yield Progress("Loading the networks")
        other = self._other(changes)
        return (
            yield from self._retraining.run(
                actor, full=True, force=force, analyser=other, settings=changes
            )
        )

    def forget(self, name: str) -> Path:
        """Give up a brought embedder that is not in use; return the file that was deleted.

        Raises:
            KnownError: if it was not brought, or is in use.
        """
        one = brought_embedder(self._home, name)
        if self._settings().embedder_name == name:
            raise KnownError(
                f"The embedder {name} is in use.",
                "Change over first: `faceaccess models use sface`.",
            )
        forget(self._home, name)
        return one.file(self._home)

    def _changes(self, name: str) -> dict[str, object]:
        """Return the settings by which an embedder is chosen."""
        if self._settings().embedder_name == name:
            raise KnownError(
                f"The embedder {name} is in use already.",
                "`faceaccess retrain --full` embeds and trains everything anew.",
            )
        own = {model.name for model in manifest() if model.kind == "embedder"}
        if name in own:
            return {"embedder": name, "brought_embedder": "", "threshold": None}
        brought_embedder(self._home, name)
        return {"embedder": "brought", "brought_embedder": name, "threshold": None}

    def _other(self, changes: Mapping[str, object]) -> FaceAnalyser:
        settings = Settings.model_validate({**self._settings().model_dump(), **changes})
        return build_analyser(settings, self._home).newest()


def _check_people(data: TrainingSet) -> None:
    people = len(set(data.person_ids))
    if people < 2 or len(data.person_ids) == people:
        raise KnownError(
            f"{counted(people, 'person', 'people')} with {len(data.person_ids)} pictures in all "
            "tell nothing of an embedder.",
            "Enrol at least two people, with two pictures or more.",
        )
