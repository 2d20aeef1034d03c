"""From proposals to candidates: what is decided from the source alone, before anything runs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from provolve.errors import EditRejected
from provolve.program import Program, apply_edit, apply_rewrite, lift, render
from provolve.record import Ask, Candidate, Edit, Proposal, Rejection, Rewrite, Verdict

MAX_NODES = 20_000

Find = Callable[[str], Candidate | None]
"""Finds a candidate of the run by its digest."""


@dataclass(frozen=True)
class Admitted:
    """The proposals of one ask after admission; ``verdicts[i]`` is None where proposal i must be judged."""

    ask: Ask
    proposals: tuple[Proposal, ...]
    candidates: tuple[Candidate | None, ...]
    verdicts: tuple[Verdict | None, ...]

    @property
    def to_judge(self) -> list[Candidate]:
        """The candidates that go to the judge, in order."""
        return [
            candidate
            for candidate, verdict in zip(self.candidates, self.verdicts, strict=True)
            if verdict is None and candidate is not None
        ]


class Admission:
    """Turns proposals into candidates in the order of the asks, and remembers every source it has seen.

    ``find`` finds what a proposal is made from where that is none of its ask's parents.
    """

    def __init__(self, program: Program, seen: Iterable[str] = (), find: Find = lambda _: None) -> None:
        self._program = program
        self._find = find
        self._seen = {bytes.fromhex(digest) for digest in seen}

    def see(self, digest: str) -> bool:
        """Remember a candidate; return whether it was new."""
        key = bytes.fromhex(digest)
        if key in self._seen:
            return False
        self._seen.add(key)
        return True

    def admit(self, ask: Ask, proposals: Sequence[Proposal], room: int | None) -> Admitted:
        """Admit ``proposals``; those past ``room`` candidates to be judged get the rejection ``budget``."""
        candidates: list[Candidate | None] = []
        verdicts: list[Verdict | None] = []
        taken = 0
        for proposal in proposals:
            candidate, verdict = self._admit(ask, proposal)
            if verdict is None:
                taken += 1
                if room is not None and taken > room:
                    verdict = Verdict(
                        candidate, Rejection.BUDGET, "the budget of candidates ended before its turn"
                    )
            candidates.append(candidate)
            verdicts.append(verdict)
        return Admitted(ask, tuple(proposals), tuple(candidates), tuple(verdicts))

    def _admit(self, ask: Ask, proposal: Proposal) -> tuple[Candidate | None, Verdict | None]:
        try:
            candidate = self._candidate(ask, proposal)
        except EditRejected as rejected:
            return None, Verdict(None, Rejection(rejected.rejection), rejected.detail)
        except ValueError as error:  # a vector that does not fit its template
            return None, Verdict(None, Rejection.SYNTAX_ERROR, str(error))
        if candidate.template.nodes > MAX_NODES:
            return candidate, Verdict(
                candidate,
                Rejection.SYNTAX_ERROR,
                f"the regions have {candidate.template.nodes} nodes of syntax, more than {MAX_NODES}: "
                "make it smaller",
            )
        if not self.see(candidate.digest):
            return candidate, Verdict(
                candidate,
                Rejection.DUPLICATE_SOURCE,
                "the same code with the same literals came before",
                duplicate_of=candidate.digest,
            )
        return candidate, None

    def _candidate(self, ask: Ask, proposal: Proposal) -> Candidate:
        change = proposal.change
        if isinstance(change, Edit | Rewrite):
            texts = render(self._first_parent(ask, proposal))
            if isinstance(change, Edit):
                return lift(self._program, apply_edit(self._program, texts, change.text))
            return lift(self._program, apply_rewrite(self._program, texts, change.regions))
        return Candidate.of(change.template, change.literals)

    def _first_parent(self, ask: Ask, proposal: Proposal) -> Candidate:
        if not proposal.parents:
            return ask.parents[0].candidate
        for parent in ask.parents:
            if parent.candidate.digest == proposal.parents[0]:
                return parent.candidate
        return self._find(proposal.parents[0]) or ask.parents[0].candidate
