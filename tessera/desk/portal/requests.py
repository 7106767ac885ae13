"""Somebody's own tickets as the portal lists them: the open ones first, then the closed."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.formats import number_format

from tessera.desk.portal.standing import Standing, spoke_last, standing
from tessera.lib.api import pagination
from tessera.lib.api.pagination import Cursor, Page, Searching
from tessera.lib.errors import Invalid
from tessera.lib.values import BadValue
from tickets.access import Actor
from tickets.customers import asked_by
from tickets.models import Ticket
from tickets.orders import DEFAULT, PLAIN
from tickets.people import People
from tickets.search import search
from tickets.state import TicketState, states_of

OPEN, CLOSED = "open", "closed"
SHOWS = (OPEN, CLOSED)
_STATUSES = {OPEN: "Status = '__Active__'", CLOSED: "Status = '__Inactive__'"}
LONGEST_WORDS = 200


@dataclass(frozen=True, slots=True)
class Line:
    """One ticket of the list."""

    state: TicketState
    standing: Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A page of the open or of the closed ones. `newer` and `older` are the addresses of its neighbours."""

    lines: tuple[Line, ...]
    count: int
    capped: bool
    newer: str | None
    older: str | None

    @property
    def total(self) -> str:
        """`12`; `10,000+` where they are more than are counted."""
        number = number_format(self.count, use_l10n=True, force_grouping=True)
        return f"{number}+" if self.capped else number


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is listed: `given` are the address's parameters, of which links keep the words; `cursor` is of a page."""

    path: str
    given: QueryDict
    words: str
    cursor: str = ""

    def at(self, show: str) -> str:
        """The first page of that part."""
        query = self.given.copy()
        query.pop("cursor", None)
        query["show"] = show
        return f"{self.path}?{query.urlencode()}"


def part(actor: Actor, show: str, wanted: Wanted, *, size: int) -> Part:
    """A page of those. Six statements at most. Raises `QueryInvalid`, `QueryTooSlow`."""
    rows = _rows(actor, show, wanted.words)
    page, searching = _page(show, wanted, size), Searching(Ticket.objects.all())
    body = pagination.body(rows, page, lambda found: lines(found, actor), searching=searching)
    return Part(
        lines=tuple(body["results"]),
        count=body["count"],
        capped=body["count_capped"],
        newer=body["previous"],
        older=body["next"],
    )


def latest_open(actor: Actor, *, size: int) -> tuple[Line, ...]:
    """The first of the open ones, uncounted: four statements."""
    return lines(_rows(actor, OPEN, "").order_by("-updated_at", "id")[:size], actor)


def lines(rows: Sequence[Ticket] | QuerySet[Ticket], actor: Actor) -> tuple[Line, ...]:
    """Three statements for all of them, none for none."""
    states = list(states_of(rows))
    if not states:
        return ()
    last = spoke_last(states, People())
    return tuple(Line(each, standing(each, actor.config, last.get(each.id))) for each in states)


def _rows(actor: Actor, show: str, words: str) -> QuerySet[Ticket]:
    query = _STATUSES[show]
    if words:
        escaped = words.replace("\\", "\\\\").replace("'", "\\'")
        query += f" AND Content MATCHES '{escaped}'"
    return search(query, actor).rows.filter(asked_by(actor))


def _page(show: str, wanted: Wanted, size: int) -> Page:
    """A cursor that can't be read, or is of the other part, begins at the top."""
    given = wanted.given.copy()
    given["show"] = show
    terms = PLAIN.parse(DEFAULT)

    def at(cursor: Cursor | None) -> Page:
        return pagination.asked(
            terms,
            size=size,
            cursor=cursor,
            exact=False,
            path=f"{wanted.path}?{show}",
            link=lambda text: pagination.linked(wanted.path, given, text),
        )

    try:
        return at(Cursor.read(wanted.cursor) if wanted.cursor else None)
    except (BadValue, Invalid):
        return at(None)
