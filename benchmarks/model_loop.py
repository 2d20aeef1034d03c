"""Candidates per second and CPU per candidate of runs with a model that answers at once.

A stub server in a process of its own speaks the protocol and answers each call with another program, at once;
the evaluator is trivial; two workers judge. CPU is that of everything but the stub: the run, its workers and
all sandboxed children. With --peer-python PATH, the interpreter of an environment that holds openevolve, the
same is done there, in turns with provolve, on the same seed program, evaluator and stub. Its settings are its
own defaults but for those that the heading lists; so are provolve's.

Programs are of two kinds: ``open`` ones hold a loop, and each is judged in a process of its own, as what
models write mostly is; ``closed`` ones only compute, and share one.

--flatness runs 20,000 candidates and compares the CPU per candidate at the end with that near 1,000.
Usage: model_loop.py [CANDIDATES ...] [--in-flight N] [--rounds N] [--programs KIND ...] [--peer-python PATH]
       model_loop.py --flatness [--in-flight N] [--programs KIND ...]
"""

from __future__ import annotations

import argparse
import asyncio
import ctypes
import json
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

import provolve
from processes import cpu_of_tree

KINDS = ("open", "closed")
PROGRAM = "# EVOLVE-BLOCK-START\ndef guess(x):\n    return 1.0 * x\n# EVOLVE-BLOCK-END\n"
TASK = f"""# /// task
# direction = "minimize"
# answer = "certificate"
# aggregate = "mean"
# [splits]
# train = 1
# validation = 1
# ///
# %% judge
def instances(split, count, rng):
    for _ in range(count):
        yield 2.0

def score(instance, answer):
    return abs(answer - 7.0)
# %% program
{PROGRAM}"""
EVALUATOR = """import importlib.util

def evaluate(path):
    spec = importlib.util.spec_from_file_location("program", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return {"combined_score": -abs(module.guess(2.0) - 7.0)}
"""
PEER = """import asyncio, sys
from openevolve import OpenEvolve
from openevolve.config import Config
folder, url, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
config = Config.from_dict({
    "max_iterations": count,
    "random_seed": 1,
    "diff_based_evolution": False,
    "llm": {"api_base": url, "api_key": "none", "models": [{"name": "stub", "weight": 1.0}]},
    "evaluator": {"parallel_evaluations": 2},
})
paths = f"{folder}/initial.py", f"{folder}/evaluator.py"
controller = OpenEvolve(*paths, config=config, output_dir=f"{folder}/out")
asyncio.run(controller.run(iterations=count))
print("programs", len(controller.database.programs))
"""
OURS = """import sys
import provolve
from provolve.record import AskTold
told = 0
def listen(event):
    global told
    if isinstance(event, AskTold):
        before, told = told, told + len(event.verdicts)
        if told // 500 > before // 500:
            print("told", told - told % 500, flush=True)
task, url, count, in_flight, runs = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), sys.argv[5]
options = {"base_url": url, "operators": ["improve"], "form": "region"}
run = provolve.run(
    task, proposer="model", budget=f"{count}candidates", workers=2, window=in_flight, runs=runs, seed=1,
    proposer_options=options, listener=listen,
)
print("programs", run.spent.candidates)
"""
_CHILD_SUBREAPER = 36
_STRETCH = 500


_SETTINGS = """\
both: {in_flight} calls in flight allowed, 2 workers, whole regions asked for, one call a candidate, seed 1
provolve: proposer model, operator improve, else its defaults: every prompt, reply and verdict recorded;
  candidates in its sandbox at the level proven here, judged from outside
openevolve: else its defaults (population 1,000, 5 islands, archive 100, a checkpoint every 100, prompts
  logged, cascade on, INFO); candidates in its own worker processes, no sandbox, as many calls as workers"""


