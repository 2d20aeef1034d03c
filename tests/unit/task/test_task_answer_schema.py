"""The declared make-up of an answer, as an author writes it."""

from __future__ import annotations

import pytest

from provolve.errors import TaskError
from provolve.task.answer_schema import AnswerSchema

NESTED = """\
[answer_schema]
kind = "list"
max_length = 26
[answer_schema.items]
kind = "dict"
[answer_schema.items.fields]
x = { kind = "float", low = 0, high = 1.5 }
at = { kind = "array", dtypes = ["float64"], shape = [-1, 2], optional = true }
"""


def test_without_a_schema_nothing_is_declared(make) -> None:
    assert make.load().settings.answer_schema is None


def test_a_nested_schema_is_read_whole(make) -> None:
    schema = make.load(NESTED).settings.answer_schema
    assert schema == AnswerSchema(
        kind="list",
        max_length=26,
        items=AnswerSchema(
            kind="dict",
            fields={
                "x": AnswerSchema(kind="float", low=0, high=1.5),
                "at": AnswerSchema(kind="array", dtypes=("float64",), shape=(-1, 2), optional=True),
            },
        ),
    )


def test_the_schema_belongs_to_what_a_task_is(make) -> None:
    assert make.load(NESTED).digest != make.load(NESTED.replace("26", "27")).digest


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        ("[answer_schema]\n", '"answer_schema.kind" is missing'),
        ('[answer_schema]\nkind = "lists"\n', 'answer_schema.kind = "lists" cannot be'),
        ('[answer_schema]\nkind = "list"\nsize = 3\n', 'unknown key "size" (= 3) in [answer_schema]'),
        ('[answer_schema]\nkind = "int"\nlow = 3\nhigh = 2\n', "answer_schema.low = 3 is above"),
        (
            '[answer_schema]\nkind = "str"\nmin_length = 3\nmax_length = 2\n',
            "answer_schema.min_length = 3 is",
        ),
        (
            '[answer_schema]\nkind = "int"\nshape = [2]\n',
            'answer_schema.shape means nothing for kind = "int"',
        ),
        ('[answer_schema]\nkind = "bool"\nfinite = false\n', "answer_schema.finite means nothing"),
        ('[answer_schema]\nkind = "array"\nshape = [-2]\n', "answer_schema.shape = -2 cannot be"),
        ('[answer_schema]\nkind = "array"\ndtypes = ["int"]\n', 'answer_schema.dtypes = "int" cannot be'),
        (
            '[answer_schema]\nkind = "list"\n[answer_schema.items]\nkind = "dict"\n'
            '[answer_schema.items.fields.x]\nkind = "int"\nmax_length = 3\n',
            "answer_schema.items.fields.x.max_length means nothing",
        ),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_line(make, toml: str, said: str) -> None:
    with pytest.raises(TaskError) as caught:
        make.load(toml)
    assert said in str(caught.value)
    assert ", line " in str(caught.value) or "is missing" in said


def test_a_table_is_an_array(make) -> None:
    rule = "# EVOLVE-BLOCK-START\ndef rule(item):\n    return item\n# EVOLVE-BLOCK-END\n"
    settings = (
        'direction = "minimize"\nanswer = "table"\n'
        '[grid.item]\nvalues = [1]\n[answer_schema]\nkind = "list"\n'
    )
    with pytest.raises(TaskError, match="a table is an array"):
        make.load(settings, replacing=True, program=rule)
    array = settings.replace('"list"', '"array"')
    assert make.load(array, replacing=True, program=rule).settings.answer_schema is not None
