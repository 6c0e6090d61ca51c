"""Networks from descriptions: what they are, what is refused, and how they start."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from faceaccess.core.errors import KnownError
from faceaccess.learn import networks
from faceaccess.learn.choices import FACE_CNN, INITIALISERS, LENET, NETWORKS
from faceaccess.learn.networks import NEAR_ZERO, build_network, initialise


def seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def count(network: nn.Module) -> int:
    return sum(p.numel() for p in network.parameters())


def built(description: str, *, channels: int = 3, size: int = 32) -> nn.Sequential:
    return build_network(description, channels=channels, size=size, classes=10)


def lenet_by_hand() -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(3, 6, 5),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(6, 16, 5),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(400, 120),
        nn.ReLU(),
        nn.Linear(120, 84),
        nn.ReLU(),
        nn.Linear(84, 10),
    )


# --- what a description means


def test_the_lenet_of_the_method_has_62006_parameters() -> None:
    assert count(built(LENET)) == 62_006


def test_the_lenet_is_the_one_built_by_hand_bit_for_bit() -> None:
    network = built("lenet")
    initialise(network, "torch", seeded(11))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(11)
        by_hand = lenet_by_hand()
    for ours, theirs in zip(network.parameters(), by_hand.parameters(), strict=True):
        assert torch.equal(ours, theirs)
    pictures = torch.rand(4, 3, 32, 32, generator=seeded(0))
    assert torch.equal(network(pictures), by_hand(pictures))


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize(("channels", "size"), [(1, 32), (3, 32), (1, 64), (3, 48)])
def test_named_networks_take_pictures_of_other_sizes(name: str, channels: int, size: int) -> None:
    network = build_network(name, channels=channels, size=size, classes=40)
    assert network(torch.zeros(2, channels, size, size)).shape == (2, 40)


LAYERS = [
    # layer, what it makes of 4 x 9 x 9, its parameters
    ("conv 5x3", (5, 7, 7), 5 * 4 * 9 + 5),
    ("conv 5x3 pad 1", (5, 9, 9), 5 * 4 * 9 + 5),
    ("conv 5x3 stride 2", (5, 4, 4), 5 * 4 * 9 + 5),
    ("conv 5x4 pad 2 stride 3", (5, 4, 4), 5 * 4 * 16 + 5),
    ("conv 5x9", (5, 1, 1), 5 * 4 * 81 + 5),
    ("relu", (4, 9, 9), 0),
    ("pool 2", (4, 4, 4), 0),
    ("mean pool 4", (4, 2, 2), 0),
    ("norm 2", (4, 9, 9), 2 * 4),
    ("mean", (4,), 0),
    ("fc 7", (7,), 7 * 4 * 81 + 7),
]


@pytest.mark.parametrize(("layer", "shape", "parameters"), LAYERS)
def test_each_layer_gives_what_it_should(
    layer: str, shape: tuple[int, ...], parameters: int
) -> None:
    network = build_network(f"{layer} | classes", channels=4, size=9, classes=2)
    *before, last = network
    flowing = torch.zeros(3, 4, 9, 9)
    for module in before:
        flowing = module(flowing)
    assert flowing.flatten(1).shape[1] == torch.Size(shape).numel()
    assert sum(map(count, before)) == parameters
    assert isinstance(last, nn.Linear)
    assert network(torch.zeros(3, 4, 9, 9)).shape == (3, 2)


def test_pools_and_means_by_hand() -> None:
    picture = torch.arange(16.0).view(1, 1, 4, 4)
    assert layer_alone("pool 2")(picture).flatten().tolist() == [5.0, 7.0, 13.0, 15.0]
    assert layer_alone("mean pool 2")(picture).flatten().tolist() == [2.5, 4.5, 10.5, 12.5]
    assert layer_alone("mean")(picture).flatten().tolist() == [7.5]
    assert layer_alone("relu")(-picture).abs().sum() == 0.0
    normal = layer_alone("norm 1")(picture).flatten()
    assert normal.mean().item() == pytest.approx(0.0, abs=1e-6)
    assert normal.square().mean().item() == pytest.approx(1.0, abs=1e-3)


def layer_alone(layer: str) -> nn.Sequential:
    network = build_network(f"{layer} | classes", channels=1, size=4, classes=2)
    # Without the last layer, and the flattening that it may bring.
    return nn.Sequential(*(m for m in network[:-1] if layer == "mean" or type(m) is not nn.Flatten))


def test_spaces_and_line_breaks_do_not_matter() -> None:
    one = built("conv 6x5|relu|classes")
    other = built("\n  conv   6x5 |\n  relu | classes\n")
    assert str(one) == str(other)


# --- what is refused


REFUSED = [
    ("", 'network "" does not end'),
    ("resnet", 'network "resnet" does not end'),
    ("conv 6x5 | relu", 'does not end with its one layer "classes"'),
    ("classes | classes", 'does not end with its one layer "classes"'),
    ("conv 6x5 | | classes", 'Layer 2 of the network, "", is not known'),
    ("conv 6x5 | blur 3 | classes", 'Layer 2 of the network, "blur 3", is not known'),
    ("conv 6 | classes", 'Layer 1 of the network, "conv 6", is not known'),
    ("conv 6x5 stride 2 pad 1 | classes", "is not known"),
    ("fc -3 | classes", 'Layer 1 of the network, "fc -3", is not known'),
    ("fc 1000000 | classes", "is not known"),
    ("conv 6x5 | conv 9x29 | classes", '2 of the network, "conv 9x29", .* gets, 6 x 28 x 28'),
    ("conv 6x33 | classes", "does not fit what it gets, 3 x 32 x 32"),
    ("conv 0x5 | classes", "does not fit"),
    ("conv 6x0 | classes", "does not fit"),
    ("conv 6x5 stride 0 | classes", "does not fit"),
    ("conv 6x5 pad 5 | classes", "does not fit"),
    ("pool 0 | classes", "does not fit"),
    ("pool 8 | mean pool 5 | classes", '"mean pool 5", does not fit what it gets, 3 x 4 x 4'),
    ("conv 6x5 | norm 4 | classes", '"norm 4", does not fit what it gets, 6 x 28 x 28'),
    ("norm 0 | classes", "does not fit"),
    ("fc 0 | classes", "does not fit"),
    ("fc 20 | conv 6x1 | classes", '"conv 6x1", does not fit what it gets, 20 numbers'),
    ("mean | pool 1 | classes", "does not fit what it gets, 3 numbers"),
    ("mean | mean | classes", "does not fit what it gets, 3 numbers"),
    ("fc 9000 | classes", "brings it to 27,657,000 parameters, more than 25,000,000"),
    ("fc 5000 | fc 5000 | classes", '2 of the network, "fc 5000", brings it to 40,370,000'),
    ("conv 4000x1 | classes", "gives 4000 x 32 x 32 for one picture, more than 4,000,000"),
]


@pytest.mark.parametrize(("description", "told"), REFUSED)
def test_what_is_no_network_is_refused_and_named(description: str, told: str) -> None:
    with pytest.raises(KnownError, match=told) as caught:
        built(description)
    assert caught.value.remedy


@pytest.mark.parametrize("classes", [1, 0])
def test_one_class_is_too_few(classes: int) -> None:
    with pytest.raises(KnownError, match=f"cannot tell {classes} class"):
        build_network("lenet", channels=3, size=32, classes=classes)


def test_too_many_classes_are_named_as_that_layer() -> None:
    with pytest.raises(KnownError, match='Layer 11 of the network, "classes", brings it to'):
        build_network("lenet", channels=3, size=32, classes=1_000_000)


def test_too_small_pictures_are_named() -> None:
    with pytest.raises(KnownError, match='"conv 16x5", does not fit what it gets, 6 x 3 x 3'):
        build_network("lenet", channels=3, size=10, classes=2)


WORDS = ["conv", "6x5", "3x1", "pad", "stride", "pool", "mean", "norm", "fc", "relu", "1", "2", "|"]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(WORDS), max_size=14))
def test_any_words_make_a_network_or_a_known_error(words: list[str]) -> None:
    try:
        network = build_network(" ".join([*words, "| classes"]), channels=2, size=8, classes=3)
    except KnownError:
        return
    logits = network(torch.rand(2, 2, 8, 8, generator=seeded(0)))
    assert logits.shape == (2, 3)
    assert bool(torch.isfinite(logits).all())


# --- how they start


@pytest.mark.parametrize("how", INITIALISERS)
def test_a_start_depends_on_the_generator_alone(how: str) -> None:
    state = torch.get_rng_state()
    one, other, third = built(FACE_CNN), built(FACE_CNN), built(FACE_CNN)
    for parameter in other.parameters():
        nn.init.constant_(parameter, 7.0)  # what was there before does not matter
    for network, seed in ((one, 4), (other, 4), (third, 5)):
        initialise(network, how, seeded(seed))
    assert all(torch.equal(a, b) for a, b in zip(one.parameters(), other.parameters(), strict=True))
    assert not torch.equal(next(iter(one.parameters())), next(iter(third.parameters())))
    assert torch.equal(torch.get_rng_state(), state)


def test_a_network_is_built_with_a_start() -> None:
    network, expected = built(LENET), built(LENET)
    initialise(expected, "torch", seeded(0))
    for ours, theirs in zip(network.parameters(), expected.parameters(), strict=True):
        assert torch.equal(ours, theirs)


def test_near_zero_is_normal_and_small() -> None:
    network = built("conv 64x5 | norm 8 | relu | pool 4 | fc 100 | classes")
    for parameter in network.parameters():
        nn.init.constant_(parameter, 7.0)
    initialise(network, "near zero", seeded(2))
    conv, norm, fc = network[0], network[1], network[5]
    assert isinstance(conv, nn.Conv2d)
    assert isinstance(norm, nn.GroupNorm)
    assert isinstance(fc, nn.Linear)
    for layer in (conv, fc):
        assert layer.bias is not None
        assert layer.bias.abs().max().item() == 0.0
        weights = layer.weight.detach().flatten().double()
        assert weights.std().item() == pytest.approx(NEAR_ZERO, rel=0.05)
        assert weights.mean().abs().item() < 4 * NEAR_ZERO / len(weights) ** 0.5
        # Of a normal one, 68.3 % lie within one standard deviation; of a uniform one, 57.7 %.
        assert (weights.abs() < NEAR_ZERO).double().mean().item() == pytest.approx(0.683, abs=0.02)
    assert norm.weight.tolist() == [1.0] * 64
    assert norm.bias.tolist() == [0.0] * 64


def test_an_unknown_start_is_named() -> None:
    with pytest.raises(KnownError, match='no start "zero" for weights'):
        initialise(built(LENET), "zero", seeded(0))


def test_the_state_of_a_network_is_weights_alone() -> None:
    for description in NETWORKS.values():
        network = built(description)
        state = network.state_dict()
        assert list(state) == [name for name, _ in network.named_parameters()]
        assert {t.dtype for t in state.values()} == {torch.float32}


def test_every_layer_of_the_grammar_is_documented() -> None:
    assert networks.__doc__ is not None
    for layer in ("conv FxK", "pad P", "stride S", "relu", "pool K", "mean pool K", "norm G"):
        assert f"`{layer}`" in networks.__doc__ or layer in networks.__doc__
