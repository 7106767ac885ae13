"""What a query can't hold without: one look at the facts that many queries share."""

from collections.abc import Callable, Collection, Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

from tessera.lib.query.compare import CURRENT_USER, NOBODY, STATUS_KINDS, key, number, truth
from tessera.lib.query.evaluate import test_of, values_of
from tessera.lib.query.facts import QueryFacts
from tessera.lib.query.fields import CUSTOM_KINDS, FIELDS, Kind
from tessera.lib.query.fold import fold
from tessera.lib.query.tree import And, FieldRef, Node, Op, Term, literals_of, terms
from tessera.lib.query.vocabulary import part_of, table_field

Facts = TypeVar("Facts")

# Texts and numbers that are equal or not, whoever asks and whenever.
_PLAIN = frozenset({Kind.TEXT, Kind.NUMBER, Kind.BOOLEAN, Kind.PERSON, Kind.USERNAME, Kind.STATUS})
# Words that stand for other values than themselves.
_SPECIAL = frozenset({CURRENT_USER, NOBODY, *STATUS_KINDS})


@dataclass(frozen=True, slots=True)
class Clue(Generic[Facts]):
    """Something that is read off the facts: the question holds only where one of `wanted` was seen there.

    Clues of one name read the same, so that many questions are told apart by one look.
    """

    name: Hashable
    read: Callable[[Facts], Collection[Hashable]]
    wanted: frozenset[Hashable]


def clues_of(tree: Node) -> tuple[Clue[QueryFacts], ...]:
    """Those of a query that the evaluator takes: of each part that has to hold by itself, and reads no log."""
    parts = tree.children if isinstance(tree, And) else (tree,)
    return tuple(_clue(part) for part in parts if not any(map(_reads_log, terms(part))))


def _reads_log(term: Term) -> bool:
    fields = (term.field, term.value) if isinstance(term.value, FieldRef) else (term.field,)
    return any(field is not None and field.reads_log for field in map(table_field, fields))


def _clue(part: Node) -> Clue[QueryFacts]:
    if isinstance(part, Term) and _is_plain(part):
        field, kinds = part.field, _kinds(part.field)
        wanted = {(kind, _wanted(kind, text)) for text in literals_of(part) for kind in kinds}
        return Clue((field.name, part_of(field), field.custom), _reader(field), frozenset(wanted))
    test = test_of(part)
    return Clue(part, lambda facts: (test(facts),), frozenset({True}))


def _is_plain(term: Term) -> bool:
    """Whether it holds for values that are equal to one of its own, and for nothing else."""
    literals = map(fold, literals_of(term))
    if term.op not in (Op.EQ, Op.IN) or not _SPECIAL.isdisjoint(literals):
        return False
    kinds = _kinds(term.field)
    return not isinstance(term.value, FieldRef) and kinds <= _PLAIN


def _kinds(field: FieldRef) -> frozenset[Kind]:
    if not field.custom:
        return frozenset({FIELDS[field.name].kind})
    return frozenset(CUSTOM_KINDS.get(type_, Kind.TEXT) for _key, type_ in field.custom)


def _reader(field: FieldRef) -> Callable[[QueryFacts], Collection[Hashable]]:
    part = part_of(field)
    return lambda facts: [
        (kind, key(kind, value, part, facts)) for kind, value in values_of(field, facts)
    ]


def _wanted(kind: Kind, literal: str) -> Hashable:
    match kind:
        case Kind.NUMBER:
            return number(literal)
        case Kind.BOOLEAN:
            return truth(literal)
        case _:
            return fold(literal)
