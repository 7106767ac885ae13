"""Deliveries of a ticket as rows, for tests of what happens to them once they exist."""

from datetime import timedelta
from typing import Any

from scrips import outbox
from scrips.channels import Line
from scrips.claims import Claimed
from scrips.models import Delivery
from scrips.recording import Records
from tessera.lib import clock, http, mime
from tickets import service
from tickets.models import Ticket


def make_ticket() -> Ticket:
    """A ticket whose log holds its Create."""
    values = {"subject": "Printer", "queue": "General"}
    outcome = service.create(values, actor=service.system_actor())
    return Ticket.objects.get(pk=outcome.ticket.id)


def make_delivery(
    kind: str, payload: dict[str, Any], *, ticket: Ticket | None = None, host: str = ""
) -> Delivery:
    """A delivery that is due, as the engine makes them."""
    ticket = ticket or make_ticket()
    return Delivery.objects.create(
        kind=kind,
        ticket=ticket,
        transaction=ticket.transactions.get(seq=1),
        scrip_id=7,
        scrip_version=3,
        payload=payload,
        host=host,
        next_attempt_at=outbox.first_attempt_at(),
        created_at=clock.now(),
    )


def make_mail(*, ticket: Ticket | None = None, **changes: Any) -> Delivery:
    delivery = make_delivery(
        "email",
        {
            "to": ["ann@example.com"],
            "cc": [],
            "bcc": [],
            "subject": "[TKT-0001] Printer",
            "body": "It prints.",
            "content_type": "text/plain",
            "from": "it@example.com",
            "reply_to": "",
            "references": [],
            **changes,
        },
        ticket=ticket,
    )
    delivery.payload["message_id"] = mime.message_id(delivery.pk)
    delivery.save(update_fields=["payload"])
    return delivery


def make_hook(url: str, *, ticket: Ticket | None = None, **changes: Any) -> Delivery:
    return make_delivery(
        "webhook",
        {
            "method": "POST",
            "url": url,
            "headers": {},
            "body": '{"type": "StatusChange"}',
            "timeout": None,
            "secret": None,
            **changes,
        },
        ticket=ticket,
        host=_host(url),
    )


def _host(url: str) -> str:
    """As the action has it; a URL that it would refuse has none."""
    try:
        return http.authority(url)
    except http.UrlRefused:
        return ""


def end_lease(delivery: Delivery) -> None:
    """As if the worker that has it had been silent for a whole lease."""
    Delivery.objects.filter(pk=delivery.pk).update(lease_until=clock.now() - timedelta(seconds=1))


def make_due(delivery: Delivery) -> None:
    """As if the wait for the next try were over."""
    Delivery.objects.filter(pk=delivery.pk).update(next_attempt_at=clock.now())


def carry_out(claimed: Claimed, line: Line) -> None:
    """The one try of a claim, and the record of it."""
    with Records() as records:
        outbox._carry_out(claimed, line, records, going_on=False)
