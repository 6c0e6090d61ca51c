"""faceaccess: face-recognition access control that learns a face while the person stands there."""

__version__ = "0.1.0"
