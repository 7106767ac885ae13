"""Whole stories of deliveries: a real worker, a real broker, real counterparts, and what breaks."""

import re
import threading
import time
from collections import Counter, deque
from pathlib import Path

import pytest
from django.db import connection
from pytest_django.fixtures import Settings

from scrips import service as rules
from scrips import wakes
from scrips.models import Attempt, Delivery
from tessera.accounts.models import ApiToken, User
from tests.journeys.conftest import environment
from tests.journeys.servers import MailServer, Receiver, Reply, Silent
from tests.journeys.stack import DEADLINE_S, OwnDatabase, Stack
from tests.office import answering, make_office
from tests.ports import HOST
from tests.scrips.deliveries import make_hook, make_mail, make_ticket
from tickets import service as door
from tickets.models import Transaction

pytestmark = [pytest.mark.journey, pytest.mark.xdist_group("journeys")]


def publish(*deliveries: Delivery) -> None:
    wakes.publish(deliveries)


def statuses() -> Counter[str]:
    return Counter(Delivery.objects.values_list("status", flat=True))


def all_recorded(number: int) -> bool:
    """All of them sent, and each with its one record in a log."""
    done = Delivery.objects.filter(status="sent", recorded=True).count() == number
    return done and Transaction.objects.exclude(delivery_id=None).count() == number


def test_mail_and_webhook_leave_and_are_recorded(
    stack: Stack, mail_server: MailServer, receiver: Receiver
) -> None:
    ticket = make_ticket()
    mail, hook = make_mail(ticket=ticket), make_hook(receiver.url, ticket=ticket)
    publish(mail, hook)
    stack.wait(lambda: all_recorded(2), "both sent and recorded")
    assert [r.mail["Message-ID"] for r in mail_server.received] == [mail.payload["message_id"]]
    assert len(receiver.requests) == 1
    log = ticket.transactions.values_list("type", flat=True)
    assert sorted(log) == ["Create", "EmailRecord", "WebhookDelivery"]


def test_receiver_that_was_down_gets_its_hook_when_it_is_back(
    stack: Stack, receiver: Receiver
) -> None:
    receiver.stop()
    hook = make_hook(receiver.url)
    publish(hook)
    stack.until(lambda: Attempt.objects.filter(ok=False).count() >= 2, "two failures")
    receiver.start()
    stack.until(lambda: all_recorded(1), "sent after all")
    failed = Attempt.objects.filter(ok=False).values_list("error", flat=True)
    assert set(failed) == {"Connection refused"}
    assert len(receiver.confirmed) == 1


def test_mail_server_that_was_down_gets_its_mails_when_it_is_back(
    stack: Stack, mail_server: MailServer
) -> None:
    mail_server.stop()
    publish(make_mail(), make_mail())
    stack.until(lambda: Attempt.objects.filter(ok=False).count() >= 2, "two failures")
    mail_server.start()
    stack.until(lambda: all_recorded(2), "sent after all")
    assert len(mail_server.received) == 2


def test_451_then_250(stack: Stack, mail_server: MailServer) -> None:
    mail_server.data.append("451 greylisted, come back")
    publish(make_mail())
    stack.until(lambda: all_recorded(1), "sent at the second try")
    assert list(Attempt.objects.values_list("number", "ok", "response_status")) == [
        (1, False, 451),
        (2, True, 250),
    ]
    assert len(mail_server.received) == 1


def test_550_is_final_and_harms_no_other(stack: Stack, mail_server: MailServer) -> None:
    mail_server.rcpt["nobody@example.com"] = deque(["550 no such user"] * 9)
    refused, fine = make_mail(to=["nobody@example.com"]), make_mail()
    publish(refused, fine)
    stack.until(lambda: statuses() == {"dead": 1, "sent": 1}, "one dead, one sent")
    refused.refresh_from_db()
    assert (refused.attempts, refused.last_error) == (1, "nobody@example.com: 550 no such user")


