"""Files and folders of this computer that are dropped on a page."""

from pathlib import Path

from PySide6.QtCore import QMimeData


def dropped_paths(mime: QMimeData) -> tuple[Path, ...]:
    """Return the files and folders in what is dragged or dropped; () for anything else."""
    return tuple(Path(url.toLocalFile()) for url in mime.urls() if url.isLocalFile())
