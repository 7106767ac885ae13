"""What becomes of a delivery, try by try, against real servers."""

import socket
import threading
import time
from collections import deque
from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes, policy
from pathlib import Path
from threading import Event

import pytest
from celery import Celery
from django.db import connection
from django.test.utils import CaptureQueriesContext
from psycopg import connect
from pytest_django import DjangoAssertNumQueries
from pytest_django.fixtures import Settings
from standardwebhooks.webhooks import Webhook

from scrips import claims, outbox, recording, sweeper, wakes
from scrips.channels import CHANNELS, webhook
from scrips.models import Attempt, Delivery
from tessera.celery import app
from tessera.lib import clock, ending, secretbox
from tessera.lib.errors import DeliverySettled, NotFound
from tests.journeys.servers import MailServer, Receiver, Reply, Silent
from tests.ports import HOST, free_port
from tests.scrips.deliveries import (
    carry_out,
    end_lease,
    make_due,
    make_hook,
    make_mail,
    make_ticket,
)
from tickets.models import Transaction
from tickets.replay import verify

pytestmark = pytest.mark.django_db(transaction=True)


def after(delivery: Delivery) -> Delivery:
    """One try of it, and what it is then."""
    outbox.deliver(delivery.kind, [delivery.pk])
    delivery.refresh_from_db()
    return delivery


def records() -> list[Transaction]:
    return list(Transaction.objects.exclude(type="Create").order_by("id"))


def test_mail_arrives_is_settled_and_recorded(mail_server: MailServer) -> None:
    mail = after(
        make_mail(to=["Ann <ann@example.com>"], cc=["bob@example.com"], bcc=["eve@example.com"])
    )
    (received,) = mail_server.received
    assert received.sender == "it@example.com"
    assert received.recipients == ["ann@example.com", "bob@example.com", "eve@example.com"]
    assert received.mail["Message-ID"] == mail.payload["message_id"]
    assert "Bcc" not in received.mail
    assert (mail.status, mail.attempts, mail.recorded) == ("sent", 1, True)
    assert (mail.last_error, mail.response_status, mail.lease_until) == ("", 250, None)
    (attempt,) = Attempt.objects.all()
    assert (attempt.number, attempt.ok, attempt.error) == (1, True, "")
    assert attempt.answer.splitlines()[-1] == "DATA: 250 taken"
    (record,) = records()
    assert record.type == "EmailRecord"
    assert (record.cause_scrip_id, record.cause_transaction_id) == (7, mail.transaction_id)
    assert record.data == {
        "delivery_id": mail.pk,
        "to": ["Ann <ann@example.com>"],
        "cc": ["bob@example.com"],
        "bcc": ["eve@example.com"],
        "subject": "[TKT-0001] Printer",
        "message_id": mail.payload["message_id"],
        "scrip_version": 3,
    }


def test_webhook_arrives_is_settled_and_recorded(receiver: Receiver) -> None:
    receiver.replies.append(Reply(202, {}, b"thanks\x00"))
    hook = after(make_hook(receiver.url, headers={"X-Team": "ops", "user-agent": "mine"}))
    (request,) = receiver.requests
    assert (request.method, request.path, request.body) == (
        "POST",
        "/hook",
        b'{"type": "StatusChange"}',
    )
    assert request.headers["x-team"] == "ops"
    assert request.headers["user-agent"] == "mine"
    assert request.headers["content-type"] == "application/json"
    assert request.headers["webhook-id"] == webhook.webhook_id(hook.pk)
    assert "webhook-signature" not in request.headers
    assert (hook.status, hook.response_status, hook.recorded) == ("sent", 202, True)
    assert Attempt.objects.get().answer == "thanks␀"
    (record,) = records()
    assert (record.type, record.data) == (
        "WebhookDelivery",
        {
            "delivery_id": hook.pk,
            "method": "POST",
            "url": receiver.url,
            "response_status": 202,
            "scrip_version": 3,
        },
    )


def test_every_secret_signs_as_standard_webhooks_says(receiver: Receiver) -> None:
    old, new = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
    after(make_hook(receiver.url, secret=[secretbox.seal(old), secretbox.seal(new)]))
    (request,) = receiver.requests
    for secret in (old, new):
        verified = Webhook(secret).verify(request.body, request.headers)
        assert verified == {"type": "StatusChange"}


