"""``provolve run``: search for a better program."""

from __future__ import annotations

from pathlib import Path

import click

from provolve.cli.options import (
    budget_option,
    data_option,
    json_option,
    pairs,
    project_options,
    runs_option,
    set_option,
    values,
    weak_option,
    workers_option,
)
from provolve.errors import UsageError


@click.command(short_help="Search for a better program.")
@click.argument("task")
@click.argument("evaluator", required=False, type=click.Path(path_type=Path))
@budget_option
@click.option(
    "--proposer",
    help="What makes candidates: symbolic, numeric, model, command:PROGRAM, replay:RUN. If left out numeric "
    "where the task offers a surrogate, else symbolic.",
)
@click.option(
    "--model", "models", multiple=True, help="Name of a model; the one that the server lists if left out."
)
@click.option(
    "--base-url",
    metavar="URL",
    help="Server of models, such as http://localhost:11434/v1; OpenAI's if left out.",
)
@click.option("--in-flight", type=click.IntRange(min=1), help="Calls under way at a time, 4; as --window.")
@click.option(
    "--price",
    "prices",
    multiple=True,
    metavar="MODEL=IN,OUT",
    help="US dollars per million tokens, or a file.",
)
@click.option(
    "--prompts",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Folder of prompt templates in place of those that come along.",
)
@click.option("--strategy", default="islands", show_default=True, help="What decides what to try next.")
@workers_option
@click.option(
    "--seed", "-s", type=click.IntRange(min=0), help="Same seed, same run, for a budget of candidates."
)
@click.option(
    "--test-seed",
    type=click.IntRange(min=0),
    help="Seed of the sealed instances; that of the run if left out.",
)
@set_option
@data_option
@click.option(
    "--champion",
    metavar="WAY",
    default="validation",
    show_default=True,
    help="How it is chosen: knockout or majority for noisy judges; with --tests a selector such as b4.",
)
@click.option(
    "--tests",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Proposed tests of the entry point, which decide the champion.",
)
@click.option("--from", "earlier", metavar="RUN", help="Start from the best of an earlier run, too.")
@click.option(
    "--no-growth", is_flag=True, help="Keep train as it is; else it grows where the search gets no further."
)
@click.option("--name", help="Name of the run; after the task if left out.")
@runs_option
@click.option("--batch", type=click.IntRange(min=1), help="Candidates made at a time.")
@click.option(
    "--window", type=click.IntRange(min=1), help="Batches under way at a time; it belongs to the run."
)
@click.option(
    "--proposer-option", "proposer_options", multiple=True, metavar="NAME=VALUE", help="For the proposer."
)
@click.option(
    "--strategy-option", "strategy_options", multiple=True, metavar="NAME=VALUE", help="For the strategy."
)
@project_options
@weak_option
@json_option
def command(
    task: str,
    evaluator: Path | None,
    budgets: tuple[str, ...],
    proposer: str | None,
    models: tuple[str, ...],
    base_url: str | None,
    in_flight: int | None,
    prices: tuple[str, ...],
    prompts: Path | None,
    strategy: str,
    workers: int | None,
    seed: int | None,
    test_seed: int | None,
    settings: tuple[str, ...],
    data: Path | None,
    champion: str,
    tests: Path | None,
    earlier: str | None,
    no_growth: bool,
    name: str | None,
    runs: Path,
    batch: int | None,
    window: int | None,
    proposer_options: tuple[str, ...],
    strategy_options: tuple[str, ...],
    config: Path | None,
    checkpoint: Path | None,
    allow: tuple[str, ...],
    openevolve: bool,
    allow_weak_sandbox: bool,
    as_json: bool,
) -> int:
    """Search for a better program for TASK: a gallery name, a file or a folder.

    With an EVALUATOR, TASK is the program of a project of OpenEvolve's, and both stay as they are.

    The best program on instances that the search never saw is kept; at the end it is compared with the seed
    program and the baselines on sealed instances. Ctrl-C stops; the run can be resumed.
    """
    from provolve.cli.project import read_project, telling
    from provolve.cli.sitting import carry_out
    from provolve.engine.planning import DEFAULT_BUDGET, make_spec
    from provolve.engine.run import start_run
    from provolve.engine.samples.lines import read_bytes
    from provolve.record import Budget
    from provolve.task import load

    project = read_project(task, evaluator, config, checkpoint, allow, forced=openevolve)
    budget = Budget.parse(*budgets) if budgets else project.budget or DEFAULT_BUDGET
    _check("strategy", strategy)
    if proposer is not None:
        _check("proposer", proposer.partition(":")[0])
    options = values(proposer_options, "--proposer-option")
    options |= _model_options(proposer, models, base_url, prices, prompts)
    options = project.model_options(proposer, options)
    if in_flight is not None and window is not None:
        raise UsageError("--in-flight and --window are the same for models: give one of them")
    loaded = load(project.reference, pairs(settings, "--set"), data)
    spec = make_spec(
        loaded,
        budget=budget,
        proposer=proposer,
        strategy=strategy,
        seed=project.seed if seed is None else seed,
        test_seed=test_seed,
        batch=batch,
        window=window or in_flight,
        champion=champion,
        tests=b"" if tests is None else read_bytes(tests),
        proposer_options=options,
        strategy_options=project.options(strategy) | values(strategy_options, "--strategy-option"),
        earlier=earlier,
        growth=not no_growth,
        runs=runs,
    )
    return carry_out(
        lambda conduct: start_run(loaded, spec, telling(conduct, project.told), runs=runs, name=name),
        task=loaded,
        runs=runs,
        workers=workers or project.workers,
        allow_weak_sandbox=allow_weak_sandbox,
        as_json=as_json,
    )


def _model_options(
    proposer: str | None,
    models: tuple[str, ...],
    base_url: str | None,
    prices: tuple[str, ...],
    prompts: Path | None,
) -> dict[str, object]:
    """Return the options of the model proposer that were given.

    Raises:
        UsageError: if some were, and the proposer is another.
    """
    given: dict[str, object] = {}
    if models:
        given["models"] = list(models)
    if base_url is not None:
        given["base_url"] = base_url
    if prices:
        given["prices"] = [one if "=" in one else str(Path(one).resolve()) for one in prices]
    if prompts is not None:
        given["prompts"] = str(prompts.resolve())
    if given and proposer != "model":
        raise UsageError("--model, --base-url, --price and --prompts go with --proposer model: add it")
    return given


def _check(sort: str, name: str) -> None:
    """Check that a strategy or proposer is installed, before a run is made for it."""
    from provolve.propose import names as proposers
    from provolve.search import names as strategies

    if (sort, name) == ("proposer", "agent"):
        raise UsageError("the candidates of an agent come by `provolve mcp TASK`: see its --help")
    installed = {"strategy": strategies, "proposer": proposers}[sort]()
    known = [one for one in installed if (sort, one) != ("proposer", "agent")]
    if name not in known:
        raise UsageError(f"there is no {sort} {name!r}: choose one of {', '.join(known) or 'none'}")
