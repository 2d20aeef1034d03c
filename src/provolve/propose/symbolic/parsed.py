"""A template parsed once: its source with names for literals, its sites, and splicing into it."""

from __future__ import annotations

import ast
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from provolve.program import SLOT, Program, SlottedForm, slot_source, text_pieces, walk
from provolve.propose.symbolic.dimensions import Dimensions, dimensions
from provolve.propose.symbolic.kinds import BOOLEAN, NUMBER, Kind, Modules
from provolve.propose.symbolic.roots import Root
from provolve.propose.symbolic.sites import Scope, Site, find_sites
from provolve.propose.symbolic.splices import BUILTINS, Splice, free_names
from provolve.propose.symbolic.statements import Line, editable_lines
from provolve.propose.symbolic.tables import Table, find_tables
from provolve.propose.symbolic.whole_lists import WholeList, find_lists
from provolve.record import Template
from provolve.task.units import Units


@dataclass(frozen=True)
class Term:
    """A number found in the program that is no plain name, such as ``item[0]``, and the names it needs."""

    text: str
    names: frozenset[str]


class ParsedTemplate:
    """The syntax tree of a template, in which literal k is the name that ``slot_name(k)`` gives."""

    def __init__(self, program: Program, template: Template) -> None:
        self.template = template
        source = slot_source(program, template)
        self._bytes = source.encode()
        self.tree = ast.parse(source)
        self.modules = Modules.of(self.tree)
        self._dimensions: Dimensions | None = None
        self._needs: dict[Site, frozenset[str]] = {}
        self._roots: dict[ast.expr, Root] = {}
        self._lines = [0]
        for line in self._bytes.split(b"\n"):
            self._lines.append(self._lines[-1] + len(line) + 1)
        texts = ["_".join(pieces) for pieces in template.regions]
        self.line_spans = program.line_spans(texts)
        self.spans = [
            (self._lines[first - 1], min(self._lines[last], len(self._bytes)))
            for first, last in self.line_spans
        ]

    @cached_property
    def sites(self) -> list[Site]:
        """All places at which an expression may be replaced; none within lists that are varied as such."""
        found = find_sites(self.tree, self.modules, self.in_region)
        inside = {id(node) for whole in self.lists for node in walk(whole.node)}
        return [site for site in found if id(site.node) not in inside]

    @cached_property
    def form(self) -> SlottedForm:
        """The form of the code, in which roots may be exchanged."""
        return SlottedForm(self.tree, self.line_spans, self.template.kinds, self.roots)

    @cached_property
    def terms(self) -> list[Term]:
        """Numbers of the program that an edit may use again, each once."""
        found = {}
        for site in self.sites:
            if site.kind is NUMBER and isinstance(site.node, ast.Subscript | ast.Attribute | ast.Call):
                text = self.text(site.node)
                if len(text) <= 40 and not SLOT.search(text) and "\n" not in text:
                    found[text] = Term(text, self.needs(site))
        return list(found.values())

    @cached_property
    def tables(self) -> list[Table]:
        """The interpolated tables of the regions."""
        return [table for table in find_tables(self.tree, self.modules) if self.in_region(table.node)]

    @cached_property
    def lists(self) -> list[WholeList]:
        """The nested lists of whole numbers of the regions."""
        found = find_lists(self.tree, self.template.kinds)
        return [whole for whole in found if self.in_region(whole.node)]

    @cached_property
    def listed(self) -> frozenset[int]:
        """The literals of nested lists of whole numbers."""
        return frozenset(number for whole in self.lists for number in whole.numbers)

    @cached_property
    def placed_tables(self) -> list[tuple[Site, Table]]:
        """The tables that stand at a site, each with its site."""
        tables = {id(table.node): table for table in self.tables}
        return [(site, tables[id(site.node)]) for site in self.sites if id(site.node) in tables]

    @cached_property
    def lines(self) -> list[Line]:
        """The statements that may be edited as whole lines."""
        return editable_lines(self)

    @cached_property
    def loop_bounds(self) -> list[ast.expr]:
        """What loops count to, as in ``for i in range(n)``."""
        return [
            loop.iter.args[0]
            for loop in walk(self.tree)
            if isinstance(loop, ast.For)
            and isinstance(loop.iter, ast.Call)
            and self.modules.call(loop.iter) == ("", "range")
            and len(loop.iter.args) == 1
            and not isinstance(loop.iter.args[0], ast.Starred)
            and self.in_region(loop.iter)
        ]

    @cached_property
    def knots(self) -> frozenset[int]:
        """The literals at which tables have their values."""
        return frozenset(knot for table in self.tables for knot in table.knots)

    def dimensions(self, units: Units) -> Dimensions:
        """Return the dimensions of the entry point's expressions; ``units`` are the same at every call."""
        if self._dimensions is None:
            self._dimensions = dimensions(self.tree, units, self.modules)
        return self._dimensions

    @cached_property
    def roots(self) -> list[ast.expr]:
        """The expressions that sites belong to, each once."""
        return list({id(site.root): site.root for site in self.sites}.values())

    def root_of(self, site: Site) -> Root:
        """Return the expression that a site belongs to."""
        found = self._roots.get(site.root)
        if found is None:
            found = self._roots[site.root] = Root(site.root)
        return found

    def lines_splice(self, statement: ast.stmt) -> Splice | None:
        """Return the splice that takes out the lines of a statement; None where they leave the region.

        The statement must stand alone on its lines.
        """
        start, end = self._lines[statement.lineno - 1], self._lines[statement.end_lineno or statement.lineno]
        starts_line = not self._bytes[start : self.span(statement)[0]].strip()
        whole = any(first <= start and end <= last for first, last in self.spans)
        return Splice(start, end, "") if whole and starts_line else None

    def in_region(self, node: ast.AST) -> bool:
        """Whether a node lies in one region as a whole."""
        start, end = self.span(node)
        return any(first <= start and end <= last for first, last in self.spans)

    def needs(self, site: Site) -> frozenset[str]:
        """Return the names that the expression at a site needs from around it."""
        found = self._needs.get(site)
        if found is None:
            found = self._needs[site] = free_names(site.node)
        return found

    def sites_of(self, kind: Kind) -> list[Site]:
        """Return the sites of a kind."""
        return self._by_kind[kind]

    @cached_property
    def whole_sites(self) -> list[Site]:
        """Sites of numbers that are all that is returned, assigned or sorted by."""
        return [site for site in self.sites if site.whole and site.kind is NUMBER]

    @cached_property
    def choices(self) -> list[Site]:
        """Sites of numbers that are chosen by a condition."""
        return [
            site
            for site in self.sites_of(NUMBER)
            if isinstance(site.node, ast.IfExp) or self.modules.call(site.node) == ("numpy", "where")
        ]

    @cached_property
    def _by_kind(self) -> dict[Kind, list[Site]]:
        return {kind: [site for site in self.sites if site.kind is kind] for kind in (NUMBER, BOOLEAN)}

    def span(self, node: ast.AST) -> tuple[int, int]:
        """Return where a node begins and ends in the source, in bytes."""
        start = self._lines[node.lineno - 1] + node.col_offset  # type: ignore[attr-defined]
        end = self._lines[node.end_lineno - 1] + node.end_col_offset  # type: ignore[attr-defined]
        return start, end

    def text(self, node: ast.AST) -> str:
        """Return the source of a node."""
        start, end = self.span(node)
        return self._bytes[start:end].decode()

    def around(self, site: Site) -> tuple[str, str]:
        """Return the source of the site's root before and after the site."""
        start, end = self.span(site.root)
        first, last = self.span(site.node)
        return self._bytes[start:first].decode(), self._bytes[last:end].decode()

    def source(self, splice: Splice) -> str:
        """Return the source that a splice would replace."""
        return self._bytes[splice.start : splice.end].decode()

    def splice_for(self, root: ast.expr, text: str) -> Splice:
        """Return the splice that writes ``text`` for a root."""
        return Splice(*self.span(root), text)

    def spliced(self, splices: Sequence[Splice]) -> tuple[str, ...]:
        """Return the text of each region after ``splices``, which must not overlap."""
        texts = []
        for first, last in self.spans:
            parts = []
            position = first
            for splice in sorted(splices, key=lambda s: s.start):
                if first <= splice.start and splice.end <= last:
                    parts += [self._bytes[position : splice.start].decode(), splice.text]
                    position = splice.end
            texts.append("".join([*parts, self._bytes[position:last].decode()]))
        return tuple(texts)

    def pieces_with(self, splice: Splice) -> tuple[tuple[str, ...], ...]:
        """Return the pieces between slots of each region after a splice that lies in one of them."""
        regions = list(self.template.regions)
        for place, (first, last) in enumerate(self.spans):
            if first <= splice.start and splice.end <= last:
                before = self._bytes[first : splice.start].decode()
                after = self._bytes[splice.end : last].decode()
                regions[place] = text_pieces(f"{before}{splice.text}{after}")
        return tuple(regions)

    def contains(self, outer: ast.AST, inner: ast.AST) -> bool:
        """Whether a node lies in another in the source."""
        (first, last), (start, end) = self.span(outer), self.span(inner)
        return first <= start and end <= last

    def usable_terms(self, scope: Scope) -> list[Term]:
        """Return the terms whose names are all bound in ``scope``."""
        return [term for term in self.terms if term.names <= scope.names | BUILTINS]


class ParsedCache:
    """Parsed templates, the least recently used forgotten first."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._kept: OrderedDict[str, ParsedTemplate] = OrderedDict()

    def get(self, program: Program, template: Template) -> ParsedTemplate:
        """Return the template parsed, from memory where it was met before."""
        # One template digest may have two layouts: the pieces tell them apart.
        key = template.digest
        kept = self._kept.get(key)
        if kept is None or kept.template.regions != template.regions:
            kept = self._kept[key] = ParsedTemplate(program, template)
        self._kept.move_to_end(key)
        while len(self._kept) > self._size:
            self._kept.popitem(last=False)
        return kept
