"""Calls a formula with symbols for its arguments, and so writes down what it computes, in postfix order."""

_OPERATORS = {"add": "+", "subtract": "-", "multiply": "*", "divide": "/", "power": "**", "float_power": "**"}
_FUNCTIONS = ("sin", "cos", "exp", "log", "sqrt", "abs")
_LONGEST = 400


def answer(program, visible):
    taken = program.formula.__code__.co_argcount
    return list(_symbols(program.formula(*(_Formula((k,)) for k in range(1, taken + 1)))))


def _symbols(value):
    return value.symbols if isinstance(value, _Formula) else (float(value),)


def _joined(symbol, *parts):
    symbols = (*(s for part in parts for s in _symbols(part)), symbol)
    if len(symbols) > _LONGEST:
        raise ValueError(f"the formula has more than {_LONGEST} symbols")
    return _Formula(symbols)


class _Formula:
    """What stands for an array of values: it takes part in arithmetic and in the functions of the task."""

    __slots__ = ("symbols",)

    def __init__(self, symbols):
        self.symbols = symbols

    def __array_ufunc__(self, ufunc, method, *inputs, **options):
        name = {"absolute": "abs", "true_divide": "divide"}.get(ufunc.__name__, ufunc.__name__)
        if method != "__call__" or options:
            raise TypeError(f"a formula cannot be given to np.{name}.{method}")
        if name in _OPERATORS:
            return _joined(_OPERATORS[name], *inputs)
        if name in _FUNCTIONS:
            return _joined(name, *inputs)
        if name == "square":
            return _joined("**", *inputs, 2.0)
        if name == "negative":
            return -inputs[0]
        raise TypeError(f"a formula cannot be given to np.{name}: it is made of + - * / ** and {_FUNCTIONS}")

    def __array__(self, *_, **__):
        raise TypeError("a formula is no array of values: each is computed from one element of each argument")

    def __neg__(self):
        return _joined("*", -1.0, self)

    def __pos__(self):
        return self

    def __abs__(self):
        return _joined("abs", self)


def _binary(symbol):
    return lambda left, right: _joined(symbol, left, right)


def _reflected(symbol):
    return lambda right, left: _joined(symbol, left, right)


for _name, _symbol in (("add", "+"), ("sub", "-"), ("mul", "*"), ("truediv", "/"), ("pow", "**")):
    setattr(_Formula, f"__{_name}__", _binary(_symbol))
    setattr(_Formula, f"__r{_name}__", _reflected(_symbol))
