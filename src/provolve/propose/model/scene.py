"""What a workflow is given to work with, and the prompts it can build of that."""

from __future__ import annotations

from dataclasses import dataclass, field

from provolve.errors import EditRejected
from provolve.program import Program, apply_edit, apply_rewrite, render
from provolve.propose.model.allocation import ONCE, Plan
from provolve.propose.model.memory import View
from provolve.propose.model.templates import CUT_ORDER, Templates, fill
from provolve.propose.model.traces import Traces
from provolve.propose.proposer import Context
from provolve.record import Ask, Candidate, Edit, Elite, Rewrite

WORST = 5
"""Train instances quoted in a prompt, the worst first."""

_EDIT_FORM = """Answer with one or more blocks of this exact form and nothing else after them:

<<<<<<< SEARCH
lines of the part that may change, copied exactly, enough of them to stand in one place only
=======
the lines in their place
>>>>>>> REPLACE"""
_WHOLE_FORM = """Answer with the complete new text of the part that may change, every line of it, in one
block:

```python
...
```"""
_WHOLE_FORMS = """Answer with the complete new text of each part that may change, in their order, each in
a block of its own:

```python
...
```"""


@dataclass(frozen=True)
class Scene:
    """One ask with all that its prompts may tell."""

    ask: Ask
    context: Context
    view: View
    templates: Templates
    whole: bool
    """Whether whole regions are asked for in place of edits."""
    prompt_tokens: int
    """About how many tokens a prompt may have."""
    feedback: bool = True
    """Whether prompts tell scores, rejections, changes, notes, a direction, what was printed, traces."""
    plan: Plan = ONCE
    """How many drafts, and how often each goes back."""
    traces: Traces = field(default_factory=Traces)
    """Those that the run has seen."""

    @property
    def parent(self) -> Elite:
        """The elite to improve."""
        return self.ask.parents[0]

    @property
    def program(self) -> Program:
        """The program whose regions change."""
        return self.context.program

    def texts(self, elite: Elite) -> tuple[str, ...]:
        """Return the region texts of an elite."""
        return render(elite.candidate)

    def source(self, candidate: Candidate) -> str:
        """Return the whole program of a candidate."""
        return self.program.with_texts(render(candidate))

    def changed(self, change: Edit | Rewrite) -> tuple[str, ...]:
        """Return the region texts that ``change`` makes of the parent's.

        Raises:
            EditRejected: if it cannot be applied.
        """
        texts = self.texts(self.parent)
        if isinstance(change, Edit):
            return apply_edit(self.program, texts, change.text)
        return apply_rewrite(self.program, texts, change.regions)

    def rejected(self, change: Edit | Rewrite) -> EditRejected | None:
        """Return why ``change`` cannot be applied to the parent; None if it can."""
        try:
            self.changed(change)
        except EditRejected as rejected:
            return rejected
        return None

    def prompt(self, template: str, **more: str) -> str:
        """Return the prompt that a template makes, cut to length by ``CUT_ORDER``.

        Args:
            template: its name.
            more: what the steps before have found, by the name that the template has for it.
        """
        parts = {**self._fixed(), **self._sections(), **more}
        text = self.templates[template]
        prompt = fill(text, parts)
        for name in (one for one in CUT_ORDER if one not in more):
            if len(prompt.encode(errors="replace")) <= 4 * self.prompt_tokens:
                break
            parts[name] = ""
            prompt = fill(text, parts)
        return prompt

    # What never is cut ----------------------------------------------------------------------------------

    def _fixed(self) -> dict[str, str]:
        return {"task": self._task(), "program": self._program(), "form": self.form}

    @property
    def form(self) -> str:
        """What is said of the form that a reply must have."""
        if not self.whole:
            return _EDIT_FORM
        return _WHOLE_FORM if len(self.program.regions) == 1 else _WHOLE_FORMS

    def _task(self) -> str:
        told = self.context.statement
        better = "smaller" if told.direction == "minimize" else "greater"
        lines = [f"Task: {told.name}", told.description, f"A {better} score is better."]
        if told.unit:
            lines.append(f"Scores are in {told.unit}.")
        if told.bound is not None:
            lines.append(f"No score can be better than {told.bound:g}.")
        lines += [f"Published: {one}" for one in told.published]
        allowed = ", ".join(("numpy and the standard library", *told.imports))
        lines.append(f"It may import {allowed}; it has no network and no files.")
        if told.seconds:
            lines.append(f"It has {told.seconds:g} CPU seconds for one instance.")
        arguments = ", ".join(self.context.entry.arguments)
        lines.append(f"What is called: {self.context.entry.name}({arguments}).")
        return "\n".join(line for line in lines if line)

    def _program(self) -> str:
        source = self.program.with_texts(self.texts(self.parent)).rstrip("\n")
        where = (
            "Only what stands between the EVOLVE-BLOCK marks may change."
            if not self.program.regions[0].function
            else "Only these functions may change: "
            + ", ".join(region.name for region in self.program.regions)
        )
        return f"The program to improve. {where}\n\n```python\n{source}\n```"

    # What is cut where room is short --------------------------------------------------------------------

    def _sections(self) -> dict[str, str]:
        if not self.feedback:
            return {"inspirations": self._inspirations()}
        return {
            "scores": self._scores(),
            "rejections": self._rejections(),
            "printed": _titled("It printed, on train:", quoted(self.view.printed)),
            "history": self._history(),
            "notes": _titled("Notes on what worked in this run so far:", self.view.notes),
            "direction": _titled(
                "The direction to take, from looking at the run so far:", self.view.direction
            ),
            "inspirations": self._inspirations(),
        }

    def _scores(self) -> str:
        parent, seed = self.parent, self.context.starts[0]
        lines = [f"Its loss on train is {parent.loss:.6g} (smaller is better; seed program {seed.loss:.6g})."]
        worst = self.worst_instances()
        if worst:
            lines.append(f"Of {len(parent.scores)} instances its worst are, with the seed program's scores:")
            lines += [f"- {self.score_line(place)}" for place in worst]
        return "\n".join(lines)

    def score_line(self, place: int) -> str:
        """Return one train instance's score beside the seed program's."""
        seed = self.context.starts[0].scores
        beside = f" (seed program {seed[place]:.6g})" if place < len(seed) else ""
        return f"instance {place}: score {self.parent.scores[place]:.6g}{beside}"

    def worst_instances(self) -> list[int]:
        """Return the places of the instances that the parent does worst on, the worst first.

        Beside the seed program's scores where these are known and none is zero, else by themselves.
        """
        scores, seed = self.parent.scores, self.context.starts[0].scores
        sign = 1.0 if self.context.statement.direction == "minimize" else -1.0
        relative = len(seed) == len(scores) and all(seed)

        def badness(place: int) -> float:
            base = abs(seed[place]) if relative else 1.0
            return sign * scores[place] / base

        return sorted(range(len(scores)), key=badness, reverse=True)[:WORST]

    def _rejections(self) -> str:
        lines = [f"- {one.operator}: {one.rejection}: {one.detail}" for one in self.view.rejections]
        return _titled("Proposals that were rejected lately; do not repeat them:", "\n".join(lines))

    def _history(self) -> str:
        parts = [
            f"{'Helped' if one.gain > 0 else 'Did not help'}: loss {one.before:.6g} became {one.after:.6g}\n"
            f"```diff\n{one.diff.rstrip()}\n```"
            for one in self.view.lessons
        ]
        return _titled("Changes that were tried, and what they did:", "\n".join(parts))

    def _inspirations(self) -> str:
        parts = [
            f"Loss {elite.loss:.6g}:\n```python\n{''.join(self.texts(elite)).rstrip()}\n```"
            for elite in self.ask.parents[1:]
        ]
        return _titled("Other programs of the archive, for ideas:", "\n".join(parts))

    def other(self) -> str:
        """Return the code of the second parent; empty where there is none."""
        others = self.ask.parents[1:]
        return "" if not others else "".join(self.texts(others[0])).rstrip()


def quoted(text: str) -> str:
    """Return a candidate's text with a mark before each line, so that none passes for the prompt's own."""
    return "\n".join(f"| {line}" for line in text.split("\n")) if text else ""


def _titled(title: str, text: str) -> str:
    return f"{title}\n{text.strip()}" if text.strip() else ""
