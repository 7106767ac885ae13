"""Keyset pages, forwards and backwards, over every kind of order."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import LazySettings
from django.core import signing

from tessera.accounts.models import User
from tessera.lib.api import pagination
from tests.api.caller import Caller, error
from tickets.models import Queue, Ticket

NOON = datetime(2026, 3, 2, 12, 0, 0, 123456, tzinfo=UTC)


@pytest.fixture
def tickets(admin: User, support: Queue) -> list[int]:
    """Seven rows with equal values and with nulls; no log, which a list does not read."""
    made = Ticket.objects.bulk_create(
        Ticket(
            subject=f"t{number}",
            queue=support,
            lifecycle_version=support.lifecycle.current,
            status="new",
            creator=admin,
            updated_by=admin,
            priority=number // 3,
            due_at=None if number % 3 == 0 else NOON + timedelta(microseconds=number // 2),
            created_at=NOON,
            updated_at=NOON + timedelta(seconds=number // 2),
            head="",
        )
        for number in range(7)
    )
    return [ticket.pk for ticket in made]


def _follow(api: Caller, url: str | None, link: str) -> list[list[int]]:
    pages = []
    while url:
        body = api.get(url).json()
        pages.append([row["id"] for row in body["results"]])
        url = body[link]
    return pages


@pytest.mark.parametrize(
    "order",
    ["id", "-id", "-updated_at,id", "priority,-updated_at", "due_at", "-due_at", "due_at,-id"],
)
@pytest.mark.parametrize("size", [1, 2, 3, 7, 8])
def test_pages_hold_each_row_once_in_order_and_lead_back(
    api: Caller, tickets: list[int], order: str, size: int
) -> None:
    whole = [row["id"] for row in api.get(f"/api/tickets?order={order}").json()["results"]]

    pages = _follow(api, f"/api/tickets?order={order}&page_size={size}", "next")

    assert sorted(whole) == sorted(tickets)
    assert [row for page in pages for row in page] == whole
    assert all(len(page) == size for page in pages[:-1])
    last = f"/api/tickets?order={order}&page_size={size}"
    while following := api.get(last).json()["next"]:
        last = following
    assert _follow(api, last, "previous") == pages[::-1]


def test_rows_that_come_and_go_between_pages_shift_nothing(api: Caller, tickets: list[int]) -> None:
    first = api.get("/api/tickets?order=id&page_size=3").json()
    Ticket.objects.filter(pk__in=tickets[1:3]).delete()

    second = api.get(first["next"]).json()

    assert [row["id"] for row in second["results"]] == tickets[3:6]


def test_a_page_that_has_become_empty_leads_back_to_the_first(
    api: Caller, tickets: list[int]
) -> None:
    first = api.get("/api/tickets?order=id&page_size=6").json()
    Ticket.objects.filter(pk=tickets[6]).delete()

    second = api.get(first["next"]).json()

    assert (second["results"], second["next"]) == ([], None)
    assert second["previous"] == "http://testserver/api/tickets?order=id&page_size=6"


def test_links_are_absolute_and_keep_the_filters(api: Caller, tickets: list[int]) -> None:
    body = api.get("/api/tickets?status=new&page_size=2&count=exact").json()

    link = urlsplit(body["next"])
    query = parse_qs(link.query)
    assert (link.scheme, link.netloc, link.path) == ("http", "testserver", "/api/tickets")
    assert query | {"cursor": []} == {
        "status": ["new"],
        "page_size": ["2"],
        "count": ["exact"],
        "cursor": [],
    }


def test_links_begin_with_the_sites_own_address_behind_a_proxy(
    api: Caller, tickets: list[int], settings: LazySettings
) -> None:
    settings.TESSERA_BASE_URL = "https://testserver"

    body = api.get("/api/tickets?page_size=2").json()

    assert body["next"].startswith("https://testserver/api/tickets?")


@pytest.mark.parametrize(("size", "rows"), [("200", 200), ("201", 201), ("9" * 5000, 201)])
def test_a_page_size_above_200_counts_as_200(api: Caller, db: None, size: str, rows: int) -> None:
    Queue.objects.bulk_create(
        Queue(name=f"q{n}", lifecycle=Queue.objects.all()[0].lifecycle) for n in range(rows)
    )

    body = api.get(f"/api/queues?page_size={size}").json()

    assert len(body["results"]) == 200


def test_fifty_rows_are_a_page(api: Caller, db: None) -> None:
    lifecycle = Queue.objects.all()[0].lifecycle
    Queue.objects.bulk_create(Queue(name=f"q{n}", lifecycle=lifecycle) for n in range(60))

    assert len(api.get("/api/queues").json()["results"]) == 50


@pytest.mark.parametrize("size", ["0", "00", "-1", "1.5", "", "x", "+1", "1e2", "²"])
def test_a_page_size_below_one_is_invalid(api: Caller, size: str) -> None:
    assert list(error(api.get(f"/api/queues?page_size={size}"))[2]) == ["page_size"]


def test_the_count_is_capped_unless_it_is_asked_for(
    api: Caller, tickets: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pagination, "COUNT_CAP", 5)

    capped = api.get("/api/tickets").json()
    exact = api.get("/api/tickets?count=exact").json()
    few = api.get("/api/tickets?status=nothing").json()

    assert (capped["count"], capped["count_capped"]) == (5, True)
    assert (exact["count"], exact["count_capped"]) == (7, False)
    assert (few["count"], few["count_capped"]) == (0, False)


def _cursor(api: Caller, url: str) -> str:
    link: str = api.get(url).json()["next"]
    return parse_qs(urlsplit(link).query)["cursor"][0]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda cursor: cursor[:-1],
        lambda cursor: "A" + cursor[1:],
        lambda cursor: "",
        lambda cursor: "%00",
        lambda cursor: "a:b:c",
        lambda cursor: "é:é:é",
        lambda cursor: signing.dumps(["/api/tickets", "-updated_at,pk", [1, 2], False]),
    ],
)
def test_a_broken_cursor_is_invalid(api: Caller, tickets: list[int], spoil: Any) -> None:
    cursor = spoil(_cursor(api, "/api/tickets?page_size=2"))

    assert list(error(api.get(f"/api/tickets?page_size=2&cursor={cursor}"))[2]) == ["cursor"]


def test_a_cursor_belongs_to_its_list_and_its_order(api: Caller, tickets: list[int]) -> None:
    cursor = _cursor(api, "/api/tickets?page_size=2&order=id")

    for url in (
        f"/api/tickets?cursor={cursor}",
        f"/api/tickets?order=-id&cursor={cursor}",
        f"/api/transactions?order=id&cursor={cursor}",
    ):
        assert list(error(api.get(url))[2]) == ["cursor"]
