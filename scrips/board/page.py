"""The list of deliveries: where they stand, those that the filters leave, and what of it changes while one looks."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _

from scrips import figures
from scrips.board.filters import FilterForm
from scrips.board.shown import target
from scrips.models import Delivery, Scrip
from tessera.lib.api import pagination
from tessera.lib.api.order import NEWEST_FIRST
from tessera.lib.api.pagination import Cursor, Page, Searching
from tessera.lib.errors import Invalid, QueryTooSlow
from tessera.lib.values import MAX_ID, BadValue
from tickets.models.ticket import ticket_key

_PAGE = 50
_MOST_NEWER = 100
TONES = {"sent": "good", "dead": "late", "failed": "soon", "sending": "soon"}


@dataclass(frozen=True, slots=True)
class Line:
    """A delivery in the list."""

    row: Delivery
    key: str
    target: str
    rule: str

    @property
    def tone(self) -> str:
        """How its status looks."""
        return TONES.get(self.row.status, "")

    @property
    def word(self) -> str:
        """Its status in one word."""
        return str(figures.WORDS[self.row.status])


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of it. `newer` and `older` are the addresses of its neighbours."""

    lines: Sequence[Line] = ()
    count: int = 0
    capped: bool = False
    newer: str | None = None
    older: str | None = None
    slow: str = ""

    @property
    def live(self) -> str:
        """What the page asks for while it is open: news of just these."""
        return urlencode({"ids": ",".join(str(line.row.pk) for line in self.lines)})


def listing(request: HttpRequest, form: FilterForm) -> Listing:
    """The page that the address asks for; a cursor that can't be read begins at the top. Four statements."""
    try:
        body = pagination.body(
            form.rows(), _page(request), _lines, searching=Searching(Delivery.objects.all())
        )
    except QueryTooSlow as refusal:
        return Listing(slow=str(refusal.detail))
    return Listing(
        body["results"], body["count"], body["count_capped"], body["previous"], body["next"]
    )


def _page(request: HttpRequest) -> Page:
    terms = NEWEST_FIRST.parse(NEWEST_FIRST.default)

    def at(cursor: Cursor | None) -> Page:
        return pagination.asked(
            terms,
            size=_PAGE,
            cursor=cursor,
            exact=False,
            path=request.path,
            link=lambda each: pagination.linked(request.path, request.GET, each),
        )

    raw = request.GET.get("cursor")
    try:
        return at(Cursor.read(raw) if raw else None)
    except (BadValue, Invalid):
        return at(None)


def _lines(rows: Sequence[Delivery]) -> list[Line]:
    named = rule_names({row.scrip_id for row in rows})
    return [Line(row, ticket_key(row.ticket_id), target(row), named[row.scrip_id]) for row in rows]


def rule_names(ids: Collection[int]) -> dict[int, str]:
    """The names of rules, also of those that are gone. One statement."""
    known = dict(Scrip.objects.filter(pk__in=ids).values_list("pk", "name"))
    return {number: known.get(number) or _("rule %d, deleted") % number for number in ids}


def news(request: HttpRequest) -> dict[str, Any]:
    """Where deliveries stand now, and what became of those that the page shows. Six statements."""
    shown = ids_in(request.GET.get("ids", "").split(","))
    rows: QuerySet[Delivery] = Delivery.objects.filter(pk__in=shown)
    form = FilterForm(request.GET)
    newer = 0
    if shown and "cursor" not in request.GET:
        newer = form.rows().filter(pk__gt=max(shown)).order_by()[:_MOST_NEWER].count()
    return {
        "lines": _lines(list(rows)) if shown else (),
        "newer": newer,
        "most_newer": _MOST_NEWER,
        "places": figures.places(),
        "statuses": [figures.WORDS[each] for each in figures.STATUSES],
        "live": True,
    }


def ids_in(raw: Collection[str]) -> list[int]:
    """The ids among these texts, no more than a page has."""
    whole = (text for text in raw if text.isascii() and text.isdecimal() and len(text) < 19)
    return [number for text in whole if 0 < (number := int(text)) <= MAX_ID][:_PAGE]
