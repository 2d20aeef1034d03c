"""Keeping keys out of whatever is recorded or shown."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping

KEY = "OPENAI_API_KEY"
"""The environment variable with the key; nothing else is asked for one."""

_SECRET_NAME = re.compile(r"(?:^|_)(?:KEY|TOKEN|SECRET|PASSWORD|CREDENTIALS?)$", re.IGNORECASE)
_SHORTEST = 8
_KEY_FORM = re.compile(r"\b(?:sk|pk|rk)-[A-Za-z0-9_-]{16,}")
_BEARER = re.compile(r"(Bearer\s+)[^\s\"',}]{8,}", re.IGNORECASE)
_HIDDEN = "[redacted]"


class Redaction:
    """Knows the secrets in an environment, and takes them out of texts."""

    def __init__(self, environment: Mapping[str, str] | None = None) -> None:
        known = os.environ if environment is None else environment
        secrets = {value for name, value in known.items() if _SECRET_NAME.search(name)}
        # Longest first: a secret may hold another.
        self._secrets = sorted((one for one in secrets if len(one) >= _SHORTEST), key=len, reverse=True)

    def __call__(self, text: str) -> str:
        """Return ``text`` without the secrets, and without what has the form of a key."""
        for secret in self._secrets:
            text = text.replace(secret, _HIDDEN)
        return _BEARER.sub(rf"\1{_HIDDEN}", _KEY_FORM.sub(_HIDDEN, text))
