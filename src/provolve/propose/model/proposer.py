"""The proposer that asks models: chooses what to do, has it done in threads, and learns from the verdicts."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future, InvalidStateError, wait
from contextlib import suppress
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

import msgspec

from provolve.errors import ProvolveError, UsageError
from provolve.propose.ledger import Ledger
from provolve.propose.model.bandit import Bandit
from provolve.propose.model.client import Client
from provolve.propose.model.client import check as check_client
from provolve.propose.model.endpoint import STAND_INS, CallFailed, Endpoint
from provolve.propose.model.memory import Memory
from provolve.propose.model.operators import OPERATORS
from provolve.propose.model.operators.reflect import DIRECT
from provolve.propose.model.polish import NAME as POLISH
from provolve.propose.model.polish import Polish
from provolve.propose.model.replies import without_thinking
from provolve.propose.model.scene import Scene
from provolve.propose.model.talk import Line, NoReply, OutOfBudget, Talk
from provolve.propose.model.templates import templates
from provolve.propose.prices import Prices
from provolve.propose.proposer import Answered, Context
from provolve.propose.redaction import Redaction
from provolve.propose.symbolic import SymbolicProposer
from provolve.record import (
    SOURCE_REJECTIONS,
    Ask,
    Budget,
    Call,
    CallOutcome,
    Edit,
    Elite,
    Proposal,
    Rejection,
    Rewrite,
    Verdict,
)

SYMBOLIC = "symbolic"
NOTEBOOK = "notebook"
NOTEBOOK_EVERY = 12
"""Asks of models told after which the notebook is written anew."""
_FAILED_ASKS = 12
"""Asks in a row without a single reply after which the run stops, to be resumed."""
_EDITS_WATCHED = 6
_EDITS_FAILED = 3
"""Of the last edits of a model, so many rejected and it is asked for whole regions from then on."""
_EDIT_REJECTIONS = (Rejection.EDIT_UNMATCHED, Rejection.EDIT_AMBIGUOUS, Rejection.EDIT_EMPTY)
_CHEAP = 0.05
"""What the symbolic proposer is expected to cost beside a call, before it is known."""
_LAST_WORDS = 1.0
"""Seconds that open calls have to end by themselves when all is given up."""
_FORMS = ("auto", "edit", "region")


@dataclass
class _Open:
    ask: Ask
    choice: str
    answered: Answered | None = None
    future: Future[Answered] = field(default_factory=Future)
    talk: Talk | None = None
    recalled: bool = False


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
        deadline: float = 300.0,
        tries: int = 4,
        pause: float = 0.5,
        feedback: bool = True,
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
            deadline: seconds until a whole reply must be there; above 0.
            tries: requests for one reply before it is given up; at least 1.
            pause: seconds before the second try, about; twice as long before each further one; at least 0.
            feedback: whether prompts tell scores, rejections, changes and notes.

        Raises:
            UsageError: if an option cannot be meant, or the package openai or a key is missing.
        """
        _check(in_flight, form, prompt_tokens, max_tokens, deadline, tries, pause, base_url)
        known = [*OPERATORS, SYMBOLIC, POLISH]
        names = known if operators is None else list(dict.fromkeys(operators))
        for name in names:
            if name not in known:
                raise UsageError(f"there is no operator {name!r}: choose among {', '.join(known)}")
        self._workflows = {name: OPERATORS[name]() for name in OPERATORS if name in names}
        if not set(self._workflows) - {NOTEBOOK}:
            raise UsageError(
                "operators names none that asks a model: add improve, or use --proposer symbolic"
            )
        self._symbolic = SymbolicProposer(seed=seed) if SYMBOLIC in names else None
        self._polish = Polish(seed) if POLISH in names else None
        if base_url not in STAND_INS:
            check_client(base_url)
        self._base_url = base_url
        self._models = list(models)
        self._prices = Prices(prices, known=not base_url)
        self._templates = templates(prompts)
        self._form = form
        self._feedback = feedback
        self._prompt_tokens = prompt_tokens
        self._options = (max_tokens, temperature, deadline, tries, pause)
        self._stop = threading.Event()
        self._redact = Redaction()
        self._line: Line | None = None
        self._memory = Memory()
        arms = [name for name in self._workflows if name != NOTEBOOK]
        self._arms = [*arms, SYMBOLIC] if self._symbolic is not None else arms
        self._operators = Bandit([*self._arms, NOTEBOOK, POLISH], {SYMBOLIC: _CHEAP, POLISH: _CHEAP})
        self._models_bandit: Bandit | None = None
        self._budget = Budget()
        self._open: dict[int, _Open] = {}
        self._edits: dict[str, deque[bool]] = {}
        self._fail_edits: set[str] = set()
        self._best: float | None = None
        self._since_notebook = 0
        self._silent = 0
        self._last_failure = ""

    # Choosing -------------------------------------------------------------------------------------------

    def begin(self, ask: Ask, context: Context, recorded: Answered | None = None) -> Future[Answered]:
        """Choose an operator and a model and start; see `LiveProposer.begin`."""
        self._set_up(context)
        scene = self._scene(ask, context)
        choice = self._choose(scene) if recorded is None else recorded.choice
        operator, _, model = choice.partition("@")
        opened = self._open[ask.id] = _Open(ask, choice)
        self._operators.begin(operator)
        if model and self._models_bandit is not None:
            self._models_bandit.begin(model)
        if operator == NOTEBOOK:
            self._since_notebook = 0
        local = self._local(operator, ask, context)
        if recorded is not None:
            self._recall(opened, recorded)
        elif local is not None:
            self._answer(opened, Answered(tuple(local), (), choice))
        else:
            self._start(opened, scene, operator, model)
        return opened.future

    def _set_up(self, context: Context) -> None:
        """Open the way to the server at the first ask, when the budget is known."""
        if self._line is not None:
            return
        self._budget = context.budget
        max_tokens, temperature, deadline, tries, pause = self._options
        endpoint = self._endpoint()
        self._models = self._models or [_only_model(endpoint, self._base_url)]
        if context.budget.usd is not None:
            self._prices.check(self._models)
        self._models_bandit = Bandit(self._models)
        self._line = Line(
            endpoint=endpoint,
            ledger=Ledger(context.budget.tokens, context.budget.usd),
            prices=self._prices,
            redact=self._redact,
            max_tokens=max_tokens,
            temperature=temperature,
            deadline=deadline,
            tries=tries,
            stop=self._stop,
            pause=pause,
        )

    def _endpoint(self) -> Endpoint:
        if self._base_url in STAND_INS:
            return STAND_INS[self._base_url]
        return Client(self._base_url, self._redact)

    def _choose(self, scene: Scene) -> str:
        rng = scene.context.rng
        if self._polish is not None and self._polish.due:
            return POLISH
        notebook = self._workflows.get(NOTEBOOK)
        due = notebook is not None and self._since_notebook >= NOTEBOOK_EVERY and notebook.applicable(scene)
        operator = NOTEBOOK if due else self._operators.choose(self._applicable(scene), rng)
        if operator == SYMBOLIC:
            return operator
        assert self._models_bandit is not None
        return f"{operator}@{self._models_bandit.choose(self._models, rng)}"

    def _applicable(self, scene: Scene) -> list[str]:
        busy = any(opened.choice == SYMBOLIC for opened in self._open.values())
        names = [
            name
            for name in self._arms
            if (not busy if name == SYMBOLIC else self._workflows[name].applicable(scene))
        ]
        return names or [name for name in self._arms if name != SYMBOLIC][:1]

    def _scene(self, ask: Ask, context: Context) -> Scene:
        return Scene(
            ask=ask,
            context=context,
            view=self._memory.view,
            templates=self._templates,
            whole=False,
            prompt_tokens=self._prompt_tokens,
            feedback=self._feedback,
        )

    def _asks_whole(self, model: str) -> bool:
        return self._form == "region" or (self._form == "auto" and model in self._fail_edits)

    def _local(self, operator: str, ask: Ask, context: Context) -> list[Proposal] | None:
        """Return what the symbolic proposer makes of the ask; None where a model is asked."""
        if operator == SYMBOLIC and self._symbolic is not None:
            return self._symbolic.propose(ask, context)
        if operator == POLISH and self._polish is not None:
            return self._polish.propose(ask, context)
        return None

    # Doing ----------------------------------------------------------------------------------------------

    def _recall(self, opened: _Open, recorded: Answered) -> None:
        assert self._line is not None
        for call in recorded.calls:
            self._line.ledger.book(call.tokens, call.usd or 0.0)
        opened.recalled = True
        self._answer(opened, recorded)

    def _start(self, opened: _Open, scene: Scene, operator: str, model: str) -> None:
        assert self._line is not None
        if self._silent >= _FAILED_ASKS:
            raise ProvolveError(
                f"{self._silent} asks in a row brought no reply ({self._last_failure}): see to the server, "
                "then `provolve resume` goes on from here"
            )
        talk = opened.talk = Talk(self._line, model, operator, opened.ask.id)
        scene = replace(scene, whole=self._asks_whole(model))
        thread = threading.Thread(target=self._carry_out, args=(opened, scene, operator, talk), daemon=True)
        thread.start()

    def _carry_out(self, opened: _Open, scene: Scene, operator: str, talk: Talk) -> None:
        proposals: list[Proposal] = []
        ended = False
        try:
            proposals = self._workflows[operator].carry_out(scene, talk)
        except NoReply:
            pass
        except OutOfBudget:
            ended = True
        except Exception as error:  # noqa: BLE001 - the loop's thread raises it
            with suppress(InvalidStateError):
                opened.future.set_exception(error)
            return
        proposals = [_redacted(one, self._redact) for one in proposals]
        self._answer(opened, Answered(tuple(proposals), tuple(talk.calls), opened.choice, ended))

    @staticmethod
    def _answer(opened: _Open, answered: Answered) -> None:
        with suppress(InvalidStateError):  # given up in the meantime
            opened.answered = answered
            opened.future.set_result(answered)

    # Learning -------------------------------------------------------------------------------------------

    def observe(self, ask_id: int, verdicts: Sequence[Verdict]) -> None:
        """Learn from the verdicts of one ask; see `LiveProposer.observe`."""
        opened = self._open.pop(ask_id, None)
        if opened is None or opened.answered is None:
            raise ValueError(f"ask {ask_id} is unknown here, or its verdicts were observed already")
        answered = opened.answered
        operator, _, model = opened.choice.partition("@")
        reward = self._reward(opened.ask, verdicts)
        cost = self._cost(answered.calls, verdicts)
        self._operators.end(operator, reward, cost)
        if operator == SYMBOLIC and self._symbolic is not None:
            self._symbolic.observe(ask_id, verdicts)
        elif operator == POLISH and self._polish is not None:
            self._polish.observe(ask_id, verdicts)
        elif model and self._models_bandit is not None:
            self._models_bandit.end(model, reward, cost)
            self._learn(opened.ask, answered, verdicts, model)
            self._silent = 0 if opened.recalled or _replied(answered.calls) else self._silent + 1
        for verdict in verdicts:
            if verdict.accepted and verdict.loss is not None:
                self._note(verdict.loss)

    def _reward(self, ask: Ask, verdicts: Sequence[Verdict]) -> float:
        """Return 1 for a new best of the run, half for a child better than its parent, else a little."""
        for elite in ask.parents:
            self._note(elite.loss)
        losses = [v.loss for v in verdicts if v.accepted and v.loss is not None]
        if not losses:
            return 0.0
        least = min(losses)
        if self._best is not None and least < self._best:
            return 1.0
        return 0.5 if least < ask.parents[0].loss else 0.05

    def _note(self, loss: float) -> None:
        self._best = loss if self._best is None else min(self._best, loss)

    def _cost(self, calls: Sequence[Call], verdicts: Sequence[Verdict]) -> float:
        """Return the greatest share of any limit of the budget that an ask has used up."""
        budget = self._budget
        seconds = sum(call.seconds for call in calls) + sum(verdict.cpu for verdict in verdicts)
        ran = sum(
            verdict.rejection not in SOURCE_REJECTIONS and verdict.rejection is not Rejection.BUDGET
            for verdict in verdicts
        )
        used = (
            (budget.tokens, sum(call.tokens for call in calls)),
            (budget.usd, sum(call.usd or 0.0 for call in calls)),
            (budget.candidates, max(1, ran)),
            (budget.seconds, seconds),
        )
        shares = [spent / limit for limit, spent in used if limit is not None]
        return max(shares) if shares else float(bool(calls))

    def _learn(self, ask: Ask, answered: Answered, verdicts: Sequence[Verdict], model: str) -> None:
        self._since_notebook += 1
        self._listen(answered.calls)
        parent = ask.parents[0]
        for proposal, verdict in zip(answered.proposals, verdicts, strict=True):
            self._watch_edits(model, proposal, verdict)
            self._memory.reject(proposal, verdict)
            if not verdict.accepted or verdict.candidate is None or verdict.loss is None:
                continue
            self._memory.learn(proposal.operator, parent, verdict.candidate, verdict.loss)
            if self._polish is not None:
                self._polish.found(
                    Elite(
                        verdict.candidate, verdict.loss, verdict.scores, verdict.behaviour, verdict.measures
                    )
                )

    def _listen(self, calls: Sequence[Call]) -> None:
        """Keep the notes and the direction that replies hold."""
        for call in calls:
            self._last_failure = call.detail or self._last_failure
            if call.outcome is CallOutcome.ANSWERED and call.purpose == NOTEBOOK:
                self._memory.note(without_thinking(call.reply))
            if call.outcome is CallOutcome.ANSWERED and call.purpose == f"reflect:{DIRECT}":
                self._memory.direct(without_thinking(call.reply))

    def _watch_edits(self, model: str, proposal: Proposal, verdict: Verdict) -> None:
        edits = self._edits.setdefault(model, deque(maxlen=_EDITS_WATCHED))
        edits.append(verdict.rejection in _EDIT_REJECTIONS)
        if sum(edits) >= _EDITS_FAILED:
            self._fail_edits.add(model)

    def close(self) -> None:
        """Give up what is under way; see `LiveProposer.close`."""
        self._stop.set()
        if self._line is not None:
            self._line.ledger.close()
            self._line.endpoint.close()
        end = time.monotonic() + _LAST_WORDS
        for opened in list(self._open.values()):
            if opened.talk is None or opened.future.done():
                continue
            wait((opened.future,), timeout=max(0.0, end - time.monotonic()))
            under_way = opened.talk.under_way
            calls = (*opened.talk.calls, *((under_way,) if under_way is not None else ()))
            self._answer(opened, Answered((), calls, opened.choice))


