"""The known better form: a set, and one look for each number."""

from collections.abc import Sequence


# EVOLVE-BLOCK-START
def count_pairs(numbers: Sequence[int], difference: int) -> int:
    """Return how many pairs of `numbers`, which ascend, lie exactly `difference` apart."""
    present = set(numbers)
    return sum(number + difference in present for number in numbers)


# EVOLVE-BLOCK-END
