"""Judges formulas on data drawn from laws of physics, with and without noise.

An instance is ``{"columns", "y", "name"}``: five arrays of POINTS values, of which those beyond the law's
own variables are ones; the law's values, noisy but in the sealed set; and the law's name. An answer is a
formula in postfix order: variables as whole numbers from 1, numbers as floats, operators and functions by
name. Its values are scaled and shifted to fit y by least squares (Keijzer, 2003).

The score is what is left, a root mean square in standard deviations of y, times the price of the formula:
exp(L / POINTS) for L nats to write it down. Its logarithm is, up to a factor, the description length of
formula and residuals together (Rissanen, 1978; for formulas Bartlett, Desmond, Ferreira, 2023). So a larger
formula must gain more than chance would. What fits up to rounding scores 0, whatever its length.
"""

import functools
import math

import numpy as np

from provolve import Refused

POINTS = 200
VARIABLES = 5
LEAST = 1e-10
"""Errors below this count as none: they are rounding."""
SYMBOL = math.log(16.0)
"""Nats of a symbol: five variables, four operators, six functions and a number."""
DIGIT = math.log(10.0)
"""Nats of a digit of a number."""
MOST_DIGITS = 4
"""Digits that a fitted number is worth: with POINTS values no more of them can be told."""
DIGITS = 13
"""Of the law's values, in parts of the largest."""
LONGEST = 400
"""Most symbols of an answer."""
FUNCTIONS = {"sin": np.sin, "cos": np.cos, "exp": np.exp, "log": np.log, "sqrt": np.sqrt, "abs": np.abs}

