"""What the judge records of printed output, and what it shows of a program that is looked at."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provolve.judge import Bench
from provolve.judge.bench import _noted
from provolve.judge.said import PRINTED, said
from provolve.record import Rejection

JUDGE = """
from provolve import Refused

def instances(split, count, rng):
    yield from (float(number) for number in range(1, count + 1))

def score(instance, answer):
    if answer > 1e6:
        raise Refused("too large")
    return abs(answer - 2 * instance)
"""
PROGRAM = """
# EVOLVE-BLOCK-START
def f(x):
    return 1.5 * x
# EVOLVE-BLOCK-END
"""
SIZES = "limits.cpu_seconds = 0.5\n[splits]\ntrain = 4\nvalidation = 2"
STEPS_JUDGE = """
def instances(split, count, rng):
    yield from range(1, count + 1)

def steps(instance):
    total = 0
    for number in range(5):
        total += yield number * instance
    return total

def score(instance, answer):
    return abs(answer)
"""
TABLE_JUDGE = """
import numpy as np

def instances(split, count, rng):
    yield from (float(number) for number in range(1, count + 1))

def grid():
    return {"x": np.linspace(0.5, 3.0, 11)}

def score(instance, answer):
    return float(abs(answer - instance).mean())
"""


def whole(region: str) -> str:
    return PROGRAM.replace("def f(x):\n    return 1.5 * x\n", region)


@pytest.fixture
def certificate(bench):
    return bench("certificate", JUDGE, PROGRAM, settings=SIZES)


def looked_at(judged) -> Bench:
    return Bench(judged.judge.scoring, judged.sandbox)


# Printed ----------------------------------------------------------------------------------------------


def test_what_a_candidate_printed_stands_in_its_verdict(certificate) -> None:
    verdict = certificate.verdict("def f(x):\n    print('x', x)\n    return 1.7 * x\n")
    assert verdict.accepted
    assert verdict.printed == "x 1.0\nx 2.0\nx 3.0\nx 4.0"
    assert certificate.verdict("def f(x):\n    return 1.8 * x\n").printed == ""


def test_what_a_rejected_candidate_printed_stands_there_too(certificate) -> None:
    verdict = certificate.verdict("import warnings\nprint('on the way')\ndef f(x):\n    return 1 / 0\n")
    assert verdict.rejection is Rejection.RAISED
    assert verdict.printed == "on the way"


def test_a_candidate_that_was_killed_has_nothing_printed(certificate) -> None:
    verdict = certificate.verdict("import os\nprint('bye')\ndef f(x):\n    os._exit(3)\n")
    assert verdict.rejection is Rejection.KILLED
    assert verdict.printed == ""


def test_a_warning_of_numpy_is_heard(certificate) -> None:
    source = (
        "import numpy as np\nsome = []\ndef f(x):\n    return float(np.float64(1.0) / np.float64(0.0 * x))\n"
    )
    assert "divide by zero" in certificate.verdict(source).printed


def test_hostile_output_is_bounded_and_steers_no_terminal(certificate) -> None:
    flood = "print('\\x1b]0;title\\x07' + '\\u202e' * 9 + '\\x9b2J' + hex(id(f)) + 'x' * 10**6)"
    verdict = certificate.verdict(f"def f(x):\n    {flood}\n    return x\n")
    assert verdict.printed.startswith("\\x1b]0;title\\x07\\u202e")
    assert "0x…" in verdict.printed
    assert len(verdict.printed) <= PRINTED
    assert verdict.printed.replace("\n", "").isprintable()


@given(st.one_of(st.text(), st.binary(max_size=5000), st.text(max_size=5000)), st.integers(10, 400))
def test_whatever_is_said_is_bounded_and_printable(text: str | bytes, longest: int) -> None:
    told = said(text, longest)
    assert len(told) <= longest
    assert told.replace("\n", "").isprintable()
    told.encode("utf-8")


@given(st.text(st.characters(codec="ascii", categories=["L", "N", "P"])))
def test_plain_words_are_said_as_they_are(text: str) -> None:
    assert said(text, 10_000) == text or "0x" in text.lower()


# Ranges -----------------------------------------------------------------------------------------------

NUMBERS = (
    "def instances(split, count, rng):\n"
    "    for k in range(count):\n"
    "        yield {'x': float(k), 'row': rng.random(3) - k, 'same': 7,\n"
    "               'word': 'w', 'yes': True, 'mixed': k or 'w'}\n"
    "def score(instance, answer):\n    return abs(answer)\n"
)
NUMBERED = PROGRAM.replace("f(x)", "f(x, row, same, word, yes, mixed=None)")


def test_ranges_are_of_arguments_that_are_numbers_and_differ(bench) -> None:
    judged = bench("certificate", NUMBERS, NUMBERED, settings=SIZES)
    ranges = looked_at(judged).ranges(judged.task.program.source)
    assert sorted(ranges) == ["row", "x"]
    assert ranges["x"] == (0.0, 3.0)
    assert -3.0 <= ranges["row"][0] < -1.0 < 0.0 < ranges["row"][1] < 1.0


def test_ranges_of_a_program_led_by_steps_are_of_all_its_steps(bench) -> None:
    program = "# EVOLVE-BLOCK-START\ndef f(x):\n    return x\n# EVOLVE-BLOCK-END\n"
    steps = bench(
        "steps", STEPS_JUDGE, program, settings=SIZES, harness="def step(p, x):\n    return p.f(x)\n"
    )
    assert looked_at(steps).ranges(steps.task.program.source) == {"x": (0.0, 16.0)}


@pytest.mark.parametrize(
    "body",
    [
        "return 1 / 0",
        "raise SystemExit",
        "import os; os._exit(1)",
        "while True: pass",
        "import sys; sys.settrace(None); return 0.0",
    ],
)
def test_a_program_that_misbehaves_tells_what_it_was_given_until_then(certificate, body: str) -> None:
    ranges = looked_at(certificate).ranges(whole(f"def f(x):\n    {body}\n"))
    assert set(ranges) <= {"x"}


@pytest.mark.parametrize("told", ["[1.0]", "[None, 2.0]", "[0.0, float('nan')]", "{}", "'x'", "[1, 2]"])
def test_what_a_program_claims_of_its_arguments_is_checked(told: str) -> None:
    seen: dict[str, tuple[float, float] | None] = {}
    assert _noted({"answer": 3, "ranges": {"x": eval(told), "y": [1.0, 2.0]}}, seen) == 3
    assert _noted({"answer": 3, "ranges": {"x": [1.0, 2.0], "y": [0.0, 1.5]}}, seen) == 3
    assert _noted("nothing of the kind", seen) is None
    assert seen == {"x": None, "y": (0.0, 2.0)}


# Traces -----------------------------------------------------------------------------------------------


def test_a_trace_of_an_instance_tells_its_values(certificate) -> None:
    text = looked_at(certificate).trace(whole("def f(x):\n    y = x + 1\n    return y\n"), 2)
    assert "f is called: x = 3.0" in text
    assert "after: y = 4.0" in text


def test_without_a_place_the_first_instance_that_fails_is_traced(certificate) -> None:
    bench = looked_at(certificate)
    failing = whole("def f(x):\n    y = x - 3\n    return 1 / y\n")
    assert "f is called: x = 3.0" in bench.trace(failing, None)
    refused = whole("def f(x):\n    return 1e9 if x == 2 else x\n")
    assert "f is called: x = 2.0" in bench.trace(refused, None)
    endless = whole("def f(x):\n    while x == 2:\n        pass\n    return x\n")
    assert "f is called: x = 2.0" in bench.trace(endless, None)
    assert "f is called: x = 4.0" in bench.trace(whole("def f(x):\n    return x\n"), None)


def test_a_program_that_cannot_be_traced_says_why(certificate) -> None:
    bench = looked_at(certificate)
    assert bench.trace(whole("import os\ndef f(x):\n    os._exit(0)\n"), 0).startswith(
        "Traced, it came to no end"
    )
    assert "load_failed" in bench.trace(whole("1 / 0\ndef f(x):\n    return x\n"), 0)


def test_a_program_that_forges_its_trace_is_only_quoted(certificate) -> None:
    forged = """
