"""The reference page is made from the settings, and is up to date."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from provolve.task import reference as module
from provolve.task import settings
from provolve.task.schema import field_docs

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "task.md"
STRUCTS = [
    value
    for value in vars(settings).values()
    if isinstance(value, type) and issubclass(value, msgspec.Struct)
]


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == module.reference(), (
        "run: python -m provolve.task.reference docs/reference/task.md"
    )


@pytest.mark.parametrize("struct", STRUCTS)
def test_every_setting_has_a_meaning(struct: type[msgspec.Struct]) -> None:
    assert set(field_docs(struct)) == set(struct.__struct_encode_fields__)
    assert struct.__struct_config__.forbid_unknown_fields
    assert struct.__struct_config__.frozen


def test_every_key_stands_on_the_page() -> None:
    page = module.reference()
    for struct in STRUCTS:
        for name in struct.__struct_encode_fields__:
            assert f"`{name}`" in page or f"[{name}" in page
