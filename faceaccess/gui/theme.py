"""How the window looks: colours, spaces, type sizes and the style sheet made of them.

Every colour of the window comes from `Tokens`, once for a light and once for a dark window.
`Theme` follows the system's scheme (or the setting) and tells by `changed` when the tokens are
others; whoever paints by hand asks `theme().tokens` while painting.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

from PySide6.QtCore import QObject, Qt, QTemporaryDir, Signal
from PySide6.QtGui import QColor, QFont, QPalette
from PySide6.QtWidgets import QApplication

from faceaccess.core.errors import BugError
from faceaccess.core.resources import resource_folder

Scheme = Literal["system", "light", "dark"]

SPACE_1, SPACE_2, SPACE_3, SPACE_4, SPACE_6, SPACE_8 = 4, 8, 12, 16, 24, 32
"""Steps of spacing in pixels; the number counts steps of 4."""

SMALL, BODY, TITLE, HEADING, ANSWER = 12, 14, 18, 28, 64
"""Type sizes in pixels; the door's answer is `ANSWER` and larger."""

CORNER = 6
"""Radius of corners in pixels."""

CONTROL_HEIGHT = 36
"""Least height of buttons and fields in pixels."""


@dataclass(frozen=True)
class Tokens:
    """One scheme's colours, each "#rrggbb".

    Attributes:
        background: the window behind everything.
        surface: cards, lists and fields.
        raised: what lies on a surface: hovered rows, quiet buttons.
        text, muted: words and less important words, on all three.
        border: hairlines that only part; field_border: the outline of what can be filled in.
        accent: the one colour for what can be done; on_accent: words on it.
        accent_surface, ok_surface, warn_surface, danger_surface: pale grounds for their colour.
        ok, warn, danger: states, as words and symbols on any ground.
        focus: the ring around what has the keyboard.
        series_1 to series_6: lines of a plot, on surface; told apart by colour-blind people too.
    """

    background: str
    surface: str
    raised: str
    text: str
    muted: str
    border: str
    field_border: str
    accent: str
    on_accent: str
    accent_surface: str
    ok: str
    ok_surface: str
    warn: str
    warn_surface: str
    danger: str
    danger_surface: str
    on_danger: str
    focus: str
    series_1: str
    series_2: str
    series_3: str
    series_4: str
    series_5: str
    series_6: str

    @property
    def series(self) -> tuple[str, ...]:
        """The colours of a plot's lines, in order."""
        return tuple(getattr(self, f"series_{number}") for number in range(1, 7))


LIGHT = Tokens(
    background="#f3f4f6",
    surface="#ffffff",
    raised="#e9ebef",
    text="#1a1e24",
    muted="#555d68",
    border="#d9dde3",
    field_border="#838b97",
    accent="#1b58b5",
    on_accent="#ffffff",
    accent_surface="#e2ebfa",
    ok="#166436",
    ok_surface="#e1f2e7",
    warn="#7d4a00",
    warn_surface="#fbeed6",
    danger="#a8201a",
    danger_surface="#fae5e3",
    on_danger="#ffffff",
    focus="#1b58b5",
    series_1="#1b58b5",
    series_2="#cf4a00",
    series_3="#12a14c",
    series_4="#7d1a66",
    series_5="#858585",
    series_6="#33290f",
)

DARK = Tokens(
    background="#13161a",
    surface="#1b1f25",
    raised="#282d36",
    text="#e9ecf0",
    muted="#a9b2be",
    border="#323842",
    field_border="#727c8a",
    accent="#8ab6ff",
    on_accent="#0b1a31",
    accent_surface="#1b2b46",
    ok="#74d394",
    ok_surface="#173022",
    warn="#f1b960",
    warn_surface="#362a13",
    danger="#ff9d95",
    danger_surface="#3b1f1d",
    on_danger="#3a0906",
    focus="#8ab6ff",
    series_1="#8ab6ff",
    series_2="#f09a4a",
    series_3="#36e08a",
    series_4="#c04be0",
    series_5="#d9d9d9",
    series_6="#b0627a",
)

_GROUNDS = ("background", "surface", "raised")
TEXT_PAIRS: tuple[tuple[str, str], ...] = (
    *((words, ground) for words in ("text", "muted") for ground in _GROUNDS),
    *((words, ground) for words in ("accent", "ok", "warn", "danger") for ground in _GROUNDS),
    ("on_accent", "accent"),
    ("on_danger", "danger"),
    *(
        (words, f"{state}_surface")
        for state in ("accent", "ok", "warn", "danger")
        for words in ("text", "muted", state)
    ),
)
"""Every pair (words, ground) that the window uses; each must reach 4.5 : 1."""


