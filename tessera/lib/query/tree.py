"""The tree of a TicketSQL query, which text and rules parse to and both evaluators read."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias


class Op(StrEnum):
    """An operator, by its spelling."""

    __hash__ = str.__hash__  # the enum's own runs in Python, at every look-up

    EQ = "="
    NE = "!="
    LT = "<"
    LE = "<="
    GT = ">"
    GE = ">="
    LIKE = "LIKE"
    NOT_LIKE = "NOT LIKE"
    STARTSWITH = "STARTSWITH"
    NOT_STARTSWITH = "NOT STARTSWITH"
    ENDSWITH = "ENDSWITH"
    NOT_ENDSWITH = "NOT ENDSWITH"
    IN = "IN"
    NOT_IN = "NOT IN"
    IS_NULL = "IS NULL"
    IS_NOT_NULL = "IS NOT NULL"
    MATCHES = "MATCHES"
    NOT_MATCHES = "NOT MATCHES"

    @property
    def positive(self) -> "Op":
        """The operator of which this is the negation, or itself."""
        return _POSITIVE.get(self, self)

    @property
    def is_negative(self) -> bool:
        """Whether it also holds for a ticket without a value."""
        return self in _POSITIVE and self is not Op.IS_NOT_NULL


_POSITIVE = {
    Op.NE: Op.EQ,
    Op.NOT_LIKE: Op.LIKE,
    Op.NOT_STARTSWITH: Op.STARTSWITH,
    Op.NOT_ENDSWITH: Op.ENDSWITH,
    Op.NOT_IN: Op.IN,
    Op.IS_NOT_NULL: Op.IS_NULL,
    Op.NOT_MATCHES: Op.MATCHES,
}


@dataclass(frozen=True, slots=True)
class FieldRef:
    """A field as a query names it: `name` is the table's own spelling, `CF` for custom fields.

    `part` is `Name` or `EmailAddress` of a person, empty where the query gives none. `custom` holds
    the key and type of each custom field meant: several where a name belongs to several.
    `spelled` is what a person reads.
    """

    name: str
    part: str = ""
    custom: tuple[tuple[str, str], ...] = ()
    spelled: str = ""


# Literals stay the text that was written: the field's kind says how it is read. None: no value.
Value: TypeAlias = str | tuple[str, ...] | FieldRef | None


@dataclass(frozen=True, slots=True)
class Term:
    """`field op value`."""

    field: FieldRef
    op: Op
    value: Value = None


@dataclass(frozen=True, slots=True)
class And:
    """All of them; log fields among them speak of one and the same transaction."""

    children: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Any of them."""

    children: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Not:
    child: "Node"


Node: TypeAlias = And | Or | Not | Term


def terms(node: Node) -> Iterator[Term]:
    """All terms of the tree, from left to right."""
    if isinstance(node, Term):
        yield node
    elif isinstance(node, Not):
        yield from terms(node.child)
    else:
        for child in node.children:
            yield from terms(child)


def literals_of(term: Term) -> tuple[str, ...]:
    """The values that the term names; none where it names a field, or that there is no value."""
    if isinstance(term.value, tuple):
        return term.value
    return (term.value,) if isinstance(term.value, str) else ()
