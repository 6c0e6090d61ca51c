"""A training in a process of its own that kills itself: `python killed_training.py CHECKPOINT N`.

With a checkpoint it goes on from there. N counts moments at which the process may die: before and
after every step, and in a checkpoint before, in the middle of and after its writing, before and
after its renaming. At the N-th it kills itself as `kill -9` does; nothing of Python is unwound.
Prints "ended" where it came to the end of the training before.
"""

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

from gratings import gratings

from faceaccess.core.progress import run
from faceaccess.learn import checkpoints, trainer
from faceaccess.learn.hyperparameters import Hyperparameters
from faceaccess.learn.picture_task import PictureTask
from faceaccess.learn.picture_training import train_pictures

CHOSEN = Hyperparameters(
    network="conv 4x3 | relu | pool 2 | fc 12 | relu | classes",
    batch=7,
    epochs=3,
    shift=1,
    averaged_weights=True,
)
TRAINING = gratings(3, 11, seed=1, size=10)
TEST = gratings(3, 4, seed=2, size=10)


class _Death:
    def __init__(self, moment: int) -> None:
        self._left = moment

    def may_come(self) -> None:
        self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def around(self, work: Callable[..., Any]) -> Callable[..., Any]:
        def watched(*args: Any, **options: Any) -> Any:
            self.may_come()
            result = work(*args, **options)
            self.may_come()
            return result

        return watched


class _HalfWritten:
    def __init__(self, file: BinaryIO, death: _Death) -> None:
        self._file, self._death = file, death

    def write(self, data: bytes) -> None:
        self._file.write(data[: len(data) // 2])
        self._file.flush()
        self._death.may_come()
        self._file.write(data[len(data) // 2 :])


def _main(checkpoint: Path, moment: int) -> None:
    death = _Death(moment)
    trainer.CHECKPOINT_SECONDS = 0.0
    PictureTask.constrain = death.around(PictureTask.constrain)  # type: ignore[method-assign]
    Path.replace = death.around(Path.replace)  # type: ignore[method-assign]
    whole_file = checkpoints.whole_file

    class Watched:
        def __init__(self, path: Path) -> None:
            self._around = whole_file(path)

        def __enter__(self) -> _HalfWritten:
            death.may_come()
            return _HalfWritten(self._around.__enter__(), death)

        def __exit__(self, *error: object) -> None:
            self._around.__exit__(*error)
            death.may_come()

    checkpoints.whole_file = Watched  # type: ignore[assignment]
    job = train_pictures(TRAINING, TEST, CHOSEN, checkpoint=checkpoint, resume=checkpoint.exists())
    run(job)
    sys.stdout.write("ended\n")


if __name__ == "__main__":
    _main(Path(sys.argv[1]), int(sys.argv[2]))
