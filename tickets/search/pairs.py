"""Terms that compare two fields: that some value of the one and some value of the other stand in the relation."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Case, F, OuterRef, Q, Subquery, Value, When
from django.db.models.fields.json import KeyTransform
from django.db.models.functions import Coalesce, Lower

from tessera.accounts.models import User
from tessera.lib.query.fields import FIELDS, OPERATORS, Kind, comparable
from tessera.lib.query.fold import fold
from tessera.lib.query.tree import FieldRef, Op, Term
from tessera.lib.query.vocabulary import part_of
from tickets.models import Transaction, Watcher
from tickets.search.answered import first_answer
from tickets.search.custom import kind_of
from tickets.search.entries import all_types, content, visible
from tickets.search.functions import Array, Elements, Joined, Related
from tickets.search.people import roles_of
from tickets.search.plain import any_of
from tickets.search.scope import Scope

_DATES = (Kind.DATE, Kind.DAY)
_COLUMNS = {
    "id": "pk",
    "Subject": "search_subject",
    "Priority": "priority",
    "Created": "created_at",
    "Started": "started_at",
    "Resolved": "resolved_at",
    "Due": "due_at",
    "LastUpdated": "updated_at",
}
_PEOPLE = {"Owner": "owner", "Creator": "creator", "LastUpdatedBy": "updated_by"}
_PARTS = {"Name": "folded_username", "EmailAddress": "folded_email"}


@dataclass(frozen=True, slots=True)
class _Values:
    """A field's values of one kind: an expression for the one, or (`several`) for an array of them."""

    kind: Kind
    expression: Any
    several: bool = False

    def as_array(self) -> Any:
        return self.expression if self.several else Array(self.expression)


def agreement(term: Term, scope: Scope, *, of_log: bool = False) -> Q:
    """The positive operator between two fields; `of_log` on a row of `Transaction`, else on a ticket's."""
    assert isinstance(term.value, FieldRef)  # noqa: S101  # its callers asked
    op = term.op.positive
    at = "ticket__" if of_log else ""
    mine = _of_event(term.field) if of_log else _of_ticket(term.field, scope, at)
    theirs = list(_of_ticket(term.value, scope, at))
    return any_of(
        Q(_related(op, left, right))
        for left in mine
        if op in OPERATORS[left.kind]
        for right in theirs
        if comparable(left.kind, right.kind)
    )


def _related(op: Op, left: _Values, right: _Values) -> Related:
    text = left.kind not in (*_DATES, Kind.NUMBER, Kind.BOOLEAN)
    if not left.several and not right.several:
        return Related(op, left.expression, right.expression, several=False, text=text)
    return Related(op, left.as_array(), right.as_array(), several=True, text=text)


def _of_event(ref: FieldRef) -> Iterator[_Values]:
    """A log field's value, of the row of `Transaction`."""
    match ref.name:
        case "Updated":
            yield _Values(Kind.DATE, F("created_at"))
        case "TransactionType":
            yield _Values(Kind.TEXT, Lower("type"))
        case "TransactionCreator":
            yield _Values(Kind.PERSON, F(f"creator__{_PARTS[part_of(ref)]}"))
        case _:
            yield _Values(Kind.TEXT, content())


def _of_ticket(ref: FieldRef, scope: Scope, at: str) -> Iterator[_Values]:
    """A ticket's field, by kind: several where a name belongs to several custom fields."""
    if ref.custom:
        for key, type_ in ref.custom:
            yield _of_custom(key, kind_of(type_), scope, at)
        return
    kind, name = FIELDS[ref.name].kind, ref.name
    if column := _COLUMNS.get(name):
        yield _Values(kind, F(f"{at}{column}"))
    elif name == "Answered":
        yield _Values(kind, first_answer(f"{at}pk"))
    elif person := _PEOPLE.get(name):
        yield _Values(kind, F(f"{at}{person}__{_PARTS[part_of(ref)]}"))
    elif kind is Kind.PERSON:
        yield _Values(kind, _people(name, part_of(ref), scope, at), several=True)
    elif kind is Kind.STATUS:
        named = {status: fold(status) for status in scope.statuses}
        yield _Values(kind, _mapped(f"{at}status", named))
    elif kind is Kind.QUEUE:
        queues = {queue.id: fold(queue.name) for queue in scope.config.queues.values()}
        yield _Values(kind, _mapped(f"{at}queue_id", queues))
    elif name == "Lifecycle":
        versions = {number: fold(version.name) for number, version in scope.versions.items()}
        yield _Values(kind, _mapped(f"{at}lifecycle_version_id", versions))


def _mapped(column: str, known: dict[Any, str]) -> Case:
    """What stands for each of the column's few values."""
    return Case(*(When(**{column: key}, then=Value(text)) for key, text in known.items()))


# Where clocks go back from one to midnight, as on the Azores, a day has two: the first counts, as in `dates.midnight`.
_MIDNIGHT = """(
    SELECT LEAST(day AT TIME ZONE zone, (day - interval '1 hour') AT TIME ZONE zone + interval '1 hour')
    FROM (SELECT %s::date::timestamp, %s::text) AS asked (day, zone)
)"""


def _of_custom(key: str, kind: Kind, scope: Scope, at: str) -> _Values:
    array = KeyTransform(key, f"{at}search_fields")
    match kind:
        case Kind.NUMBER:
            found = Elements(array, "%s::numeric")
        case Kind.BOOLEAN:
            found = Elements(array, "%s::boolean")
        case Kind.DATE:
            found = Elements(array, "%s::timestamptz")
        case Kind.DAY:
            found = Elements(array, _MIDNIGHT, str(scope.zone))
        case _:
            found = Elements(array, "%s")
    return _Values(kind, found, several=True)


def _people(name: str, part: str, scope: Scope, at: str) -> Any:
    ticket = OuterRef(f"{at}pk")
    if name == "UpdatedBy":
        rows = Transaction.objects.order_by().filter(visible(scope, all_types()), ticket_id=ticket)
        return ArraySubquery(rows.values_list(f"creator__{_PARTS[part]}"))
    watchers = Watcher.objects.order_by().filter(ticket_id=ticket, role__in=roles_of(name))
    if part == "EmailAddress":
        found: Any = ArraySubquery(watchers.values_list("address"))
    else:
        users = User.objects.filter(folded_email=OuterRef("address")).order_by()
        username = Coalesce(Subquery(users.values("folded_username")[:1]), Value(""))
        found = ArraySubquery(watchers.values_list(username))
    return Joined(found, Array(F(f"{at}owner__{_PARTS[part]}"))) if name == "Watcher" else found
