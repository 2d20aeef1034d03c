"""Outlines of functions and the code that fills them, read from what models write."""

import ast

from hypothesis import given
from hypothesis import strategies as st

from provolve.propose.model.outline import (
    CHECKS,
    PARTS,
    Part,
    implementations,
    read_outline,
    spliced,
    top_level,
)

OUTLINE = '''
```python
def low(x):
    """Least."""

def high(x):
    """Most."""
```
Checks:
```python
assert low([2, 1]) == 1
assert high([low([3]), 5]) == 5
assert high([1]) == 1, "one"
assert 1 == 1
```
'''


def test_an_assertion_belongs_to_the_last_function_that_it_mentions() -> None:
    assert read_outline(OUTLINE) == [
        Part("low", ("assert low([2, 1]) == 1",)),
        Part("high", ("assert high([low([3]), 5]) == 5", "assert high([1]) == 1, 'one'")),
    ]


def test_an_outline_is_bounded() -> None:
    code = "\n".join(f"def f{k}(x): ..." for k in range(50)) + "\n" + "assert f0(1) == 1\n" * 50
    parts = read_outline(f"```python\n{code}\n```")
    assert len(parts) == PARTS
    assert len(parts[0].checks) == CHECKS


def test_what_cannot_be_read_is_no_outline() -> None:
    for reply in ("", "Just words.", "```python\ndef broken(:\n```", "```python\nassert f(1)\n```"):
        assert read_outline(reply) == []


def test_implementations_are_those_of_the_function_with_their_imports() -> None:
    reply = """
```python
import math
from math import tau

@cached
def f(x):
    # a comment that stays
    return math.sin(x)

def helper(x):
    return 0
```
```python
def f(x):
    return 1
```
```python
def f(x:
```
```python
def f(x):
    return 1
```
"""
    assert implementations(reply, "f") == [
        "import math\nfrom math import tau\n"
        "@cached\ndef f(x):\n    # a comment that stays\n    return math.sin(x)\n",
        "def f(x):\n    return 1\n",
    ]
    assert implementations(reply, "g") == []


def test_functions_take_the_place_of_those_of_their_names() -> None:
    text = "import math\nLIMIT = 3\n\n@cached\ndef f(x):\n    return x\n\ndef kept(x):\n    return 0\n"
    chosen = {"helper": "def helper(x):\n    return 2\n", "f": "def f(x):\n    return helper(x)\n"}
    assert spliced(text, chosen) == (
        "import math\nLIMIT = 3\ndef helper(x):\n    return 2\n\ndef f(x):\n    return helper(x)\n"
        "\ndef kept(x):\n    return 0\n"
    )
    assert spliced("X = 1\n", {"g": "def g():\n    pass\n"}) == "X = 1\ndef g():\n    pass\n"


NAMES = st.lists(st.sampled_from(["a", "b", "c", "d"]), min_size=1, max_size=4, unique=True)


@given(NAMES, NAMES, st.lists(st.sampled_from(["", "X = 1", "# words", "Y = [\n    1,\n]"]), max_size=4))
def test_after_splicing_each_function_stands_once_with_its_new_code(old, new, between) -> None:
    pieces = [f"def {name}(x):\n    return 'old {name}'\n" for name in old]
    text = "\n".join(piece for pair in zip(pieces, [*between, *[""] * 4], strict=False) for piece in pair)
    chosen = {name: f"def {name}(x):\n    return 'new {name}'\n" for name in new}
    tree = ast.parse(spliced(text, chosen))
    found = {
        one.name: ast.literal_eval(one.body[0].value) for one in tree.body if isinstance(one, ast.FunctionDef)
    }
    assert len([one for one in tree.body if isinstance(one, ast.FunctionDef)]) == len({*old, *new})
    assert found == {**{name: f"old {name}" for name in old}, **{name: f"new {name}" for name in new}}
    statements = [one for one in tree.body if isinstance(one, ast.Assign)]
    assert len(statements) == sum("=" in part for part in between[: len(old)])


def test_only_statements_of_a_module_with_a_function_can_be_cut_up() -> None:
    assert top_level("X = 1\ndef f(x):\n    return x\n")
    assert not top_level("X = 1\n")
    assert not top_level("    def method(self):\n        return 1\n")
