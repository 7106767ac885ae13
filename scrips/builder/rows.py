"""A query as rows and groups of rows, the other view of its tree: what fields of a page can show of it, and back."""

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from django.utils.translation import gettext as _

from tessera.lib.query.check import by_id, operand_fault
from tessera.lib.query.limits import MAX_LIST, MAX_VALUE
from tessera.lib.query.spell import to_text
from tessera.lib.query.tree import And, FieldRef, Node, Not, Op, Or, Term
from tessera.lib.query.verdict import Step
from tessera.lib.query.vocabulary import UnknownFieldError, Vocabulary

# Groups within groups; a page that goes deeper is narrower than what it shows.
DEEPEST = 4
# Rows and groups of one query.
MOST = 100
ROOT = "g0"
ALL, ANY, NONE = "all", "any", "none"
NULLS = (Op.IS_NULL, Op.IS_NOT_NULL)
LISTS = (Op.IN, Op.NOT_IN)


class Unsayable(ValueError):
    """The query says what rows can't; the message says what that is."""


@dataclass
class Row:
    """`field op values` as they stand on the page, sound or not. `check` is how it went on the ticket tried."""

    id: str
    field: str = ""
    op: str = ""
    values: list[str] = dataclasses.field(default_factory=list)
    faults: dict[str, str] = dataclasses.field(default_factory=dict)
    check: Step | None = None

    @property
    def blank(self) -> bool:
        """Whether nothing was chosen yet."""
        return not self.field


@dataclass
class Group:
    """Rows and groups of which all have to hold, any, or none."""

    id: str
    join: str = ALL
    children: "list[Row | Group]" = dataclasses.field(default_factory=list)


Line: TypeAlias = Row | Group


def rows_of(group: Group) -> Iterator[Row]:
    """All rows, from top to bottom; so do `terms` of the tree that they make."""
    for child in group.children:
        if isinstance(child, Row):
            yield child
        else:
            yield from rows_of(child)


def of_tree(tree: Node, vocabulary: Vocabulary) -> Group:
    """The tree as rows. Raises `Unsayable`."""
    maker = _Maker(vocabulary)
    made = maker.line(tree, 0)
    root = made if isinstance(made, Group) else Group("", ALL, [made])
    if maker.count > MOST:
        raise Unsayable(_("it has more than %d conditions") % MOST)
    root.id = ROOT
    return root


class _Maker:
    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self.count = 0

    def line(self, node: Node, depth: int) -> Line:
        if isinstance(node, Term):
            return self._row(node)
        if depth > DEEPEST:
            raise Unsayable(_("its groups nest more than %d deep") % DEEPEST)
        if isinstance(node, Not):
            within = node.child.children if isinstance(node.child, Or) else (node.child,)
            return self._group(NONE, within, depth)
        return self._group(ALL if isinstance(node, And) else ANY, node.children, depth)

    def _group(self, join: str, children: Sequence[Node], depth: int) -> Group:
        self.count += 1
        made = Group(f"g{self.count}", join)
        made.children = [self.line(child, depth + 1) for child in children]
        return made

    def _row(self, term: Term) -> Row:
        self.count += 1
        return Row(f"r{self.count}", self._spelled(term.field), term.op.value, _values(term))

    def _spelled(self, ref: FieldRef) -> str:
        """As the list of fields spells it, if that is the same field."""
        if len(ref.custom) == 1:
            plain = f"CF.{ref.custom[0][0]}"
            found = self.vocabulary.find(plain)
            if found and found.custom == ref.custom:
                return found.spelled
        return ref.spelled


def _values(term: Term) -> list[str]:
    if isinstance(term.value, FieldRef):
        raise Unsayable(_("it compares two fields with each other"))
    if term.value is None:
        return []
    values = [term.value] if isinstance(term.value, str) else list(term.value)
    if any(len(each.splitlines()) != 1 or each != each.strip() for each in values):
        raise Unsayable(_("it names a text that is empty, has several lines, or spaces around it"))
    return values


def to_tree(root: Group, vocabulary: Vocabulary, *, in_memory: bool = True) -> Node | None:
    """The tree that the rows say; None where some say nothing sound: each has its faults then, and notes them.

    `in_memory` refuses what conditions do not have, as `operand_fault` does.
    """
    for row in rows_of(root):
        row.faults = {}
    made = _node(root, vocabulary, in_memory=in_memory)
    return None if made is None or any(row.faults for row in rows_of(root)) else made


def _node(line: Line, vocabulary: Vocabulary, *, in_memory: bool) -> Node | None:
    if isinstance(line, Row):
        return _term(line, vocabulary, in_memory=in_memory)
    made = [_node(child, vocabulary, in_memory=in_memory) for child in line.children]
    found = tuple(node for node in made if node is not None)
    if not found:
        return None
    if line.join == ALL:
        return And(found)
    either = found[0] if len(found) == 1 and line.join == NONE else Or(found)
    return Not(either) if line.join == NONE else either