LAWS = {
    # name: (units of the variables and of the law, formula, ranges where they are not 1 to 5)
    "I.8.14": ("m m m m > m", "sqrt((x2 - x1)**2 + (x4 - x3)**2)", {}),
    "I.10.7": ("kg m/s m/s > kg", "x1 / sqrt(1 - x2**2 / x3**2)", {2: (1, 2), 3: (3, 10)}),
    "I.12.1": ("1 N > N", "x1 * x2", {}),
    "I.12.2": ("C C eps m > N", "x1 * x2 / (4 * pi * x3 * x4**2)", {}),
    "I.12.4": ("C eps m > N/C", "x1 / (4 * pi * x2 * x3**2)", {}),
    "I.12.5": ("C N/C > N", "x1 * x2", {}),
    "I.12.11": ("C V/m T m/s 1 > N", "x1 * (x2 + x3 * x4 * sin(x5))", {}),
    "I.13.4": ("kg m/s m/s m/s > J", "x1 * (x2**2 + x3**2 + x4**2) / 2", {}),
    "I.14.3": ("kg m/s2 m > J", "x1 * x2 * x3", {}),
    "I.14.4": ("N/m m > J", "x1 * x2**2 / 2", {}),
    "I.15.3x": (
        "m m/s s m/s > m",
        "(x1 - x2 * x3) / sqrt(1 - x2**2 / x4**2)",
        {1: (5, 10), 2: (1, 2), 4: (3, 20)},
    ),
    "I.15.10": ("kg m/s m/s > kg.m/s", "x1 * x2 / sqrt(1 - x2**2 / x3**2)", {2: (1, 2), 3: (3, 10)}),
    "I.16.6": ("m/s m/s m/s > m/s", "(x1 + x2) / (1 + x1 * x2 / x3**2)", {}),
    "I.18.4": ("kg kg m m > m", "(x1 * x3 + x2 * x4) / (x1 + x2)", {}),
    "I.18.12": ("m N 1 > J", "x1 * x2 * sin(x3)", {}),
    "I.24.6": (
        "kg 1/s 1/s m > J",
        "x1 * (x2**2 + x3**2) * x4**2 / 4",
        {1: (1, 3), 2: (1, 3), 3: (1, 3), 4: (1, 3)},
    ),
    "I.25.13": ("C C/V > V", "x1 / x2", {}),
    "I.27.6": ("m m 1 > m", "1 / (1 / x1 + x3 / x2)", {}),
    "I.29.4": ("1/s m/s > 1/m", "x1 / x2", {1: (1, 10), 2: (1, 10)}),
    "I.29.16": ("m m 1 1 > m", "sqrt(x1**2 + x2**2 - 2 * x1 * x2 * cos(x3 - x4))", {}),
    "I.30.3": ("W/m2 1 1 > W/m2", "x1 * sin(x2 * x3 / 2)**2 / sin(x3 / 2)**2", {}),
    "I.32.5": ("C m/s2 eps m/s > W", "x1**2 * x2**2 / (6 * pi * x3 * x4**3)", {}),
    "I.34.8": ("C m/s T kg.m/s > 1/s", "x1 * x2 * x3 / x4", {}),
    "I.34.14": ("m/s m/s 1/s > 1/s", "(1 + x1 / x2) / sqrt(1 - x1**2 / x2**2) * x3", {1: (1, 2), 2: (3, 10)}),
    "I.37.4": ("W/m2 W/m2 1 > W/m2", "x1 + x2 + 2 * sqrt(x1 * x2) * cos(x3)", {}),
    "I.38.12": ("eps J.s kg C > m", "4 * pi * x1 * x2**2 / (x3 * x4**2)", {}),
    "I.39.10": ("Pa m3 > J", "3 * x1 * x2 / 2", {}),
    "I.39.11": ("1 Pa m3 > J", "x2 * x3 / (x1 - 1)", {1: (2, 5)}),
    "I.39.22": ("1 K J/K m3 > Pa", "x1 * x2 * x3 / x4", {}),
    "I.43.16": ("s/kg C V m > m/s", "x1 * x2 * x3 / x4", {}),
    "I.43.31": ("s/kg K J/K > m2/s", "x1 * x2 * x3", {}),
    "I.44.4": ("1 J/K K m3 m3 > J", "x1 * x2 * x3 * log(x5 / x4)", {}),
    "I.47.23": ("1 Pa kg/m3 > m/s", "sqrt(x1 * x2 / x3)", {}),
    "I.48.2": ("kg m/s m/s > J", "x1 * x3**2 / sqrt(1 - x2**2 / x3**2)", {2: (1, 2), 3: (3, 10)}),
    "I.50.26": (
        "m 1/s s 1 > m",
        "x1 * (cos(x2 * x3) + x4 * cos(x2 * x3)**2)",
        {1: (1, 3), 2: (1, 3), 3: (1, 3), 4: (1, 3)},
    ),
    "I.6.20a": ("1 > 1", "exp(-x1**2 / 2) / sqrt(2 * pi)", {1: (1, 3)}),
    "I.6.20": ("1 1 > 1", "exp(-(x1 / x2)**2 / 2) / (sqrt(2 * pi) * x2)", {1: (1, 3), 2: (1, 3)}),
    "II.2.42": ("W/m/K K K m2 m > W", "x1 * (x3 - x2) * x4 / x5", {}),
    "II.3.24": ("W m > W/m2", "x1 / (4 * pi * x2**2)", {}),
    "II.4.23": ("C eps m > V", "x1 / (4 * pi * x2 * x3)", {}),
    "II.6.15b": ("eps C.m 1 m > V/m", "3 * x2 * cos(x3) * sin(x3) / (4 * pi * x1 * x4**3)", {}),
    "II.8.31": ("eps V/m > J/m3", "x1 * x2**2 / 2", {}),
    "II.10.9": ("C/m2 eps 1 > V/m", "x1 / (x2 * (1 + x3))", {}),
    "II.11.3": (
        "C V/m kg 1/s 1/s > m",
        "x1 * x2 / (x3 * (x4**2 - x5**2))",
        {1: (1, 3), 2: (1, 3), 3: (1, 3), 4: (3, 5), 5: (1, 2)},
    ),
    "II.11.28": ("1/m3 m3 > 1", "1 + x1 * x2 / (1 - x1 * x2 / 3)", {1: (0, 1), 2: (0, 1)}),
    "II.13.17": ("eps m/s A m > T", "x3 / (2 * pi * x1 * x2**2 * x4)", {}),
    "II.13.23": ("C/m3 m/s m/s > C/m3", "x1 / sqrt(1 - x2**2 / x3**2)", {2: (1, 2), 3: (3, 10)}),
    "II.15.4": ("J/T T 1 > J", "-x1 * x2 * cos(x3)", {}),
    "II.27.16": ("eps m/s V/m > W/m2", "x1 * x2 * x3**2", {}),
    "II.34.2a": ("C m/s m > A", "x1 * x2 / (2 * pi * x3)", {}),
    "II.34.29b": ("1 J.s J.s J/T T > J", "2 * pi * x1 * x3 * x4 * x5 / x2", {}),
    "II.38.3": ("Pa m2 m m > N", "x1 * x2 * x4 / x3", {}),
    "II.38.14": ("Pa 1 > Pa", "x1 / (2 * (1 + x2))", {}),
    "III.4.32": ("J.s 1/s J/K K > 1", "1 / (exp(x1 * x2 / (x3 * x4)) - 1)", {}),
    "III.7.38": ("J/T T J.s > 1/s", "4 * pi * x1 * x2 / x3", {}),
    "III.12.43": ("1 J.s > J.s", "x1 * x2 / (2 * pi)", {}),
    "III.15.12": ("J 1/m m > J", "2 * x1 * (1 - cos(x2 * x3))", {}),
    "III.15.27": ("1 1 m > 1/m", "2 * pi * x1 / (x2 * x3)", {}),
    "III.17.37": ("1 1 1 > 1", "x1 * (1 + x2 * cos(x3))", {}),
    "III.19.51": ("kg C eps J.s > J", "-x1 * x2**4 / (8 * x3**2 * x4**2)", {}),
}
"""Feynman's Lectures on Physics, numbered as by Udrescu and Tegmark (2020)."""

