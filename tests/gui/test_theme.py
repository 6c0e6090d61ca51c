"""Colours: contrast by computing, both schemes, the system's wish followed."""

import itertools
from collections.abc import Iterator

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from faceaccess.gui.theme import DARK, LIGHT, TEXT_PAIRS, Theme, Tokens, contrast, theme


@pytest.fixture
def scheme(qtbot: QtBot) -> Iterator[Theme]:
    chosen = theme()
    yield chosen
    chosen._follow(Qt.ColorScheme.Light)
    chosen.choose("light")


def test_contrast_of_known_pairs() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)
    assert contrast("#ffffff", "#ffffff") == pytest.approx(1.0)
    # WCAG's often quoted limit case of grey on white.
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("words", "ground"), TEXT_PAIRS)
def test_words_reach_4_5_to_1_on_every_ground(tokens: Tokens, words: str, ground: str) -> None:
    assert contrast(getattr(tokens, words), getattr(tokens, ground)) >= 4.5


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("ground", ["background", "surface", "raised"])
def test_outlines_and_the_focus_ring_reach_3_to_1(tokens: Tokens, ground: str) -> None:
    assert contrast(tokens.focus, getattr(tokens, ground)) >= 3
    if ground == "surface":
        assert contrast(tokens.field_border, tokens.surface) >= 3


# What people without one kind of cone see, in linear RGB: Machado, Oliveira and Fernandes, "A
# physiologically-based model for simulation of color vision deficiency", 2009, severity 1.0.
SIGHTS = {
    "full": np.eye(3),
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deuteranopia": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "tritanopia": np.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ]
    ),
}
# Linear sRGB to XYZ over the white of D65.
TO_XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
) / np.array([[0.95047], [1.0], [1.08883]])


def seen_as(colour: str, sight: np.ndarray) -> np.ndarray:
    """A colour as CIE L*a*b* by somebody of a sight."""
    channels = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    xyz = TO_XYZ @ np.clip(sight @ linear, 0, 1)
    x, y, z = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def test_lab_of_known_colours() -> None:
    assert seen_as("#ffffff", SIGHTS["full"]) == pytest.approx([100, 0, 0], abs=0.1)
    assert seen_as("#ff0000", SIGHTS["full"]) == pytest.approx([53.24, 80.09, 67.20], abs=0.1)


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("sight", SIGHTS)
def test_lines_of_a_plot_are_told_apart_by_everybody(tokens: Tokens, sight: str) -> None:
    for one, other in itertools.combinations(tokens.series, 2):
        apart = seen_as(one, SIGHTS[sight]) - seen_as(other, SIGHTS[sight])
        assert np.linalg.norm(apart) >= 12, (one, other)  # 2.3 is just noticeable side by side


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
def test_lines_of_a_plot_reach_3_to_1_on_their_ground(tokens: Tokens) -> None:
    assert min(contrast(colour, tokens.surface) for colour in tokens.series) >= 3


def test_the_system_is_followed_while_it_runs(qtbot: QtBot, scheme: Theme) -> None:
    scheme.choose("system")
    scheme._follow(Qt.ColorScheme.Light)
    with qtbot.waitSignal(scheme.changed):
        QApplication.styleHints().colorSchemeChanged.emit(Qt.ColorScheme.Dark)
    assert scheme.dark
    assert scheme.tokens is DARK
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    assert DARK.surface in application.styleSheet()
    assert application.palette().window().color() == QColor(DARK.background)


def test_a_chosen_scheme_stands_against_the_system(qtbot: QtBot, scheme: Theme) -> None:
    scheme.choose("dark")
    scheme._follow(Qt.ColorScheme.Light)
    assert scheme.dark
    scheme.choose("system")
    assert not scheme.dark


def test_the_same_scheme_again_is_no_change(qtbot: QtBot, scheme: Theme) -> None:
    scheme.choose("dark")
    with qtbot.assertNotEmitted(scheme.changed):
        scheme.choose("dark")


def test_no_token_is_left_open_in_the_style_sheet(qtbot: QtBot, scheme: Theme) -> None:
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    assert "@" not in application.styleSheet()
