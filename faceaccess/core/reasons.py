"""The closed list of reasons that the door gives, each with its plain sentence."""

from enum import StrEnum


class Reason(StrEnum):
    """Why the door decided so, or what is wrong with a picture. The value is stored."""

    RECOGNISED = "recognised"
    NOBODY = "nobody"
    CHECKING = "checking"
    UNKNOWN = "unknown"
    AMBIGUOUS = "ambiguous"
    INACTIVE = "inactive"
    NOBODY_ENROLLED = "nobody_enrolled"
    TOO_FAR = "too_far"
    TOO_CLOSE = "too_close"
    CUT_OFF = "cut_off"
    TOO_DARK = "too_dark"
    TOO_BRIGHT = "too_bright"
    LOW_CONTRAST = "low_contrast"
    BLURRED = "blurred"
    TURNED_AWAY = "turned_away"
    HEAD_TILTED = "head_tilted"
    CAMERA_LOST = "camera_lost"
    FAULT = "fault"
    LOCKED_DOWN = "locked_down"
    LOCK_FAILED = "lock_failed"
    NOT_THIS_DOOR = "not_this_door"
    NOT_NOW = "not_now"
    NOT_VALID = "not_valid"
    TOO_MANY_TRIES = "too_many_tries"
    PASSED_ALREADY = "passed_already"
    FACTOR_NEEDED = "factor_needed"
    WRONG_FACTOR = "wrong_factor"
    SECOND_PERSON_NEEDED = "second_person_needed"
    ESCORT_NEEDED = "escort_needed"
    LIVENESS_UNSURE = "liveness_unsure"
    NOT_LIVE = "not_live"
    TURN_LEFT = "turn_left"
    TURN_RIGHT = "turn_right"
    LOOK_UP = "look_up"
    LOOK_DOWN = "look_down"
    LOOK_STRAIGHT = "look_straight"
    CHALLENGE_FAILED = "challenge_failed"

    @property
    def sentence(self) -> str:
        """The English sentence for the person at the door; the window translates it."""
        return SENTENCES[self]


SENTENCES: dict[Reason, str] = {
    Reason.RECOGNISED: "Recognised",
    Reason.NOBODY: "Nobody at the door",
    Reason.CHECKING: "One moment, please",
    Reason.UNKNOWN: "Not known: please ring",
    Reason.AMBIGUOUS: "Looks like two people we know: please ring",
    Reason.INACTIVE: "Your access is switched off: please ring",
    Reason.NOBODY_ENROLLED: "Nobody is enrolled yet",
    Reason.TOO_FAR: "Come closer",
    Reason.TOO_CLOSE: "Step back a little",
    Reason.CUT_OFF: "Move into the picture",
    Reason.TOO_DARK: "Too dark: turn on the light",
    Reason.TOO_BRIGHT: "Too bright: turn away from the light",
    Reason.LOW_CONTRAST: "The picture is flat: even out the light",
    Reason.BLURRED: "Hold still",
    Reason.TURNED_AWAY: "Look at the camera",
    Reason.HEAD_TILTED: "Hold your head straight",
    Reason.CAMERA_LOST: "The camera gives no picture",
    Reason.FAULT: "The door has a fault: please ring",
    Reason.LOCKED_DOWN: "The door is locked down: nobody may enter now",
    Reason.LOCK_FAILED: "The lock does not answer: please ring",
    Reason.NOT_THIS_DOOR: "You have no access at this door: please ring",
    Reason.NOT_NOW: "You have no access at this time: please ring",
    Reason.NOT_VALID: "Your access has not begun or is over: please ring",
    Reason.TOO_MANY_TRIES: "Too many tries: please wait a little",
    Reason.PASSED_ALREADY: "You are inside already: please ring",
    Reason.FACTOR_NEEDED: "Known: now your PIN, card or code",
    Reason.WRONG_FACTOR: "That was not right: try again",
    Reason.SECOND_PERSON_NEEDED: "Known: now the second person",
    Reason.ESCORT_NEEDED: "Known: your escort must go first",
    Reason.LIVENESS_UNSURE: "Known: move a little closer or turn your head",
    Reason.NOT_LIVE: "This looks like a picture of a face: please ring",
    Reason.TURN_LEFT: "Known: turn your head to your left",
    Reason.TURN_RIGHT: "Known: turn your head to your right",
    Reason.LOOK_UP: "Known: now look up",
    Reason.LOOK_DOWN: "Known: now look down",
    Reason.LOOK_STRAIGHT: "Known: now look straight ahead",
    Reason.CHALLENGE_FAILED: "That was not what was asked: wait a moment, or ring",
}