def test_mail_of_a_worker_killed_while_sending_is_sent_by_the_next(
    stack: Stack, mail_server: MailServer
) -> None:
    mail_server.gate.clear()
    mail = make_mail()
    publish(mail)
    stack.wait(mail_server.waiting.is_set, "it is being sent")
    stack.kill_worker()
    mail_server.gate.set()
    assert statuses() == {"sending": 1}
    stack.worker.start()
    stack.until(lambda: all_recorded(1), "sent by another worker")
    assert {r.mail["Message-ID"] for r in mail_server.received} == {mail.payload["message_id"]}
    assert list(Attempt.objects.values_list("number", "ok")) == [(1, False), (2, True)]


def test_hook_of_a_worker_killed_while_sending_is_sent_by_the_next_under_the_same_id(
    stack: Stack, receiver: Receiver
) -> None:
    receiver.gate.clear()
    publish(make_hook(receiver.url))
    stack.wait(receiver.waiting.is_set, "it is being sent")
    stack.kill_worker()
    receiver.gate.set()
    stack.worker.start()
    stack.until(lambda: all_recorded(1), "sent by another worker")
    assert len({request.headers["webhook-id"] for request in receiver.requests}) == 1


def make_rules(url: str) -> None:
    """A mail to who asked for each new ticket, a webhook for each that is resolved."""
    actor = door.system_actor()
    template = rules.save_template(
        None,
        {"name": "Thanks", "subject_template": "Thanks", "body_template": "For {$ticket.subject}."},
        actor=actor,
    )
    mail = {
        "name": "Thank",
        "condition_type": "OnCreate",
        "action_type": "SendEmail",
        "action_config": {"to": ["requestor"]},
        "template_id": template.pk,
    }
    hook = {
        "name": "Tell",
        "condition_type": "OnStatusChange",
        "condition_config": {"to": "resolved"},
        "action_type": "Webhook",
        "action_config": {"url": url},
    }
    for scrip in (mail, hook):
        rules.save_scrip(None, scrip, actor=actor)


def test_tickets_resolved_while_the_broker_is_away_are_told_of_once_when_it_is_back(
    stack: Stack, mail_server: MailServer, receiver: Receiver, settings: Settings
) -> None:
    settings.TESSERA_WEBHOOK_ALLOW = [HOST]
    make_rules(receiver.url)
    stack.broker.stop()
    actor = door.system_actor()
    for number in range(10):
        values = {
            "subject": f"Printer {number}",
            "queue": "General",
            "requestors": ["ann@example.com"],
        }
        begun = time.monotonic()
        ticket = door.create(values, actor=actor).ticket
        for status in ("open", "resolved"):
            door.apply(ticket.id, {"status": status}, actor=actor)
        # Nobody waits for a broker that is away; generous, for other tests may run beside this one.
        assert time.monotonic() - begun < 15
    assert statuses() == {"pending": 20}
    stack.broker.start()
    stack.until(lambda: all_recorded(20), "all sent")
    assert len(mail_server.received) == 10
    assert len({r.mail["Message-ID"] for r in mail_server.received}) == 10
    assert len(receiver.confirmed) == len(set(receiver.confirmed)) == 10
    types = list(Transaction.objects.filter(ticket=ticket.id).values_list("type", flat=True))
    assert types[:3] == ["Create", "StatusChange", "StatusChange"]
    assert sorted(types[3:]) == ["EmailRecord", "WebhookDelivery"]


def test_mail_that_was_confirmed_while_the_database_restarts_is_not_repeated(
    mail_server: MailServer, transactional_db: None, settings: Settings, tmp_path: Path
) -> None:
    database = OwnDatabase(tmp_path)
    own = environment(mail_server, DATABASE_URL=database.url, TESSERA_DELIVERY_LEASE="30")
    stack = Stack(tmp_path, own)
    stack.broker.start()
    with database.using(), stack.using():
        stack.worker.start()
        mail_server.gate.clear()
        publish(make_mail(), make_mail())
        stack.wait(mail_server.waiting.is_set, "it is being sent")
        database.stop()
        mail_server.gate.set()
        stack.wait(lambda: len(mail_server.received) == 1, "the server confirms the first")
        database.server.start()
        stack.until(lambda: all_recorded(2), "both sent and recorded")
        assert len(mail_server.received) == 2
        stack.close()


