"""Projects written for OpenEvolve run as they are, and their runs are runs like any other."""

from __future__ import annotations

import json
import socket
import threading
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import provolve
from provolve.cli.group import group
from provolve.cli.project import Given
from provolve.record import strength
from provolve.store import RunReader
from provolve.task.openevolve import Config, make_project
from stub_server import StubServer

pytestmark = pytest.mark.usefixtures("confined")
PROGRAM = '''"""Reach a height."""
import numpy as np

# EVOLVE-BLOCK-START
def height(x):
    """How high it is at x."""
    return 1.0 * x + 0.5
# EVOLVE-BLOCK-END


def run_search():
    return float(np.asarray(height(2.0)))
'''
EVALUATOR = """
import importlib.util
import os
import traceback

from openevolve.evaluation_result import EvaluationResult


def load_program(path):
    spec = importlib.util.spec_from_file_location("program", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def goal():
    return 3.25


def evaluate_stage1(program_path):
    value = load_program(program_path).run_search()
    return EvaluationResult(metrics={"valid": 1.0, "combined_score": 0.6}, artifacts={"value": str(value)})


def evaluate_stage2(program_path):
    return evaluate(program_path)


def evaluate(program_path):
    miss = abs(load_program(program_path).run_search() - goal())
    return {"valid": 1.0, "miss": float(miss), "combined_score": float(1 / (1 + miss))}
"""
CONFIG = """
max_iterations: 40
random_seed: 5
log_level: "INFO"
llm: {primary_model: "any", api_base: "http://localhost:1/v1"}
database: {num_islands: 2, migration_interval: 4, population_size: 20}
evaluator: {timeout: 10, cascade_thresholds: [0.5, 0.75], parallel_evaluations: 1}
"""
LLM = """
llm:
  api_base: "{}"
  api_key: sk-thekeythatnobodymaysee
  models: [{{name: first, weight: 3.0}}, {{name: second, weight: 1.0}}]
  temperature: 0.3
  top_p: 0.9
  max_tokens: 700
  timeout: 20
  retries: 2
prompt: {{system_message: You build towers.}}
"""
FROM_FILE = """def goal():
    with open(os.path.join(os.path.dirname(__file__), "data", "goal.txt")) as file:
        return float(file.read())
"""
FROM_MODULE = "def goal():\n    import goals\n    return goals.GOAL\n"
FROM_WORKING_FOLDER = "def goal():\n    return float(open('data/goal.txt').read())\n"
FROM_PROCESS = """def goal():
    import concurrent.futures, threading
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        apart = pool.submit(threading.get_ident).result() != threading.get_ident()
    reader, writer = os.pipe()
    if os.fork() == 0:
        os.write(writer, b"3.25")
        os._exit(0)
    os.wait()
    return float(os.read(reader, 9)) if apart else 0.0
"""
GOAL = "def goal():\n    return 3.25\n"
RUN = ["run", "initial_program.py", "evaluator.py"]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    made = tmp_path / "heights"
    made.mkdir()
    monkeypatch.chdir(made)
    monkeypatch.delenv("PROVOLVE_RUNS", raising=False)
    (made / "initial_program.py").write_text(PROGRAM)
    (made / "evaluator.py").write_text(EVALUATOR)
    (made / "config.yaml").write_text(CONFIG)
    (made / "data").mkdir()
    (made / "data" / "goal.txt").write_text("3.25")
    (made / "goals.py").write_text("GOAL = 3.25")
    return made


def provolve_cli(*arguments: str) -> Result:
    return CliRunner().invoke(group, [*arguments], standalone_mode=True)


def ran(*arguments: str) -> Result:
    result = provolve_cli(*arguments)
    assert result.exit_code == 0, result.output
    return result


def test_a_project_runs_unaltered_and_is_shown_checked_exported_and_applied(folder: Path) -> None:
    files = [*folder.glob("*.py"), folder / "config.yaml"]
    before = [file.read_bytes() for file in files]
    lines = ran(*RUN, "--config", "config.yaml", "--json").stdout.splitlines()
    events = [json.loads(line) for line in lines]
    started, finished = events[0], events[-1]
    assert (started["event"], started["self_judged"]) == ("started", True)
    assert (started["seed"], started["workers"], started["budget"]["candidates"]) == (5, 1, 40)
    told = [event["text"] for event in events if event["event"] == "notice"]
    assert "max_iterations = 40: the budget of candidates" in "\n".join(told)
    assert any(text.startswith("configuration: with --proposer model: llm.primary_model") for text in told)
    assert finished["spent"]["candidates"] == 40
    assert [file.read_bytes() for file in files] == before
    with RunReader(folder / ".provolve" / "runs" / "heights-1.db") as reader:
        assert reader.spec.strategy_options == {"islands": 2, "migrate_every": 4, "capacity": 10}
        levels = {verdict.level for _, verdicts in reader.verdicts() for verdict in verdicts if verdict.level}
    assert {strength(level) for level in levels} <= {"strong", "full"}
    assert "self-judged" in ran("show", "heights-1").output
    assert "initial_program.py with" in " ".join(ran("show", "heights-1").output.split())
    assert "The claim holds" in ran("verify", "heights-1").output
    ran("export", "heights-1", "--format", "bundle", "--out", "heights.zip")
    ran("apply", "heights-1", "--yes")
    applied = (folder / "initial_program.py").read_text()
    assert applied != PROGRAM
    assert applied.partition("# EVOLVE-BLOCK-END")[2] == PROGRAM.partition("# EVOLVE-BLOCK-END")[2]
    # A stranger has the bundle and nothing else.
    for file in folder.glob("*.py"):
        file.unlink()
    assert "The claim holds" in ran("verify", "heights.zip").output


