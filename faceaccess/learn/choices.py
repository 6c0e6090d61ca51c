"""What a training can be made of, by name; torch is not needed to list them."""

from types import MappingProxyType

LENET = (
    "conv 6x5 | relu | pool 2 | conv 16x5 | relu | pool 2 | fc 120 | relu | fc 84 | relu | classes"
)
"""The method's LeNet: 62,006 parameters for 3 x 32 x 32 and 10 classes."""
FACE_CNN = (
    "conv 16x3 pad 1 | norm 4 | relu | pool 2 | conv 32x3 pad 1 | norm 8 | relu | pool 2 "
    "| conv 64x3 pad 1 | norm 16 | relu | pool 2 | classes"
)
"""For small crops of faces; the default of `train`."""
NETWORKS = MappingProxyType({"face": FACE_CNN, "lenet": LENET})
"""Descriptions that have a name (`learn.networks` tells how to read them)."""

INITIALISERS = ("torch", "near zero")
"""Random starts for the weights."""

LOSSES = ("cross-entropy", "log-likelihood", "hinge")
"""What is minimised, as the mean over the samples of a batch."""

OPTIMIZERS = MappingProxyType(
    {
        "direction": "Steps along the moving average (0.9) of the gradient's direction, with a "
        "look-ahead, 0.7 of the source's step and half its decay. The recommendation.",
        "direction-as-written": "Steps along the gradient's direction as the method's source "
        "writes them: no average.",
        "adam": "Adam: step 0.001, betas 0.9 and 0.999.",
        "rmsprop": "RMSprop: step 0.001, alpha 0.9.",
        "momentum": "Stochastic gradient descent with momentum 0.9: step 0.001.",
        "sgd": "Stochastic gradient descent: step 0.001.",
    }
)
"""What each optimizer's name stands for, in a sentence or two."""
