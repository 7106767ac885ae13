"""Copies of tickets, in bulk: the rows that the door would have written, and nothing of the patterns in them."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.db.models import F, Max
from pytest_django.plugin import DjangoDbBlocker

from scrips import wakes
from scrips.models import Attempt, Delivery, Run
from tessera.demo import builder, large
from tessera.demo.bulk import multiply, patterns, scene
from tessera.demo.bulk.copies import NUMBERED, Batch, Copier, Order, Pattern, World, rows_of
from tessera.demo.bulk.groups import MODELS
from tessera.demo.bulk.multiply import MakerGone, Progress
from tessera.demo.bulk.tables import write
from tessera.demo.company import Company
from tessera.demo.growth import grown
from tessera.lib import clock
from tessera.lib.query.fold import fold
from tickets import service
from tickets.models import Link, Message, Ticket, Transaction, Watcher
from tickets.replay import verify
from tickets.service import system_actor

NOW = datetime(2026, 3, 18, 15, 0, 0, 250_000, tzinfo=UTC)
TOLD, TICKETS = 60, 260


@dataclass(frozen=True)
class Made:
    """What was made: the patterns taken apart, what their gaps are filled from, and what was told of it."""

    patterns: list[Pattern]
    world: World
    steps: list[Progress]
    before: set[tuple[str, str]]


def make(tickets: int = TICKETS, *, told: int = TOLD, seed: int = 5) -> list[Progress]:
    company = grown(tickets)
    empty()
    with wakes.held(), clock.at(NOW):
        return list(large.make(tickets, seed=seed, company=company, now=NOW, told=told))


def empty() -> None:
    """As `--reset` does it, so that ids begin at 1."""
    check()
    builder.empty()


def check() -> None:
    """Tests never commit; what would be checked at COMMIT is checked now."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
        cursor.execute("SET CONSTRAINTS raises_generation IMMEDIATE")


