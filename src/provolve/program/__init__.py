"""What is changed: programs and their regions, templates and literals, strict edits, diffs."""

from provolve.program.diffs import unified_diff
from provolve.program.digests import LARGEST_INTEGER, tunable
from provolve.program.edits import apply_edit, apply_rewrite
from provolve.program.entry import Function, describe, entry_point
from provolve.program.expressions import expression_parts, expression_text
from provolve.program.program import Program
from provolve.program.regions import Region
from provolve.program.slots import SLOT, Slotted, SlottedForm, lift_slotted, text_pieces
from provolve.program.syntax import SourceError
from provolve.program.templates import lift, render, render_source, slot_name, slot_source
from provolve.program.trees import nodes_below, walk

__all__ = [
    "LARGEST_INTEGER",
    "SLOT",
    "Function",
    "Program",
    "Region",
    "Slotted",
    "SlottedForm",
    "SourceError",
    "apply_edit",
    "apply_rewrite",
    "describe",
    "entry_point",
    "expression_parts",
    "expression_text",
    "lift",
    "lift_slotted",
    "nodes_below",
    "render",
    "render_source",
    "slot_name",
    "slot_source",
    "text_pieces",
    "tunable",
    "unified_diff",
    "walk",
]