UNITS = {
    "N": {"kg": 1, "m": 1, "s": -2},
    "J": {"kg": 1, "m": 2, "s": -2},
    "W": {"kg": 1, "m": 2, "s": -3},
    "Pa": {"kg": 1, "m": -1, "s": -2},
    "C": {"A": 1, "s": 1},
    "V": {"kg": 1, "m": 2, "s": -3, "A": -1},
    "T": {"kg": 1, "s": -2, "A": -1},
    "eps": {"A": 2, "s": 4, "kg": -1, "m": -3},
}
"""Derived units in m, kg, s, A and K; "eps" is that of the permittivity of space."""

_NAMES = {"sin": np.sin, "cos": np.cos, "exp": np.exp, "log": np.log, "sqrt": np.sqrt, "pi": math.pi}


def instances(split, count, rng, parameters):
    name = parameters["formula"]
    share = 0.0 if split == "test" else parameters["noise"]
    for _ in range(count):
        columns = drawn(name, rng)
        y = values(name, columns)
        noise = rng.standard_normal(POINTS) * share * math.sqrt(float(np.mean(y * y)))
        yield {"columns": columns, "y": _rounded(y + noise), "name": name}


def _rounded(y):
    """Return values without their last bits, which another processor computes otherwise."""
    size = 2.0 ** math.ceil(math.log2(float(np.abs(y).max())))
    return np.round(y / size, DIGITS) * size


def units(parameters):
    """Return the units of a law's variables and of the law, unless none are wanted."""
    if not parameters["units"]:
        return {}
    given, _, law = LAWS[parameters["formula"]][0].partition(">")
    named = {f"x{k}": unit for k, unit in enumerate(given.split(), 1)}
    return {name: unit_of(text) for name, text in {**named, "return": law.strip()}.items()}


