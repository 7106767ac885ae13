"""The inbox and the search: the same list, once of what is ready to choose, once of what is asked for."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from tessera.desk import chips as chipping
from tessera.desk import listing, picking, unsent
from tessera.desk.access import reader
from tessera.desk.chips import Chips, Sent
from tessera.desk.landing import desk_page
from tessera.desk.listing import Listing, Wanted
from tessera.desk.misread import Misread, misread
from tessera.desk.shelves import UNREAD, Shelf, Shelves, chosen, numbers, shelves
from tessera.lib.errors import NotFound, QueryInvalid, QueryTooSlow
from tessera.lib.query.fields import PARTS
from tickets import naming, service
from tickets.access import Actor, anywhere, visible_to
from tickets.models import BulkChange, SavedView
from tickets.orders import DEFAULT
from tickets.search import completion
from tickets.views import check_query

_CHOSEN = frozenset({"columns", "order", "cursor"})
# What only this page is about: a chip's form, and a column that was moved. No link of the list keeps it.
_PASSING = ("chip", "op", "value", "at")
_MOST_PEOPLE = 10
_NO_CHIPS = Chips()
# With one of these somewhere there is something to do to several tickets.
CHANGING = ("ModifyTicket", "CommentOnTicket", "TakeTicket", "StealTicket")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A list's page: what was asked, and the tickets, or why there are none. `own` is the reader's saved view that
    it shows, or that the query began with; `fault` is a query that can't be read, `slow` one that takes too long."""

    wanted: Wanted
    shelf: Shelf | None = None
    shelves: Shelves
    numbers: dict[str, str] = field(default_factory=dict)
    listing: Listing | None = None
    own: SavedView | None = None
    fault: Misread | None = None
    slow: str = ""
    chips: Chips = _NO_CHIPS

    @property
    def title(self) -> str:
        name = self.shelf.name if self.shelf else _("Search")
        return _("%(name)s: unread") % {"name": name} if self.wanted.unread else name

    @property
    def here(self) -> str:
        """The address of the shelf that it stands on."""
        address = self.shelf.address if self.shelf else ""
        among = f"{address}&{UNREAD}"
        held = {each.address for each in self.shelves.ready if each.unread}
        return among if self.wanted.unread and among in held else address

    @property
    def flipped(self) -> str:
        """The same with the unread ones alone, or with all again."""
        return self.wanted.at(unread=None if self.wanted.unread else "1")

    @property
    def export(self) -> str:
        """The parameters under which the same tickets come as a file."""
        names = ",".join(self.wanted.columns)
        return urlencode({"q": self.wanted.query, "columns": names, "order": self.wanted.order})

    @property
    def others(self) -> list[tuple[str, str]]:
        """The parameters that a choice of columns keeps."""
        kept = self.wanted.given.items()
        return [(name, str(value)) for name, value in kept if name not in _CHOSEN]

    @property
    def kept(self) -> list[tuple[str, str]]:
        """The parameters that another query keeps: the reader's view that it began with, columns and order."""
        return _kept(self.wanted, self.shelf, self.own)

    @property
    def usual(self) -> str:
        """The same with the columns that it has by itself."""
        return self.wanted.at(columns=None)

    @property
    def top(self) -> str:
        """Its first page."""
        return self.wanted.at()

    @property
    def counting(self) -> str:
        """The same with the numbers of all views, for who has no script to fetch them."""
        return self.wanted.at(counts="1")

    @property
    def bulk_query(self) -> str:
        """The query by which all that is found can be changed; a blank one finds too much to be meant, and no query
        says what is unread."""
        return "" if self.wanted.unread else self.wanted.query.strip()

    @property
    def keeping(self) -> str:
        """The parameters under which the list is kept as a view."""
        wanted = self.wanted
        names = ",".join(wanted.columns)
        return urlencode({"q": wanted.query, "order": wanted.order, "columns": names})

    @property
    def changed(self) -> bool:
        """Whether it shows otherwise than the reader's own view says."""
        held, wanted = self.own, self.wanted
        now = (wanted.query, wanted.order, list(wanted.columns))
        return held is not None and now != (held.query, held.order, held.columns)


@require_safe
@login_required
@never_cache
@desk_page()
def index(request: HttpRequest) -> HttpResponse:
    """The tickets of one view or queue, which the address names; without, of those that the reader works on."""
    actor = reader(request)
    shelf = chosen(actor, view=request.GET.get("view", ""), queue=request.GET.get("queue", ""))
    if shelf is None:
        raise Http404
    if moved := _moved(request):
        return redirect(moved)
    wanted = _wanted(request, shelf.query, order=shelf.order, columns=shelf.columns)
    return _page(request, actor, wanted, shelf)


@require_safe
@login_required
@never_cache
@desk_page()
def search(request: HttpRequest) -> HttpResponse:
    """The tickets that a query finds; what names one ticket, its key or number, leads there."""
    actor = reader(request)
    query = request.GET.get("q", "")
    if key := _named(query, actor):
        return redirect("ticket", key=key)
    if moved := _moved(request):
        return redirect(moved)
    if "op" in request.GET:
        made = chipping.changed(query, actor, Sent.read(request.GET))
        if made is not None:
            given = _lasting(request)
            given["q"] = made
            given.pop("cursor", None)
            return redirect(f"{request.path}?{given.urlencode()}")
    return _page(request, actor, _wanted(request, query), None)


