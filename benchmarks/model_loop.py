"""Candidates per second and CPU per candidate of runs with a model that answers at once.

A stub server in a process of its own speaks the protocol and answers each call with another program, at once;
the evaluator is trivial; two workers judge. CPU is that of everything but the stub: the run, its workers and
all sandboxed children. With --peer-python PATH, the interpreter of an environment that holds openevolve, the
same is done there, in turns with provolve, on the same seed program, evaluator and stub.
Usage: model_loop.py [CANDIDATES ...] [--in-flight N] [--rounds N] [--peer-python PATH]
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
from openevolve.config import Config, LLMModelConfig
folder, url, count, in_flight = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
config = Config()
config.max_iterations = count
config.checkpoint_interval = 10**9
config.log_level = "ERROR"
config.diff_based_evolution = False
config.random_seed = 1
config.llm.api_base = url
config.llm.api_key = "none"
config.llm.models = [
    LLMModelConfig(
        name="stub", api_base=url, api_key="none", weight=1.0, timeout=60, retries=3, retry_delay=1,
        temperature=0.7, top_p=0.95, max_tokens=4096,
    )
]
config.llm.evaluator_models = config.llm.models
config.evaluator.parallel_evaluations = 2
config.evaluator.cascade_evaluation = False
config.evaluator.timeout = 60
paths = f"{folder}/initial.py", f"{folder}/evaluator.py"
controller = OpenEvolve(*paths, config=config, output_dir=f"{folder}/out")
asyncio.run(controller.run(iterations=count))
print("programs", len(controller.database.programs))
"""
OURS = """import sys
import provolve
task, url, count, in_flight, runs = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), sys.argv[5]
options = {"base_url": url, "operators": ["improve"], "form": "region"}
run = provolve.run(
    task, proposer="model", budget=f"{count}candidates", workers=2, window=in_flight, runs=runs, seed=1,
    proposer_options=options,
)
print("programs", run.spent.candidates)
"""
_CHILD_SUBREAPER = 36


def main() -> None:
    """Print one line for each number of candidates and each of the programs."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("candidates", nargs="*", type=int, default=[500, 1500])
    parser.add_argument("--in-flight", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--peer-python")
    options = parser.parse_args()
    # Sandboxes outlive a killed worker for a moment: they are reaped, and counted, here.
    ctypes.CDLL(None).prctl(_CHILD_SUBREAPER, 1, 0, 0, 0)
    print(f"two workers, {options.in_flight} calls in flight, trivial evaluator, a stub that answers at once")
    print("provolve: candidates in its sandbox at the level proven here, judged from outside")
    if options.peer_python:
        print("openevolve: candidates in its own worker processes, no sandbox")
    for count in options.candidates:
        found: dict[str, list[tuple[float, float, int]]] = {"provolve": []}
        if options.peer_python:
            found["openevolve"] = []
        for _ in range(options.rounds):
            for name, results in found.items():
                python = options.peer_python if name == "openevolve" else sys.executable
                results.append(measured(name, python, count, options.in_flight))
        for name, results in found.items():
            rate = median(programs / seconds for seconds, _, programs in results)
            cpu = median(cpu / programs for _, cpu, programs in results)
            print(
                f"{name:<11} {count:>6} candidates  {rate:>8.1f}/s  {1000 * cpu:>8.2f} ms of CPU a candidate"
            )


def measured(name: str, python: str, count: int, in_flight: int) -> tuple[float, float, int]:
    """Return wall seconds, CPU seconds and programs judged of one run."""
    folder = Path(tempfile.mkdtemp(prefix="model-loop-"))
    try:
        (folder / "guess.py").write_text(TASK)
        (folder / "initial.py").write_text(PROGRAM)
        (folder / "evaluator.py").write_text(EVALUATOR)
        with stub() as url:
            where = [str(folder / "guess.py")] if name == "provolve" else [str(folder)]
            script = OURS if name == "provolve" else PEER
            arguments = [python, "-c", script, *where, url, str(count), str(in_flight), str(folder / "runs")]
            environment = {**os.environ, "OPENAI_API_KEY": "none"}
            if name != "provolve":
                environment.pop("PYTHONPATH", None)
            before, began = _cpu(), time.perf_counter()
            result = subprocess.run(arguments, capture_output=True, text=True, check=False, env=environment)
            seconds = time.perf_counter() - began
            _reap()
            cpu = _cpu() - before
        programs = re.search(r"programs (\d+)", result.stdout)
        if result.returncode != 0 or programs is None:
            sys.exit(f"{name} failed: {result.stderr[-2000:]}")
        return seconds, cpu, min(count, int(programs[1])) if name == "provolve" else count
    finally:
        shutil.rmtree(folder, ignore_errors=True)


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
def stub() -> Iterator[str]:
    """Serve the stub in a process of its own; its address."""
    process = subprocess.Popen([sys.executable, __file__, "--serve"], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{int(process.stdout.readline())}/v1"
    finally:
        process.kill()
        process.wait()


async def serve() -> None:
    """Answer every call with a program that none had before."""
    numbers = iter(range(1, 10**9))

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                length = re.search(r"content-length: (\d+)", head, re.IGNORECASE)
                body = json.loads(await reader.readexactly(int(length[1]))) if length else {}
                data, kind = _reply(body, next(numbers)) if body else (_models(), "application/json")
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


def _reply(body: dict[str, object], number: int) -> tuple[bytes, str]:
    region = f"def guess(x):\n    return {3.5 + number / 7} * x + {number}.0\n"
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
    if sys.argv[1:] == ["--serve"]:
        asyncio.run(serve())
    else:
        assert provolve.__version__
        main()
