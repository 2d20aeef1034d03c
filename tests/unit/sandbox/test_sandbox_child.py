"""What a judge can do with a child, and what it hears of failures."""

from __future__ import annotations

import os
import threading
from fractions import Fraction

import numpy as np
import pytest

from provolve.sandbox import Child, ChildFailed, Profile, Sandbox

HARNESS = """
compiled = []
def answer(program, value):
    return program.f(value)
def names(program, value):
    return sorted(name for name in vars(program) if not name.startswith("__"))
def same_code(program, value):
    compiled.append(program.f.__code__)
    return compiled[0] is program.f.__code__
not_a_function = 3
"""
BUSY = """
import time
def f(x):
    until = time.process_time() + x
    while time.process_time() < until:
        pass
"""
CALL = {"cpu_seconds": 5.0, "wall_seconds": 20.0}


def failure(child: Child, source: str, value: object = None, **limits: float) -> ChildFailed:
    child.load(source, [])
    with pytest.raises(ChildFailed) as caught:
        child.call("answer", value=value, **{**CALL, **limits})
    return caught.value


def test_a_call_answers_with_plain_data(child: Child) -> None:
    child.load("def f(x): return [x, (1, 2.5), None, {'a': b'b'}]", [])
    value = [1, Fraction(1, 3), 2**99, "text"]
    assert child.call("answer", value=value, **CALL) == [value, [1, 2.5], None, {"a": b"b"}]


def test_inputs_are_put_once_and_named_by_index(child: Child) -> None:
    child.put([10, np.arange(3.0)])
    child.load("def f(x):\n    return x + 1", [])
    assert child.call("answer", 0, **CALL) == 11
    assert child.call("answer", 1, **CALL).tolist() == [1, 2, 3]
    child.put([20])
    assert child.call("answer", 0, **CALL) == 21


def test_inputs_are_anew_for_every_call(child: Child) -> None:
    child.put([[1]])
    child.load("def f(x):\n    x.append(2)\n    return x", [])
    assert [child.call("answer", 0, **CALL) for _ in range(2)] == [[1, 2], [1, 2]]
    child.put([np.zeros(2)])
    child.load("def f(x): return x.flags.writeable", [])
    assert child.call("answer", 0, **CALL) is False


def test_large_inputs_and_answers_cross(child: Child) -> None:
    values = np.arange(3 * 10**6, dtype=float)
    child.put([values])
    child.load("def f(x): return x * 2", [])
    answer = child.call("answer", 0, **CALL)
    assert np.array_equal(answer, values * 2)
    assert not answer.flags.writeable
    assert np.array_equal(child.call("answer", value=values, **CALL), values * 2)


def test_every_load_is_a_fresh_module_with_its_literals(child: Child) -> None:
    source = "kept = globals().get('kept', 0) + _literal_0_\ndef f(x): return kept + x * _literal_1_"
    for literals, expected in (([1, 10.0], 21.0), ([2, 0.5], 3.0), ([1, 10.0], 21.0)):
        child.load(source, literals)
        assert child.call("answer", value=2, **CALL) == expected
    assert child.call("names", **CALL) == ["_literal_0_", "_literal_1_", "f", "kept"]
    child.load("a = 1", [])
    assert child.call("names", **CALL) == ["a"]


def test_a_source_is_compiled_once(child: Child) -> None:
    for literal in range(3):
        child.load("def f(x): return _literal_0_", [literal])
        assert child.call("same_code", **CALL) is True
    child.load("def f(x): return 7", [])
    assert child.call("same_code", **CALL) is False


def test_a_load_that_no_call_followed_is_forgotten(child: Child) -> None:
    child.load("def f(x): return 1", [])
    child.load("def f(x): return 2", [])
    assert child.call("answer", **CALL) == 2
    child.load("def f(x): return 1", [])
    assert child.call("answer", **CALL) == 1


