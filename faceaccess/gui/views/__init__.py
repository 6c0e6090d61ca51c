"""The six places of the window."""
