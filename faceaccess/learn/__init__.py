"""The classifier head and its training."""
