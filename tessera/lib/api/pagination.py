"""Keyset pages: found by the values where the last one ended, so page 10,000 costs what page 1 costs."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, TypeVar
from urllib.parse import urlsplit

from django.conf import settings
from django.core import signing
from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.request import Request

from tessera.lib.api.order import Orders, Term, beyond
from tessera.lib.api.query import Parameter
from tessera.lib.api.views import ApiViewSet
from tessera.lib.errors import Invalid
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

    @property
    def backwards(self) -> bool:
        """Whether the rows before the cursor are asked for."""
        return self.cursor is not None and self.cursor.backwards

    @property
    def order(self) -> str:
        """The order as text."""
        return ",".join(term.text for term in self.terms)


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
    page = _page(view, orders)
    found, more = _fetch(rows, page)
    has_next = bool(found) and (page.backwards or more)
    has_previous = more if page.backwards else page.cursor is not None
    count, capped = _count(rows, exact=page.exact)
    return {
        "results": list(render(found)),
        "next": _url(view.request, page, found[-1], backwards=False) if has_next else None,
        "previous": _url(view.request, page, found[0] if found else None, backwards=True)
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


def _page(view: ApiViewSet, orders: Orders) -> Page:
    query = view.query
    page = Page(
        terms=query.get("order") or orders.parse(orders.default),
        size=query.get("page_size", PAGE_SIZE),
        cursor=query.get("cursor"),
        exact=query.get("count", False),
    )
    cursor = page.cursor
    if cursor is not None and (cursor.path, cursor.order) != (view.request.path, page.order):
        raise Invalid({"cursor": [_broken()]})
    return page


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


def _fetch(rows: QuerySet[M], page: Page) -> tuple[list[M], bool]:
    """The page's rows in the order that was asked for, and whether there are more beyond them."""
    terms = tuple(term.reversed() for term in page.terms) if page.backwards else page.terms
    if page.cursor is not None:
        rows = rows.filter(beyond(terms, page.cursor.values))
    found = list(rows.order_by(*(term.sort() for term in terms))[: page.size + 1])
    more = len(found) > page.size
    found = found[: page.size]
    if page.backwards:
        found.reverse()
    return found, more


def _count(rows: QuerySet[M], *, exact: bool) -> tuple[int, bool]:
    if exact:
        return rows.order_by().count(), False
    found = rows.order_by()[: COUNT_CAP + 1].count()
    return min(found, COUNT_CAP), found > COUNT_CAP


def _url(request: Request, page: Page, row: Model | None, *, backwards: bool) -> str:
    """The page after or before `row`; the first where a page has no row to start from."""
    query = request.query_params.copy()
    query.pop("cursor", None)
    if row is not None:
        values = tuple(_value(getattr(row, term.column)) for term in page.terms)
        query["cursor"] = Cursor(request.path, page.order, values, backwards).write()
    asked = f"?{query.urlencode()}" if query else ""
    return f"{origin(request)}{request.path}{asked}"


def _value(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
