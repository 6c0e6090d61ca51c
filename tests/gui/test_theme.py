"""Colours: contrast by computing, both schemes, the system's wish followed."""

from collections.abc import Iterator

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
