"""What a station keeps in the data folder while it runs: its holds, and the card that leads to it.

A hold is a lock of the operating system on a file, so that of a process that was killed nothing is
left but files that nobody holds. The card says where the station listens and with which token; only
the owner of the data folder can read it.
"""

import hashlib
import json
import os
import secrets
import time
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from faceaccess.core.errors import KnownError
from faceaccess.core.held_file import HeldFile
from faceaccess.core.home import DataHome

LONGEST_NAME = 60
_TRIES, _PAUSE = 5, 0.02  # times, seconds


@dataclass(frozen=True)
class Card:
    """How to reach a running station.

    Attributes:
        name: the door's name.
        pid: the process.
        socket: path of the Unix socket, or "" where it listens on the loopback interface.
        port: of the loopback interface, or 0.
        token: what a message must carry.
    """

    name: str
    pid: int
    socket: str
    port: int
    token: str


def checked_name(name: str) -> str:
    """Return a door's name without surrounding blanks.

    Raises:
        KnownError: if it is empty, too long or has unprintable characters.
    """
    name = unicodedata.normalize("NFC", name.strip())
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise KnownError(
            f"A door cannot be called {name[:LONGEST_NAME]!r}.",
            f"Give 1 to {LONGEST_NAME} printable characters, as in 'Front door'.",
        )
    return name


class StationFiles:
    """The files of one door.

    Args:
        home: the data folder.
        name: the door's name, checked.
    """

    def __init__(self, home: DataHome, name: str) -> None:
        self.name = name
        self._folder = home.stations
        self._key = _key(name)
        self._holds: list[HeldFile] = []

    @property
    def socket(self) -> Path:
        """Where the Unix socket is."""
        return self._folder / f"{self._key}.sock"

    @property
    def journal(self) -> Path:
        """Where what the store does not take waits; see `event_journal`."""
        return self._folder / f"{self._key}.journal"

    @property
    def _card(self) -> Path:
        return self._folder / f"{self._key}.json"

    def claim(self, lock: str) -> None:
        """Let this process be the door, and the only one at its lock, until `release`.

        Args:
            lock: the lock's address; "simulated:" is no device and may be used by many.

        Raises:
            KnownError: if another process is that door or has that lock, or the folder cannot be
                written to.
        """
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._hold(
                f"{self._key}.hold",
                KnownError(
                    f"The door {self.name!r} runs already.",
                    "Give another name, or stop the other one: `faceaccess door status` shows it.",
                ),
            )
            if lock != "simulated:":
                self._hold(
                    f"lock-{_key(lock)}.hold",
                    KnownError(
                        f"Another door uses the lock {lock} already.",
                        "Give every door a lock of its own; `faceaccess door status` shows them.",
                    ),
                )
            self.socket.unlink(missing_ok=True)  # of a process that was killed
            self._card.unlink(missing_ok=True)
        except OSError as error:
            self.release()
            raise KnownError(
                f"The folder {self._folder} cannot be used: {error.strerror}.",
                "Check its rights and the free space.",
            ) from error
        except KnownError:
            self.release()
            raise

    def _hold(self, file: str, taken: KnownError) -> None:
        # Somebody who only looks whether the door runs holds the file for a moment.
        for _ in range(_TRIES):
            try:
                self._holds.append(HeldFile(self._folder / file))
            except BlockingIOError:
                time.sleep(_PAUSE)
            else:
                return
        raise taken

    def publish(self, *, socket: str, port: int) -> Card:
        """Write the card of this process, with a new token.

        Raises:
            OSError: if it cannot be written.
        """
        card = Card(self.name, os.getpid(), socket, port, secrets.token_hex(32))
        part = self._folder / f".{self._key}.{os.getpid()}.part"
        part.unlink(missing_ok=True)
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(vars(card), file)
        part.replace(self._card)
        return card

    def withdraw(self) -> None:
        """Remove socket and card."""
        self.socket.unlink(missing_ok=True)
        self._card.unlink(missing_ok=True)

    def release(self) -> None:
        """Let another process be the door."""
        holds, self._holds = self._holds, []
        for hold in holds:
            hold.release()

    def card(self) -> Card | None:
        """Return the card that lies there, or None. The process may be dead."""
        return _read_card(self._card)

    @property
    def running(self) -> bool:
        """Whether some process is the door now."""
        try:
            HeldFile(self._folder / f"{self._key}.hold").release()
        except BlockingIOError:
            return True
        except OSError:  # no folder: no station ever ran here
            return False
        return False


def cards(home: DataHome) -> list[Card]:
    """Return all cards that lie in a data folder, by name; their processes may be dead."""
    try:
        found = sorted(home.stations.glob("*.json"))
    except OSError:
        return []
    read = (_read_card(path) for path in found)
    return sorted((card for card in read if card is not None), key=lambda card: card.name)


def _key(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _read_card(path: Path) -> Card | None:
    try:
        fields = json.loads(path.read_text("utf-8"))
        card = Card(
            str(fields["name"]),
            int(fields["pid"]),
            str(fields["socket"]),
            int(fields["port"]),
            str(fields["token"]),
        )
    except (OSError, ValueError, KeyError, TypeError):  # gone meanwhile, or not a card
        return None
    return card