def main() -> None:
    """Print one line for each number of candidates and each of the programs."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("candidates", nargs="*", type=int, default=[500, 1500])
    parser.add_argument("--in-flight", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--programs", nargs="+", choices=KINDS, default=KINDS)
    parser.add_argument("--peer-python")
    parser.add_argument("--flatness", action="store_true")
    options = parser.parse_args()
    # Sandboxes outlive a killed worker for a moment: they are reaped, and counted, here.
    ctypes.CDLL(None).prctl(_CHILD_SUBREAPER, 1, 0, 0, 0)
    print("trivial evaluator, a stub that answers at once")
    print(_SETTINGS.format(in_flight=options.in_flight))
    for programs in options.programs:
        print(f"{programs} programs", flush=True)
        if options.flatness:
            flatness(options.in_flight, programs)
            continue
        for count in options.candidates:
            compare(count, programs, options)


def compare(count: int, programs: str, options: argparse.Namespace) -> None:
    """Print the rates of the two on one kind of programs, measured in turns, and their ratio."""
    found: dict[str, list[tuple[float, float]]] = {"provolve": []}
    if options.peer_python:
        found["openevolve"] = []
    for _ in range(options.rounds):
        for name, results in found.items():
            python = options.peer_python if name == "openevolve" else sys.executable
            results.append(measured(name, python, count, options.in_flight, programs))
    for name, results in found.items():
        rate = median(count / seconds for seconds, _ in results)
        cpu = median(cpu / count for _, cpu in results)
        print(f"{name:<11} {count:>6} candidates  {rate:>8.1f}/s  {1000 * cpu:>8.2f} ms of CPU a candidate")
    if options.peer_python:
        pairs = list(zip(found["provolve"], found["openevolve"], strict=True))
        rate = median(theirs[0] / ours[0] for ours, theirs in pairs)
        cpu = median(theirs[1] / ours[1] for ours, theirs in pairs)
        print(
            f"ratio       {count:>6} candidates  {rate:>8.1f} in candidates/s  {cpu:>8.1f} in CPU", flush=True
        )


def measured(name: str, python: str, count: int, in_flight: int, programs: str) -> tuple[float, float]:
    """Return wall and CPU seconds of one run, from its start to the end of its last child."""
    with started(name, python, count, in_flight, programs) as (run, before, began):
        output, errors = run.communicate()
        seconds = time.perf_counter() - began
        _reap()
        cpu = _cpu() - before
    judged = re.search(r"programs (\d+)", output)
    if run.returncode != 0 or judged is None or int(judged[1]) < min(count, 1000):
        sys.exit(f"{name} failed: {output[-500:]} {errors[-2000:]}")
    return seconds, cpu


@contextmanager
def started(
    name: str, python: str, count: int, in_flight: int, programs: str
) -> Iterator[tuple[subprocess.Popen[str], float, float]]:
    """Start a run; give its process, and CPU and wall clock before it."""
    folder = Path(tempfile.mkdtemp(prefix="model-loop-"))
    try:
        (folder / "guess.py").write_text(TASK)
        (folder / "initial.py").write_text(PROGRAM)
        (folder / "evaluator.py").write_text(EVALUATOR)
        with stub(programs) as url:
            where = [str(folder / "guess.py")] if name == "provolve" else [str(folder)]
            script = OURS if name == "provolve" else PEER
            arguments = [python, "-c", script, *where, url, str(count), str(in_flight), str(folder / "runs")]
            environment = {**os.environ, "OPENAI_API_KEY": "none"}
            # Whoever installs either has its bytecode.
            environment.pop("PYTHONDONTWRITEBYTECODE", None)
            if name != "provolve":
                environment.pop("PYTHONPATH", None)
            before, began = _cpu(), time.perf_counter()
            errors = subprocess.DEVNULL if name != "provolve" else subprocess.PIPE
            with subprocess.Popen(
                arguments, stdout=subprocess.PIPE, stderr=errors, text=True, env=environment
            ) as run:
                yield run, before, began
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def flatness(in_flight: int, programs: str, count: int = 20_000) -> None:
    """Print CPU per candidate, and memory of the run's own process, along one long run.

    Each figure is the least over four stretches of 500 candidates: what else runs here comes and goes.
    """
    marks = {}
    with started("provolve", sys.executable, count, in_flight, programs) as (run, _, _):
        assert run.stdout is not None
        for line in run.stdout:
            if told := re.match(r"told (\d+)", line):
                marks[int(told[1])] = cpu_of_tree(run.pid), _memory_of(run.pid)
        if run.wait() != 0 or len(marks) < count // _STRETCH:
            sys.exit(f"provolve failed: {run.stderr.read()[-2000:] if run.stderr else ''}")
    costs = {}
    for first in (_STRETCH, 2_000, 5_000, 10_000, count - 4 * _STRETCH):
        ends = range(first + _STRETCH, first + 5 * _STRETCH, _STRETCH)
        costs[first] = min((marks[end][0] - marks[end - _STRETCH][0]) / _STRETCH for end in ends)
        print(
            f"{first:>6} to {ends[-1]:>6}: {1000 * costs[first]:>6.2f} ms of CPU a candidate, "
            f"{costs[first] / costs[_STRETCH]:.2f} x, {marks[ends[-1]][1]:>4.0f} MB"
        )


def _memory_of(pid: int) -> float:
    """Return the resident megabytes of a process."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGESIZE") / 2**20


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _reap() -> None:
    """Wait for what the run has left behind; the stub goes on."""
    end = time.monotonic() + 2
    while time.monotonic() < end:
        try:
            if os.waitpid(-1, os.WNOHANG)[0] == 0:
                time.sleep(0.05)
        except ChildProcessError:
            return


