"""Asks the system not to put its screen saver before the door screen, where there is a simple way.

Linux desktops: the D-Bus service org.freedesktop.ScreenSaver (KDE, GNOME, Xfce and others answer to
it). Windows: SetThreadExecutionState. Elsewhere, and on a bare X server, the system must be set so.
"""

import sys

_SERVICE, _PATH = "org.freedesktop.ScreenSaver", "/org/freedesktop/ScreenSaver"
_ANSWER_MS = 1000
_ES_CONTINUOUS, _ES_SYSTEM_REQUIRED, _ES_DISPLAY_REQUIRED = 0x80000000, 0x1, 0x2


def hold_off() -> bool:
    """Hold the screen saver off until the process ends; whether the system has promised it."""
    if sys.platform == "win32":
        import ctypes

        wish = _ES_CONTINUOUS | _ES_SYSTEM_REQUIRED | _ES_DISPLAY_REQUIRED
        return bool(ctypes.windll.kernel32.SetThreadExecutionState(wish))
    return sys.platform == "linux" and _inhibited()


def _inhibited() -> bool:
    from PySide6.QtDBus import QDBus, QDBusConnection, QDBusMessage

    bus = QDBusConnection.sessionBus()
    if not bus.isConnected():
        return False
    message = QDBusMessage.createMethodCall(_SERVICE, _PATH, _SERVICE, "Inhibit")
    message.setArguments(["faceaccess", "The door screen is shown."])
    answer = bus.call(message, QDBus.CallMode.Block, _ANSWER_MS)
    return answer.type() == QDBusMessage.MessageType.ReplyMessage and bool(answer.arguments())
