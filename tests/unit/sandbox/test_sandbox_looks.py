"""What a child tells beside answers, all of it a claim: what was printed, traces, statements tried."""

from __future__ import annotations

import ast
import contextlib
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provolve.sandbox import Child, ChildFailed, Sandbox
from provolve.sandbox.printed import LONGEST, Printed
from provolve.sandbox.tracing import Tracer, blocks_of

HARNESS = """
def answer(program, value):
    return program.f(value)
"""
CALL = {"cpu_seconds": 5.0, "wall_seconds": 20.0}


def printed(child: Child, source: str) -> bytes:
    child.load(source, [])
    with contextlib.suppress(ChildFailed):
        child.call("answer", value=2, **CALL)
    return child.printed()


# Printed ---------------------------------------------------------------------------------------------


def test_what_is_printed_on_both_streams_is_told_in_its_order(child: Child) -> None:
    source = """
import sys
print("loading")
def f(x):
    print("x is", x, file=sys.stderr)
    sys.stdout.buffer.write(b"raw\\n")
    raise ValueError("no")
"""
    assert printed(child, source) == b"loading\nx is 2\nraw\n"
    assert printed(child, "def f(x): return x") == b"", "what one program prints is no other's"


def test_a_flood_is_bounded_and_blocks_nobody(child: Child) -> None:
    told = printed(child, "def f(x):\n    for k in range(200_000):\n        print('line', k)\n    return x")
    assert told.startswith(b"line 0\nline 1\n")
    assert told.endswith(b"line 199999\n")
    assert b"bytes left out" in told
    assert len(told) <= LONGEST
    assert child.alive


@pytest.mark.parametrize(
    "source",
    [
        "import sys\nsys.stdout = None\nsys.stderr = None\ndef f(x): return x",
        "import sys\nsys.stdout.close()\ndef f(x): return x",
        "import sys\nsys.stdout.detach()\ndef f(x): return x",
        "import os\ndef f(x):\n    os.write(1, b'past the streams')\n    return x",
        "def f(x):\n    print('\\ud800')\n    return x",
    ],
)
def test_whatever_is_done_to_the_streams_the_next_program_prints(child: Child, source: str) -> None:
    printed(child, source)
    assert printed(child, "def f(x): print('here')") == b"here\n"


def test_a_child_that_answers_for_what_it_printed_is_held_to_the_bound(child: Child) -> None:
    """A program can reach the service in its own process, so whatever it tells is cut by the judge."""
    source = """
import gc
def f(x):
    for one in gc.get_objects():
        if type(one).__name__ == "Printed":
            type(one).told = lambda self: b"forged" * 100_000
    return x
"""
    assert len(printed(child, source)) == LONGEST


def test_a_child_that_will_not_tell_is_ended_and_nothing_is_told(child: Child) -> None:
    source = """
import gc
def f(x):
    def told(self):
        while True:
            pass
    for one in gc.get_objects():
        if type(one).__name__ == "Printed":
            type(one).told = told
    return x
"""
    assert printed(child, source) == b""
    assert not child.alive
    assert child.printed() == b""


@given(st.lists(st.binary(max_size=3000), max_size=6))
def test_short_output_is_kept_whole_and_long_output_by_its_ends(pieces: list[bytes]) -> None:
    kept, whole = Printed(), b"".join(pieces)
    for piece in pieces:
        kept.add(piece)
    told = kept.told()
    if len(whole) <= 2000:
        assert told == whole
    else:
        assert told.startswith(whole[:1000])
        assert told.endswith(whole[-1000:])
        assert len(told) <= LONGEST


# Traces ----------------------------------------------------------------------------------------------

LOOP = """
def f(x):
    total = 0
    for k in range(x):
        total += k
        half = total / 2
    if total > 1:
        total = -total
    return total
"""


def traced(child: Child, source: str, value: object = 3, **limits: float) -> dict[str, object]:
    child.load(source, [])
    found = child.trace("answer", value=value, **{**CALL, **limits})
    assert isinstance(found, dict)
    return found


def test_a_trace_tells_the_values_around_each_block(child: Child) -> None:
    found = traced(child, LOOP)
    text = found["trace"]
    assert found["answer"] == -3
    assert found["failed"] == ""
    assert isinstance(text, str)
    assert "f is called: x = 3" in text
    assert "lines 5-6 of f:\n    total += k\n    half = total / 2\n  before: k = 0, total = 0" in text
    assert "  before: total = 3\n  after: total = -3" in text
    assert "f returns -3" in text
    assert "line 4: 4" in text
    assert "lines 5-6: 3" in text


def test_a_trace_ends_with_what_was_raised(child: Child) -> None:
    found = traced(child, "def f(x):\n    y = x - 3\n    return 1 / y")
    text = found["trace"]
    assert isinstance(text, str)
    assert "  after: y = 0" in text
    assert "line 3 of f: ZeroDivisionError is raised\n" in text
    assert "f ends by that\n" in text
    assert "f returns" not in text
    assert found["failed"] == "ZeroDivisionError: division by zero (line 3 of the program, in f)"


ENDLESS = """
def f(x):
    while True:
        try:
            x += 1
        except {}:
            pass
"""


