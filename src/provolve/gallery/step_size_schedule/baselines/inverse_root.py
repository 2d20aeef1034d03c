"""The classic step D / (G sqrt(t)), for those who do not know when they will stop."""

import numpy as np


# EVOLVE-BLOCK-START
def step(done: np.ndarray, total: np.ndarray) -> np.ndarray:
    return 1.0 / np.sqrt(done)


# EVOLVE-BLOCK-END
