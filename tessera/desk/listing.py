"""Tickets as a list shows them: a page of what a query finds, in columns that can order it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from django.http import QueryDict
from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from tessera.desk import rows, signs
from tessera.lib.api import pagination
from tessera.lib.api.order import Term
from tessera.lib.api.pagination import Cursor, Page, Searching
from tessera.lib.errors import Invalid
from tessera.lib.query.fold import fold
from tessera.lib.query.spell import in_words
from tessera.lib.values import BadValue
from tickets import columns, reading, seen
from tickets.access import Actor, sees_queue
from tickets.columns import CUSTOM, Column, Names
from tickets.config import Config
from tickets.models import Ticket
from tickets.orders import orders_of, with_columns
from tickets.people import People
from tickets.reading import with_marks
from tickets.search import search
from tickets.state import TicketState, states_of

PAGE = 50
COLUMNS = (
    *("key", "subject", "status", "owner", "priority"),
    *("due_at", "created_at", "updated_at"),
)
# What is more than fits beside the subject is laid out by its contents, and scrolls.
_MANY = 9
# A list calls them by what they tell at a glance.
_HEADERS: Mapping[str, str | Promise] = {
    "created_at": gettext_lazy("Age"),
    "updated_at": gettext_lazy("Activity"),
}
_ORDERS: Mapping[str, str] = {"key": "id", "owner": "owner_id"}
# Where the first click on a head asks for the large and the late first.
_DOWN_FIRST = frozenset({"id", "priority", "created_at", "updated_at", "resolved_at"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a list is to show. `path` and `given` are its address, of which its links keep everything else.
    `unread`: only what the reader has not read."""

    path: str
    given: QueryDict
    query: str
    order: str
    columns: tuple[str, ...] = COLUMNS
    cursor: str | None = None
    unread: bool = False

    @property
    def here(self) -> str:
        """This page of the list."""
        return f"{self.path}?{self.given.urlencode()}" if self.given else self.path

    def at(self, **changed: str | None) -> str:
        """The list's first page with other parameters; None takes one away."""
        query = self.given.copy()
        query.pop("cursor", None)
        for name, value in changed.items():
            query.pop(name, None)
            if value is not None:
                query[name] = value
        return f"{self.path}?{query.urlencode()}" if query else self.path


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """A column's head. `link` orders by it, where an index serves that; `sorted` says which way it does."""

    name: str
    title: str
    link: str = ""
    sorted: str = ""

    @property
    def look(self) -> str:
        """What the style sheet calls the column."""
        return rows.look(self.name)

    @property
    def css(self) -> str:
        """The class of its cells."""
        return rows.css(self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A page. `rows` are its tickets as markup; `newer` and `older` the addresses of its neighbours; `said` is the
    query in words, empty where it asks for all."""

    heads: tuple[Head, ...]
    rows: tuple[SafeString, ...]
    count: int
    capped: bool
    newer: str | None
    older: str | None
    said: str
    warnings: tuple[str, ...]
    faults: tuple[str, ...]

    @property
    def total(self) -> str:
        """`18 tickets`; `10,000+ tickets` where they are more than are counted."""
        number = number_format(self.count, use_l10n=True, force_grouping=True)
        if self.capped:
            return _("%(count)s+ tickets") % {"count": number}
        told = ngettext("%(count)s ticket", "%(count)s tickets", self.count)
        return told % {"count": number}

    @property
    def wide(self) -> bool:
        """Whether there are more columns than a fixed layout can hold."""
        return len(self.heads) > _MANY


def found(actor: Actor, wanted: Wanted) -> Listing:
    """The page. An order or a cursor that can't be read begins at the top of the usual one, with a word about the
    order. Raises `QueryInvalid`, `QueryTooSlow`."""
    result = search(wanted.query, actor)
    if wanted.unread:
        result = result.narrowed(partial(reading.unread, actor=actor))
    page, faults = _page(wanted, actor.config)
    shown = columns.known(wanted.columns, actor.config) or columns.known(COLUMNS, actor.config)
    found, table = (
        with_marks(with_columns(tickets, page.terms, actor.config), actor)
        for tickets in (result.rows, Ticket.objects.all())
    )
    body = pagination.body(
        found,
        page,
        lambda tickets: _rows(tickets, shown, actor),
        searching=Searching(table, result.part),
    )
    return Listing(
        heads=_heads(shown, wanted, page, actor.config),
        rows=tuple(body["results"]),
        count=body["count"],
        capped=body["count_capped"],
        newer=body["previous"],
        older=body["next"],
        said=in_words(result.tree) if result.tree else "",
        warnings=result.warnings,
        faults=faults,
    )


def status_kind(state: TicketState, config: Config) -> str:
    """The colour of a ticket's status: by its kind, never by its name; deleted tickets alone stand out."""
    return kind_of(state.status, state.lifecycle_version_id, config)


def kind_of(status: str, lifecycle_version_id: int, config: Config) -> str:
    """The same of a status under a version of a lifecycle."""
    if status.casefold() == "deleted":
        return "danger"
    return config.lifecycle(lifecycle_version_id).definition.kind(status)


def status_color(state: TicketState, config: Config) -> str:
    """The colour that its lifecycle gives the status; empty without one."""
    return config.lifecycle(state.lifecycle_version_id).definition.color(state.status)


def _page(wanted: Wanted, config: Config) -> tuple[Page, tuple[str, ...]]:
    orders = orders_of(config)
    faults: tuple[str, ...] = ()
    try:
        terms = orders.parse(wanted.order)
    except BadValue:
        told = _("Nothing is ordered by “%(order)s” here; the newest activity stands first.")
        faults = (told % {"order": wanted.order[:80]},)
        terms = orders.parse(orders.default)
    try:
        cursor = None if wanted.cursor is None else Cursor.read(wanted.cursor)
        return _asked(wanted, terms, cursor), faults
    except (BadValue, Invalid):
        return _asked(wanted, terms, None), faults


def _asked(wanted: Wanted, terms: tuple[Term, ...], cursor: Cursor | None) -> Page:
    return pagination.asked(
        terms,
        size=PAGE,
        cursor=cursor,
        exact=False,
        path=wanted.path,
        link=lambda at: pagination.linked(wanted.path, wanted.given, at),
    )


def _heads(shown: Sequence[Column], wanted: Wanted, page: Page, config: Config) -> tuple[Head, ...]:
    served = orders_of(config).columns
    first = page.terms[0]
    return tuple(_head(column, served, first, wanted) for column in shown)


def _head(column: Column, served: Mapping[str, str], first: Term, wanted: Wanted) -> Head:
    title = str(_HEADERS.get(column.name, column.header))
    order = _ORDERS.get(column.name, column.name)
    if order not in served:
        return Head(name=column.name, title=title)
    here = served[order] == first.column
    down = not first.descending if here else order in _DOWN_FIRST
    return Head(
        name=column.name,
        title=title,
        link=wanted.at(order=f"-{order}" if down else order),
        sorted=("descending" if first.descending else "ascending") if here else "",
    )


def _rows(found: Sequence[Ticket], shown: Sequence[Column], actor: Actor) -> Iterable[SafeString]:
    """Four statements at most: watchers and links, people, what went wrong, and links' other ends that the actor may
    not see."""
    if not found:
        return ()
    states = seen.states(actor, states_of(found))
    config, people = actor.config, People()
    first = [next(iter(state.watchers.get("requestor", ())), None) for state in states]
    ids = [number for state in states for number in (state.owner_id, state.creator_id)]
    people.load(ids, [email for email in first if email])
    sheet = rows.Sheet(shown, Names(config, people))
    wrong = signs.of_tickets(states, actor)
    unread = {row.pk for row in found if row.unread}  # type: ignore[attr-defined]  # an annotation of the query
    return [
        sheet.row(
            rows.Line(
                state=state,
                kind=status_kind(state, config),
                color=status_color(state, config),
                queue=config.queues[state.queue_id].name,
                requestor=people.by_email(email) if email else None,
                owner=people.by_id(state.owner_id) if state.owner_id else None,
                signs=wrong.get(state.id, ()),
                unread=state.id in unread,
            )
        )
        for state, email in zip(states, first, strict=True)
    ]


def offered(actor: Actor) -> list[tuple[str, str]]:
    """The columns that can be chosen, each with its header: a ticket's own, then the fields of queues that the actor
    knows of, by their names."""
    config = actor.config
    specs = {
        spec.key: spec
        for queue in config.queues.values()
        if sees_queue(actor, queue.id)
        for spec in queue.fields
    }
    fields = sorted(specs.values(), key=lambda spec: (fold(spec.name), spec.key))
    names = [*columns.COLUMNS, *(CUSTOM + spec.key for spec in fields)]
    return [(each.name, str(each.header)) for each in columns.known(names, config)]


def orders_offered(actor: Actor, wanted: Wanted) -> list[tuple[str, str, bool]]:
    """What the list can be ordered by, each way: its text, its words, and whether the list is ordered by it."""
    served = orders_of(actor.config).columns
    titles = {
        _ORDERS.get(name, name): str(_HEADERS.get(name, header)) for name, header in offered(actor)
    }
    first = wanted.order.split(",")[0].strip()
    found = []
    for name in titles.keys() & served.keys():
        up, down = _("%(name)s, ascending"), _("%(name)s, descending")
        told = {"name": titles.get(name, name)}
        found += [(name, up % told, name == first), (f"-{name}", down % told, f"-{name}" == first)]
    return sorted(found, key=lambda each: (fold(each[1]), each[0]))
