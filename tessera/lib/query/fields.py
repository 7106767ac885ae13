"""The one table of the fields that queries name, their kinds and operators."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from typing import TypeVar

from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from tessera.lib.query.facts import Event, Person, QueryFacts
from tessera.lib.query.fold import fold
from tessera.lib.query.tree import Op

Found = TypeVar("Found")


class Kind(Enum):
    """How the values of a field are read and compared."""

    __hash__ = object.__hash__  # the enum's own runs in Python, at every look-up

    TEXT = auto()
    NUMBER = auto()
    DATE = auto()
    DAY = auto()  # a date without a time, taken as its midnight
    BOOLEAN = auto()
    VALUE = auto()  # what a transaction changed: numbers if both sides are, else text
    PERSON = auto()
    USERNAME = auto()  # a custom field that holds a user
    STATUS = auto()
    QUEUE = auto()
    LINKS = auto()
    CUSTOM = auto()  # as the custom field's type says


_NULL = frozenset((Op.IS_NULL, Op.IS_NOT_NULL))
_SAME = frozenset((Op.EQ, Op.NE))
_LIST = frozenset((Op.IN, Op.NOT_IN))
_ORDER = frozenset((Op.LT, Op.LE, Op.GT, Op.GE))
_PARTS = frozenset(op for op in Op if op.positive in (Op.LIKE, Op.STARTSWITH, Op.ENDSWITH))
FULL_TEXT = frozenset((Op.MATCHES, Op.NOT_MATCHES))

OPERATORS: Mapping[Kind, frozenset[Op]] = {
    Kind.TEXT: _SAME | _LIST | _NULL | _ORDER | _PARTS,
    Kind.NUMBER: _SAME | _LIST | _NULL | _ORDER,
    Kind.DATE: _SAME | _LIST | _NULL | _ORDER,
    Kind.DAY: _SAME | _LIST | _NULL | _ORDER,
    Kind.BOOLEAN: _SAME | _LIST | _NULL,
    Kind.VALUE: _SAME | _LIST | _NULL | _ORDER | _PARTS,
    Kind.PERSON: _SAME | _LIST | _NULL | _PARTS,
    Kind.USERNAME: _SAME | _LIST | _NULL | _PARTS,
    Kind.STATUS: _SAME | _LIST | _NULL | _PARTS,
    Kind.QUEUE: _SAME | _LIST | _NULL | _PARTS,
    Kind.LINKS: _SAME | _NULL,
}

# The kinds of the custom field types; a type that is not here is text.
CUSTOM_KINDS: Mapping[str, Kind] = {
    "Integer": Kind.NUMBER,
    "Decimal": Kind.NUMBER,
    "Date": Kind.DAY,
    "DateTime": Kind.DATE,
    "Boolean": Kind.BOOLEAN,
    "User": Kind.USERNAME,
}

# Kinds whose fields may be compared with each other.
_COMPARABLE: tuple[frozenset[Kind], ...] = (
    frozenset((Kind.DATE, Kind.DAY)),
    frozenset((Kind.NUMBER, Kind.VALUE)),
    frozenset((Kind.TEXT, Kind.VALUE, Kind.STATUS, Kind.QUEUE, Kind.USERNAME)),
    frozenset((Kind.PERSON, Kind.USERNAME)),
    frozenset((Kind.BOOLEAN,)),
)

# The parts of a person, and the attribute that holds each.
PARTS: Mapping[str, str] = {"Name": "username", "EmailAddress": "email"}


@dataclass(frozen=True, slots=True)
class Field:
    """A field of the table: `get` gives its values, of the ticket or (`log`) of one transaction.

    `part` is what a person without a named part is compared by. `full_text` fields know MATCHES.
    `condition` fields exist only where a transaction is being judged; the values of a `history` field are the ticket's,
    read off its log.
    """

    name: str
    kind: Kind
    words: StrOrPromise
    get: Callable[[QueryFacts], tuple[object, ...]] = lambda _facts: ()
    of_event: Callable[[Event], tuple[object, ...]] | None = None
    part: str = ""
    full_text: bool = False
    condition: bool = False
    history: bool = False

    @property
    def log(self) -> bool:
        """Whether it asks for some transaction of the log."""
        return self.of_event is not None

    @property
    def reads_log(self) -> bool:
        """Whether the log has to be read for it."""
        return self.log or self.history

    @property
    def operators(self) -> frozenset[Op]:
        return OPERATORS[self.kind] | (FULL_TEXT if self.full_text else frozenset())


def comparable(left: Kind, right: Kind) -> bool:
    """Whether fields of these kinds may stand on both sides of an operator."""
    return any(left in group and right in group for group in _COMPARABLE)


def _one(value: Found | None) -> tuple[Found, ...]:
    return () if value is None else (value,)


def _watchers(facts: QueryFacts, *roles: str) -> tuple[Person, ...]:
    return tuple(person for role in roles for person in facts.watchers.get(role, ()))


def _links(*directions: str) -> Callable[[QueryFacts], tuple[object, ...]]:
    return lambda facts: tuple(
        sorted({to for direction in directions for to in facts.links.get(direction, ())})
    )


def _of_transaction(
    get: Callable[[Event], tuple[object, ...]],
) -> Callable[[QueryFacts], tuple[object, ...]]:
    return lambda facts: get(facts.transaction) if facts.transaction else ()


def _moment(words: StrOrPromise, name: str, get: Callable[[QueryFacts], datetime | None]) -> Field:
    return Field(name, Kind.DATE, words, lambda facts: _one(get(facts)))


def _person(words: StrOrPromise, name: str, get: Callable[[QueryFacts], Person | None]) -> Field:
    return Field(name, Kind.PERSON, words, lambda facts: _one(get(facts)), part="Name")


def _people(words: StrOrPromise, name: str, *roles: str) -> Field:
    return Field(
        name,
        Kind.PERSON,
        words,
        lambda facts: _watchers(facts, *roles),
        part="EmailAddress",
    )


def _link(words: StrOrPromise, name: str, *directions: str) -> Field:
    return Field(name, Kind.LINKS, words, _links(*directions))


def _in_log(
    words: StrOrPromise, name: str, kind: Kind, get: Callable[[Event], tuple[object, ...]]
) -> Field:
    return Field(name, kind, words, of_event=get, part="Name", full_text=name == "Content")


def _in_condition(
    words: StrOrPromise, name: str, kind: Kind, get: Callable[[Event], tuple[object, ...]]
) -> Field:
    return Field(name, kind, words, _of_transaction(get), part="Name", condition=True)


def _everybody(facts: QueryFacts) -> tuple[object, ...]:
    return (*_watchers(facts, "requestor", "cc", "admin_cc"), *_one(facts.owner))


def _updaters(facts: QueryFacts) -> tuple[object, ...]:
    return tuple(dict.fromkeys(event.creator for event in facts.log() if event.creator))


def _first_answer(facts: QueryFacts) -> tuple[object, ...]:
    """When somebody who is no requestor first replied. `tickets.answers` says the same of the log's rows."""
    own = {fold(person.email) for person in facts.watchers.get("requestor", ())}
    times = [
        event.created_at
        for event in facts.log()
        if event.type == "Correspond" and not event.by_rule and event.created_at
        if event.creator is None or fold(event.creator.email) not in own
    ]
    return (min(times),) if times else ()


