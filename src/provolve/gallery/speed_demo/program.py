"""Looks from each number at the next two hundred: right, and further than it needs to."""


# EVOLVE-BLOCK-START
def count_pairs(numbers, difference):
    """Return how many pairs of `numbers`, which ascend, lie exactly `difference` apart."""
    count = 0
    for i in range(len(numbers)):
        for j in range(i + 1, min(i + 200, len(numbers))):
            if numbers[j] - numbers[i] == difference:
                count += 1
    return count


# EVOLVE-BLOCK-END
