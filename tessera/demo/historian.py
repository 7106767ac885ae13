"""What happens at Brightwell, made through the door with the clock moved."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from django.db.models import Case, F, Value, When

from scrips import recording
from scrips.models import Attempt, Delivery
from tessera.demo.plot import Event
from tessera.lib import clock
from tickets import service
from tickets.access import Actor
from tickets.outcome import Outcome

_DELIVERED_AFTER = timedelta(seconds=2)
# What a receiver answers to a webhook, and a mail server to a mail.
_ANSWERS = {Delivery.Kind.WEBHOOK.value: 200, Delivery.Kind.EMAIL.value: 250}
_ROWS = 1_000


@dataclass(frozen=True, slots=True)
class Cast:
    """Who acts, by username (the desk among them, which enters what customers mail), and the customers."""

    agents: dict[str, Actor]
    customers: tuple[tuple[str, str], ...]  # first name, address


def tell(events: Sequence[Event], *, seed: int, cast: Cast) -> Iterator[int]:
    """Make the tickets of a plot with their history, and give how many there are after each.

    Everything is drawn from `seed`, and happens in the order of time, so that ids count as they would have.
    Nothing is told to a worker as long as the caller holds `wakes.held()`. Must run inside a database
    transaction, in a system without deliveries.
    """
    ids: dict[int, int] = {}
    for event in events:
        with clock.at(event.at):
            outcome = _carry_out(event, ids, cast)
        _record_deliveries(outcome, event.at + _DELIVERED_AFTER)
        if event.begins:
            ids[event.number] = outcome.ticket.id
            yield len(ids)
    _settle(Random(seed))  # noqa: S311  # durations, no secret


def _carry_out(event: Event, ids: dict[int, int], cast: Cast) -> Outcome:
    changes: dict[str, Any] = dict(event.changes)
    if event.owner is not None:
        changes["owner_id"] = cast.agents[event.owner].id
    linked = {"refers_to": event.refers_to, "depends_on": event.depends_on}
    if links := {name: [ids[other]] for name, other in linked.items() if other is not None}:
        changes["links"] = links
    actor = cast.agents[event.by]
    if event.begins:
        return service.create(changes, actor=actor)
    return service.apply(ids[event.number], changes, actor=actor)


def _record_deliveries(outcome: Outcome, moment: datetime) -> None:
    """Record in the log, a moment later, what the change sent."""
    sent = [
        fired.effect.facts["delivery_id"]
        for fired in outcome.fired
        if fired.effect and "delivery_id" in fired.effect.facts
    ]
    if not sent:
        return
    deliveries = list(Delivery.objects.filter(pk__in=sent).order_by("pk"))
    for delivery in deliveries:
        delivery.response_status = _ANSWERS[delivery.kind]
    with clock.at(moment):
        recording.write(deliveries)


def _settle(rng: Random) -> None:
    """Note on all deliveries at once that each was sent at its first try. Nothing leaves."""
    answers = [When(kind=kind, then=Value(status)) for kind, status in _ANSWERS.items()]
    Delivery.objects.update(
        status=Delivery.Status.SENT,
        attempts=1,
        next_attempt_at=None,
        sent_at=F("created_at") + _DELIVERED_AFTER,
        response_status=Case(*answers),
        recorded=True,
    )
    rows = Delivery.objects.order_by("pk").values_list("pk", "created_at", "response_status")
    Attempt.objects.bulk_create(
        (
            Attempt(
                delivery_id=delivery_id,
                number=1,
                started_at=created_at,
                duration_ms=rng.randint(30, 400),
                ok=True,
                response_status=status,
            )
            for delivery_id, created_at, status in rows
        ),
        batch_size=_ROWS,
    )