def test_a_program_that_does_not_load_leaves_the_child_usable(child: Child) -> None:
    for source, told in (
        ("def f(x: return 1", "SyntaxError"),
        ("x = 1\nraise ValueError('at load')", "ValueError: at load (line 2 of the program, in <module>)"),
        ("x = 'a\\0b'\n\0", "null bytes"),
    ):
        found = failure(child, source)
        assert (found.reason, child.alive) == ("load_failed", True)
        assert told in found.detail
        with pytest.raises(ChildFailed, match="load_failed"):
            child.call("answer", **CALL)
    child.load("def f(x): return 3", [])
    assert child.call("answer", **CALL) == 3


def test_a_call_without_a_program_fails_to_load(child: Child) -> None:
    with pytest.raises(ChildFailed, match="load_failed: no program was loaded"):
        child.call("answer", **CALL)


def test_an_exception_is_told_with_its_place(child: Child) -> None:
    found = failure(child, "def f(x):\n    return g(x)\ndef g(x):\n    return 1 / x\n", 0)
    assert found.reason == "raised"
    assert found.detail == "ZeroDivisionError: division by zero (line 4 of the program, in g)"
    assert len(failure(child, "def f(x): raise ValueError('x' * 10**6)").detail) < 3000
    assert child.alive


def test_an_answer_that_is_not_plain_leaves_the_child_usable(child: Child) -> None:
    found = failure(child, "def f(x): return {1, 2}")
    assert (found.reason, child.alive) == ("answer_malformed", True)
    assert "set is not plain data" in found.detail


def test_a_deadline_is_of_cpu_time_and_ends_the_child(child: Child) -> None:
    found = failure(child, "def f(x):\n    while True: pass", cpu_seconds=0.1)
    assert (found.reason, child.alive) == ("deadline", False)
    assert 0.1 <= child.cpu_time() < 2
    with pytest.raises(ChildFailed, match="deadline: the child has ended before"):
        child.call("answer", **CALL)


DRIP = """
import os, time
def f(x):
    for byte in bytes(24):
        os.write(3, bytes([byte]))
        {between}
"""


@pytest.mark.parametrize(
    ("between", "limits", "reason"),
    [
        ("time.sleep(0.05)", {"cpu_seconds": 0.2, "wall_seconds": 0.4}, "stalled"),
        ("sum(range(10**6))", {"cpu_seconds": 0.05, "wall_seconds": 9.0}, "deadline"),
    ],
)
def test_a_pipe_that_is_kept_busy_does_not_put_off_the_limits(
    child: Child, between: str, limits: dict[str, float], reason: str
) -> None:
    # The nonce of eight zero bytes is wrong, but that shows only when the header is whole.
    found = failure(child, DRIP.format(between=between), **limits)
    assert (found.reason, child.alive) == (reason, False)


def test_what_is_told_of_a_deadline_is_the_limit_and_no_measured_time(sandbox: Sandbox) -> None:
    told = []
    for work, wall in (("while True: pass", 20.0), ("time.sleep(9)", 0.5)):
        with sandbox.child() as child:
            told.append(
                failure(child, f"import time\ndef f(x):\n    {work}", cpu_seconds=0.1, wall_seconds=wall)
            )
    assert [(found.reason, found.detail) for found in told] == [
        ("deadline", "it used more than its limit of 0.1 s of CPU"),
        ("stalled", "it took more than 0.5 s of wall time, mostly idle"),
    ]


def test_the_cpu_limit_counts_each_call_anew(child: Child) -> None:
    child.load(BUSY, [])
    for _ in range(3):
        child.call("answer", value=0.15, cpu_seconds=0.3, wall_seconds=20)
    assert child.cpu_time() >= 0.45


def test_a_wall_ceiling_without_cpu_is_a_stall(sandbox: Sandbox) -> None:
    # The wall is far enough for a busy machine to do the work within it.
    for work, reason, wall in ((0.0, "stalled", 1.0), (0.2, "deadline", 4.0)):
        source = f"import time\ndef f(x):\n    while time.process_time() < {work}: pass\n    time.sleep(9)"
        with sandbox.child() as child:
            found = failure(child, source, cpu_seconds=0.3, wall_seconds=wall)
            assert (found.reason, child.alive) == (reason, False)


