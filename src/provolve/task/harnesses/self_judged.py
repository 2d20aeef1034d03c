"""Calls an evaluator in the style of OpenEvolve on a candidate, beside which it runs."""

import concurrent.futures
import dataclasses
import importlib
import sys
import tempfile
import types
from pathlib import Path
from typing import Any

EVALUATOR = ""
THRESHOLDS: tuple = ()
FOLDER = ""
PROCESSES = False


class AtOnce(concurrent.futures.Executor):
    """Carries out each call when it is submitted: no thread can be started here."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        pass

    def submit(self, function: Any, /, *arguments: Any, **options: Any) -> Any:
        future: Any = concurrent.futures.Future()
        try:
            future.set_result(function(*arguments, **options))
        except Exception as error:  # noqa: BLE001 - whatever it is, the evaluator is told
            future.set_exception(error)
        return future


class EvaluatorRaised(Exception):
    """The evaluator raised, on its own account or the candidate's."""


@dataclasses.dataclass
class EvaluationResult:
    """Stands in for the class of the same name where openevolve is not installed."""

    metrics: dict
    artifacts: dict = dataclasses.field(default_factory=dict)

    @classmethod
    def from_dict(cls, metrics: dict) -> Any:
        return cls(metrics=metrics)

    def to_dict(self) -> dict:
        return self.metrics

    def has_artifacts(self) -> bool:
        return bool(self.artifacts)

    def get_artifact_keys(self) -> list:
        return list(self.artifacts)

    def get_artifact_size(self, key: str) -> int:
        value = self.artifacts.get(key, b"")
        return len(value if isinstance(value, bytes) else str(value).encode())

    def get_total_artifact_size(self) -> int:
        return sum(map(self.get_artifact_size, self.artifacts))


def _stand_in() -> None:
    package, module = types.ModuleType("openevolve"), types.ModuleType("openevolve.evaluation_result")
    package.__path__ = []
    EvaluationResult.__module__ = module.__name__
    package.evaluation_result = module
    package.EvaluationResult = module.EvaluationResult = EvaluationResult
    sys.modules[package.__name__], sys.modules[module.__name__] = package, module


try:
    importlib.import_module("openevolve.evaluation_result")
except ImportError:
    _stand_in()


def answer(program: Any, visible: Any) -> dict:
    """Return what the evaluator says of the candidate whose source is ``program.SOURCE``."""
    folder = Path.cwd()
    tempfile.tempdir = str(folder)
    if not PROCESSES:
        concurrent.futures.ThreadPoolExecutor = AtOnce
    if FOLDER not in sys.path:
        sys.path.append(FOLDER)
    # An evaluator may import the candidate under this very name.
    sys.modules.pop("program", None)
    path = _written(folder / "program.py", program.SOURCE)
    try:
        metrics, artifacts, stage = _evaluated(_loaded(folder / "evaluator.py"), path)
    except MemoryError:
        raise
    except Exception as error:
        told = f"{type(error).__name__}: {error}{_place(error, folder)}{_hint(error)}"
        raise EvaluatorRaised(told) from error
    return {
        "combined_score": _number(metrics.get("combined_score")),
        "metrics": {str(name): float(value) for name, value in metrics.items() if _is_number(value)},
        "artifacts": {str(name): _artifact(value) for name, value in artifacts.items()},
        "stage": stage,
    }


def _written(path: Path, text: str) -> str:
    path.write_text(text, encoding="utf-8")
    return str(path)


def _place(error: BaseException, folder: Path) -> str:
    """Say on which line of the evaluator or the program ``error`` was raised, where that shows."""
    found, step = "", error.__traceback__
    while step is not None:
        file = Path(step.tb_frame.f_code.co_filename)
        if file.parent == folder:
            found = f" (line {step.tb_lineno} of {file.name})"
        step = step.tb_next
    return found


def _hint(error: BaseException) -> str:
    """Say which hole would show the file or module beside the evaluator that was not found."""
    if isinstance(error, ModuleNotFoundError) and error.name:
        name = error.name.partition(".")[0]
        beside = Path(FOLDER, name).is_dir() or Path(FOLDER, f"{name}.py").exists()
        return ' (allow = ["read:."] would permit it)' if beside else ""
    if isinstance(error, FileNotFoundError) and isinstance(error.filename, str):
        name = Path(error.filename)
        if not name.is_absolute() and Path(FOLDER, name).exists():
            return f' (it lies beside the evaluator: allow = ["read:{name}"], and open it from there)'
    return ""


def _loaded(path: Path) -> types.ModuleType:
    module = types.ModuleType("evaluation_module")
    # Files that belong to it are looked for where it is, not where it was written.
    module.__file__ = str(Path(FOLDER, path.name))
    sys.modules[module.__name__] = module
    exec(compile(EVALUATOR, _written(path, EVALUATOR), "exec", dont_inherit=True), module.__dict__)
    return module


def _evaluated(evaluator: types.ModuleType, path: str) -> tuple:
    """Return metrics, artifacts and the number of the last stage, 0 where there are none."""
    if not THRESHOLDS or not hasattr(evaluator, "evaluate_stage1"):
        return *_called(evaluator, "evaluate", path), 0
    metrics, artifacts = _called(evaluator, "evaluate_stage1", path)
    for stage, threshold in enumerate(THRESHOLDS, start=1):
        following = f"evaluate_stage{stage + 1}"
        if not _passes(metrics, threshold) or not hasattr(evaluator, following):
            return metrics, artifacts, stage
        more, told = _called(evaluator, following, path)
        metrics, artifacts = {**metrics, **more}, {**artifacts, **told}
    return metrics, artifacts, len(THRESHOLDS) + 1


def _called(evaluator: types.ModuleType, name: str, path: str) -> tuple:
    result = getattr(evaluator, name)(path)
    if isinstance(result, dict):
        return result, {}
    metrics, artifacts = getattr(result, "metrics", None), getattr(result, "artifacts", None)
    if not isinstance(metrics, dict) or not isinstance(artifacts, dict):
        raise TypeError(f"{name} returned a {type(result).__name__}: a dict or an EvaluationResult is wanted")
    return metrics, artifacts


def _passes(metrics: dict, threshold: float) -> bool:
    score = metrics.get("combined_score")
    if _is_number(score):
        return score >= threshold
    numbers = [value for name, value in metrics.items() if name != "error" and _is_number(value)]
    return bool(numbers) and sum(numbers) / len(numbers) >= threshold


def _is_number(value: Any) -> bool:
    return hasattr(value, "__float__") and not isinstance(value, (str, bytes))


def _number(value: Any) -> Any:
    return float(value) if _is_number(value) else None


def _artifact(value: Any) -> Any:
    return value if isinstance(value, (str, bytes)) else str(value)