def test_plain_secret_signs_too(receiver: Receiver) -> None:
    after(make_hook(receiver.url, secret=secretbox.seal("a plain secret")))
    (request,) = receiver.requests
    Webhook(b"a plain secret").verify(request.body, request.headers)


def test_scrip_cannot_forge_the_headers_that_are_ours(receiver: Receiver) -> None:
    after(make_hook(receiver.url, headers={"Webhook-Id": "forged", "webhook-timestamp": "1"}))
    (request,) = receiver.requests
    assert request.headers["webhook-id"] != "forged"
    assert int(request.headers["webhook-timestamp"]) == pytest.approx(time.time(), abs=60)


@pytest.mark.parametrize("status", [302, 400, 401, 404, 429, 500, 503])
def test_answer_that_is_not_2xx_is_tried_again_with_the_same_id(
    receiver: Receiver, status: int
) -> None:
    receiver.replies.append(Reply(status, {"Location": receiver.url + "/other"}, b"no"))
    before = clock.now()
    hook = after(make_hook(receiver.url))
    assert (hook.status, hook.response_status, hook.attempts) == ("failed", status, 1)
    assert hook.last_error.startswith(f"answered {status}")
    assert hook.next_attempt_at is not None
    assert timedelta(seconds=4) < hook.next_attempt_at - before < timedelta(seconds=20)
    assert after(hook).attempts == 1  # not due yet
    make_due(hook)
    assert after(hook).status == "sent"
    assert hook.last_error == ""
    first, second = receiver.requests
    assert (first.path, second.path) == ("/hook", "/hook")
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert [a.ok for a in Attempt.objects.order_by("number")] == [False, True]


def test_retry_after_is_kept(receiver: Receiver) -> None:
    receiver.replies.append(Reply(503, {"Retry-After": "120"}))
    before = clock.now()
    hook = after(make_hook(receiver.url))
    assert hook.next_attempt_at is not None
    assert timedelta(seconds=120) <= hook.next_attempt_at - before < timedelta(seconds=180)


def test_410_is_final(receiver: Receiver) -> None:
    receiver.replies.append(Reply(410))
    hook = after(make_hook(receiver.url))
    assert (hook.status, hook.next_attempt_at) == ("dead", None)
    assert hook.last_error == "answered 410 Gone"
    assert records() == []


def test_schedule_of_n_numbers_is_n_tries(receiver: Receiver, settings: Settings) -> None:
    settings.TESSERA_RETRY_SCHEDULE = [0, 0, 0]
    receiver.replies.extend([Reply(500)] * 5)
    hook = make_hook(receiver.url)
    assert [after(hook).status for _ in range(4)] == ["failed", "failed", "dead", "dead"]
    assert len(receiver.requests) == 3


def test_retry_by_hand_counts_on_under_the_same_id(receiver: Receiver, settings: Settings) -> None:
    settings.TESSERA_RETRY_SCHEDULE = [0]
    receiver.replies.append(Reply(500))
    hook = after(make_hook(receiver.url))
    assert hook.status == "dead"
    assert outbox.retry(hook.pk).status == "pending"
    assert after(hook).status == "sent"
    assert hook.attempts == 2
    assert len({request.headers["webhook-id"] for request in receiver.requests}) == 1
    assert [a.number for a in Attempt.objects.order_by("number")] == [1, 2]


def test_settled_delivery_is_neither_retried_nor_cancelled(receiver: Receiver) -> None:
    sent, cancelled = after(make_hook(receiver.url)), make_hook(receiver.url)
    with pytest.raises(DeliverySettled):
        outbox.retry(sent.pk)
    with pytest.raises(DeliverySettled):
        outbox.cancel(sent.pk)
    assert outbox.cancel(cancelled.pk, reason="No longer wanted.").status == "cancelled"
    with pytest.raises(DeliverySettled):
        outbox.cancel(cancelled.pk)
    assert after(cancelled).last_error == "No longer wanted."
    assert len(receiver.requests) == 1
    outbox.retry(cancelled.pk)
    assert after(cancelled).status == "sent"


def test_unknown_delivery_is_not_found() -> None:
    with pytest.raises(NotFound):
        outbox.retry(0)
    with pytest.raises(NotFound):
        outbox.cancel(0)
    outbox.deliver("webhook", [0])


def test_address_that_is_not_public_is_refused_at_every_try(
    receiver: Receiver, settings: Settings
) -> None:
    settings.TESSERA_WEBHOOK_ALLOW = []
    hook = after(make_hook(receiver.url))
    assert (hook.status, hook.response_status) == ("failed", None)
    assert hook.last_error == "The address 127.0.0.1 is not public."
    assert receiver.requests == []