_TABLE: tuple[Field, ...] = (
    Field("id", Kind.NUMBER, _("id"), lambda facts: (facts.id,)),
    Field("Subject", Kind.TEXT, _("subject"), lambda facts: (facts.subject,), full_text=True),
    Field("Queue", Kind.QUEUE, _("queue"), lambda facts: ((facts.queue_id, facts.queue_name),)),
    Field("Status", Kind.STATUS, _("status"), lambda facts: ((facts.status_kind, facts.status),)),
    Field("Lifecycle", Kind.TEXT, _("lifecycle"), lambda facts: (facts.lifecycle,)),
    Field("Priority", Kind.NUMBER, _("priority"), lambda facts: (facts.priority,)),
    _moment(_("created"), "Created", lambda facts: facts.created_at),
    _moment(_("started"), "Started", lambda facts: facts.started_at),
    Field("Answered", Kind.DATE, _("answered"), _first_answer, history=True),
    _moment(_("resolved"), "Resolved", lambda facts: facts.resolved_at),
    _moment(_("due"), "Due", lambda facts: facts.due_at),
    _moment(_("last updated"), "LastUpdated", lambda facts: facts.updated_at),
    _person(_("owner"), "Owner", lambda facts: facts.owner),
    _person(_("creator"), "Creator", lambda facts: facts.creator),
    _person(_("last updated by"), "LastUpdatedBy", lambda facts: facts.last_updated_by),
    Field("UpdatedBy", Kind.PERSON, _("updated by"), _updaters, part="Name", history=True),
    _people(_("requestor"), "Requestor", "requestor"),
    _people(_("Cc"), "Cc", "cc"),
    _people(_("AdminCc"), "AdminCc", "admin_cc"),
    Field("Watcher", Kind.PERSON, _("watcher"), _everybody, part="EmailAddress"),
    _in_log(_("updated"), "Updated", Kind.DATE, lambda event: _one(event.created_at)),
    _in_log(_("transaction type"), "TransactionType", Kind.TEXT, lambda event: (event.type,)),
    _in_log(
        _("transaction creator"),
        "TransactionCreator",
        Kind.PERSON,
        lambda event: _one(event.creator),
    ),
    _in_log(_("content"), "Content", Kind.TEXT, lambda event: _one(event.content)),
    _link(_("linked to"), "LinkedTo", "depends_on", "parents", "refers_to"),
    _link(_("linked from"), "LinkedFrom", "depended_on_by", "children", "referred_to_by"),
    _link(_("member of"), "MemberOf", "parents"),
    _link(_("child"), "Child", "children"),
    _link(_("depends on"), "DependsOn", "depends_on"),
    _link(_("depended on by"), "DependedOnBy", "depended_on_by"),
    _link(_("refers to"), "RefersTo", "refers_to"),
    _link(_("referred to by"), "ReferredToBy", "referred_to_by"),
    _in_condition(
        _("transaction type"), "Transaction.Type", Kind.TEXT, lambda event: (event.type,)
    ),
    _in_condition(
        _("transaction field"), "Transaction.Field", Kind.TEXT, lambda event: _one(event.field)
    ),
    _in_condition(_("old value"), "Transaction.OldValue", Kind.VALUE, lambda event: event.old),
    _in_condition(_("new value"), "Transaction.NewValue", Kind.VALUE, lambda event: event.new),
    _in_condition(
        _("transaction creator"),
        "Transaction.Creator",
        Kind.PERSON,
        lambda event: _one(event.creator),
    ),
    _in_condition(
        _("transaction content"),
        "Transaction.Content",
        Kind.TEXT,
        lambda event: _one(event.content),
    ),
    Field(
        "Actor",
        Kind.PERSON,
        _("actor"),
        lambda facts: _one(facts.actor),
        part="Name",
        condition=True,
    ),
)
FIELDS: Mapping[str, Field] = {field.name: field for field in _TABLE}
_ALIASES: Mapping[str, str] = {
    "Requestors": "Requestor",
    "TransactionDate": "Updated",
    "Parent": "MemberOf",
}
BY_SPELLING: Mapping[str, Field] = {
    **{fold(name): field for name, field in FIELDS.items()},
    **{fold(alias): FIELDS[name] for alias, name in _ALIASES.items()},
}
