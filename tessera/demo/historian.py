"""Ninety days of Brightwell, told through the door with the clock moved."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from scrips import outbox
from scrips.models import Attempt, Delivery
from tessera.demo.company import AGENTS, COST_CENTRES, LOCATIONS
from tessera.demo.stories import STORIES, Story
from tessera.lib import clock
from tickets import service
from tickets.access import Actor
from tickets.outcome import Outcome

DAYS = 90
_DELIVERED_AFTER = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class Cast:
    """Who acts: agents by username, the desk that enters what customers mail, and the customers' addresses."""

    agents: dict[str, Actor]
    desk: Actor
    customers: tuple[tuple[str, str], ...]  # first name, address


@dataclass(frozen=True, slots=True)
class Step:
    """One change of one ticket at its time."""

    at: datetime
    actor: Actor
    changes: dict[str, Any]


def tell(tickets: int, *, seed: int, cast: Cast, now: datetime) -> Iterator[int]:
    """Make that many tickets with their history up to `now`, and give how many are done.

    Everything is drawn from `seed`; nothing is told to a worker. Must run inside a database transaction.
    """
    rng = random.Random(seed)  # noqa: S311  # a story, no secret
    begins = sorted(_begin(rng, number, tickets, now) for number in range(tickets))
    for number, begin in enumerate(begins):
        _tell_one(rng, begin, cast, now)
        yield number + 1


def _begin(rng: random.Random, number: int, tickets: int, now: datetime) -> datetime:
    """Mostly in office hours; the last ones within the last day, so that there is life on the first page."""
    if number >= tickets - max(3, tickets // 20):
        return now - timedelta(minutes=rng.randint(20, 23 * 60))
    day = now - timedelta(days=rng.randint(1, DAYS))
    return day.replace(
        hour=rng.choice([7, 8, 8, 9, 9, 10, 11, 13, 14, 15, 16]), minute=rng.randint(0, 59)
    )


def _tell_one(rng: random.Random, begin: datetime, cast: Cast, now: datetime) -> None:
    story = rng.choice(STORIES)
    name, address = rng.choice(cast.customers)
    words = {"location": rng.choice(LOCATIONS), "asset": f"BW-{rng.randint(100, 999):04d}"}
    with clock.at(begin):
        created = service.create(_values(rng, story, address, name, words, begin), actor=cast.desk)
    _deliver(created, begin)
    for step in _steps(rng, story, begin, cast, name, words):
        if step.at > now:
            return
        with clock.at(step.at):
            outcome = service.apply(created.ticket.id, step.changes, actor=step.actor)
        _deliver(outcome, step.at)


def _values(
    rng: random.Random,
    story: Story,
    address: str,
    name: str,
    words: dict[str, str],
    begin: datetime,
) -> dict[str, Any]:
    fields = dict(story.fields) | {"location": words["location"]}
    if story.queue != "IT Support":
        fields["cost_centre"] = rng.choice(COST_CENTRES)
    elif rng.random() < 0.4:
        fields["asset_tag"] = words["asset"]
    urgent = fields.get("severity") == "Production down"
    values: dict[str, Any] = {
        "subject": rng.choice(story.subjects).format(**words),
        "queue": story.queue,
        "requestors": [address],
        "priority": rng.randint(80, 95) if urgent else rng.choice([0, 0, 10, 20, 30, 40, 60]),
        "custom_fields": fields,
        "message": {"content": f"{story.opening.format(**words)}\n\n{name}"},
    }
    if rng.random() < 0.3:
        values["due_at"] = (begin + timedelta(days=rng.randint(1, 10))).isoformat()
    if rng.random() < 0.12:
        values["cc"] = [rng.choice(["team-lead@brightwell.example", "office@brightwell.example"])]
    return values


def _steps(
    rng: random.Random, story: Story, begin: datetime, cast: Cast, name: str, words: dict[str, str]
) -> Iterator[Step]:
    """How it goes on: taken, asked, answered, noted, ended; now and then stalled, rejected or opened again."""
    if rng.random() < 0.08:
        return
    able = [
        user for user, (_name, queues) in AGENTS.items() if story.queue in queues and user != "desk"
    ]
    agent = cast.agents[rng.choice(able)]
    at = begin + timedelta(minutes=rng.randint(4, 400))
    fate = rng.random()
    taken: dict[str, Any] = {"owner_id": agent.id, "message": _reply(rng.choice(story.asks))}
    if story.queue == "HR" and rng.random() < 0.4:
        first_day = (begin + timedelta(days=rng.randint(5, 60))).date().replace(day=1)
        taken["custom_fields"] = {"start_date": first_day.isoformat()}
    yield Step(at, agent, taken)
    if fate < 0.1:
        at += timedelta(hours=rng.randint(1, 30))
        yield Step(
            at,
            agent,
            {"status": "rejected", "message": _note("Asked for twice: see the other one.")},
        )
        return
    if rng.random() < 0.6:
        at += timedelta(minutes=rng.randint(10, 900))
        text = f"{name} wrote:\n\n{rng.choice(story.replies).format(**words)}"
        yield Step(at, cast.desk, {"message": _reply(text)})
    if rng.random() < 0.4:
        at += timedelta(minutes=rng.randint(5, 300))
        note = {"message": _note(rng.choice(story.notes).format(**words))}
        yield Step(at, agent, note | ({"status": "stalled"} if fate < 0.3 else {}))
    if fate > 0.85:
        return
    at += timedelta(hours=rng.randint(1, 60), minutes=rng.randint(0, 59))
    ending: dict[str, Any] = {"status": "resolved", "message": _reply(rng.choice(story.endings))}
    if story.queue == "IT Support" and rng.random() < 0.5:
        ending["custom_fields"] = {"resolution": rng.choice(["Fixed", "Workaround"])}
    yield Step(at, agent, ending)
    if rng.random() < 0.07:
        at += timedelta(hours=rng.randint(4, 50))
        again = f"{name} wrote:\n\nIt is back, I am afraid."
        yield Step(at, cast.desk, {"status": "open", "message": _reply(again), "priority": 70})


def _reply(text: str) -> dict[str, str]:
    return {"type": "correspond", "content": text}


def _note(text: str) -> dict[str, str]:
    return {"type": "comment", "content": text}


def _deliver(outcome: Outcome, at: datetime) -> None:
    """Settle what the change brought as sent a moment later, with its record in the log. Nothing leaves."""
    ids = [
        f.effect.facts["delivery_id"]
        for f in outcome.fired
        if f.effect and "delivery_id" in f.effect.facts
    ]
    if not ids:
        return
    moment = at + _DELIVERED_AFTER
    for delivery in Delivery.objects.filter(pk__in=ids).order_by("pk"):
        delivery.status = Delivery.Status.SENT
        delivery.attempts = 1
        delivery.next_attempt_at = None
        delivery.sent_at = moment
        delivery.response_status = 200 if delivery.kind == Delivery.Kind.WEBHOOK else 250
        delivery.recorded = True
        delivery.save()
        Attempt.objects.create(
            delivery=delivery,
            number=1,
            started_at=at,
            duration_ms=180,
            ok=True,
            response_status=delivery.response_status,
        )
        with clock.at(moment):
            outbox.write_record(delivery)
