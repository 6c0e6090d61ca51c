"""What if: the visits of a period under another threshold, head or rule."""

from collections.abc import Callable, Hashable, Sequence
from datetime import datetime
from typing import Protocol

from PySide6.QtCore import QModelIndex, Qt, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QTableWidget, QTableWidgetItem, QVBoxLayout, QWidget

from faceaccess.core.clock import Clock
from faceaccess.core.decisions import Decision, Event, Outcome
from faceaccess.core.heads import HeadRecord
from faceaccess.core.progress import Job
from faceaccess.gui.models.loader import Loader
from faceaccess.gui.place import Place
from faceaccess.gui.theme import SPACE_2, SPACE_3, SPACE_4
from faceaccess.gui.told import told
from faceaccess.gui.translation import tr, trn
from faceaccess.gui.widgets.buttons import Button
from faceaccess.gui.widgets.card import Card
from faceaccess.gui.widgets.filter_chips import ChipChoice, start_of_day
from faceaccess.gui.widgets.flow import FlowLayout
from faceaccess.gui.widgets.form_parts import titled
from faceaccess.gui.widgets.job_strip import JobStrip
from faceaccess.gui.widgets.labels import Label
from faceaccess.gui.widgets.message_bar import MessageBar
from faceaccess.gui.widgets.number_fields import ShareSlider, WholeField
from faceaccess.gui.widgets.page_scroll import PageScroll
from faceaccess.gui.widgets.plain_table import dress
from faceaccess.gui.widgets.replay_bar import ReplayBar, shares_of
from faceaccess.gui.widgets.settings_form import StillComboBox
from faceaccess.gui.wording import (
    events_count,
    moment_words,
    outcome_words,
    reason_words,
    who_words,
)
from faceaccess.gui.worker import JobRunner
from faceaccess.pipeline.what_if import Change, Replay

WAIT = 250
"""Milliseconds without another move after which the visits are replayed."""
SHOWN = 500
"""Changed visits listed, the newest first; more are counted."""
_SCALE = 1000
_DAYS = (0, 6, 29, None)
"""Days before today that the choices of the period begin with; None for the first visit."""


class Replaying(Protocol):
    """What the page uses of `WhatIf`."""

    def replay(  # noqa: D102  # as in pipeline.what_if
        self,
        since: datetime | None = None,
        until: datetime | None = None,
        threshold: float | None = None,
        head: int | None = None,
        evidence_frames: int | None = None,
    ) -> Job[Replay]: ...


