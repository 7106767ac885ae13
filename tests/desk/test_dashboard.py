"""The start of the administration: numbers that their lists agree with, and signs of what is wrong."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from scrips import figures as deliveries
from scrips import service as scrips
from scrips.models import Delivery, Host
from tessera.accounts.models import User
from tessera.desk import dashboard, vital
from tessera.lib import clock, pulse
from tests.office import Office
from tests.people import holder
from tests.scrips.deliveries import make_hook
from tickets import config, figures, service
from tickets.models import Ticket


@pytest.fixture
def site(office: Office) -> Client:
    client = Client()
    client.force_login(User.objects.get(username="root"))
    return client


def make(office: Office, *, age: int = 0, status: str = "new", queue: str = "Support") -> int:
    """A ticket that was made so many days ago."""
    values = {"queue": queue, "subject": "Printer", "status": status}
    number = service.create(values, actor=office.admin).ticket.id
    made = clock.now() - timedelta(days=age)
    Ticket.objects.filter(pk=number).update(created_at=made)
    return number


def close(office: Office, number: int, status: str = "resolved") -> None:
    service.apply(number, {"status": "open"}, actor=office.admin)
    service.apply(number, {"status": status}, actor=office.admin)


def test_opened_and_closed_are_counted_by_day_without_the_deleted(office: Office) -> None:
    make(office)
    make(office, age=3)
    make(office, age=figures.DAYS + 1)
    close(office, make(office, age=3))
    gone = make(office)
    close(office, gone, "deleted")

    now = clock.now()
    found = figures.flow(config.current(), now)

    today, before = now.date(), (now - timedelta(days=3)).date()
    assert {day: n for day, n in found.opened.items() if n} == {today: 1, before: 2}
    assert {day: n for day, n in found.closed.items() if n} == {today: 1}


def test_open_tickets_are_grouped_by_queue_and_age(office: Office) -> None:
    for age in (0, 2, 10, 45, 400, 400):
        make(office, age=age)
    make(office, queue="Other")
    close(office, make(office))

    found = figures.open_tickets(config.current(), clock.now())

    assert found.by_queue == {
        office.support.pk: (1, 1, 1, 1, 2),
        office.other.pk: (1, 0, 0, 0, 0),
    }


def test_each_number_leads_to_a_list_of_just_as_many(site: Client, office: Office) -> None:
    for age in (0, 2, 2, 10, 400):
        make(office, age=age)
    close(office, make(office, age=2))

    page = site.get("/admin/").content.decode()

    links = re.findall(r'<td class="end"><a href="(/search[^"]+)">(\d+)</a>', page)
    assert len(links) >= 8
    for address, number in links:
        listed = site.get(unescape(address))
        assert listed.context["shown"].listing.count == int(number), unescape(address)


def test_marks_of_runs_and_what_there_is_lead_to_lists_of_just_as_many(
    site: Client, office: Office
) -> None:
    rule = {"name": "Urgent", "condition_type": "OnCreate", "action_type": "SetPriority"}
    scrips.save_scrip(None, {**rule, "action_config": {"priority": 3}}, actor=office.admin)
    for _each in range(3):
        make(office)
    User.objects.filter(pk=office.ann.pk).update(disabled=True)

    page = unescape(site.get("/admin/").content.decode())

    (address,) = re.findall(r'<a href="(/admin/scrips/run/\?day=[^"]+verdict=fired)">3</a>', page)
    assert len(site.get(address).context["found"].runs) == 3
    steps = site.get("/admin/").context["steps"]
    counts = {str(step.label): (step.count, listed(site, step.url)) for step in steps}
    assert {name: pair for name, pair in counts.items() if pair[0] != pair[1]} == {}


def listed(site: Client, address: str) -> int:
    """How many rows a list of the administration says that it has."""
    context = site.get(address).context
    found = context["listing"].count if "listing" in context else context["cl"].result_count
    return int(found)


def test_numbers_are_counted_at_most_once_a_minute(
    site: Client, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(office)
    site.get("/admin/")
    make(office)

    with CaptureQueriesContext(connection) as again:
        kept = site.get("/admin/").context["board"]
    later = clock.now() + timedelta(seconds=61)
    monkeypatch.setattr(clock, "now", lambda: later)
    fresh = site.get("/admin/").context["board"]

    assert "1 open," in kept.panels[1].told
    assert "2 open," in fresh.panels[1].told
    assert not any(
        "tickets_ticket" in each["sql"] and "resolved_at" in each["sql"] for each in again
    )


def test_while_one_counts_others_are_given_the_last_numbers(office: Office) -> None:
    old = dashboard.Figures(datetime(2026, 1, 1, tzinfo=UTC), None, None, None)
    cache.set(dashboard._KEY, old)
    cache.add(f"{dashboard._KEY}:counting", 1)

    assert dashboard.figures_of(config.current()) == old


def test_what_takes_too_long_is_said_and_the_rest_is_there(
    site: Client, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(figures, "_OPEN", "SELECT pg_sleep(20)")
    monkeypatch.setattr(dashboard, "_PATIENCE", 20)
    make(office)

    page = site.get("/admin/").content.decode()

    assert "takes too long" in page
    assert "1 opened, 0 closed" in page


def test_without_a_cache_the_page_is_there(
    site: Client, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_given: object, **_more: object) -> None:
        raise ConnectionError("away")

    for name in ("get", "set", "add", "delete"):
        monkeypatch.setattr(cache, name, away)

    signs = {sign.name: sign for sign in site.get("/admin/").context["board"].signs}

    assert signs["Worker"].state == "late"
    assert "cache does not answer" in signs["Worker"].told


def test_signs_tell_of_worker_and_beat(office: Office) -> None:
    def states() -> list[tuple[str, str]]:
        return [(sign.name, sign.state) for sign in vital.signs(())]

    assert states() == [("Worker", "late"), ("Beat", "soon"), ("Messages", "good")]
    pulse.mark(pulse.WORKER, lasts=timedelta(seconds=15))
    assert states()[:2] == [("Worker", "good"), ("Beat", "late")]
    pulse.mark(pulse.SWEEP, lasts=timedelta(days=1))
    assert states()[:2] == [("Worker", "good"), ("Beat", "good")]


def test_signs_tell_of_deliveries_that_wait_or_died_and_of_hosts(office: Office) -> None:
    now = clock.now()
    dead, late = make_hook("https://a.example.com/"), make_hook("https://b.example.com/")
    Delivery.objects.filter(pk=dead.pk).update(status="dead", next_attempt_at=None, died_at=now)
    Delivery.objects.filter(pk=late.pk).update(next_attempt_at=now - timedelta(minutes=10))
    Host.objects.create(name="a.example.com", opened_at=now, probe_at=now, last_failure_at=now)

    told = {sign.name: (sign.state, sign.told) for sign in vital.signs(deliveries.standings())}

    assert told["Oldest due"] == ("soon", "A delivery has been due for 10 min.")
    assert told["Hosts"] == ("late", "1 fails and is left alone: a.example.com")
    assert told["Given up"][0] == "late"
    assert [(each.status, each.count) for each in deliveries.standings()] == [
        *(("pending", 1), ("sending", 0), ("failed", 0), ("dead", 1), ("cancelled", 0)),
    ]


def test_whoever_administers_rules_alone_sees_no_tickets_and_no_mail(office: Office) -> None:
    make(office)
    client = Client()
    client.force_login(holder("rita", "AdminScrips"))

    board = client.get("/admin/").context["board"]

    assert [panel.title for panel in board.panels] == ["Rules"]
    assert [sign.name for sign in board.signs] == ["Worker", "Beat", "Messages"]
    assert "/search?" not in client.get("/admin/").content.decode()
