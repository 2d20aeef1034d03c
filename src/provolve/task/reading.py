"""Reads settings from TOML and checks what no single key shows."""

from __future__ import annotations

from pathlib import PurePath

import msgspec

from provolve.task.answer_schema import check_schema
from provolve.task.schema import convert, written
from provolve.task.settings import SPLITS, Number, Parameter, Settings, SplitSizes
from provolve.task.toml_text import TomlText

_SUM_SLACK = 1e-9
_OF_SPEED = {
    "answer": "time",
    "direction": "minimize",
    "aggregate": "mean",
}
"""What the kind speed implies: its score is CPU time relative to the seed program's."""
_NOT_OF_SPEED = {
    "bound": "no time is known that cannot be beaten",
    "stochastic": "answers must be the same each time",
    "stages": "every input is timed",
    "race_error": "every input is timed",
    "repeats": "every input is timed several times as it is",
    "measures": "all right candidates give the same answers",
}


def read_settings(text: str, file: str) -> Settings:
    """Return the settings that ``text`` gives; ``file`` names it in messages.

    A construction, and whatever else is exhaustive, gets the same size for all three splits.

    Raises:
        TaskError: if a key is unknown, missing, of a wrong type or range, or at odds with another.
    """
    toml = TomlText(text, file)
    _imply_speed(toml)
    settings = convert(toml, Settings)
    settings = _completed(toml, settings)
    settings = msgspec.structs.replace(settings, splits=_split_sizes(toml, settings))
    _check_limits(toml, settings)
    _check_speed(toml, settings)
    _check_stages(toml, settings)
    _check_grid(toml, settings)
    _check_steps(toml, settings)
    _check_data(toml, settings)
    if settings.answer_schema is not None:
        check_schema(toml, settings.answer, settings.answer_schema)
    for name, parameter in settings.parameters.items():
        _check_parameter(toml, name, parameter)
    _check_published(toml, settings)
    return settings


def _completed(toml: TomlText, settings: Settings) -> Settings:
    """Return the settings with what else follows from ``answer = "self-judged"``; check what goes with it."""
    if settings.answer != "self-judged":
        if "cascade" in toml.values:
            raise toml.error(
                ("cascade",),
                f'cascade means nothing with answer = "{settings.answer}": leave it out, '
                'or write answer = "self-judged"',
            )
        return settings
    if settings.kind == "construction":
        raise toml.error(
            ("kind",),
            'kind = "construction" cannot be with answer = "self-judged": a construction is judged exactly, '
            "and here nothing is judged. Leave kind out",
        )
    for name in ("splits", "data", "stages", "entry", "parameters"):
        if name in toml.values:
            raise toml.error(
                (name,),
                f'{name} means nothing with answer = "self-judged", whose evaluator is all there is: '
                "leave it out",
            )
    if len(settings.cascade) > 2:
        raise toml.error(
            ("cascade",),
            f"cascade = {written(settings.cascade)} cannot be: there are three stages, so write two numbers "
            "or fewer",
        )
    usual = {"stochastic": True, "aggregate": "mean"}
    return msgspec.structs.replace(
        settings, **{name: value for name, value in usual.items() if name not in toml.values}
    )


def _split_sizes(toml: TomlText, settings: Settings) -> SplitSizes:
    if settings.answer == "self-judged":
        return SplitSizes(train=1, validation=1, test=1, exhaustive=True)
    sizes, given = settings.splits, toml.values.get("splits", {})
    if settings.kind == "construction":
        if given.get("exhaustive") is False:
            raise toml.error(
                ("splits", "exhaustive"),
                "splits.exhaustive = false cannot be: a construction is judged on all of its instances. "
                'Leave it out, or write kind = "heuristic"',
            )
        sizes = SplitSizes(train=given.get("train", 1), exhaustive=True)
    if not sizes.exhaustive:
        return sizes
    for split in ("validation", "test"):
        if given.get(split, sizes.train) != sizes.train:
            raise toml.error(
                ("splits", split),
                f"splits.{split} = {given[split]} cannot be: an exhaustive task has one list of instances, "
                f"whose number is splits.train = {sizes.train}. Leave {split} out",
            )
    return SplitSizes(train=sizes.train, validation=sizes.train, test=sizes.train, exhaustive=True)


def _imply_speed(toml: TomlText) -> None:
    if toml.values.get("kind") == "speed":
        for key, value in {**_OF_SPEED, "unit": "times the seed program's CPU time"}.items():
            toml.values.setdefault(key, value)


def _check_speed(toml: TomlText, settings: Settings) -> None:
    given = toml.values
    if settings.kind != "speed":
        if settings.answer == "time":
            raise toml.error(
                ("answer",),
                f'answer = "time" is for kind = "speed", not for kind = "{settings.kind}": '
                'write kind = "speed", or answer = "certificate" to have answers scored',
            )
        if "timing" in given:
            raise toml.error(
                ("timing",), f'[timing] means nothing with kind = "{settings.kind}": leave it out'
            )
        return
    for key, value in _OF_SPEED.items():
        if given[key] != value:
            raise toml.error(
                (key,),
                f'{key} = "{given[key]}" cannot be: kind = "speed" implies {key} = "{value}". Leave it out',
            )
    for key, reason in _NOT_OF_SPEED.items():
        if given.get(key):
            raise toml.error(
                (key,),
                f'{key} = {written(given[key])} cannot be with kind = "speed": {reason}. Leave it out',
            )


