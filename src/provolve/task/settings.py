"""The settings of a task, as its author writes them in ``task.toml`` or in the header of its one file."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from provolve.task.answer_schema import AnswerSchema

Number = int | float
Positive = Annotated[float, msgspec.Meta(gt=0)]
Count = Annotated[int, msgspec.Meta(ge=1)]
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
Split = Literal["train", "validation", "test"]
SPLITS: tuple[Split, ...] = ("train", "validation", "test")


class SplitSizes(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How many instances the judge's ``instances`` is asked for. Instances from files go by ``[data]``."""

    train: Count = 12
    """Instances that the search sees; at least 1. For a construction 1 unless written."""
    validation: Count = 12
    """Instances on which the champion is chosen; at least 1. Same as ``train`` where exhaustive."""
    test: Count = 30
    """Instances of the sealed set, opened once; at least 1. Same as ``train`` where exhaustive."""
    epochs: tuple[Count, ...] = (2, 4)
    """How many times as many instances train has in each later epoch of a search. A search that gets no
    further goes on with the next epoch's instances, new ones, on which the best so far are scored anew; so a
    small train serves while everything is an improvement, and is not fitted to death. With an empty list
    train stays as it is; it does so too where there is nothing to draw from: for a construction, where
    exhaustive, where instances come from files, for ``kind = "speed"`` and for ``answer = "self-judged"``.
    A function ``instances`` that takes a keyword ``epoch`` is given the epoch's number, 0 for the first and
    for the other splits, and may make larger instances of it."""
    exhaustive: bool = False
    """Whether ``instances`` gives its whole population, so that one list serves as all three splits and no
    interval is given. Always so for a construction."""


class Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a candidate may use. A candidate that needs more is rejected."""

    cpu_seconds: Positive = 2.0
    """CPU seconds for one instance; above 0."""
    wall_seconds: Positive = 10.0
    """Seconds on the wall clock for one instance, for candidates that wait instead of computing; at least
    ``cpu_seconds``."""
    load_seconds: Positive = 5.0
    """CPU seconds for running the candidate's file once, before it is called; above 0."""
    memory_mb: Count = 512
    """Memory that a candidate may add, in MiB; at least 1."""
    answer_mb: Count = 64
    """Size of one answer, in MiB; at least 1."""