def _term(row: Row, vocabulary: Vocabulary, *, in_memory: bool) -> Term | None:
    if row.blank:
        row.faults["field"] = _("Choose a field, or remove this condition.")
        return None
    try:
        ref = vocabulary.field(row.field)
    except UnknownFieldError as fault:
        row.faults["field"] = str(fault)
        return None
    try:
        op = Op(row.op)
    except ValueError:
        row.faults["op"] = _("Choose how to compare.")
        return None
    if op not in NULLS and (fault_of := _unfit(row.values)):
        row.faults["value"] = fault_of
        return None
    single = row.values[0] if row.values else ""
    value = None if op in NULLS else tuple(row.values) if op in LISTS else single
    term = by_id(Term(ref, op, value))
    if unfit := operand_fault(term, in_memory=in_memory):
        row.faults[unfit.place] = unfit.reason
        return None
    return term


def _unfit(values: Sequence[str]) -> str:
    if not any(values):
        return _("This field is required.")
    if len(values) > MAX_LIST or any(len(each) > MAX_VALUE for each in values):
        return _("This is too long.")
    return ""


def same(one: Node, other: Node) -> bool:
    """Whether they say the same, however they spell their fields."""
    return to_text(_plain(one)) == to_text(_plain(other))


def _plain(node: Node) -> Node:
    if isinstance(node, Term):
        return replace(node, field=_bare(node.field))
    if isinstance(node, Not):
        return Not(_plain(node.child))
    return type(node)(tuple(map(_plain, node.children)))


def _bare(ref: FieldRef) -> FieldRef:
    return replace(ref, spelled="") if len(ref.custom) == 1 else ref


# What a press of a button does to the rows. Each gives the id of the line that the keyboard goes on from.


def add(root: Group, group_id: str, *, group: bool = False) -> str:
    """A blank row, or a group with one, at the end of a group."""
    into = _group(root, group_id)
    taken = len(list(_lines(root)))
    if into is None or taken >= MOST or (group and _depth(root, group_id) >= DEEPEST):
        return group_id
    made = Row(_next(root, "r"))
    if group:
        outer = ANY if into.join == ALL else ALL
        into.children.append(Group(_next(root, "g"), outer, [made]))
    else:
        into.children.append(made)
    return made.id


def drop(root: Group, line_id: str) -> str:
    """Take a row or a group away; a group that has nothing left goes too."""
    found = _parent(root, line_id)
    if found is None:
        return ROOT
    into, at = found
    del into.children[at]
    if not into.children and into.id != ROOT:
        return drop(root, into.id)
    after = into.children[min(at, len(into.children) - 1)] if into.children else into
    return after.id


def move(root: Group, line_id: str, by: int) -> str:
    """One place up (-1) or down (1), into a group that stands there and out of one at its end."""
    found = _parent(root, line_id)
    if found is None:
        return ROOT
    into, at = found
    line, to = into.children[at], at + by
    if not 0 <= to < len(into.children):
        return _out(root, into, line, by)
    beside = into.children[to]
    del into.children[at]
    if isinstance(beside, Group) and _depth(root, beside.id) + _height(line) <= DEEPEST:
        beside.children.insert(len(beside.children) if by < 0 else 0, line)
    else:
        into.children.insert(to, line)
    return line.id


def _out(root: Group, into: Group, line: Line, by: int) -> str:
    if (found := _parent(root, into.id)) is None:
        return line.id
    outer, at = found
    into.children.remove(line)
    outer.children.insert(at if by < 0 else at + 1, line)
    if not into.children:
        outer.children.remove(into)
    return line.id


def groups_of(group: Group) -> Iterator[Group]:
    """It, and all groups in it."""
    yield group
    for child in group.children:
        if isinstance(child, Group):
            yield from groups_of(child)


def _lines(root: Group) -> Iterator[Line]:
    yield root
    for group in groups_of(root):
        yield from group.children


def _group(root: Group, group_id: str) -> Group | None:
    return next((each for each in groups_of(root) if each.id == group_id), None)


def _parent(root: Group, line_id: str) -> tuple[Group, int] | None:
    for group in groups_of(root):
        for at, child in enumerate(group.children):
            if child.id == line_id:
                return group, at
    return None


def _depth(root: Group, line_id: str) -> int:
    """How many groups stand around it."""
    found = _parent(root, line_id)
    return 0 if found is None else 1 + _depth(root, found[0].id)


def _height(line: Line) -> int:
    """How many groups it would add below the one that it is put into."""
    if isinstance(line, Row):
        return 0
    return 1 + max((_height(child) for child in line.children), default=0)


def _next(root: Group, kind: str) -> str:
    numbers = [int(each.id[1:]) for each in _lines(root) if each.id[0] == kind]
    return f"{kind}{max(numbers, default=0) + 1}"
