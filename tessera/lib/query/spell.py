"""A query's tree as TicketSQL, and as a sentence."""

import re
from dataclasses import replace

from django.utils.translation import gettext

from tessera.lib.query.dates import said
from tessera.lib.query.fields import Kind
from tessera.lib.query.fold import fold
from tessera.lib.query.tree import And, FieldRef, Node, Not, Op, Or, Term
from tessera.lib.query.verdict import is_log, quoted
from tessera.lib.query.vocabulary import kinds_of, table_field
from tessera.lib.query.words import (
    PARTS_SAID,
    PEOPLE_SAID,
    SAID,
    SAID_OF_DATES,
    SAID_OF_LINKS,
    STATUSES_SAID,
    alternatives,
)

_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?", re.A)
_WORD = re.compile(r"[\w.@+:-]+")
_DATES = frozenset((Kind.DATE, Kind.DAY))
_OPPOSITE = {
    **{op.positive: op for op in Op if op.positive is not op},
    **{op: op.positive for op in Op if op.positive is not op},
}


def to_text(node: Node) -> str:
    """The tree as TicketSQL, in one line; `parse_query` makes the same tree of it.

    But for groups of one: they say nothing, and vanish, unless they keep a log field from speaking
    of the same transaction as its neighbours.
    """
    node = _without_idle_groups(node)
    if isinstance(node, Term):
        return _term(node)
    if isinstance(node, Not):
        return f"NOT {_in_brackets(node.child)}"
    if isinstance(node, And):
        text = " AND ".join(_in_brackets(child) for child in node.children)
        return f"({text})" if len(node.children) == 1 else text
    return " OR ".join(
        to_text(child) if isinstance(child, And) else _in_brackets(child) for child in node.children
    )


def in_words(node: Node) -> str:
    """The query as a sentence without its capital and stop, in the active language."""
    node = _without_idle_groups(node)
    if isinstance(node, Term):
        return _about_log((node,)) if is_log(node) else _said(node)
    if isinstance(node, Not):
        return _negated(node.child)
    if isinstance(node, And):
        log = tuple(child for child in node.children if isinstance(child, Term) and is_log(child))
        said = [_in_sentence(child) for child in node.children if child not in log]
        return gettext(" and ").join([*said, _about_log(log)] if log else said)
    long = any(isinstance(child, And) for child in node.children)
    return (gettext(", or ") if long else gettext(" or ")).join(map(in_words, node.children))


def _without_idle_groups(node: Node) -> Node:
    while isinstance(node, And | Or) and len(node.children) == 1:
        child = node.children[0]
        if isinstance(child, Term) and is_log(child):
            return And((child,))
        node = child
    if isinstance(node, And | Or) and not node.children:
        raise ValueError("a group of nothing can't be spelled")
    return node


def _in_brackets(node: Node) -> str:
    node = _without_idle_groups(node)
    joined = isinstance(node, And | Or) and len(node.children) > 1
    return f"({to_text(node)})" if joined else to_text(node)


def _term(term: Term) -> str:
    name, op = _name(term.field), term.op.value
    if term.value is None:
        return f"{name} {op}"
    if isinstance(term.value, FieldRef):
        return f"{name} {op} {_name(term.value)}"
    if isinstance(term.value, tuple):
        return f"{name} {op} ({', '.join(map(_literal, term.value))})"
    return f"{name} {op} {_literal(term.value)}"


def _name(ref: FieldRef) -> str:
    if ref.spelled:
        return ref.spelled
    return f"CF.{ref.custom[0][0]}" if ref.custom else ".".join(filter(None, (ref.name, ref.part)))


def _literal(text: str) -> str:
    if _NUMBER.fullmatch(text):
        return text
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _in_sentence(node: Node) -> str:
    node = _without_idle_groups(node)
    return f"({in_words(node)})" if isinstance(node, Or) else in_words(node)


def _negated(node: Node) -> str:
    node = _without_idle_groups(node)
    parts = node.children if isinstance(node, And) else (node,)
    log = tuple(part for part in parts if isinstance(part, Term) and is_log(part))
    if len(log) == len(parts):
        return gettext("there is no transaction with (%s)") % _all_said(log)
    if isinstance(node, Not):
        return _in_sentence(node.child)
    if isinstance(node, Term) and (opposite := _OPPOSITE.get(node.op)):
        return _said(replace(node, op=opposite))
    return gettext("not (%s)") % in_words(node)


def _about_log(terms: tuple[Term, ...]) -> str:
    return gettext("there is a transaction with (%s)") % _all_said(terms)


def _all_said(terms: tuple[Term, ...]) -> str:
    return gettext(" and ").join(map(_said, terms))


def _said(term: Term) -> str:
    if term.field.name in SAID_OF_LINKS:
        return _said_of_link(term)
    sentence = SAID[term.op]
    if kinds_of(term.field) <= _DATES:
        sentence = SAID_OF_DATES.get(term.op, sentence)
    return str(sentence) % {"field": _label(term.field), "value": _value(term)}


def _said_of_link(term: Term) -> str:
    is_so, is_not_so = SAID_OF_LINKS[term.field.name]
    if term.value is None:
        return str(is_not_so if term.op is Op.IS_NULL else is_so) % gettext("any ticket")
    return str(is_so if term.op is Op.EQ else is_not_so) % _value(term)


def _value(term: Term) -> str:
    if isinstance(term.value, FieldRef):
        return _label(term.value)
    literals = term.value if isinstance(term.value, tuple) else (term.value or "",)
    return alternatives([_literal_said(term, literal) for literal in literals])


def _literal_said(term: Term, literal: str) -> str:
    kinds = kinds_of(term.field)
    if term.op.positive in (Op.EQ, Op.IN):
        known = STATUSES_SAID if kinds == {Kind.STATUS} else {}
        known = PEOPLE_SAID if kinds <= {Kind.PERSON, Kind.USERNAME} else known
        if meant := known.get(fold(literal)):
            return str(meant)
    if kinds <= _DATES:
        return said(literal)
    return literal if _WORD.fullmatch(literal) else quoted(literal)


def _label(ref: FieldRef) -> str:
    field = table_field(ref)
    if field is None:
        return ref.spelled
    return str(PARTS_SAID[ref.part]) % field.words if ref.part else str(field.words)
