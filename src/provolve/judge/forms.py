"""How an answer is had from a child, for each form of answer.

A form yields one answer an instance, in order and only as they are wanted, so that a hopeless candidate
can be stopped early. Every function of the harness is called under the limits of the task's settings; the
first call after a load may use the seconds for loading too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from provolve.errors import JudgeError, Refused
from provolve.judge.answer_check import answer_check, violation
from provolve.judge.carried import Carried
from provolve.judge.failures import steady
from provolve.judge.side_by_side import SideBySide
from provolve.sandbox import Child, ChildFailed
from provolve.task import Task

Ask = Callable[..., object]
"""How a function of the harness is called: as by `Child.call`."""
_SHUFFLE_SEED = 20_011
_ROUNDING = 1e-12
_LONGEST_REMARK = 2000
CANDIDATE_FILE = "program.py"
"""The file in its child's folder from which an evaluator takes its candidate."""


class Form(Protocol):
    """One of the forms that an answer may take."""

    def put(self, child: Child, instances: Sequence[object]) -> None:
        """Send the inputs that later calls refer to."""

    def answers(self, child: Child, instances: Sequence[object], *, closed: bool) -> Iterator[object]:
        """Yield the answer to each instance. The program must have been loaded into ``child``.

        Raises:
            ChildFailed: as the child did.
            Refused: an answer that is no answer of this form.
            JudgeError: the task's own generator of steps failed.
        """


def form_of(task: Task) -> Form:
    """Return the form of the task's answers."""
    match task.settings.answer:
        case "table":
            return TableForm(task)
        case "steps":
            return StepsForm(task, Declared(task))
        case "certificate" | "time" | "self-judged":
            return CertificateForm(task)


class Declared:
    """What a task declares an answer, or a decision, to be made of."""

    def __init__(self, task: Task) -> None:
        self._check = answer_check(task.settings.answer_schema)

    def check(self, value: object, name: str = "answer") -> None:
        """Check decoded data before any function of the judge sees it.

        Raises:
            ChildFailed: ``answer_malformed``, with the place in ``value`` that is not as declared.
        """
        wrong = violation(self._check, value, name)
        if wrong:
            raise ChildFailed("answer_malformed", wrong)


class CertificateForm:
    """The visible instance crosses, the answer is an object that the judge checks."""

    def __init__(self, task: Task) -> None:
        self._task = task
        self._declared = Declared(task)

    def put(self, child: Child, instances: Sequence[object]) -> None:
        child.put([self._task.judge.visible(instance) for instance in instances])

    def answers(self, child: Child, instances: Sequence[object], *, closed: bool) -> Iterator[object]:
        limits, loading = self._task.settings.limits, self._task.settings.limits.load_seconds
        for index in range(len(instances)):
            answer = child.call(
                "answer",
                index,
                cpu_seconds=limits.cpu_seconds + loading,
                wall_seconds=limits.wall_seconds + loading,
            )
            self._declared.check(answer)
            yield answer
            loading = 0.0


def as_data(source: str) -> str:
    """Return a source that holds the program ``source`` as a text ``SOURCE``: loading it runs nothing of it.

    So the harness of a self-judged task gets the program, which its evaluator reads and runs by itself.
    """
    return f"SOURCE = {source!r}\n"


def evaluator_remark(answer: object) -> str:
    """Return what an evaluator told beside its numbers: where its stages ended, and its artifacts, cut short.

    ``answer`` is one that the judge of self-judged tasks has read.
    """
    if not isinstance(answer, dict):
        return ""
    told = [f"its stages ended with stage {answer['stage']}"] if answer["stage"] else []
    told += [
        f"{name}: {value if isinstance(value, str) else f'{len(value)} bytes'}"
        for name, value in answer["artifacts"].items()
    ]
    return steady("\n".join(told))[:_LONGEST_REMARK]


