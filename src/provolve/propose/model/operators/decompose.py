"""Cut it into functions, write each several times, and try the combinations."""

from __future__ import annotations

from collections.abc import Sequence

from provolve.propose.model.drafting import proposal
from provolve.propose.model.looks import Looks
from provolve.propose.model.outline import Part, implementations, read_outline, spliced, top_level
from provolve.propose.model.scene import Scene
from provolve.propose.model.talk import Talk
from provolve.record import Proposal, Rewrite

WRITTEN = 3
"""Implementations that are asked for of each function."""
WIDTH = 4
"""Combinations that are carried on from one function to the next."""
RUNS = 24
"""Combinations that are tried on checks in one ask."""
TRIED = 3
"""Combinations that are judged in the end."""

_Chosen = dict[str, str]
"""Implementations by the names of their functions."""


class Decompose:
    """Functions with checks, several implementations of each, and a search for the combination of which most
    checks hold: Zelikman et al. (2023), "Parsel: algorithmic reasoning with language models by composing
    decompositions". A check only ranks; the judge decides among the best combinations."""

    name = "decompose"

    def applicable(self, scene: Scene) -> bool:
        """Whether programs can be looked at, and one region of statements may change."""
        regions = scene.program.regions
        return (
            scene.context.bench is not None
            and len(regions) == 1
            and not regions[0].function
            and top_level(scene.texts(scene.parent)[0])
        )

    def carry_out(self, scene: Scene, talk: Talk) -> list[Proposal]:
        """Return the best combinations; none where the outline or the code of a function cannot be read."""
        outline = talk.ask(scene.prompt("decompose-outline"), "outline")
        parts = read_outline(outline)
        written: list[tuple[Part, list[str]]] = []
        for part in parts:
            prompt = scene.prompt("decompose-write", outline=outline, function=part.name, count=str(WRITTEN))
            found = implementations(talk.ask(prompt, f"write-{part.name}"), part.name)[:WRITTEN]
            if not found:
                return []
            written.append((part, found))
        text = scene.texts(scene.parent)[0]
        best = self._search(scene, Looks(scene.context.bench, talk), written) if written else []
        return [proposal(scene, self.name, Rewrite((spliced(text, chosen),))) for chosen in best[:TRIED]]

    @staticmethod
    def _search(scene: Scene, looks: Looks, written: Sequence[tuple[Part, list[str]]]) -> list[_Chosen]:
        """Return combinations, the best first: function by function, the helpers before what calls them."""
        text = scene.texts(scene.parent)[0]
        kept: list[tuple[int, _Chosen]] = [(0, {})]
        left = RUNS
        for part, found in written:
            longer = [(fails, {**chosen, part.name: code}) for code in found for fails, chosen in kept]
            # What there is no run left for counts as failing all its checks.
            tried = []
            for fails, chosen in longer:
                missed: int = len(part.checks)
                if part.checks and left:
                    left -= 1
                    told = looks.checks(scene.program.with_texts((spliced(text, chosen),)), part.checks)
                    missed = missed if told is None else sum(map(bool, told))
                tried.append((fails + missed, chosen))
            kept = sorted(tried, key=lambda one: one[0])[:WIDTH]
        return [chosen for _, chosen in kept]
