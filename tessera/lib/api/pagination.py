"""Keyset pages: found by the values where the last one ended, so page 10,000 costs what page 1 costs."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any, TypeVar
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.postgres.expressions import ArraySubquery
from django.core import signing
from django.db.models import F, Model, Q, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.request import Request

from tessera.lib import plans
from tessera.lib.api.order import Orders, Term, bands, beyond
from tessera.lib.api.query import Parameter
from tessera.lib.api.views import ApiViewSet
from tessera.lib.errors import Invalid, QueryTooSlow
from tessera.lib.expressions import IsAnyOf
from tessera.lib.patience import TookTooLong, at_most
from tessera.lib.values import BadValue

PAGE_SIZE = 50
MAX_PAGE_SIZE = 200
COUNT_CAP = 10_000
_SALT = "tessera.cursor"

M = TypeVar("M", bound=Model)


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a page begins: after these values, or before them. It fits one path and order."""

    path: str
    order: str
    values: tuple[Any, ...]
    backwards: bool

    @classmethod
    def read(cls, text: str) -> "Cursor":
        """The cursor that `write` gave, and signed. Raises BadValue for any other text."""
        try:
            path, order, values, backwards = signing.loads(text, salt=_SALT)
        except (signing.BadSignature, ValueError):
            raise BadValue(_broken()) from None
        return cls(path, order, tuple(values), backwards)

    def write(self) -> str:
        """The cursor as text for a URL."""
        return signing.dumps([self.path, self.order, self.values, self.backwards], salt=_SALT)


@dataclass(frozen=True, slots=True)
class Page:
    """What a list's query parameters ask for."""

    terms: tuple[Term, ...]
    size: int
    cursor: Cursor | None
    exact: bool
    path: str
    link: Callable[[str | None], str]  # the URL of the page at a cursor

    @property
    def backwards(self) -> bool:
        """Whether the rows before the cursor are asked for."""
        return self.cursor is not None and self.cursor.backwards

    @property
    def towards(self) -> tuple[Term, ...]:
        """The order in which the page's rows are read: from the cursor on."""
        return tuple(term.reversed() for term in self.terms) if self.backwards else self.terms

    @property
    def order(self) -> str:
        """The order as text."""
        return ",".join(term.text for term in self.terms)


@dataclass(frozen=True, slots=True)
class Part:
    """What is sooner counted than the rows of a query: others that are as many (`whole`), or no more than these."""

    rows: QuerySet[Any]
    whole: bool = False


def _no_part() -> None:
    return None


@dataclass(frozen=True, slots=True)
class Searching:
    """What helps to find the rows of somebody's query: `table` are all rows there are, with the columns of the order;
    `part` gives what is sooner counted than the rows, if there is such."""

    table: QuerySet[Any]
    part: Callable[[], Part | None] = _no_part


def parameters(orders: Orders) -> tuple[Parameter, ...]:
    """The query parameters of every list. A view declares them, `page_of` uses what was read."""
    known = ", ".join(orders.columns)
    size = {"type": "integer", "minimum": 1, "default": PAGE_SIZE}
    return (
        Parameter(
            "order",
            orders.parse,
            {"type": "string", "default": orders.default},
            f"Comma list of {known}; a minus before one turns it round.",
        ),
        Parameter("page_size", _size, size, "Above 200 counts as 200."),
        Parameter("cursor", Cursor.read, {"type": "string"}, "Taken from `next` or `previous`."),
        Parameter("count", _exact, {"type": "string", "enum": ["exact"]}, "Count beyond 10,000."),
    )


def page_of(
    view: ApiViewSet,
    rows: QuerySet[M],
    orders: Orders,
    render: Callable[[Sequence[M]], Iterable[Any]],
) -> dict[str, Any]:
    """The body of a list: two statements and those of `render`, which gets the page's rows."""
    return body(rows, page_of_view(view, orders), render)