def schema() -> set[tuple[str, str]]:
    """Every index and constraint, as the database defines it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conname::text, pg_get_constraintdef(oid) FROM pg_constraint"
            " UNION ALL SELECT indexname::text, indexdef FROM pg_indexes WHERE schemaname = 'public'"
        )
        return set(cursor.fetchall())


@pytest.fixture(scope="module")
def made(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Made]:
    """Some patterns and their copies; the patterns are read again from among all."""
    company: Company = grown(TICKETS)
    with django_db_blocker.unblock(), transaction.atomic():
        before = schema()
        steps = make()
        world = scene.world_of(company)
        yield Made(_told(company), world, steps, before)
        transaction.set_rollback(True)


def _told(company: Company) -> list[Pattern]:
    found = patterns.read(scene.staff_of(company))
    return [pattern for pattern in found if int(pattern.own[0]) <= TOLD]


def loaded(tables: dict[str, bytes]) -> dict[str, list[dict[str, Any]]]:
    """Lines as rows: what COPY makes of them, in tables of their own, in the order of their ids."""
    found = {}
    with transaction.atomic(), connection.cursor() as cursor:
        for table in NUMBERED:
            cursor.execute(f"CREATE TEMP TABLE {table} (LIKE public.{table})")
        write(tables.items())
        for table in NUMBERED:
            cursor.execute(f"SELECT to_jsonb(t) FROM pg_temp.{table} t ORDER BY id")  # noqa: S608  # ours
            found[table] = [_row(row) for (row,) in cursor.fetchall()]
        transaction.set_rollback(True)  # and their locks with them
    return found


def _row(told: Any) -> dict[str, Any]:
    row: dict[str, Any] = json.loads(told) if isinstance(told, str) else told
    return {name: value for name, value in row.items() if name not in {"words", "subject_words"}}


def stored(ids: list[int]) -> dict[str, list[dict[str, Any]]]:
    """The rows of tickets as they stand in the database."""
    ways = {
        "tickets_ticket": "id = ANY(%s)",
        "tickets_link": "source_id = ANY(%s)",
        "scrips_attempt": "delivery_id IN (SELECT id FROM scrips_delivery WHERE ticket_id = ANY(%s))",
        "scrips_run": "transaction_id IN (SELECT id FROM tickets_transaction WHERE ticket_id = ANY(%s))",
    }
    found = {}
    with connection.cursor() as cursor:
        for table in NUMBERED:
            way = ways.get(table, "ticket_id = ANY(%s)")
            text = f"SELECT to_jsonb(t) FROM {table} t WHERE {way} ORDER BY id"  # noqa: S608  # ours
            cursor.execute(text, [ids])
            found[table] = [_row(row) for (row,) in cursor.fetchall()]
    return found


def ids_of(pattern: Pattern) -> list[int]:
    return [int(number) for number in pattern.own[: pattern.tickets]]


def lines_of(pattern: Pattern) -> dict[str, bytes]:
    found: dict[str, list[str]] = {}
    for table, line in rows_of(pattern, pattern.own):
        found.setdefault(table, []).append(line)
    return {table: ("\n".join(lines) + "\n").encode() for table, lines in found.items()}


def copy_of(made: Made, number: int) -> dict[str, bytes]:
    first = dict.fromkeys(NUMBERED, 9_000_000)
    order = Order(number, 0, 1_700_000_000_123_456)
    return Copier(made.patterns, made.world).make(Batch("7", first, [order]))


def test_there_are_as_many_as_were_asked_for_and_verify_finds_no_fault(made: Made) -> None:
    found = [fault for _tickets, _rows, faults in verify() for fault in faults]
    ids = list(Ticket.objects.order_by("pk").values_list("pk", flat=True))
    assert (found, ids) == ([], list(range(1, TICKETS + 1)))


def test_the_patterns_have_every_kind_of_row(made: Made) -> None:
    kinds = set(Transaction.objects.filter(ticket__lte=TOLD).values_list("type", flat=True))
    assert kinds >= {"Create", "Set", "CustomField", "StatusChange", "Comment", "Correspond"}
    assert kinds >= {"AddLink", "EmailRecord", "WebhookDelivery"}
    assert {*Link.objects.values_list("type", flat=True)} == {"depends_on", "refers_to"}
    assert {*Watcher.objects.values_list("role", flat=True)} == {"requestor", "cc"}


def test_a_pattern_filled_with_its_own_values_is_the_rows_that_the_door_wrote(made: Made) -> None:
    for pattern in made.patterns:
        assert loaded(lines_of(pattern)) == stored(ids_of(pattern))


# What may be another in a copy. All else is the same; of JSON the shape is, and what is no text or number.
VARIED = {
    "tickets_ticket": {
        "subject", "search_subject", "queue_id", "owner_id", "updated_by_id", "priority", "head",
        "due_at", "started_at", "resolved_at", "created_at", "updated_at",
    },
    "tickets_transaction": {"ticket_id", "creator_id", "created_at", "batch", "cause_scrip_id",
        "cause_transaction_id", "delivery_id", "digest", "old_value", "new_value"},
    "tickets_message": {"ticket_id", "content", "search_content", "sha256", "creator_id", "created_at"},
    "tickets_watcher": {"ticket_id", "email", "address"},
    "tickets_link": {"source_id", "target_id"},
    "scrips_delivery": {"ticket_id", "transaction_id", "scrip_id", "created_at", "sent_at"},
    "scrips_attempt": {"delivery_id", "started_at", "duration_ms"},
    "scrips_run": {"transaction_id", "scrip_id", "because", "duration_us", "created_at"},
}  # fmt: skip


def shape(value: Any) -> Any:
    """A value without its texts and numbers."""
    if isinstance(value, dict):
        return {name: shape(held) for name, held in value.items()}
    if isinstance(value, list):
        return [shape(held) for held in value]
    return value if isinstance(value, bool | None) else type(value).__name__


def test_a_copy_has_every_row_of_its_pattern_and_the_same_in_all_that_is_not_varied(
    made: Made,
) -> None:
    for number, pattern in enumerate(made.patterns):
        copied, there = loaded(copy_of(made, number)), stored(ids_of(pattern))
        assert {t: len(rows) for t, rows in copied.items()} == {
            t: len(rows) for t, rows in there.items()
        }
        for table, rows in there.items():
            for row, copy in zip(rows, copied[table], strict=True):
                for name, value in row.items():
                    if name in VARIED[table] or name == "id":
                        same: bool = (value is None) == (
                            copy[name] is None
                        ) or name == "search_content"
                    elif isinstance(value, dict | list):
                        same = shape(value) == shape(copy[name])
                    else:
                        same = value == copy[name]
                    assert same, (table, name, value, copy[name])


def test_nothing_of_a_pattern_is_left_in_its_copies(made: Made) -> None:
    for number, pattern in enumerate(made.patterns):
        said = b"\n".join(copy_of(made, number).values()).decode()
        mine = stored(ids_of(pattern))
        for ticket in mine["tickets_ticket"]:
            assert f"TKT-{ticket['id']:04d}" not in said
            assert f"ticket.{ticket['id']}@" not in said
        for row in mine["tickets_transaction"]:
            assert row["digest"] not in said
        for delivery in mine["scrips_delivery"]:
            own = delivery["payload"].get("message_id") or delivery["payload"]["webhook_id"]
            assert own not in said


def test_messages_have_their_hash_and_what_queries_compare(made: Made) -> None:
    for message in Message.objects.all():
        folded = None if message.content.isascii() else fold(message.content)
        assert message.sha256 == hashlib.sha256(message.content.encode()).hexdigest()
        assert message.search_content == folded


def test_distances_in_time_are_those_of_the_pattern(made: Made) -> None:
    for number, pattern in enumerate(made.patterns):
        there = [_moment(row) for row in stored(ids_of(pattern))["tickets_transaction"]]
        copied = [_moment(row) for row in loaded(copy_of(made, number))["tickets_transaction"]]
        assert [at - copied[0] for at in copied] == [at - there[0] for at in there]


def _moment(row: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(row["created_at"])


def test_nothing_is_later_than_now_and_ids_count_in_the_order_of_time(made: Made) -> None:
    assert (Transaction.objects.aggregate(last=Max("created_at"))["last"]) <= NOW
    alone = Ticket.objects.filter(links_out=None, links_in=None).order_by("pk")
    began = [
        list(alone.filter(**part).values_list("created_at", flat=True))
        for part in ({"pk__lte": TOLD}, {"pk__gt": TOLD})
    ]
    assert [sorted(part) for part in began] == began
    assert began[0][-1] < began[1][-1]


def test_no_ticket_is_closed_that_depends_on_an_open_one(made: Made) -> None:
    depending = Link.objects.filter(type="depends_on", source__resolved_at__isnull=False)
    assert depending.exists()
    assert not depending.filter(target__resolved_at=None).exists()


def test_owners_and_writers_work_for_the_queue(made: Made) -> None:
    teams = {
        place.values["id"]: {agent[0] for agent in place.agents}
        for places in made.world.places.values()
        for place in places
    }
    for queue_id, owner_id in Ticket.objects.exclude(owner=None).values_list(
        "queue_id", "owner_id"
    ):
        assert str(owner_id) in teams[str(queue_id)]


def test_scrips_that_acted_are_those_of_the_ticket_s_queue(made: Made) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM scrips_run r JOIN tickets_transaction x ON x.id = r.transaction_id"
            " JOIN tickets_ticket t ON t.id = x.ticket_id JOIN scrips_scrip s ON s.id = r.scrip_id"
            " WHERE s.name <> r.name OR NOT (s.everywhere OR EXISTS ("
            "SELECT FROM scrips_scripqueue p WHERE p.scrip_id = s.id AND p.queue_id = t.queue_id))"
        )
        assert cursor.fetchone() == (0,)


def test_what_was_sent_is_settled_and_on_record(made: Made) -> None:
    recorded = Transaction.objects.filter(type__in=["EmailRecord", "WebhookDelivery"])
    deliveries = Delivery.objects.all()
    assert set(deliveries.values_list("status", "attempts", "recorded")) == {("sent", 1, True)}
    assert deliveries.count() == recorded.count() == Attempt.objects.count()
    assert not recorded.exclude(delivery_id__in=deliveries.values("pk")).exists()
    assert not Delivery.objects.exclude(ticket=F("transaction__ticket")).exists()
    ids = [row.payload.get("message_id") or row.payload["webhook_id"] for row in deliveries]
    assert len({*ids}) == len(ids)
    assert not Run.objects.filter(verdict="failed").exists()


def test_indexes_and_constraints_are_as_they_were(made: Made) -> None:
    assert schema() == made.before


def test_the_sequences_end_at_the_last_id_and_the_door_goes_on(made: Made) -> None:
    for model in MODELS:
        table = model._meta.db_table
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT last_value FROM {table}_id_seq")  # noqa: S608  # ours
            assert cursor.fetchone() == (model._default_manager.aggregate(last=Max("pk"))["last"],)
    with transaction.atomic():
        outcome = service.create(
            {"subject": "One more", "queue": "IT Support"}, actor=system_actor()
        )
        assert outcome.ticket.id == TICKETS + 1
        transaction.set_rollback(True)


def test_it_is_told_how_far_it_has_come(made: Made) -> None:
    by_stage: dict[str, list[Progress]] = {}
    for step in made.steps:
        by_stage.setdefault(step.doing, []).append(step)
    assert list(by_stage) == ["patterns", "", "indexes"]
    for steps in by_stage.values():
        assert [step.done for step in steps] == sorted(step.done for step in steps)
        assert steps[-1].done == steps[-1].total
    assert by_stage[""][-1].total == TICKETS - TOLD


def test_subjects_and_queues_and_customers_differ(made: Made) -> None:
    copies = Ticket.objects.filter(pk__gt=TOLD)
    queues = Counter(copies.values_list("queue_id", flat=True))
    assert len(queues) > 20
    assert copies.values("subject").distinct().count() > 100
    assert Watcher.objects.filter(role="requestor").values("address").distinct().count() > 30


@pytest.mark.django_db
def test_the_same_seed_makes_the_same_and_another_another() -> None:
    heads = []
    for seed in (3, 3, 4):
        make(60, told=20, seed=seed)
        heads.append(list(Ticket.objects.order_by("pk").values_list("head", "search_subject")))
    assert heads[0] == heads[1] != heads[2]


@pytest.mark.django_db
def test_a_process_that_fails_ends_it_and_leaves_what_there_was() -> None:
    make(20, told=20)
    there = schema()
    company = grown(20)
    world = replace(scene.world_of(company), keys={})
    found = patterns.read(scene.staff_of(company))
    with pytest.raises(MakerGone), transaction.atomic():
        list(multiply.multiply(9, seed=3, patterns=found, world=world, weeks=3))
    assert (Ticket.objects.count(), schema()) == (20, there)
    outcome = service.create({"subject": "One more", "queue": "IT Support"}, actor=system_actor())
    assert outcome.ticket.id == 21


@pytest.mark.django_db
def test_the_command_makes_copies_beyond_a_number_and_reset_removes_them(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(large, "THROUGH_THE_DOOR", 30)
    monkeypatch.setattr(large, "PATTERNS", 20)
    empty()
    with clock.at(NOW):
        call_command("demo", tickets=50)
        assert Ticket.objects.count() == 50
        told = capsys.readouterr().err.splitlines()
        assert {"demo: 20/20 patterns", "demo: 30/30 tickets"} <= {*told}
        assert any(line.endswith("indexes") for line in told)
        check()
        call_command("demo", tickets=12, reset=True)
    assert capsys.readouterr().out.startswith("Removing all 50 tickets")
    assert (Ticket.objects.count(), Transaction.objects.filter(ticket__gt=12).count()) == (12, 0)
