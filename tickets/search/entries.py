"""The log's rows as searches read them: those that the caller may see, and their texts."""

from collections.abc import Collection
from functools import cache

from django.db.models import BigIntegerField, Case, OuterRef, Q, Subquery, When
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Coalesce, Lower
from django.db.models.lookups import In

from tickets.access import INTERNAL, on_ticket_of_row
from tickets.changes import CHANGES
from tickets.models import Message
from tickets.outcome import RECORDS, WITH_TEXT
from tickets.search.scope import Scope

# A text as queries compare it: where it is plain ASCII the database folds it as Python does.
FOLDED = Coalesce("search_content", Lower("content"))


def visible(scope: Scope, asked: Collection[str]) -> Q:
    """What the caller may see of the logs of tickets that he may see, of a row of `Transaction` of one of the types
    that are asked for."""
    condition = Q()
    for right, types in INTERNAL.items():
        hidden = types.intersection(asked)
        where = on_ticket_of_row(scope.actor, right) if hidden else None
        if where is not None:
            condition &= ~Q(type__in=hidden) | where
    return condition


# Of a row of `Transaction`: the record of a mail has a `message_id` too, which is the mail's own.
HAS_TEXT = Q(type__in=sorted(WITH_TEXT), data__has_key="message_id")


def message_id() -> Case:
    """The message of the row of `Transaction` around, null where it has none."""
    number = Cast(KeyTextTransform("message_id", OuterRef("data")), BigIntegerField())
    return Case(When(In(OuterRef("type"), sorted(WITH_TEXT)), then=number))


def content() -> Subquery:
    """The folded text of a row of `Transaction`, null where it has none."""
    return Subquery(Message.objects.filter(pk=message_id()).values_list(FOLDED)[:1])


@cache
def all_types() -> tuple[str, ...]:
    """Every type that a transaction may have."""
    of_changes = {name for change in CHANGES.values() for name, _field in change.recorded}
    return tuple(sorted({"Create", *RECORDS, *of_changes}))
