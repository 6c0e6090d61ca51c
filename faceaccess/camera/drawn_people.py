"""The people of the demo. They exist only here; their faces are numbers.

How they were chosen: 45 draws of the free parameters for each of 14 given roles (hair, skin, beard,
glasses), and of these the one draw a role that leaves the largest cosine between any two people as
small as possible (SFace, grayscale, front view). Measured afterwards on pictures that the search
had not seen; see `docs/adr/drawn-people.md`.
"""

from faceaccess.camera.drawn_look import DAYLIGHT, FRONT, DrawnPerson, Light, Pose
from faceaccess.camera.drawn_render import FaceGeometry, geometry, render
from faceaccess.camera.drawn_staff import STAFF
from faceaccess.camera.drawn_strangers import SITTER, STRANGERS

__all__ = [
    "DAYLIGHT",
    "DEMO_THRESHOLD",
    "FRONT",
    "SITTER",
    "STAFF",
    "STRANGERS",
    "DrawnPerson",
    "FaceGeometry",
    "Light",
    "Pose",
    "geometry",
    "render",
]

DEMO_THRESHOLD = 0.62
"""Cosine to the mean enrolled embedding (SFace, grayscale) that a match must reach in the demo."""
