"""A search as chips: each condition of a query that is nothing but conditions joined by AND, to be changed by hand.

What a chip says is TicketSQL, read from the query's tree and written back to it; a query that says more stands alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.http import QueryDict
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from scrips.builder import inputs, rows
from scrips.builder.controls import Choices
from scrips.builder.inputs import Input
from scrips.builder.known import Known
from scrips.builder.rows import ALL, LISTS, NULLS, ROOT, Group, Row, Unsayable
from tessera.lib.errors import QueryInvalid
from tessera.lib.query.check import operators_of
from tessera.lib.query.limits import MAX_LIST
from tessera.lib.query.parse import parse_query
from tessera.lib.query.spell import in_words, to_text
from tessera.lib.query.tree import And, FieldRef, Node, Op, terms
from tessera.lib.query.vocabulary import table_field
from tickets import knowing
from tickets.access import Actor

# Those that are a click away; every other field is chosen by its name.
_AT_HAND = ("Queue", "Status", "Owner", "Priority", "Requestor", "LastUpdated", "Due")
# What one asks first of a field, where that is not whether it is something.
_FIRST: Mapping[str, Op] = {
    "Priority": Op.GE,
    "Subject": Op.LIKE,
    **dict.fromkeys(
        ("LastUpdated", "Created", "Updated", "Started", "Answered", "Resolved"), Op.GT
    ),
    "Due": Op.LT,
}
_SEVERAL: Mapping[str, Op] = {Op.EQ: Op.IN, Op.NE: Op.NOT_IN}
_ONE: Mapping[str, Op] = {Op.IN: Op.EQ, Op.NOT_IN: Op.NE}
Kept = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chip:
    """One condition: the `at`th of the query, or a new one of a field, whose `at` is the field. `said` is it in words,
    `off` the address of the list without it; `fault` is why what was sent is no condition. `open` shows its form."""

    at: str
    label: str
    op: str
    operators: Choices
    input: Input
    values: Sequence[str] = ()
    said: str = ""
    off: str = ""
    fault: str = ""
    open: bool = False

    @property
    def value(self) -> str:
        """What stands in its box, one value a line."""
        return "\n".join(self.values)

    @property
    def part(self) -> str:
        """By what of a person it is compared, empty where its value is nobody."""
        return {"user": "Name", "address": "EmailAddress"}.get(self.input.people, "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Chips:
    """Those of a query, those that can be added, and all fields in groups. `why` says why there are none."""

    chips: Sequence[Chip] = ()
    blank: Sequence[Chip] = ()
    fields: Sequence[tuple[str, Choices]] = ()
    why: str = ""

    @property
    def moments(self) -> Sequence[str]:
        """Dates as one writes them."""
        return inputs.MOMENTS


@dataclass(frozen=True, slots=True)
class Sent:
    """What the form of a chip sends: which chip, its operator and its values. Without an operator it is only opened."""

    at: str = ""
    op: str = ""
    values: tuple[str, ...] = ()

    @classmethod
    def read(cls, given: QueryDict) -> "Sent":
        """Of a request's parameters."""
        lines = [line.strip() for raw in given.getlist("value") for line in raw.splitlines()]
        values = tuple(dict.fromkeys(line for line in lines if line))[: MAX_LIST + 1]
        return cls(given.get("chip", "")[:300], given.get("op", "")[:20], values)

    def row(self, field: str) -> Row:
        """The condition on that field, as it was sent: of one value in a list only that."""
        op = _ONE.get(self.op, self.op) if len(self.values) == 1 else self.op
        return Row("r0", field, op, [] if op in NULLS else list(self.values))


def chips(query: str, actor: Actor, sent: Sent, *, kept: Kept) -> Chips:
    """The query's, one of them open as it was sent. `kept` are the other parameters of the list's address."""
    making = _Making(Known(actor.config, actor), sent, kept)
    try:
        tree, held = _read(query, actor)
    except QueryInvalid:
        return Chips(why=_("Chips come back when the query can be read."))
    except Unsayable as fault:
        told = _("No chips: they show conditions that AND joins, and of this query %(why)s.")
        return Chips(why=told % {"why": fault})
    said = [in_words(term) for term in terms(tree)] if tree else []
    return Chips(
        chips=[making.held(held, at, said[at]) for at in range(len(held))],
        blank=[making.blank(name) for name in _offered(held, sent, actor)],
        fields=_fields(making.known),
    )


def changed(query: str, actor: Actor, sent: Sent) -> str | None:
    """The query with that condition instead of the one that it had, or besides; None where what was sent is no
    condition, or the query stands alone."""
    try:
        _tree, held = _read(query, actor)
    except (QueryInvalid, Unsayable):
        return None
    at = _place(sent, held)
    row = sent.row(sent.at if at is None else held[at].field)
    wanted = [*held, row] if at is None else [*held[:at], row, *held[at + 1 :]]
    return _text(wanted, actor)


