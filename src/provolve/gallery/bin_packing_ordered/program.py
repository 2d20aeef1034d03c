"""Best Fit: the rule that the search starts from."""

import numpy as np


# EVOLVE-BLOCK-START
def priority(item: float, bins: np.ndarray) -> np.ndarray:
    """Return how much the item should go into each of the bins that have room for it, in order."""
    return item - bins


# EVOLVE-BLOCK-END