def test_redirect_is_not_followed(stack: Stack, receiver: Receiver) -> None:
    receiver.replies.append(Reply(307, {"Location": receiver.url + "/secret"}))
    publish(make_hook(receiver.url))
    stack.until(lambda: all_recorded(1), "sent at the second try")
    assert {request.path for request in receiver.requests} == {"/hook"}
    first = Attempt.objects.get(number=1)
    assert first.error == "answered 307 Temporary Redirect; redirects are not followed"


@pytest.mark.parametrize(
    "host", ["127.0.0.2", "localhost", "[::1]", "169.254.169.254", "2130706433"]
)
def test_address_that_is_not_public_is_not_called(stack: Stack, host: str) -> None:
    hook = make_hook(f"http://{host}/")
    publish(hook)
    stack.wait(lambda: Attempt.objects.exists(), "one try")
    hook.refresh_from_db()
    assert hook.status == "failed"
    assert "public" in hook.last_error or "unusual" in hook.last_error


def test_slow_receiver_delays_no_other(
    stack: Stack, mail_server: MailServer, receiver: Receiver
) -> None:
    silent = Silent()
    slow = [make_hook(f"http://{HOST}:{silent.port}/") for _ in range(3)]
    quick = [make_hook(receiver.url) for _ in range(20)]
    publish(*slow, *quick, make_mail())
    stack.wait(lambda: statuses()["sent"] == 21, "the others sent")
    assert statuses() == {"sent": 21, "sending": 3}
    silent.close()
    stack.until(lambda: statuses()["sending"] == 0, "the slow ones failed")


def test_worker_says_whose_request_and_which_batch_it_sends_for(
    stack: Stack, mail_server: MailServer
) -> None:
    office = make_office()
    answering(office, to=["ann@example.com"])
    root = User.objects.get(username="root")
    ticket = door.create({"subject": "a", "queue": "Support"}, actor=office.admin).ticket
    answer = stack.caller(ApiToken.issue(root)).post(
        f"/api/tickets/{ticket.id}/reply", {"content": "b"}, **{"X-Request-ID": "proxy-7"}
    )
    batch = answer.json()["transactions"][0]["batch"]
    stack.wait(lambda: Delivery.objects.filter(status="sent").count() == 1, "sent")

    sent = Delivery.objects.get()
    ids = f"request_id=proxy-7 user_id={root.pk} batch_id={batch} delivery_id={sent.pk}"
    line = re.compile(rf"email try 1: sent \[{ids}\]$", re.M)
    stack.wait(lambda: line.search(stack.said()) is not None, "it says so")


def sessions() -> int:
    """How many connections to the database there ever were."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT sessions FROM pg_stat_database WHERE datname = current_database()")
        return int(cursor.fetchone()[0])


def test_worker_that_is_told_to_end_finishes_what_it_sends_and_leaves_the_rest(
    stack: Stack, receiver: Receiver
) -> None:
    receiver.gate.clear()
    known = sessions()
    for _each in range(60):
        stack.tell("scrips.tasks.deliver_webhook", [0])
    ticket = make_ticket()
    hooks = [make_hook(receiver.url, ticket=ticket) for _each in range(20)]
    stack.tell("scrips.tasks.deliver_webhook", [hook.pk for hook in hooks])
    stack.wait(receiver.waiting.is_set, "one is being sent")
    ended = threading.Thread(target=stack.worker.stop)
    ended.start()
    stack.wait(lambda: stack.each_said("Warm shutdown"), "it knows that it shall end")
    receiver.gate.set()
    ended.join(DEADLINE_S)

    assert Delivery.objects.filter(status="sent").count() == len(receiver.confirmed) == 1
    assert Delivery.objects.filter(status="pending").count() == 19
    # One for each of its threads at most, and none for each of the tasks that came before.
    assert sessions() - known <= 40 * len(stack.worker.children)
    stack.worker.start()
    stack.until(lambda: Delivery.objects.filter(status="sent").count() == 20, "all sent")
    assert len(set(receiver.confirmed)) == len(receiver.confirmed) == 20