def test_a_stopped_run_goes_on_to_the_same_end(folder: Path) -> None:
    project, _ = make_project(folder / "initial_program.py", folder / "evaluator.py", Config())
    whole = provolve.run(project.reference, budget="70candidates", seed=2, workers=1, runs=folder / "whole")
    stop = threading.Event()
    seen = []

    def listen(event: object) -> None:
        seen.append(event)
        if len(seen) == 4:
            stop.set()

    provolve.run(
        project.reference, budget="70candidates", seed=2, workers=1, name="cut", runs=folder / "cut",
        listener=listen, stop=stop,
    )  # fmt: skip
    assert provolve_cli("resume", "cut", "--runs", str(folder / "cut"), "--workers", "2").exit_code == 0
    resumed = provolve.open("cut", runs=folder / "cut")
    assert resumed.champion == whole.champion


def test_only_a_program_that_is_as_it_was_is_written_to(folder: Path) -> None:
    result = provolve_cli(*RUN, "--config", "config.yaml", "--budget", "1candidates", "--name", "one")
    assert result.exit_code == 0
    (folder / "evaluator.py").write_text(EVALUATOR + "\n# changed\n")
    again = provolve_cli("apply", "one", "--yes")
    assert again.exit_code == 0, "what was found is still written, for the program is as it was"
    (folder / "initial_program.py").write_text("# gone\n")
    refused = provolve_cli("apply", "one", "--yes")
    assert refused.exit_code == 2


@pytest.mark.parametrize(
    ("goal", "told", "allow"),
    [
        (FROM_FILE, 'goal.txt"] would permit', "read:data"),
        (FROM_MODULE, 'allow = ["read:."] would permit', "read:."),
        (FROM_PROCESS, 'allow = ["processes"] would permit', "processes"),
        (FROM_WORKING_FOLDER, 'it lies beside the evaluator: allow = ["read:data/goal.txt"]', ""),
    ],
)
def test_what_an_evaluator_needs_is_named_at_the_first_refusal_and_then_given(
    folder: Path, goal: str, told: str, allow: str
) -> None:
    (folder / "evaluator.py").write_text(EVALUATOR.replace(GOAL, goal))
    options = ["--budget", "8candidates", "--seed", "1", "--workers", "1", "--json"]
    refused = provolve_cli(*RUN, *options)
    assert refused.exit_code == 2
    assert told in refused.stderr
    assert "Give what it names with --allow" in refused.stderr
    if allow:
        lines = ran(*RUN, *options, "--allow", allow).stdout.splitlines()
        assert json.loads(lines[0])["level"].endswith(f"+{allow}")
        assert json.loads(lines[0])["seed_loss"] == pytest.approx(-1 / 1.75)