@require_safe
@login_required
@never_cache
def judge(request: HttpRequest) -> JsonResponse:
    """At which character a query is wrong, null where it is not, for who is still writing it."""
    try:
        check_query(request.GET.get("q", ""), reader(request))
    except QueryInvalid as fault:
        return JsonResponse({"position": fault.position})
    return JsonResponse({"position": None})


@require_safe
@login_required
@never_cache
def people(request: HttpRequest) -> JsonResponse:
    """Whom the reader may mean in a chip, by the beginning of a username or an address."""
    begun, part = request.GET.get("q", "")[:200], request.GET.get("part", "")
    found = completion.people(part, begun, reader(request)) if part in PARTS else []
    return JsonResponse(
        {"results": [{"value": each, "text": each} for each in found[:_MOST_PEOPLE]]}
    )


@require_safe
@login_required
@never_cache
def counts(request: HttpRequest) -> JsonResponse:
    """How many tickets stand on each shelf. The pages ask for it when they are there, so that none waits for it."""
    actor = reader(request)
    return JsonResponse({"counts": numbers(actor, shelves(actor))})


def _moved(request: HttpRequest) -> str:
    """Where the list is whose columns stand as the button that was pressed put them; empty where none was."""
    if "move" not in request.GET:
        return ""
    given = request.GET.copy()
    given["columns"] = ",".join(picking.named(request.GET))
    given["at"] = given.pop("move")[-1]
    return f"{request.path}?{given.urlencode()}"


def _lasting(request: HttpRequest) -> QueryDict:
    """The address without what only this page is about."""
    given = request.GET.copy()
    for name in _PASSING:
        given.pop(name, None)
    return given


def _wanted(
    request: HttpRequest,
    query: str,
    *,
    order: str = DEFAULT,
    columns: tuple[str, ...] = listing.COLUMNS,
) -> Wanted:
    return Wanted(
        path=request.path,
        given=_lasting(request),
        query=query,
        order=request.GET.get("order") or order,
        columns=picking.named(request.GET) or columns,
        cursor=request.GET.get("cursor"),
        unread=request.GET.get("unread") == "1",
    )


def _page(request: HttpRequest, actor: Actor, wanted: Wanted, shelf: Shelf | None) -> HttpResponse:
    held = shelves(actor)
    told = numbers(actor, held) if "counts" in request.GET else {}
    found: dict[str, Any] = {}
    status = 200
    try:
        found["listing"] = listing.found(actor, wanted)
    except QueryInvalid as fault:
        found["fault"] = misread(wanted.query, fault)
    except QueryTooSlow as refusal:
        found["slow"], status = str(refusal.detail), refusal.status
    own = _own(request, actor, shelf, held)
    found["chips"] = chipping.chips(
        wanted.query, actor, Sent.read(request.GET), kept=_kept(wanted, shelf, own)
    )
    shown = Shown(wanted=wanted, shelf=shelf, shelves=held, numbers=told, own=own, **found)
    context = {
        "shown": shown,
        "picker": picking.picker(wanted.columns, actor, at=request.GET.get("at", "")),
        "orders": listing.orders_offered(actor, wanted),
        "may_change": anywhere(actor, *CHANGING),
        "under_way": BulkChange.objects.filter(
            owner=actor.id, status=BulkChange.Status.RUNNING
        ).first(),
        "refused": unsent.refused(actor) if shelf else (),
        "nothing_at_all": _sees_nothing(actor, shown),
    }
    return render(request, "desk/list/page.html", context, status=status)


def _kept(wanted: Wanted, shelf: Shelf | None, own: SavedView | None) -> list[tuple[str, str]]:
    saved = shelf is not None and shelf.saved is not None
    kept = [("view", str(own.pk))] if own else []
    kept += [("unread", "1")] if wanted.unread else []
    if saved or wanted.given.get("columns"):
        kept += [("columns", ",".join(wanted.columns))]
    if saved or wanted.given.get("order"):
        kept += [("order", wanted.order)]
    return kept


def _own(
    request: HttpRequest, actor: Actor, shelf: Shelf | None, held: Shelves
) -> SavedView | None:
    """The reader's own view that he looks at, or from which his search came."""
    address = shelf.address if shelf else f"view={request.GET.get('view', '')}"
    at_hand = [*([shelf] if shelf else []), *held.saved]
    found = (each.saved for each in at_hand if each.address == address)
    return next((view for view in found if view and view.owner_id == actor.id), None)


def _sees_nothing(actor: Actor, shown: Shown) -> bool:
    """Whether the list is empty because the reader sees no ticket at all: a statement, of an empty list alone."""
    empty = shown.listing is not None and not shown.listing.rows
    return empty and not visible_to(actor).exists()


def _named(query: str, actor: Actor) -> str | None:
    number = naming.typed(query) if query.strip() else None
    if number is None:
        return None
    try:
        return service.visible(number, actor).key
    except NotFound:
        return None