def body(
    rows: QuerySet[M],
    page: Page,
    render: Callable[[Sequence[M]], Iterable[Any]],
    *,
    searching: Searching | None = None,
) -> dict[str, Any]:
    """The body of that page. `searching`: the rows are what somebody's query finds, which may take too long.

    Raises `QueryTooSlow`.
    """
    (found, more), (count, capped) = (
        _read(rows, page) if searching is None else _patiently(rows, page, searching)
    )
    has_next = bool(found) and (page.backwards or more)
    has_previous = more if page.backwards else page.cursor is not None
    return {
        "results": list(render(found)),
        "next": page.link(_at(page, found[-1], backwards=False)) if has_next else None,
        "previous": page.link(_at(page, found[0] if found else None, backwards=True))
        if has_previous
        else None,
        "count": count,
        "count_capped": capped,
    }


@cache
def body_of(body: type[serializers.BaseSerializer[Any]]) -> type[serializers.Serializer[Any]]:
    """The body of a list of those."""
    name = body.__name__.removesuffix("Body") + "Page"
    fields = {
        "results": body(many=True),
        "next": serializers.URLField(allow_null=True),
        "previous": serializers.URLField(allow_null=True),
        "count": serializers.IntegerField(),
        "count_capped": serializers.BooleanField(),
        "__doc__": "A page of a list.",
        "__module__": body.__module__,
    }
    return type(name, (serializers.Serializer,), fields)


def origin(request: Request) -> str:
    """`https://tickets.example.com`: the site's own address, or that which the caller used."""
    base: str = settings.TESSERA_BASE_URL
    host = request.get_host()
    return base if urlsplit(base).netloc == host else f"{request.scheme}://{host}"


def page_of_view(view: ApiViewSet, orders: Orders) -> Page:
    """The page that the query parameters ask for. Raises `Invalid`."""
    query, path = view.query, view.request.path
    given, start = view.request.query_params, f"{origin(view.request)}{path}"
    return asked(
        _order(query.get("order", orders.default), orders),
        size=query.get("page_size", PAGE_SIZE),
        cursor=query.get("cursor"),
        exact=query.get("count", False),
        path=path,
        link=lambda cursor: linked(start, given, cursor),
    )


def _order(order: str | tuple[Term, ...], orders: Orders) -> tuple[Term, ...]:
    """Read already, or the text of the list's own."""
    return orders.parse(order) if isinstance(order, str) else order


def asked(
    terms: tuple[Term, ...],
    *,
    size: int,
    cursor: Cursor | None,
    exact: bool,
    path: str,
    link: Callable[[str | None], str],
) -> Page:
    """The page. Raises `Invalid` where the cursor is of another list."""
    page = Page(terms, size, cursor, exact, path, link)
    if cursor is not None and (cursor.path, cursor.order) != (path, page.order):
        raise Invalid({"cursor": [_broken()]})
    return page


def linked(start: str, given: QueryDict, cursor: str | None) -> str:
    """The URL with these query parameters, at that cursor."""
    query = given.copy()
    query.pop("cursor", None)
    if cursor is not None:
        query["cursor"] = cursor
    return f"{start}?{query.urlencode()}" if query else start


def _broken() -> str:
    return _("is broken or of another list; take it whole from “next” or “previous”")


def _size(text: str) -> int:
    digits = text.lstrip("0")
    if not re.fullmatch(r"[0-9]+", text) or not digits:
        raise BadValue(_("must be a whole number from 1 up"))
    return MAX_PAGE_SIZE if len(digits) > 3 else min(int(digits), MAX_PAGE_SIZE)


def _exact(text: str) -> bool:
    if text != "exact":
        raise BadValue(_("may only be “exact”"))
    return True


# How a page is found, and how long that may take (milliseconds), one after the other. The planner takes what fits for
# evenly spread along the order, and walks far where it is not: then it is better fetched whole and sorted, unless it is
# very much, or the disk is slow.
_TRIES = ((True, 60), (False, 2_000), (True, 4_000))
# What it fetches whole anyhow has no other way.
_SORTED = 6_000
_COUNTING = 5_000

_Found = tuple[tuple[list[M], bool], tuple[int, bool]]


def _read(rows: QuerySet[M], page: Page) -> _Found[M]:
    found = _fetch(rows, page)
    return found, _all_here(page, found) or _count(rows, page, _no_part)


