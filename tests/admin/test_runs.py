"""The page of runs: what rules did lately on the tickets that one may know of, the failed first."""

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from scrips import service
from scrips.models import Run, Scrip
from tessera.accounts.models import User
from tessera.desk import runs
from tessera.lib import clock
from tests.admin.pages import text
from tests.admin.test_scrip_list import rule
from tests.office import Office
from tests.people import holder
from tickets import service as tickets
from tickets.models import Transaction

RUNS = "/admin/scrips/run/"


def happened(office: Office, queue: str = "Support") -> Transaction:
    ticket = tickets.create({"queue": queue, "subject": "Printer"}, actor=office.admin).ticket
    return Transaction.objects.filter(ticket=ticket.id).latest("pk")


def ran(scrip: Scrip, about: Transaction, minutes: int = 1, **more: Any) -> Run:
    values = {
        "transaction": about,
        "scrip_id": scrip.pk,
        "scrip_version": 1,
        "name": scrip.name,
        "stage": "TransactionCreate",
        "verdict": "fired",
        "because": f"{minutes} minutes",
        "duration_us": 1,
        "created_at": clock.now() - timedelta(minutes=minutes),
    }
    return Run.objects.create(**values | more)


def told(page: str) -> list[str]:
    """Their reasons, in the order of the page."""
    return re.findall(r"<td>(\d+ minutes)", page)


def test_failed_come_first_then_the_newest(site: Client, office: Office) -> None:
    scrip, about = rule(office), happened(office)
    ran(scrip, about, 1)
    ran(scrip, about, 30, verdict="failed", error="no such <b>status</b>")
    ran(scrip, about, 20, verdict="shadow")
    ran(scrip, about, 90)

    assert told(text(site.get(RUNS))) == ["30 minutes", "1 minutes", "20 minutes", "90 minutes"]
    page = text(site.get(RUNS, {"span": "hour"}))
    assert told(page) == ["30 minutes", "1 minutes", "20 minutes"]
    assert "no such &lt;b&gt;status" in page


def test_runs_are_narrowed_by_rule_queue_verdict_and_ticket(site: Client, office: Office) -> None:
    one, other = rule(office, "One"), rule(office, "Other")
    here, there = happened(office), happened(office, "Other")
    ran(one, here, 1)
    ran(other, here, 2, verdict="failed")
    ran(one, there, 3)

    def asked(**given: Any) -> list[str]:
        return told(text(site.get(RUNS, given)))

    assert asked(scrip=one.pk) == ["1 minutes", "3 minutes"]
    assert asked(queue=office.support.pk) == ["2 minutes", "1 minutes"]
    assert asked(verdict="failed") == ["2 minutes"]
    assert asked(ticket=f"TKT-{there.ticket_id:04}") == ["3 minutes"]
    assert asked(ticket="nonsense") == []
    assert len(asked(day="9999-12-31")) == 3
    assert asked(scrip="x", queue="9" * 30, verdict="y", span="z") == asked()


def test_pages_follow_each_other_without_a_gap(
    site: Client, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "PAGE", 2)
    scrip, about = rule(office), happened(office)
    moment = clock.now() - timedelta(minutes=5)
    for number in range(7):
        verdict = "failed" if number in (0, 3, 6) else "fired"
        ran(scrip, about, number, verdict=verdict, created_at=moment)
    url, pages = f"{RUNS}?verdict=", []
    while url:
        page = text(site.get(url))
        pages.append([int(each.split()[0]) for each in told(page)])
        found = re.search(r'rel="next" href="([^"]+)"', page)
        url = f"{RUNS}{unescape(found[1])}" if found else ""

    assert pages == [[6, 3], [0, 5], [4, 2], [1]]
    assert len(told(text(site.get(f"{RUNS}?after=broken")))) == 2


def test_page_costs_the_same_for_one_run_and_three(site: Client, office: Office) -> None:
    scrip = rule(office)
    ran(scrip, happened(office), 1)
    site.get(RUNS)
    with CaptureQueriesContext(connection) as one:
        site.get(RUNS)
    for number in range(2):
        ran(scrip, happened(office), number + 2, verdict="failed")
    with CaptureQueriesContext(connection) as three:
        site.get(RUNS)

    assert len(one) == len(three)


def test_each_leads_to_its_rule_ticket_and_reason(site: Client, office: Office) -> None:
    scrip, about = rule(office), happened(office)
    ran(scrip, about)

    page = text(site.get(RUNS))

    key = f"TKT-{about.ticket_id:04}"
    for path in (
        f"/admin/scrips/scrip/{scrip.pk}/change/",
        f"/tickets/{key}",
        f"/tickets/{key}/why/{about.seq}",
    ):
        assert f'href="{path}"' in page
        assert site.get(path).status_code == 200
    service.delete_scrip(scrip, actor=office.admin)
    assert "deleted since" in text(site.get(RUNS))


def test_transaction_is_explained_by_its_number(site: Client, office: Office) -> None:
    about = happened(office)

    answer = site.get(f"{RUNS}explain/", {"transaction": f" {about.pk} "})

    assert answer["Location"] == f"/tickets/TKT-{about.ticket_id:04}/why/{about.seq}"
    for raw in ("", "x", "999999", "9" * 40):
        page = text(site.get(f"{RUNS}explain/", {"transaction": raw}, follow=True))
        assert "There is no transaction" in page


def test_runs_on_tickets_that_one_may_not_know_of_are_not_there(office: Office) -> None:
    scrip = rule(office)
    ran(scrip, happened(office))
    holder("ruler", "AdminScrips")
    holder("knower", "AdminScrips", "ShowTicket", "ShowOutgoingMail", "SeeQueue")
    holder("clerk", "AdminQueue")

    def page(name: str) -> Any:
        client = Client()
        client.force_login(User.objects.get(username=name))
        return client.get(RUNS)

    assert told(text(page("ruler"))) == []
    assert told(text(page("knower"))) == ["1 minutes"]
    assert page("clerk").status_code in (302, 403)


def test_empty_page_says_what_would_stand_there(site: Client, office: Office) -> None:
    assert "No rule ran" in text(site.get(RUNS))
    assert "No run is like that" in text(site.get(RUNS, {"verdict": "failed"}))
