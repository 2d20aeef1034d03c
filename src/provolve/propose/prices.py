"""What models cost, in US dollars per million tokens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from provolve.errors import UsageError

PRICES: Mapping[str, tuple[float, float]] = {
    "gpt-4o": (2.5, 10.0),
    "gpt-4o-mini": (0.15, 0.6),
    "gpt-4.1": (2.0, 8.0),
    "gpt-4.1-mini": (0.4, 1.6),
    "gpt-4.1-nano": (0.1, 0.4),
    "gpt-5": (1.25, 10.0),
    "gpt-5-mini": (0.25, 2.0),
    "gpt-5-nano": (0.05, 0.4),
    "gpt-5.1": (1.25, 10.0),
    "gpt-5.2": (1.75, 14.0),
}
"""Prices of prompts and of replies at api.openai.com, by the name of the model, as of March 2026.

Each stands in two of these: data/openai.json of github.com/simonw/llm-prices at 0838d1a;
https://deploybase.ai/articles/openai-pricing; data/tables/copilot/models-and-pricing.yml of
github.com/github/docs. The maker's own page is https://developers.openai.com/api/docs/pricing. Prices
change: ``--price`` overrides the table."""

_FORM = "write MODEL=IN,OUT in US dollars per million tokens, such as my-model=0.15,0.60"


class Prices:
    """Prices by model: those that the user states, and the table's for the maker's own address."""

    def __init__(self, stated: Sequence[str] = (), *, known: bool = True) -> None:
        """Read the prices stated, each ``MODEL=IN,OUT`` or the path of a file with one a line.

        ``known``: whether the table applies; it does at the address of the models' maker alone.

        Raises:
            UsageError: if a price cannot be meant, or a file cannot be read.
        """
        self._prices = dict(PRICES) if known else {}
        for text in stated:
            for line in _lines(text):
                name, price = _price(line)
                self._prices[name] = price

    def of(self, model: str) -> tuple[float, float] | None:
        """Return the prices of prompts and of replies; None where they are unknown."""
        return self._prices.get(model)

    def known(self, models: Sequence[str]) -> bool:
        """Whether the prices of all ``models`` are known, and none is free."""
        return all(sum(self.of(model) or (0.0, 0.0)) > 0 for model in models)

    def cost(self, model: str, tokens_in: int, tokens_out: int) -> float | None:
        """Return US dollars for a call; None where the price is unknown."""
        price = self.of(model)
        return None if price is None else (tokens_in * price[0] + tokens_out * price[1]) / 1e6

    def check(self, models: Sequence[str]) -> None:
        """Check that a budget in money can be kept with ``models``.

        Raises:
            UsageError: if the price of one is unknown.
        """
        for model in models:
            if self.of(model) is None:
                raise UsageError(
                    f"a budget in usd cannot be kept: the price of model {model!r} is unknown here. State it "
                    f"with --price {model}=IN,OUT (US dollars per million tokens in and out; 0,0 where it is "
                    "free), or give a budget in tokens"
                )


def _lines(text: str) -> list[str]:
    if "=" in text:
        return [text]
    try:
        lines = Path(text).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"price {text!r} is neither a price nor a file that can be read: {_FORM}") from error
    return [line for line in map(str.strip, lines) if line and not line.startswith("#")]


def _price(text: str) -> tuple[str, tuple[float, float]]:
    name, _, numbers = text.rpartition("=")
    try:
        tokens_in, tokens_out = (float(part) for part in numbers.split(","))
    except ValueError:
        raise UsageError(f"price {text!r} is not understood: {_FORM}") from None
    if not name.strip() or not 0 <= tokens_in < 1e9 or not 0 <= tokens_out < 1e9:
        raise UsageError(f"price {text!r} cannot be: {_FORM}")
    return name.strip(), (tokens_in, tokens_out)
