"""Marks of what the reader has not seen yet, and signs of what went wrong."""

import re
from collections.abc import Sequence
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from scrips import service as scrips
from scrips.models import Delivery
from tessera.accounts.models import User
from tessera.desk import listing
from tessera.lib import clock
from tests.desk.conftest import MakeTickets
from tests.office import Office
from tests.people import administrator
from tickets import reading, service
from tickets.access import Actor, actor_of
from tickets.models import Reading, Ticket

_ROW = re.compile(r"<tr( class=\"unread\")?>(.*?)</tr>", re.DOTALL)
_SUBJECT = re.compile(r"Printer \d+")


def unread(client: Client) -> list[str]:
    """The subjects of the list's unread tickets; each is also said to be so."""
    page = client.get("/search?order=id").content.decode()
    found = []
    for mark, row in _ROW.findall(page):
        if subject := _SUBJECT.search(row):
            assert bool(mark) == ("Unread:" in row)
            found += [subject[0]] if mark else []
    return found


def changed(number: int, office: Office, **changes: object) -> None:
    service.apply(number, changes or {"priority": 7}, actor=office.admin)


@pytest.fixture
def agent(office: Office, make_tickets: MakeTickets) -> Client:
    """Uma, with every right, who was there before the three tickets came."""
    uma = administrator("uma", email="uma@example.com")
    make_tickets(3)
    client = Client()
    client.force_login(uma)
    return client


def me() -> Actor:
    return actor_of(User.objects.get(username="uma"))


def ids() -> list[int]:
    return list(Ticket.objects.order_by("pk").values_list("pk", flat=True))


def came_now() -> None:
    User.objects.filter(username="uma").update(unread_since=clock.now())


def test_newcomer_has_nothing_to_catch_up_with_but_sees_what_changes_from_then_on(
    agent: Client, office: Office
) -> None:
    came_now()
    first = unread(agent)
    changed(ids()[1], office)

    assert (first, unread(agent)) == ([], ["Printer 1"])


def test_opening_a_ticket_reads_it_until_it_changes_again(agent: Client, office: Office) -> None:
    number = ids()[2]
    before = unread(agent)
    agent.get(f"/tickets/{Ticket(pk=number).key}")
    after = unread(agent)
    changed(number, office)

    assert before == ["Printer 0", "Printer 1", "Printer 2"]
    assert after == ["Printer 0", "Printer 1"]
    assert unread(agent) == before


def test_what_one_did_oneself_is_no_news(agent: Client, office: Office) -> None:
    came_now()
    service.apply(ids()[0], {"priority": 9}, actor=me())

    assert unread(agent) == []


def test_others_see_their_own_marks_alone(agent: Client, office: Office) -> None:
    ann = Client()
    ann.force_login(office.ann)
    for number in ids():
        agent.get(f"/tickets/{Ticket(pk=number).key}")

    assert unread(agent) == []
    assert Reading.objects.exclude(user__username="uma").count() == 0


@pytest.mark.parametrize(
    ("headers", "method"), [({"Sec-Purpose": "prefetch"}, "get"), ({}, "head")]
)
def test_page_that_nobody_looks_at_reads_nothing(
    agent: Client, headers: dict[str, str], method: str
) -> None:
    answer = getattr(agent, method)(f"/tickets/{Ticket(pk=ids()[0]).key}", headers=headers)

    assert (answer.status_code, Reading.objects.count()) == (200, 0)


def test_api_reads_nothing(agent: Client) -> None:
    answer = agent.get(f"/api/tickets/{ids()[0]}")

    assert (answer.status_code, Reading.objects.count()) == (200, 0)


def test_page_is_shown_though_the_note_fails(
    agent: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_given: object) -> None:
        raise DatabaseError("read only")

    monkeypatch.setattr(reading, "opened", refuse)
    answer = agent.get(f"/tickets/{Ticket(pk=ids()[0]).key}")

    assert (answer.status_code, Reading.objects.count()) == (200, 0)


def test_older_page_that_comes_late_takes_nothing_back(agent: Client, office: Office) -> None:
    number = ids()[0]
    old = service.visible(number, me())
    changed(number, office)
    reading.opened(service.visible(number, me()), me())
    reading.opened(old, me())

    assert "Printer 0" not in unread(agent)


@pytest.mark.parametrize(
    ("act", "left"), [("read", ["Printer 2"]), ("unread", ["Printer 0", "Printer 1"])]
)
def test_those_that_were_ticked_are_marked(agent: Client, act: str, left: Sequence[str]) -> None:
    if act == "unread":
        reading.mark(ids(), me(), read=True)
    given = {"id": ids()[:2], "act": act, "back": "/search?order=id"}
    answer = agent.post("/picked", given, follow=True)

    assert answer.redirect_chain == [("/search?order=id", 302)]
    assert f"2 tickets are marked as {act}." in answer.content.decode()
    assert unread(agent) == left