@contextmanager
def stub(programs: str) -> Iterator[str]:
    """Serve the stub in a process of its own; its address."""
    process = subprocess.Popen(
        [sys.executable, __file__, "--serve", programs], stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{int(process.stdout.readline())}/v1"
    finally:
        process.kill()
        process.wait()


async def serve(programs: str) -> None:
    """Answer every call with a program that none had before, of the kind ``programs``."""
    numbers = iter(range(1, 10**9))

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                length = re.search(r"content-length: (\d+)", head, re.IGNORECASE)
                body = json.loads(await reader.readexactly(int(length[1]))) if length else {}
                data, kind = (
                    _reply(body, programs, next(numbers)) if body else (_models(), "application/json")
                )
                lines = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {len(data)}\r\n\r\n"
                writer.write(lines.encode() + data)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0, limit=2**22)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


def _models() -> bytes:
    return json.dumps({"object": "list", "data": [{"id": "stub", "object": "model"}]}).encode()


def _reply(body: dict[str, object], programs: str, number: int) -> tuple[bytes, str]:
    rule = f"{3.5 + number / 7} * x + {number}.0"
    if programs == "closed":
        region = f"def guess(x):\n    return {rule}\n"
    else:
        region = f"def guess(x):\n    for _ in range(2):\n        x = {rule}\n    return x\n"
    text = f"```python\n# EVOLVE-BLOCK-START\n{region}# EVOLVE-BLOCK-END\n```"
    usage = {"prompt_tokens": 500, "completion_tokens": 50, "total_tokens": 550}
    common = {"id": "1", "created": 0, "model": "stub"}
    if not body.get("stream"):
        message = {"role": "assistant", "content": text}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        tree = {**common, "object": "chat.completion", "choices": [choice], "usage": usage}
        return json.dumps(tree).encode(), "application/json"
    chunks = [
        {"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": None}]},
        {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]},
        {"choices": [], "usage": usage},
    ]
    common["object"] = "chat.completion.chunk"
    lines = "".join(f"data: {json.dumps({**common, **chunk})}\n\n" for chunk in chunks)
    return f"{lines}data: [DONE]\n\n".encode(), "text/event-stream"


if __name__ == "__main__":
    if sys.argv[1:2] == ["--serve"]:
        asyncio.run(serve(sys.argv[2]))
    else:
        assert provolve.__version__
        main()
