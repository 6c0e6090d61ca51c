"""Locks behind one protocol: a relay, a board or a controller that opens for a stated time."""
