"""Candidates that share a process with their evaluator: the word can be forged, and nothing else."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from provolve.engine.worker import open_sandbox
from provolve.errors import SandboxUnavailable
from provolve.judge import Batch, Judge
from provolve.program import lift
from provolve.record import Rejection, Verdict
from provolve.task import load

TASK = """
# /// task
# direction = "maximize"
# answer = "self-judged"
# [limits]
# cpu_seconds = 1.0
# wall_seconds = 1.0
# load_seconds = 0.5
# memory_mb = 256
# ///
# %% evaluator
import importlib.util
import os


def evaluate(program_path):
    names = sorted(os.listdir(os.path.dirname(program_path)))
    spec = importlib.util.spec_from_file_location("candidate", program_path)
    candidate = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(candidate)
    return {"combined_score": float(candidate.value(names))}
# %% program
# EVOLVE-BLOCK-START
def value(names):
    return 0.5 if names == ["evaluator.py", "program.py"] else -1.0
# EVOLVE-BLOCK-END
"""
HONEST = "def value(names):\n    return 0.25 if names == ['evaluator.py', 'program.py'] else -1.0\n"


class Bench:
    """The judge of the task, and a folder that everybody might write to."""

    def __init__(self, folder: Path) -> None:
        path = folder / "cheat.py"
        path.write_text(TASK)
        self.task = load(path)
        self.sandbox = open_sandbox(self.task, slot=7)
        self.judge = Judge(self.task, self.sandbox, seed=1, test_seed=2)
        for split in ("train", "validation"):
            scores = self.judge.plain.judge(split, self.task.program.source).scores
            self.judge.scoring.set_reference(split, scores)

    def verdict(self, text: str) -> Verdict:
        candidate = lift(self.task.program, (text,))
        return self.judge.judge(Batch((candidate.template,), ((0, candidate.literals),), incumbent=-1e9))[0]


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    try:
        bench = Bench(tmp_path_factory.mktemp("cheat"))
    except SandboxUnavailable as error:
        pytest.skip(str(error))
    with bench.sandbox:
        yield bench


FORGED = {
    "a builtin is replaced": (
        "import builtins\ndef value(names):\n    builtins.float = lambda value: 99.0\n    return 0\n"
    ),
    "the harness is replaced": (
        "import sys\n"
        "def value(names):\n"
        "    frame = sys._getframe(0)\n"
        "    while frame is not None:\n"
        "        if 'EVALUATOR' in frame.f_globals:\n"
        "            frame.f_globals['_number'] = lambda value: 99.0\n"
        "        frame = frame.f_back\n"
        "    return 0\n"
    ),
}


@pytest.mark.parametrize("text", FORGED.values(), ids=FORGED.keys())
def test_a_forged_word_is_taken_and_marked(bench: Bench, text: str) -> None:
    found = bench.verdict(text)
    assert found.scores == (99.0,)
    assert found.self_judged


ENDED = {
    "exit": ("import os\ndef value(names):\n    os._exit(0)\n", {Rejection.KILLED}),
    "hang": ("def value(names):\n    while True:\n        pass\n", {Rejection.DEADLINE}),
    "sleep": ("import time\ndef value(names):\n    time.sleep(60)\n", {Rejection.DEADLINE}),
    "memory": (
        "def value(names):\n    return len(bytearray(2**32))\n",
        {Rejection.MEMORY, Rejection.RAISED},
    ),
    "process": ("import os\ndef value(names):\n    return os.fork()\n", {Rejection.RAISED}),
    "a text for a score": (
        "class Odd(float):\n    def __float__(self):\n        return 'x'\n"
        "def value(names):\n    return Odd(1)\n",
        {Rejection.RAISED},
    ),
    "junk on the pipe": ("import os\ndef value(names):\n    os.write(3, b'x' * 64)\n    return 1\n", None),
}


@pytest.mark.parametrize(("text", "rejections"), ENDED.values(), ids=ENDED.keys())
def test_what_ends_a_candidate_ends_nobody_else(
    bench: Bench, text: str, rejections: set[Rejection] | None
) -> None:
    found = bench.verdict(text)
    assert found.rejection in (rejections or {Rejection.ANSWER_MALFORMED})
    assert found.self_judged
    assert bench.verdict(HONEST).scores == (0.25,)


def test_what_one_leaves_in_its_folder_no_other_finds(bench: Bench) -> None:
    littering = (
        "import os\n"
        "def value(names):\n"
        "    for number in range(50):\n"
        "        open(f'junk{number}', 'w').close()\n"
        "        os.mkdir(f'folder{number}')\n"
        "    open('evaluator.py', 'w').write('def evaluate(path): return {\"combined_score\": 9.0}')\n"
        "    return 0.1\n"
    )
    assert bench.verdict(littering).scores == (0.1,)
    assert bench.verdict(HONEST).scores == (0.25,)


REACHING = """
import os
import socket

def value(names):
    folder, reached = FOLDER, 0
    secret = folder + "/secret"
    for what in (
        lambda: open(secret).read(), lambda: os.listdir(folder), lambda: open(folder + "/new", "w"),
        lambda: os.unlink(secret), lambda: os.truncate(secret, 0), lambda: open(secret, "r+"),
        lambda: os.rename("program.py", folder + "/moved"), lambda: os.chmod(secret, 0),
        lambda: os.symlink(secret, "link"), lambda: open("/etc/passwd").read(), lambda: os.listdir("/"),
        lambda: socket.socket(),
    ):
        try:
            what()
            reached += 1
        except OSError:
            pass
    return reached
"""


def test_no_file_is_touched_outside_the_folder(bench: Bench) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o777)
        (folder / "secret").write_text("secret")
        (folder / "secret").chmod(0o666)
        text = REACHING.replace("FOLDER", repr(name))
        assert bench.verdict(text).scores == (0.0,)
        assert [path.name for path in folder.iterdir()] == ["secret"]
        assert (folder / "secret").read_text() == "secret"
