"""Near, and far from what is left: a city on the rim is fetched before one in the middle."""

import numpy as np


# EVOLVE-BLOCK-START
def cost(
    distance: np.ndarray,
    home: np.ndarray,
    mean: np.ndarray,
    deviation: np.ndarray,
    nearest: np.ndarray,
    share: np.ndarray,
) -> np.ndarray:
    return distance - 0.3 * mean


# EVOLVE-BLOCK-END
