"""The demo: the same story each time, true to its log, and nothing leaves the machine."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection
from redis import Redis

from customfields.models import CustomField
from scrips.models import Delivery, Scrip, ScripVersion
from scrips.stock import STOCK
from tessera.lib import clock
from tickets.models import Queue, Ticket, Transaction
from tickets.replay import verify

# Steps that fall into the present must fall into the same present each time.
NOW = datetime(2026, 3, 18, 15, 0, tzinfo=UTC)


def tell(**options: Any) -> None:
    with connection.cursor() as cursor:
        # This test never commits; what would be checked at COMMIT is checked before the next command.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
        cursor.execute("SET CONSTRAINTS raises_generation IMMEDIATE")
    with clock.at(NOW):
        call_command("demo", tickets=12, **options)


def story() -> tuple[list[tuple[Any, ...]], list[str]]:
    tickets = Ticket.objects.order_by("pk")
    return (
        list(tickets.values_list("subject", "status", "priority", "last_seq")),
        list(Transaction.objects.order_by("ticket_id", "seq").values_list("type", flat=True)),
    )


@pytest.mark.django_db
def test_the_demo_tells_a_verified_story_and_nothing_leaves_the_machine() -> None:
    tell(seed=3)
    assert [fault for _tickets, _rows, found in verify() for fault in found] == []
    assert Ticket.objects.count() == 12
    assert set(Delivery.objects.values_list("status", "recorded")) == {("sent", True)}
    recorded = Transaction.objects.filter(type__in=["EmailRecord", "WebhookDelivery"]).count()
    assert recorded == Delivery.objects.count() > 0
    assert Transaction.objects.filter(type="ScripError").count() == 0
    assert set(Scrip.objects.filter(everywhere=True).values_list("name", flat=True)) == set(STOCK)
    pager = Scrip.objects.get(action_type="Webhook")
    assert (pager.shadow, pager.version) == (True, 2)
    assert ScripVersion.objects.filter(scrip_id=pager.pk).count() == 2


@pytest.mark.django_db(transaction=True)
def test_no_worker_is_told_of_what_the_demo_sent() -> None:
    tell(seed=3)
    assert Delivery.objects.exists()
    broker = Redis.from_url(settings.REDIS_URL)
    assert (broker.llen("mail"), broker.llen("webhook")) == (0, 0)


@pytest.mark.django_db
def test_the_same_seed_tells_the_same_story_and_another_another() -> None:
    tell(seed=3)
    first = story()
    tell(seed=3, reset=True)
    assert story() == first
    tell(seed=4, reset=True)
    assert story() != first


@pytest.mark.django_db
def test_a_system_in_use_is_not_filled() -> None:
    tell()
    with pytest.raises(CommandError, match="There are tickets already"):
        tell()


@pytest.mark.django_db
def test_names_that_somebody_uses_already_are_told() -> None:
    CustomField.objects.create(key="severity", name="How bad", field_type="Freeform")
    with pytest.raises(CommandError, match="There is already: How bad"):
        tell()


@pytest.mark.django_db
def test_reset_says_what_it_removes_and_leaves_a_place_for_tickets(
    capsys: pytest.CaptureFixture[str],
) -> None:
    tell()
    capsys.readouterr()
    tell(reset=True)
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "Removing all 12 tickets, their log, and all configuration."
    assert Queue.objects.filter(name="General").exists()