def test_an_evaluator_asks_a_server_of_this_machine(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        serving = threading.Thread(target=serve, args=(server,), daemon=True)
        serving.start()
        ask = f"""def goal():
    import socket
    with socket.create_connection(("127.0.0.1", {port})) as link:
        return float(link.recv(99))
"""
        (folder / "evaluator.py").write_text(EVALUATOR.replace(GOAL, ask))
        options = ["--budget", "8candidates", "--seed", "1", "--workers", "1", "--json"]
        refused = provolve_cli(*RUN, *options)
        assert refused.exit_code == 2
        assert 'allow = ["net:localhost:PORT"] would permit' in refused.stderr
        result = provolve_cli(*RUN, *options, "--allow", f"net:localhost:{port}")
        if "needs a" in result.stderr:
            pytest.skip(result.stderr)
        assert result.exit_code == 0, result.output
        assert json.loads(result.stdout.splitlines()[0])["seed_loss"] == pytest.approx(-1 / 1.75)
        # It wakes who waits for the next one.
        server.shutdown(socket.SHUT_RDWR)
        serving.join()


def serve(server: socket.socket) -> None:
    while True:
        try:
            link, _ = server.accept()
        except OSError:
            return
        with link:
            link.sendall(b"3.25")


def test_a_checkpoint_starts_the_search_further_up(folder: Path) -> None:
    checkpoint = folder / "openevolve_output" / "checkpoints" / "checkpoint_3"
    (checkpoint / "programs").mkdir(parents=True)
    better = PROGRAM.replace("1.0 * x + 0.5", "1.0 * x + 1.2")
    for name, code in (
        ("a", better),
        ("b", PROGRAM),
        ("c", better.replace("import numpy", "import math, numpy")),
    ):
        text = json.dumps({"id": name, "code": code, "metrics": {"combined_score": 0.9}})
        (checkpoint / "programs" / f"{name}.json").write_text(text)
    (checkpoint / "metadata.json").write_text(json.dumps({"best_program_id": "a", "archive": ["a", "b"]}))
    options = ["--budget", "1candidates", "--seed", "1", "--json", "--name", "on"]
    lines = ran(
        *RUN, *options, "--checkpoint", "openevolve_output/checkpoints/checkpoint_3"
    ).stdout.splitlines()
    assert any("the search also starts from 1, judged anew" in line for line in lines)
    with RunReader(folder / ".provolve" / "runs" / "on.db") as reader:
        start = next(iter(reader.verdicts()))[1]
    assert [round(verdict.scores[0], 3) for verdict in start] == [0.571, 0.952]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["run", "evaluator.py", "initial_program.py"], "the other way round"),
        (["run", "goals.py", "evaluator.py"], "--openevolve a program needs no marks"),
        (["run", "initial_program.py", "goals.py", "--openevolve"], "defines no function evaluate"),
        (["run", "initial_program.py", "--config", "config.yaml"], "--config belong"),
        (["run", "bin-packing", "--allow", "processes"], "--allow belong"),
        ([*RUN, "--config", "none.yaml"], "cannot be read"),
        ([*RUN, "--checkpoint", "data"], "no checkpoint of OpenEvolve"),
        ([*RUN, "--allow", "gpus"], "of no known form"),
        (["run", "none.py", "evaluator.py"], "there is no such file"),
    ],
)
def test_mistakes_are_told_without_a_traceback(folder: Path, arguments: list[str], told: str) -> None:
    result = provolve_cli(*arguments)
    assert result.exit_code in (1, 2)
    assert told in " ".join(result.stderr.split())
    assert "Traceback" not in result.output


def test_without_marks_the_files_are_taken_when_told(folder: Path) -> None:
    (folder / "initial_program.py").write_text(PROGRAM.replace("EVOLVE-BLOCK", "HERE"))
    result = ran(*RUN, "--openevolve", "--budget", "4candidates", "--seed", "1", "--json")
    assert json.loads(result.stdout.splitlines()[-1])["event"] == "finished"


def test_the_configurations_models_are_asked_as_it_says_and_its_key_is_never_taken(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-fromtheenvironment0001")

    def answer(prompt: str, number: int) -> str:
        return f"```python\ndef height(x):\n    return {number / 4} * x\n```"

    with StubServer(answer, models=("first", "second")) as server:
        said = CONFIG + LLM.format(server.url)
        (folder / "config.yaml").write_text(said.replace(CONFIG.splitlines()[4] + "\n", ""))
        how = [
            "--config",
            "config.yaml",
            "--proposer",
            "model",
            "--budget",
            "24candidates",
            "--name",
            "asked",
        ]
        told = ran(*RUN, *how, "--proposer-option", 'operators=["improve"]').output
    assert "llm.api_key" in told
    assert {body["model"] for body in server.bodies} == {"first", "second"}
    for body in server.bodies:
        assert (body["temperature"], body["top_p"], body["max_tokens"]) == (0.3, 0.9, 700)
        assert body["messages"][0] == {"role": "system", "content": "You build towers."}
    assert server.keys == {"Bearer sk-fromtheenvironment0001"}
    with RunReader(folder / ".provolve" / "runs" / "asked.db") as reader:
        options = reader.spec.proposer_options
    assert (options["tries"], options["deadline"], options["weights"]) == (3, 20, [3.0, 1.0])
    for path in (folder / ".provolve").rglob("*"):
        assert not path.is_file() or b"nobodymaysee" not in path.read_bytes(), path


def test_what_is_given_by_hand_goes_before_the_configuration(folder: Path) -> None:
    given = Given("t", model={"models": ["a", "b"], "weights": [1.0, 2.0], "max_tokens": 5, "tries": 3})
    assert given.model_options("symbolic", {}) == {}
    assert given.model_options("model", {"max_tokens": 9})["max_tokens"] == 9
    assert given.model_options("model", {"models": ["c"]}) == {"models": ["c"], "max_tokens": 5, "tries": 3}