def test_mark_leads_nowhere_else_and_names_no_ticket_that_one_may_not_see(
    agent: Client, stranger: Client
) -> None:
    for back in ("https://evil.example/", "//evil.example/", "javascript:alert(1)"):
        answer = stranger.post("/picked", {"id": ids(), "act": "read", "back": back})
        assert answer["Location"] == "/"

    assert Reading.objects.count() == 0


def test_change_leads_to_the_form_with_the_tickets(agent: Client) -> None:
    answer = agent.post("/picked", {"id": [*ids()[:2], "x"], "act": "change"})

    first, second = ids()[:2]
    assert answer["Location"] == f"/bulk?id={first}&id={second}"


def test_marks_are_asked_of_the_page_alone(agent: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "PAGE", 2)
    with CaptureQueriesContext(connection) as asked:
        agent.get("/search?q=Status = new")

    marked = [each["sql"] for each in asked if "tickets_reading" in each["sql"]]
    assert len(marked) == 1
    # Else the planner, which expects a row for each ticket that there is, reads the whole log beforehand.
    assert marked[0].count("OFFSET 0") == 2


@pytest.mark.parametrize("path", ["/?", "/?queue={queue}&", "/search?q=Status = new&"])
def test_unread_ones_alone_are_asked_for_wherever_tickets_are_listed(
    agent: Client, office: Office, path: str
) -> None:
    first, second, third = ids()
    came_now()
    changed(second, office)
    reading.mark([first], me(), read=False)  # lies before what his marks began with
    changed(third, office)
    agent.get(f"/tickets/{Ticket(pk=third).key}")
    queue = Ticket.objects.get(pk=first).queue_id

    page = agent.get(path.format(queue=queue) + "unread=1&order=id").content.decode()
    told = agent.get("/views/counts").json()["counts"]

    assert _SUBJECT.findall(page) == ["Printer 0", "Printer 1"]
    assert (told["view=open&unread=1"], told["view=open"]) == ("2", "3")
    # No query says so: what follows from it would be about the read ones too.
    assert not {"Save as view", "export.csv", "All that are found"} & set(
        re.findall(r"Save as view|export\.csv|All that are found", page)
    )


def test_unread_ones_can_be_gone_through_to_the_last(agent: Client, office: Office) -> None:
    for number in ids():
        agent.get(f"/tickets/{Ticket(pk=number).key}")
    page = agent.get("/?unread=1").content.decode()

    assert "Nothing unread" in page
    assert 'href="/"' in page.split("Read ones too")[0]
    assert "Reading" not in page


@pytest.mark.parametrize(
    ("columns", "hours", "status", "told"),
    [
        ("key,subject", -2, "new", ["Overdue for 2 h"]),
        ("key,subject", 3.5, "new", ["Due in 3 h"]),
        ("key,subject", 80, "new", []),
        ("key,subject", -2, "resolved", []),
        ("key,subject,due_at", -2, "new", ["2 h late"]),
        ("status,key", -2, "new", ["Overdue for 2 h"]),
    ],
)
def test_row_says_in_words_how_near_its_ticket_is_due(
    agent: Client, columns: str, hours: float, status: str, told: list[str]
) -> None:
    Ticket.objects.filter(pk=ids()[0]).update(
        due_at=clock.now() + timedelta(hours=hours, seconds=30 if hours > 0 else -30), status=status
    )
    page = agent.get(f"/?view=all&columns={columns}").content.decode()
    rows = page.split("<tbody>")[1].split("</tbody>")[0]

    assert re.findall(r">([^<]*(?:Overdue|Due in|late)[^<]*)<", rows) == told


def test_ticket_with_a_failed_rule_or_a_dead_delivery_carries_a_sign(
    agent: Client, office: Office, answers: int
) -> None:
    number = ids()[0]
    service.apply(number, {"message": {"type": "correspond", "content": "x"}}, actor=office.admin)
    Delivery.objects.filter(ticket=number).update(status="dead", died_at=clock.now())
    page = agent.get("/search?order=id").content.decode()

    assert page.count("A delivery was given up</span>") == 1
    Delivery.objects.filter(ticket=number).update(status="cancelled", died_at=None)
    assert "A delivery was given up" not in agent.get("/search").content.decode()


def test_rule_that_failed_is_told_for_a_week(agent: Client, office: Office) -> None:
    rule = {"name": "Broken", "condition_type": "OnPriorityChange", "action_type": "SetCustomField"}
    scrips.save_scrip(
        None,
        {**rule, "action_config": {"field": "severity", "value": "{{ ticket.subject }}"}},
        actor=me(),
    )
    with clock.at(clock.now() - timedelta(days=8)):
        changed(ids()[0], office)
    changed(ids()[1], office)
    page = agent.get("/search?order=id").content.decode()

    assert re.findall(r"Printer \d+|A rule failed</span>", page) == [
        "Printer 0",
        "Printer 1",
        "A rule failed</span>",
        "Printer 2",
    ]
