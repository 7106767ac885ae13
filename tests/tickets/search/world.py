"""A world of odd tickets, in which every field of the query language has something to say."""

import random
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection

from customfields.models import CustomField
from lifecycles import service as processes
from lifecycles.models import Lifecycle
from scrips import recording
from scrips.models import Scrip
from tessera.accounts.models import User
from tessera.lib import clock
from tessera.lib.errors import OpenDependencies
from tessera.lib.query.facts import QueryFacts
from tests.people import administrator
from tests.scrips.deliveries import make_mail
from tickets import service, state
from tickets.access import Actor, actor_of
from tickets.facts import log_of, query_facts, somebody
from tickets.models import Queue, QueueField, Ticket
from tickets.people import People
from tickets.stock import make_administrator
from tickets.transitions import enabled_transitions

TICKETS = 36
# A night on which Berlin's clocks go back, and one on which Lisbon's go forward.
MOMENTS = tuple(
    datetime.fromisoformat(text)
    for text in (
        "2025-10-25T21:59:59.999999+00:00",
        "2025-10-26T00:30:00+00:00",
        "2025-10-26T01:30:00.5+00:00",
        "2026-03-29T00:59:59+00:00",
        "2026-03-29T01:00:00+00:00",
        "2026-11-20T23:59:59+00:00",
        "2026-11-21T09:30:15+00:00",
    )
)
NOW = datetime(2026, 11, 21, 9, 30, 15, tzinfo=UTC)
TEXTS = (
    "",
    "a",
    "80",
    "Straße",
    "STRASSE",
    "İstanbul",
    "e\u0301t\u00e9",
    "50%_off\\",
    "open ann",
    "ﬃ \u1e9e",
)
FIELDS: dict[str, tuple[str, str, dict[str, Any], tuple[Any, ...]]] = {
    # key: type, name, more, values
    "note": ("Freeform", "Note", {}, TEXTS[1:]),
    "notes": ("Freeform", "Notes", {"max_values": 0}, TEXTS[1:]),
    "story": ("Text", "Story", {}, ("Straße\nopen", "a")),
    "severity": (
        "SelectSingle",
        "Severity",
        {"values": ["low", "High", "ann"]},
        ("low", "High", "ann"),
    ),
    "tags": ("SelectMulti", "Tags", {"values": ["a", "B", "ß", "80"]}, ("a", "B", "ß", "80")),
    "seats": ("Integer", "Size", {}, (-3, 0, 80, 2**62)),
    "counts": ("Integer", "Counts", {"max_values": 0}, (-3, 1, 80)),
    "cost": ("Decimal", "Cost", {}, ("-3", "12.5", "80", "0.333333333333333333333333")),
    "rates": ("Decimal", "Size", {"max_values": 3}, ("-3", "12.5", "80")),
    "day": ("Date", "Day", {}, ("2025-10-26", "2026-03-29", "2026-11-21", "2026-11-16")),
    "days": (
        "Date",
        "Days",
        {"max_values": 0},
        ("2025-10-26", "1999-12-31", "0001-01-01", "9999-12-31"),
    ),
    "moment": ("DateTime", "Moment", {}, ("2025-10-26T00:30:00Z", "2026-11-21T09:30:15Z")),
    "moments": (
        "DateTime",
        "Day",
        {"max_values": 0},
        ("2026-03-29T01:00:00Z", "2026-11-20T23:59:59Z"),
    ),
    "vip": ("Boolean", "Vip", {}, (True, False)),
    "site": ("URL", "Site", {}, ("https://example.com/A",)),
    "contact": ("Email", "Note", {}, ("Ann@Example.com", "who@example.org")),
    "approver": ("User", "Approver", {}, ("ann", "ßeta")),
}


@dataclass(frozen=True)
class World:
    """The actors of tests, and the ids of all tickets."""

    root: Actor
    ann: Actor
    ids: tuple[int, ...]

    def facts(self, ticket_id: int, asker: Actor) -> QueryFacts:
        """The ticket as queries in memory see it, asked by somebody in his time zone."""
        people = People()
        found = state.fetch([ticket_id])[ticket_id]
        facts = query_facts(
            found, config=asker.config, people=people, now=NOW, log=lambda: log_of(found, people)
        )
        return replace(facts, zone=ZoneInfo(asker.person.time_zone), caller=somebody(asker.person))


