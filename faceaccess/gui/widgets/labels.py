"""Words on a page."""

from typing import Literal

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

Role = Literal["body", "heading", "title", "strong", "muted", "small", "error"]
Tone = Literal["none", "ok", "warn", "danger", "accent"]

_LONGEST_WORD = 160
"""Width in pixels that a word may ask for; a longer one is cut off or broken."""


class Label(QLabel):
    """Plain text that wraps and never reads markup out of a name.

    Args:
        text: what it says.
        role: size and weight.
        wrap: whether it breaks into lines; a label that does not keeps its full width.
        selectable: whether the text can be marked and copied with the mouse.
        parent: the owner.
    """

    def __init__(
        self,
        text: str = "",
        role: Role = "body",
        *,
        wrap: bool = True,
        selectable: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(text, parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("role", role)
        self.setWordWrap(wrap)
        if wrap:
            # A wrapped label asks for little width and takes the height that its lines need.
            policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
            policy.setHeightForWidth(True)
            self.setSizePolicy(policy)
        if selectable:
            self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)

    def minimumSizeHint(self) -> QSize:
        """Return the least size; one long word in a wrapped label does not widen the page."""
        hint = super().minimumSizeHint()
        if self.wordWrap():
            hint.setWidth(min(hint.width(), _LONGEST_WORD))
        return hint

    def set_tone(self, tone: Tone) -> None:
        """Colour the words as a state."""
        restyle(self, tone=tone)


def restyle(widget: QWidget, **properties: object) -> None:
    """Set dynamic properties and let the style sheet look at the widget anew."""
    before = {name: widget.property(name) for name in properties}
    if before == properties:
        return
    for name, value in properties.items():
        widget.setProperty(name, value)
    style = widget.style()
    style.unpolish(widget)
    style.polish(widget)
    widget.updateGeometry()  # bold or larger words need more room
    widget.update()