def test_answer_is_kept_to_4_kib(receiver: Receiver) -> None:
    receiver.replies.append(Reply(500, {}, "ü".encode() * 10_000))
    after(make_hook(receiver.url))
    assert Attempt.objects.get().answer == "ü" * 2048


# A terminal's escape, a title of its window, a turn of the writing's direction, what nobody sees, half a character.
JUNK = "\x1b[2J\x1b]0;x\x07 \u202egnp.exe\u202c \u200b\x00\x9b \u2028\ufeff".encode() + b"\xff\xc3"
SHOWN = "␛[2J␛]0;x␇ \ufffdgnp.exe\ufffd \ufffd␀\ufffd \ufffd\ufffd\ufffd\ufffd"


def test_junk_in_an_answer_is_kept_as_signs_that_do_nothing(receiver: Receiver) -> None:
    receiver.replies.append(Reply(500, {}, JUNK + b"\r\nby\tline\rend\n"))
    hook = after(make_hook(receiver.url))
    assert (hook.status, Attempt.objects.get().answer) == ("failed", f"{SHOWN}\nby\tline\nend\n")


def test_answer_of_a_megabyte_without_a_break_is_kept_short(receiver: Receiver) -> None:
    receiver.replies.append(Reply(500, {}, b"\x01" * 1_000_000))
    after(make_hook(receiver.url))
    assert Attempt.objects.get().answer == "␁" * 4096


def test_answer_that_is_no_http_is_noted_as_a_short_reason_in_the_log_too(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "scrips.outbox")
    settings.TESSERA_WEBHOOK_ALLOW = [HOST]
    with socket.create_server((HOST, 0)) as server:
        once = threading.Thread(target=_say, args=(server, JUNK + b"x" * 60_000 + b"\r\n\r\n"))
        once.start()
        hook = after(make_hook(f"http://{HOST}:{server.getsockname()[1]}/"))
        once.join()
    assert (hook.status, len(hook.last_error)) == ("failed", 1000)
    assert hook.last_error.isprintable()
    assert hook.last_error in caplog.text
    assert "\x1b" not in caplog.text
    assert Attempt.objects.get().error == hook.last_error


def _say(server: socket.socket, text: bytes) -> None:
    line, _address = server.accept()
    with line:
        line.recv(65_536)
        line.sendall(text)


def test_timeout_of_the_scrip_is_kept(settings: Settings) -> None:
    settings.TESSERA_WEBHOOK_ALLOW = [HOST]
    silent = Silent()
    begun = time.monotonic()
    hook = after(make_hook(f"http://{HOST}:{silent.port}/", timeout=0.3))
    assert time.monotonic() - begun < 8
    assert hook.last_error == "no complete answer within 0.3 s"
    silent.close()


# --- mail -------------------------------------------------------------------------------------


def test_451_then_250(mail_server: MailServer) -> None:
    mail_server.data.append("451 busy, come back")
    mail = after(make_mail())
    assert (mail.status, mail.response_status) == ("failed", 451)
    assert mail.last_error == "ann@example.com: 451 busy, come back"
    make_due(mail)
    assert after(mail).status == "sent"
    assert len(mail_server.received) == 1


@pytest.mark.parametrize("at", ["rcpt", "data"])
def test_550_is_final(mail_server: MailServer, at: str) -> None:
    if at == "rcpt":
        mail_server.rcpt["ann@example.com"] = deque(["550 no such user"])
    else:
        mail_server.data.append("550 no such user")
    mail = after(make_mail())
    assert (mail.status, mail.response_status, mail.next_attempt_at) == ("dead", 550, None)
    assert mail.last_error == "ann@example.com: 550 no such user"
    assert mail_server.received == []
    assert records() == []


@pytest.mark.parametrize("at", ["rcpt", "data"])
def test_junk_that_a_mail_server_says_is_kept_as_signs_that_do_nothing(
    mail_server: MailServer, at: str
) -> None:
    told = f"550 {JUNK[:-2].decode()}"
    if at == "rcpt":
        mail_server.rcpt["ann@example.com"] = deque([told])
    else:
        mail_server.data.append(told)
    mail = after(make_mail())
    assert (mail.status, mail.response_status) == ("dead", 550)
    assert mail.last_error == f"ann@example.com: 550 {SHOWN[:-2]}"
    assert mail.payload["refused"] == {"ann@example.com": f"550 {SHOWN[:-2]}"}
    assert SHOWN[:-2] in Attempt.objects.get().answer


