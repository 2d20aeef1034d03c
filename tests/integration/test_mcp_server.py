"""Agents that drive a run: the SDK's own client against the real command, over stdio and over HTTP."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from mcp import Client, StdioServerParameters, stdio_client

import provolve
from provolve.cli.run import command as run_command
from provolve.engine.api import Run
from provolve.errors import UsageError
from provolve.store import list_runs

TASK = """
# /// task
# direction = "minimize"
# answer = "certificate"
# aggregate = "mean"
# [splits]
# train = 3
# validation = 3
# [limits]
# cpu_seconds = 0.2
# [published]
# half = { value = 0.5, source = "a page" }
# ///
# %% judge
print("a judge may say something")

def instances(split, count, rng):
    for _ in range(count):
        yield float(rng.uniform(0.5, 3.0))

def score(instance, answer):
    return abs(answer - 2.5 * instance)
# %% program
LIMIT = 100

# EVOLVE-BLOCK-START
def guess(x):
    return 1.0 * x
# EVOLVE-BLOCK-END
# %% baseline twice
LIMIT = 100

# EVOLVE-BLOCK-START
def guess(x):
    return 2.0 * x
# EVOLVE-BLOCK-END
"""

SECRET = "what only the user may read"
COMMAND = [sys.executable, "-m", "provolve", "mcp"]


def region(expression: str, before: str = "") -> dict[str, Any]:
    return {"regions": [f"def guess(x):\n{before}    return {expression}\n"]}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "guess.py").write_text(TASK)
    (tmp_path / "secret.txt").write_text(SECRET)
    return tmp_path


def edit(old: str, new: str) -> str:
    return f"<<<<<<< SEARCH\n    {old}\n=======\n    {new}\n>>>>>>> REPLACE"


def client(folder: Path, drive: Callable[[Client], Any], *arguments: str) -> Any:
    async def connected() -> Any:
        with (folder / "errors.txt").open("a") as errors:
            parameters = StdioServerParameters(
                command=COMMAND[0], args=[*COMMAND[1:], *arguments], cwd=folder, env=dict(os.environ)
            )
            async with Client(stdio_client(parameters, errlog=errors)) as connection:
                return await drive(connection)

    return asyncio.run(connected())


async def ask(connection: Client, tool: str, **arguments: Any) -> dict[str, Any]:
    result = await connection.call_tool(tool, arguments)
    assert not result.is_error, result.content
    assert json.loads(result.content[0].text) == result.structured_content
    return result.structured_content


async def refusal(connection: Client, tool: str, **arguments: Any) -> str:
    result = await connection.call_tool(tool, arguments)
    assert result.is_error, result.structured_content
    return result.content[0].text


def attacks(folder: Path, first: str) -> list[tuple[str, str]]:
    """Return the names of three rejections, and what a candidate does to get them; the first of two kinds."""
    loops = {"deadline": "while True: pass", "killed": "__import__('os').abort()"}
    return [
        (first, loops[first]),
        ("killed", "__import__('os')._exit(0)"),
        ("raised", f"open({str(folder / 'secret.txt')!r}).read()"),
    ]


async def ten_candidates(connection: Client, folder: Path, first: str) -> dict[str, Any]:
    """Read the task, submit ten candidates of which three attack, see the end, return the claim."""
    tools = {tool.name for tool in (await connection.list_tools()).tools}
    assert tools == {"task", "elites", "source", "submit", "status", "finish"}
    task = await ask(connection, "task")
    assert task["direction"] == "minimize"
    assert task["entry"] == {"name": "guess", "arguments": ["x"]}
    assert "EVOLVE-BLOCK-START" in task["program"]
    assert [one["text"] for one in task["regions"]] == region("1.0 * x")["regions"]
    assert task["published"] == ["half: 0.5 (a page)"]
    starts = {one["name"]: one for one in task["starts"]}
    assert starts["twice"]["loss"] < starts["seed program"]["loss"]
    assert task["left"]["candidates"] == 10
    assert task["best"]["digest"] == starts["twice"]["digest"]

    for name, attack in attacks(folder, first):
        verdict = await ask(connection, "submit", **region("x", f"    {attack}\n"))
        assert (verdict["accepted"], verdict["rejection"]) == (False, name), verdict
        assert verdict["detail"]
        assert SECRET not in str(verdict)
        assert verdict["best"] == task["best"]
    reader = verdict["digest"]
    seed = starts["seed program"]["digest"]
    change = edit("return 1.0 * x", "return 2.25 * x")
    improved = await ask(connection, "submit", edit=change, parent=seed[:8])
    assert improved["accepted"]
    assert improved["new_best"]
    assert len(improved["scores"]) == 3
    # Without a parent the best is changed, which is another one by now.
    unmatched = await ask(connection, "submit", edit=change)
    assert unmatched["rejection"] == "edit_unmatched"
    assert unmatched["left"]["candidates"] == 6
    assert (await ask(connection, "submit", **region("2.25 * x")))["rejection"] == "edit_empty"
    same = await ask(connection, "submit", **region("x * 2.25"))
    assert (same["rejection"], same["duplicate_of"]) == ("duplicate_behaviour", improved["digest"])
    for factor in ("2.4", "3.0", "2.5", "2.7"):
        verdict = await ask(connection, "submit", **region(f"{factor} * x"))
        assert verdict["accepted"]
        assert verdict["new_best"] == (factor in ("2.4", "2.5"))
    assert (await ask(connection, "status"))["spent"] == {**verdict["spent"], "candidates": 9}
    elites = (await ask(connection, "elites", limit=2, sources=True))["elites"]
    assert [one["regions"] for one in elites] == [region(f"{best} * x")["regions"] for best in ("2.5", "2.4")]
    # What was rejected can be read, and mended by an edit too.
    assert "secret.txt" in (await ask(connection, "source", digest=reader))["program"]
    mending = edit(attacks(folder, first)[2][1], "x = 2.75 * x")
    mended = await ask(connection, "submit", edit=mending, parent=reader)
    assert mended["accepted"]
    assert mended["left"]["candidates"] == 0
    assert "the search is over" in await refusal(connection, "submit", **region("2.8 * x"))
    return await ask(connection, "finish")


def check(folder: Path, told: dict[str, Any], first: str) -> Run:
    """The record holds every submission, and the claim that was told."""
    assert told["reason"] == "budget"
    assert told["findings"] == {"seed program": "better", "twice": "better"}
    assert told["claim"]["mean"] == 0.0
    run = provolve.open(told["run"], runs=folder / ".provolve" / "runs")
    assert run.finished
    assert run.champion == told["champion"]
    verdicts = [verdict for record, some in run.verdicts() if record.ask for verdict in some]
    named = [verdict.rejection.value for verdict in verdicts if verdict.rejection is not None]
    assert len(verdicts) == 12
    expected = [first, "killed", "raised", "edit_unmatched", "edit_empty", "duplicate_behaviour"]
    assert sorted(named) == sorted(expected)
    return run


def outcomes(run: Run) -> list[Any]:
    return [(verdict.rejection, verdict.scores) for _, some in run.verdicts() for verdict in some]


def test_over_stdio_an_agent_is_given_names_for_everything_and_the_claim_at_the_end(folder: Path) -> None:
    async def drive(connection: Client) -> dict[str, Any]:
        return await ten_candidates(connection, folder, "deadline")

    told = client(folder, drive, "guess.py", "--budget", "10candidates", "--seed", "1", "-w", "1")
    run = check(folder, told, "deadline")
    again = provolve.run(folder / "guess.py", proposer=f"replay:{run.path}", workers=2, runs=folder / "again")
    assert again.champion == run.champion
    assert outcomes(again) == outcomes(run)
    verified = subprocess.run(
        [sys.executable, "-m", "provolve", "verify", "guess-1"], cwd=folder, capture_output=True, text=True
    )
    assert verified.returncode == 0, verified.stdout + verified.stderr


def test_over_http_on_loopback_it_is_the_same(folder: Path) -> None:
    errors = folder / "errors.txt"
    arguments = ["guess.py", "--budget", "10candidates", "--seed", "1", "-w", "1", "--http", "0"]
    with errors.open("w") as stream:
        server = subprocess.Popen([*COMMAND, *arguments], cwd=folder, stderr=stream, stdout=subprocess.PIPE)
    try:
        address = awaited(lambda: re.search(r"http://127\.0\.0\.1:\d+/mcp", errors.read_text()), server)[0]

        async def drive() -> dict[str, Any]:
            async with Client(address) as connection:
                return await ten_candidates(connection, folder, "killed")

        told = asyncio.run(drive())
        server.send_signal(signal.SIGINT)
        printed, _ = server.communicate()
    finally:
        server.kill()
    assert (server.returncode, printed) == (0, b""), errors.read_text()
    check(folder, told, "killed")


def awaited(look: Callable[[], Any], server: subprocess.Popen[bytes] | None = None) -> Any:
    """Return what ``look`` finds once it finds something, unless the server ends before."""
    while not (found := look()):
        assert server is None or server.poll() is None, "the server ended"
        time.sleep(0.05)
    return found


# Clients that go ------------------------------------------------------------------------------------------

VANISHING = """
import json, subprocess, sys

server = subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

def send(**message):
    server.stdin.write(json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\\n")
    server.stdin.flush()

who = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "a", "version": "1"}}
send(id=0, method="initialize", params=who)
print(server.stdout.readline().decode(), end="", flush=True)
send(method="notifications/initialized")
for number, factor in enumerate(("2.0", "2.2"), 1):
    regions = [f"def guess(x):\\n    return {factor} * x - 0.0\\n"]
    call = {"name": "submit", "arguments": {"regions": regions}}
    send(id=number, method="tools/call", params=call)
    print(server.stdout.readline().decode(), end="", flush=True)
sys.stdin.readline()
"""


def test_when_the_client_is_killed_the_run_stops_and_another_goes_on_with_it(folder: Path) -> None:
    (folder / "vanishing.py").write_text(VANISHING)
    runs = folder / ".provolve" / "runs"
    arguments = ["guess.py", "--budget", "4candidates", "--seed", "1", "-w", "1"]
    with (folder / "errors.txt").open("w") as errors:
        vanishing = subprocess.Popen(
            [sys.executable, folder / "vanishing.py", *COMMAND, *arguments],
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
        )
    try:
        # Every line on standard output is a message, whatever the judge prints.
        lines = [json.loads(vanishing.stdout.readline()) for _ in range(3)]
        assert [line["id"] for line in lines] == [0, 1, 2], (folder / "errors.txt").read_text()
        assert list_runs(runs)[0].status == "running"
    finally:
        vanishing.kill()
        vanishing.communicate()
    awaited(lambda: list_runs(runs)[0].status == "stopped")
    assert provolve.open("guess-1", runs=runs).spent.candidates == 2

    alone = [sys.executable, "-m", "provolve", "resume", "guess-1"]
    refused = subprocess.run(alone, cwd=folder, capture_output=True, text=True)
    assert refused.returncode == 2
    assert "provolve mcp --resume" in refused.stderr

    async def drive(connection: Client) -> dict[str, Any]:
        assert (await ask(connection, "task"))["left"]["candidates"] == 2
        elites = (await ask(connection, "elites"))["elites"]
        assert len(elites) == 3, elites
        assert (await ask(connection, "submit", **region("2.0 * x - 0.0")))["rejection"] == "duplicate_source"
        assert (await ask(connection, "submit", **region("2.5 * x")))["new_best"]
        return await ask(connection, "finish")

    told = client(folder, drive, "--resume", "guess-1")
    assert told["reason"] == "exhausted"
    assert told["claim"]["mean"] == 0.0
    run = provolve.open("guess-1", runs=runs)
    assert run.finished
    assert run.spent.candidates == 3


def ended(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command with nobody on its standard input."""
    return subprocess.run(
        [*COMMAND, *arguments], cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True
    )


