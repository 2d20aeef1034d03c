"""Reads a configuration of OpenEvolve and says what becomes of each of its keys."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from provolve.errors import UsageError
from provolve.task.openevolve.keys import FOR_MODELS, HELD_ANYWAY, KNOWN, NEVER, SECTIONS, USED
from provolve.task.openevolve.models import has_own_key, model_options

_ROW = 240
"""Characters of keys in one sentence."""
_BUILT_IN_MEASURES = frozenset(("complexity", "diversity", "score"))
_COUNTS = frozenset((
    "max_iterations", "evaluator.memory_limit_mb", "evaluator.parallel_evaluations", "database.num_islands",
    "database.migration_interval", "database.population_size",
))  # fmt: skip


class Use(msgspec.Struct, frozen=True):
    """What became of the keys, each named by its place, as ``database.num_islands``."""

    used: tuple[str, ...] = ()
    """With their values and what they are here."""
    for_models: tuple[str, ...] = ()
    """With the options of the proposer ``model`` that they are there; nothing to other proposers."""
    refused: tuple[str, ...] = ()
    """Never taken, with the reason: keys to services."""
    held: tuple[str, ...] = ()
    """Not needed, with the reason."""
    unused: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    """Not even OpenEvolve's."""

    def lines(self) -> list[str]:
        """Return a line on each key that is used, and on each sort of the others, long ones in several."""
        sorts = {
            "never taken, and stored nowhere": self.refused,
            "with --proposer model": self.for_models,
            "not needed": self.held,
            "not used": self.unused,
            "not used and not known to OpenEvolve": self.unknown,
        }
        return [*self.used, *(f"{sort}: {keys}" for sort, found in sorts.items() for keys in _rows(found))]


def _rows(keys: Sequence[str]) -> list[str]:
    return textwrap.wrap(", ".join(keys), _ROW, break_long_words=False, break_on_hyphens=False)


class Config(msgspec.Struct, frozen=True):
    """What a configuration says, in the words of this project; None where it says nothing of it."""

    candidates: int | None = None
    """Budget, at least 1."""
    seed: int | None = None
    workers: int | None = None
    timeout: float | None = None
    """Seconds for one call of the evaluator, above 0."""
    memory_mb: int | None = None
    cascade: tuple[float, ...] | None = None
    """Thresholds of the stages, at most two; none where only ``evaluate`` is called."""
    measures: tuple[str, ...] = ()
    islands: Mapping[str, int] = {}
    """Options of the strategy ``islands``."""
    model: Mapping[str, object] = {}
    """Options of the proposer ``model``."""
    use: Use = Use()


def read_config(path: Path) -> Config:
    """Return what the YAML file at ``path`` says.

    Raises:
        UsageError: if it cannot be read, is no mapping, has a value that cannot be meant, asks for another
            language than Python, or PyYAML is not installed.
    """
    found = dict(_flat(_mapping(path)))
    _check_language(path, found)
    values = {key: _checked(path, key, value) for key, value in found.items() if value is not None}
    model, differing = model_options(path, values)
    get = values.get
    return Config(
        candidates=get("max_iterations"),
        seed=get("random_seed"),
        workers=get("evaluator.parallel_evaluations"),
        timeout=get("evaluator.timeout"),
        memory_mb=get("evaluator.memory_limit_mb"),
        cascade=_cascade(values),
        measures=tuple(m for m in get("database.feature_dimensions", ()) if m not in _BUILT_IN_MEASURES),
        islands=_islands(values),
        model=model,
        use=_use(found, differing),
    )


def _mapping(path: Path) -> dict[object, object]:
    try:
        import yaml
    except ImportError:
        raise UsageError(
            f"{path}: reading YAML needs PyYAML: install it with pip install 'provolve[openevolve]'"
        ) from None
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError, ValueError, RecursionError) as error:
        said = " ".join(str(error).split())
        raise UsageError(f"{path}: this is not YAML: {said}. Mend it, or leave out --config") from error
    if found is not None and not isinstance(found, dict):
        raise UsageError(f"{path}: a configuration holds keys with values, not a {type(found).__name__}")
    return found or {}


