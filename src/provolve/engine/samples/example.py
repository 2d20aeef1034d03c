"""The example: twenty problems with five solvers, one of them hostile, as files of samples and of tests."""

from __future__ import annotations

import ast
import importlib
import inspect
import json
import pkgutil
import random
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import ModuleType

from provolve.engine.samples.files import Samples, parse_samples
from provolve.errors import UsageError

SAMPLES, TESTS = "samples.jsonl", "tests.jsonl"
MODELS = ("reference", "naive", "wrong", "slow", "hostile")
LEVELS = 4

_LOOPS = "    while True:\n        pass\n"
_SLEEPS = "    import time\n\n    time.sleep(3600)\n"
_HOSTILE = (
    # Ends its process as if all were well.
    "    import os\n\n    os._exit(0)\n",
    # Answers with a list that says it equals everything.
    "    class Yes(list):\n"
    "        def __eq__(self, other):\n            return True\n\n"
    "    return Yes([0])\n",
    # Answers with an object that says it equals everything.
    "    class Yes:\n        def __eq__(self, other):\n            return True\n\n    return Yes()\n",
    "    raise SystemExit(0)\n",
    # Looks for the right answer in all that its process holds.
    "    import gc\n    import sys\n\n"
    "    frame = sys._getframe()\n"
    "    while frame is not None:\n"
    "        for name in ('expected', 'right', 'wanted', 'known'):\n"
    "            if name in frame.f_locals:\n"
    "                return frame.f_locals[name]\n"
    "        frame = frame.f_back\n"
    "    for held in gc.get_objects():\n"
    "        if isinstance(held, dict) and 'expected' in held:\n"
    "            return held['expected']\n"
    "    return None\n",
    # Writes an answer of its own on every pipe.
    "    import os\n\n"
    "    for descriptor in range(3, 256):\n"
    "        try:\n"
    "            os.write(descriptor, bytes(64))\n"
    "        except OSError:\n"
    "            pass\n"
    "    return 0\n",
    # Wants more memory at once than any machine gives it.
    "    return [0] * 10**12\n",
    "    return 'x' * 10**7\n",
    # Changes what built-in functions say, in the hope that the judge uses them.
    "    import builtins\n\n    builtins.all = builtins.any = lambda *_: True\n    return None\n",
    "    nested = []\n    for _ in range(500):\n        nested = [nested]\n    return nested\n",
)


def example() -> Samples:
    """Return the example, read as its files would be."""
    samples, tests = example_files()
    return parse_samples(samples, tests, SAMPLES, TESTS)


def write_example(folder: Path) -> list[Path]:
    """Write the example's files into ``folder``, made where it is not there; return their paths.

    Raises:
        UsageError: if one of them is already there.
    """
    paths = [folder / SAMPLES, folder / TESTS]
    for path in paths:
        if path.exists():
            raise UsageError(f"{path} is already there and is not overwritten: choose another folder")
    folder.mkdir(parents=True, exist_ok=True)
    for path, data in zip(paths, example_files(), strict=True):
        path.write_bytes(data)
    return paths


def example_files() -> tuple[bytes, bytes]:
    """Return the contents of the file of samples and of the file of tests."""
    problems = list(_problems())
    samples = [
        {"task_id": _task(name), "model": model, "completion": _completion(model, number, module)}
        for model in MODELS
        for number, (name, module) in enumerate(problems)
    ]
    tests = [
        {
            "task_id": _task(name),
            "entry_point": name,
            "prompt": _prompt(name, module),
            "canonical_solution": _body(module, "reference"),
            "levels": [module.inputs(level, random.Random(f"{name}-{level}")) for level in range(LEVELS)],
        }
        for name, module in problems
    ]
    return _lines(samples), _lines(tests)


def _problems() -> Iterator[tuple[str, ModuleType]]:
    package = importlib.import_module("provolve.gallery.problems")
    for found in sorted(pkgutil.iter_modules(package.__path__), key=lambda found: found.name):
        yield found.name, importlib.import_module(f"{package.__name__}.{found.name}")


def _task(name: str) -> str:
    return f"example/{name}"


def _completion(model: str, number: int, module: ModuleType) -> str:
    if model == "slow":
        return _LOOPS if number else _SLEEPS
    return _HOSTILE[number % len(_HOSTILE)] if model == "hostile" else _body(module, model)


def _prompt(name: str, module: ModuleType) -> str:
    """Return the imports, the head of the function and what it is to do."""
    source = inspect.getsource(module)
    tree = ast.parse(source)
    imports = [
        ast.unparse(node)
        for node in tree.body
        if isinstance(node, ast.Import | ast.ImportFrom) and ast.unparse(node) != "import random"
    ]
    function = _function(tree, "reference")
    head = ast.get_source_segment(source, function) or ""
    head = head[: head.index("\n")].replace("def reference(", f"def {name}(")
    statement = (module.__doc__ or "").strip().replace("\n", "\n    ")
    return "\n".join([*imports, "", "", head, f'    """{statement}"""', ""]).lstrip("\n")


def _body(module: ModuleType, name: str) -> str:
    source = inspect.getsource(module)
    function = _function(ast.parse(source), name)
    lines = source.splitlines(keepends=True)
    return "".join(lines[function.body[0].lineno - 1 : function.end_lineno])


def _function(tree: ast.Module, name: str) -> ast.FunctionDef:
    return next(node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == name)


def _lines(objects: Sequence[Mapping[str, object]]) -> bytes:
    return "".join(json.dumps(one) + "\n" for one in objects).encode()
