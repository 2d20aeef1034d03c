"""The seed tree of a run: who draws from which stream.

One root a run. Streams never meet, because each has its own first number in the spawn key; train,
validation and test have theirs in ``provolve.task.splits``.
"""

from __future__ import annotations

import numpy as np

_STRATEGY = 1_001
_PROPOSER = 1_002
_CLAIM = 1_003


def strategy_seed(seed: int) -> np.random.SeedSequence:
    """Return the stream of the strategy."""
    return np.random.SeedSequence(seed, spawn_key=(_STRATEGY,))


def ask_generator(seed: int, ask: int) -> np.random.Generator:
    """Return the generator for the proposals of one ask."""
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(_PROPOSER, ask)))


def claim_generator(test_seed: int) -> np.random.Generator:
    """Return the generator that resamples for the intervals of the claim."""
    return np.random.default_rng(np.random.SeedSequence(test_seed, spawn_key=(_CLAIM,)))