def unit_of(text):
    """Return the exponents of a unit such as "kg.m/s2": what stands after a stroke is below the line."""
    exponents = {}
    for place, part in enumerate(text.split("/")):
        for symbol in part.split("."):
            name = symbol.rstrip("0123456789")
            times = int(symbol[len(name) :] or 1) * (-1 if place else 1)
            for base, exponent in UNITS.get(name, {name: 1}).items() if name else ():
                exponents[base] = exponents.get(base, 0) + times * exponent
    return exponents


def variables(name):
    """Return how many variables a law has."""
    return len(LAWS[name][0].partition(">")[0].split())


def drawn(name, rng):
    """Return five columns of POINTS values, ones beyond the law's own variables."""
    count, ranges = variables(name), LAWS[name][2]
    own = [rng.uniform(*ranges.get(k, (1, 5)), size=POINTS) for k in range(1, count + 1)]
    return [*own, *([np.ones(POINTS)] * (VARIABLES - count))]


def values(name, columns):
    """Return what the law says, without noise."""
    named = {f"x{k}": column for k, column in enumerate(columns, 1)}
    return eval(LAWS[name][1], {"__builtins__": {}}, {**_NAMES, **named})  # the text stands above


def visible(instance):
    return {}


def score(instance, answer):
    error = _error(_values(answer, instance["columns"]), instance["y"])
    return 0.0 if error < LEAST else error * math.exp(length(answer) / POINTS)


def measures(instance, answer):
    """The length in nats: formulas of all lengths are kept side by side."""
    return {"length": length(answer)}


def bound(instance):
    return 0.0


def explain(instance, answer):
    """Say the formula with the factor and the constant that fit it to the instance."""
    f, y = _values(answer, instance["columns"]), instance["y"]
    slope, constant = np.linalg.lstsq(np.stack([f, np.ones(POINTS)], axis=1), y, rcond=None)[0]
    shift = f" {'+' if constant > 0 else '-'} {abs(constant):.6g}" if abs(constant) > 1e-9 * np.ptp(y) else ""
    return [f"y = {slope:.6g} * {_text(answer)}{shift}"]


def _error(f, y):
    """Return the error after the best scaling and shift, in standard deviations of y; 1 for a constant."""
    left = spread = y - y.mean()
    size = float(np.abs(f).max())
    f = f - f.mean()
    length_of_f = math.sqrt(float(f @ f))
    if length_of_f > 1e-12 * (1.0 + size):
        f = f / length_of_f
        left = left - (f @ left) * f
        left = left - (f @ left) * f  # once more, for what rounding left
    return math.sqrt(float(left @ left) / float(spread @ spread))


# What an answer means: a normal form, in which formulas that are plainly the same are the same --------------
#
# A form is a float, a variable (an int), (function, form), ("**", form, form) for powers that are not whole,
# ("*", [[form, whole exponent], ...]) or ("+", [[factor, form], ...], constant), the first factor 1.
# While it is built, it is held as a factor and a form without one; the form is None for a constant.


def canonical(answer):
    """Return the normal form of a formula, less its factor and its constant term, which are fitted.

    Raises:
        Refused: if the answer is no formula.
    """
    if not isinstance(answer, list) or not 1 <= len(answer) <= LONGEST:
        raise Refused(f"the answer is not a list of 1 to {LONGEST} symbols")
    stack = []
    for symbol in answer:
        try:
            _push(stack, symbol)
        except (IndexError, ValueError, ArithmeticError) as error:
            raise Refused(f"the formula has no value at {symbol!r}: {error}") from error
    if len(stack) != 1:
        raise Refused(f"{len(stack)} formulas are left where one should be")
    _, form = stack[0]
    if form is not None and _head(form) == "+":
        _, form = _sum(form[1], 0.0)
    return 0.0 if form is None else form


