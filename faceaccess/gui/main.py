"""Opens the window.

Boot order: `faceaccess.__main__` hands over to the command line; its bare call (and `demo`) builds
an `App` and calls `open_window` here. That installs the error hooks, makes the QApplication, the
theme and the window (`build_window`: no event loop yet, so that tests can build it too), shows it,
and only then lets Live open the camera and load the models behind it. When the window closes, its
threads are joined; whoever built the `App` closes it.
"""

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget

from faceaccess.core.actors import Actor
from faceaccess.core.errors import KnownError
from faceaccess.gui.application import application, ends_by_signal, user_name
from faceaccess.gui.main_window import MainWindow, Wiring
from faceaccess.gui.messages import ErrorHooks, Messages
from faceaccess.gui.places import Places
from faceaccess.gui.theme import theme
from faceaccess.gui.told import told
from faceaccess.gui.translation import tr, use_language
from faceaccess.gui.widgets.empty_state import EmptyState
from faceaccess.gui.worker import JobRunner

if TYPE_CHECKING:
    from faceaccess.app import App

_WATCHED = ("camera", "camera_name", "detector", "embedder", "colour")
"""Settings that Live begins anew for; the others it follows by itself."""


def open_window(app: "App") -> int:
    """Show the window until it is closed.

    Returns:
        0; or 1 if the data folder could not be opened, which is shown in a window.
    """
    qt = application()
    messages = Messages()
    hooks = ErrorHooks(messages)
    hooks.install()
    window: MainWindow | None = None
    try:
        with ends_by_signal(qt):
            while window is None:
                try:
                    window = build_window(app)
                except KnownError as error:
                    if not _try_again(qt, error):
                        return 1
            messages.attach(window.show_message)
            window.show()
            window.start()
            return qt.exec()
    finally:
        if window is not None:
            messages.detach()
            window.shutdown()
            window.deleteLater()
        hooks.remove()


def build_window(app: "App") -> MainWindow:
    """Return the window for a context, not shown, with no thread started and no loop entered.

    Raises:
        KnownError: if settings or database cannot be read.
    """
    application()
    settings = app.settings.get()
    use_language(settings.language)
    theme().choose(settings.theme)
    app.store.revision()  # opens the database; what is wrong with it is said before anything else
    jobs = JobRunner()
    actor = Actor(user_name(), "demo" if app.is_demo else "window")
    places = Places(app, jobs, actor)
    live = places.live()
    followed = settings

    def follow_settings() -> None:
        nonlocal followed
        before, followed = followed, app.settings.get()
        theme().choose(followed.theme)
        if any(getattr(before, name) != getattr(followed, name) for name in _WATCHED):
            live.restart()

    window = MainWindow(
        Wiring(
            home=app.home,
            live=live,
            others=places.others(),
            jobs=jobs,
            trainings=places.trainings,
            demo=app.is_demo,
            on_settings=follow_settings,
        )
    )
    places.show_person = window.show_person
    return window


def _try_again(qt: QApplication, error: KnownError) -> bool:
    """Show why the data cannot be opened; whether the user wants to try again."""
    page = EmptyState("warn", told(error.text), told(error.remedy), tr("Try again"))
    window = QWidget()
    window.setObjectName("window")
    window.setWindowTitle("faceaccess")
    QVBoxLayout(window).addWidget(page)
    window.resize(640, 420)
    again = False

    def retry() -> None:
        nonlocal again
        again = True
        window.close()

    page.acted.connect(retry)
    window.show()
    qt.exec()
    window.deleteLater()
    return again
