"""What the screen says: a word that can be read from afar, and one sentence what to do."""

from datetime import datetime

from faceaccess.core.reasons import Reason
from faceaccess.gui.translation import tr
from faceaccess.gui.wording import moment_words

Words = tuple[str, str]
"""The largest text, and the sentence under it."""


def let_in_words(name: str) -> Words:
    """Return what somebody reads who is let in; `name` may be ""."""
    return tr("Come in"), tr("Welcome, {name}", name=name) if name else tr("The door is open")


def reason_words(reason: Reason) -> Words:
    """Return what somebody reads for a reason of the door.

    Raises:
        KeyError: for a reason that this table lacks (a test asks for all).
    """
    return _words()[reason.value]


def _words() -> dict[str, Words]:
    return {**_answers(), **_requests()}


def _answers() -> dict[str, Words]:
    """Return the words of refusals and of what is wrong with the door."""
    no_access = tr("No access")
    broken = tr("Out of order")
    return {
        "unknown": (tr("Not known"), tr("Please ring")),
        "ambiguous": (tr("Not sure"), tr("You look like two people we know: please ring")),
        "inactive": (no_access, tr("Your access is switched off: please ring")),
        "nobody_enrolled": (tr("Not ready"), tr("Nobody is enrolled at this door yet")),
        "camera_lost": (broken, tr("The camera gives no picture: please ring")),
        "fault": (broken, tr("This door has a fault: please ring")),
        "locked_down": (tr("Locked down"), tr("Nobody may enter now")),
        "lock_failed": (tr("Not open"), tr("The lock does not answer: please ring")),
        "not_this_door": (no_access, tr("You may not enter by this door: please ring")),
        "not_now": (no_access, tr("You may not enter at this time: please ring")),
        "not_valid": (no_access, tr("Your access has not begun or is over: please ring")),
        "too_many_tries": (tr("Please wait"), tr("Too many tries: try again in a while")),
        "passed_already": (no_access, tr("You are inside already: please ring")),
        "not_live": (tr("Refused"), tr("This looks like a picture of a face: please ring")),
        "challenge_failed": (
            tr("Refused"),
            tr("Not what was asked: wait, or ring"),
        ),
    }


def _requests() -> dict[str, Words]:
    """Return the words that ask the person for something."""
    return {
        "recognised": (tr("Known"), tr("If the door stays shut, step away and come back")),
        "nobody": (tr("Hello"), tr("Look at the camera")),
        "checking": (tr("One moment"), tr("Look at the camera")),
        "too_far": (tr("Come closer"), tr("Your face is too far away")),
        "too_close": (tr("Step back"), tr("Your face is too close")),
        "cut_off": (tr("To the middle"), tr("Your whole face must be in the picture")),
        "too_dark": (tr("Too dark"), tr("Turn on the light, or turn towards it")),
        "too_bright": (tr("Too bright"), tr("Turn away from the strong light")),
        "low_contrast": (tr("Poor light"), tr("Turn so that light falls on your face")),
        "blurred": (tr("Hold still"), tr("The picture is blurred")),
        "turned_away": (tr("Look here"), tr("Look straight at the camera")),
        "head_tilted": (tr("Head upright"), tr("Hold your head straight")),
        "factor_needed": (tr("PIN or card"), tr("Known. Now your PIN, card or code")),
        "wrong_factor": (tr("Try again"), tr("That was not right")),
        "second_person_needed": (tr("Second person"), tr("Known. Now the second person, please")),
        "escort_needed": (tr("Escort first"), tr("Known. Your escort must go first")),
        "liveness_unsure": (tr("Move a little"), tr("Known. Come closer or turn your head")),
        "turn_left": (tr("Turn left"), tr("Known. Turn your head to your left")),
        "turn_right": (tr("Turn right"), tr("Known. Turn your head to your right")),
        "look_up": (tr("Look up"), tr("Known. Lift your chin")),
        "look_down": (tr("Look down"), tr("Known. Lower your chin")),
        "look_straight": (tr("Look here"), tr("Known. Now look straight ahead")),
    }


def known_reasons() -> set[str]:
    """Return the values of all reasons that there are words for."""
    return set(_words())


def starting_words() -> Words:
    """Return what is said while the station starts or its camera opens."""
    return tr("One moment"), tr("This door is starting")


def away_words() -> Words:
    """Return what is said while the station does not run or does not answer."""
    return tr("Out of order"), tr("This door does not work now: please ring")


def held_open_words(until: datetime, now: datetime) -> Words:
    """Return what is said while the door is held open."""
    return tr("Open"), tr("Walk in: open until {time}", time=moment_words(until, now))


def close_door_words() -> Words:
    """Return what is said while the door stands open too long."""
    return tr("Close the door"), tr("The door stands open: please close it")


def camera_trouble_words() -> Words:
    """Return what is said while the camera is covered, moved, frozen or out of focus."""
    return tr("Camera trouble"), tr("Please leave its lens free, or ring")


def default_notice() -> str:
    """Return the privacy notice where the setting gives none."""
    return tr(
        "A camera recognises enrolled people here to open the door. Visits are recorded. "
        "Ask whoever runs this building about your data."
    )
