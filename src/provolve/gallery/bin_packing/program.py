"""Best Fit: the rule that the search starts from."""

import numpy as np


# EVOLVE-BLOCK-START
def priority(item: np.ndarray, left: np.ndarray) -> np.ndarray:
    """Return how much the item should go into a bin that would have `left` room after it."""
    return -left


# EVOLVE-BLOCK-END
