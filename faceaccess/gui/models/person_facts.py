"""All that a person's page shows, read at once off the window's thread."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from faceaccess.core.decisions import Event
from faceaccess.core.errors import KnownError
from faceaccess.core.frames import Image
from faceaccess.core.people import Person, Sample
from faceaccess.pipeline.directory import Directory
from faceaccess.pipeline.look_alikes import Pair
from faceaccess.pipeline.sureness import Sureness


@dataclass(frozen=True, eq=False)
class Facts:
    """What is known of a person.

    Attributes:
        person: as stored.
        samples: the enrolled pictures.
        crops: their pixels by the sample's id.
        thumbnail: the best picture, or None.
        visits: the latest events, newest first.
        sure: how surely the door knows the person; None where that cannot be told.
        nearer: names of people whom a picture resembles more, by id.
    """

    person: Person
    samples: Sequence[Sample]
    crops: dict[str, Image]
    thumbnail: Image | None
    visits: Sequence[Event]
    sure: Sureness | None
    nearer: dict[str, str]


@dataclass(frozen=True, eq=False)
class Alike:
    """Whom the door may take a person for.

    Attributes:
        pairs: of the person and somebody else.
        faces: thumbnails of everybody in them, by id.
    """

    pairs: Sequence[Pair]
    faces: dict[str, Image | None]


def read_alike(
    directory: Directory, person_id: str, alikes: Callable[[str], Sequence[Pair]]
) -> Alike:
    """Compare a person with everybody; a moment's work where people are many.

    Raises:
        KnownError: if the head is damaged, or nothing is known of the threshold.
    """
    pairs = alikes(person_id)
    everybody = {one.id for pair in pairs for one in (pair.a, pair.b)}
    return Alike(pairs, {one: directory.thumbnail(one) for one in everybody})


def read_facts(directory: Directory, person_id: str, sureness: Callable[[str], Sureness]) -> Facts:
    """Read a person's page; meant for the loader's thread.

    Raises:
        KnownError: if there is no such person.
    """
    person = directory.show(person_id)
    samples = directory.samples(person_id)
    try:
        sure: Sureness | None = sureness(person_id)
    except KnownError:
        # The threshold is the embedder's; without its weights the page shows all the rest.
        sure = None
    return Facts(
        person,
        samples,
        {sample.id: directory.crop(sample.id) for sample in samples},
        directory.thumbnail(person_id),
        directory.last_visits(person_id),
        sure,
        {} if sure is None else _names(directory, set(sure.mistaken.values())),
    )


def _names(directory: Directory, person_ids: set[str]) -> dict[str, str]:
    """Return names of people by id; who was removed meanwhile is left out."""
    names = {}
    for person_id in person_ids:
        try:
            names[person_id] = directory.show(person_id).name
        except KnownError:
            continue
    return names
