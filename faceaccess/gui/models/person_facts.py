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
        nearer: names of people of whom a picture is mistaken for, by id.
        alike: pairs of the person and somebody whom the door may take the person for.
        faces: thumbnails of everybody in `alike`, by id.
    """

    person: Person
    samples: Sequence[Sample]
    crops: dict[str, Image]
    thumbnail: Image | None
    visits: Sequence[Event]
    sure: Sureness | None
    nearer: dict[str, str]
    alike: Sequence[Pair]
    faces: dict[str, Image | None]


def read_facts(
    directory: Directory,
    person_id: str,
    sureness: Callable[[str], Sureness],
    alikes: Callable[[str], Sequence[Pair]],
) -> Facts:
    """Read a person's page; meant for the loader's thread.

    Raises:
        KnownError: if there is no such person.
    """
    person = directory.show(person_id)
    samples = directory.samples(person_id)
    sure: Sureness | None = None
    alike: Sequence[Pair] = ()
    try:
        sure = sureness(person_id)
        alike = alikes(person_id)
    except KnownError:
        # The threshold is the embedder's; without its weights the page shows all the rest.
        pass
    return Facts(
        person,
        samples,
        {sample.id: directory.crop(sample.id) for sample in samples},
        directory.thumbnail(person_id),
        directory.last_visits(person_id),
        sure,
        {} if sure is None else _names(directory, set(sure.mistaken.values())),
        alike,
        {one.id: directory.thumbnail(one.id) for pair in alike for one in (pair.a, pair.b)},
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