def _flat(mapping: Mapping[object, object]) -> Iterator[tuple[str, Any]]:
    """Yield keys by their places; the sections are one deep, and what lies below is a value."""
    for key, value in mapping.items():
        if key in SECTIONS and isinstance(value, dict):
            yield from ((f"{key}.{below}", inner) for below, inner in value.items())
        else:
            yield str(key), value


def _check_language(path: Path, found: Mapping[str, Any]) -> None:
    language, suffix = found.get("language"), found.get("file_suffix")
    if language not in (None, "python") or suffix not in (None, ".py"):
        raise UsageError(
            f"{path}: it is for programs in {language or suffix}, and only Python is judged here: "
            "a program in another language can be a task of your own with a judge"
        )


def _checked(path: Path, key: str, value: Any) -> Any:
    """Return the value of a key that is used, after a look at its type and range."""
    whole = isinstance(value, int) and not isinstance(value, bool)
    if key in _COUNTS:
        fits, wanted = whole and value >= 1, "a whole number, at least 1"
    elif key == "random_seed":
        fits, wanted = whole and value >= 0, "a whole number, at least 0"
    elif key == "evaluator.timeout":
        fits, wanted = _is_number(value) and value > 0, "a number of seconds above 0"
    elif key == "evaluator.cascade_evaluation":
        fits, wanted = isinstance(value, bool), "true or false"
    elif key == "evaluator.cascade_thresholds":
        fits, wanted = isinstance(value, list) and all(map(_is_number, value)), "a list of numbers"
    elif key == "database.feature_dimensions":
        fits = isinstance(value, list) and all(isinstance(each, str) for each in value)
        wanted = "a list of names"
    else:
        return value
    if not fits:
        raise UsageError(f"{path}: {key} is {value!r}: it must be {wanted}")
    return value


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _cascade(values: Mapping[str, Any]) -> tuple[float, ...] | None:
    if values.get("evaluator.cascade_evaluation") is False:
        return ()
    thresholds = values.get("evaluator.cascade_thresholds")
    return None if thresholds is None else tuple(map(float, thresholds[:2]))


def _islands(values: Mapping[str, Any]) -> dict[str, int]:
    options = {}
    islands, population = values.get("database.num_islands"), values.get("database.population_size")
    if islands is not None:
        options["islands"] = islands
    if "database.migration_interval" in values:
        options["migrate_every"] = values["database.migration_interval"]
    if population is not None and islands is not None:
        options["capacity"] = max(1, population // islands)
    return options


def _use(found: Mapping[str, Any], differing: Sequence[str]) -> Use:
    # A population without a number of islands has no share that an island could have.
    alone = "database.population_size" in found and found.get("database.num_islands") is None
    names = ("used", "models", "refused", "held", "unused", "unknown")
    sorts: dict[str, list[str]] = {name: [] for name in names}
    for key, value in found.items():
        if key in USED and value is not None and not (alone and key == "database.population_size"):
            sorts["used"].append(f"{key} = {value}: {USED[key]}")
        elif key in FOR_MODELS and value is not None:
            # No value is told: one may be a key to a service, in the wrong place.
            sorts["models"].append(f"{key} ({FOR_MODELS[key]})")
        elif key in NEVER:
            sorts["refused"].append(f"{key} ({NEVER[key]})")
        elif key in HELD_ANYWAY:
            sorts["held"].append(f"{key} ({HELD_ANYWAY[key]})")
        elif key in USED or key in FOR_MODELS or key in KNOWN:
            sorts["unused"].append(key)
        else:
            sorts["unknown"].append(key)
    sorts["unused"] += differing
    if has_own_key(found):
        sorts["refused"].append(f"llm.models.api_key ({NEVER['llm.api_key']})")
    return Use(*(tuple(sorts[name]) for name in names))
