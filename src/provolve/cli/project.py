"""Projects of OpenEvolve's on the command line: two files, a configuration, a checkpoint."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from provolve.errors import UsageError
from provolve.record import Budget, Event, Notice, RunStarted

if TYPE_CHECKING:
    from provolve.engine.conduct import Conduct


@dataclass(frozen=True)
class Given:
    """What a task's files say of the run besides the task; nothing where they are no project."""

    reference: str
    """What to load."""
    budget: Budget | None = None
    seed: int | None = None
    workers: int | None = None
    islands: dict[str, object] = field(default_factory=dict)
    model: dict[str, object] = field(default_factory=dict)
    told: tuple[str, ...] = ()
    """Sentences for the user."""

    def options(self, strategy: str) -> dict[str, object]:
        """Return the options for a strategy of this name."""
        return dict(self.islands) if strategy == "islands" else {}

    def model_options(self, proposer: str | None, given: Mapping[str, object]) -> dict[str, object]:
        """Return the options of the proposer: ``given`` ones go before what the configuration says."""
        if proposer != "model":
            return dict(given)
        # Weights are those of the models beside them.
        own = {
            name: value for name, value in self.model.items() if name != "weights" or "models" not in given
        }
        return {**own, **given}


def read_project(
    task: str,
    evaluator: Path | None,
    config: Path | None,
    checkpoint: Path | None,
    allow: Sequence[str],
    *,
    forced: bool,
) -> Given:
    """Return what is to be loaded: ``task`` itself, or the project that it makes with ``evaluator``.

    Raises:
        UsageError: if options of projects are given without an evaluator, the files are not recognised and
            not ``forced``, or one of them cannot be read.
        TaskError: if the program holds nothing that may change.
    """
    if evaluator is None:
        _refuse_alone(config, checkpoint, allow, forced)
        return Given(task)
    from provolve.task.openevolve import Config, make_project, read_config, recognised

    program = Path(task)
    if lack := recognised(program, evaluator, marked=not forced):
        raise UsageError(f"{lack}. {_REMEDY}")
    read = Config() if config is None else read_config(config)
    project, told = make_project(program, evaluator, read, allow=allow, checkpoint=checkpoint)
    return Given(
        project.reference,
        None if read.candidates is None else Budget(candidates=read.candidates),
        read.seed,
        read.workers,
        dict(read.islands),
        dict(read.model),
        tuple(told),
    )


_REMEDY = (
    "A project of OpenEvolve's is run with `provolve run PROGRAM EVALUATOR`; with --openevolve a program "
    "needs no marks, and all its functions may change"
)


def _refuse_alone(config: Path | None, checkpoint: Path | None, allow: Sequence[str], forced: bool) -> None:
    given = {"--config": config, "--checkpoint": checkpoint, "--allow": allow, "--openevolve": forced}
    names = [name for name, value in given.items() if value]
    if names:
        raise UsageError(
            f"{' and '.join(names)} belong to a project of OpenEvolve's, and there is no evaluator: write "
            "`provolve run PROGRAM EVALUATOR`. A task of provolve's has its settings in its own file"
        )


def telling(conduct: Conduct, told: Sequence[str]) -> Conduct:
    """Return a conduct whose listener hears ``told`` when the run has started."""

    def listen(event: Event) -> None:
        conduct.listener(event)
        if isinstance(event, RunStarted):
            for text in told:
                conduct.listener(Notice("openevolve", text))

    return replace(conduct, listener=listen) if told else conduct
