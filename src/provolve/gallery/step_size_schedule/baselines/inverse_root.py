"""The classic step D / (G sqrt(t)), for those who do not know when they will stop."""

import numpy as np

VOCABULARY = (np.sqrt, np.exp)


# EVOLVE-BLOCK-START
def step(t: np.ndarray, total: np.ndarray) -> np.ndarray:
    return np.sqrt(total / t)


# EVOLVE-BLOCK-END