class StepsForm:
    """The judge's generator sends one observation at a time, the child returns one decision."""

    def __init__(self, task: Task, declared: Declared | None = None) -> None:
        self._task = task
        self._declared = declared

    def put(self, child: Child, instances: Sequence[object]) -> None:
        """Nothing crosses ahead of its step."""

    def answers(self, child: Child, instances: Sequence[object], *, closed: bool) -> Iterator[object]:
        if closed and self._task.settings.side_by_side:
            together = SideBySide(self._task, instances, self._checked)
            try:
                yield from together.answers(child)
                return
            except ChildFailed as failure:
                # What raises on arrays may be meant for numbers, as in a test of one.
                if failure.reason != "raised":
                    raise
        loading = self._task.settings.limits.load_seconds
        for instance in instances:
            yield self.play(child, instance, loading)
            loading = 0.0

    def play(self, child: Child, instance: object, loading: float, ask: Ask | None = None) -> object:
        """Return what the judge's generator returns for ``instance`` with the child's decisions.

        The limits hold for the whole instance: each step may use what the steps before it left. ``ask`` is
        used in place of the child's `call`.
        """
        steps = self._task.judge.steps(instance)
        decide = self.decider(child, loading, ask)
        decision: object = None
        while True:
            try:
                observation = steps.send(decision)
            except StopIteration as end:
                return end.value
            decision = decide(observation)

    def decider(self, child: Child, loading: float, ask: Ask | None = None) -> Callable[[object], object]:
        """Return what gives the child's decision for each observation of one instance, in their order."""
        limits = self._task.settings.limits
        began, wall = child.cpu_time(), limits.wall_seconds + loading
        carried = Carried(self._task)
        ask = ask or child.call

        def decide(observation: object) -> object:
            left = limits.cpu_seconds + loading - (child.cpu_time() - began)
            shown = carried.shown(observation)
            reply = ask("step", value=shown, cpu_seconds=max(left, 0.001), wall_seconds=wall)
            return self._checked(carried.parted(reply))

        return decide

    def _checked(self, decision: object) -> object:
        if self._declared is not None:
            self._declared.check(decision, "decision")
        return decision


class TableForm:
    """One call on the whole grid of arguments answers every instance."""

    def __init__(self, task: Task) -> None:
        self._task = task
        grid = task.judge.grid()
        if not grid:
            raise JudgeError(f"{task.origin}: the grid is empty; name each argument of the entry point in it")
        if tuple(grid) != task.entry.arguments:
            raise JudgeError(
                f"{task.origin}: the grid is over {', '.join(grid)}, the entry point "
                f"{task.entry.name} takes {', '.join(task.entry.arguments)}: they must be the same, in order"
            )
        self.shape = tuple(len(axis) for axis in grid.values())
        mesh = np.meshgrid(*grid.values(), indexing="ij")
        self._flat = [np.ascontiguousarray(axis.reshape(-1)) for axis in mesh]
        self._steps = StepsForm(task)
        self._declared = Declared(task)
        self._size = int(np.prod(self.shape))
        shuffled = np.random.default_rng(_SHUFFLE_SEED).permutation(self._size)
        self._pieces = np.split(shuffled, sorted({min(cut, self._size) for cut in (1, 8, self._size // 3)}))

    def put(self, child: Child, instances: Sequence[object]) -> None:
        child.put([self._flat, *([axis[piece] for axis in self._flat] for piece in self._pieces)])

    def answers(self, child: Child, instances: Sequence[object], *, closed: bool) -> Iterator[object]:
        loading = self._task.settings.limits.load_seconds
        table = self._values(child, 0, self._size, loading)
        if not closed and not self._elementwise(child, table):
            if not self._task.judge.has_steps:
                raise Refused(
                    "the rule is not elementwise: on a shuffled or split grid it gives other values, "
                    "so a table cannot stand for it"
                )
            yield from self._steps.answers(child, instances, closed=False)
            return
        shaped = table.reshape(self.shape)
        self._declared.check(shaped)
        for _ in instances:
            yield shaped

    def _elementwise(self, child: Child, table: NDArray[np.float64]) -> bool:
        """Whether the shuffled grid, in pieces of very unequal sizes down to one cell, gives the same values.

        Functions of numpy may round the last bit otherwise for another length of their argument.
        """
        return all(
            np.allclose(
                table[piece],
                self._values(child, number, len(piece)),
                rtol=_ROUNDING,
                atol=0.0,
                equal_nan=True,
            )
            for number, piece in enumerate(self._pieces, start=1)
            if len(piece)
        )

    def _values(self, child: Child, index: int, length: int, loading: float = 0.0) -> NDArray[np.float64]:
        limits = self._task.settings.limits
        values = child.call(
            "answer",
            index,
            cpu_seconds=limits.cpu_seconds + loading,
            wall_seconds=limits.wall_seconds + loading,
        )
        if not isinstance(values, np.ndarray) or values.shape != (length,) or values.dtype != np.float64:
            raise Refused(f"the table is not an array of {length} floats")
        return values
