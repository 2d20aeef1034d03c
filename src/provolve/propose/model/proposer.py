"""The proposer that asks models: chooses what to do, has it done in threads, and learns from the verdicts."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future, InvalidStateError, wait
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial

import msgspec

from provolve.errors import ProvolveError, UsageError
from provolve.propose.model.allocation import Allocation
from provolve.propose.model.allocation import allocation as make_allocation
from provolve.propose.model.chooser import NOTEBOOK, SYMBOLIC, Chooser, checked_weights
from provolve.propose.model.crew import Crew
from provolve.propose.model.edit_habits import EditHabits
from provolve.propose.model.gains import Gains
from provolve.propose.model.memory import Memory
from provolve.propose.model.operators import OPERATORS
from provolve.propose.model.operators.reflect import DIRECT
from provolve.propose.model.options import Options
from provolve.propose.model.polish import NAME as POLISH
from provolve.propose.model.polish import Polish
from provolve.propose.model.replies import without_thinking
from provolve.propose.model.scene import Scene
from provolve.propose.model.server import check_way, only_model, open_line
from provolve.propose.model.talk import SANDBOX, Line, NoReply, OutOfBudget, Talk
from provolve.propose.model.templates import templates
from provolve.propose.model.traces import Traces
from provolve.propose.model.workflow import Workflow
from provolve.propose.prices import Prices
from provolve.propose.proposer import Answered, Context
from provolve.propose.redaction import Redaction
from provolve.propose.symbolic import SymbolicProposer
from provolve.record import Ask, Call, CallOutcome, Candidate, Edit, Elite, Proposal, Rewrite, Verdict

_FAILED_ASKS = 12
"""Asks in a row without a single reply after which the run stops, to be resumed."""
_LAST_WORDS = 1.0
"""Seconds that open calls have to end by themselves when all is given up."""


@dataclass
class _Open:
    ask: Ask
    choice: str
    answered: Answered | None = None
    future: Future[Answered] = field(default_factory=Future)
    talk: Talk | None = None
    recalled: bool = False

    @property
    def operator(self) -> str:
        return self.choice.partition("@")[0]

    @property
    def model(self) -> str:
        return self.choice.partition("@")[2]


@dataclass(frozen=True)
class _Setting:
    """What is known once the budget is: at the first ask."""

    line: Line
    chooser: Chooser
    gains: Gains
    allocation: Allocation


class ModelProposer:
    """Asks one model or several, by operators that a bandit chooses, with the symbolic ones among them."""

    def __init__(
        self,
        *,
        seed: int = 0,
        in_flight: int = 4,
        base_url: str = "",
        models: Sequence[str] = (),
        operators: Sequence[str] | None = None,
        prices: Sequence[str] = (),
        prompts: str = "",
        form: str = "auto",
        prompt_tokens: int = 8000,
        max_tokens: int = 4096,
        temperature: float | None = None,
        top_p: float | None = None,
        reasoning_effort: str | None = None,
        system: str = "",
        weights: Sequence[float] = (),
        deadline: float = 300.0,
        tries: int = 4,
        pause: float = 0.5,
        feedback: bool = True,
        structured: bool = True,
        allocation: str = "adaptive",
        samples: int | None = None,
        repairs: int | None = None,
    ) -> None:
        """Set up the operators and the way to the server.

        Args:
            seed: mixed into the symbolic proposer's generators.
            in_flight: asks that may be under way at a time; at least 1.
            base_url: address of the server's API; OpenAI's own where empty.
            models: their names; the one that the server lists where empty.
            operators: names of the operators to use, ``symbolic`` and ``polish`` among them; all by default.
            prices: ``MODEL=IN,OUT`` in US dollars per million tokens, or paths of files with such lines.
            prompts: folder of templates in place of those that come along.
            form: ``edit`` or ``region``, or ``auto``: edits, until a model fails at them often.
            prompt_tokens: about how many tokens a prompt may have; at least 200.
            max_tokens: tokens that a reply may have; at least 1.
            temperature: of the sampling; the server's own where None.
            top_p: share of the likeliest tokens that are sampled from, above 0 to 1; the server's where None.
            reasoning_effort: such as ``low``, for servers that know it; the server's own where None.
            system: the system's message before every prompt; none where empty.
            weights: one number a model, at least 0: models are drawn by them, and no bandit chooses.
            deadline: seconds until a whole reply must be there; above 0.
            tries: requests for one reply before it is given up; at least 1.
            pause: seconds before the second try, about; twice as long before each further one; at least 0.
            feedback: whether prompts tell scores, rejections, changes and notes.
            structured: whether to ask for replies as JSON of a schema where the server has it.
            allocation: ``adaptive`` or ``fixed``: how many drafts of one prompt, how often each goes back.
            samples: drafts of one prompt, at least 1; the most for ``adaptive``.
            repairs: how often a draft that cannot be applied goes back, at least 0; the most for the same.

        Raises:
            UsageError: if an option cannot be meant, or a key is missing.
        """
        self._options = Options(
            in_flight=in_flight,
            base_url=base_url,
            form=form,
            prompt_tokens=prompt_tokens,
            max_tokens=max_tokens,
            temperature=temperature,
            top_p=top_p,
            reasoning_effort=reasoning_effort,
            system=system,
            deadline=deadline,
            tries=tries,
            pause=pause,
            feedback=feedback,
            structured=structured,
            allocation=allocation,
            samples=samples,
            repairs=repairs,
        )
        names = _known_operators(operators)
        self._workflows: dict[str, Workflow] = {
            name: OPERATORS[name]() for name in OPERATORS if name in names
        }
        self._symbolic = SymbolicProposer(seed=seed) if SYMBOLIC in names else None
        self._polish = Polish(seed) if POLISH in names else None
        check_way(base_url)
        self._models = list(models)
        self._weights = checked_weights(weights, self._models)
        self._prices = Prices(prices, known=not base_url)
        self._templates = templates(prompts)
        self._stop = threading.Event()
        self._crew = Crew()
        self._redact = Redaction()
        self._memory = Memory()
        self._traces = Traces()
        self._habits = EditHabits(form)
        self._set: _Setting | None = None
        self._open: dict[int, _Open] = {}
        self._silent = 0
        self._found = False
        self._last_failure = ""

    # Choosing -------------------------------------------------------------------------------------------

    def begin(self, ask: Ask, context: Context, recorded: Answered | None = None) -> Future[Answered]:
        """Choose an operator and a model and start; see `LiveProposer.begin`."""
        setting = self._setting(context)
        scene = self._scene(ask, context)
        polish = self._polish is not None and self._polish.due
        choice = setting.chooser.choose(scene, polish=polish) if recorded is None else recorded.choice
        opened = self._open[ask.id] = _Open(ask, choice)
        setting.chooser.begin(choice)
        local = self._local(opened.operator, ask, context)
        if recorded is not None:
            self._recall(opened, recorded, setting)
        elif local is not None:
            self._answer(opened, Answered(tuple(local), (), choice))
        else:
            self._start(opened, scene, setting)
        return opened.future

    def _setting(self, context: Context) -> _Setting:
        """Return what the budget decides; at the first ask, open the way to the server."""
        if self._set is None:
            line = open_line(self._options, self._prices, context.budget, self._redact, self._stop)
            try:
                models = self._models or [only_model(line.endpoint, self._options.base_url)]
                if context.budget.usd is not None:
                    self._prices.check(models)
            except BaseException:
                line.endpoint.close()
                raise
            symbolic = self._symbolic is not None
            chooser = Chooser(self._workflows, models, symbolic=symbolic, weights=self._weights)
            told = self._options
            plans = make_allocation(
                told.allocation,
                told.samples,
                told.repairs,
                list(self._workflows),
                models,
                money=self._prices.known(models),
            )
            self._set = _Setting(line, chooser, Gains(context.budget), plans)
        return self._set

    def _scene(self, ask: Ask, context: Context) -> Scene:
        return Scene(
            ask=ask,
            context=context,
            view=self._memory.view(ask.parents[0].candidate.digest),
            templates=self._templates,
            whole=False,
            prompt_tokens=self._options.prompt_tokens,
            feedback=self._options.feedback,
            traces=self._traces,
        )

    def _local(self, operator: str, ask: Ask, context: Context) -> list[Proposal] | None:
        """Return what the symbolic proposer makes of the ask; None where a model is asked."""
        if operator == SYMBOLIC and self._symbolic is not None:
            return self._symbolic.propose(ask, context)
        if operator == POLISH and self._polish is not None:
            return self._polish.propose(ask, context)
        return None

    # Doing ----------------------------------------------------------------------------------------------

    def _recall(self, opened: _Open, recorded: Answered, setting: _Setting) -> None:
        for call in recorded.calls:
            setting.line.ledger.book(call.tokens, call.usd or 0.0)
        opened.recalled = True
        self._answer(opened, recorded)

    def _start(self, opened: _Open, scene: Scene, setting: _Setting) -> None:
        if self._silent >= _FAILED_ASKS:
            then = "`provolve resume` goes on from here" if self._found else "start again"
            raise ProvolveError(
                f"{self._silent} asks in a row brought no reply ({self._last_failure}): see to the server, "
                f"then {then}"
            )
        opened.talk = Talk(setting.line, opened.model, opened.operator, opened.ask.id)
        plan = setting.allocation.plan(opened.operator, opened.model)
        plan = replace(plan, samples=min(plan.samples, opened.ask.count))
        scene = replace(scene, whole=self._habits.asks_whole(opened.model), plan=plan)
        self._crew.start(partial(self._carry_out, opened, scene, opened.talk))

    def _carry_out(self, opened: _Open, scene: Scene, talk: Talk) -> None:
        proposals: list[Proposal] = []
        ended = False
        try:
            proposals = self._workflows[opened.operator].carry_out(scene, talk)
        except NoReply:
            pass
        except OutOfBudget:
            ended = True
        except Exception as error:  # noqa: BLE001 - the loop's thread raises it
            with suppress(InvalidStateError):
                opened.future.set_exception(error)
            return
        proposals = [_redacted(one, self._redact) for one in proposals]
        thought = self._redact(talk.thought)
        answered = Answered(tuple(proposals), tuple(talk.calls), opened.choice, ended, thought=thought)
        self._answer(opened, answered)

    @staticmethod
    def _answer(opened: _Open, answered: Answered) -> None:
        with suppress(InvalidStateError):  # given up in the meantime
            opened.answered = answered
            opened.future.set_result(answered)

    # Learning -------------------------------------------------------------------------------------------

    def observe(self, ask_id: int, verdicts: Sequence[Verdict]) -> None:
        """Learn from the verdicts of one ask; see `LiveProposer.observe`."""
        opened = self._open.pop(ask_id, None)
        if opened is None or opened.answered is None or self._set is None:
            raise ValueError(f"ask {ask_id} is unknown here, or its verdicts were observed already")
        answered, gains = opened.answered, self._set.gains
        self._found = self._found or bool(verdicts) or any(call.tokens for call in answered.calls)
        reward, cost = gains.reward(opened.ask, verdicts), gains.cost(answered.calls, verdicts)
        self._set.chooser.end(opened.choice, reward, cost)
        self._memory.hear(verdicts)
        if opened.operator == SYMBOLIC and self._symbolic is not None:
            self._symbolic.observe(ask_id, verdicts)
        elif opened.operator == POLISH and self._polish is not None:
            self._polish.observe(ask_id, verdicts)
        elif opened.model:
            self._learn(opened.ask, answered, verdicts, opened.model)
            self._set.allocation.learn(
                opened.operator,
                opened.model,
                opened.ask.parents[0],
                answered.calls,
                answered.proposals,
                verdicts,
            )
            self._silent = 0 if opened.recalled or _replied(answered.calls) else self._silent + 1

    def _learn(self, ask: Ask, answered: Answered, verdicts: Sequence[Verdict], model: str) -> None:
        self._listen(answered.calls)
        parent = ask.parents[0]
        for proposal, verdict in zip(answered.proposals, verdicts, strict=True):
            self._habits.watch(model, verdict)
            self._memory.reject(proposal, verdict)
            if not verdict.accepted or verdict.candidate is None or verdict.loss is None:
                continue
            self._memory.learn(proposal.operator, parent, verdict.candidate, verdict.loss)
            if self._polish is not None:
                self._polish.found(_elite(verdict, verdict.candidate, verdict.loss))

    def _listen(self, calls: Sequence[Call]) -> None:
        """Keep the notes and the direction that replies hold."""
        for call in calls:
            self._last_failure = call.detail or self._last_failure
            if call.outcome is CallOutcome.ANSWERED and call.purpose == NOTEBOOK:
                self._memory.note(without_thinking(call.reply))
            if call.outcome is CallOutcome.ANSWERED and call.purpose == f"reflect:{DIRECT}":
                self._memory.direct(without_thinking(call.reply))

    def begin_epoch(self, elites: Sequence[Elite]) -> None:
        """Forget what was seen and lost on the train of earlier epochs; see `Regrading.begin_epoch`."""
        self._traces.forget()
        for part in (self._symbolic, self._polish):
            if part is not None:
                part.begin_epoch(elites)

    def close(self) -> None:
        """Give up what is under way; see `LiveProposer.close`."""
        self._stop.set()
        self._crew.close()
        if self._set is not None:
            self._set.line.ledger.close()
            self._set.line.endpoint.close()
        end = time.monotonic() + _LAST_WORDS
        for opened in list(self._open.values()):
            if opened.talk is None or opened.future.done():
                continue
            wait((opened.future,), timeout=max(0.0, end - time.monotonic()))
            under_way = opened.talk.under_way
            calls = (*opened.talk.calls, *((under_way,) if under_way is not None else ()))
            self._answer(opened, Answered((), calls, opened.choice))


def _known_operators(operators: Sequence[str] | None) -> list[str]:
    known = [*OPERATORS, SYMBOLIC, POLISH]
    names = known if operators is None else list(dict.fromkeys(operators))
    for name in names:
        if name not in known:
            raise UsageError(f"there is no operator {name!r}: choose among {', '.join(known)}")
    if not set(names) & set(OPERATORS) - {NOTEBOOK}:
        raise UsageError("operators names none that asks a model: add improve, or use --proposer symbolic")
    return names


def _replied(calls: Sequence[Call]) -> bool:
    replies = (CallOutcome.ANSWERED, CallOutcome.CUT_SHORT, CallOutcome.EMPTY, CallOutcome.UNAFFORDABLE)
    return any(call.outcome in replies and call.model != SANDBOX for call in calls)


def _elite(verdict: Verdict, candidate: Candidate, loss: float) -> Elite:
    return Elite(candidate, loss, verdict.scores, verdict.behaviour, verdict.measures)


def _redacted(proposal: Proposal, redact: Redaction) -> Proposal:
    change = proposal.change
    if isinstance(change, Edit):
        change = Edit(redact(change.text))
    elif isinstance(change, Rewrite):
        change = Rewrite(tuple(map(redact, change.regions)))
    return msgspec.structs.replace(proposal, change=change)
