"""InceptionResnetV1 of facenet-pytorch, with weights that the user brings."""

import io
import pickle
import struct
from pathlib import Path
from urllib.error import URLError

import numpy as np
import torch
from facenet_pytorch import InceptionResnetV1
from torch import nn

from faceaccess.core.errors import KnownError
from faceaccess.vision.alignment import Points

FACENET_SIDE = 160
FACENET_DIMENSION = 512
FACENET_MEAN = (127.5, 127.5, 127.5)
FACENET_SCALE = 1 / 128

# What torch's reader, and the loading of what it read, raise on any other file.
_NO_STATE = (
    RuntimeError,
    ValueError,
    TypeError,
    AttributeError,
    LookupError,
    EOFError,
    struct.error,
    pickle.UnpicklingError,
)

FACENET_POINTS: Points = np.array(
    [[51.0, 61.9], [109.0, 61.9], [80.0, 93.0], [54.0, 120.5], [106.0, 120.5]], dtype=np.float32
)
"""Where the five points lie in a crop of 160 x 160 pixels. facenet-pytorch squeezes MTCNN's box to
that size; these are the medians, made symmetric, of MTCNN's own points in the squeezed boxes of 120
pictures of lfw-dev, with the widths taken back to the face's own shape (a box is 0.78 times as wide
as high), since a similarity transform does not squeeze."""


def build_facenet(state: bytes, file: Path) -> nn.Module:
    """Return the network with the weights of a verified state dictionary.

    Args:
        state: the file's bytes.
        file: what errors call it.

    Raises:
        KnownError: if the file is no state dictionary of InceptionResnetV1.
    """
    network = InceptionResnetV1()
    try:
        tensors = torch.load(io.BytesIO(state), map_location="cpu", weights_only=True)
        # The classifier of the people that it was trained on is of no use here.
        kept = {name: one for name, one in tensors.items() if not name.startswith("logits.")}
        network.load_state_dict(kept)
    except _NO_STATE as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else repr(error)
        raise KnownError(
            f"The weights file {file} does not hold an InceptionResnetV1: {reason}.",
            "Trust a state dictionary of facenet-pytorch: `faceaccess models trust FILE`.",
        ) from error
    return network.eval()  # type: ignore[no-any-return]  # facenet-pytorch is untyped


def download_facenet() -> Path:
    """Let facenet-pytorch download its `vggface2` weights (107 MB) and return the file.

    Called only when a person asked for it. The weights stand under the research terms of VGGFace2,
    and the file is not trusted by this: that is a second step, `weights.trust`.

    Raises:
        KnownError: if the download fails.
    """
    from facenet_pytorch.models.inception_resnet_v1 import get_torch_home

    folder = Path(get_torch_home()) / "checkpoints"
    before = set(folder.glob("*vggface2*.pt"))
    try:
        InceptionResnetV1(pretrained="vggface2")
    except (URLError, OSError, RuntimeError, pickle.UnpicklingError) as error:
        raise KnownError(
            f"The weights of facenet could not be downloaded: {error}.",
            "Check the network, or bring the file from another machine: "
            "`faceaccess models trust FILE`.",
        ) from error
    files = set(folder.glob("*vggface2*.pt"))
    found = sorted(files - before) or sorted(files)
    if not found:
        raise KnownError(
            f"facenet-pytorch left no weights in {folder}.", "Bring the file yourself."
        )
    return found[0]
