"""Small tasks of each form of answer, judged in the strongest sandbox that this machine offers."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from provolve.engine.worker import profile
from provolve.judge import Batch, Judge
from provolve.program import lift
from provolve.record import Verdict
from provolve.sandbox import Sandbox
from provolve.task import Task, load

HEADER = """
# /// task
# direction = "{direction}"
# answer = "{answer}"
{settings}# ///
"""

Bench = Callable[..., "Judged"]


class Judged:
    """A task with a running judge, and a shortcut to the verdict on one new region text."""

    def __init__(self, task: Task) -> None:
        self.task = task
        self.sandbox = Sandbox(profile(task))
        self.judge = Judge(task, self.sandbox, seed=3, test_seed=4)
        for split in ("train", "validation"):
            seed = self.judge.plain.judge(split, task.program.source)
            assert seed.rejection is None, seed.detail
            self.judge.scoring.set_reference(split, seed.scores)

    def verdicts(self, *texts: str, incumbent: float | None = -1e9, race=()) -> list[Verdict]:
        candidates = [lift(self.task.program, (text,)) for text in texts]
        batch = Batch(
            templates=tuple(candidate.template for candidate in candidates),
            candidates=tuple((index, candidate.literals) for index, candidate in enumerate(candidates)),
            incumbent=incumbent,
            race=race,
        )
        return self.judge.judge(batch)

    def verdict(self, text: str, incumbent: float | None = -1e9) -> Verdict:
        return self.verdicts(text, incumbent=incumbent)[0]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made: list[Judged] = []

    def make(
        answer: str,
        judge: str,
        program: str,
        *,
        settings: str = "",
        harness: str = "",
        direction: str = "minimize",
    ) -> Judged:
        if "aggregate" not in settings:
            settings = f'aggregate = "mean"\n{settings}'
        settings = "".join(f"# {line}\n" for line in settings.strip().splitlines())
        cell = "evaluator" if answer == "self-judged" else "judge"
        text = (
            HEADER.format(answer=answer, direction=direction, settings=settings) + f"# %% {cell}\n{judge}\n"
        )
        if harness:
            text += f"# %% harness\n{harness}\n"
        text += f"# %% program\n{program}\n"
        path = tmp_path / f"task{len(made)}.py"
        path.write_text(text)
        made.append(Judged(load(path)))
        return made[-1]

    yield make
    for judged in made:
        judged.sandbox.close()
