"""Gradient-direction training as a torch optimizer; needs torch and nothing else."""

from faceaccess.optim.gradient_direction import GradientDirection

__all__ = ["GradientDirection"]
