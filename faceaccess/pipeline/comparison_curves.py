"""The curves of a comparison as a picture: accuracy by epoch and by time, and the loss.

Drawn with matplotlib's objects, not with pyplot: nothing global, no window system.
"""

import io
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from faceaccess.learn.comparison import ComparedRun

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Colours of Okabe and Ito, told apart by people who see red and green alike; every line has a
# pattern of its own besides. Assigned by place, so that the reference is always the first.
_COLOURS = ("#0072B2", "#56B4E9", "#D55E00", "#E69F00", "#009E73", "#555555", "#CC79A7", "#000000")
_PATTERNS: tuple[Any, ...] = (
    "-",
    (0, (5, 1.5)),
    (0, (6, 1.5, 1, 1.5)),
    (0, (3, 1, 1, 1, 1, 1)),
    (0, (1.2, 1.2)),
    (0, (8, 3)),
)
_DOTS_AN_INCH = 150
_SIZE = (12.0, 4.6)  # inches

Curve = NDArray[np.float64]


def drawn_as_png_and_svg(runs: Sequence[ComparedRun], target: float) -> tuple[bytes, bytes]:
    """Return the curves as PNG and as SVG; the same for the same runs.

    Args:
        runs: one or more; one that diverged in its first epoch has no curve.
        target: test accuracy, 0 to 1, at which a thin line is drawn.
    """
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context(
        {
            "font.size": 10,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "svg.hashsalt": "faceaccess",
        }
    ):
        figure = Figure(figsize=_SIZE, layout="constrained")
        by_epoch, by_time, loss = figure.subplots(1, 3)
        _draw(by_epoch, by_time, loss, runs, target)
        handles, labels = by_epoch.get_legend_handles_labels()
        figure.legend(
            handles,
            labels,
            loc="outside lower center",
            ncols=min(len(labels), 6),
            frameon=False,
            handlelength=3.5,
        )
        png, svg = io.BytesIO(), io.BytesIO()
        figure.savefig(png, format="png", dpi=_DOTS_AN_INCH, metadata={"Software": None})
        figure.savefig(svg, format="svg", metadata={"Date": None})
    return png.getvalue(), svg.getvalue()


def _draw(
    by_epoch: "Axes", by_time: "Axes", loss: "Axes", runs: Sequence[ComparedRun], target: float
) -> None:
    from matplotlib.ticker import MaxNLocator

    groups: dict[str, list[ComparedRun]] = {}
    for run in runs:
        groups.setdefault(run.optimizer, []).append(run)
    for place, (name, everyone) in enumerate(groups.items()):
        group = [run for run in everyone if run.history]  # the rest diverged in the first epoch
        if not group:
            continue
        look = {
            "color": _COLOURS[place % len(_COLOURS)],
            "linestyle": _PATTERNS[place % len(_PATTERNS)],
            "linewidth": 2.4 if place == 0 else 1.7,
            "zorder": 3.0 if place == 0 else 2.0,
            "label": name,
        }
        epochs = _of(group, "epoch").mean(axis=0)
        seconds = _of(group, "seconds").mean(axis=0)
        accuracy = 100 * _of(group, "accuracy")
        _curve(by_epoch, epochs, accuracy, look)
        _curve(by_time, seconds, accuracy, look)
        _curve(loss, epochs, _of(group, "loss"), look)
    for axes, title, below in (
        (by_epoch, "Test accuracy, %", "epochs"),
        (by_time, "Test accuracy, %", "seconds of training"),
        (loss, "Training loss", "epochs"),
    ):
        axes.set_title(title, loc="left", fontsize=11)
        axes.set_xlabel(below)
        axes.grid(visible=True, color="#dddddd", linewidth=0.7)
        axes.set_xlim(left=0)
        axes.set_axisbelow(True)
    for axes in (by_epoch, loss):
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    for axes in (by_epoch, by_time):
        axes.set_ylim(0, 100)
        axes.axhline(100 * target, color="#999999", linewidth=0.9)
    loss.set_ylim(bottom=0)


def _curve(axes: "Axes", across: Curve, values: Curve, look: dict[str, Any]) -> None:
    """Draw the mean of (runs, epochs) and around it one standard deviation to each side."""
    mean = values.mean(axis=0)
    axes.plot(across, mean, **look)
    if len(values) > 1:
        spread = values.std(axis=0, ddof=1)
        axes.fill_between(
            across, mean - spread, mean + spread, color=look["color"], alpha=0.13, linewidth=0
        )


def _of(group: Iterable[ComparedRun], name: str) -> Curve:
    """Return one figure, (runs, epochs), of the epochs that every run has."""
    rows = [[getattr(figures, name) for figures in run.history] for run in group]
    shortest = min(len(row) for row in rows)
    return np.array([row[:shortest] for row in rows], np.float64)
