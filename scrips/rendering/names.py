"""Which names a template speaks of, and whether they exist."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from functools import lru_cache
from types import NoneType, UnionType
from typing import Any, TypeAlias, Union, get_args, get_origin, get_type_hints

from django.utils.translation import gettext
from jinja2 import nodes

from scrips.rendering.errors import TemplateInvalid
from scrips.rendering.methods import MAPPING, MOMENT, MOMENT_FACTS, SPAN, SPAN_FACTS, TEXT
from scrips.rendering.tree import unknown
from scrips.rendering.values import Facts, visible

TOP_LEVEL = (
    *("ticket", "transaction", "transactions", "actor", "queue", "now"),
    *("recipient", "last_message", "conversation", "diff"),
)
FUNCTIONS = ("range", "namespace")
_FIELDS = ("cf", "custom_fields")

# A class, or an annotation such as `tuple[PersonFacts, ...]`; None where nothing is known.
Kind: TypeAlias = Any


def objections(
    tree: nodes.Template,
    *,
    known_fields: frozenset[str] | None,
    names: Mapping[str, Kind],
) -> Iterator[TemplateInvalid]:
    """A fault for each name that does not exist, in the order in which the tree is walked.

    `names` says which names there are, and what kind of value each holds; where it is empty there are all of
    `TOP_LEVEL`, and none is looked into.
    """
    kinds = _Kinds(tree, names)
    for node in _walk(tree):
        reason = None
        if isinstance(node, nodes.Name) and node.ctx == "load":
            if node.name not in kinds.defined:
                reason = unknown(gettext("unknown name '%s'"), node.name, kinds.defined)
        elif isinstance(node, nodes.Getattr | nodes.Getitem):
            reason = kinds.objection(node, known_fields)
        if reason:
            yield TemplateInvalid(node.lineno, reason)


def _walk(node: nodes.Node) -> Iterator[nodes.Node]:
    yield node
    for child in node.iter_child_nodes():
        yield from _walk(child)


def _asked(node: nodes.Node) -> str | None:
    """The name asked of a value by `x.name` or `x["name"]`."""
    if isinstance(node, nodes.Getattr):
        return node.attr
    if isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Const):
        return node.arg.value if isinstance(node.arg.value, str) else None
    return None


class _Kinds:
    """What is known of the values behind the names of one template."""

    def __init__(self, tree: nodes.Template, names: Mapping[str, Kind]) -> None:
        stored = [node.name for node in tree.find_all(nodes.Name) if node.ctx != "load"]
        stored += [macro.name for macro in tree.find_all(nodes.Macro)]
        loops = list(tree.find_all(nodes.For))
        self.defined = frozenset(
            (*(names or TOP_LEVEL), *FUNCTIONS, *stored, *(["loop"] if loops else []))
        )
        self._kinds = {name: kind for name, kind in names.items() if name not in stored}
        for loop in loops:
            target = loop.target
            if isinstance(target, nodes.Name) and stored.count(target.name) == 1:
                self._kinds[target.name] = _member(self.of(loop.iter))

    def of(self, node: nodes.Node) -> Kind:
        """The kind of value that the expression gives, or None."""
        if isinstance(node, nodes.Name):
            return self._kinds.get(node.name)
        if isinstance(node, nodes.Call):
            called = self.of(node.node)
            function: object = get_origin(called)
            return get_args(called)[-1] if function is Callable else None
        if not isinstance(node, nodes.Getattr | nodes.Getitem):
            return None
        kind = self.of(node.node)
        asked = _asked(node)
        if asked is None:
            index = isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Const)
            return _member(kind) if index else None
        return _hints(kind).get(asked) if _is_facts(kind) else None

    def objection(
        self, node: nodes.Getattr | nodes.Getitem, known_fields: frozenset[str] | None
    ) -> str | None:
        asked = _asked(node)
        if asked is None:
            return None
        if asked.startswith("_"):
            return gettext("'%s' is not for templates") % asked[:100]
        if known_fields is not None and self._is_fields(node.node):
            if asked in known_fields or asked in MAPPING:
                return None
            return unknown(gettext("unknown custom field '%s'"), asked, known_fields)
        known = _known(self.of(node.node))
        if known is None or asked in known:
            return None
        sentence = gettext("'%s' has no '%%s'") % _spelled(node.node)
        return unknown(sentence, asked, known)

    def _is_fields(self, node: nodes.Node) -> bool:
        if _asked(node) not in _FIELDS or not isinstance(node, nodes.Getattr | nodes.Getitem):
            return False
        owner = node.node
        return isinstance(owner, nodes.Name) and owner.name == "ticket"


def _spelled(node: nodes.Node) -> str:
    if isinstance(node, nodes.Name):
        return node.name
    asked = _asked(node)
    inner = _spelled(node.node) if isinstance(node, nodes.Getattr | nodes.Getitem) else ""
    return f"{inner}.{asked}" if asked else f"{inner}[…]"


def _is_facts(kind: Kind) -> bool:
    return isinstance(kind, type) and issubclass(kind, Facts)


def _known(kind: Kind) -> frozenset[str] | None:
    """The names that a value of the kind answers to, where they are known."""
    if not isinstance(kind, type):
        return None
    if issubclass(kind, Facts):
        return visible(kind)
    if issubclass(kind, str):
        return frozenset(TEXT)
    if issubclass(kind, date):
        return frozenset(MOMENT) | MOMENT_FACTS
    if issubclass(kind, timedelta):
        return frozenset(SPAN) | SPAN_FACTS
    return frozenset() if issubclass(kind, int | float) else None


def _member(kind: Kind) -> Kind:
    arguments = get_args(kind)
    origin: object = get_origin(kind)
    several = origin in (tuple, list) and (
        len(arguments) == 1 or (len(arguments) == 2 and arguments[1] is Ellipsis)
    )
    return _bare(arguments[0]) if several else None


def _bare(kind: Kind) -> Kind:
    """The kind without "or None", which templates read as empty."""
    origin: object = get_origin(kind)
    if origin not in (Union, UnionType):
        return kind
    others = [one for one in get_args(kind) if one is not NoneType]
    return others[0] if len(others) == 1 else None


@lru_cache(maxsize=256)
def _hints(kind: type[Facts]) -> Mapping[str, Kind]:
    hints = {name: _bare(hint) for name, hint in get_type_hints(kind).items()}
    for name in visible(kind) - hints.keys():
        member = getattr(kind, name)
        function = getattr(member, "fget", None) or getattr(member, "func", None)
        hints[name] = _bare(get_type_hints(function).get("return")) if function else None
    return hints
