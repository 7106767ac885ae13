"""A worker that dies at any of its statements: what it leaves behind is sent, and where that is twice has one place."""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import F

from scrips import outbox, sweeper, wakes
from scrips.models import Delivery
from tests.journeys.servers import MailServer, Receiver
from tests.scrips.deliveries import end_lease, make_hook, make_mail, make_ticket
from tickets.models import Transaction

pytestmark = pytest.mark.django_db(transaction=True)
# What ends a transaction ends it for the dead too: the database undoes what they began.
_ENDINGS = ("SAVEPOINT", "ROLLBACK")


class Killed(BaseException):
    """No handler of ours catches it, as none runs in a process that is killed."""


class Fate:
    """Lets so many statements pass, and none after that."""

    def __init__(self, left: int) -> None:
        self.left = left
        self.struck = ""

    def __call__(
        self,
        execute: Callable[..., Any],
        sql: str,
        params: Any,
        many: bool,  # Django's signature
        context: Any,
    ) -> Any:
        if not sql.startswith(_ENDINGS):
            self.left -= 1
            if self.left < 0:
                self.struck = self.struck or sql
                raise Killed
        return execute(sql, params, many, context)


def deliver(delivery: Delivery, *, statements: int) -> str:
    """A worker that dies after so many statements: the one that it did not come to, empty where it came to its end."""
    fate = Fate(statements)
    with suppress(Killed), connection.execute_wrapper(fate):
        outbox.deliver(delivery.kind, [delivery.pk])
    return fate.struck


def find(delivery: Delivery) -> None:
    """What comes after: the lease ends, the sweep comes by, another worker, and the sweep again."""
    mine = Delivery.objects.filter(pk=delivery.pk)
    if mine.filter(status="sending").exists():
        end_lease(delivery)
    sweeper.sweep()
    mine.filter(status="failed").update(next_attempt_at=F("created_at"))
    outbox.deliver(delivery.kind, [delivery.pk])
    mine.update(sent_at=F("sent_at") - timedelta(minutes=5))
    sweeper.sweep()


@pytest.mark.parametrize("kind", ["email", "webhook"])
def test_killed_before_any_statement_it_is_sent_once_but_for_the_note_of_the_confirmation(
    kind: str, mail_server: MailServer, receiver: Receiver
) -> None:
    twice, statements, struck = [], 0, "the first"
    with wakes.held():
        while struck:
            mail_server.received.clear()
            receiver.requests.clear()
            ticket = make_ticket()
            one = (
                make_mail(ticket=ticket)
                if kind == "email"
                else make_hook(receiver.url, ticket=ticket)
            )
            struck = deliver(one, statements=statements)
            find(one)

            arrived = [
                *(each.mail["Message-ID"] for each in mail_server.received),
                *(each.headers["webhook-id"] for each in receiver.requests),
            ]
            assert Delivery.objects.get(pk=one.pk).status == "sent", struck
            assert Transaction.objects.filter(delivery_id=one.pk).count() == 1, struck
            assert len(set(arrived)) == 1, struck
            twice += [struck] * (len(arrived) - 1)
            statements += 1
    assert statements > 5
    assert len(twice) == 1
    assert "INSERT INTO scrips_attempt" in twice[0]
