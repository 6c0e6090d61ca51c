"""Values, errors, settings and time: what every other package may import, and nothing else."""