class Axis(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The values that one argument of the entry point takes, for ``answer = "table"``.

    Either ``from``, ``to`` and ``step``, or ``values``. Whole numbers reach the candidate as int64, values
    of which any is written with a point as float64.
    """

    start: Number | None = msgspec.field(name="from", default=None)
    """First value."""
    to: Number | None = None
    """Last value, itself included where the steps meet it; not below ``from``."""
    step: Number | None = None
    """Distance of two values; above 0, and 1 unless written."""
    values: tuple[Number, ...] = ()
    """The values themselves, in this order, in place of ``from`` and ``to``."""


class StateArray(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An array of numbers that a program carries from one step to the next, for ``answer = "steps"``.

    The judge keeps it: with each observation the entry point is given what it returned the step before, under
    the array's name, zeros at first. It returns its decision and then the arrays, in the order in which they
    are declared. Either ``shape`` or ``like``.
    """

    shape: tuple[Count, ...] = ()
    """Its extents, each at least 1."""
    like: str = ""
    """An array in each observation whose shape it has at the first, such as ``"gradient"``."""


class Parameter(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Something that the user of a task may choose, such as a size. The judge's functions are given it."""

    default: str | bool | int | float
    """Value unless chosen; its type is the parameter's type."""
    choices: tuple[str | bool | int | float, ...] = ()
    """The values that may be chosen; any where empty."""
    low: Number | None = None
    """Least value, for numbers."""
    high: Number | None = None
    """Greatest value, for numbers."""
    description: str = ""
    """What it means and its unit, for people."""


class Data(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Instances from files in place of the judge's ``instances``.

    An instance belongs to a split by the digest of its content, so neither the order of the files nor files
    added later move it to another split.
    """

    files: str = ""
    """Files by a pattern relative to the task, such as ``"data/*.json"``. Read are ``.json`` (a list of
    instances, an object whose ``"instances"`` is such a list, or one instance) and ``.jsonl`` (an instance a
    line); files of any other form where the judge has a function ``parse(name, text)`` that yields
    instances, which then reads all files. Where none matches, ``instances`` generates, if there is one."""
    train: Share = 0.4
    """Share of the instances that the search sees, 0 to 1. What the three shares leave is not used. With a
    share of 0 the judge's ``instances`` makes them, if there is one, and so for ``validation``."""
    validation: Share = 0.2
    """Share of the instances on which the champion is chosen, 0 to 1."""
    test: Share = 0.4
    """Share of the instances in the sealed set, 0 to 1."""


class SandboxSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What candidates find in the sandbox beyond the standard library and numpy."""

    imports: tuple[str, ...] = ()
    """Top-level modules that candidates may import too, such as ``"scipy"``; they must be installed."""
    allow: tuple[str, ...] = ()
    """Holes in the sandbox, each recorded with every verdict. ``"read:PATH"``: a file or folder may be read,
    relative to the task's folder or absolute. ``"processes"``: processes and threads may be started.
    ``"net:HOST:PORT"``: TCP connections to one port of this machine, with ``localhost``, ``127.0.0.1`` or
    ``::1`` for a host. ``"gpu"``: the device files of GPUs may be used."""


class TimingSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How candidates are timed, for ``kind = "speed"``."""

    warm: bool = False
    """Whether loading the program is left out of its time. If not, a program's time is that of loading it
    once and answering every input of a split. Both are measured and shown."""
    rounds: Annotated[int, msgspec.Meta(ge=2)] = 8
    """Samples of each program for the claim, each in a process of its own; at least 2. A new best is
    confirmed with half as many."""


class Published(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A result that somebody published, shown beside the champion's. One of ``value`` and ``text``."""

    value: Number | None = None
    """The score."""
    text: str = ""
    """The result in words, where it is not one number."""
    source: Annotated[str, msgspec.Meta(min_length=1)]
    """Author, year and title."""
    on: str = ""
    """Which instances it was reached on; only a result on the same instances can be compared."""
    best: bool = False
    """Whether it is the one to hold a champion against, which lists of tasks show; at most one of a task."""


class BestBaseline(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The strongest baseline and what it scored on test instances once, for lists of tasks. Claims measure
    all baselines anew."""

    name: Annotated[str, msgspec.Meta(min_length=1)]
    """Its name, of a program or of a function of the judge."""
    value: Number
    """Its score."""


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """All settings of a task. Only ``direction`` and ``answer`` must be written; for ``kind = "speed"``
    neither."""

    direction: Literal["minimize", "maximize"]
    """Whether small or great scores are good."""
    answer: Literal["table", "steps", "certificate", "time", "self-judged"]
    """What a candidate gives. ``table``: its values on a declared grid of arguments, for rules that depend
    on a few numbers and nothing else. ``steps``: one decision for each observation, for whatever must decide
    before it has seen everything. ``certificate``: an object that the judge checks and scores, made with
    the whole visible instance in hand. ``time``: the same, and the time taken for it is what counts; for
    ``kind = "speed"`` and for no other. ``self-judged``: whatever the task's own ``evaluate(program_path)``
    says of it; that runs beside the candidate, so the score is the candidate's word and is marked so."""
    kind: Literal["heuristic", "construction", "speed"] = "heuristic"
    """What is claimed. ``heuristic``: a program that does well on instances it has not seen.
    ``construction``: one object, judged exactly; one set of instances serves all splits. ``speed``: a
    program that gives the same answers in less time; it implies ``answer = "time"``."""
    description: str = ""
    """What the task is about; its first line stands in lists."""
    unit: str = ""
    """What a score is measured in, for people, such as ``"bins"``."""
    aggregate: Literal["ratio", "mean", "sum_ratio", "worst"] = "ratio"
    """How the scores of many instances become one loss. ``ratio``: mean of the ratios to the seed program's
    scores, instance by instance. ``mean``: mean score. ``sum_ratio``: sum of the scores over the sum of the
    seed program's. ``worst``: the worst score. ``mean`` unless written for ``answer = "self-judged"``."""
    bound: Number | None = None
    """A score that cannot be beaten on any instance; one that beats it stops the run. The judge's function
    ``bound(instance)`` comes first where there is one."""
    stochastic: bool = False
    """Whether candidates may draw random numbers. If not, candidates of equal behaviour are judged once. True
    unless written for ``answer = "self-judged"``."""
    entry: str = ""
    """Function of the program that the harness calls; needed only where the program leaves it open."""
    functions: tuple[str, ...] = ()
    """Functions of the program that may change, by name, ``Class.method`` for methods; in place of marks in
    the program."""
    repeats: Count = 1
    """How often each instance is judged, where chance plays a part; its score is the mean. Above 1, an
    instance must be a dict, and each repeat of it has one more key, ``seed``: a whole number that depends on
    the run's seeds, the instance's place and the repeat, so it is the same for all candidates."""
    measures: tuple[str, ...] = ()
    """Names of what the judge's function ``measures`` tells of a candidate, to keep unlike ones side by
    side."""
    stages: tuple[Count, ...] = ()
    """Numbers of train instances after which a hopeless candidate may be given up; ascending and below the
    number of train instances."""
    side_by_side: bool = False
    """Whether rules that work element by element are led through all instances at once, one call for each
    step; only for ``answer = "steps"``. An observation is then a dict of numbers and of arrays with one axis
    and one length; a number reaches such a rule as an array of that length. Other rules meet one instance at
    a time."""
    race_error: Annotated[float, msgspec.Meta(gt=0, lt=1)] = 0.05
    """Probability that a candidate is given up at some stage although it would not have been behind the worst
    of its parents on train; above 0 and below 1. It holds where the instances come in no special order and
    the differences between programs have no rare large values."""
    splits: SplitSizes = SplitSizes()
    """How many instances are generated for each split."""
    limits: Limits = Limits()
    """What a candidate may use."""
    answer_schema: AnswerSchema | None = None
    """What an answer is made of, checked before the judge sees it."""
    cascade: tuple[Number, ...] = (0.5, 0.75)
    """Least ``combined_score`` with which ``evaluate_stage1`` and ``evaluate_stage2`` of an evaluator are
    followed by the next; a list of none, one or two, with none only ``evaluate`` is called. Only for
    ``answer = "self-judged"``."""
    grid: dict[str, Axis] = {}
    """The values of each argument of the entry point, a table for each; only for ``answer = "table"``. The
    judge's function ``grid`` can give them instead."""
    state: dict[str, StateArray] = {}
    """What a program carries from step to step, a table for each array; only for ``answer = "steps"``."""
    units: dict[str, dict[str, Number]] = {}
    """Units of arguments of the entry point, and under ``return`` of its result: a table of exponents of base
    units for each, such as ``{m = 1, s = -2}``, empty for a pure number. The search then proposes nothing
    that adds or compares what is unlike, as far as units can be told. The judge's function ``units`` can give
    them instead."""
    parameters: dict[str, Parameter] = {}
    """What the user of the task may choose, a table for each."""
    timing: TimingSettings = TimingSettings()
    """How candidates are timed; only for ``kind = "speed"``."""
    data: Data = Data()
    """Instances from files."""
    sandbox: SandboxSettings = SandboxSettings()
    """What candidates find in the sandbox."""
    published: dict[str, Published] = {}
    """Published results, a table for each."""
    best_baseline: BestBaseline | None = None
    """The strongest baseline, for lists."""

    @property
    def exhaustive(self) -> bool:
        """Whether one list of instances, the whole population, serves as all three splits."""
        return self.splits.exhaustive
