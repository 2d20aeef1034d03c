"""The same cheating candidates through OpenEvolve 0.4.0 and through provolve, side by side.

The task: count the primes below n, for a few n, in the time allowed. OpenEvolve is given an evaluator as its
examples have them, and runs it by its own ``Evaluator`` in a worker process, as its controller does; provolve
is given the same task with a judge. After each cheat the honest program is judged once more by what is left.

OpenEvolve has to be installed beside provolve: ``pip install openevolve==0.4.0``. Nothing is asserted.
Run ``python benchmarks/peers_cheating.py``.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import json
import logging
import multiprocessing
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

LIMIT = 0.3
"""Seconds allowed for all answers (OpenEvolve's evaluator), or for each (provolve)."""
TIMEOUT = 2
"""Seconds after which OpenEvolve gives up an evaluation."""
PATIENCE = 50
"""Seconds after which a whole trial with OpenEvolve is ended from outside."""

EVALUATOR = f"""
import importlib.util
import time

CASES = {{100: 25, 1000: 168, 2000: 303, 5000: 669}}


def evaluate(program_path):
    spec = importlib.util.spec_from_file_location("program", program_path)
    program = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(program)
    right, began = 0, time.perf_counter()
    for n, expected in CASES.items():
        if program.primes_below(n) == expected:
            right += 1
    if time.perf_counter() - began > {LIMIT}:
        return {{"combined_score": 0.0}}
    return {{"combined_score": right / len(CASES)}}
"""

TASK = f"""
# /// task
# direction = "maximize"
# answer = "certificate"
# aggregate = "mean"
# splits.exhaustive = true
# splits.train = 4
# [limits]
# cpu_seconds = {LIMIT}
# wall_seconds = {TIMEOUT}.0
# load_seconds = 0.2
# ///
# %% judge
CASES = {{100: 25, 1000: 168, 2000: 303, 5000: 669}}


def instances(split, count, rng):
    yield from CASES


def score(instance, answer):
    return 1.0 if type(answer) is int and answer == CASES[instance] else 0.0
# %% program
# EVOLVE-BLOCK-START
def primes_below(n):
    return 0
# EVOLVE-BLOCK-END
"""

COUNT = """
    sieve = bytearray([1]) * n
    for k in range(2, int(n ** 0.5) + 1):
        if sieve[k]:
            sieve[k * k :: k] = bytes(len(range(k * k, n, k)))
    return sum(sieve[2:])
"""
HONEST = f"def primes_below(n):{COUNT}"
CHEATS = {
    "honest": HONEST,
    "wrong answers, to compare": "def primes_below(n):\n    return n // 4\n",
    "slow, to compare": (
        "import time\n\ndef primes_below(n):\n    until = time.process_time() + 0.4\n"
        f"    while time.process_time() < until:\n        pass{COUNT}"
    ),
    "slow, with a fake clock": (
        "import time\n\ntime.perf_counter = time.time = time.monotonic = lambda: 0.0\n"
        "def primes_below(n):\n    until = time.process_time() + 0.4\n"
        f"    while time.process_time() < until:\n        pass{COUNT}"
    ),
    "forged score": (
        "import sys\n\ndef primes_below(n):\n    frame = sys._getframe(1)\n    while frame is not None:\n"
        "        frame.f_globals['len'] = lambda _: 1e-6\n"
        "        if 'CASES' in frame.f_globals:\n            return frame.f_globals['CASES'][n]\n"
        "        frame = frame.f_back\n    return 0\n"
    ),
    "stolen expected answers": (
        "import sys\n\ndef primes_below(n):\n    frame = sys._getframe(1)\n    while frame is not None:\n"
        "        if 'CASES' in frame.f_globals:\n            return frame.f_globals['CASES'][n]\n"
        "        frame = frame.f_back\n    return 0\n"
    ),
    "__eq__ that is always true": (
        "class Same(int):\n    __hash__ = int.__hash__\n    def __eq__(self, other):\n        return True\n\n"
        "def primes_below(n):\n    return Same(0)\n"
    ),
    "os._exit": "import os\n\ndef primes_below(n):\n    os._exit(0)\n",
    "endless loop": "def primes_below(n):\n    while True:\n        pass\n",
}

Result = tuple[str, str]
"""What became of the cheat, and what of the honest program after it."""


def main() -> None:
    provolve = through_provolve()
    if importlib.util.find_spec("openevolve") is None:
        print("OpenEvolve is not installed here: pip install openevolve==0.4.0, then run this again\n")
        peer = dict.fromkeys(CHEATS, ("not installed", ""))
    else:
        peer = {name: in_a_process_of_its_own(name) for name in CHEATS}
    print(f"{'':28}| {'OpenEvolve 0.4.0':41}| provolve")
    print(f"{'candidate':28}| {'cheat':20} {'honest after it':20}| {'cheat':30} honest after it")
    print("-" * 28 + "+" + "-" * 42 + "+" + "-" * 50)
    for name in CHEATS:
        (theirs, after), (ours, our_after) = peer[name], provolve[name]
        print(f"{name:28}| {theirs:20} {after:20}| {ours:30} {our_after}")
    print("\nScores are shares of right answers: 1 is all there is to reach.")


def through_provolve() -> dict[str, Result]:
    """Judge every candidate with provolve, all by one judge in one sandbox."""
    from provolve.engine.worker import open_sandbox
    from provolve.judge import Batch, Judge
    from provolve.program import lift
    from provolve.task import load

    def outcome(judge: Judge, text: str) -> str:
        candidate = lift(judge.task.program, (text,))
        batch = Batch((candidate.template,), ((0, candidate.literals),), incumbent=-1e9)
        verdict = judge.judge(batch)[0]
        return f"{-verdict.loss:g}" if verdict.loss is not None else str(verdict.rejection)

    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "primes.py"
        path.write_text(TASK)
        task = load(path)
        with open_sandbox(task, slot=0) as sandbox:
            judge = Judge(task, sandbox, seed=1, test_seed=1)
            for split in ("train", "validation"):
                judge.scoring.set_reference(split, judge.plain.judge(split, task.program.source).scores)
            print(f"provolve: sandbox {sandbox.level}")
            return {name: (outcome(judge, text), outcome(judge, HONEST)) for name, text in CHEATS.items()}


def in_a_process_of_its_own(name: str) -> Result:
    """Put one cheat through OpenEvolve in a fresh process group, which is ended if it never returns."""
    process = subprocess.Popen(
        [sys.executable, __file__, "--peer", name],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    try:
        output = process.communicate(timeout=PATIENCE)[0]
        first, second = json.loads(output.splitlines()[-1])
    except (subprocess.TimeoutExpired, ValueError, IndexError):
        return "the trial never ended", ""
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    return first, second


def through_openevolve(name: str) -> None:
    """Evaluate the cheat, then the honest program, in one worker process; print both outcomes as JSON."""
    logging.disable(logging.CRITICAL)
    with tempfile.TemporaryDirectory() as folder:
        evaluator = Path(folder) / "evaluator.py"
        evaluator.write_text(EVALUATOR)
        pool = ProcessPoolExecutor(max_workers=1)
        told = [
            _outcome(lambda text=text: pool.submit(_evaluate, str(evaluator), text).result(timeout=20))
            for text in (CHEATS[name], HONEST)
        ]
    print(json.dumps(told), flush=True)
    # A candidate that hangs still holds its thread: nothing but the end of the process ends it.
    for worker in multiprocessing.active_children():
        worker.kill()
    os._exit(0)


_evaluators: dict[str, Any] = {}


def _evaluate(path: str, text: str) -> dict[str, Any]:
    """Evaluate one program by the evaluator that the worker process keeps, as OpenEvolve's workers do."""
    from openevolve.config import EvaluatorConfig
    from openevolve.evaluator import Evaluator

    if path not in _evaluators:
        config = EvaluatorConfig(timeout=TIMEOUT, max_retries=0, cascade_evaluation=False)
        _evaluators[path] = Evaluator(config, path)
    result: dict[str, Any] = asyncio.run(_evaluators[path].evaluate_program(text, "cheat"))
    return result


def _outcome(evaluated: Callable[[], dict[str, Any]]) -> str:
    began = time.monotonic()
    try:
        metrics = evaluated()
    except Exception as error:  # noqa: BLE001 - whatever becomes of it is the finding
        return type(error).__name__ + (" (waited)" if time.monotonic() - began > 2 * TIMEOUT else "")
    if metrics.get("timeout"):
        return "timeout"
    return (
        f"{metrics['combined_score']:g}" if "combined_score" in metrics else f"error {metrics.get('error')}"
    )


if __name__ == "__main__":
    if sys.argv[1:2] == ["--peer"]:
        through_openevolve(sys.argv[2])
    else:
        main()
