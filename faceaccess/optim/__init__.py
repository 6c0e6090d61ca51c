"""Gradient-direction training as a torch optimizer; needs torch and nothing else."""