def test_with_its_input_closed_the_command_ends_as_stopped(folder: Path) -> None:
    seeds = ["--seed", "5", "--test-seed", "6", "--strategy", "random"]
    done = ended(folder, "guess.py", "-w", "1", "--runs", "r", "--name", "mine", "-b", "7candidates", *seeds)
    assert (done.returncode, done.stdout) == (3, ""), done.stderr
    assert "resume" in done.stderr
    spec = provolve.open("mine", runs=folder / "r").spec
    assert (spec.seed, spec.test_seed, spec.strategy, spec.proposer) == (5, 6, "random", "agent")
    assert str(spec.budget) == "7candidates"


def test_what_cannot_be_meant_is_told_on_one_line(folder: Path) -> None:
    provolve.run(folder / "guess.py", budget="1candidates", workers=1, name="other", runs=folder / "r")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        cases = {
            (): "either a TASK",
            ("guess.py", "--resume", "other"): "either a TASK",
            ("--resume", "other", "--runs", "r"): "`provolve resume other`",
            ("--resume", "other", "--runs", "r", "--seed", "1"): "leave them out",
            ("guess.py", "--strategy", "none"): "there is no strategy 'none'",
            ("guess.py", "--set", "none=1"): "none",
            ("guess.py", "--data", "none.json"): "none.json",
            ("guess.py", "--http", port): "cannot be served",
        }
        with pytest.raises(UsageError, match="provolve mcp TASK"):
            run_command.main(["guess.py", "--proposer", "agent"], standalone_mode=False)
        for arguments, why in cases.items():
            done = ended(folder, *arguments)
            assert (done.returncode, done.stdout) == (2, ""), (arguments, done.stderr)
            assert why in done.stderr, (arguments, done.stderr)
            assert done.stderr.count("\n") == 1, done.stderr
