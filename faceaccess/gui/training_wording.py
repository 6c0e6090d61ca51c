"""Trainings on pictures in words: what can be chosen, how far one is, how it ended."""

from collections.abc import Mapping

from faceaccess.gui.translation import tr, trn
from faceaccess.learn.choices import INITIALISERS, LOSSES, NETWORKS, OPTIMIZERS


def network_names() -> dict[str, str]:
    """Return what each network is called."""
    known = {"face": tr("For faces"), "lenet": "LeNet"}
    return {name: known.get(name, name) for name in NETWORKS}


def loss_names() -> dict[str, str]:
    """Return what each loss is called."""
    known = {
        "cross-entropy": tr("Cross-entropy"),
        "log-likelihood": tr("Log-likelihood"),
        "hinge": tr("Hinge"),
    }
    return {name: known.get(name, name) for name in LOSSES}


def start_names() -> dict[str, str]:
    """Return what each start of the weights is called."""
    known = {"torch": tr("as usual"), "near zero": tr("near zero")}
    return {name: known.get(name, name) for name in INITIALISERS}


def optimizer_names() -> dict[str, str]:
    """Return what each optimizer is called."""
    return {name: optimizer_name(name) for name in OPTIMIZERS}


def optimizer_name(name: str) -> str:
    """Return what an optimizer is called."""
    return {
        "direction": tr("Direction"),
        "direction-as-written": tr("Direction, as written"),
        "adam": "Adam",
        "rmsprop": "RMSprop",
        "momentum": tr("Momentum"),
        "sgd": "SGD",
    }.get(name, name)


def optimizer_words(name: str) -> str:
    """Return how an optimizer goes about it, in a sentence or two."""
    return tr(OPTIMIZERS[name])


def accuracy_words(accuracy: float, of: int) -> str:
    """Return "84.0 % right (67 of 80)".

    Args:
        accuracy: share of the test pictures that were named right, 0 to 1.
        of: how many test pictures there are.
    """
    return tr(
        "{percent} % right ({right} of {total})",
        percent=f"{100 * accuracy:.1f}",
        right=f"{round(accuracy * of):,}",
        total=f"{of:,}",
    )


def named_right_words(accuracy: float, of: int) -> str:
    """Return "67 of 80 test pictures are named right (84.0 %)"; arguments as `accuracy_words`."""
    return tr(
        "{right} of {total} test pictures are named right ({percent} %)",
        percent=f"{100 * accuracy:.1f}",
        right=f"{round(accuracy * of):,}",
        total=f"{of:,}",
    )


def epoch_words(figures: Mapping[str, float], epochs: int, accuracy: str) -> str:
    """Return how far a training is.

    Args:
        figures: of its progress.
        epochs: how many there are to be at most.
        accuracy: of the last epoch, in words; "" before there is one.
    """
    values = {
        "epoch": f"{figures['epoch']:.0f}",
        "epochs": f"{epochs:,}",
        "loss": f"{figures['loss']:.3f}",
    }
    if not accuracy:
        return tr("Epoch {epoch} of {epochs}: loss {loss}", **values)
    return tr("Epoch {epoch} of {epochs}: loss {loss}, {accuracy}", **values, accuracy=accuracy)


def step_words(figures: Mapping[str, float]) -> str:
    """Return step length, gradient norm and time of a training's progress."""
    values = {
        "step": f"{figures['step_length']:.4g}",
        "seconds": f"{figures['seconds']:,.1f}",
    }
    norm = figures.get("gradient_norm")
    if norm is None:
        return tr("Step length {step}; {seconds} s", **values)
    return tr("Step length {step}, gradient norm {norm}; {seconds} s", **values, norm=f"{norm:.3g}")


def ending_words(stopped_by: str) -> str:
    """Return why a training ended."""
    return {
        "epochs": tr("All epochs that you asked for were trained."),
        "accuracy": tr("It ended because as many are right as you asked for."),
        "loss": tr("It ended because the loss that you asked for was reached."),
        "no improvement": tr("It ended because nothing got better; the best weights are kept."),
        "time": tr("It ended because the time that you gave was over."),
        "asked": tr("It ended because you stopped it."),
        "diverged": tr(
            "It ended because the loss was no number any more; the last good weights are kept."
        ),
    }.get(stopped_by, stopped_by)


def classes_count(count: int) -> str:
    """Return "1 class", "40 classes"."""
    return trn("{count} class", "{count} classes", count)