def _patiently(rows: QuerySet[M], page: Page, searching: Searching) -> _Found[M]:
    whole = False
    for number, (aided, patience) in enumerate(_TRIES):
        counting = False
        try:
            with at_most(patience, alone=True) as limit:
                if not number and (whole := _is_sorted(rows, page)):
                    limit(_SORTED)
                table = searching.table if whole or not aided else None
                found = _fetch(rows, page, aided=aided, table=table)
                if counted_here := _all_here(page, found):
                    return found, counted_here
                # Its own statement is stopped where the page's ended at its very limit.
                limit(_COUNTING)
                counting = True
                return found, _count(rows, page, searching.part)
        except TookTooLong:
            if counting or whole:
                break
    raise QueryTooSlow(_("This search takes too long. Ask for less: one queue, a shorter time."))


def _is_sorted(rows: QuerySet[M], page: Page) -> bool:
    first = _parts(page.towards, page.cursor)[0]
    wanted = _ordered(rows, page, aided=True).filter(first)[: page.size + 1]
    return plans.is_sorted(wanted.values("pk"))


def _ordered(rows: QuerySet[M], page: Page, *, aided: bool) -> QuerySet[M]:
    return rows.order_by(*(term.sort() if aided else term.unaided() for term in page.towards))


def _fetch(
    rows: QuerySet[M], page: Page, *, aided: bool = True, table: QuerySet[M] | None = None
) -> tuple[list[M], bool]:
    """The page's rows in the order that was asked for, and whether there are more beyond them.

    With `table` the page's own alone are read whole: of others that are sorted the indexes often tell enough.
    """
    rows = _ordered(rows, page, aided=aided)
    wanted = page.size + 1
    found: list[M] = []
    for part in _parts(page.towards, page.cursor):
        here = rows.filter(part)[: wanted - len(found)]
        found += here if table is None else _whole(here, _ordered(table, page, aided=True))
        if len(found) == wanted:
            break
    more = len(found) > page.size
    found = found[: page.size]
    if page.backwards:
        found.reverse()
    return found, more


def _whole(rows: QuerySet[M], table: QuerySet[M]) -> QuerySet[M]:
    return table.filter(IsAnyOf(F("pk"), ArraySubquery(rows.values("pk"))))


def _all_here(page: Page, fetched: tuple[list[M], bool]) -> tuple[int, bool] | None:
    """How many there are where the first page holds them all."""
    found, more = fetched
    if page.cursor is None and not more and len(found) <= COUNT_CAP:
        return len(found), False
    return None


def _count(rows: QuerySet[M], page: Page, part: Callable[[], Part | None]) -> tuple[int, bool]:
    if page.exact:
        return rows.order_by().count(), False
    return counted(rows, part)


def counted(rows: QuerySet[M], part: Callable[[], Part | None]) -> tuple[int, bool]:
    """How many rows there are, up to the cap, and whether there are more. `part` is that of `Searching`."""
    some = part()
    if some is not None:
        count = _up_to_cap(some.rows)
        if some.whole or count > COUNT_CAP:
            return min(count, COUNT_CAP), count > COUNT_CAP
    count = _up_to_cap(rows.values("pk"))
    return min(count, COUNT_CAP), count > COUNT_CAP


def _up_to_cap(rows: QuerySet[Any, Any]) -> int:
    return rows.order_by()[: COUNT_CAP + 1].count()


def _parts(terms: Sequence[Term], cursor: Cursor | None) -> Sequence[Q]:
    """The rows beyond the cursor, in parts that follow each other.

    An order of two columns is one range. Of more, the first may be equal for half of the rows, which one condition
    would walk through up to the cursor.
    """
    if cursor is None:
        return (Q(),)
    return [beyond(terms, cursor.values)] if len(terms) < 3 else bands(terms, cursor.values)


def _at(page: Page, row: Model | None, *, backwards: bool) -> str | None:
    """The cursor of the page after or before `row`; None, the first, where a page has no row to start from."""
    if row is None:
        return None
    values = tuple(_value(getattr(row, term.column)) for term in page.terms)
    return Cursor(page.path, page.order, values, backwards).write()


def _value(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value
