"""The way to a server, and the model that it offers."""

from __future__ import annotations

import threading

from provolve.errors import UsageError
from provolve.propose.ledger import Ledger
from provolve.propose.model.client import Client
from provolve.propose.model.client import check as check_client
from provolve.propose.model.endpoint import STAND_INS, CallFailed, Endpoint, Sampling
from provolve.propose.model.options import Options
from provolve.propose.model.structure import Structure
from provolve.propose.model.talk import Line
from provolve.propose.prices import Prices
from provolve.propose.redaction import Redaction
from provolve.record import Budget


def check_way(base_url: str) -> None:
    """Check that calls to ``base_url`` can be made at all; nothing is sent.

    Raises:
        UsageError: if a key is missing, or cannot be meant.
    """
    if base_url not in STAND_INS:
        check_client(base_url)


def open_line(
    options: Options, prices: Prices, budget: Budget, redact: Redaction, stop: threading.Event
) -> Line:
    """Return what all calls of a run share; nothing is sent."""
    endpoint = STAND_INS.get(options.base_url) or Client(options.base_url, redact)
    return Line(
        endpoint=endpoint,
        ledger=Ledger(budget.tokens, budget.usd),
        prices=prices,
        redact=redact,
        max_tokens=options.max_tokens,
        sampling=Sampling(options.temperature, options.top_p, options.reasoning_effort),
        structure=Structure(wanted=options.structured and endpoint.takes_schemas),
        system=options.system,
        deadline=options.deadline,
        tries=options.tries,
        stop=stop,
        pause=options.pause,
    )


def only_model(endpoint: Endpoint, base_url: str) -> str:
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