def _push(stack, symbol):
    if type(symbol) is int and 1 <= symbol <= VARIABLES:
        stack.append((1.0, symbol))
    elif type(symbol) is float and math.isfinite(symbol):
        stack.append((symbol, None))
    elif type(symbol) is not str:
        raise ValueError("it is no variable, number, operator or function")
    elif symbol in FUNCTIONS:
        stack.append(_function(symbol, stack.pop()))
    elif symbol in _BINARY:
        second, first = stack.pop(), stack.pop()
        stack.append(_BINARY[symbol](first, second))
    else:
        raise ValueError("it is no operator or function")


def _function(name, argument):
    factor, form = argument
    if form is None:
        return float(getattr(math, {"abs": "fabs"}.get(name, name))(factor)), None
    return 1.0, (name, _whole(argument))


def _whole(value):
    """Return a factor and a form as one form."""
    factor, form = value
    if form is None:
        return factor
    return form if factor == 1.0 else ("+", [[factor, form]], 0.0)


def _head(form):
    return form[0] if isinstance(form, tuple | list) else ""


def _added(first, second, sign=1.0):
    terms, constant = [], 0.0
    for factor, form in (first, (sign * second[0], second[1])):
        if form is None:
            constant += factor
        elif _head(form) == "+":
            terms += [[factor * inner, part] for inner, part in form[1]]
            constant += factor * form[2]
        else:
            terms.append([factor, form])
    return _sum(terms, constant)


def _sum(terms, constant):
    """Return a sum with like terms joined, those in order, and the first factor taken out."""
    joined, forms, sizes = {}, {}, {}
    for factor, form in terms:
        key = repr(form)
        forms[key] = form
        joined[key] = joined.get(key, 0.0) + factor
        sizes[key] = sizes.get(key, 0.0) + abs(factor)
    kept = [[joined[key], forms[key]] for key in sorted(joined) if abs(joined[key]) > 1e-14 * sizes[key]]
    if not kept:
        return constant, None
    lead = kept[0][0]
    if len(kept) == 1 and constant == 0.0:
        return lead, kept[0][1]
    return lead, ("+", [[factor / lead, form] for factor, form in kept], constant / lead)


def _multiplied(first, second, power=1):
    """Return the first times the second to a whole power."""
    if second[1] is None and second[0] == 0.0 and power < 0:
        raise ZeroDivisionError("division by zero")
    exponents, forms = {}, {}
    for form, times in ((first[1], 1), (second[1], power)):
        for base, exponent in [] if form is None else form[1] if _head(form) == "*" else [[form, 1]]:
            key = repr(base)
            forms[key] = base
            exponents[key] = exponents.get(key, 0) + exponent * times
    factors = [[forms[key], exponents[key]] for key in sorted(exponents) if exponents[key]]
    factor = first[0] * second[0] ** power
    if not math.isfinite(factor):
        raise OverflowError("a number is beyond all bounds")
    if factor == 0.0 or not factors:
        return factor, None
    return factor, factors[0][0] if len(factors) == 1 and factors[0][1] == 1 else ("*", factors)


def _raised(base, exponent):
    power, form = exponent
    if form is None and power == round(power) and abs(power) <= 16:
        return _multiplied((1.0, None), base, int(power))
    if base[1] is None and form is None:
        return float(base[0] ** power), None
    return 1.0, ("**", _whole(base), _whole(exponent))


_BINARY = {
    "+": _added,
    "-": lambda first, second: _added(first, second, -1.0),
    "*": _multiplied,
    "/": lambda first, second: _multiplied(first, second, -1),
    "**": _raised,
}


def _values(form, columns):
    """Return the values of a form in columns, shape (POINTS,).

    Raises:
        Refused: if one is not finite, or beyond 1e100.
    """
    with np.errstate(all="ignore"):
        found = np.broadcast_to(np.asarray(_value(form, columns), dtype=float), (POINTS,))
    if not np.abs(found).max() <= 1e100:
        raise Refused("a value is not finite, or beyond 1e100")
    return found