def _read(query: str, actor: Actor) -> tuple[Node | None, list[Row]]:
    """The query's tree, and its conditions. Raises `QueryInvalid`, and `Unsayable` where it is more than these."""
    if not query.strip():
        return None, []
    tree = parse_query(query, knowing.vocabulary(actor))
    root = rows.of_tree(tree, actor.config.vocabulary)
    held = [each for each in root.children if isinstance(each, Row)]
    if root.join != ALL or len(held) != len(root.children):
        raise Unsayable(_("some are joined by OR or NOT, or stand in brackets"))
    return tree, held


def _text(held: list[Row], actor: Actor) -> str | None:
    """The conditions as a query; None where one of them is none, and has its faults then."""
    if not held:
        return ""
    node = rows.to_tree(Group(ROOT, ALL, [*held]), actor.config.vocabulary, in_memory=False)
    if isinstance(node, And) and len(node.children) == 1:
        (node,) = node.children
    return None if node is None else to_text(node)


def _place(sent: Sent, held: Sequence[Row]) -> int | None:
    if not sent.at.isascii() or not sent.at.isdecimal() or len(sent.at) > 4:
        return None
    return int(sent.at) if int(sent.at) < len(held) else None


def _offered(held: Sequence[Row], sent: Sent, actor: Actor) -> list[str]:
    """The fields at hand that the query does not speak of, and the one that is asked for."""
    used = {row.field for row in held}
    names = [name for name in _AT_HAND if name not in used]
    asked = (
        actor.config.vocabulary.find(sent.at) if sent.at and _place(sent, held) is None else None
    )
    return [*names, asked.spelled] if asked and asked.spelled not in names else names


def _fields(known: Known) -> list[tuple[str, Choices]]:
    """All that a search may name, in groups."""
    find = known.config.vocabulary.find
    found = [
        (label, [(key, name) for key, name in choices if find(key)])
        for label, choices in inputs.fields(known, "")
    ]
    return [(label, choices) for label, choices in found if choices]


@dataclass(frozen=True, slots=True)
class _Making:
    known: Known
    sent: Sent
    kept: Kept

    def held(self, held: list[Row], at: int, said: str) -> Chip:
        """The chip of a condition that the query has."""
        here = self.sent.at == str(at)
        row = self.sent.row(held[at].field) if here and self.sent.op else held[at]
        rest = _text([*held[:at], *held[at + 1 :]], self.known.reader) or ""
        off = f"{reverse('search')}?{urlencode([('q', rest), *self.kept])}"
        return self._chip(row, str(at), open_=here, said=capfirst(said), off=off)

    def blank(self, name: str) -> Chip:
        """The chip of a condition to come."""
        here = self.sent.at == name
        row = (
            self.sent.row(name)
            if here and self.sent.op
            else Row("r0", name, _FIRST.get(name, Op.EQ))
        )
        return self._chip(row, name, open_=here)

    def _chip(self, row: Row, at: str, *, open_: bool, said: str = "", off: str = "") -> Chip:
        ref = self.known.config.vocabulary.field(row.field)
        sent = open_ and bool(self.sent.op)
        if sent:
            _text([row], self.known.reader)
        op, operators, input_ = _asked(row, ref, self.known)
        return Chip(
            at=at,
            label=self._label(ref),
            op=op,
            operators=operators,
            input=input_,
            values=row.values,
            said=said,
            off=off,
            fault=" ".join(row.faults.values()),
            open=open_,
        )

    def _label(self, ref: FieldRef) -> str:
        field = table_field(ref)
        if field is not None:
            return f"{capfirst(str(field.words))}{'.' if ref.part else ''}{ref.part}"
        specs = [self.known.config.field(key) for key, _type in ref.custom]
        return next((spec.name or spec.key for spec in specs if spec), ref.spelled)


def _asked(row: Row, ref: FieldRef, known: Known) -> tuple[str, Choices, Input]:
    """The operator and those to choose from, and the input for values that suits all of these: boxes to tick where the
    values are known, a value a line for other lists, else one value."""
    all_ = dict(inputs.operators(ref))
    lists = Op.IN in operators_of(ref)
    ticks = inputs.input_of(_with(row, Op.IN), ref, known)
    if lists and ticks.widget == "ticks" and (row.op in (*NULLS, *LISTS) or row.op in _SEVERAL):
        return _SEVERAL.get(row.op, row.op), _some(all_, (*LISTS, *NULLS)), ticks
    if row.op in LISTS:
        return row.op, _some(all_, LISTS), inputs.input_of(row, ref, known)
    operators = [(key, said) for key, said in all_.items() if key not in LISTS]
    if row.op and row.op not in all_:
        operators.append((row.op, row.op))
    valued = row.op if row.op not in NULLS and row.op in all_ else Op.EQ
    return row.op, operators, inputs.input_of(_with(row, valued), ref, known)


def _with(row: Row, op: str) -> Row:
    return Row(row.id, row.field, op, row.values)


def _some(said: Mapping[str, str], wanted: Sequence[Op]) -> Choices:
    return [(op.value, said[op.value]) for op in wanted if op.value in said]
