"""A customer's requests."""

import re

import pytest
from django.test import Client

from tests.cost import asked
from tests.desk.portal.conftest import Portal
from tests.office import Office
from tests.people import grant, holder
from tickets import config, service
from tickets.state import fetch


def _make(office: Office, count: int, **more: object) -> list[int]:
    return [
        service.create(
            {
                "queue": "Support",
                "subject": f"Request {number}",
                "requestors": ["maya@example.com"],
                **more,
            },
            actor=office.admin,
        ).ticket.id
        for number in range(count)
    ]


def _subjects(page: str) -> list[str]:
    return re.findall(r"<b>((?:Request \d+|Blank labels|Of another))</b>", page)


def test_open_ones_stand_before_the_closed(portal: Portal, office: Office) -> None:
    (closed,) = _make(office, 1)
    service.apply(closed, {"status": "resolved"}, actor=office.admin)

    page = portal.client.get("/portal/").content.decode()

    assert _subjects(page) == ["Blank labels", "Request 0"]
    assert re.search(r"Answered.*Closed", page, re.DOTALL)


def test_tickets_that_one_may_see_but_did_not_ask_for_are_no_requests(
    portal: Portal, office: Office
) -> None:
    grant("customer", user=portal.maya)
    _make(office, 1, requestors=["x@example.com"], subject="Of another")
    _make(office, 1, requestors=[], cc=["MAYA@example.com"])

    page = portal.client.get("/portal/").content.decode()

    assert _subjects(page) == ["Request 0", "Blank labels"]


def test_cc_who_may_not_see_tickets_finds_none(office: Office) -> None:
    _make(office, 1, cc=["lee@example.com"])
    client = Client()
    client.force_login(holder("lee", email="lee@example.com"))

    assert _subjects(client.get("/portal/").content.decode()) == []


def test_pages_follow_one_another_by_key(portal: Portal, office: Office) -> None:
    _make(office, 27)

    first = portal.client.get("/portal/")
    older = re.search(r'rel="next" href="([^"]+)"', first.content.decode())
    assert older is not None
    second = portal.client.get(older[1].replace("&amp;", "&"))

    both = _subjects(first.content.decode()) + _subjects(second.content.decode())
    assert len(both) == len(set(both)) == 28
    assert 'rel="prev"' in second.content.decode()


def test_words_and_keys_find(portal: Portal, office: Office) -> None:
    _make(office, 2)
    (other,) = _make(office, 1, requestors=["x@example.com"])

    by_text = portal.client.get("/portal/?q=update").content.decode()
    by_key = portal.client.get(f"/portal/?q={portal.ticket.key}")
    by_anothers = portal.client.get(f"/portal/?q={fetch([other])[other].key}")

    assert _subjects(by_text) == ["Blank labels"]
    assert by_key["Location"] == portal.path
    assert by_anothers.status_code == 200


@pytest.mark.parametrize("words", ["'", "\\", "' OR id > 0 OR '", "%", "NOT", "x" * 300, "\0", "-"])
def test_words_are_words_whatever_they_are(portal: Portal, words: str) -> None:
    answer = portal.client.get("/portal/", {"q": words})

    assert answer.status_code == 200
    assert "Request" not in _subjects(answer.content.decode())


@pytest.mark.parametrize("query", ["cursor=x", "show=none", "show=closed&cursor=a%3Ab"])
def test_what_is_no_choice_is_not_chosen(portal: Portal, query: str) -> None:
    assert portal.client.get(f"/portal/?{query}").status_code == 200


def test_who_asked_for_nothing_is_told_how_to(maya: object, office: Office) -> None:
    client = Client()
    client.force_login(maya)  # type: ignore[arg-type]  # the fixture's user

    page = client.get("/portal/").content.decode()

    assert "You have asked for nothing yet" in page
    assert 'href="/portal/new"' in page


@pytest.mark.parametrize("count", [1, 3])
def test_list_costs_the_same_for_one_and_three(portal: Portal, office: Office, count: int) -> None:
    for number in _make(office, count):
        service.apply(number, {"status": "resolved"}, actor=office.admin)
    _make(office, count - 1)
    config.current()
    portal.client.get("/portal/")

    with asked() as told:
        portal.client.get("/portal/")
    assert len(told) == 18, "\n".join(told)


@pytest.mark.parametrize(
    ("path", "there"),
    [
        ("/", "/portal/"),
        ("/?view=all", "/portal/"),
        ("/search", "/portal/"),
        ("/search?q=Status = open", "/portal/"),
        ("/reports/", "/portal/"),
        ("/views/new", "/portal/"),
        ("/bulk", "/portal/"),
        ("/tickets/new", "/portal/new"),
    ],
)
def test_customer_who_types_the_way_to_the_desk_comes_to_the_portal(
    portal: Portal, path: str, there: str
) -> None:
    assert portal.client.get(path)["Location"] == there
