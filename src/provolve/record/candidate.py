"""What is judged: a template of code and the numbers that fill it."""

from __future__ import annotations

import hashlib
import math
import struct
from collections.abc import Sequence

import msgspec


class Template(msgspec.Struct, frozen=True):
    """The code of a program's regions with its numeric literals lifted out.

    ``regions`` holds, for each region of the program in order, the pieces of its text between literals:
    a region with k literals has k + 1 pieces, and its text is the pieces with the literals in between.
    """

    digest: str
    """32 hexadecimal digits of the syntax tree; comments, layout and the literals' values do not count."""
    regions: tuple[tuple[str, ...], ...]
    kinds: str
    """One letter a literal, all regions in order: ``i`` for an integer, ``f`` for a float."""
    nodes: int
    """Size of the regions in nodes of the syntax tree."""


class Candidate(msgspec.Struct, frozen=True):
    """A program that is judged, named by the digest of its template and its literals."""

    digest: str
    template: Template
    literals: tuple[int | float, ...]
    """One value a literal of the template: ``int`` where its kind is ``i``, finite ``float`` where ``f``."""

    @classmethod
    def of(cls, template: Template, literals: Sequence[int | float]) -> Candidate:
        """Return the candidate that ``literals`` make of ``template``.

        Raises:
            ValueError: if the number of the literals is not that of the template, or one is not finite.
        """
        if len(literals) != len(template.kinds):
            raise ValueError(f"the template has {len(template.kinds)} literals, {len(literals)} were given")
        if not all(map(math.isfinite, literals)):
            raise ValueError(f"a literal is not finite: {literals}")
        if "i" not in template.kinds:
            floats = tuple(map(float, literals))
            return cls(candidate_digest(template.digest, floats), template, floats)
        values = tuple(
            int(value) if kind == "i" else float(value)
            for kind, value in zip(template.kinds, literals, strict=True)
        )
        return cls(candidate_digest(template.digest, values), template, values)


def candidate_digest(template_digest: str, literals: Sequence[int | float]) -> str:
    """Return the 32 hexadecimal digits that name a candidate.

    Literals count by type and exact bits: 1 and 1.0 differ, and so do 0.0 and -0.0.
    """
    if all(type(value) is float for value in literals):
        marked = [part for value in literals for part in (b"f", value)]
        packed = struct.pack("<" + "cd" * len(literals), *marked)
    else:
        packed = b"".join(
            b"i%d;" % value if isinstance(value, int) else b"f" + struct.pack("<d", value)
            for value in literals
        )
    return hashlib.blake2b(template_digest.encode() + packed, digest_size=16).hexdigest()
