"""One look through the camera for an enrolment: the thread from its start to its end."""

from PySide6.QtCore import QObject, Signal

from faceaccess.gui.camera_thread import CameraThread
from faceaccess.gui.capture_work import CaptureWork, EnrolCamera


class CaptureSession(QObject):
    """Starts and stops the camera thread; after `stop` nothing is told any more.

    Args:
        camera: what to look through.
        wanted: pictures to take.
        parent: the owner.

    Attributes:
        seen: a frame and what it brought (`camera_thread.Seen`).
        condition_changed: how the camera is (`camera_thread.Condition`).
    """

    seen = Signal(object)
    condition_changed = Signal(object)

    def __init__(self, camera: EnrolCamera, wanted: int, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._camera, self._wanted = camera, wanted
        self._thread: CameraThread | None = None

    @property
    def running(self) -> bool:
        """Whether the camera looks."""
        return self._thread is not None

    def start(self) -> None:
        """Begin to look, with no picture taken."""
        thread = CameraThread(self._camera.open_feed, self._work, self._camera.clock, self)
        thread.seen.connect(self.seen)
        thread.condition_changed.connect(self.condition_changed)
        self._thread = thread
        thread.start()

    def _work(self) -> CaptureWork:
        return CaptureWork(self._camera.make_capture(self._wanted))

    def stop(self) -> None:
        """Join the thread; harmless when none runs."""
        thread, self._thread = self._thread, None
        if thread is not None:
            thread.stop()
            thread.seen.disconnect(self.seen)
            thread.condition_changed.disconnect(self.condition_changed)
            thread.deleteLater()
