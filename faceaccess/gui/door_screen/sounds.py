"""Short tones, computed here, played by what the system has for it.

The window's toolkit brings no sound with what is installed; Linux and macOS have a program that
plays a file, Windows a function.
"""

import array
import logging
import math
import shutil
import sys
import wave
from io import BytesIO
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QObject, QProcess, QTemporaryDir

from faceaccess.core.errors import KnownError
from faceaccess.gui.door_screen.shown import Sound

_log = logging.getLogger(__name__)

RATE = 22_050
"""Samples a second."""
_LOUD = 0.35  # of full scale
_FADE = 0.012  # seconds in which a tone comes and goes, so that it does not click

TONES: dict[Sound, tuple[tuple[float, float], ...]] = {
    "granted": ((660.0, 0.12), (880.0, 0.22)),
    "denied": ((220.0, 0.22), (0.0, 0.06), (220.0, 0.22)),
    "asked": ((660.0, 0.14),),
}
"""Pitch (Hz, 0 for silence) and length (s) of each tone. Rising, low twice, and one: told apart by
those who hear no pitch by their rhythm."""

_PLAYERS = ("pw-play", "paplay", "aplay", "afplay")


class Player(Protocol):
    """Plays sounds without waiting for them."""

    def play(self, sound: Sound) -> None:
        """Begin a sound; one that still plays is left alone."""
        ...


def wave_of(sound: Sound) -> bytes:
    """Return a sound as a WAV file: mono, 16 bits, `RATE` samples a second."""
    samples = array.array("h")
    for pitch, seconds in TONES[sound]:
        count = int(seconds * RATE)
        for number in range(count):
            edge = min(number, count - 1 - number) / (_FADE * RATE)
            size = _LOUD * min(1.0, edge) * math.sin(2 * math.pi * pitch * number / RATE)
            samples.append(round(size * 32_767))
    if sys.byteorder == "big":
        samples.byteswap()
    file = BytesIO()
    with wave.open(file, "wb") as written:
        written.setnchannels(1)
        written.setsampwidth(2)
        written.setframerate(RATE)
        written.writeframes(samples.tobytes())
    return file.getvalue()


def find_player() -> str:
    """Return the path of the program that plays sounds.

    Raises:
        KnownError: if the system has none.
    """
    for name in _PLAYERS:
        path = shutil.which(name)
        if path is not None:
            return path
    raise KnownError(
        f"No program is here that plays sounds ({', '.join(_PLAYERS)}).",
        "Install one of them (Debian: alsa-utils or pipewire-bin), or leave --sounds out.",
    )


class ProgramPlayer(QObject):
    """Plays by a program of the system.

    Args:
        program: its path; it takes a WAV file's path.
    """

    def __init__(self, program: str) -> None:
        super().__init__()
        self._program = program
        self._folder = QTemporaryDir()
        self._process = QProcess(self)
        self._process.errorOccurred.connect(self._failed)

    def play(self, sound: Sound) -> None:
        """As `Player.play`."""
        if not sound or self._process.state() is not QProcess.ProcessState.NotRunning:
            return
        self._process.start(self._program, [str(_written(sound, Path(self._folder.path())))])

    def stop(self) -> None:
        """End what still plays."""
        if self._process.state() is not QProcess.ProcessState.NotRunning:
            self._process.kill()
            self._process.waitForFinished(1000)

    def _failed(self, error: QProcess.ProcessError) -> None:
        if error is not QProcess.ProcessError.Crashed:  # `stop`
            _log.warning("the sound cannot be played: %s", self._process.errorString())


class WindowsPlayer:
    """Plays by the function that Windows has."""

    def __init__(self) -> None:
        self._folder = QTemporaryDir()

    def play(self, sound: Sound) -> None:
        """As `Player.play`."""
        if sys.platform == "win32" and sound:
            import winsound

            path = str(_written(sound, Path(self._folder.path())))
            flags = winsound.SND_FILENAME | winsound.SND_ASYNC | winsound.SND_NOSTOP
            try:
                winsound.PlaySound(path, flags)
            except RuntimeError as error:  # another one plays, or there is no sound device
                _log.info("the sound cannot be played: %s", error)


def _written(sound: Sound, folder: Path) -> Path:
    path = folder / f"{sound}.wav"
    if not path.exists():
        path.write_bytes(wave_of(sound))
    return path


def new_player() -> ProgramPlayer | WindowsPlayer:
    """Return what plays sounds on this system.

    Raises:
        KnownError: if the system has nothing for it.
    """
    return WindowsPlayer() if sys.platform == "win32" else ProgramPlayer(find_player())