def _check_limits(toml: TomlText, settings: Settings) -> None:
    cpu, wall = settings.limits.cpu_seconds, settings.limits.wall_seconds
    if wall < cpu:
        raise toml.error(
            ("limits", "wall_seconds" if "wall_seconds" in toml.values["limits"] else "cpu_seconds"),
            f"limits.wall_seconds = {wall:g} is below limits.cpu_seconds = {cpu:g}: "
            "the CPU seconds could never be used up. Raise wall_seconds",
        )


def _check_stages(toml: TomlText, settings: Settings) -> None:
    stages = settings.stages
    if list(stages) != sorted(set(stages)):
        raise toml.error(
            ("stages",), f"stages = {written(stages)} cannot be: write numbers that ascend, such as [2, 6]"
        )
    counted = not settings.exhaustive and not settings.data.files
    if stages and counted and stages[-1] >= settings.splits.train:
        raise toml.error(
            ("stages",),
            f"stages = {written(stages)} cannot be: after {stages[-1]} instances all "
            f"{settings.splits.train} of train are judged. Write numbers below {settings.splits.train}",
        )


def _check_grid(toml: TomlText, settings: Settings) -> None:
    if settings.grid and settings.answer != "table":
        raise toml.error(
            ("grid",),
            f'[grid] means nothing with answer = "{settings.answer}": leave it out or write answer = "table"',
        )
    for name, axis in settings.grid.items():
        path, key = ("grid", name), f"grid.{name}"
        spanned = axis.start is not None and axis.to is not None
        if bool(axis.values) == spanned or (axis.values and axis.step is not None):
            raise toml.error(path, f"{key} needs either from = … and to = …, or values = […], not both")
        if axis.start is not None and axis.to is not None and axis.to < axis.start:
            raise toml.error(
                (*path, "to"), f"{key}.to = {axis.to} is below {key}.from = {axis.start}: swap them"
            )
        if axis.step is not None and axis.step <= 0:
            raise toml.error((*path, "step"), f"{key}.step = {axis.step} cannot be: write a number above 0")


def _check_steps(toml: TomlText, settings: Settings) -> None:
    if settings.answer != "steps":
        for key, value in (("state", settings.state), ("side_by_side", settings.side_by_side)):
            if value:
                raise toml.error(
                    (key,),
                    f'{key} means nothing with answer = "{settings.answer}": leave it out, '
                    'or write answer = "steps"',
                )
    for name, array in settings.state.items():
        if not name.isidentifier():
            raise toml.error(
                ("state", name), f"state.{name}: it is an argument's name, of letters, digits and _"
            )
        if bool(array.shape) == bool(array.like):
            raise toml.error(("state", name), f"state.{name} needs either shape = […] or like = …, not both")
        if array.shape and settings.side_by_side:
            raise toml.error(
                ("state", name, "shape"),
                f"state.{name}.shape cannot be with side_by_side = true, where an array has an element for "
                "each of those in an observation: write like = … in its place",
            )


def _check_published(toml: TomlText, settings: Settings) -> None:
    for name, published in settings.published.items():
        if published.value is None and not published.text:
            raise toml.error(
                ("published", name), f"published.{name} says no result: add value = … or text = …"
            )
    best = [name for name, published in settings.published.items() if published.best]
    if len(best) > 1:
        raise toml.error(
            ("published", best[1], "best"),
            f"published.{best[0]} is said to be the best already: write best = true once",
        )


def _check_data(toml: TomlText, settings: Settings) -> None:
    data = settings.data
    total = sum(getattr(data, split) for split in SPLITS)
    if total > 1 + _SUM_SLACK:
        raise toml.error(
            ("data",),
            f"data.train, data.validation and data.test add up to {total:g}: they are shares of one whole, "
            "so lower them to 1 or less together",
        )
    if ".." in PurePath(data.files).parts or PurePath(data.files).is_absolute():
        raise toml.error(
            ("data", "files"),
            f'data.files = "{data.files}" leaves the task\'s folder: write a pattern inside it, '
            "or give files from elsewhere with --data",
        )


def _check_parameter(toml: TomlText, name: str, parameter: Parameter) -> None:
    path, key, default = ("parameters", name), f"parameters.{name}", parameter.default
    if not name.isidentifier():
        raise toml.error(path, f"{key}: a parameter's name is made of letters, digits and _")
    for choice in parameter.choices:
        if type(choice) is not type(default):
            raise toml.error(
                (*path, "choices"),
                f"{key}.choices holds {written(choice)}, which is not of the type of "
                f"default = {written(default)}: write choices of one type",
            )
    if parameter.choices and default not in parameter.choices:
        raise toml.error((*path, "default"), f"{key}.default = {written(default)} is not among its choices")
    if parameter.low is None and parameter.high is None:
        return
    if parameter.choices or isinstance(default, (str, bool)):
        raise toml.error(path, f"{key}: low and high are for numbers without choices; leave them out")
    if not within(default, parameter):
        raise toml.error(
            (*path, "default"), f"{key}.default = {default} is outside {span(parameter)}: mend one of them"
        )


def within(value: Number, parameter: Parameter) -> bool:
    """Whether a number lies between the parameter's ``low`` and ``high``."""
    return (parameter.low is None or value >= parameter.low) and (
        parameter.high is None or value <= parameter.high
    )


def span(parameter: Parameter) -> str:
    """Say between which numbers the parameter may lie."""
    low = "" if parameter.low is None else f"from {parameter.low} "
    return low + ("upwards" if parameter.high is None else f"to {parameter.high}")
