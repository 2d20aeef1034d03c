"""A task, loaded and checked."""

from __future__ import annotations

import ast
import functools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from provolve.errors import TaskError
from provolve.program import Function, Program
from provolve.task.cells import Parts
from provolve.task.data_files import files_digest, read_instances
from provolve.task.harness import defined_in
from provolve.task.holes import Hole
from provolve.task.judge_module import JudgeModule
from provolve.task.settings import Settings
from provolve.task.surrogate import Surrogate
from provolve.task.units import Units


@dataclass(frozen=True, eq=False)
class Task:
    """A problem to improve a program for. ``load`` makes it; nothing of its judge has run yet."""

    name: str
    """Name in the gallery, of the folder, or of the file without ``.py``."""
    reference: str
    """What to load to have this task again: a gallery name, or an absolute path."""
    origin: Path
    """The file or folder it was loaded from, absolute."""
    digest: str
    """32 hexadecimal digits of all that scores depend on: settings, judge, harness, program, baselines,
    parameters, and data files of its own; not the data that a user chose."""
    settings: Settings
    parameters: Mapping[str, str | bool | int | float]
    """A value for each declared parameter."""
    program: Program
    """The seed program."""
    entry: Function
    """The function of the program that the harness calls."""
    baselines: Mapping[str, Program]
    """Programs to compare with, by name; each has the entry point of the seed program."""
    harness: str
    """Source that calls candidates inside the sandbox."""
    judge: JudgeModule
    description: str
    """What the task is about: the settings' description, else the first line of its page."""
    parts: Parts
    """Its text, cut into its parts."""
    files: Mapping[str, bytes]
    """The files that make it up, data files of its own among them, by their names relative to it: written
    elsewhere, they load the same task."""
    data: Path | None
    """Where the user chose data files; None where the task's own settings say."""
    data_files: tuple[Path, ...]
    """Files with its instances; empty where the judge generates them."""

    holes: tuple[Hole, ...] = ()
    """What candidates may do in the sandbox besides computing, by name."""

    @property
    def folder(self) -> Path:
        """The folder that it is in: that of its parts, or of its one file."""
        return self.origin if self.origin.is_dir() else self.origin.parent

    @property
    def kind(self) -> str:
        """``heuristic``, ``construction`` or ``speed``."""
        return self.settings.kind

    @functools.cached_property
    def harness_functions(self) -> frozenset[str]:
        """Names that the harness defines."""
        return defined_in(self.harness)

    @property
    def self_judged(self) -> bool:
        """Whether scores are the candidate's word: given by an evaluator that runs beside it."""
        return self.settings.answer == "self-judged"

    @property
    def default_proposer(self) -> str:
        """What makes candidates unless somebody says otherwise: ``numeric`` or ``symbolic``."""
        return "numeric" if self.judge.has_surrogate else "symbolic"

    def surrogate(self) -> Surrogate | None:
        """Return the smooth problem that the judge offers for the one instance of a construction, if it does.

        Raises:
            TaskError: if the judge has one and the task is no construction of one instance.
            JudgeError: if the judge failed, or returned something else.
        """
        if not self.judge.has_surrogate:
            return None
        if self.kind != "construction" or self.settings.splits.train != 1:
            raise TaskError(
                f"{self.origin}: the judge has a function surrogate, which is for a construction of one "
                'instance: write kind = "construction" and splits.train = 1, or leave it out'
            )
        from provolve.task.splits import make_split  # it knows tasks

        return self.judge.surrogate(make_split(self, "train", 0)[0])

    def units(self) -> Units | None:
        """Return the units of the entry point's arguments and result; None where the task gives none.

        Raises:
            JudgeError: if the judge failed, or gave something else.
        """
        return self.judge.units(self.entry.name)

    @property
    def train_sizes(self) -> tuple[int, ...]:
        """Numbers of train instances, one an epoch of a search; one alone where train cannot grow.

        Where instances come from files their number stands for the first epoch, whatever the files hold.
        """
        settings = self.settings
        first = settings.splits.train
        from provolve.task.splits import generated  # it knows tasks

        fixed = settings.exhaustive or self.self_judged or not generated(self, "train")
        if fixed or settings.kind != "heuristic":
            return (first,)
        return (first, *(times * first for times in settings.splits.epochs))

    def starts(self) -> tuple[str, ...]:
        """Return the names of the baselines that the search can start from.

        These are equal to the seed program outside of its regions, comments and the docstring aside, so
        that their regions fit into it.
        """
        fixed = _fixed(self.program)
        return tuple(name for name, program in self.baselines.items() if _fixed(program) == fixed)

    def read_data(self) -> list[object]:
        """Return the instances in the data files, in the order of the files.

        Raises:
            TaskError: if a file cannot be read or holds no instances.
            JudgeError: if the judge's ``parse`` failed.
        """
        return read_instances(self.data_files, self.judge)

    def data_digest(self) -> str:
        """Return 32 hexadecimal digits of the content of the data files; empty where there are none."""
        return files_digest(self.data_files) if self.data_files else ""


def _fixed(program: Program) -> list[str]:
    """Return the lines outside of the regions that can make a difference, with a mark for each region."""
    docstring = _docstring_lines(program.source)
    spans = program.line_spans(program.texts())
    lines = []
    for number, line in enumerate(program.source.split("\n"), start=1):
        if any(first == number for first, _ in spans):
            lines.append("")
        inside = any(first <= number <= last for first, last in spans)
        if not inside and number not in docstring and line.strip() and not line.strip().startswith("#"):
            lines.append(line.rstrip())
    return lines


def _docstring_lines(source: str) -> range:
    body = ast.parse(source).body
    if body and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
        return range(body[0].lineno, (body[0].end_lineno or body[0].lineno) + 1)
    return range(0)
