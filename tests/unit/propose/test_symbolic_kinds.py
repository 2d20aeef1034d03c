from __future__ import annotations

import ast

import pytest

from provolve.propose.symbolic.kinds import BOOLEAN, NUMBER, OTHER, UNKNOWN, Modules, infer, kinds_of_names


def kinds(source: str):
    tree = ast.parse("import numpy as np\nimport math\n" + source)
    return kinds_of_names(tree.body[-1], Modules.of(tree), {})


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("def f(x): return -x", {"x": NUMBER}),
        ("def f(x, y): return x - y", {"x": NUMBER, "y": NUMBER}),
        ("def f(x): return np.exp(x)", {"x": NUMBER}),
        ("def f(x):\n  if x < 3: return 1", {"x": NUMBER}),
        ("def f(x: float, y: list[float], z: bool): return y", {"x": NUMBER, "y": OTHER, "z": BOOLEAN}),
        ("def f(x):\n  y = x / 2\n  z = y\n  return z", {"x": NUMBER, "y": NUMBER, "z": NUMBER}),
        ("def f(xs):\n  for i in range(3): xs.append(i)", {"xs": OTHER, "i": NUMBER}),
        ("def f(xs): return xs + [1]", {"xs": UNKNOWN}),
        ("def f(item, left): return -left", {"item": NUMBER, "left": NUMBER}),
        ("def f(item, bins):\n  return sorted(bins)", {"item": UNKNOWN, "bins": OTHER}),
        ("def f(d, x): return d['a'] + x", {"d": OTHER}),
        ("def f(x):\n  b = x > 2\n  return b", {"b": BOOLEAN}),
    ],
)
def test_names(source, expected):
    found = kinds(source)
    assert {name: found.get(name, UNKNOWN) for name in expected} == expected


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("1.5", NUMBER),
        ("True", BOOLEAN),
        ("'a'", OTHER),
        ("[1] * 3", OTHER),
        ("a < b", BOOLEAN),
        ("(a < b) & (b < 3)", BOOLEAN),
        ("np.where(a < 1, 1, 2)", NUMBER),
        ("np.where(a < 1)", UNKNOWN),
        ("math.floor(a)", NUMBER),
        ("max(xs)", UNKNOWN),
        ("max(1, 2)", NUMBER),
        ("f(a)", UNKNOWN),
    ],
)
def test_expressions(text, kind):
    node = ast.parse(text, mode="eval").body
    assert infer(node, {}, Modules("np", "math")) is kind
