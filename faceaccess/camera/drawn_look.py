"""The looks of a drawn person: everything that the drawing needs to know, as plain numbers.

Lengths are in *units*: one unit is half the width of an average face at the cheeks. The origin
lies between the eyes, x to the right in the picture, y down. Colours are (blue, green, red), 0-255.
"""

from dataclasses import dataclass
from typing import Literal

Colour = tuple[int, int, int]
Hair = Literal[
    "short", "crop", "fringe", "long", "bob", "bun", "curly", "receding", "bald", "scarf"
]
Beard = Literal["none", "stubble", "full", "goatee", "moustache"]
Glasses = Literal["none", "round", "square", "half"]


@dataclass(frozen=True)
class DrawnPerson:
    """A person who exists only as numbers.

    Attributes:
        name: plain name; unique among `STAFF` and `STRANGERS`.
        skin, hair_colour, brow_colour, iris, lips, shirt: colours; `hair_colour` is the scarf's for
            one who wears a scarf, `brow_colour` is also that of beard and lashes.
        hair, beard, glasses: styles.
        cheek: half width of the face at the cheekbones; jaw: at the corners of the jaw; chin: half
            width of the chin; temple: half width at the temples.
        chin_y: where the chin ends; hairline: where the hair begins (negative: above the eyes).
        eye_gap: half the distance between the pupils; eye_width: half the width of an eye;
            eye_open: half its height; eye_slant: how far the outer corner is raised; iris_size:
            radius of the iris; lid: share of the eye under a heavy upper lid, 0 to 0.5.
        brow_y: height of the brows; brow_thick: their thickness; brow_slant: how far the inner end
            lies lower than the outer; brow_arch: how far the middle is raised.
        nose_y: where the nose ends; nose_width: half its width; nose_bridge: strength of the shadow
            beside it, 0 to 1.
        mouth_y: line between the lips; mouth_width: half its width; lip_upper, lip_lower: their
            thickness; smile: how far the corners are raised.
        wrinkles, freckles, blush: strength, 0 to 1.
    """

    name: str
    skin: Colour
    hair: Hair
    hair_colour: Colour
    brow_colour: Colour
    iris: Colour
    lips: Colour
    shirt: Colour
    beard: Beard = "none"
    glasses: Glasses = "none"
    cheek: float = 1.0
    jaw: float = 0.8
    chin: float = 0.32
    temple: float = 0.94
    chin_y: float = 1.58
    hairline: float = -0.95
    eye_gap: float = 0.46
    eye_width: float = 0.21
    eye_open: float = 0.1
    eye_slant: float = 0.02
    iris_size: float = 0.098
    lid: float = 0.15
    brow_y: float = -0.3
    brow_thick: float = 0.06
    brow_slant: float = 0.0
    brow_arch: float = 0.06
    nose_y: float = 0.58
    nose_width: float = 0.2
    nose_bridge: float = 0.5
    mouth_y: float = 1.05
    mouth_width: float = 0.36
    lip_upper: float = 0.06
    lip_lower: float = 0.08
    smile: float = 0.03
    wrinkles: float = 0.0
    freckles: float = 0.0
    blush: float = 0.3


@dataclass(frozen=True)
class Pose:
    """How a drawn head is held and where it is.

    Attributes:
        turn: degrees about the neck, positive to the right in the picture; -30 to 30 look right.
        tilt: degrees in the picture, positive clockwise.
        eyes: distance between the pupils of an average face, as a share of the picture's width.
        x, y: the point between the eyes, as a share of the picture's width and height.
        closed: how far the eyes are shut, 0 (open) to 1.
        nod: degrees about the ears, positive upwards; -25 to 25 look right.
    """

    turn: float = 0.0
    tilt: float = 0.0
    eyes: float = 0.14
    x: float = 0.5
    y: float = 0.45
    closed: float = 0.0
    nod: float = 0.0


@dataclass(frozen=True)
class Light:
    """The light on a drawn person.

    Attributes:
        level: factor on all grey levels; 1 is a well-lit room.
        side: from where it falls: -1 from the picture's left, 0 from the front, 1 from the right.
        warmth: -1 (bluish) to 1 (yellowish).
    """

    level: float = 1.0
    side: float = 0.0
    warmth: float = 0.0


FRONT = Pose()
DAYLIGHT = Light()