def make_world(seed: int = 1) -> World:
    """Make it, through the door, each ticket's history at its own times."""
    with connection.cursor() as cursor:  # what is made below counts at once
        cursor.execute("SET CONSTRAINTS raises_generation IMMEDIATE")
    draw = random.Random(seed)  # a story, no secret
    Scrip.objects.all().delete()
    root = administrator("root", email="root@example.com", time_zone="Europe/Lisbon")
    people = [
        User.objects.create_user("ann", email="Ann@example.com", time_zone="Europe/Berlin"),
        User.objects.create_user("ßeta", email="beta@straße.example"),
        User.objects.create_user("Bob", email=""),
        User.objects.create_user("bobby", email="bobby@example.org"),
    ]
    for person in people:
        make_administrator(person)
    queues = _queues(root)
    actors = [Actor.of(person) for person in (*people, root)]
    ids: list[int] = []
    for _number in range(TICKETS):
        ids.append(_ticket(draw, actors, queues, tuple(ids)))
    return World(actor_of(root), actor_of(people[0]), tuple(ids))


def _queues(root: User) -> list[Queue]:
    default = Lifecycle.objects.get(name="default")
    other = processes.create(
        "Größe",
        {
            "statuses": {
                "initial": ["stalled"],
                "active": ["Open", "new"],
                "inactive": ["done", "Deleted"],
            },
            "transitions": [
                {"name": "any", "from": "*", "to": "done"},
                {"name": "bin", "from": "*", "to": "Deleted"},
                {"name": "work", "from": "*", "to": "Open"},
            ],
        },
        actor=root,
    )
    queues = [
        Queue.objects.create(name="Support", lifecycle=default),
        Queue.objects.create(name="Straße 80", lifecycle=other),
        Queue.objects.create(name="80", lifecycle=Lifecycle.objects.get(name="incident")),
    ]
    for key, (type_, name, more, _values) in FIELDS.items():
        default_values = {"max_values": 0} if type_ == "SelectMulti" else {}
        field = CustomField.objects.create(
            key=key, name=name, field_type=type_, **{**default_values, **more}
        )
        for place, queue in enumerate(queues):
            QueueField.objects.create(queue=queue, field=field, position=place)
    return queues


def _ticket(
    draw: random.Random, actors: list[Actor], queues: list[Queue], before: tuple[int, ...]
) -> int:
    moment = draw.choice(MOMENTS) - timedelta(days=draw.choice((0, 0, 1, 7, 40)))
    actor = draw.choice(actors)
    body: dict[str, Any] = {
        "subject": draw.choice(TEXTS),
        "queue_id": draw.choice(queues).pk,
        "priority": draw.choice((0, 1, 50, 80, 100)),
        "custom_fields": _fields(draw),
        "requestors": draw.sample(ADDRESSES, draw.choice((0, 1, 1, 2))),
        "cc": draw.sample(ADDRESSES, draw.choice((0, 0, 1))),
    }
    if draw.random() < 0.5:
        body["due_at"] = draw.choice(MOMENTS).isoformat()
    if draw.random() < 0.5:
        body["owner_id"] = draw.choice(actors).id
    if draw.random() < 0.6:
        body["message"] = {"content": draw.choice(TEXTS[1:]), "content_type": "text/plain"}
    if before and draw.random() < 0.4:
        body["links"] = {draw.choice(DIRECTIONS): [draw.choice(before)]}
    with clock.at(moment):
        number = service.create(body, actor=actor).ticket.id
        if number % 2:  # what the log says of a mail has a `message_id` too
            recording.write([make_mail(ticket=Ticket.objects.get(pk=number))])
    for step in range(draw.choice((0, 1, 3))):
        with clock.at(moment + timedelta(minutes=30 * (step + 1))):
            _change(draw, number, draw.choice(actors))
    return number


ADDRESSES = ["Ann@Example.com", "beta@STRASSE.example", "who@example.org", "root@example.com"]
DIRECTIONS = ("depends_on", "depended_on_by", "parents", "children", "refers_to", "referred_to_by")


def _fields(draw: random.Random) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, (type_, _name, more, values) in FIELDS.items():
        several = type_ == "SelectMulti" or more.get("max_values", 1) != 1
        if draw.random() < 0.45:
            found[key] = (
                draw.sample(values, draw.randint(1, min(3, len(values))))
                if several
                else draw.choice(values)
            )
    return found


def _change(draw: random.Random, number: int, actor: Actor) -> None:
    now = state.fetch([number])[number]
    allowed = [move["to"] for move in enabled_transitions(now, actor)]
    changes: list[dict[str, Any]] = [
        {"message": {"type": "comment", "content": draw.choice(TEXTS[1:])}},
        {"message": {"type": "correspond", "content": draw.choice(TEXTS[1:])}},
        {"subject": draw.choice(TEXTS)},
        {"custom_fields": _fields(draw)},
        *({"status": status} for status in allowed),
    ]
    with suppress(OpenDependencies):
        service.apply(number, draw.choice(changes), actor=actor)