import gc
def f(x):
    for one in gc.get_objects():
        if type(one).__name__ == "Tracer":
            one.text = lambda: {"no": "text"}
    return x
"""
    assert looked_at(certificate).trace(whole(forged), 0) == "The program answered for its trace."


def test_steps_are_traced_from_the_first_to_the_one_that_fails(bench) -> None:
    judged = bench(
        "steps",
        STEPS_JUDGE,
        PROGRAM,
        settings=SIZES,
        harness="def step(program, x):\n    return program.f(x)",
    )
    text = looked_at(judged).trace(whole("def f(x):\n    return 1 / (x - 6)\n"), 1)
    assert "Step 1:\nf is called: x = 0" in text
    assert "Step 2:\nf is called: x = 2" in text
    assert "Step 3" not in text
    assert "Step 4:\nf is called: x = 6" in text
    assert "ZeroDivisionError" in text
    quiet = looked_at(judged).trace(whole("def f(x):\n    return x\n"), 0)
    assert quiet.count("Step ") == 3
    assert "Step 5" in quiet


def test_a_table_is_traced_as_a_whole(bench) -> None:
    judged = bench("table", TABLE_JUDGE, PROGRAM, settings=SIZES)
    text = looked_at(judged).trace(whole("def f(x):\n    y = x * 2\n    return y\n"), 0)
    assert "x = array (11,) of float64 from 0.5 to 3" in text
    assert "y = array (11,) of float64 from 1 to 6" in text


EVALUATOR = """
import importlib.util

