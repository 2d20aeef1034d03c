"""What a task's author declares an answer to be made of."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from provolve.task.toml_text import TomlText

Number = int | float
Length = Annotated[int, msgspec.Meta(ge=0)]
Extent = Annotated[int, msgspec.Meta(ge=-1)]
Kind = Literal["bool", "int", "float", "number", "str", "bytes", "list", "dict", "array"]
Dtype = Literal[
    "bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float32", "float64"
]  # fmt: skip

_LENGTHS = frozenset({"min_length", "max_length"})
_RANGE = frozenset({"low", "high"})
_MEANT: dict[str, frozenset[str]] = {
    "bool": frozenset(),
    "int": _RANGE,
    "float": _RANGE | {"finite"},
    "number": _RANGE | {"finite"},
    "str": _LENGTHS,
    "bytes": _LENGTHS,
    "list": _LENGTHS | {"items"},
    "dict": _LENGTHS | {"items", "fields"},
    "array": _LENGTHS | _RANGE | {"finite", "dtypes", "shape"},
}
"""The keys that say something of each kind, besides ``kind`` and ``optional``."""


class AnswerSchema(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What an answer is made of. One of anything else is rejected as ``answer_malformed``, with the place in
    it, before any function of the judge sees it. For ``answer = "steps"`` it is what each decision is made
    of; for ``"table"`` an array over the grid, before ``canonical`` (the decisions of a rule that is led by
    ``steps`` instead are the judge's to check).

    ``[answer_schema.items]`` and ``[answer_schema.fields.NAME]`` are tables of the same keys, nested as deep
    as the answer is.
    """

    kind: Kind
    """Type of the value, exactly: ``true`` is no ``"int"`` and 1 is no ``"float"``. ``"number"`` is an int, a
    float or a ``Fraction``; ``"array"`` is a numpy array. Tuples arrive as lists."""
    optional: bool = False
    """Whether None may stand in its place; a field of a dict may then be left out too."""
    low: Number | None = None
    """Least value, of a number or of every cell of an array. Not-a-number lies in no range."""
    high: Number | None = None
    """Greatest value."""
    finite: bool = True
    """Whether infinite values and not-a-number are rejected."""
    min_length: Length = 0
    """Least number of characters, bytes, items or keys; of an array, of its cells."""
    max_length: Length | None = None
    """Greatest number of them. Where the size of an answer follows from the schema, longer ones are not even
    received."""
    dtypes: tuple[Dtype, ...] = ()
    """Element types that an array may have; any where empty."""
    shape: tuple[Extent, ...] | None = None
    """Extent of an array along each dimension; -1 leaves one free. Any shape where left out."""
    items: AnswerSchema | None = None
    """What every item of a list is, or every value of a dict besides its ``fields``; anything where left
    out."""
    fields: dict[str, AnswerSchema] = {}
    """What stands under each key of a dict. Without ``items`` there may be no other keys."""


def check_schema(toml: TomlText, form: str, schema: AnswerSchema) -> None:
    """Check what no single key of a schema shows, for answers of the form ``form``.

    Raises:
        TaskError: if a key means nothing for its kind, or a least value is above its greatest.
    """
    if form == "table" and schema.kind != "array":
        raise toml.error(
            ("answer_schema", "kind"),
            f'answer_schema.kind = "{schema.kind}" cannot be: a table is an array. Write kind = "array"',
        )
    _check(toml, ("answer_schema",), schema)


def _check(toml: TomlText, path: tuple[str, ...], schema: AnswerSchema) -> None:
    key = ".".join(path)
    for field in msgspec.structs.fields(AnswerSchema):
        name, value = field.name, getattr(schema, field.name)
        default = {} if name == "fields" else field.default
        if value != default and name not in {"kind", "optional"} | _MEANT[schema.kind]:
            meant = ", ".join(sorted(_MEANT[schema.kind])) or "nothing more"
            raise toml.error(
                (*path, name),
                f'{key}.{name} means nothing for kind = "{schema.kind}", which takes {meant}: leave it out',
            )
    if schema.low is not None and schema.high is not None and schema.low > schema.high:
        raise toml.error(
            (*path, "low"), f"{key}.low = {schema.low} is above {key}.high = {schema.high}: swap them"
        )
    if schema.max_length is not None and schema.min_length > schema.max_length:
        raise toml.error(
            (*path, "min_length"),
            f"{key}.min_length = {schema.min_length} is above {key}.max_length = {schema.max_length}: "
            "swap them",
        )
    if schema.items is not None:
        _check(toml, (*path, "items"), schema.items)
    for name, nested in schema.fields.items():
        _check(toml, (*path, "fields", name), nested)
