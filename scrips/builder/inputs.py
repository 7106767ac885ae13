"""What a row of a query offers: the fields there are, their operators in words, and the input for their values."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_stubs_ext import StrOrPromise

from customfields.types import TYPES as FIELD_TYPES
from scrips.builder.controls import Choices
from scrips.builder.known import Known
from scrips.builder.rows import LISTS, NULLS, Row
from scrips.builder.words import word
from scrips.conditions.base import TYPES
from tessera.lib.query.check import operators_of
from tessera.lib.query.fields import FIELDS, Kind
from tessera.lib.query.tree import FieldRef, Op
from tessera.lib.query.vocabulary import kinds_of, part_of
from tickets import knowing

_SAID: Mapping[Op, StrOrPromise] = {
    Op.EQ: gettext_lazy("is"),
    Op.NE: gettext_lazy("is not"),
    Op.LT: gettext_lazy("is less than"),
    Op.LE: gettext_lazy("is at most"),
    Op.GT: gettext_lazy("is more than"),
    Op.GE: gettext_lazy("is at least"),
    Op.LIKE: gettext_lazy("contains"),
    Op.NOT_LIKE: gettext_lazy("does not contain"),
    Op.STARTSWITH: gettext_lazy("starts with"),
    Op.NOT_STARTSWITH: gettext_lazy("does not start with"),
    Op.ENDSWITH: gettext_lazy("ends with"),
    Op.NOT_ENDSWITH: gettext_lazy("does not end with"),
    Op.IN: gettext_lazy("is one of"),
    Op.NOT_IN: gettext_lazy("is none of"),
    Op.IS_NULL: gettext_lazy("is empty"),
    Op.IS_NOT_NULL: gettext_lazy("is not empty"),
}
_SAID_OF_DATES: Mapping[Op, StrOrPromise] = {
    Op.LT: gettext_lazy("is before"),
    Op.LE: gettext_lazy("is not after"),
    Op.GT: gettext_lazy("is after"),
    Op.GE: gettext_lazy("is not before"),
}
_DATES = frozenset((Kind.DATE, Kind.DAY))
_PEOPLE = frozenset((Kind.PERSON, Kind.USERNAME))
_SAME = (Op.EQ, Op.IN)
MOMENTS = (
    *("now", "today", "yesterday", "tomorrow", "monday"),
    *("1 hour ago", "3 days ago", "1 week ago", "2 days"),
)
_STATUS_KINDS: Sequence[tuple[str, StrOrPromise]] = (
    ("__Active__", gettext_lazy("any that is not inactive")),
    ("__Inactive__", gettext_lazy("any inactive one")),
    ("__Initial__", gettext_lazy("any initial one")),
)


@dataclass(frozen=True, slots=True)
class Input:
    """How a row's values are given. `widget` is one of none, choice, ticks, text, lines and person."""

    widget: str
    choices: Choices = ()
    offers: Sequence[str] = ()
    numeric: bool = False
    # What people are known by: `user` (their names) or `address`.
    people: str = ""
    hint: str = ""


def fields(known: Known, held: str) -> list[tuple[str, Choices]]:
    """All fields in groups, those of custom fields by their names; one that a row names otherwise stands last."""
    found = {label: list(choices) for label, choices in _groups(known)}
    spelled = {key for choices in found.values() for key, _label in choices}
    if held and held not in spelled:
        found[_("Named by this rule")] = [(held, held)]
    return [(label, choices) for label, choices in found.items() if choices]


def _groups(known: Known) -> Iterator[tuple[str, Choices]]:
    custom = [(f"CF.{key}", label) for key, label in known.fields]
    vocabulary = known.config.condition_vocabulary
    table = [each for each in FIELDS.values() if vocabulary.find(each.name)]
    plain = [each for each in table if not each.log and not each.condition]
    people = [each for each in plain if each.kind is Kind.PERSON]
    links = [each for each in plain if each.kind is Kind.LINKS]
    rest = [each for each in plain if each.kind not in (Kind.PERSON, Kind.LINKS)]
    for label, fields_ in (
        (_("Ticket"), rest),
        (_("This change"), [each for each in table if each.condition]),
        (_("People"), people),
    ):
        yield label, [(each.name, str(capfirst(str(each.words)))) for each in fields_]
    yield _("Custom fields"), custom
    for label, fields_ in (
        (_("Some change of the past"), [each for each in table if each.log]),
        (_("Links"), links),
    ):
        yield label, [(each.name, str(capfirst(str(each.words)))) for each in fields_]


def operators(ref: FieldRef) -> Choices:
    """Those that suit the field, in words."""
    dates = kinds_of(ref) <= _DATES
    said = {**_SAID, **_SAID_OF_DATES} if dates else _SAID
    return [(op.value, str(said[op])) for op in operators_of(ref) if op in said]


def input_of(row: Row, ref: FieldRef | None, known: Known) -> Input:
    """The input for the row's values, by the kind of its field and its operator."""
    if ref is None or row.op in NULLS:
        return Input("none")
    several, kinds = row.op in LISTS, kinds_of(ref)
    choices = _choices(ref, kinds, known) if Op(row.op).positive in _SAME else ()
    if choices:
        names = {key for key, _label in choices}
        held = [(each, each) for each in row.values if each not in names]
        return Input("ticks" if several else "choice", [*choices, *held])
    if several:
        return Input("lines", hint=_("One value a line"))
    if kinds <= _PEOPLE:
        by_name = kinds == {Kind.USERNAME} or part_of(ref) == "Name"
        hint = _("A username, or Nobody") if by_name else _("An e-mail address")
        return Input("person", people="user" if by_name else "address", hint=hint)
    if kinds <= _DATES:
        return Input("text", offers=MOMENTS, hint=_("2026-01-31, today, 3 days ago"))
    return Input("text", numeric=kinds <= {Kind.NUMBER, Kind.LINKS})


def _choices(ref: FieldRef, kinds: frozenset[Kind], known: Known) -> Choices:
    """What values there are, where they can be told."""
    if ref.custom:
        return _of_custom(ref, kinds, known)
    if kinds == {Kind.STATUS}:
        return [*known.statuses, *((key, str(label)) for key, label in _STATUS_KINDS)]
    if kinds == {Kind.QUEUE}:
        return [(queue.name, queue.name) for queue in known.queues]
    if ref.name == "Lifecycle":
        return [(each.name, each.name) for each in knowing.lifecycles(known.reader)]
    if ref.name in ("Transaction.Type", "TransactionType"):
        return [(each, str(capfirst(word(each)))) for each in TYPES]
    return ()


def _of_custom(ref: FieldRef, kinds: frozenset[Kind], known: Known) -> Choices:
    if kinds == {Kind.BOOLEAN}:
        return [("true", _("yes")), ("false", _("no"))]
    specs = [spec for key, _type in ref.custom if (spec := known.config.field(key))]
    if not specs or not all(FIELD_TYPES[spec.field_type].has_choices for spec in specs):
        return ()
    return [(each, each) for each in dict.fromkeys(v for spec in specs for v in spec.values)]