def test_memory_is_limited_to_what_the_profile_adds() -> None:
    source = "def f(x): return len(bytearray(x))"
    with Sandbox(Profile(harness=HARNESS, memory=64 * 2**20)) as small, small.child() as child:
        child.load(source, [])
        assert child.call("answer", value=48 * 2**20, **CALL) == 48 * 2**20
        found = failure(child, source, 65 * 2**20)
        assert (found.reason, child.alive) == ("memory", False)


def test_answers_are_limited_to_the_profiles_size() -> None:
    source = "import numpy as np\ndef f(x): return np.zeros(x, 'u1')"
    with Sandbox(Profile(harness=HARNESS, max_message=10**5)) as small, small.child() as child:
        child.load(source, [])
        assert child.call("answer", value=99_000, **CALL).nbytes == 99_000
        found = failure(child, source, 101_000)
        assert (found.reason, child.alive) == ("answer_too_large", False)


def test_the_end_of_a_child_is_told(sandbox: Sandbox) -> None:
    for source, told in (
        ("import os\ndef f(x): os._exit(7)", "exit code 7"),
        ("import ctypes\ndef f(x): ctypes.string_at(0)", "SIGSEGV"),
    ):
        with sandbox.child() as child:
            found = failure(child, source)
            assert (found.reason, child.alive) == ("killed", False)
            assert told in found.detail


def test_an_unknown_function_is_the_callers_mistake(child: Child) -> None:
    for name in ("missing", "not_a_function"):
        with pytest.raises(ValueError, match=f"no function '{name}'"):
            child.call(name, **CALL)


def test_late_imports_work(child: Child) -> None:
    child.load(
        "def f(x):\n    import colorsys, decimal, fractions, numpy.polynomial, sqlite3, zlib\n"
        "    return numpy.polynomial.Polynomial([1, 2])(3.0)",
        [],
    )
    assert child.call("answer", **CALL) == 7


def test_only_declared_packages_can_be_imported(child: Child) -> None:
    for module in ("pytest", "provolve"):
        found = failure(child, f"def f(x):\n    import {module}")
        assert found.reason == "raised"
        assert "No module named" in found.detail
    with Sandbox(Profile(harness=HARNESS, imports=("click",))) as with_click, with_click.child() as other:
        other.load("def f(x):\n    import click, click.testing\n    return click.__name__", [])
        assert other.call("answer", **CALL) == "click"


def test_chance_and_the_order_of_sets_are_the_same_in_every_child() -> None:
    source = (
        "import random, numpy as np\ndef f(x):\n"
        "    return [random.random(), float(np.random.rand()), ''.join({'a', 'bb', 'ccc', 'dddd', 'e'})]"
    )
    found = []
    for _ in range(2):
        with Sandbox(Profile(harness=HARNESS)) as sandbox:
            for _ in range(2):
                with sandbox.child() as child:
                    child.load(source, [])
                    found.append(child.call("answer", **CALL))
    assert found == [found[0]] * 4


def test_children_of_one_sandbox_live_side_by_side(sandbox: Sandbox) -> None:
    with sandbox.child() as one, sandbox.child() as other:
        one.load("def f(x): return 1", [])
        other.load("def f(x): return 2", [])
        assert other.call("answer", **CALL) == 2
        assert one.call("answer", **CALL) == 1
        assert one.pid != other.pid


def test_a_sandbox_outlives_the_thread_that_made_it() -> None:
    made: list[Sandbox] = []
    thread = threading.Thread(target=lambda: made.append(Sandbox(Profile(harness=HARNESS))))
    thread.start()
    thread.join()
    with made[0] as sandbox:
        zygote = sandbox.pid
        with sandbox.child() as child:
            child.load("def f(x): return 1", [])
            assert child.call("answer", **CALL) == 1
        assert sandbox.pid == zygote


def test_a_child_cannot_be_used_after_its_end(sandbox: Sandbox) -> None:
    child = sandbox.child()
    child.close()
    child.close()
    assert not child.alive
    with pytest.raises(ChildFailed, match="closed"):
        child.put([1])
    with pytest.raises(OSError, match="No such process"):
        os.kill(child.pid, 0)
