"""A day at a door, played faster than real time before a referee who knows the truth."""
