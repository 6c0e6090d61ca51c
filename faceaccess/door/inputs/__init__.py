"""A door's inputs: its contact, and the request to exit."""
