"""Single values as the tables keep them: each comes back exactly as it went in."""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence

import msgspec

from provolve.record import Template

DIGEST_BYTES = 16

# No text of ours begins with NUL, so it can mark text that UTF-8 cannot hold.
_ESCAPE = "\0"

_LITERALS = msgspec.msgpack.Decoder(tuple[int | float | str, ...])


class _Body(msgspec.Struct, frozen=True, array_like=True):
    regions: tuple[tuple[str, ...], ...]
    kinds: str
    nodes: int


_BODY = msgspec.msgpack.Decoder(_Body)


def pack_text(text: str) -> str:
    """Return ``text`` itself; where it holds lone surrogates or begins with NUL, an escape of it."""
    if text.isascii():
        plain = not text.startswith(_ESCAPE)
    else:
        try:
            text.encode()
            plain = not text.startswith(_ESCAPE)
        except UnicodeEncodeError:
            plain = False
    return text if plain else _ESCAPE + text.encode("utf-8", "surrogatepass").hex()


def unpack_text(text: str) -> str:
    """Undo ``pack_text``.

    Raises:
        ValueError: if the text is not UTF-8 or its escape is damaged.
    """
    if text.startswith(_ESCAPE):
        return bytes.fromhex(text[1:]).decode("utf-8", "surrogatepass")
    if not text.isascii():
        text.encode()
    return text


def pack_float(value: float | None) -> float | bytes | None:
    """Return a value that SQLite gives back bit for bit."""
    if value is None:
        return None
    value = float(value)
    if math.isnan(value) or (value == 0 and math.copysign(1.0, value) < 0):
        return struct.pack("<d", value)
    return value


def unpack_float(value: float | bytes) -> float:
    """Undo ``pack_float``.

    Raises:
        ValueError: if bytes are not 8 long.
    """
    return unpack_floats(value, 1)[0] if isinstance(value, bytes) else value


def pack_floats(values: Sequence[float]) -> bytes:
    """Return 8 bytes a value, little endian."""
    return struct.pack(f"<{len(values)}d", *values)


def unpack_floats(data: bytes, count: int | None = None) -> tuple[float, ...]:
    """Undo ``pack_floats``.

    Raises:
        ValueError: if the length is not that of ``count`` floats, or of whole floats.
    """
    if len(data) % 8 or (count is not None and len(data) != 8 * count):
        raise ValueError(f"{len(data)} bytes are no row of 8-byte floats")
    return struct.unpack(f"<{len(data) // 8}d", data)


def pack_digest(digest: str) -> bytes:
    """Return the 16 bytes of a digest.

    Raises:
        ValueError: if it is not 32 lower-case hexadecimal digits.
    """
    data = bytes.fromhex(digest)
    if len(data) != DIGEST_BYTES or data.hex() != digest:
        raise ValueError(f"digest {digest!r} is not 32 lower-case hexadecimal digits")
    return data


def pack_digests(digests: Sequence[str]) -> bytes:
    """Return the digests' bytes, one after the other."""
    return b"".join([pack_digest(digest) for digest in digests])


def unpack_digests(data: bytes) -> tuple[str, ...]:
    """Undo ``pack_digests``.

    Raises:
        ValueError: if the length is not that of whole digests.
    """
    if len(data) % DIGEST_BYTES:
        raise ValueError(f"{len(data)} bytes are no row of digests")
    return tuple(data[k : k + DIGEST_BYTES].hex() for k in range(0, len(data), DIGEST_BYTES))


def pack_literals(literals: Sequence[int | float]) -> bytes:
    """Return the literals with their types; integers may have any size."""
    try:
        return msgspec.msgpack.encode(literals)
    except (OverflowError, TypeError):
        # MessagePack holds 64 bits: larger integers go as hexadecimal text.
        return msgspec.msgpack.encode(
            [float(value) if isinstance(value, float) else _small_or_text(int(value)) for value in literals]
        )


def _small_or_text(value: int) -> int | str:
    return value if -(2**63) <= value < 2**63 else hex(value)


def unpack_literals(data: bytes) -> tuple[int | float, ...]:
    """Undo ``pack_literals``.

    Raises:
        msgspec.MsgspecError, ValueError: if the data are damaged.
    """
    return tuple(int(value, 16) if isinstance(value, str) else value for value in _LITERALS.decode(data))


def pack_template(template: Template) -> bytes:
    """Return everything of a template but its digest."""
    return msgspec.msgpack.encode(_Body(template.regions, template.kinds, template.nodes))


def unpack_template(digest: bytes, body: bytes) -> Template:
    """Undo ``pack_template``.

    Raises:
        msgspec.MsgspecError, ValueError: if the data are damaged.
    """
    (name,) = unpack_digests(digest)
    parts = _BODY.decode(body)
    return Template(name, parts.regions, parts.kinds, parts.nodes)
