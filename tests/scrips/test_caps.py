"""Two machines that answer each other come to an end, and people notice nothing of it."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from pytest_django.fixtures import Settings

from scrips import caps, claims, outbox
from scrips.caps import PER_ADDRESS, Cap
from scrips.models import Delivery, Mailing
from tessera.lib import clock
from tests.journeys.servers import MailServer
from tests.office import Office
from tests.scrips.deliveries import make_due, make_mail, make_ticket
from tests.scrips.test_engine import mail as mailing_scrip
from tests.tickets.test_door import create
from tickets.models import Ticket

NOW = clock.now()
TOLD = "more than 10 mails within 10 minutes about this ticket; is there a loop?"

database = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("cap", PER_ADDRESS, ids=str)
def test_cap_lets_as_many_through_as_it_says(cap: Cap) -> None:
    times = [NOW - cap.within * share / cap.count for share in range(cap.count)]
    assert cap.reached(times, NOW)
    assert not cap.reached(times[1:], NOW)
    assert not cap.reached(times, NOW + cap.within / cap.count)  # the oldest counts no more
    assert not cap.reached(times, NOW - timedelta(seconds=1))  # what comes later does not count


def test_caps_say_what_they_are() -> None:
    assert [str(cap) for cap in PER_ADDRESS] == [
        "more than 10 mails within 10 minutes",
        "more than 15 mails within 30 minutes",
        "more than 25 mails within 1 hour",
        "more than 50 mails within 3 hours",
        "more than 100 mails within 10 hours",
    ]
    assert str(Cap(1, timedelta(hours=1))) == "more than 1 mail within 1 hour"
    assert str(Cap(3, timedelta(seconds=20))) == "more than 3 mails within 1 minute"


@pytest.fixture
def ticket() -> Ticket:
    return make_ticket()


def send(ticket: Ticket, times: int = 1, **changes: Any) -> list[Delivery]:
    mails = [make_mail(ticket=ticket, **changes) for _ in range(times)]
    outbox.deliver("email", [mail.pk for mail in mails])
    return list(Delivery.objects.filter(pk__in=[mail.pk for mail in mails]).order_by("pk"))


def statuses(mails: list[Delivery]) -> list[str]:
    return [mail.status for mail in mails]


@database
def test_eleventh_mail_to_one_address_about_one_ticket_is_cancelled_and_says_why(
    ticket: Ticket, mail_server: MailServer
) -> None:
    *fine, capped = send(ticket, 11)
    assert set(statuses(fine)) == {"sent"}
    assert (capped.status, capped.attempts, capped.next_attempt_at) == ("cancelled", 0, None)
    assert capped.last_error == f"ann@example.com: {TOLD}"
    assert not capped.attempt_rows.exists()
    assert len(mail_server.received) == 10
    assert statuses(send(ticket, to=["ANN@Example.com"])) == ["cancelled"]


@database
def test_other_addresses_and_other_tickets_are_counted_apart(
    ticket: Ticket, mail_server: MailServer
) -> None:
    send(ticket, 10)
    assert statuses(send(ticket, to=["bob@example.com"])) == ["sent"]
    assert statuses(send(make_ticket())) == ["sent"]


@database
def test_of_several_recipients_the_capped_alone_is_left_out(
    ticket: Ticket, mail_server: MailServer
) -> None:
    send(ticket, 10)
    (mail,) = send(ticket, to=["ann@example.com"], cc=["bob@example.com"])
    assert (mail.status, mail.last_error) == ("sent", f"ann@example.com: {TOLD}")
    assert mail_server.received[-1].recipients == ["bob@example.com"]
    record = ticket.transactions.get(delivery_id=mail.pk)
    assert (record.data["to"], record.data["cc"]) == ([], ["bob@example.com"])


@database
def test_of_a_mail_that_is_a_file_the_record_names_who_was_let_through(ticket: Ticket) -> None:
    send(ticket, 10)
    (mail,) = send(ticket, to=["ann@example.com"], cc=["bob@example.com"])
    assert (mail.status, mail.last_error) == ("sent", f"ann@example.com: {TOLD}")
    assert ticket.transactions.get(delivery_id=mail.pk).data["to"] == []


@database
def test_tries_of_one_mail_count_once(ticket: Ticket, mail_server: MailServer) -> None:
    mail_server.data.extend(["451 later"] * 9)
    (mail,) = send(ticket)
    for _ in range(8):
        make_due(mail)
        outbox.deliver("email", [mail.pk])
    assert Mailing.objects.count() == 1
    assert set(statuses(send(ticket, 9))) == {"sent"}
    assert statuses(send(ticket)) == ["cancelled"]
    make_due(mail)
    outbox.deliver("email", [mail.pk])
    mail.refresh_from_db()
    assert mail.status == "sent"  # it was let through before there were ten


@database
def test_capped_mail_counts_towards_no_cap_and_a_later_retry_by_hand_sends_it(
    ticket: Ticket, mail_server: MailServer
) -> None:
    *_fine, capped = send(ticket, 11)
    assert Mailing.objects.count() == 10
    Mailing.objects.update(at=clock.now() - timedelta(minutes=11))
    outbox.retry(capped.pk)
    outbox.deliver("email", [capped.pk])
    capped.refresh_from_db()
    assert (capped.status, capped.last_error) == ("sent", "")


@database
def test_mails_that_an_outage_held_back_are_no_loop(
    ticket: Ticket, mail_server: MailServer
) -> None:
    mails = [make_mail(ticket=ticket) for _ in range(20)]
    for number, mail in enumerate(mails):
        due = clock.now() - timedelta(minutes=15 * number + 1)
        Delivery.objects.filter(pk=mail.pk).update(next_attempt_at=due)
    outbox.deliver("email", [mail.pk for mail in mails])
    assert len(mail_server.received) == 20


@database
def test_of_many_at_once_no_more_are_let_through(ticket: Ticket, settings: Settings) -> None:
    settings.TESSERA_HOST_CONCURRENCY = 14
    mails = [make_mail(ticket=ticket) for _ in range(14)]
    Delivery.objects.update(next_attempt_at=clock.now())
    claimed = [claims.claim(mail.pk) for mail in mails]
    start = threading.Barrier(14)
    kept: list[str] = []

    def take(one: claims.Claimed) -> None:
        start.wait(60)
        try:
            kept.extend(caps.withheld(one))
        finally:
            connection.close()

    threads = [threading.Thread(target=take, args=(one,)) for one in claimed if one]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (Mailing.objects.count(), len(kept)) == (10, 4)


@database
def test_overall_caps_hold_for_all_mail_and_only_when_set(
    ticket: Ticket, mail_server: MailServer, settings: Settings
) -> None:
    settings.TESSERA_MAIL_CAPS = [(5, 3600.0), (3, 60.0)]
    assert statuses(send(ticket, 2)) == ["sent", "sent"]
    (mail,) = send(make_ticket(), to=["bob@example.com", "eve@example.com"])
    assert mail.status == "sent"
    assert mail.last_error == "eve@example.com: more than 3 mails within 1 minute in all"
    (mail,) = send(make_ticket())
    assert mail.status == "cancelled"
    settings.TESSERA_MAIL_CAPS = []
    assert statuses(send(make_ticket())) == ["sent"]


@database
def test_what_counts_no_more_is_dropped(ticket: Ticket, settings: Settings) -> None:
    send(ticket, 3)
    long_ago = [timedelta(hours=9, minutes=59), timedelta(hours=11), timedelta(days=2)]
    for row, ago in zip(Mailing.objects.order_by("pk"), long_ago, strict=True):
        Mailing.objects.filter(pk=row.pk).update(at=clock.now() - ago)
    settings.TESSERA_MAIL_CAPS = [(1000, 86400.0)]
    caps.purge()
    assert Mailing.objects.count() == 2
    settings.TESSERA_MAIL_CAPS = []
    caps.purge()
    assert Mailing.objects.count() == 1


@database
def test_an_address_that_is_none_is_left_to_the_channel(
    ticket: Ticket, mail_server: MailServer
) -> None:
    (mail,) = send(ticket, to=["no address"])
    assert mail.status == "dead"
    assert Mailing.objects.count() == 0


def test_no_mail_goes_to_the_systems_own_addresses(office: Office, settings: Settings) -> None:
    settings.TESSERA_MAIL_FROM = "Help Desk <help@example.com>"
    mailing_scrip(office, "OnCreate")
    own = ["Support@example.com", "HELP@example.com"]

    outcome = create(office, requestors=[*own, "a@example.com"])
    (fired,) = outcome.fired
    assert fired.effect is not None
    assert fired.effect.facts["to"] == ["a@example.com"]
    assert fired.effect.facts["skipped"] == own

    (fired,) = create(office, requestors=own).fired
    assert (fired.effect, fired.error) == (None, None)
    assert fired.because == "the ticket was created; nobody is left to write to"
