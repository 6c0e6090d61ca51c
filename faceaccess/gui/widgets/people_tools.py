"""Above the list of people: the search, the order, faces or a table."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QComboBox, QHBoxLayout, QLineEdit, QWidget

from faceaccess.gui.models.people import Column
from faceaccess.gui.theme import SPACE_2
from faceaccess.gui.translation import tr
from faceaccess.gui.widgets.buttons import IconButton

ORDERS = (
    (Column.NAME, Qt.SortOrder.AscendingOrder),
    (Column.ADDED, Qt.SortOrder.DescendingOrder),
    (Column.PICTURES, Qt.SortOrder.AscendingOrder),
    (Column.DEPARTMENT, Qt.SortOrder.AscendingOrder),
    (Column.STAFF_NUMBER, Qt.SortOrder.AscendingOrder),
    (Column.ACTIVE, Qt.SortOrder.AscendingOrder),
)
"""What the choices of the order mean."""


def _order_names() -> tuple[str, ...]:
    return (
        tr("By name"),
        tr("Newest first"),
        tr("Fewest pictures first"),
        tr("By department"),
        tr("By staff number"),
        tr("Switched off first"),
    )


class PeopleTools(QWidget):
    """One row of controls.

    Attributes:
        search, order, as_grid, as_table: the controls.
        ordered: emitted with the place of the order that was chosen, in `ORDERS`.
        shown_as: emitted when faces or a table were chosen.
    """

    ordered = Signal(int)
    shown_as = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE_2)
        self.search = QLineEdit()
        self.search.setPlaceholderText(tr("Search by name, staff number or department"))
        self.search.setAccessibleName(tr("Search people"))
        self.search.setClearButtonEnabled(True)
        row.addWidget(self.search, 1)
        self.order = QComboBox()
        self.order.setAccessibleName(tr("Order"))
        self.order.addItems(_order_names())
        self.order.activated.connect(self.ordered)
        row.addWidget(self.order)
        self.as_grid = IconButton("grid", tr("Show faces"), checkable=True)
        self.as_table = IconButton("table", tr("Show a table"), checkable=True)
        self._ways = QButtonGroup(self)
        for number, button in enumerate((self.as_grid, self.as_table)):
            self._ways.addButton(button, number)
            row.addWidget(button)
        self.as_grid.setChecked(True)
        self._ways.idClicked.connect(lambda _way: self.shown_as.emit())

    def show_order(self, column: Column, order: Qt.SortOrder) -> None:
        """Show which order is in force; none of the choices, where it is none of them."""
        wanted = (column, order)
        self.order.setCurrentIndex(ORDERS.index(wanted) if wanted in ORDERS else -1)
