"""Attacks with programs: constants, the visible data handed back, and what lies in the harness's frames."""

from __future__ import annotations

from collections.abc import Iterator

from provolve.engine.lint.trial import Outcome, Trial, alarms
from provolve.task import Finding

_CONSTANTS = (
    "None", "0", "1", "-1", "0.0", "True", "False", "''", "[]", "{}", "float('nan')", "float('inf')",
)  # fmt: skip
_MOST_VALUES = 24

# What the attacks append to the seed program: `_values` lists the plain data within reach of some roots.
_REACH = '''

def _values(roots):
    """List plain data within reach, nearest first; each object once."""
    import numpy
    plain = (bool, int, float, str, list, tuple, dict, numpy.ndarray)
    found, seen, level = [], set(), list(roots)
    for _ in range(4):
        below = []
        for value in level:
            if not isinstance(value, plain) or id(value) in seen:
                continue
            seen.add(id(value))
            found.append(value)
            if isinstance(value, dict):
                below += [item for key, item in value.items() if not str(key).startswith("__")][:64]
            elif isinstance(value, (list, tuple)) and len(value) <= 16:
                below += value
        level = below
    return found


def _nth(values):
    if {place} >= len(values):
        raise LookupError("nothing left to return")
    return values[{place}]
'''
_GIVEN = """

def _attack(*args, **kwargs):
    return _nth(_values([*args, *kwargs.values(), kwargs or list(args)]))
"""
_FRAMES = """

def _attack(*args, **kwargs):
    import sys
    frame, inner, outer = sys._getframe(1), [], []
    while frame is not None:
        inner += frame.f_locals.values()
        outer += [value for name, value in frame.f_globals.items() if not name.startswith("__")]
        frame = frame.f_back
    return _nth(_values(inner + outer))
"""
_END = "nothing left to return"


def program_attacks(trial: Trial) -> Iterator[Finding]:
    """Yield what attacks with programs find. A behaviour that was tried once is not tried again."""
    seen = {trial.seed.behaviour}
    yield from _constants(trial, seen)
    yield from _reachers(
        trial,
        seen,
        "visible data",
        _REACH + _GIVEN,
        "a program that returns a part of what it is given",
        "See that the answer is not in what is visible",
    )
    yield from _reachers(
        trial,
        seen,
        "harness's frames",
        _REACH + _FRAMES,
        "a program that returns what it finds in the frames of its harness",
        "Hand the harness nothing that the program must not know, and write no answers into it",
    )


def _source(trial: Trial, attack: str) -> str:
    entry = trial.task.entry.name
    return f"{trial.task.program.source}\n{attack}\n\n{entry} = _attack\n"


def _constants(trial: Trial, seen: set[str]) -> Iterator[Finding]:
    good: list[tuple[str, Outcome]] = []
    for constant in _CONSTANTS:
        outcome = trial.run(_source(trial, f"\n\ndef _attack(*args, **kwargs):\n    return {constant}\n"))
        yield from alarms("constant program", f"a program that returns {constant}", outcome)
        if trial.compare(outcome) >= 0 and outcome.behaviour not in seen:
            good.append((constant, outcome))
        seen.add(outcome.behaviour)
    if good:
        constant, outcome = min(good, key=lambda pair: trial.scoring.loss("train", pair[1].scores))
        yield Finding(
            "warning",
            f'attack "constant program": a program that returns {constant} {trial.numbers(outcome)}. Either '
            "the judge has a hole, or the seed program does nothing of worth",
        )


def _reachers(
    trial: Trial, seen: set[str], attack: str, code: str, what: str, remedy: str
) -> Iterator[Finding]:
    good: list[Outcome] = []
    for place in range(_MOST_VALUES):
        outcome = trial.run(_source(trial, code.replace("{place}", str(place))))
        if _END in outcome.detail:
            break
        yield from alarms(attack, what, outcome)
        if outcome.beaten or outcome.broken:
            break
        if trial.compare(outcome) >= 0 and outcome.behaviour not in seen:
            good.append(outcome)
        seen.add(outcome.behaviour)
    if good:
        best = min(good, key=lambda outcome: trial.scoring.loss("train", outcome.scores))
        yield Finding("warning", f'attack "{attack}": {what} {trial.numbers(best)}. {remedy}')
