"""Whether a face is alive, as far as a plain fixed camera can tell: measures of motion."""
