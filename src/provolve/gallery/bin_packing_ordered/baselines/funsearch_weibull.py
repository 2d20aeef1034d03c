"""The rule for Weibull sizes of Romera-Paredes et al. (2023), written anew from its formula.

With s = (b - C)^2 / i + b^2 / i^2 + b^2 / i^3, negated where b > i, a bin is worth its s less that of the bin
before it; C is the largest room. So a bin is worth more or less for the bin that was opened before it.
"""

import numpy as np


# EVOLVE-BLOCK-START
def priority(item: float, bins: np.ndarray) -> np.ndarray:
    worth = (bins - np.max(bins)) ** 2 / item + bins**2 / item**2 + bins**2 / item**3
    worth = np.where(bins > item, -worth, worth)
    return np.diff(worth, prepend=0.0)


# EVOLVE-BLOCK-END
