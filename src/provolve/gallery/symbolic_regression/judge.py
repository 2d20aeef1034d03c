"""Judges formulas on data drawn from laws of physics, with and without noise.

An instance is ``{"columns", "y", "name"}``: five arrays of POINTS values, of which those beyond the law's
own variables are ones; the law's values, noisy but in the sealed set; and the law's name. An answer is an
array of POINTS floats. The score is the root mean square of what is left when the answer is scaled and
shifted to fit y by least squares (Keijzer, 2003), in parts of the standard deviation of y: 0 for the law
itself, whatever its factor and constant term, and 1 for its mean.
"""

import math

import numpy as np

from provolve import Refused

POINTS = 200
VARIABLES = 5
STEP = 1.02
"""Errors are told apart in steps of this factor: what gains less is noise, and the smaller formula stays."""
DIGITS = 12
"""Decimals of the values of a formula scaled to size 1, by which formulas that do the same are told."""
LEAST = 1e-10
"""Errors below this count as none: they are rounding."""

LAWS = {
    # name: (variables, formula, ranges where they are not 1 to 5)
    "I.8.14": (4, "sqrt((x2 - x1)**2 + (x4 - x3)**2)", {}),
    "I.10.7": (3, "x1 / sqrt(1 - x2**2 / x3**2)", {2: (1, 2), 3: (3, 10)}),
    "I.12.1": (2, "x1 * x2", {}),
    "I.12.2": (4, "x1 * x2 / (4 * pi * x3 * x4**2)", {}),
    "I.12.4": (3, "x1 / (4 * pi * x2 * x3**2)", {}),
    "I.12.5": (2, "x1 * x2", {}),
    "I.12.11": (5, "x1 * (x2 + x3 * x4 * sin(x5))", {}),
    "I.13.4": (4, "x1 * (x2**2 + x3**2 + x4**2) / 2", {}),
    "I.14.3": (3, "x1 * x2 * x3", {}),
    "I.14.4": (2, "x1 * x2**2 / 2", {}),
    "I.15.3x": (4, "(x1 - x2 * x3) / sqrt(1 - x2**2 / x4**2)", {1: (5, 10), 2: (1, 2), 4: (3, 20)}),
    "I.15.10": (3, "x1 * x2 / sqrt(1 - x2**2 / x3**2)", {2: (1, 2), 3: (3, 10)}),
    "I.16.6": (3, "(x1 + x2) / (1 + x1 * x2 / x3**2)", {}),
    "I.18.4": (4, "(x1 * x3 + x2 * x4) / (x1 + x2)", {}),
    "I.18.12": (3, "x1 * x2 * sin(x3)", {}),
    "I.24.6": (4, "x1 * (x2**2 + x3**2) * x4**2 / 4", {1: (1, 3), 2: (1, 3), 3: (1, 3), 4: (1, 3)}),
    "I.25.13": (2, "x1 / x2", {}),
    "I.27.6": (3, "1 / (1 / x1 + x3 / x2)", {}),
    "I.29.4": (2, "x1 / x2", {1: (1, 10), 2: (1, 10)}),
    "I.29.16": (4, "sqrt(x1**2 + x2**2 - 2 * x1 * x2 * cos(x3 - x4))", {}),
    "I.30.3": (3, "x1 * sin(x2 * x3 / 2)**2 / sin(x3 / 2)**2", {}),
    "I.32.5": (4, "x1**2 * x2**2 / (6 * pi * x3 * x4**3)", {}),
    "I.34.8": (4, "x1 * x2 * x3 / x4", {}),
    "I.34.14": (3, "(1 + x1 / x2) / sqrt(1 - x1**2 / x2**2) * x3", {1: (1, 2), 2: (3, 10)}),
    "I.37.4": (3, "x1 + x2 + 2 * sqrt(x1 * x2) * cos(x3)", {}),
    "I.38.12": (4, "4 * pi * x1 * x2**2 / (x3 * x4**2)", {}),
    "I.39.10": (2, "3 * x1 * x2 / 2", {}),
    "I.39.11": (3, "x2 * x3 / (x1 - 1)", {1: (2, 5)}),
    "I.39.22": (4, "x1 * x2 * x3 / x4", {}),
    "I.43.16": (4, "x1 * x2 * x3 / x4", {}),
    "I.43.31": (3, "x1 * x2 * x3", {}),
    "I.44.4": (5, "x1 * x2 * x3 * log(x5 / x4)", {}),
    "I.47.23": (3, "sqrt(x1 * x2 / x3)", {}),
    "I.48.2": (3, "x1 * x3**2 / sqrt(1 - x2**2 / x3**2)", {2: (1, 2), 3: (3, 10)}),
    "I.50.26": (
        4,
        "x1 * (cos(x2 * x3) + x4 * cos(x2 * x3)**2)",
        {1: (1, 3), 2: (1, 3), 3: (1, 3), 4: (1, 3)},
    ),
    "I.6.20a": (1, "exp(-x1**2 / 2) / sqrt(2 * pi)", {1: (1, 3)}),
    "I.6.20": (2, "exp(-(x1 / x2)**2 / 2) / (sqrt(2 * pi) * x2)", {1: (1, 3), 2: (1, 3)}),
    "II.2.42": (5, "x1 * (x3 - x2) * x4 / x5", {}),
    "II.3.24": (2, "x1 / (4 * pi * x2**2)", {}),
    "II.4.23": (3, "x1 / (4 * pi * x2 * x3)", {}),
    "II.6.15b": (4, "3 * x2 * cos(x3) * sin(x3) / (4 * pi * x1 * x4**3)", {}),
    "II.8.31": (2, "x1 * x2**2 / 2", {}),
    "II.10.9": (3, "x1 / (x2 * (1 + x3))", {}),
    "II.11.3": (
        5,
        "x1 * x2 / (x3 * (x4**2 - x5**2))",
        {1: (1, 3), 2: (1, 3), 3: (1, 3), 4: (3, 5), 5: (1, 2)},
    ),
    "II.11.28": (2, "1 + x1 * x2 / (1 - x1 * x2 / 3)", {1: (0, 1), 2: (0, 1)}),
    "II.13.17": (4, "x3 / (2 * pi * x1 * x2**2 * x4)", {}),
    "II.13.23": (3, "x1 / sqrt(1 - x2**2 / x3**2)", {2: (1, 2), 3: (3, 10)}),
    "II.15.4": (3, "-x1 * x2 * cos(x3)", {}),
    "II.27.16": (3, "x1 * x2 * x3**2", {}),
    "II.34.2a": (3, "x1 * x2 / (2 * pi * x3)", {}),
    "II.34.29b": (5, "2 * pi * x1 * x3 * x4 * x5 / x2", {}),
    "II.38.3": (4, "x1 * x2 * x4 / x3", {}),
    "II.38.14": (2, "x1 / (2 * (1 + x2))", {}),
    "III.4.32": (4, "1 / (exp(x1 * x2 / (x3 * x4)) - 1)", {}),
    "III.7.38": (3, "4 * pi * x1 * x2 / x3", {}),
    "III.12.43": (2, "x1 * x2 / (2 * pi)", {}),
    "III.15.12": (3, "2 * x1 * (1 - cos(x2 * x3))", {}),
    "III.15.27": (3, "2 * pi * x1 / (x2 * x3)", {}),
    "III.17.37": (3, "x1 * (1 + x2 * cos(x3))", {}),
    "III.19.51": (4, "-x1 * x2**4 / (8 * x3**2 * x4**2)", {}),
}
"""Feynman's Lectures on Physics, numbered as by Udrescu and Tegmark (2020)."""