def test_mail_server_that_talks_without_end_is_quoted_in_short(mail_server: MailServer) -> None:
    many = [f"{name}@example.com" for name in ("ann", "bob", "cem", "dee", "eve")]
    long = "".join(f"550-{'x' * 1000}\r\n" for _line in range(100)) + "550 end"
    mail_server.rcpt = {address: deque([long]) for address in many}
    mail = after(make_mail(to=many))
    assert (mail.status, len(mail.last_error)) == ("dead", 1000)
    assert {len(said) for said in mail.payload["refused"].values()} == {300}
    assert len(Attempt.objects.get().answer) < 2_000


def test_of_several_recipients_the_accepted_stand_and_the_refused_alone_are_tried_again(
    mail_server: MailServer,
) -> None:
    mail_server.rcpt = {
        "bob@example.com": deque(["451 greylisted"]),
        "eve@example.com": deque(["550 unknown"]),
    }
    mail = after(make_mail(to=["ann@example.com", "bob@example.com"], cc=["eve@example.com"]))
    assert (mail.status, records()) == ("failed", [])
    assert mail.last_error == "eve@example.com: 550 unknown; bob@example.com: 451 greylisted"
    make_due(mail)
    assert after(mail).status == "sent"
    assert [r.recipients for r in mail_server.received] == [
        ["ann@example.com"],
        ["bob@example.com"],
    ]
    assert mail.last_error == "eve@example.com: 550 unknown"
    (record,) = records()
    assert (record.data["to"], record.data["cc"]) == (["ann@example.com", "bob@example.com"], [])


def test_when_tries_end_what_some_recipients_have_is_sent(
    mail_server: MailServer, settings: Settings
) -> None:
    settings.TESSERA_RETRY_SCHEDULE = [0]
    mail_server.rcpt["bob@example.com"] = deque(["451 greylisted"])
    mail = after(make_mail(to=["ann@example.com", "bob@example.com"]))
    assert (mail.status, mail.last_error) == ("sent", "bob@example.com: 451 greylisted")
    assert records()[0].data["to"] == ["ann@example.com"]


def test_retry_by_hand_tries_the_refused_again_and_nobody_twice(mail_server: MailServer) -> None:
    mail_server.rcpt["ann@example.com"] = deque(["550 unknown"])
    mail = after(make_mail())
    assert mail.status == "dead"
    outbox.retry(mail.pk)
    assert after(mail).status == "sent"
    assert [r.recipients for r in mail_server.received] == [["ann@example.com"]]


def test_mails_of_one_task_share_a_connection(mail_server: MailServer) -> None:
    ticket = make_ticket()
    mails = [make_mail(ticket=ticket) for _ in range(5)]
    mail_server.data.extend(["250 fine", "550 spam"])
    outbox.deliver("email", [mail.pk for mail in mails])
    assert [d.status for d in Delivery.objects.order_by("id")] == ["sent", "dead", *["sent"] * 3]
    assert mail_server.connections == 1


def test_mail_server_that_is_away_fails_every_mail_at_once(settings: Settings) -> None:
    settings.EMAIL_URL, settings.EMAIL_HOST, settings.EMAIL_PORT = "smtp://x", HOST, free_port()
    mails = [make_mail(), make_mail()]
    outbox.deliver("email", [mail.pk for mail in mails])
    assert [(d.status, d.last_error) for d in Delivery.objects.all()] == [
        ("failed", "ann@example.com: the mail server cannot be reached: Connection refused")
    ] * 2


def test_mail_without_a_server_is_a_file_and_a_repeat_makes_no_second(settings: Settings) -> None:
    folder = Path(settings.TESSERA_DATA) / "mail"
    mail = after(make_mail(bcc=["eve@example.com"], body="Grüße"))
    assert mail.status == "sent"
    Delivery.objects.filter(pk=mail.pk).update(
        status="failed", next_attempt_at=clock.now(), sent_at=None
    )
    assert after(mail).status == "sent"
    (path,) = folder.glob(f"*-{mail.pk:06d}.eml")
    assert path.name.startswith(mail.created_at.strftime("%Y%m%dT%H%M%S"))
    written = message_from_bytes(path.read_bytes(), policy=policy.default)
    assert written["Message-ID"] == mail.payload["message_id"]
    assert written["Bcc"] == "eve@example.com"
    assert written.get_content().strip() == "Grüße"
    assert not list(folder.glob(".*"))
    assert len(records()) == 1


