"""Reading pictures one after the other while a thread decodes the next ones."""

from collections import deque
from collections.abc import Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

from faceaccess.core.errors import KnownError
from faceaccess.core.frames import Image
from faceaccess.pipeline.picture_look import pixels
from faceaccess.pipeline.results import Picture

AHEAD = 8
"""Pictures that are read ahead; bounds the memory, of 100-megapixel pictures too."""

T = TypeVar("T")


def read_ahead(
    todo: Iterable[tuple[T, Picture]],
) -> Generator[tuple[T, Picture, Image | KnownError], None, None]:
    """Yield each picture with whose it is, and its pixels or why it has none.

    Closing the generator ends the thread.
    """
    rest = iter(todo)
    with ThreadPoolExecutor(1, thread_name_prefix="read-pictures") as pool:
        waiting: deque[tuple[T, Picture, Future[Image | KnownError]]] = deque()

        def fill() -> None:
            for owner, picture in islice(rest, AHEAD - len(waiting)):
                waiting.append((owner, picture, pool.submit(_pixels_or_error, picture)))

        try:
            fill()
            while waiting:
                owner, picture, future = waiting.popleft()
                fill()
                yield owner, picture, future.result()
        finally:
            pool.shutdown(cancel_futures=True)


def _pixels_or_error(picture: Picture) -> Image | KnownError:
    try:
        return pixels(picture)
    except KnownError as error:
        return error
