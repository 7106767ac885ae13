"""Who else has a ticket open."""

import re
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from tests.desk.conftest import MakeTickets
from tests.office import Office
from tests.people import holder
from tickets import service
from tickets.models import Transaction
from tickets.models.ticket import ticket_key


def colleague(name: str) -> Client:
    client = Client()
    client.force_login(holder(name, "ShowTicket", "CommentOnTicket"))
    return client


def seen(client: Client, number: int, **doing: str) -> str:
    page = client.get(f"/tickets/{ticket_key(number)}/here", doing).content.decode()
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_two_people_see_each_other_and_what_they_do(
    make_tickets: MakeTickets, office: Office
) -> None:
    here, elsewhere = make_tickets(2)
    lee, lou = colleague("lee"), colleague("lou")

    first = seen(lee, here, doing="reading")
    second = seen(lou, here, doing="writing")
    third = seen(lee, here, doing="reading")

    assert (first, second, third) == ("", "lee is reading", "lou is writing")
    assert seen(lou, elsewhere) == ""
    assert Transaction.objects.filter(ticket=here).count() == 1


def test_news_are_told_to_who_has_an_older_version_open(
    make_tickets: MakeTickets, office: Office
) -> None:
    (number,) = make_tickets(1)
    lee = colleague("lee")
    before = service.visible(number, office.admin).version
    service.apply(number, {"priority": 80}, actor=office.admin)
    message = {"type": "correspond", "content": "Mine"}
    now = service.apply(number, {"message": message}, actor=office.admin).ticket.version

    assert "replied" in seen(lee, number, version=str(before))
    assert "and 1 more" in seen(lee, number, version=str(before))
    assert [seen(lee, number, version=each) for each in (str(now), "9" * 30, "x", "")] == [""] * 4


def test_customers_neither_see_nor_are_seen(make_tickets: MakeTickets, office: Office) -> None:
    (number,) = make_tickets(1)
    customer = Client()
    customer.force_login(holder("kim", "ShowTicket", "ReplyToTicket"))

    answer = customer.get(f"/tickets/{ticket_key(number)}/here")
    page = customer.get(f"/tickets/{ticket_key(number)}").content.decode()

    assert answer.status_code == 403
    assert 'id="here"' not in page
    assert seen(colleague("lee"), number) == ""


def test_cache_that_is_away_shows_nobody(
    make_tickets: MakeTickets, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    (number,) = make_tickets(1)

    def away(*_args: Any, **_more: Any) -> None:
        raise ConnectionError

    monkeypatch.setattr(cache, "get", away)

    assert seen(colleague("lee"), number) == ""
