"""The screen beside a door: full screen, for the person who stands two metres before it."""