def contrast(first: str, second: str) -> float:
    """Return the contrast of two colours "#rrggbb", 1 to 21 (WCAG 2.2, relative luminance)."""
    low, high = sorted((_luminance(first), _luminance(second)))
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: str) -> float:
    channels = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    red, green, blue = (
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


class Theme(QObject):
    """The tokens in force. One for the program: `theme()`.

    Attributes:
        changed: emitted after the tokens and the application's style sheet have changed.
    """

    changed = Signal()

    def __init__(self, application: QApplication) -> None:
        super().__init__()
        self._application = application
        self._wish: Scheme = "system"
        self._tokens = LIGHT
        self._icons = QTemporaryDir()  # the style sheet's tinted icons; gone with the program
        hints = application.styleHints()
        self._system = hints.colorScheme()
        hints.colorSchemeChanged.connect(self._follow)
        application.setStyle("Fusion")
        font = QFont(application.font())
        font.setPixelSize(BODY)
        application.setFont(font)
        self._apply()

    @property
    def tokens(self) -> Tokens:
        """The colours in force."""
        return self._tokens

    @property
    def dark(self) -> bool:
        """Whether the window is dark."""
        return self._tokens is DARK

    def colour(self, token: str) -> QColor:
        """Return a token as a colour to paint with.

        Raises:
            AttributeError: if there is no such token.
        """
        return QColor(getattr(self._tokens, token))

    def choose(self, wish: Scheme) -> None:
        """Be light, dark, or what the system says."""
        self._wish = wish
        self._update()

    def _follow(self, scheme: Qt.ColorScheme) -> None:
        self._system = scheme
        self._update()

    def _update(self) -> None:
        dark = self._wish == "dark" or (
            self._wish == "system" and self._system == Qt.ColorScheme.Dark
        )
        tokens = DARK if dark else LIGHT
        if tokens is not self._tokens:
            self._tokens = tokens
            self._apply()
            self.changed.emit()

    def _apply(self) -> None:
        self._application.setPalette(palette(self._tokens))
        self._application.setStyleSheet(style_sheet(self._tokens, Path(self._icons.path())))


@lru_cache(maxsize=1)
def _theme_of(application: QApplication) -> Theme:
    return Theme(application)


def theme() -> Theme:
    """Return the program's theme.

    Raises:
        BugError: before there is a QApplication.
    """
    application = QApplication.instance()
    if not isinstance(application, QApplication):
        raise BugError("the theme was asked for before there was a QApplication")
    return _theme_of(application)


def palette(tokens: Tokens) -> QPalette:
    """Return the palette for what the style sheet does not reach."""
    made = QPalette()
    role = QPalette.ColorRole
    for which, colour in (
        (role.Window, tokens.background),
        (role.WindowText, tokens.text),
        (role.Base, tokens.surface),
        (role.AlternateBase, tokens.background),
        (role.Text, tokens.text),
        (role.Button, tokens.raised),
        (role.ButtonText, tokens.text),
        (role.BrightText, tokens.danger),
        (role.Highlight, tokens.accent),
        (role.HighlightedText, tokens.on_accent),
        (role.ToolTipBase, tokens.raised),
        (role.ToolTipText, tokens.text),
        (role.PlaceholderText, tokens.muted),
        (role.Link, tokens.accent),
        (role.Mid, tokens.border),
        (role.Accent, tokens.accent),
    ):
        made.setColor(which, QColor(colour))
    for which in (role.WindowText, role.Text, role.ButtonText):
        made.setColor(QPalette.ColorGroup.Disabled, which, QColor(tokens.muted))
    return made


def style_sheet(tokens: Tokens, icons: Path) -> str:
    """Return the application's style sheet.

    Widgets take part by dynamic properties: `kind` of a QPushButton (see `widgets.buttons.Kind`),
    `role` of a QLabel ("heading", "title", "strong", "muted", "small", "error"), `tone` of a frame
    or label ("ok", "warn", "danger", "accent", "none"), `panel` of a QFrame ("card", "bar",
    "sidebar", "strip", "banner", "line"). The rules are in `assets/style.qss`.

    Args:
        tokens: the colours.
        icons: folder for the icons that the rules name, which are written there in their colours
            (a style sheet can only name files).
    """
    sheet = (resource_folder("assets") / "style.qss").read_text(encoding="utf-8")
    values = {name: getattr(tokens, name) for name in Tokens.__dataclass_fields__}
    values |= {
        "s1": f"{SPACE_1}px",
        "s2": f"{SPACE_2}px",
        "s3": f"{SPACE_3}px",
        "s4": f"{SPACE_4}px",
        "corner": f"{CORNER}px",
        "small": f"{SMALL}px",
        "body": f"{BODY}px",
        "title": f"{TITLE}px",
        "heading": f"{HEADING}px",
        "answer": f"{ANSWER}px",
        "control": f"{CONTROL_HEIGHT - 4}px",
    }
    for name, value in values.items():
        sheet = sheet.replace(f"@{name}@", value)

    def tinted(match: re.Match[str]) -> str:
        name, colour = match[1], values[match[2]]
        drawing = resource_folder("assets") / "icons" / f"{name}.svg"
        path = icons / f"{name}-{colour[1:]}.svg"
        path.write_text(drawing.read_text("utf-8").replace("currentColor", colour), "utf-8")
        return path.as_posix()

    return re.sub(r"@icon:(\w+):(\w+)@", tinted, sheet)
