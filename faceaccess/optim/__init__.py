"""Gradient-direction training as a torch optimizer; needs torch and nothing else."""

from faceaccess.optim.decays import no_decay, on_plateau, per_step, to_horizon
from faceaccess.optim.gradient_direction import GradientDirection
from faceaccess.optim.weight_average import WeightAverage

__all__ = [
    "GradientDirection",
    "WeightAverage",
    "no_decay",
    "on_plateau",
    "per_step",
    "to_horizon",
]
