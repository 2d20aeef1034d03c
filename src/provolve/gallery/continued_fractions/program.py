"""One continued fraction, of the golden ratio, which is none of the constants: where the search starts."""


# EVOLVE-BLOCK-START
def fractions(most: int) -> list[list[list[list[int]]]]:
    return [
        [[[1]], [[1]]],
    ]


# EVOLVE-BLOCK-END
