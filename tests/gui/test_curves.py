"""Plots: lines, their looks, the words that say the same, the library that comes later."""

import threading
from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from faceaccess.gui.theme import theme
from faceaccess.gui.widgets.curves import (
    MOST_POINTS,
    Curves,
    Legend,
    Style,
    _Library,
    wait_for_library,
)
from faceaccess.gui.widgets.labels import Label
from faceaccess.gui.widgets.loss_curve import LossCurve


@pytest.fixture(autouse=True)
def _no_import_left() -> Iterator[None]:
    yield
    wait_for_library()


def curves(qtbot: QtBot) -> Curves:
    theme().choose("light")
    made = Curves("Loss of the training", "Loss", "Epoch", "Nothing to draw yet.")
    qtbot.addWidget(made)
    return made


def drawn(plot: Curves, line: str) -> list[tuple[float, float]]:
    across, up = plot._lines[line].getData()
    return list(zip(across.tolist(), up.tolist(), strict=True))


def test_before_there_is_anything_there_are_words_and_no_plot(qtbot: QtBot) -> None:
    plot = curves(qtbot)
    plot.show()
    assert plot.words.text() == "Nothing to draw yet."
    assert plot.accessibleName() == "Loss of the training"
    assert plot.accessibleDescription() == "Nothing to draw yet."
    assert plot._plot is None


def test_the_library_is_loaded_off_the_windows_thread_and_what_came_before_is_drawn(
    qtbot: QtBot,
) -> None:
    plot = curves(qtbot)
    plot.append("adam", (0.0, 2.0))
    plot.append("adam", (1.0, 1.0))
    plot.show()
    qtbot.waitUntil(lambda: plot._plot is not None, timeout=20_000)
    assert drawn(plot, "adam") == [(0.0, 2.0), (1.0, 1.0)]
    assert plot._plot.isVisible()
    plot.append("adam", (2.0, 0.5))
    assert drawn(plot, "adam")[-1] == (2.0, 0.5)


def test_the_library_is_asked_for_once_and_told_in_the_windows_thread(qtbot: QtBot) -> None:
    library = _Library()
    told: list[int] = []
    library.imported.connect(lambda: told.append(threading.get_ident()))
    with qtbot.waitSignal(library.imported, timeout=20_000):
        library.begin()
        library.begin()
    qtbot.waitUntil(lambda: library.ready)
    library.wait()
    assert len(told) == 1


def test_lines_differ_in_colour_and_in_dashes_and_follow_the_theme(qtbot: QtBot) -> None:
    plot = curves(qtbot)
    plot.show_line("a", [(0.0, 1.0), (1.0, 0.5)], Style(0))
    plot.show_line("b", [(0.0, 1.0), (1.0, 0.7)], Style(1, faint=True))
    plot.load()
    first, second = (plot._lines[name].opts["pen"] for name in ("a", "b"))
    assert first.color().name() == theme().tokens.series_1
    assert second.color().name() == theme().tokens.series_2
    assert second.color().alphaF() < first.color().alphaF()
    assert first.dashPattern() != second.dashPattern()
    theme().choose("dark")
    try:
        assert plot._lines["a"].opts["pen"].color().name() == theme().tokens.series_1
        assert plot._lines["b"].opts["pen"].color().name() == theme().tokens.series_2
    finally:
        theme().choose("light")


def test_no_two_of_a_dozen_lines_look_the_same(qtbot: QtBot) -> None:
    theme().choose("light")
    pens = [Style(place).pen() for place in range(12)]
    looks = {(pen.color().name(), tuple(pen.dashPattern())) for pen in pens}
    assert len(looks) == 12


def test_a_style_can_change_and_a_line_can_go(qtbot: QtBot) -> None:
    plot = curves(qtbot)
    plot.load()
    plot.append("run", (1.0, 0.5), Style(0, width=2.0, marked=True))
    plot.append("run", (2.0, 0.6))  # keeps its look
    assert plot._lines["run"].opts["pen"].widthF() == 2.0
    assert plot._lines["run"].opts["symbol"] == "o"
    plot.show_line("run", [(1.0, 0.5)], Style(0, width=1.0, faint=True))
    assert plot._lines["run"].opts["pen"].widthF() == 1.0
    assert plot._lines["run"].opts["symbol"] is None
    plot.remove("run")
    plot.remove("run")
    assert plot.lines() == ()
    assert plot.points("run") == ()
    assert plot._plot.listDataItems() == []


def test_clear_takes_lines_and_words_away(qtbot: QtBot) -> None:
    plot = curves(qtbot)
    plot.load()
    plot.append("a", (0.0, 1.0))
    plot.say("adam: 1.0 at the start")
    assert plot.accessibleDescription() == "adam: 1.0 at the start"
    plot.clear()
    assert plot.lines() == ()
    assert plot._plot.listDataItems() == []
    assert plot.words.text() == "Nothing to draw yet."
    plot.append("b", (0.0, 1.0))
    assert drawn(plot, "b") == [(0.0, 1.0)]


def test_a_long_line_is_thinned_and_keeps_its_ends(qtbot: QtBot) -> None:
    plot = curves(qtbot)
    for step in range(3 * MOST_POINTS):
        plot.append("a", (float(step), 1.0 / (step + 1)))
    points = plot.points("a")
    assert len(points) <= MOST_POINTS
    assert points[0] == (0.0, 1.0)
    assert points[-1][0] == 3 * MOST_POINTS - 1
    assert list(points) == sorted(points)


def test_the_axis_below_can_change_its_meaning(qtbot: QtBot) -> None:
    plot = curves(qtbot)
    plot.load()
    assert plot._plot.getAxis("bottom").labelText == "Epoch"
    plot.set_bottom("Seconds")
    assert plot._plot.getAxis("bottom").labelText == "Seconds"


def test_the_legend_names_each_line(qtbot: QtBot) -> None:
    theme()
    legend = Legend()
    qtbot.addWidget(legend)
    legend.show_names(["adam", "sgd"])
    assert [label.text() for label in legend.findChildren(Label)] == ["adam", "sgd"]
    legend.show_names(["adam"])
    assert legend.names == ("adam",)
    assert not legend.grab().isNull()


def test_small_figures_are_never_scaled_to_thousandths(qtbot: QtBot) -> None:
    theme()
    curve = LossCurve()
    qtbot.addWidget(curve)
    curve.show_losses((0.84, 0.5, 0.1))
    curve.show()
    curve.load()
    for scheme in ("light", "dark", "light"):
        theme().choose(scheme)  # type: ignore[arg-type]  # two of the schemes
        axis = curve._plot.getAxis("left")
        assert axis.autoSIPrefixScale == 1.0
        assert axis.labelUnitPrefix == ""
