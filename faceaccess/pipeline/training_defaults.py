"""What is done where nobody says otherwise; here, so that a command's help loads nothing more."""

SHARE = 0.2
"""Share of the pictures that is kept for testing where no test pictures are given."""

COMPARED = ("direction", "direction-as-written", "adam", "rmsprop", "momentum", "sgd")
"""Optimizers that are compared; the first is the one that the others are set against."""

SEEDS = 2
"""Runs of each optimizer in a comparison; with drawn faces they take under two minutes."""

EPOCHS = 20
"""Epochs of each run of a comparison on pictures of one's own, as in the method's source."""

DRAWN_EPOCHS = 10
"""Epochs of each run of a comparison on drawn faces."""

BATCH = 64
"""Pictures a step of a comparison, as in the method's source."""
