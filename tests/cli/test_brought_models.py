"""`faceaccess models bring`, `try`, `use` and `forget`."""

from collections.abc import Callable
from pathlib import Path

from faceaccess.camera.drawn_people import STAFF
from faceaccess.vision.weights import package_file

from .conftest import Photos, Ran

Run = Callable[..., Ran]
OWN = ("--name", "own", "--mean", "0", "--scale", "1")


def test_an_embedder_is_brought_tried_used_and_given_up(
    run: Run, enrolled: Path, photos: Photos
) -> None:
    brought = run("models", "bring", package_file("sface"), *OWN, "--json").line
    assert (brought["name"], brought["kind"], brought["in_use"]) == ("own", "embedder", False)
    assert brought["available"]
    assert "128 numbers a face" in brought["text"]
    assert "not tried yet" in brought["text"]
    tried = run("models", "try", "own", "--json").lines[-1]
    assert {"name", "no_worse", "refused_because", "risk", "threshold", "before", "after"} <= set(
        tried
    )
    assert tried["risk"] == 0.001
    assert tried["before"]["probes"] == tried["after"]["probes"] == 9
    assert tried["synthetic"]
    assert (tried["refused_because"] is None) == tried["no_worse"]
    assert tried["threshold"] == tried["estimate"]["threshold"]
    used = run("models", "use", "own", "--force", "a test", "--json").lines[-1]
    assert used["accepted"]
    models = {one["name"]: one for one in run("models", "list", "--json").lines}
    assert models["own"]["in_use"]
    assert not models["sface"]["in_use"]
    (face,) = run("identify", photos.several(STAFF[1])[0], "--json").line["faces"]
    assert face["person"] == STAFF[1].name
    assert face["threshold"] == tried["threshold"]
    run("models", "forget", "own").refused("in use")
    run("models", "use", "sface", "--force", "back")
    assert run("models", "forget", "own", "--json").line["name"] == "own"
    run("models", "try", "own").refused("own")


def test_what_cannot_be_brought_is_a_sentence(run: Run, home: Path, tmp_path: Path) -> None:
    text = tmp_path / "text.onnx"
    text.write_text("no network")
    run("models", "bring", text, "--name", "text").refused("text.onnx is not an ONNX file")
    run("models", "bring", text, "--name", "A B").refused("cannot be the name")
    run("models", "bring", text, "--name", "x", "--mean", "a,b").refused("one number or three")
    run("models", "bring", text, "--name", "x", "--scale", "nan").refused("scale")
    run("models", "bring", tmp_path / "none", "--name", "x").refused("cannot be read")
    run("models", "try", "none").refused("No embedder called 'none'")
    run("models", "use", "none").refused("No embedder called 'none'")
    run("models", "forget", "none").refused("No embedder called 'none'")
