"""The networks against the peers that they were read from, and the vectors' properties."""

import io
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import onnx
import pytest
import torch
from numpy.typing import NDArray
from onnx import TensorProto, helper

from faceaccess.camera.drawn_people import STAFF, Pose, render
from faceaccess.core.errors import BugError, KnownError
from faceaccess.core.faces import EmbeddingSpace
from faceaccess.core.home import DataHome
from faceaccess.vision import dlib_network, facenet
from faceaccess.vision.alignment import SFACE_POINTS, aligned_crop
from faceaccess.vision.build import build_embedder
from faceaccess.vision.embedders import CropEmbedder, Preparation
from faceaccess.vision.engines.opencv_engine import OpenCvEngine
from faceaccess.vision.engines.torch_engine import TorchEngine
from faceaccess.vision.protocols import Detector, Embedder
from faceaccess.vision.sface import build_sface, read_sface
from faceaccess.vision.weights import package_file, package_weights, trust

NOWHERE = DataHome(Path("a folder that is not there"))


def crops_of(count: int, embedder: Embedder) -> list[NDArray[np.uint8]]:
    rng = np.random.default_rng(4)
    side = embedder.crop_side
    shape = (side, side, 3) if embedder.colour else (side, side)
    small = (6, 6, 3) if embedder.colour else (6, 6)
    made = (rng.integers(0, 256, small, dtype=np.uint8) for _ in range(count))
    return [
        cv2.resize(one, (side, side), interpolation=cv2.INTER_CUBIC).reshape(shape) for one in made
    ]


def test_folded_sface_gives_what_opencv_gives_from_the_file_as_it_is() -> None:
    data = package_weights("sface")[0]
    batch = np.random.default_rng(0).uniform(0, 255, (3, 3, 112, 112)).astype(np.float32)
    folded = TorchEngine(build_sface(read_sface(data))).run(batch)
    own = OpenCvEngine(data, "SFace").run(batch)
    assert folded.shape == own.shape == (3, 128)
    assert np.abs(own).max() > 0.5
    assert np.abs(folded - own).max() < 2e-5


@pytest.mark.parametrize("colour", [False, True])
def test_both_engines_give_the_same_embeddings(colour: bool) -> None:
    by_torch = build_embedder("sface", NOWHERE, colour=colour)
    by_opencv = build_embedder("sface", NOWHERE, colour=colour, engine="opencv")
    assert by_torch.space == by_opencv.space
    crops = crops_of(3, by_torch)
    assert np.abs(by_torch.embed(crops) - by_opencv.embed(crops)).max() < 2e-5


def test_colour_crops_are_fed_red_first_as_opencvs_own_recogniser_does(
    yunet: Detector, drawn: NDArray[np.uint8]
) -> None:
    recogniser = cv2.FaceRecognizerSF.create(str(package_file("sface")), "")
    (face,) = yunet.detect(drawn)
    crop = aligned_crop(drawn, face.landmarks, SFACE_POINTS, 112)
    theirs = recogniser.feature(crop)[0]
    ours = build_embedder("sface", NOWHERE, colour=True).embed([crop])[0]
    assert np.allclose(ours, theirs / np.linalg.norm(theirs), atol=2e-5)
    # OpenCV's own alignment of the same points gives nearly the same crop.
    row = np.concatenate([face.box, face.landmarks.reshape(-1), [face.score]]).astype(np.float32)
    their_crop = recogniser.alignCrop(drawn, row)
    assert np.abs(their_crop.astype(int) - crop).mean() < 2


def test_dlibs_network_gives_what_dlib_gives() -> None:
    dlib = pytest.importorskip("dlib")
    model = dlib.face_recognition_model_v1(str(package_file("dlib")))
    embedder = build_embedder("dlib", NOWHERE, colour=True)
    assert isinstance(embedder, CropEmbedder)
    engine = TorchEngine(
        dlib_network.build_dlib(dlib_network.read_dlib(package_weights("dlib")[0]))
    )
    for crop in crops_of(3, embedder):
        theirs = np.array(model.compute_face_descriptor(np.ascontiguousarray(crop[:, :, ::-1])))
        assert np.abs(engine.run(embedder.batch([crop]))[0] - theirs).max() < 5e-6
        ours = embedder.embed([crop])[0]
        assert np.allclose(ours, theirs / np.linalg.norm(theirs), atol=1e-5)


@pytest.mark.parametrize("name", ["sface", "dlib"])
@pytest.mark.parametrize("colour", [False, True])
def test_vectors_have_length_one_and_do_not_depend_on_the_batch(name: str, colour: bool) -> None:
    embedder = build_embedder(name, NOWHERE, colour=colour)
    crops = crops_of(5, embedder)
    together = embedder.embed(crops)
    assert together.shape == (5, embedder.space.dimension)
    assert together.dtype == np.float32
    assert np.allclose(np.linalg.norm(together, axis=1), 1, atol=1e-6)
    alone = np.concatenate([embedder.embed([crop]) for crop in crops])
    assert np.abs(together - alone).max() < 1e-5
    assert embedder.embed([]).shape == (0, embedder.space.dimension)
    assert np.abs(together[0] - together[1]).max() > 0.01


