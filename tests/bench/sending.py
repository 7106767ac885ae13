"""Deliveries: how many a second the one worker of `tessera up` sends to a receiver beside it, and records."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from django.db import transaction

import tessera.celery  # noqa: F401  # tells the workers
from scrips import wakes
from scrips.models import Delivery
from tests.journeys.servers import Receiver
from tests.scrips.deliveries import make_hook, make_mail, make_ticket

_TICKETS = 50  # a record waits for its ticket
_WARM = 100
_PATIENCE_S = 300.0


@dataclass(frozen=True, slots=True)
class Sent:
    """So many of a kind, each sent and in its ticket's log."""

    number: int
    seconds: float

    @property
    def per_second(self) -> float:
        return self.number / self.seconds


def run(number: int) -> dict[str, Sent]:
    """Webhooks to a receiver on the loopback, then mails into files, each after a few to warm the worker up.

    The worker must be allowed to call it.
    """
    tickets = [make_ticket() for _ticket in range(_TICKETS)]
    receiver = Receiver()
    receiver.start()

    def hook(place: int) -> Delivery:
        return make_hook(receiver.url, ticket=tickets[place % _TICKETS])

    def mail(place: int) -> Delivery:
        return make_mail(ticket=tickets[place % _TICKETS], to=[f"ann.{place}@example.com"])

    try:
        return {"webhooks": _warm(hook, number), "mails": _warm(mail, number)}
    finally:
        receiver.stop()


def _warm(make: Callable[[int], Delivery], number: int) -> Sent:
    _timed(lambda: [make(place) for place in range(number, number + _WARM)])
    return _timed(lambda: [make(place) for place in range(number)])


def _timed(make: Callable[[], list[Delivery]]) -> Sent:
    with transaction.atomic():  # nobody sees one before all are there
        made = make()
    begun = time.perf_counter()
    wakes.publish(made)
    waits = Delivery.objects.filter(
        pk__in=[row.pk for row in made], status__in=("pending", "sending", "failed")
    )
    while left := waits.count():
        if time.perf_counter() - begun > _PATIENCE_S:
            raise RuntimeError(f"{left} of {len(made)} deliveries are still not sent")
        time.sleep(0.05)
    seconds = time.perf_counter() - begun
    lost = Delivery.objects.filter(pk__in=[row.pk for row in made]).exclude(status="sent")
    assert not lost.exists(), lost.values_list("status", "last_error").first()
    return Sent(len(made), seconds)
