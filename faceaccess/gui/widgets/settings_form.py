"""A form made from the declarations of `core.settings.Settings`: nothing is declared here again."""

from collections.abc import Iterable, Sequence
from typing import Any, Literal, get_args, get_origin

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QCheckBox, QComboBox, QGridLayout, QLineEdit, QVBoxLayout, QWidget

from faceaccess.core.errors import KnownError
from faceaccess.core.settings import Settings, changed, unit_of
from faceaccess.gui.theme import SPACE_1, SPACE_3, SPACE_4
from faceaccess.gui.told import told
from faceaccess.gui.translation import LANGUAGES, tr
from faceaccess.gui.widgets.labels import Label, restyle

GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("This computer", ("theme", "language", "station", "camera_retry", "camera_stall")),
    ("Recognition", ("detector", "embedder", "engine", "colour", "evidence_frames", "visit_gap")),
    (
        "What the camera asks of a picture",
        (
            "min_eye_distance",
            "min_sharpness",
            "min_brightness",
            "max_brightness",
            "min_contrast",
            "max_yaw",
            "max_roll",
        ),
    ),
    ("Training", ("training_steps", "kept_heads")),
)
"""Which settings stand together; one that is named nowhere stands under "More"."""

ELSEWHERE = ("camera", "camera_name", "threshold")
"""Settings that have a section of their own in Set-up."""


def groups() -> list[tuple[str, tuple[str, ...]]]:
    """Return every setting of the form in its group, new ones too."""
    named = {name for _, names in GROUPS for name in names} | set(ELSEWHERE)
    more = tuple(name for name in Settings.model_fields if name not in named)
    found = [
        (title, tuple(name for name in names if name in Settings.model_fields))
        for title, names in GROUPS
    ]
    return [*found, ("More", more)] if more else found


def bounds_words(name: str) -> str:
    """Return the bounds of a setting for people, or ""."""
    low = high = None
    for rule in Settings.model_fields[name].metadata:
        low = getattr(rule, "ge", low)
        high = getattr(rule, "le", high)
    unit = unit_of(name)
    if low is None or high is None:
        return unit
    span = tr("{low} to {high}", low=f"{low:g}", high=f"{high:g}")
    return span if not unit or unit[0].isdigit() else f"{span} {unit}"


def shown(value: object) -> str:
    """Return a setting's value as it is typed."""
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:g}"
    return str(value)


def _choice_words(name: str, value: str) -> str:
    if name == "language" and value in LANGUAGES:
        return LANGUAGES[value]
    words = {
        "system": tr("As the system says"),
        "light": tr("Light"),
        "dark": tr("Dark"),
    }
    return words.get(value, value)


class StillComboBox(QComboBox):
    """A choice that the mouse wheel scrolls past and never changes; long texts do not widen it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(12)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave the wheel to the page."""
        event.ignore()


class SettingField(QWidget):
    """One setting: title, control, help and bounds, and below what is wrong with it.

    Args:
        name: a field of `Settings`.

    Attributes:
        entered: emitted with name and text when a person has entered a valid value.
    """

    entered = Signal(str, str)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.name = name
        self._settings = Settings()
        field = Settings.model_fields[name]
        title = tr(field.title or name)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE_1)
        self.control = self._control(field.annotation, title)
        self.control.setAccessibleName(title)
        self.control.setAccessibleDescription(tr(field.description or ""))
        if not isinstance(self.control, QCheckBox):
            label = Label(title, "strong")
            label.setBuddy(self.control)
            column.addWidget(label)
        column.addWidget(self.control)
        words = " ".join(filter(None, (tr(field.description or ""), self._bounds())))
        self._help = Label(words, "small")
        self._problem = Label("", "error")
        self._problem.setVisible(False)
        column.addWidget(self._help)
        column.addWidget(self._problem)
        column.addStretch(1)

    def _bounds(self) -> str:
        words = bounds_words(self.name)
        return tr("({bounds})", bounds=words) if words else ""

    def _control(self, kind: Any, title: str) -> QWidget:
        if get_origin(kind) is Literal:
            box = StillComboBox()
            for value in get_args(kind):
                box.addItem(_choice_words(self.name, value), value)
            box.activated.connect(self._on_chosen)
            return box
        if kind is bool:
            check = QCheckBox(title)
            check.clicked.connect(self._on_checked)
            return check
        line = QLineEdit()
        line.textEdited.connect(self._on_typed)
        line.editingFinished.connect(self._on_entered)
        return line

    def show_settings(self, settings: Settings) -> None:
        """Show the value in force; what is being typed stays."""
        self._settings = settings
        value = getattr(settings, self.name)
        if isinstance(self.control, QComboBox):
            self.control.setCurrentIndex(self.control.findData(value))
        elif isinstance(self.control, QCheckBox):
            self.control.setChecked(bool(value))
        elif isinstance(self.control, QLineEdit) and not (
            self.control.hasFocus() and self.control.isModified()
        ):
            self.control.setText(shown(value))
            self.show_problem("")

    def show_problem(self, problem: str) -> None:
        """Show what is wrong; "" for nothing."""
        self._problem.setText(problem)
        self._problem.setVisible(bool(problem))
        restyle(self.control, invalid="true" if problem else "false")

    @property
    def problem(self) -> str:
        """What is shown to be wrong."""
        return self._problem.text()

    def _check(self, text: str) -> bool:
        try:
            changed(self._settings, self.name, text)
        except KnownError as error:
            bounds = bounds_words(self.name)
            self.show_problem(
                tr("It must be {bounds}.", bounds=bounds) if bounds else told(error.text)
            )
            return False
        self.show_problem("")
        return True

    def _on_typed(self, text: str) -> None:
        self._check(text)

    def _on_entered(self) -> None:
        assert isinstance(self.control, QLineEdit)
        text = self.control.text().strip()
        if text == shown(getattr(self._settings, self.name)):
            self.control.setModified(False)
            return
        if self._check(text):
            self.control.setModified(False)
            self.entered.emit(self.name, text)

    def _on_chosen(self, place: int) -> None:
        assert isinstance(self.control, QComboBox)
        self.entered.emit(self.name, str(self.control.itemData(place)))

    def _on_checked(self, on: bool) -> None:  # noqa: FBT001  # a signal's value
        self.entered.emit(self.name, "true" if on else "false")


class SettingsGroup(QWidget):
    """Fields side by side in two columns."""

    entered = Signal(str, str)

    def __init__(self, names: Sequence[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(SPACE_4)
        grid.setVerticalSpacing(SPACE_3)
        grid.setColumnStretch(0, 1)
        grid.setColumnStretch(1, 1)
        self.fields = {name: SettingField(name) for name in names}
        for place, field in enumerate(self.fields.values()):
            field.entered.connect(self.entered)
            grid.addWidget(field, place // 2, place % 2)


def all_fields(made: Iterable[SettingsGroup]) -> dict[str, SettingField]:
    """Return every field of some groups by its setting's name."""
    return {name: field for group in made for name, field in group.fields.items()}
