"""Points on a parabola, no three of them in a line: where the search starts."""


# EVOLVE-BLOCK-START
def points(points):
    return [[k / (points - 1), (1.0 - k / (points - 1)) ** 2] for k in range(points)]


# EVOLVE-BLOCK-END