class WhatIfPage(Place):
    """Controls above, what would have been below. Changes nothing.

    Args:
        what_if: the use case.
        heads: returns the stored heads, newest first; asked off the window's thread.
        threshold: returns the threshold in force; asked off the window's thread.
        clock: tells what is today.
        parent: the owner.

    Attributes:
        closed: the list of events is wanted again.
        event_wanted: emitted with an event that is to be looked at.
    """

    closed = Signal()
    event_wanted = Signal(object)

    def __init__(
        self,
        what_if: Replaying,
        heads: Callable[[], Sequence[HeadRecord]],
        threshold: Callable[[], float],
        clock: Clock,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._what_if, self._heads, self._threshold = what_if, heads, threshold
        self._clock = clock
        self._in_force: float | None = None
        self._changes: Sequence[Change] = ()
        self._again = False
        # Reading a year's visits must not keep the door's people from being edited meanwhile.
        self._runner = JobRunner(self)
        self._loader = Loader(self)
        self._loader.loaded.connect(self._on_loaded)
        self._loader.failed.connect(self._on_failed)
        self._wait = QTimer(self)
        self._wait.setSingleShot(True)
        self._wait.setInterval(WAIT)
        self._wait.timeout.connect(self.replay)
        self._build()

    def _build(self) -> None:
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(SPACE_3)
        self.back = Button(tr("All events"), "link", icon="chevron_left", clicked=self.closed.emit)
        outer.addWidget(self.back, 0, Qt.AlignmentFlag.AlignLeft)
        self.bar = MessageBar()
        outer.addWidget(self.bar)
        scroll = PageScroll(tr("What if"))
        outer.addWidget(scroll, 1)
        column = QVBoxLayout(scroll.inside)
        column.setContentsMargins(0, 0, SPACE_3, 0)
        column.setSpacing(SPACE_4)
        column.addWidget(self._rules())
        column.addWidget(self._result(), 1)

    def _rules(self) -> Card:
        card = Card(tr("What if the door had decided otherwise?"))
        words = tr(
            "The visits of the period are decided once more on the pictures that were kept. "
            "Nothing is changed by it."
        )
        card.body.addWidget(Label(words, "muted"))
        chips = QWidget()
        flow = FlowLayout(chips, SPACE_2)
        self.days = ChipChoice(
            (tr("Today"), tr("Last 7 days"), tr("Last 30 days"), tr("All visits")),
            tr("Days"),
            self._on_rule,
            self,
        )
        self.days.choose(1)
        for chip in self.days.chips:
            flow.addWidget(chip)
        card.body.addWidget(chips)
        row = QHBoxLayout()
        row.setSpacing(SPACE_3)
        self.slider = ShareSlider(tr("Threshold"), 0, _SCALE)
        self.slider.setSingleStep(5)
        self.slider.setPageStep(20)
        self.slider.valueChanged.connect(self._on_slider)
        self.value = Label("", "strong", wrap=False)
        self.value.setMinimumWidth(160)
        self.reset = Button(tr("As in force"), "link", icon="undo", clicked=self._reset)
        row.addWidget(titled(tr("Threshold"), self.slider), 1)
        row.addWidget(self.value, 0, Qt.AlignmentFlag.AlignBottom)
        row.addWidget(self.reset, 0, Qt.AlignmentFlag.AlignBottom)
        card.body.addLayout(row)
        second = QHBoxLayout()
        second.setSpacing(SPACE_4)
        self.head = StillComboBox()
        self.head.setMinimumContentsLength(24)
        self.head.addItem(tr("The head in service"), None)
        self.head.activated.connect(self._on_rule)
        self.frames = WholeField(tr("Pictures that must agree"), 0, 20, none=tr("As set"))
        self.frames.valueChanged.connect(self._on_rule)
        second.addWidget(titled(tr("Head"), self.head))
        second.addWidget(titled(tr("Pictures that must agree"), self.frames))
        second.addStretch(1)
        card.body.addLayout(second)
        return card

    def _result(self) -> Card:
        card = Card(tr("What would have been"))
        self.job = JobStrip(self._runner)
        self.words = Label("", "strong", selectable=True)
        self.without = Label("", "muted")
        self.picture = ReplayBar()
        titles = (tr("Time"), tr("Who"), tr("Was"), tr("Would be"), tr("Similarity"))
        self.table = QTableWidget(0, len(titles))
        self.table.setHorizontalHeaderLabels(titles)
        dress(self.table, tr("Visits that would have ended otherwise"), (150, 200, 220, 240, 140))
        self.table.setMinimumHeight(180)
        self.table.activated.connect(self._open)
        self.table.doubleClicked.connect(self._open)
        for widget in (self.job, self.words, self.picture, self.without):
            card.body.addWidget(widget)
        card.body.addWidget(self.table, 1)
        self._show_nothing()
        return card

    # A place of the window.

    def arrive(self) -> None:
        """Read what is in force, then replay."""
        self._loader.ask((id(self), "heads"), self._heads, urgent=True)
        self._loader.ask((id(self), "threshold"), self._threshold, urgent=True)

    def leave(self) -> None:
        """Stop replaying."""
        self._wait.stop()
        self._again = False
        self._runner.cancel()

    def shutdown(self) -> None:
        """End the threads."""
        self._wait.stop()
        self._again = False
        self._runner.shutdown()
        self._loader.close()

    # Reading.

    def _on_loaded(self, key: Hashable, value: object) -> None:
        if key == (id(self), "threshold") and isinstance(value, float):
            first = self._in_force is None or self.threshold is None
            self._in_force = value
            if first:
                self._reset()
            self._show_value()
            self.replay()
        elif key == (id(self), "heads"):
            self._take_heads(value)  # type: ignore[arg-type]  # what `heads` returned

    def _take_heads(self, heads: Sequence[HeadRecord]) -> None:
        chosen = self.head.currentData()
        while self.head.count() > 1:
            self.head.removeItem(1)
        for head in heads:
            if head.stored:
                words = tr("Version {version}: {note}", version=head.version, note=told(head.note))
                self.head.addItem(words, head.version)
        self.head.setCurrentIndex(max(0, self.head.findData(chosen)))

    def _on_failed(self, key: Hashable, error: Exception) -> None:
        if isinstance(key, tuple) and key[0] == id(self):
            self.bar.show_error(error)

    # The rules.

    @property
    def threshold(self) -> float | None:
        """What is tried; None for the one in force."""
        value = self.slider.value() / _SCALE
        if self._in_force is None or abs(value - self._in_force) < 0.5 / _SCALE + 1e-9:
            return None
        return value

    def _reset(self) -> None:
        if self._in_force is not None:
            self.slider.setValue(round(self._in_force * _SCALE))

    def _on_slider(self, _value: int) -> None:
        self._show_value()
        self._wait.start()

    def _on_rule(self, _choice: object = None) -> None:
        self._wait.start()

    def _show_value(self) -> None:
        tried = self.threshold
        if tried is None:
            shown = "" if self._in_force is None else f"{self._in_force:.3f}"
            self.value.setText(tr("{threshold}, in force", threshold=shown))
        else:
            self.value.setText(
                tr(
                    "{threshold} (in force {now})",
                    threshold=f"{tried:.3f}",
                    now=f"{self._in_force:.3f}",
                )
            )
        self.slider.setAccessibleDescription(self.value.text())
        self.reset.setVisible(tried is not None)

    # Replaying.

    def replay(self) -> None:
        """Decide the visits once more, with the rules that are shown."""
        if self._in_force is None:
            return
        if self._runner.busy:
            self._again = True
            self._runner.cancel()
            return
        what_if, threshold, head = self._what_if, self.threshold, self.head.currentData()
        frames = self.frames.value() or None
        days = _DAYS[self.days.chosen]
        since = None if days is None else start_of_day(self._clock.now(), -days)
        self._runner.start(
            lambda: what_if.replay(
                since=since, threshold=threshold, head=head, evidence_frames=frames
            ),
            on_progress=self.job.show_progress,
            on_done=self._on_done,
            on_failed=self._on_not_done,
            on_cancelled=self._on_cancelled,
        )
        self.job.begin(tr("Deciding the visits once more"))

    def _on_done(self, replay: Replay) -> None:
        self.bar.clear()
        self._end()
        self._show(replay)

    def _on_not_done(self, error: BaseException) -> None:
        self._end()
        self._show_nothing()
        self.bar.show_error(error)

    def _on_cancelled(self) -> None:
        self._end()

    def _end(self) -> None:
        self.job.end()
        if self._again:
            self._again = False
            self.replay()

    def _show_nothing(self) -> None:
        self.words.setText("")
        self.without.setVisible(False)
        self.picture.setVisible(False)
        self.table.setVisible(False)

    def _show(self, replay: Replay) -> None:
        self._changes = tuple(reversed(replay.changes))[:SHOWN]
        self.without.setVisible(bool(replay.without_evidence))
        self.without.setText(
            trn(
                "{count} visit of the period cannot be decided again: too few pictures were kept.",
                "{count} visits of the period cannot be decided again: too few pictures were kept.",
                replay.without_evidence,
            )
        )
        if not replay.events:
            self.words.setText(tr("No visit of this period can be decided again."))
            self.picture.setVisible(False)
            self.table.setVisible(False)
            return
        self.words.setText(replay_words(replay))
        self.picture.show_shares(shares_of(replay))
        self.picture.setVisible(True)
        self.table.setVisible(bool(self._changes))
        self.table.setRowCount(len(self._changes))
        now = self._clock.now()
        for row, change in enumerate(self._changes):
            similarity = change.after.similarity
            cells = (
                moment_words(change.event.time, now),
                who_words(change.event.decision),
                _ending(change.before),
                _ending(change.after),
                "" if similarity is None else f"{similarity:.3f}",
            )
            for column, text in enumerate(cells):
                item = QTableWidgetItem(text)
                item.setToolTip(text)
                self.table.setItem(row, column, item)

    def _open(self, index: QModelIndex) -> None:
        event: Event = self._changes[index.row()].event
        self.event_wanted.emit(event)


def _ending(decision: Decision) -> str:
    """Return how a visit ends: "Let in: Li Wei", "Refused: Not known"."""
    if decision.outcome is Outcome.GRANTED:
        return tr("Let in: {name}", name=who_words(decision))
    return tr(
        "{outcome}: {reason}",
        outcome=outcome_words(decision.outcome),
        reason=reason_words(decision.reason),
    )


def replay_words(replay: Replay) -> str:
    """Return what would have been, as one sentence."""
    visits, after = events_count(replay.events), f"{replay.would_let_in:,}"
    if not replay.changes:
        return tr(
            "Nothing would have been otherwise: {count} of {visits} let in.",
            count=after,
            visits=visits,
        )
    shares = shares_of(replay)
    return tr(
        "Of {visits}, {after} would be let in and {out} kept out (it was {before} let in): "
        "{gained} more in, {lost} more out.",
        visits=visits,
        after=after,
        out=f"{replay.would_keep_out:,}",
        before=f"{replay.let_in_before:,}",
        gained=f"{shares.gained:,}",
        lost=f"{shares.lost:,}",
    )