# --- claims, leases, the sweep ----------------------------------------------------------------


def test_claimed_delivery_is_not_claimed_again_before_its_lease_ends() -> None:
    hook = make_hook("http://example.com/")
    first = claims.claim(hook.pk)
    assert first is not None
    assert (first.attempt, claims.claim(hook.pk)) == (1, None)
    end_lease(hook)
    second = claims.claim(hook.pk)
    assert second is not None
    assert second.attempt == 2
    lost = Attempt.objects.get()
    assert (lost.number, lost.ok) == (1, False)
    assert lost.error.startswith("the worker that was sending this ended")


def test_claim_takes_one_statement(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    hook = make_hook("http://example.com/")
    with django_assert_num_queries(1):
        claims.claim(hook.pk)


def test_delivery_that_kills_its_workers_comes_to_an_end(settings: Settings) -> None:
    settings.TESSERA_RETRY_SCHEDULE = [0, 0]
    hook = make_hook("http://example.com/")
    for _ in range(2):
        assert claims.claim(hook.pk) is not None
        end_lease(hook)
    assert sweeper.sweep().released == 1
    hook.refresh_from_db()
    assert (hook.status, hook.attempts) == ("dead", 2)
    assert Attempt.objects.count() == 2


def test_success_counts_although_the_lease_was_lost(receiver: Receiver) -> None:
    hook = make_hook(receiver.url)
    claimed = claims.claim(hook.pk)
    assert claimed is not None
    end_lease(hook)
    sweeper.sweep()
    carry_out(claimed, webhook.WebhookChannel())
    hook.refresh_from_db()
    assert (hook.status, hook.recorded) == ("sent", True)
    assert [(a.number, a.ok) for a in Attempt.objects.all()] == [(1, True)]


def test_failure_of_a_worker_that_lost_its_lease_changes_nothing(receiver: Receiver) -> None:
    hook = make_hook(receiver.url)
    slow = claims.claim(hook.pk)
    assert slow is not None
    end_lease(hook)
    assert claims.claim(hook.pk) is not None
    receiver.replies.append(Reply(410))
    carry_out(slow, webhook.WebhookChannel())
    hook.refresh_from_db()
    assert (hook.status, hook.attempts) == ("sending", 2)


def test_success_of_a_try_that_was_under_way_outlives_a_cancel(receiver: Receiver) -> None:
    hook = make_hook(receiver.url)
    claimed = claims.claim(hook.pk)
    assert claimed is not None
    outbox.cancel(hook.pk)
    carry_out(claimed, webhook.WebhookChannel())
    hook.refresh_from_db()
    assert (hook.status, hook.last_error, hook.recorded) == ("sent", "", True)


def test_mail_cancelled_under_way_and_retried_reaches_nobody_twice(mail_server: MailServer) -> None:
    mail_server.rcpt["bob@example.com"] = deque(["451 greylisted"])
    mail = make_mail(to=["ann@example.com", "bob@example.com"])
    claimed = claims.claim(mail.pk)
    assert claimed is not None
    outbox.cancel(mail.pk)
    with CHANNELS["email"].open() as line:
        carry_out(claimed, line)
    mail.refresh_from_db()
    assert (mail.status, mail.last_error) == ("cancelled", "Cancelled by hand.")
    outbox.retry(mail.pk)
    assert after(mail).status == "sent"
    assert [r.recipients for r in mail_server.received] == [
        ["ann@example.com"],
        ["bob@example.com"],
    ]


def test_sweep_writes_a_record_that_is_missing_once(receiver: Receiver) -> None:
    hook = after(make_hook(receiver.url))
    other = make_hook(receiver.url)
    long_ago = clock.now() - timedelta(minutes=5)
    Delivery.objects.filter(pk=other.pk).update(
        status="sent", sent_at=long_ago, response_status=200
    )
    assert sweeper.sweep().recorded == 1
    assert sweeper.sweep().recorded == 0
    assert [record.delivery_id for record in records()] == [hook.pk, other.pk]


def test_record_that_was_written_by_another_is_taken_as_written(receiver: Receiver) -> None:
    hook = after(make_hook(receiver.url))
    Delivery.objects.filter(pk=hook.pk).update(recorded=False)
    assert recording.record([Delivery.objects.get(pk=hook.pk)]) == 1
    assert len(records()) == 1


def test_records_of_what_is_sent_in_one_go_are_units_of_work_of_their_own(
    receiver: Receiver,
) -> None:
    ticket, other = make_ticket(), make_ticket()
    hooks = [make_hook(receiver.url, ticket=each) for each in (ticket, other, ticket)]
    with CaptureQueriesContext(connection) as asked:
        outbox.deliver("webhook", [hooks[0].pk])
    written = records()
    assert [row.delivery_id for row in written] == [hook.pk for hook in hooks]
    assert [(row.ticket_id, row.seq) for row in written] == [
        (ticket.pk, 2),
        (other.pk, 2),
        (ticket.pk, 3),
    ]
    assert [row.batch for row in written] == [row.pk for row in written]
    # A claim, then each try's note with the claim of the next, then all records: 7 and each ticket.
    claims_and_notes, together = 1 + 2 * len(hooks), 7 + 2
    assert len(asked) == claims_and_notes + together
    assert [fault for _tickets, _rows, found in verify() for fault in found] == []


def test_what_threads_send_while_one_waits_is_recorded_with_its_own(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _turn in range(2):
        make_hook(receiver.url)
    Delivery.objects.update(status="sent", sent_at=clock.now(), response_status=200)
    first, second = Delivery.objects.order_by("pk")
    shared = recording.Shared()

    class Meanwhile(Event):
        def wait(self, timeout: float | None = None) -> bool:  # its signature
            shared.write([second])
            assert records() == []
            return False

    monkeypatch.setattr(ending, "asked", Meanwhile())
    shared.write([first])
    assert [record.delivery_id for record in records()] == [first.pk, second.pk]


def test_record_that_has_to_wait_for_its_ticket_keeps_no_other_back(receiver: Receiver) -> None:
    hooks = [make_hook(receiver.url), make_hook(receiver.url)]
    Delivery.objects.update(status="sent", sent_at=clock.now(), response_status=200)
    with connect(**connection.get_connection_params()) as held, connection.cursor() as cursor:
        held.execute("SELECT FROM tickets_ticket WHERE id = %s FOR UPDATE", [hooks[0].ticket_id])
        cursor.execute("SET lock_timeout = '50ms'")
        assert recording.record(list(Delivery.objects.order_by("pk"))) == 1
        cursor.execute("RESET lock_timeout")
    assert [row.delivery_id for row in records()] == [hooks[1].pk]
    assert recording.record(list(Delivery.objects.filter(recorded=False))) == 1
    assert [row.delivery_id for row in records()] == [hooks[1].pk, hooks[0].pk]


def test_sweep_tells_of_what_is_due_once_in_a_lease() -> None:
    due, later = make_hook("http://example.com/"), make_mail()
    in_an_hour = clock.now() + timedelta(hours=1)
    Delivery.objects.filter(pk=later.pk).update(next_attempt_at=in_an_hour)
    assert sweeper.sweep().published == 1
    assert sweeper.sweep().published == 0
    end_lease(due)
    assert sweeper.sweep().published == 1


@pytest.fixture
def _no_broker(tmp_path: Path) -> Iterator[None]:
    """Our Celery app, but for a broker that nobody runs."""
    away = Celery("away", broker=f"redis+socket://{tmp_path}/none.sock", set_as_current=False)
    for name in ("broker_transport_options", "task_publish_retry", "task_routes"):
        away.conf[name] = app.conf[name]
    away.set_current()
    yield
    app.set_current()


@pytest.mark.usefixtures("_no_broker")
def test_broker_that_is_away_costs_milliseconds_and_loses_nothing() -> None:
    hook = make_hook("http://example.com/")
    took = []
    for _turn in range(5):
        begun = time.monotonic()
        assert wakes.publish([hook] * 100) == []
        took.append(time.monotonic() - begun)
    # A busy machine may hold one of them up; who waits for the broker waits each time.
    assert min(took) < 0.2
    assert sweeper.sweep().published == 0
    assert claims.claim(hook.pk) is not None


def test_fault_of_ours_is_written_down_and_does_not_stop_the_next(mail_server: MailServer) -> None:
    broken, fine = make_mail(), make_mail()
    del broken.payload["from"]
    broken.save()
    outbox.deliver("email", [broken.pk, fine.pk])
    broken.refresh_from_db()
    assert (broken.status, broken.last_error) == ("failed", "KeyError: 'from'")
    assert len(mail_server.received) == 1
