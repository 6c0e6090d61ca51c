"""Messages wait for a window; unforeseen errors end in one place and the hooks come off again."""

import logging
import sys
import threading

import pytest
from PySide6.QtCore import qWarning
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from faceaccess.core.errors import BugError, KnownError
from faceaccess.gui.messages import ErrorHooks, Message, Messages, from_error
from faceaccess.gui.theme import theme
from faceaccess.gui.widgets.buttons import Button
from faceaccess.gui.widgets.message_bar import MessageBar


def test_a_known_error_says_what_it_means_and_what_to_do() -> None:
    message = from_error(KnownError("The camera is busy.", "Close the other program."), "Door on.")
    assert message == Message("danger", "The camera is busy.", "Door on. Close the other program.")


def test_a_fault_carries_its_traceback_as_details() -> None:
    def fault() -> None:
        raise BugError("seven is even")

    with pytest.raises(BugError) as caught:
        fault()
    message = from_error(caught.value)
    assert "seven is even" not in message.text
    assert "BugError: seven is even" in message.details
    assert "test_messages.py" in message.details


def test_messages_wait_for_a_window_and_come_in_order(qtbot: QtBot) -> None:
    messages, shown = Messages(), []
    for text in ("one", "two"):
        messages.post(Message("ok", text))
    qtbot.wait(10)
    messages.attach(shown.append)
    assert [m.text for m in shown] == ["one", "two"]
    messages.post(Message("ok", "three"))
    assert len(shown) == 2  # delivered by the loop, never inside the poster's call
    qtbot.waitUntil(lambda: len(shown) == 3)
    messages.detach()
    messages.post(Message("ok", "four"))
    qtbot.wait(10)
    assert len(shown) == 3


def test_a_message_of_another_thread_is_shown_in_the_gui_thread(qtbot: QtBot) -> None:
    messages, threads = Messages(), []
    messages.attach(lambda _message: threads.append(threading.get_ident()))
    other = threading.Thread(target=messages.post, args=(Message("ok", "hello"),))
    other.start()
    other.join()
    qtbot.waitUntil(lambda: bool(threads))
    assert threads == [threading.get_ident()]


@pytest.mark.expected_log_errors
def test_hooks_catch_what_nobody_caught_and_come_off(
    qtbot: QtBot, caplog: pytest.LogCaptureFixture
) -> None:
    messages, shown = Messages(), []
    messages.attach(shown.append)
    before = sys.excepthook, threading.excepthook
    hooks = ErrorHooks(messages)
    hooks.install()
    hooks.install()  # twice is once
    try:
        error = ValueError("in a slot")
        sys.excepthook(ValueError, error, None)
        thread = threading.Thread(target=lambda: 1 / 0)
        thread.start()
        thread.join()
    finally:
        hooks.remove()
    assert (sys.excepthook, threading.excepthook) == before
    qtbot.waitUntil(lambda: len(shown) == 2)
    assert "ValueError: in a slot" in shown[0].details
    assert "ZeroDivisionError" in shown[1].details
    assert sum(r.levelno == logging.CRITICAL for r in caplog.records) == 2


def test_what_qt_says_goes_to_the_log(qtbot: QtBot, caplog: pytest.LogCaptureFixture) -> None:
    hooks = ErrorHooks(Messages())
    hooks.install()
    try:
        qWarning("a complaint of Qt")
    finally:
        hooks.remove()
    assert ("faceaccess.gui.messages", logging.WARNING, "Qt: a complaint of Qt") in (
        caplog.record_tuples
    )


def test_the_bar_shows_folds_copies_and_drops_its_buttons(qtbot: QtBot) -> None:
    theme()
    bar = MessageBar()
    qtbot.addWidget(bar)
    assert bar.isHidden()
    bar.show_message(Message("danger", "It broke.", "Mend it.", "line 1\nline 2"))
    assert not bar.isHidden()
    assert bar.accessibleName() == "It broke. Mend it."
    assert bar._details.isHidden()
    bar._fold.click()
    assert not bar._details.isHidden()
    bar._copy.click()
    assert QGuiApplication.clipboard().text() == "It broke.\nMend it.\nline 1\nline 2"
    undo = Button("Undo")
    bar.add_button(undo)
    bar.show_message(Message("ok", "Fine."))
    assert undo.isHidden()
    assert bar._fold.isHidden()
    bar._close.click()
    assert bar.isHidden()
    assert bar.message is None