_NAMES = {"sin": np.sin, "cos": np.cos, "exp": np.exp, "log": np.log, "sqrt": np.sqrt, "pi": math.pi}


def instances(split, count, rng, parameters):
    name = parameters["formula"]
    share = 0.0 if split == "test" else parameters["noise"]
    for _ in range(count):
        columns = drawn(name, rng)
        y = values(name, columns)
        noise = rng.standard_normal(POINTS) * share * math.sqrt(float(np.mean(y * y)))
        yield {"columns": columns, "y": y + noise, "name": name}


def drawn(name, rng):
    """Return five columns of POINTS values, ones beyond the law's own variables."""
    count, _, ranges = LAWS[name]
    own = [rng.uniform(*ranges.get(k, (1, 5)), size=POINTS) for k in range(1, count + 1)]
    return [*own, *([np.ones(POINTS)] * (VARIABLES - count))]


def values(name, columns):
    """Return what the law says, without noise."""
    named = {f"x{k}": column for k, column in enumerate(columns, 1)}
    return eval(LAWS[name][1], {"__builtins__": {}}, {**_NAMES, **named})  # the text stands above


def visible(instance):
    return {"columns": instance["columns"]}


def score(instance, answer):
    _check(answer)
    error = _error(answer, instance["y"])
    return 0.0 if error < LEAST else min(1.0, STEP ** math.ceil(math.log(error, STEP)))


def canonical(answer):
    """Return the answer scaled and shifted to mean 0 and size 1, as all answers are that score the same.

    The first value is at most 0, and what rounding made of equal formulas is rounded away. A constant
    answer gives zeros.
    """
    _check(answer)
    f = answer - answer.mean()
    size = math.sqrt(float(f @ f))
    if size <= 1e-12 * (1.0 + float(np.abs(answer).max())):
        return np.zeros(POINTS)
    return np.round(f / (-size if f[0] > 0 else size), DIGITS) + 0.0


def bound(instance):
    return 0.0


def _check(answer):
    if not isinstance(answer, np.ndarray) or answer.shape != (POINTS,) or answer.dtype.kind != "f":
        raise Refused(f"the answer is not an array of {POINTS} floats")
    if not np.isfinite(answer).all():
        raise Refused("a value is not finite")
    if np.abs(answer).max() > 1e100:
        raise Refused("a value is beyond 1e100")


def _error(answer, y):
    """Return the error after the best scaling and shift; 1 where the answer is constant."""
    left = y - y.mean()
    f = answer - answer.mean()
    size = math.sqrt(float(f @ f))
    if size > 1e-12 * (1.0 + float(np.abs(answer).max())):
        f = f / size
        left = left - (f @ left) * f
        left = left - (f @ left) * f  # once more, for what rounding left
    spread = y - y.mean()
    return math.sqrt(float(left @ left) / float(spread @ spread))


def baseline_mean(instance):
    """The mean."""
    return 1.0


def baseline_linear(instance):
    """A sum of multiples of the variables, fitted on the very points it is judged on."""
    return score(instance, _fitted(instance, _linear(instance["columns"])))


def baseline_quadratic(instance):
    """The same with products of two variables."""
    columns = instance["columns"]
    products = [a * b for k, a in enumerate(columns) for b in columns[k:]]
    return score(instance, _fitted(instance, [*_linear(columns), *products]))


def _linear(columns):
    return [np.ones(POINTS), *columns]


def _fitted(instance, columns):
    matrix = np.stack(columns, axis=1)
    return matrix @ np.linalg.lstsq(matrix, instance["y"], rcond=None)[0]