@pytest.mark.parametrize(
    ("body", "ending"),
    [
        ("return None", "f returns None"),
        ("pass", "f returns None"),
        ("try:\n        1 / 0\n    finally:\n        x = 2", "f ends by that"),
        ("try:\n        1 / 0\n    except ZeroDivisionError:\n        pass", "f returns None"),
        ("for k in g(x):\n        pass", "g returns 1"),
    ],
)
def test_a_trace_tells_a_return_from_an_exception(child: Child, body: str, ending: str) -> None:
    source = f"def g(x):\n    yield 1\ndef f(x):\n    {body}"
    assert f"\n{ending}\n" in str(traced(child, source)["trace"])


def test_a_run_without_end_is_broken_off(child: Child) -> None:
    found = traced(child, ENDLESS.format("Exception"), cpu_seconds=30.0, wall_seconds=200.0)
    assert found["failed"] == "it was broken off"
    assert "(broken off after 200000 lines)" in str(found["trace"])
    assert child.alive


def test_a_run_that_swallows_even_that_is_ended_by_its_deadline(child: Child) -> None:
    with pytest.raises(ChildFailed) as caught:
        traced(child, ENDLESS.format("BaseException"), cpu_seconds=1.0, wall_seconds=200.0)
    assert caught.value.reason == "deadline"


def test_long_values_and_long_runs_are_cut(child: Child) -> None:
    found = traced(
        child,
        """
import numpy as np
class Odd:
    def __repr__(self):
        raise RuntimeError("no")
def g(x):
    return x + 1
def f(x):
    text, many, odd = "a" * 10**6, list(range(10**5)), Odd()
    table = np.arange(10.0) * x
    huge = 10 ** 9999
    for k in range(500):
        x = g(x)
    return text, many, odd, table, huge
""",
    )
    text = str(found["trace"])
    assert len(text) < 8000
    assert "array (10,) of float64 from 0 to 27" in text
    assert "a Odd that cannot be shown" in text or "<Odd instance" in text
    assert "steps left out" in text
    assert found["answer"] is None, (
        "an answer that is no plain data is left out, and the trace told all the same"
    )


def test_an_answer_of_a_program_that_cannot_be_loaded_has_no_trace(child: Child) -> None:
    with pytest.raises(ChildFailed) as caught:
        traced(child, "1 / 0")
    assert caught.value.reason == "load_failed"


SHAPES = st.recursive(
    st.sampled_from(["x = x + 1", "y = x", "pass"]),
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map("\n".join),
        st.builds(lambda body: "if x % 2:\n" + indented(body), inner),
        st.builds(lambda a, b: "if x > 3:\n" + indented(a) + "\nelse:\n" + indented(b), inner, inner),
        st.builds(lambda body: "for k in range(2):\n" + indented(body), inner),
        st.builds(lambda body: "try:\n" + indented(body) + "\nfinally:\n    x = x - 1", inner),
        st.builds(lambda body: "with open_nothing():\n" + indented(body), inner),
    ),
    max_leaves=8,
)


def indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.split("\n"))


@given(SHAPES)
def test_every_line_that_runs_stands_in_one_block_and_nothing_runs_otherwise(body: str) -> None:
    source = f"def f(x):\n    y = 0\n{indented(body)}\n    return x, y"
    namespace: dict[str, object] = {"open_nothing": contextlib.nullcontext}
    exec(compile(source, "<program>", "exec"), namespace)
    f = namespace["f"]
    assert callable(f)
    tracer = Tracer(source, "<program>")
    before = sys.gettrace()
    try:
        found = tracer.run(f, 3)
    finally:
        sys.settrace(before)
    assert found == f(3)
    blocks = blocks_of(source)
    lines = {node.lineno for node in ast.walk(ast.parse(source)) if isinstance(node, ast.stmt)}
    assert lines <= set(blocks)
    for line, block in blocks.items():
        assert block.first <= line <= block.last
    assert f"f returns {found!r}" in tracer.text()


# Checks ----------------------------------------------------------------------------------------------


def test_checks_are_tried_each_by_itself(child: Child) -> None:
    child.load("limit = 3\ndef f(x): return min(x, limit)", [])
    told = child.check(
        ["assert f(1) == 1", "assert f(9) == 9", "limit = 100", "assert f(9) == 3", "exit()", "not python"],
        **CALL,
    )
    assert [bool(one) for one in told] == [False, True, False, False, True, True]
    assert told[1].startswith("AssertionError")
    assert told[4].startswith(("SystemExit", "NameError"))


def test_checks_that_do_not_end_are_ended(child: Child) -> None:
    child.load("def f(x): return x", [])
    with pytest.raises(ChildFailed) as caught:
        child.check(["while True: f(1)"], cpu_seconds=0.2, wall_seconds=10.0)
    assert caught.value.reason == "deadline"


def test_nothing_printed_reaches_the_terminal(sandbox: Sandbox, capfd: pytest.CaptureFixture[str]) -> None:
    source = """
import os, sys
print("loud")
os.write(2, b"louder")
sys.__stderr__.write("loudest")
sys.__stderr__.flush()
def f(x): return x
"""
    with sandbox.child() as child:
        assert printed(child, source) == b"loud\n"
    assert capfd.readouterr() == ("", "")
