"""What is asked of a report, and what it answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Literal, TypeAlias, get_args
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from tessera.lib import clock
from tessera.lib.errors import Invalid
from tessera.lib.query.complete import literal
from tessera.lib.query.limits import MAX_TEXT
from tessera.lib.query.parse import parse_query
from tessera.lib.query.tree import And, Node
from tickets import knowing
from tickets.access import Actor
from tickets.models import Ticket
from tickets.search import rows_of
from tickets.search.scope import Scope
from tickets.search.warnings import warnings_of

MOST_DAYS = 366
USUAL_DAYS = 14
Group: TypeAlias = Literal["queue", "owner", "priority"]
GROUPS: tuple[Group, ...] = get_args(Group)


@dataclass(frozen=True, slots=True)
class Days:
    """From one day to another, both included."""

    since: date
    until: date

    @classmethod
    def of(cls, since: date | None, until: date | None, *, today: date) -> "Days":
        """Those days; without an end up to today, without a beginning the usual number. Raises `Invalid`."""
        last = until or today
        first = since or last - timedelta(days=USUAL_DAYS - 1)
        if first > last:
            told = _("the days end before they begin")
            raise Invalid({"since" if until is None else "until": [told]})
        if (last - first).days >= MOST_DAYS:
            raise Invalid({"since": [_("is further than %d days from the end") % MOST_DAYS]})
        return cls(first, last)

    def __len__(self) -> int:
        return (self.until - self.since).days + 1

    def each(self) -> list[date]:
        """The days, the first one first."""
        return [self.since + timedelta(days=count) for count in range(len(self))]

    def within(self, field: str) -> str:
        """The TicketSQL for dates of that field on these days, in the zone of whoever asks."""
        return f"{field} >= '{self.since}' AND {field} < '{self.until + timedelta(days=1)}'"


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Who asks, about which tickets, and as of when. `days` is None where none were named; `by` is what times are
    told for."""

    query: str
    tree: Node | None
    scope: Scope
    days: Days | None
    by: Group = "queue"
    warnings: tuple[str, ...] = field(default=())

    @classmethod
    def of(
        cls, query: str, actor: Actor, *, days: Days | None = None, by: Group = "queue"
    ) -> "Asked":
        """The query read for the actor; a blank one means all tickets. A statement where it names people.

        Raises `QueryInvalid`.
        """
        # Whole seconds, which the queries behind the numbers can name.
        now = clock.now().replace(microsecond=0)
        tree = parse_query(query, knowing.vocabulary(actor)) if query.strip() else None
        scope = Scope.of(actor, tree or And(()), now=now)
        told = warnings_of(tree, scope) if tree else ()
        return cls(query=query.strip(), tree=tree, scope=scope, days=days, by=by, warnings=told)

    @property
    def now(self) -> datetime:
        return self.scope.now

    @property
    def span(self) -> Days:
        """The days that are asked for, or the usual ones."""
        return self.days or Days.of(None, None, today=today(self.scope.actor))

    def over(self, days: Days | None) -> "Asked":
        """The same over other days."""
        return replace(self, days=days)

    def rows(self, *more: str) -> QuerySet[Ticket]:
        """The tickets of the query that all of these conditions (TicketSQL that names no people) hold for as well."""
        known = self.scope.config.vocabulary
        parts = [*([self.tree] if self.tree else []), *(parse_query(text, known) for text in more)]
        return rows_of(And(tuple(parts)), self.scope)

    def behind(self, *more: str) -> str:
        """The TicketSQL of the same tickets; empty where it would be longer than a query may be."""
        own = [f"({self.query})"] if self.query else []
        text = " AND ".join([*own, *more])
        return text if len(text) <= MAX_TEXT else ""


def today(actor: Actor) -> date:
    """The day that it is where the actor lives."""
    return clock.now().astimezone(zone_of(actor)).date()


def zone_of(actor: Actor) -> ZoneInfo:
    """His time zone, in which his days begin and end."""
    return ZoneInfo(actor.person.time_zone)


def quoted(text: str) -> str:
    """A value in TicketSQL, in quotes whatever it is: a bare word might be a field's name."""
    found = literal(text)
    return found if found.startswith("'") else f"'{found}'"


@dataclass(frozen=True, slots=True)
class Column:
    """A number that each row has. `seconds`: it is a length of time."""

    name: str
    header: str | Promise
    seconds: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What a line speaks of, and its numbers by the names of their columns: None where there was nothing to measure.

    `key` is the day in ISO form, the id of a queue or user, the lowest priority of a group; None is nobody, and all of
    them. `queries` are the TicketSQL of the tickets behind a number.
    """

    key: str | int | None
    name: str
    values: Mapping[str, int | None]
    queries: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What was counted: `head` is what the rows are, `total` all of them together; `days` over which days, if any."""

    head: str
    columns: Sequence[Column]
    rows: Sequence[Row]
    total: Row
    days: Days | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A report with what it says of itself."""

    name: str
    title: str
    defined: str
    counted: Counted
