"""Parameters of a task: what its user may choose when loading it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType

from provolve.errors import UsageError
from provolve.task.reading import span, within
from provolve.task.schema import nearest, written
from provolve.task.settings import Parameter

Value = str | bool | int | float


def resolve(
    declared: Mapping[str, Parameter], chosen: Mapping[str, object], task: str
) -> Mapping[str, Value]:
    """Return a value for each declared parameter: the chosen one, or the default.

    Args:
        declared: the task's parameters.
        chosen: values by name, as typed (text) or of the parameter's own type.
        task: name of the task, for messages.

    Raises:
        UsageError: if a name is unknown or a value is of another type, choice or range than declared.
    """
    for name in chosen:
        if name not in declared:
            hint = nearest(name, list(declared)) or (
                f"; it has {', '.join(declared)}" if declared else "; it has none"
            )
            raise UsageError(f'task {task} has no parameter "{name}"{hint}')
    return MappingProxyType(
        {
            name: _read(name, chosen[name], parameter) if name in chosen else parameter.default
            for name, parameter in declared.items()
        }
    )


def _read(name: str, given: object, parameter: Parameter) -> Value:
    value = _typed(given, type(parameter.default))
    if value is None:
        sort = {str: "text", bool: "true or false", int: "a whole number", float: "a number"}
        raise UsageError(
            f"parameter {name} = {written(given)} cannot be: it takes {sort[type(parameter.default)]}, "
            f"such as {written(parameter.default)}"
        )
    if parameter.choices and value not in parameter.choices:
        raise UsageError(
            f"parameter {name} = {written(given)} cannot be: choose one of "
            f"{', '.join(map(written, parameter.choices))}"
        )
    if not isinstance(value, str) and not within(value, parameter):
        raise UsageError(f"parameter {name} = {value} cannot be: it goes {span(parameter)}")
    return value


def _typed(given: object, kind: type) -> Value | None:
    """Return ``given`` as a value of ``kind``, or None where it is none."""
    if kind is str:
        return given if isinstance(given, str) else None
    if kind is bool:
        return given if isinstance(given, bool) else {"true": True, "false": False}.get(str(given).lower())
    if isinstance(given, bool) or not isinstance(given, (str, int, float)):
        return None
    if kind is int and isinstance(given, float):
        return None
    try:
        number: int | float = int(given) if kind is int else float(given)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None
