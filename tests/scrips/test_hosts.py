"""Hosts that fail are left alone for a while, and no host takes more workers than its places."""

import threading
from collections import Counter
from datetime import timedelta

import pytest
from django.db import connection
from pytest_django import DjangoAssertNumQueries
from pytest_django.fixtures import Settings

from scrips import claims, hosts, outbox, sweeper
from scrips.channels import Receipt, Verdict, webhook
from scrips.models import Attempt, Delivery, Host
from scrips.settling import settle
from tessera.lib import clock
from tessera.lib.errors import NotFound
from tests.journeys.servers import MailServer, Receiver, Reply
from tests.ports import HOST, free_port
from tests.scrips.deliveries import (
    carry_out,
    end_lease,
    make_due,
    make_hook,
    make_mail,
    make_ticket,
)
from tickets.models import Ticket

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ticket() -> Ticket:
    return make_ticket()


@pytest.fixture
def _no_drain(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each task sends what it was told of and nothing more."""
    monkeypatch.setattr(outbox, "_DRAIN_S", -1.0)


def send(*deliveries: Delivery) -> None:
    for delivery in deliveries:
        outbox.deliver(delivery.kind, [delivery.pk])


def statuses() -> Counter[str]:
    return Counter(Delivery.objects.values_list("status", flat=True))


def fail(receiver: Receiver, ticket: Ticket, times: int, *, status: int = 503) -> None:
    """So many deliveries that fail, each once."""
    receiver.replies.extend([Reply(status)] * times)
    send(*[make_hook(receiver.url, ticket=ticket) for _ in range(times)])


def let_probe(name: str) -> None:
    """As if the pause were over."""
    Host.objects.filter(name=name).update(probe_at=clock.now())


def name_of(receiver: Receiver) -> str:
    return f"{HOST}:{receiver.port}"


def test_ten_failures_leave_a_host_alone_and_the_next_uses_up_no_try(
    receiver: Receiver, ticket: Ticket
) -> None:
    fail(receiver, ticket, 9)
    assert Host.objects.get().opened_at is None
    fail(receiver, ticket, 1)
    host = Host.objects.get()
    assert (host.name, host.last_error) == (
        name_of(receiver),
        "answered 503 Service Unavailable",
    )
    assert host.opened_at is not None

    waits = make_hook(receiver.url, ticket=ticket)
    send(waits, waits)

    waits.refresh_from_db()
    assert (waits.status, waits.attempts, waits.last_error) == ("pending", 0, "")
    assert len(receiver.requests) == 10
    assert sweeper.sweep().published == 0


def test_a_host_that_serves_more_than_three_in_ten_is_not_left_alone(
    receiver: Receiver, ticket: Ticket
) -> None:
    send(*[make_hook(receiver.url, ticket=ticket) for _ in range(5)])
    fail(receiver, ticket, 11)
    assert Host.objects.get().opened_at is None  # 11 of 16 are 69 %
    fail(receiver, ticket, 1)
    assert Host.objects.get().opened_at is not None


def test_failures_of_long_ago_do_not_count(receiver: Receiver, ticket: Ticket) -> None:
    fail(receiver, ticket, 9)
    Attempt.objects.update(started_at=clock.now() - hosts.WINDOW)
    fail(receiver, ticket, 9)
    assert Host.objects.get().opened_at is None


@pytest.mark.parametrize("status", [302, 400, 401, 404, 410])
def test_a_host_that_refuses_a_request_is_at_its_work(
    receiver: Receiver, ticket: Ticket, status: int
) -> None:
    fail(receiver, ticket, 12, status=status)
    assert Attempt.objects.filter(ok=False, up=True).count() == 12
    assert not Host.objects.exists()


@pytest.mark.parametrize("status", [408, 429, 500, 502, 504])
def test_a_host_that_is_overwhelmed_is_not(receiver: Receiver, ticket: Ticket, status: int) -> None:
    fail(receiver, ticket, 10, status=status)
    assert Host.objects.get().opened_at is not None


def test_what_we_refuse_ourselves_says_nothing_of_the_host(
    receiver: Receiver, ticket: Ticket, settings: Settings
) -> None:
    settings.TESSERA_WEBHOOK_ALLOW = []
    send(*[make_hook(receiver.url, ticket=ticket) for _ in range(12)])
    assert set(Attempt.objects.values_list("up", flat=True)) == {None}
    assert not Host.objects.exists()


def test_after_the_pause_one_delivery_tries_it_and_success_lets_all_through(
    receiver: Receiver, ticket: Ticket
) -> None:
    fail(receiver, ticket, 10)
    first, second = (make_hook(receiver.url, ticket=ticket) for _ in range(2))
    let_probe(name_of(receiver))
    probe = claims.claim(first.pk)
    assert probe is not None
    assert probe.probe
    assert claims.claim(second.pk) is None  # one at a time

    carry_out(probe, webhook.WebhookChannel())

    host = Host.objects.get()
    assert (host.opened_at, host.probe_at, host.failed_probes) == (None, None, 0)
    send(second)
    assert statuses() == {"failed": 10, "sent": 2}
    fail(receiver, ticket, 8)
    assert Host.objects.get().opened_at is None  # what was before is forgiven
    fail(receiver, ticket, 1)
    assert Host.objects.get().opened_at is not None


def test_each_failed_probe_doubles_the_pause_up_to_a_bound(
    receiver: Receiver, ticket: Ticket, settings: Settings
) -> None:
    settings.TESSERA_BREAKER_PAUSE = 60
    fail(receiver, ticket, 10)
    pauses = []
    for _ in range(6):
        let_probe(name_of(receiver))
        fail(receiver, ticket, 1)
        probe_at = Host.objects.get().probe_at
        assert probe_at is not None
        pauses.append((probe_at - clock.now()).total_seconds() / 60)
    for found, times in zip(pauses, [2, 4, 8, 16, 20, 20], strict=True):
        assert 0.9 * times < found < 1.11 * times
    assert Host.objects.get().failed_probes == 6


def test_a_probe_that_dies_with_its_worker_makes_way_for_the_next_after_a_lease(
    receiver: Receiver, ticket: Ticket, settings: Settings
) -> None:
    fail(receiver, ticket, 10)
    waits = make_hook(receiver.url, ticket=ticket)
    let_probe(name_of(receiver))
    assert claims.claim(waits.pk) is not None
    probe_at = Host.objects.get().probe_at
    assert probe_at is not None
    lease = timedelta(seconds=settings.TESSERA_DELIVERY_LEASE)
    assert lease * 0.5 < probe_at - clock.now() <= lease
    end_lease(waits)
    let_probe(name_of(receiver))
    sweeper.sweep()
    send(waits)
    assert Delivery.objects.get(pk=waits.pk).status == "sent"


def test_a_retry_by_hand_tries_a_host_that_is_left_alone(
    receiver: Receiver, ticket: Ticket
) -> None:
    fail(receiver, ticket, 10)
    waits = make_hook(receiver.url, ticket=ticket)
    outbox.retry(waits.pk)
    send(waits)
    assert Delivery.objects.get(pk=waits.pk).status == "sent"
    assert Host.objects.get().opened_at is None


def test_reset_forgets_and_what_waits_is_sent(receiver: Receiver, ticket: Ticket) -> None:
    fail(receiver, ticket, 10)
    waits = make_hook(receiver.url, ticket=ticket)
    assert sweeper.sweep().published == 0
    hosts.reset(name_of(receiver))
    assert sweeper.sweep().published == 1
    send(waits)
    assert Delivery.objects.get(pk=waits.pk).status == "sent"
    with pytest.raises(NotFound):
        hosts.reset("nobody.example.com")


@pytest.mark.usefixtures("_no_drain")
def test_the_sweep_tells_of_one_probe_and_of_all_hosts_alike(
    receiver: Receiver, ticket: Ticket, settings: Settings
) -> None:
    settings.TESSERA_HOST_CONCURRENCY = 2
    fail(receiver, ticket, 10)
    for delivery in Delivery.objects.all():
        make_due(delivery)
    for number in range(3):
        for _ in range(5):
            make_hook(f"http://hook{number}.example.com/", ticket=ticket)
    assert sweeper.sweep().published == 6  # two places at each of three hosts
    let_probe(name_of(receiver))
    assert sweeper.sweep().published == 7  # the next two of each, and one probe


def test_mail_server_that_is_away_is_left_alone(settings: Settings, ticket: Ticket) -> None:
    port = free_port()
    settings.EMAIL_URL, settings.EMAIL_HOST, settings.EMAIL_PORT = "smtp://x", HOST, port
    outbox.deliver("email", [make_mail(ticket=ticket).pk for _ in range(12)])
    host = Host.objects.get()
    assert host.name == f"{HOST}:{port}"
    assert host.opened_at is not None
    assert statuses() == {"failed": 10, "pending": 2}


def test_mail_server_that_refuses_mails_is_at_its_work(
    mail_server: MailServer, ticket: Ticket
) -> None:
    mail_server.data.extend(["451 greylisted", "550 spam"] * 6)
    mails = [make_mail(ticket=ticket, to=[f"a{number}@example.com"]) for number in range(12)]
    outbox.deliver("email", [mail.pk for mail in mails])
    assert statuses() == {"failed": 6, "dead": 6}
    assert not Host.objects.exists()


def test_mail_server_that_says_it_is_closing_is_not(
    mail_server: MailServer, ticket: Ticket
) -> None:
    mail_server.data.extend(["421 closing"] * 10)
    for _ in range(10):
        send(make_mail(ticket=ticket))
    assert Host.objects.get().opened_at is not None


def test_mails_that_are_files_have_no_host(ticket: Ticket) -> None:
    send(make_mail(ticket=ticket))
    assert Attempt.objects.get().host == ""
    assert hosts.name_of(Delivery.objects.get()) == ""


# --- places -----------------------------------------------------------------------------------


def test_no_host_takes_more_than_its_places_however_many_come_at_once(
    ticket: Ticket, settings: Settings
) -> None:
    settings.TESSERA_HOST_CONCURRENCY = 3
    waiting = [make_hook("http://slow.example.com/", ticket=ticket) for _ in range(12)]
    other = make_hook("http://other.example.com/", ticket=ticket)
    taken: list[claims.Claimed] = []
    start = threading.Barrier(12)

    def take(delivery: Delivery) -> None:
        start.wait(60)
        try:
            if claimed := claims.claim(delivery.pk):
                taken.append(claimed)
        finally:
            connection.close()

    threads = [threading.Thread(target=take, args=(delivery,)) for delivery in waiting]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(claimed.delivery.slot or 0 for claimed in taken) == [1, 2, 3]
    assert claims.claim(other.pk) is not None
    refused = next(d for d in waiting if d.pk not in {c.delivery.pk for c in taken})
    assert claims.attempt(refused.pk) is claims.Unclaimed.BLOCKED
    refused.refresh_from_db()
    assert (refused.status, refused.attempts) == ("pending", 0)


def test_who_has_a_place_goes_on_with_what_waits_for_the_same_host(
    receiver: Receiver, ticket: Ticket
) -> None:
    first, *_rest = [make_hook(receiver.url, ticket=ticket) for _ in range(5)]
    other = make_hook("http://other.example.com/", ticket=ticket)
    send(first)
    assert len(receiver.requests) == 5
    other.refresh_from_db()
    assert other.status == "pending"


def test_who_goes_on_keeps_his_place_and_nobody_comes_between(
    receiver: Receiver, ticket: Ticket, settings: Settings
) -> None:
    settings.TESSERA_HOST_CONCURRENCY = 1
    first, second, third = (make_hook(receiver.url, ticket=ticket) for _ in range(3))
    claimed = claims.claim(first.pk)
    assert claimed is not None
    receipt = Receipt(verdict=Verdict.SENT, response_status=200, up=True)
    following = settle(claimed, receipt, timedelta(), going_on=True).following
    assert following is not None
    assert (following.delivery.pk, following.delivery.slot) == (second.pk, claimed.delivery.slot)
    assert claims.attempt(third.pk) is claims.Unclaimed.BLOCKED


def test_who_lost_his_place_with_his_lease_notes_his_try_and_stops(
    receiver: Receiver, ticket: Ticket, settings: Settings
) -> None:
    settings.TESSERA_HOST_CONCURRENCY = 1
    first, second, _third = (make_hook(receiver.url, ticket=ticket) for _ in range(3))
    slow = claims.claim(first.pk)
    assert slow is not None
    end_lease(first)
    sweeper.sweep()
    assert claims.claim(second.pk) is not None
    receipt = Receipt(verdict=Verdict.SENT, response_status=200, up=True)
    settled = settle(slow, receipt, timedelta(), going_on=True)
    assert (settled.delivery.status, settled.following) == ("sent", None)


def test_who_has_a_place_stops_at_the_first_failure_of_the_host(
    receiver: Receiver, ticket: Ticket
) -> None:
    receiver.replies.append(Reply(503))
    first, *_rest = [make_hook(receiver.url, ticket=ticket) for _ in range(5)]
    send(first)
    assert len(receiver.requests) == 1


def test_mails_that_wait_go_out_over_the_connection_that_is_open(
    mail_server: MailServer, ticket: Ticket
) -> None:
    first, *_rest = [make_mail(ticket=ticket) for _ in range(5)]
    send(first)
    assert (len(mail_server.received), mail_server.connections) == (5, 1)


def test_a_line_that_is_down_is_not_asked_again(settings: Settings, ticket: Ticket) -> None:
    settings.EMAIL_URL, settings.EMAIL_HOST, settings.EMAIL_PORT = "smtp://x", HOST, free_port()
    first, second = make_mail(ticket=ticket), make_mail(ticket=ticket)
    send(first)
    second.refresh_from_db()
    assert second.attempts == 0


# --- what one looks at ------------------------------------------------------------------------


def test_standings_tell_what_went_and_what_waits_in_one_statement(
    receiver: Receiver, ticket: Ticket, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    send(make_hook(receiver.url, ticket=ticket))
    fail(receiver, ticket, 2)
    assert claims.claim(make_hook(receiver.url, ticket=ticket).pk) is not None
    with django_assert_num_queries(1):
        found = hosts.standings([name_of(receiver), "other.example.com"])
    assert found == {
        name_of(receiver): hosts.Standing(tries=3, failures=2, waiting=2, sending=1),
        "other.example.com": hosts.Standing(tries=0, failures=0, waiting=0, sending=0),
    }


# --- all that died ----------------------------------------------------------------------------


def test_all_that_died_since_are_made_due_and_counted(
    mail_server: MailServer, ticket: Ticket, settings: Settings
) -> None:
    mail_server.data.extend(["550 no"] * 3)
    mails = [make_mail(ticket=ticket) for _ in range(4)]
    outbox.deliver("email", [mail.pk for mail in mails])
    assert statuses() == {"dead": 3, "sent": 1}
    long_ago = clock.now() - timedelta(days=2)
    Delivery.objects.filter(pk=mails[0].pk).update(died_at=long_ago)
    assert outbox.retry_dead(since=clock.now() - timedelta(days=1)) == outbox.Retried(2, 0)
    assert statuses() == {"dead": 1, "sent": 1, "pending": 2}
    send(mails[1])
    assert statuses() == {"dead": 1, "sent": 3}  # the refused recipients are asked again
    assert Delivery.objects.get(pk=mails[0].pk).died_at == long_ago


def test_of_very_many_a_bounded_part_is_made_due_and_the_rest_is_told(
    ticket: Ticket, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("_RETRIED_AT_ONCE", 4), ("_RETRIED_IN_A_LOT", 2)):
        monkeypatch.setattr(outbox, name, value)
    for _ in range(7):
        make_hook("http://example.com/", ticket=ticket)
    now = clock.now()
    Delivery.objects.update(status="dead", died_at=now, next_attempt_at=None)
    assert outbox.retry_dead(since=now) == outbox.Retried(4, 3)
    assert outbox.retry_dead(since=now) == outbox.Retried(3, 0)
    assert outbox.retry_dead(since=now) == outbox.Retried(0, 0)