def _check(
    in_flight: int,
    form: str,
    prompt_tokens: int,
    max_tokens: int,
    deadline: float,
    tries: int,
    pause: float,
    base_url: str,
) -> None:
    least = (
        ("in_flight", in_flight, 1),
        ("prompt_tokens", prompt_tokens, 200),
        ("max_tokens", max_tokens, 1),
    )
    for name, value, limit in (*least, ("tries", tries, 1)):
        if value < limit:
            raise UsageError(f"{name} is {value}: give at least {limit}")
    if deadline <= 0 or pause < 0:
        raise UsageError(f"deadline is {deadline}, pause {pause}: give seconds above 0, and from 0")
    if form not in _FORMS:
        raise UsageError(f"form is {form!r}: choose one of {', '.join(_FORMS)}")
    if "@" in urlsplit(base_url).netloc:
        raise UsageError("the base URL holds a name or password: keys come from OPENAI_API_KEY alone")


def _only_model(endpoint: Endpoint, base_url: str) -> str:
    """Return the one model that the server lists.

    Raises:
        UsageError: if it cannot be asked, or lists none or several.
    """
    where = base_url or "api.openai.com"
    try:
        names = list(endpoint.models())
    except CallFailed as failed:
        raise UsageError(
            f"{failed.detail}: start the server, mend --base-url or the key in OPENAI_API_KEY, or name a "
            "model with --model"
        ) from None
    if len(names) != 1:
        some = ", ".join(names[:8]) + (", …" if len(names) > 8 else "")
        raise UsageError(f"{where} offers {len(names)} models ({some}): name one with --model")
    return names[0]


def _replied(calls: Sequence[Call]) -> bool:
    replies = (CallOutcome.ANSWERED, CallOutcome.CUT_SHORT, CallOutcome.EMPTY, CallOutcome.UNAFFORDABLE)
    return any(call.outcome in replies for call in calls)


def _redacted(proposal: Proposal, redact: Redaction) -> Proposal:
    change = proposal.change
    if isinstance(change, Edit):
        change = Edit(redact(change.text))
    elif isinstance(change, Rewrite):
        change = Rewrite(tuple(map(redact, change.regions)))
    return msgspec.structs.replace(proposal, change=change)
