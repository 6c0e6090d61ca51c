"""Every run of the comparison, part by part, the most telling first."""

from dataclasses import replace

from methods import METHODS, MODERN, RECOMMENDED, RIVALS
from one_run import Setting

CHOICE = (
    "la",
    "la decay 0.00015",
    "la step 2 decay 0.00015",
    "la step 2 decay 0.0003",
    "la step 0.7 decay 0.0001",
    "la average 0.95 decay 0.00015",
    "la decay 0.0001",
    "la decay 0.0002",
    "la step 0.7 decay 0.00015",
)
"""Tried on the validation part with a seed that no other run has."""
CONFIRMED = ("la step 0.7 decay 0.00015", "la step 0.7 decay 0.0001")
"""The best of these, with two more such seeds."""
SOURCE = ("as written", "adam", RECOMMENDED, "rmsprop", "momentum", "sgd", "look-ahead", "average")
GRID = {
    "adam": (0.0003, 0.001, 0.003, 0.01),
    "rmsprop": (0.0003, 0.001, 0.003, 0.01),
    "momentum": (0.003, 0.01, 0.03),
    "sgd": (0.03, 0.1, 0.3),
}
BEST = {"adam": 0.003, "rmsprop": 0.003, "momentum": 0.01, "sgd": 0.1}
"""By the validation accuracy of the raw weights after 5 epochs."""
LONG_GRID = {
    "adam": (0.0003, 0.001),
    "rmsprop": (0.0003, 0.001),
    "momentum": (0.01,),
    "sgd": (0.1,),
}
"""Five epochs favour a rate that overfits or swings in twenty: the lower ones again, to the end."""
ROBUST = ("as written", RECOMMENDED, *RIVALS)
RATE_FACTORS = (0.1, 10.0)
READINGS = ("gray", "normal 0.02", "unit interval")


def choice() -> list[Setting]:
    averages = ("0.998", "growing")
    tried = [(100, name) for name in CHOICE]
    tried += [(seed, name) for seed in (101, 102) for name in CONFIRMED]
    return [Setting(name, seed, "validation", averages=averages) for seed, name in tried]


def source() -> list[Setting]:
    """Return (1), and (3) in the same runs: the rule, the recommendation and the nearest rivals."""
    return [Setting(name, seed) for seed in range(5) for name in SOURCE[:4]]


def slow_rivals() -> list[Setting]:
    """Return the rest of (1): the rivals that stay far behind."""
    return [Setting(name, seed) for seed in range(5) for name in SOURCE[4:6]]


def options() -> list[Setting]:
    """Return the steps between the rule as written and the recommendation."""
    return [Setting(name, seed) for seed in range(3) for name in SOURCE[6:]]


def grid() -> list[Setting]:
    """Return the first half of (2): each rival's rates, 5 epochs on the validation part."""
    rates = [(name, rate) for name in RIVALS for rate in GRID[name]]
    return [Setting(name, 100, "validation", 5, rate=rate) for name, rate in rates]


def long_grid() -> list[Setting]:
    """Return the lower rates of the grid with all 20 epochs."""
    rates = [(name, rate) for name in RIVALS for rate in LONG_GRID[name]]
    return [Setting(name, 100, "validation", rate=rate) for name, rate in rates]


def best() -> list[Setting]:
    """Return the second half of (2): each rival at its best rate."""
    return [Setting(name, seed, rate=BEST[name]) for seed in range(5) for name in BEST]


def robustness() -> list[Setting]:
    """Return what changes by a factor; unchanged, the first 5 epochs of (1) stand for it."""
    changes = [{"loss_factor": f} for f in (0.01, 100.0)]
    changes += [{"rate_factor": f} for f in RATE_FACTORS]
    return [
        replace(Setting(name, seed, epochs=5), **change)
        for seed in range(2)
        for change in changes
        for name in ROBUST
    ]


def modern() -> list[Setting]:
    return [Setting(name, seed) for seed in range(3) for name in MODERN]


def readings() -> list[Setting]:
    """Return other readings of the source's text, for the rule as written."""
    return [Setting("as written", seed, reading=r) for seed in range(2) for r in READINGS]


PARTS = {
    "choice": choice,
    "source": source,
    "grid": grid,
    "long grid": long_grid,
    "slow rivals": slow_rivals,
    "robustness": robustness,
    "best": best,
    "options": options,
    "modern": modern,
    "readings": readings,
}
assert set(SOURCE) - {RECOMMENDED} <= set(METHODS)
