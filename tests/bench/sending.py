"""Deliveries: how many a second the one worker of `tessera up` sends to a receiver beside it, and records."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from django.db import transaction

import tessera.celery  # noqa: F401  # tells the workers
from scrips import outbox
from scrips.models import Delivery
from tests.journeys.servers import Receiver
from tests.scrips.deliveries import make_hook, make_mail, make_ticket

_TICKETS = 50  # a record waits for its ticket
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
    """Web hooks to a receiver on the loopback, then mails into files. The worker must be allowed to call it."""
    tickets = [make_ticket() for _ticket in range(_TICKETS)]
    receiver = Receiver()
    receiver.start()
    try:
        shared = [tickets[place % _TICKETS] for place in range(number)]
        return {
            "web hooks": _timed(lambda: [make_hook(receiver.url, ticket=each) for each in shared]),
            "mails": _timed(
                lambda: [
                    make_mail(ticket=each, to=[f"ann.{place}@example.com"])
                    for place, each in enumerate(shared)
                ]
            ),
        }
    finally:
        receiver.stop()


def _timed(make: Callable[[], list[Delivery]]) -> Sent:
    with transaction.atomic():  # nobody sees one before all are there
        made = make()
    begun = time.perf_counter()
    outbox.publish([(row.pk, row.kind) for row in made])
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
