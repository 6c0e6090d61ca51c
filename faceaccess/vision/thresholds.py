"""The measured threshold of any space: of the program's own networks, and of those brought."""

from faceaccess.core.faces import EmbeddingSpace
from faceaccess.core.home import DataHome
from faceaccess.vision.brought import brought_embedders
from faceaccess.vision.weights import default_threshold


def measured_threshold(space: EmbeddingSpace, home: DataHome) -> float:
    """Return the threshold at which 1 stranger picture in 1,000 passes, as far as was measured.

    Raises:
        KnownError: if it was never measured, or the list of brought embedders cannot be read.
    """
    for one in brought_embedders(home):
        found = one.thresholds.get(space.preprocessing)
        if one.model == space.model and found is not None:
            return found
    return default_threshold(space)
