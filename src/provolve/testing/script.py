"""A scripted model: answers prompts by a function, in this process."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Self

from provolve.propose.model.endpoint import STAND_INS, CallFailed, Reply, Request

__all__ = ["CallFailed", "Reply", "ScriptedModel"]

Answer = Callable[[str], str | Reply]

_NUMBERS = itertools.count(1)


class ScriptedModel:
    """Stands in for a server in tests of prompts, operators and runs; nothing leaves the process.

    ::

        with ScriptedModel(lambda prompt: "```python\\n...\\n```") as script:
            provolve.run(task, proposer="model", proposer_options={"base_url": script.url})

    Args:
        answer: given the whole prompt, returns the reply, as text or with tokens of one's choosing; or
            raises `CallFailed`. Called from many threads, one call at a time.
        models: for several models, an answer for each name in place of ``answer``.
    """

    takes_schemas = False

    def __init__(self, answer: Answer | None = None, *, models: Mapping[str, Answer] | None = None) -> None:
        if (answer is None) == (models is None):
            raise ValueError("give either one answer, or an answer for each of several models")
        self._answers: Mapping[str, Answer] = models or {"scripted": answer or (lambda _: "")}
        self._lock = threading.Lock()
        self.url = f"scripted://{next(_NUMBERS)}"
        """The ``base_url`` that leads here while the context is entered."""
        self.prompts: list[str] = []
        """Every prompt so far."""

    def models(self) -> Sequence[str]:
        """Return the names of the models."""
        return list(self._answers)

    def complete(self, request: Request, stop: threading.Event) -> Reply:
        """Answer one prompt; where the answer tells no tokens, a word counts as one."""
        prompt = "\n\n".join(message.content for message in request.messages)
        with self._lock:
            self.prompts.append(prompt)
            answer = self._answers[request.model](prompt)
        if isinstance(answer, Reply):
            return answer
        return Reply(answer, len(prompt.split()), min(len(answer.split()), request.max_tokens))

    def close(self) -> None:
        """Nothing is under way here for long."""

    def __enter__(self) -> Self:
        STAND_INS[self.url] = self
        return self

    def __exit__(self, *error: object) -> None:
        del STAND_INS[self.url]
