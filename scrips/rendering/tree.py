"""The parsed template: which constructs there are, and the accounting woven into them."""

# ruff: noqa: N802 (a visitor's methods are named after the nodes)

from collections.abc import Iterable, Mapping
from typing import TypeVar

from django.utils.translation import gettext
from jinja2 import nodes
from jinja2.exceptions import TemplateSyntaxError
from jinja2.visitor import NodeTransformer

from scrips.rendering.caps import measure
from tessera.lib.suggest import nearest

Node = TypeVar("Node", bound=nodes.Node)

_ALLOWED = (
    *(nodes.Template, nodes.Output, nodes.TemplateData, nodes.For, nodes.If, nodes.With),
    *(nodes.Macro, nodes.Assign, nodes.AssignBlock, nodes.BinExpr),
    *(nodes.UnaryExpr, nodes.Name, nodes.NSRef, nodes.Const, nodes.Tuple, nodes.List, nodes.Dict),
    *(nodes.Pair, nodes.Keyword, nodes.CondExpr, nodes.Filter, nodes.Test, nodes.Call),
    *(nodes.Getitem, nodes.Getattr, nodes.Slice, nodes.Concat, nodes.Compare, nodes.Operand),
)
_WORDS: Mapping[type[nodes.Node], str] = {
    nodes.Include: "include",
    nodes.Import: "import",
    nodes.FromImport: "import",
    nodes.Extends: "extends",
    nodes.Block: "block",
    nodes.CallBlock: "call",
    nodes.FilterBlock: "filter",
    nodes.ScopedEvalContextModifier: "autoescape",
    nodes.Scope: "autoescape",
}
_NOT_ASSIGNED = frozenset(("loop", "self", "super", "caller", "varargs", "kwargs"))


def check(tree: nodes.Template, filters: Iterable[str], tests: Iterable[str]) -> None:
    """Raises `TemplateSyntaxError` for what is no part of the templates' language."""
    measure(tree)
    waiting: list[tuple[nodes.Node, int]] = [(tree, 1)]
    while waiting:
        node, line = waiting.pop()
        line = node.lineno or line
        if reason := _objection(node, filters, tests):
            raise TemplateSyntaxError(reason, line)
        # Reversed, so that the first fault in the text is the one that is told.
        waiting.extend((child, line) for child in reversed(list(node.iter_child_nodes())))


def _objection(node: nodes.Node, filters: Iterable[str], tests: Iterable[str]) -> str | None:
    if not isinstance(node, _ALLOWED):
        word = _WORDS.get(type(node), type(node).__name__.lower())
        return gettext("templates have no '%s'") % word
    if isinstance(node, nodes.For) and node.recursive:
        return gettext("templates have no '%s'") % "recursive"
    if isinstance(node, nodes.AssignBlock) and node.filter is not None:
        # Jinja would take what the filter gives for safe HTML.
        return gettext("a 'set' block takes no filter")
    if isinstance(node, nodes.Call | nodes.Filter | nodes.Test) and (
        node.dyn_args is not None or node.dyn_kwargs is not None
    ):
        return gettext("arguments cannot be given with '*'")
    if isinstance(node, nodes.Name) and node.ctx != "load" and node.name in _NOT_ASSIGNED:
        return gettext("the name '%s' is taken") % node.name
    if isinstance(node, nodes.Filter) and node.name not in filters:
        return unknown(gettext("unknown filter '%s'"), node.name, filters)
    if isinstance(node, nodes.Test) and node.name not in tests:
        return unknown(gettext("unknown test '%s'"), node.name, tests)
    return None


def unknown(sentence: str, name: str, known: Iterable[str]) -> str:
    """The sentence about an unknown name, with the nearest known one."""
    told = sentence % name[:100]
    near = nearest(name, [one for one in known if not one.startswith("#")])
    return told + gettext("; did you mean '%s'?") % near if near else told


def _filtered(node: nodes.Node, name: str) -> nodes.Filter:
    return nodes.Filter(node, name, [], [], None, None, lineno=node.lineno)


class Metered(NodeTransformer):
    """Weaves the accounting of `budget` into what the sandbox cannot intercept by itself."""

    def __init__(self) -> None:
        self._repeating = 0

    def visit_For(self, node: nodes.For) -> nodes.For:
        self._inside(node)
        node.iter = _filtered(node.iter, "#each")
        return node

    def visit_Macro(self, node: nodes.Macro) -> nodes.Macro:
        return self._inside(node)

    def visit_TemplateData(self, node: nodes.TemplateData) -> nodes.Expr:
        """Fixed text that is printed repeatedly is printed like any value, and counted."""
        if not self._repeating:
            return node
        return nodes.MarkSafeIfAutoescape(nodes.Const(node.data), lineno=node.lineno)

    def visit_Concat(self, node: nodes.Concat) -> nodes.Expr:
        self.generic_visit(node)
        return _filtered(nodes.Tuple(node.nodes, "load", lineno=node.lineno), "#concat")

    def visit_Compare(self, node: nodes.Compare) -> nodes.Expr:
        self.generic_visit(node)
        return _filtered(node, "#compared")

    def visit_Getitem(self, node: nodes.Getitem) -> nodes.Expr:
        self.generic_visit(node)
        return _filtered(node, "#kept") if isinstance(node.arg, nodes.Slice) else node

    def visit_Tuple(self, node: nodes.Tuple) -> nodes.Expr:
        self.generic_visit(node)
        return _filtered(node, "#kept") if node.ctx == "load" else node

    def visit_List(self, node: nodes.List) -> nodes.Expr:
        self.generic_visit(node)
        return _filtered(node, "#kept")

    def visit_Dict(self, node: nodes.Dict) -> nodes.Expr:
        self.generic_visit(node)
        return _filtered(node, "#kept")

    def _inside(self, node: Node) -> Node:
        self._repeating += 1
        self.generic_visit(node)
        self._repeating -= 1
        return node
