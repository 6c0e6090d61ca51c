"""What is asked for when a door is to run: addresses and options, as they were given."""

from dataclasses import dataclass

from faceaccess.core.errors import KnownError


@dataclass(frozen=True)
class DoorPlan:
    """What `faceaccess door run` is given.

    Attributes:
        name: the door's name; a new one is fine.
        camera: a camera's address; recordings are read as fast as they go.
        lock: a lock's address.
        pulse: seconds for which the lock is opened.
        reader: address of what PINs, cards and codes are entered at, or None.
        contact: address of the input that says whether the door is shut, or None.
        exit_: address of the input that says whether somebody asks to leave, or None.
        held_open_after: seconds that the door may stand open after a pulse.
        alerts: addresses that are told of alarms and the like.
        metrics: where figures are given, as HOST:PORT or PORT on the loopback interface, or None.

    Raises:
        KnownError: if there is a request to exit and no contact.
    """

    name: str
    camera: str
    lock: str
    pulse: float = 3.0
    reader: str | None = None
    contact: str | None = None
    exit_: str | None = None
    held_open_after: float = 30.0
    alerts: tuple[str, ...] = ()
    metrics: str | None = None

    def __post_init__(self) -> None:
        if self.exit_ is not None and self.contact is None:
            raise KnownError(
                "A request to exit says that an opening is no break-in; without a contact no "
                "opening is noticed.",
                "Add --contact ADDRESS, or leave --exit out. It opens nothing.",
            )