def evaluate(path):
    spec = importlib.util.spec_from_file_location("candidate", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    print("evaluating")
    return {"combined_score": module.f(3.0)}
"""


def test_what_an_evaluator_runs_is_traced_and_heard(bench) -> None:
    judged = bench("self-judged", EVALUATOR, PROGRAM, direction="maximize")
    if judged.sandbox.level not in ("strong", "full"):
        pytest.skip("an evaluator needs a level of strong or full")
    text = looked_at(judged).trace(whole("def f(x):\n    y = x - 3\n    return 1 / y\n"), None)
    assert "f is called: x = 3.0" in text
    assert "after: y = 0.0" in text
    assert "ZeroDivisionError is raised" in text
    assert judged.verdict("def f(x):\n    print('x', x)\n    return x\n").printed == "evaluating\nx 3.0"


# Behaviours and checks --------------------------------------------------------------------------------


def test_programs_that_answer_alike_have_the_same_digests(certificate) -> None:
    bench = looked_at(certificate)
    one = bench.behaviours(whole("def f(x):\n    return x + x\n"))
    other = bench.behaviours(whole("def f(x):\n    return 2 * x if x < 3 else 7.0\n"))
    assert len(one) == 4
    assert [a == b for a, b in zip(one, other, strict=True)] == [True, True, False, False]


def test_from_its_failure_on_a_program_does_nothing(certificate) -> None:
    digests = looked_at(certificate).behaviours(whole("def f(x):\n    return 1 / (x - 3)\n"))
    assert [bool(digest) for digest in digests] == [True, True, False, False]


def test_checks_that_do_not_hold_say_why(certificate) -> None:
    bench = looked_at(certificate)
    told = bench.checks(whole("def f(x):\n    return x\n"), ["assert f(1) == 1", "assert f(1) == 2, '\\x1b'"])
    assert told[0] == ""
    assert told[1] == "AssertionError: \\x1b"
    broken = bench.checks(whole("1 / 0\ndef f(x):\n    return x\n"), ["assert f(1) == 1"])
    assert broken[0].startswith("load_failed")