def _value(form, columns):
    head = _head(form)
    if not head:
        return columns[form - 1] if isinstance(form, int) else form
    if head == "*":
        return functools.reduce(np.multiply, [_power(_value(base, columns), e) for base, e in form[1]])
    if head == "+":
        return (
            functools.reduce(np.add, [factor * _value(part, columns) for factor, part in form[1]]) + form[2]
        )
    if head == "**":
        return np.power(_value(form[1], columns), _value(form[2], columns))
    return FUNCTIONS[head](_value(form[1], columns))


def _power(base, exponent):
    if exponent == 1:
        return base
    if exponent == -1:
        return 1.0 / base
    return base * base if exponent == 2 else np.power(base, float(exponent))


def length(form):
    """Return the nats that it takes to write a form down."""
    head = _head(form)
    if not head:
        return SYMBOL if isinstance(form, int) else _number_length(abs(form))
    if head == "*":
        parts = [length(base) + _exponent_length(abs(exponent)) for base, exponent in form[1]]
        inverse = all(exponent < 0 for _, exponent in form[1])  # a 1 stands above
        return sum(parts) + SYMBOL * (len(parts) - 1) + inverse * (_number_length(1.0) + SYMBOL)
    if head == "+":
        parts = [length(part) + _factor_length(abs(factor)) for factor, part in form[1]]
        parts += [_number_length(abs(form[2]))] if form[2] else []
        return sum(parts) + SYMBOL * (len(parts) - 1)
    return SYMBOL + sum(map(length, form[1:]))


def _exponent_length(exponent):
    return 0.0 if exponent == 1 else SYMBOL + _number_length(float(exponent))


def _factor_length(factor):
    return 0.0 if factor == 1.0 else SYMBOL + _number_length(factor)


@functools.lru_cache(maxsize=10_000)
def _number_length(value):
    """Return the nats of a number: its digits as a small ratio, as one times pi, or as a decimal."""
    best = MOST_DIGITS * DIGIT
    for unit, extra in ((1.0, 0.0), (math.pi, SYMBOL), (1.0 / math.pi, SYMBOL)):
        for below in range(1, 10):
            above = value / unit * below
            if abs(above - round(above)) <= 1e-9 * above and round(above) <= 10**MOST_DIGITS:
                digits = len(str(round(above))) + (below > 1)
                best = min(best, digits * DIGIT + extra)
    return SYMBOL + best


def _text(form):
    """Return a form as people write it."""
    head = _head(form)
    if not head:
        return f"x{form}" if isinstance(form, int) else f"{form:.6g}"
    if head == "*":
        return " * ".join(_text(base) + (f"**{e}" if e != 1 else "") for base, e in form[1])
    if head == "+":
        parts = [_text(part) if factor == 1 else f"{factor:.6g} * {_text(part)}" for factor, part in form[1]]
        return f"({' + '.join([*parts, *([f'{form[2]:.6g}'] if form[2] else [])])})"
    return f"({_text(form[1])})**{_text(form[2])}" if head == "**" else f"{head}({_text(form[1])})"


def baseline_mean(instance):
    """The mean."""
    return 1.0


def baseline_linear(instance):
    """A sum of multiples of the variables, fitted on the very points it is judged on, at no price."""
    return _error(_fitted(instance, _linear(instance["columns"])), instance["y"])


def baseline_quadratic(instance):
    """The same with products of two variables."""
    columns = instance["columns"]
    products = [a * b for k, a in enumerate(columns) for b in columns[k:]]
    return _error(_fitted(instance, [*_linear(columns), *products]), instance["y"])


def _linear(columns):
    return [np.ones(POINTS), *columns]


def _fitted(instance, columns):
    matrix = np.stack(columns, axis=1)
    return matrix @ np.linalg.lstsq(matrix, instance["y"], rcond=None)[0]