def test_spaces_tell_model_preprocessing_and_dimension(sface: Embedder) -> None:
    assert sface.space == EmbeddingSpace("sface", "5pt-112-gray", 128)
    assert build_embedder("sface", NOWHERE, colour=True).space.preprocessing == "5pt-112-colour"
    assert build_embedder("dlib", NOWHERE).space == EmbeddingSpace("dlib", "5pt-150-gray", 128)


def test_a_grayscale_crop_is_fed_as_three_equal_channels() -> None:
    fed: list[NDArray[np.float32]] = []

    class Recorder:
        def run(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
            fed.append(batch)
            return np.ones((len(batch), 2), np.float32)

    way = Preparation(SFACE_POINTS, 2, colour=False, mean=(1.0, 2.0, 3.0), scale=0.5)
    vectors = CropEmbedder("x", 2, way, Recorder()).embed([np.array([[1, 3], [5, 7]], np.uint8)])
    assert fed[0].shape == (1, 3, 2, 2)
    assert fed[0][0].tolist() == [
        [[0.0, 1.0], [2.0, 3.0]],
        [[-0.5, 0.5], [1.5, 2.5]],
        [[-1.0, 0.0], [1.0, 2.0]],
    ]
    assert np.allclose(vectors, 2**-0.5)


def test_wrong_crops_and_networks_without_an_answer_are_faults(sface: Embedder) -> None:
    for shape in ((112, 112, 3), (111, 112), (112,)):
        with pytest.raises(BugError):
            sface.embed([np.zeros(shape, np.uint8)])

    class Nothing:
        def __init__(self, value: float, dimension: int) -> None:
            self.value, self.dimension = value, dimension

        def run(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
            return np.full((len(batch), self.dimension), self.value, np.float32)

    way = Preparation(SFACE_POINTS, 8, colour=False)
    crop = np.zeros((8, 8), np.uint8)
    for broken in (Nothing(0.0, 4), Nothing(np.nan, 4), Nothing(1.0, 3)):
        with pytest.raises(BugError):
            CropEmbedder("x", 4, way, broken).embed([crop])


def test_the_same_drawn_person_is_nearer_than_others(yunet: Detector) -> None:
    for name in ("sface", "dlib"):
        embedder = build_embedder(name, NOWHERE)
        vectors = []
        for person, seed, turn in [(0, 0, 0.0), (0, 9, 8.0), (1, 0, 0.0), (2, 0, 0.0)]:
            image = render(STAFF[person], pose=Pose(turn=turn), seed=seed)
            (face,) = yunet.detect(image)
            crop = aligned_crop(image, face.landmarks, embedder.template, embedder.crop_side)
            vectors.append(embedder.embed([cv2.cvtColor(crop, cv2.COLOR_BGR2GRAY)])[0])
        cosines = np.stack(vectors) @ vectors[0]
        assert cosines[1] > cosines[2:].max()


# Files that are not what they should be.


def test_a_file_that_is_no_sface_is_refused() -> None:
    node = helper.make_node("Relu", ["x"], ["y"])
    value = [helper.make_tensor_value_info(n, TensorProto.FLOAT, [1]) for n in "xy"]
    other = helper.make_model(helper.make_graph([node], "g", value[:1], value[1:]))
    for data in (b"", b"no network", other.SerializeToString()):
        with pytest.raises(KnownError, match="SFace"):
            read_sface(data)


def test_an_sface_with_another_order_of_layers_is_refused() -> None:
    model = onnx.load_from_string(package_weights("sface")[0])
    for node in model.graph.node:
        if node.op_type == "PRelu":
            node.op_type = "Relu"
            break
    with pytest.raises(KnownError, match="order"):
        read_sface(model.SerializeToString())


def test_opencv_refuses_what_is_no_network() -> None:
    with pytest.raises(KnownError, match="OpenCV cannot read the network x"):
        OpenCvEngine(b"no network", "x")
    with pytest.raises(BugError):
        OpenCvEngine(package_weights("sface")[0], "SFace").run(
            np.empty((0, 3, 112, 112), np.float32)
        )


def test_a_cut_or_foreign_dlib_file_is_refused() -> None:
    data = package_weights("dlib")[0]
    for wrong in (b"", b"text" * 100, data[:100_000], data[:-140_000], data[300_000:]):
        with pytest.raises(KnownError, match="dlib"):
            dlib_network.read_dlib(wrong)


def test_dlibs_integers_and_tensors_by_hand() -> None:
    body = b"\x01\x02" + b"\x01\x02" + b"\x01\x01" * 3 + np.array([1.5, -2], "<f4").tobytes()
    reader = dlib_network._Reader(b"\x01\x05" + b"\x02\x80\x12" + b"\x81\x07" + body + b"\x00")
    assert [reader._integer() for _ in range(3)] == [5, 0x1280, -7]
    assert reader._tensor().tolist() == [1.5, -2.0]
    with pytest.raises(ValueError, match="impossible size"):
        reader._integer()


# facenet: its weights cannot be had here, so random ones stand for them.


@pytest.fixture(scope="module")
def facenet_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from facenet_pytorch import InceptionResnetV1

    torch.manual_seed(0)
    file = tmp_path_factory.mktemp("weights") / "mine.pt"
    state = InceptionResnetV1().state_dict()
    state["logits.weight"] = torch.zeros(7, 512)  # as in the files that it downloads
    state["logits.bias"] = torch.zeros(7)
    torch.save(state, file)
    return file


def test_facenet_wants_a_trusted_file(tmp_path: Path, facenet_file: Path) -> None:
    home = DataHome(tmp_path / "home")
    with pytest.raises(KnownError, match="do not come with the program") as caught:
        build_embedder("facenet", home)
    assert "models trust" in caught.value.remedy
    trusted = trust(home, facenet_file)
    embedder = build_embedder("facenet", home)
    assert embedder.space == EmbeddingSpace(f"facenet-{trusted.sha256[:8]}", "5pt-160-gray", 512)
    vectors = embedder.embed(crops_of(2, embedder))
    assert vectors.shape == (2, 512)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_facenet_computes_what_facenet_pytorch_computes(facenet_file: Path) -> None:
    from facenet_pytorch import InceptionResnetV1

    network = InceptionResnetV1().eval()
    state = torch.load(facenet_file, weights_only=True)
    network.load_state_dict({k: v for k, v in state.items() if not k.startswith("logits")})
    crop = np.random.default_rng(1).integers(0, 256, (160, 160, 3), dtype=np.uint8)
    way = Preparation(
        facenet.FACENET_POINTS, 160, True, facenet.FACENET_MEAN, facenet.FACENET_SCALE
    )
    engine = TorchEngine(facenet.build_facenet(facenet_file.read_bytes(), facenet_file))
    ours = CropEmbedder("facenet", 512, way, engine).embed([crop])[0]
    red_first = torch.from_numpy(crop[:, :, ::-1].copy()).permute(2, 0, 1).float()
    with torch.inference_mode():
        theirs = network(((red_first - 127.5) / 128)[None])[0].numpy()
    assert np.allclose(ours, theirs, atol=1e-5)


def test_a_trusted_file_that_is_no_facenet_is_refused(tmp_path: Path) -> None:
    home = DataHome(tmp_path / "home")
    other = io.BytesIO()
    torch.save({"layer.weight": torch.zeros(3)}, other)
    listed = io.BytesIO()
    torch.save([1, 2], listed)
    for data in (b"text", other.getvalue(), listed.getvalue(), b"PK\x03\x04 cut"):
        file = tmp_path / "weights.pt"
        file.write_bytes(data)
        trust(home, file)
        with pytest.raises(KnownError, match="InceptionResnetV1"):
            build_embedder("facenet", home)


def test_a_pickle_that_runs_code_is_never_run(tmp_path: Path) -> None:
    import pickle

    class Trap:
        def __reduce__(self) -> tuple[Callable[..., object], tuple[Path]]:
            return (Path.touch, (tmp_path / "ran",))

    file = tmp_path / "trap.pt"
    file.write_bytes(pickle.dumps({"logits.weight": Trap()}, protocol=2))
    trust(DataHome(tmp_path / "home"), file)
    with pytest.raises(KnownError):
        build_embedder("facenet", DataHome(tmp_path / "home"))
    assert not (tmp_path / "ran").exists()


def test_the_download_is_facenet_pytorchs_own_and_trusts_nothing(
    tmp_path: Path, facenet_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from facenet_pytorch.models import inception_resnet_v1 as theirs

    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    asked = []

    def refused(url: str, target: str) -> None:
        raise OSError("no network")

    def copied(url: str, target: str) -> None:
        asked.append(url)
        state = torch.load(facenet_file, weights_only=True)
        state["logits.weight"], state["logits.bias"] = torch.zeros(8631, 512), torch.zeros(8631)
        torch.save(state, target)

    monkeypatch.setattr(theirs, "download_url_to_file", refused)
    with pytest.raises(KnownError, match="could not be downloaded"):
        facenet.download_facenet()
    monkeypatch.setattr(theirs, "download_url_to_file", copied)
    file = facenet.download_facenet()
    assert len(asked) == 1
    assert file.parent == tmp_path / "checkpoints"
    facenet.build_facenet(file.read_bytes(), file)


def test_unknown_names_and_engines_are_told() -> None:
    with pytest.raises(KnownError, match="no embedder"):
        build_embedder("none", NOWHERE)
    with pytest.raises(KnownError, match="no engine"):
        build_embedder("sface", NOWHERE, engine="abacus")
    with pytest.raises(KnownError, match="cannot run dlib"):
        build_embedder("dlib", NOWHERE, engine="opencv")
