"""How many tickets a custom field touches: asked before it is hidden, and before its choices change."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from customfields.models import CustomField
from customfields.spec import LONGEST_INDEXED
from tessera.lib.query.fold import fold
from tickets.models import Ticket
from tickets.search.custom import having

CAP = 10_000


@dataclass(frozen=True, slots=True)
class Usage:
    """`tickets` have a value of the field, `choices` says of each choice how many have it. No count goes beyond
    `CAP`; `capped` says that one would have."""

    tickets: int
    choices: Mapping[str, int]
    capped: bool


# By containment, as queries ask: the index of `search_fields` finds the tickets of each choice.
_CHOICES = """
    SELECT wanted.place, (
        SELECT count(*) FROM (
            SELECT FROM tickets_ticket
            WHERE search_fields @> jsonb_build_object(%s::text, jsonb_build_array(wanted.value)) LIMIT %s
        ) AS found
    ) FROM unnest(%s::text[]) WITH ORDINALITY AS wanted (value, place)
"""
_UNFIT = """
    SELECT EXISTS (
        SELECT FROM tickets_ticket
        WHERE jsonb_exists(custom_fields, %(key)s) AND (
            jsonb_array_length(custom_fields -> %(key)s) > 1
            OR length(custom_fields -> %(key)s ->> 0) > %(longest)s
        )
    )
"""


def usage(field: CustomField) -> Usage:
    """The counts now, of all tickets whoever sees them. Two statements at most, and a plan."""
    tickets = of_field(field)
    found = of_choices(field, field.values)
    return Usage(
        tickets=min(tickets, CAP),
        choices={value: min(count, CAP) for value, count in found.items()},
        capped=max([tickets, *found.values()]) > CAP,
    )


def of_field(field: CustomField) -> int:
    """How many tickets have a value of the field, up to one more than `CAP`. A statement, and its plan."""
    return Ticket.objects.filter(having(field.key)).order_by()[: CAP + 1].count()


def of_choices(field: CustomField, values: Sequence[str]) -> Mapping[str, int]:
    """How many tickets have each of these values, up to one more than `CAP`. One statement, none for none."""
    if not values:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_CHOICES, [field.key, CAP + 1, [fold(value) for value in values]])
        counts = dict(cursor.fetchall())
    return {value: counts[place] for place, value in enumerate(values, 1)}


def unfit_for_index(key: str) -> bool:
    """Whether some ticket has several values of the field, or one that no index takes. One statement, which may read
    all tickets."""
    with connection.cursor() as cursor:
        cursor.execute(_UNFIT, {"key": key, "longest": LONGEST_INDEXED})
        (found,) = cursor.fetchone()
    return bool(found)


def told(count: int) -> str:
    """A count for a person."""
    if count > CAP:
        return _("more than %(count)d tickets") % {"count": CAP}
    return ngettext("%(count)d ticket", "%(count)d tickets", count) % {"count": count}
