"""The judge of every self-judged task: it checks the form of an evaluator's word and takes it as it is.

Read as text; its functions are called as those of any task's judge.
"""

from typing import Any, NoReturn

import numpy as np

from provolve.errors import Refused

_PARTS = {"combined_score", "metrics", "artifacts", "stage"}


class Metrics(dict[str, float]):
    """Metrics by name; one that was not given refuses the answer."""

    def __missing__(self, name: str) -> NoReturn:
        raise Refused(f"the evaluator gave no metric {name}; it gave {', '.join(self) or 'none'}")


def instances(split: str, count: int, rng: np.random.Generator) -> list[dict[str, Any]]:
    """There are none: an evaluator brings its own. One empty instance stands for all of it."""
    return [{}]


def canonical(answer: object) -> dict[str, Any]:
    """Check what came from the sandbox; artifacts are for readers and do not count."""
    if not isinstance(answer, dict) or set(answer) != _PARTS:
        raise Refused("this is not the answer of an evaluator")
    score, metrics, artifacts = answer["combined_score"], answer["metrics"], answer["artifacts"]
    if not isinstance(metrics, dict) or {float} < {float, *map(type, metrics.values())}:
        raise Refused("the metrics are not numbers by name")
    if not isinstance(artifacts, dict) or not {str, bytes} >= {*map(type, artifacts.values())}:
        raise Refused("the artifacts are not texts by name")
    if type(answer["stage"]) is not int or not 0 <= answer["stage"] <= 3:
        raise Refused("there is no such stage")
    if type(score) is not float:
        raise Refused(f"the evaluator gave no combined_score; it gave {', '.join(metrics) or 'no metrics'}")
    return {"combined_score": score, "metrics": metrics}


def score(instance: object, answer: dict[str, Any]) -> float:
    """Return the evaluator's word."""
    word: float = answer["combined_score"]
    return word


def measures(instance: object, answer: dict[str, Any]) -> Metrics:
    """Return its metrics by name."""
    return Metrics(answer["metrics"])
