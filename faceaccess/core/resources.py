"""Where the files that ship with the program are: `assets/` and `models/`.

An installed package carries both inside itself; in a checkout they stand beside it.
"""

from pathlib import Path
from typing import Literal

from faceaccess.core.errors import BugError

_PACKAGE = Path(__file__).resolve().parent.parent


def resource_folder(name: Literal["assets", "models"]) -> Path:
    """Return the folder of shipped files `name`.

    Raises:
        BugError: if the installation lacks it.
    """
    for parent in (_PACKAGE, _PACKAGE.parent):
        folder = parent / name
        if folder.is_dir():
            return folder
    raise BugError(f"the installation has no {name} folder beside {_PACKAGE}")
