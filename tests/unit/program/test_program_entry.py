"""The function a harness calls: which one, with which arguments, in which region."""

import pytest

from provolve.errors import TaskError
from provolve.program import Function, Program, describe, entry_point

SOURCE = """
def before(a):
    return a

# EVOLVE-BLOCK-START
@staticmethod
def rule(item, /, left, *rest, capacity=1.0, **more):
    def nested(x): return x
    return nested(item)
class A:
    def method(self): pass
async def later(): pass
# EVOLVE-BLOCK-END
if True:
    def after(a, b=2): pass
"""


def test_functions_at_the_top_level_are_described() -> None:
    assert describe(Program.parse(SOURCE)) == (
        Function("before", ("a",), None),
        Function("rule", ("item", "left"), 0),
        Function("after", ("a", "b"), None),
    )


def test_the_only_function_in_a_region_is_the_entry() -> None:
    assert entry_point(Program.parse(SOURCE), None).name == "rule"


def test_the_setting_names_the_entry() -> None:
    assert entry_point(Program.parse(SOURCE), "before") == Function("before", ("a",), None)


def test_the_only_function_of_the_program_is_the_entry() -> None:
    program = Program.parse("def f(x):\n    # EVOLVE-BLOCK-START\n    pass\n    # EVOLVE-BLOCK-END\n")
    assert entry_point(program, None) == Function("f", ("x",), None)


def test_a_function_stands_where_its_last_definition_does() -> None:
    program = Program.parse("def f(): pass\ndef g(): pass\ndef f(a): pass\n", functions=["g"])
    assert [function.name for function in describe(program)] == ["g", "f"]


def test_the_last_definition_of_a_name_counts() -> None:
    program = Program.parse(
        "# EVOLVE-BLOCK-START\ndef f(x): pass\ndef f(x, y): pass\n# EVOLVE-BLOCK-END\n", name="a.py"
    )
    assert entry_point(program, None).arguments == ("x", "y")


@pytest.mark.parametrize(
    ("source", "wanted", "reason"),
    [
        (SOURCE, "method", "'method', which is no function at the top level; .* before, rule, after"),
        (
            SOURCE.replace("class A", "def second(): pass\nclass A"),
            None,
            "`entry` .*before, rule, second, after",
        ),
        ("# EVOLVE-BLOCK-START\nx = 1\n# EVOLVE-BLOCK-END\n", None, "`entry` .*none"),
    ],
)
def test_what_cannot_be_told_is_an_error(source: str, wanted: str | None, reason: str) -> None:
    with pytest.raises(TaskError, match=reason) as caught:
        entry_point(Program.parse(source, name="rule.py"), wanted)
    assert str(caught.value).startswith("rule.py: ")


def test_the_region_of_a_function_is_its_own() -> None:
    program = Program.parse("def f(a): pass\ndef g(b): pass\n", functions=["g", "f"])
    assert [function.region for function in describe(program)] == [0, 1]
