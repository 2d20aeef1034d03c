"""What a configuration of OpenEvolve says of models, as options of the proposer ``model``."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from provolve.errors import UsageError

_OPENAI = "https://api.openai.com/v1"
_SHARED = ("api_base", "temperature", "top_p", "max_tokens", "timeout", "retries", "retry_delay",
           "reasoning_effort", "system_message")  # fmt: skip
"""What may stand with each model, and with all together."""
_OF_A_MODEL = ("name", "weight", "api_key", *_SHARED)
_TEMPLATE = "system_message"
"""In place of a text: the name of the template that OpenEvolve has for it."""

_Fits = Callable[[Any], bool]


def _text(value: Any) -> bool:
    return isinstance(value, str)


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


_KINDS: Mapping[str, tuple[_Fits, str]] = {
    "api_base": (_text, "an address"),
    "temperature": (lambda v: _number(v) and v >= 0, "a number from 0"),
    "top_p": (lambda v: _number(v) and 0 < v <= 1, "a number above 0, at most 1"),
    "max_tokens": (lambda v: _whole(v) and v >= 1, "a whole number, at least 1"),
    "timeout": (lambda v: _number(v) and v > 0, "a number of seconds above 0"),
    "retries": (lambda v: _whole(v) and v >= 0, "a whole number, at least 0"),
    "retry_delay": (lambda v: _number(v) and v >= 0, "a number of seconds from 0"),
    "reasoning_effort": (_text, "a word"),
    "system_message": (_text, "a text"),
    "name": (lambda v: _text(v) and bool(v), "the name of a model"),
    "weight": (lambda v: _number(v) and v >= 0, "a number from 0"),
}


def model_options(path: Path, found: Mapping[str, Any]) -> tuple[dict[str, object], list[str]]:
    """Return the options, and the keys of single models that cannot be kept, as other models differ in them.

    Args:
        path: of the configuration, for messages.
        found: its values by their places, as ``llm.temperature``.

    Raises:
        UsageError: if a value cannot be meant; it is named, and not repeated.
    """
    models = _models(path, found)
    shared = {key: _checked(path, f"llm.{key}", found.get(f"llm.{key}")) for key in _SHARED}
    shared["system_message"] = (
        _checked(path, "prompt.system_message", found.get("prompt.system_message"))
        or (shared["system_message"])
    )
    differing = []
    for key in _SHARED:
        values = [model[key] if model.get(key) is not None else shared[key] for model in models]
        if values and all(value == values[0] for value in values):
            shared[key] = values[0]
        elif values:
            differing.append(f"llm.models.{key}")
    return _options(found, models, shared), differing


def _options(
    found: Mapping[str, Any], models: list[dict[str, Any]], shared: Mapping[str, Any]
) -> dict[str, object]:
    base = shared["api_base"]
    system = shared["system_message"]
    retries = shared["retries"]
    options = {
        "base_url": None if base is None or base.rstrip("/") == _OPENAI else base,
        "models": [model["name"] for model in models] or None,
        "weights": _weights(models),
        "temperature": shared["temperature"],
        "top_p": shared["top_p"],
        "max_tokens": shared["max_tokens"],
        "deadline": shared["timeout"],
        "tries": None if retries is None else retries + 1,
        "pause": shared["retry_delay"],
        "reasoning_effort": shared["reasoning_effort"],
        "system": None if system == _TEMPLATE else system,
        "form": "region" if found.get("diff_based_evolution") is False else None,
    }
    return {name: value for name, value in options.items() if value is not None}


def _weights(models: list[dict[str, Any]]) -> list[float] | None:
    """Return the weights where some are stated; one of OpenEvolve's is 1 where it is not."""
    if len(models) < 2 or all(model.get("weight") is None for model in models):
        return None
    return [1.0 if model.get("weight") is None else float(model["weight"]) for model in models]


def _models(path: Path, found: Mapping[str, Any]) -> list[dict[str, Any]]:
    listed = found.get("llm.models") or []
    if not isinstance(listed, list) or not all(isinstance(model, dict) for model in listed):
        raise UsageError(f"{path}: llm.models must be a list, each with a name")
    models = [*listed]
    for which, weight in (("primary_model", None), ("secondary_model", 0.2)):
        name = found.get(f"llm.{which}")
        stated = found.get(f"llm.{which}_weight", weight)
        if name is not None and not (which == "secondary_model" and stated == 0):
            models.append({"name": name, "weight": stated})
    return [_model(path, place, model) for place, model in enumerate(models)]


def _model(path: Path, place: int, model: Mapping[str, Any]) -> dict[str, Any]:
    if "name" not in model:
        raise UsageError(f"{path}: llm.models: number {place + 1} has no name: give each model its name")
    return {
        key: _checked(path, f"llm.models.{key}", model[key])
        for key in _OF_A_MODEL
        if key in model and key != "api_key"
    }


def has_own_key(found: Mapping[str, Any]) -> bool:
    """Whether a key to a service stands with a single model."""
    listed = found.get("llm.models")
    return isinstance(listed, list) and any(isinstance(one, dict) and "api_key" in one for one in listed)


def _checked(path: Path, place: str, value: Any) -> Any:
    fits, wanted = _KINDS[place.rpartition(".")[2]]
    if value is not None and not fits(value):
        raise UsageError(f"{path}: {place} must be {wanted}")
    return value
