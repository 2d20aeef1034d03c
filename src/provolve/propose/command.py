"""Candidates from any program that reads a request on standard input and writes proposals as output."""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future, InvalidStateError
from dataclasses import dataclass, field
from typing import Any

import msgspec

from provolve.errors import ProvolveError, UsageError
from provolve.program import render
from provolve.propose.proposer import Answered, Context
from provolve.propose.redaction import Redaction
from provolve.record import Ask, Call, CallOutcome, Edit, Elite, Message, Proposal, Rewrite, Verdict

VERSION = 1
"""Version of the request; raised when a program that reads it would be misled."""
OPERATOR = "command"
_REJECTIONS_KEPT = 6
_LONGEST_OUTPUT = 2_000_000
_LAST_WORDS = 500
_FAILED_ASKS = 12


class _Proposed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One proposal as a program writes it: one of the two."""

    edit: str | None = None
    regions: tuple[str, ...] | None = None


class _Output(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    proposals: tuple[_Proposed, ...] = ()
    thought: str = ""
    """What they carry out, where the strategy searches among thoughts."""


@dataclass
class _Open:
    request: str
    answered: Answered | None = None
    recalled: bool = False
    future: Future[Answered] = field(default_factory=Future)
    process: subprocess.Popen[bytes] | None = None


class CommandProposer:
    """Runs a program of the user's own for every ask. It runs outside the sandbox, with the user's rights.

    Args:
        command: the program with its arguments, as typed in a shell; no shell reads it.
        deadline: seconds that it has for one request; above 0.
        seed: the run's, from which each request is given a seed of its own.
        in_flight: how many may run at a time; the loop keeps to it.

    Raises:
        UsageError: if there is no such program, or the deadline cannot be meant.
    """

    def __init__(self, *, command: str, seed: int = 0, in_flight: int = 1, deadline: float = 60.0) -> None:
        try:
            self._arguments = shlex.split(command)
        except ValueError as error:
            raise UsageError(f"command {command!r} is not understood ({error}): mend its quotes") from error
        if not self._arguments or shutil.which(self._arguments[0]) is None:
            raise UsageError(f"command {command!r}: there is no such program; give its path and arguments")
        if deadline <= 0:
            raise UsageError(f"deadline is {deadline}: give seconds above 0")
        self._deadline = deadline
        self._redact = Redaction()
        self._open: dict[int, _Open] = {}
        self._rejections: list[dict[str, str]] = []
        self._closed = threading.Event()
        self._failed = 0
        self._found = False

    def begin(self, ask: Ask, context: Context, recorded: Answered | None = None) -> Future[Answered]:
        """Start the program with one request; see `LiveProposer.begin`."""
        opened = self._open[ask.id] = _Open("")
        if recorded is not None:
            opened.recalled = True
            _settle(opened, recorded)
            return opened.future
        opened.request = msgspec.json.encode(self._request(ask, context)).decode()
        parent = ask.parents[0].candidate.digest
        threading.Thread(target=self._carry_out, args=(opened, parent), daemon=True).start()
        return opened.future

    def _request(self, ask: Ask, context: Context) -> dict[str, Any]:
        program, told = context.program, context.statement
        return {
            "version": VERSION,
            "ask": ask.id,
            "count": ask.count,
            "seed": int(context.rng.integers(2**31)),
            "task": {
                "name": told.name,
                "description": told.description,
                "direction": told.direction,
                "unit": told.unit,
                "bound": told.bound,
                "entry": context.entry.name,
                "arguments": list(context.entry.arguments),
            },
            "program": program.with_texts(render(ask.parents[0].candidate)),
            "parents": [_elite(elite) for elite in ask.parents],
            "rejections": list(self._rejections),
            "thought": msgspec.to_builtins(ask.thought),
        }

    def _carry_out(self, opened: _Open, parent: str) -> None:
        began = time.monotonic()
        outcome, detail, text = self._run(opened)
        proposals: tuple[Proposal, ...] = ()
        thought = ""
        if outcome is CallOutcome.ANSWERED:
            try:
                read = _read(self._redact(text))
                proposals, thought = tuple(_proposal(one, parent) for one in read.proposals), read.thought
            except (msgspec.MsgspecError, ValueError) as error:
                outcome, detail = CallOutcome.MALFORMED, f"its output is no proposal: {error}"
        if outcome is CallOutcome.ANSWERED and not proposals:
            outcome, detail = CallOutcome.EMPTY, "it proposed nothing"
        redact = self._redact
        call = Call(
            model=shlex.join(self._arguments[:1]),
            purpose=OPERATOR,
            messages=(Message("user", redact(opened.request)),),
            reply=redact(text),
            outcome=outcome,
            detail=redact(detail),
            seconds=time.monotonic() - began,
        )
        _settle(opened, Answered(proposals, (call,), OPERATOR, thought=thought))

    def _run(self, opened: _Open) -> tuple[CallOutcome, str, str]:
        """Run the program; return the outcome, what went wrong, and its output."""
        try:
            process = opened.process = subprocess.Popen(
                self._arguments,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,
            )
        except OSError as error:
            return CallOutcome.FAILED, f"it cannot be started: {error}", ""
        try:
            output, errors = process.communicate(opened.request.encode(), timeout=self._deadline)
        except subprocess.TimeoutExpired:
            _kill(process)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.communicate(timeout=1)
            return CallOutcome.DEADLINE, f"it did not end within {self._deadline:g} s", ""
        text = output[:_LONGEST_OUTPUT].decode(errors="replace")
        if self._closed.is_set():
            return CallOutcome.ABANDONED, "the run ended", text
        if process.returncode != 0:
            said = errors.decode(errors="replace").strip()[-_LAST_WORDS:]
            return CallOutcome.FAILED, f"it ended with code {process.returncode}: {said}", text
        return CallOutcome.ANSWERED, "", text

    def observe(self, ask_id: int, verdicts: Sequence[Verdict]) -> None:
        """Keep the rejections for later requests; see `LiveProposer.observe`.

        Raises:
            ProvolveError: if the program has failed too often in a row.
        """
        opened = self._open.pop(ask_id, None)
        if opened is None or opened.answered is None:
            raise ValueError(f"ask {ask_id} is unknown here, or its verdicts were observed already")
        self._found = self._found or bool(verdicts)
        for verdict in verdicts:
            if verdict.rejection is not None:
                self._rejections.append(
                    {
                        "rejection": verdict.rejection.value,
                        "detail": verdict.detail,
                        "printed": verdict.printed,
                    }
                )
        del self._rejections[:-_REJECTIONS_KEPT]
        bad = [call for call in opened.answered.calls if call.outcome is not CallOutcome.ANSWERED]
        self._failed = self._failed + 1 if bad and not opened.recalled else 0
        if self._failed >= _FAILED_ASKS:
            then = "`provolve resume` goes on from here" if self._found else "start again"
            raise ProvolveError(
                f"the command failed {self._failed} times in a row ({bad[-1].outcome}: {bad[-1].detail}): "
                f"mend it, then {then}"
            )

    def close(self) -> None:
        """End the programs that still run; see `LiveProposer.close`."""
        self._closed.set()
        for opened in list(self._open.values()):
            if opened.process is not None and opened.process.poll() is None:
                _kill(opened.process)


def _elite(elite: Elite) -> dict[str, Any]:
    return {
        "digest": elite.candidate.digest,
        "loss": elite.loss,
        "scores": list(elite.scores),
        "regions": list(render(elite.candidate)),
    }


def _read(text: str) -> _Output:
    """Return what an output holds: ``{"proposals": [...]}``, or one proposal alone, and a thought beside it.

    Raises:
        msgspec.MsgspecError, ValueError: if it is neither.
    """
    if not text.strip():
        return _Output()
    tree = msgspec.json.decode(text)
    if isinstance(tree, dict) and "proposals" not in tree:
        tree = {"thought": tree.pop("thought", ""), "proposals": [tree]}
    return msgspec.convert(tree, _Output)


def _proposal(one: _Proposed, parent: str) -> Proposal:
    if (one.edit is None) == (one.regions is None):
        raise ValueError("a proposal holds either `edit` or `regions`")
    change = Edit(one.edit) if one.edit is not None else Rewrite(one.regions or ())
    return Proposal(OPERATOR, (parent,), change)


def _settle(opened: _Open, answered: Answered) -> None:
    with contextlib.suppress(InvalidStateError):
        opened.answered = answered
        opened.future.set_result(answered)


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End the program with all that it started."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
