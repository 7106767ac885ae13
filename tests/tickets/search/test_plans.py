"""What the planner makes of searches on fifty thousand tickets: which index each shape reaches."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from pytest_django.plugin import DjangoDbBlocker

from customfields.models import CustomField
from lifecycles.models import Lifecycle
from tessera.accounts.models import ApiToken, User
from tests.api.caller import Caller
from tests.people import administrator, grant
from tickets.models import Queue, QueueField

TICKETS = 50_000
QUEUES = 40


@pytest.fixture(scope="module")
def many(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[dict[str, User]]:
    """Tickets in forty queues with texts of a few thousand words, and people who see few of them or all."""
    with django_db_blocker.unblock(), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS raises_generation IMMEDIATE")
        yield _fill()
        transaction.set_rollback(True)


def _fill() -> dict[str, User]:
    lifecycle = Lifecycle.objects.get(name="default")
    queues = [Queue.objects.create(name=f"q{n}", lifecycle=lifecycle) for n in range(QUEUES)]
    for key, type_ in (("severity", "SelectSingle"), ("asset", "Freeform"), ("seats", "Integer")):
        values = ["low", "high"] if type_ == "SelectSingle" else []
        field = CustomField.objects.create(key=key, name=key, field_type=type_, values=values)
        for queue in queues:
            QueueField.objects.create(queue=queue, field=field, position=0)
    people = {
        name: User.objects.create_user(name, email=f"{name}@example.com")
        for name in ("agent", "customer", "owner")
    }
    people["admin"] = administrator("root", email="root@example.com")
    for queue in queues[:3]:
        grant("agent", user=people["agent"], queue=queue)
    with connection.cursor() as cursor:
        # What is made below is known to be right; foreign keys of so many rows take longer than the test.
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(
            """
            INSERT INTO tickets_ticket (subject, search_subject, queue_id, lifecycle_version_id, status, creator_id,
                updated_by_id, owner_id, priority, due_at, created_at, updated_at, custom_fields, search_fields,
                version, last_seq, head)
            SELECT s, s, (%(queues)s::bigint[])[1 + n %% %(many)s], %(version)s,
                (ARRAY['open', 'resolved', 'resolved', 'new'])[1 + n / 7 %% 4], %(by)s, %(by)s,
                CASE WHEN n %% 500 = 0 THEN %(owner)s ELSE NULL END, n %% 100,
                CASE WHEN n %% 3 = 0 THEN now() + n * interval '1 minute' END,
                now() - n * interval '1 minute', now() - n * interval '1 minute', f, f, 1, 1, ''
            FROM (SELECT n, 'word' || (n * 7919 %% 3001) || ' printer ' || n AS s, jsonb_build_object(
                    'severity', jsonb_build_array(CASE WHEN n %% 10 = 0 THEN 'high' ELSE 'low' END),
                    'asset', jsonb_build_array('a-' || (n * 31 %% 9973)),
                    'seats', jsonb_build_array(n %% 5000)) AS f
                FROM generate_series(1, %(tickets)s) AS n) AS made
            """,
            {
                "queues": [queue.pk for queue in queues],
                "many": QUEUES,
                "version": lifecycle.current_id,
                "by": people["admin"].pk,
                "owner": people["owner"].pk,
                "tickets": TICKETS,
            },
        )
        cursor.execute(
            """
            INSERT INTO tickets_message (ticket_id, content, content_type, internal, sha256, creator_id, created_at)
            SELECT id, 'the machine says ' || subject, 'text/plain', false, '', creator_id, created_at
            FROM tickets_ticket
            """
        )
        cursor.execute(
            """
            INSERT INTO tickets_watcher (ticket_id, role, email, address)
            SELECT id, 'requestor', a, a FROM (SELECT id, 'p' || (split_part(subject, ' ', 3)::int %% 4001)
                || '@example.com' AS a FROM tickets_ticket) AS made
            """,
            [],
        )
        cursor.execute(
            """
            INSERT INTO tickets_transaction (ticket_id, seq, type, field, old_value, new_value, data, creator_id,
                created_at, batch, digest)
            SELECT id, 1, 'Create', '', NULL, NULL, '{}', creator_id, created_at, 1, '' FROM tickets_ticket
            ORDER BY created_at
            """
        )
        cursor.execute("SET LOCAL session_replication_role = origin")
        for index in (
            "ticket_fields",
            "ticket_subject_part",
            "ticket_subject_words",
            "message_words",
        ):
            cursor.execute("SELECT gin_clean_pending_list(%s::regclass)", [index])
        cursor.execute(
            "ANALYZE tickets_ticket, tickets_watcher, tickets_transaction, tickets_message, tickets_link"
        )
    return people


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", ()):
        yield from nodes(part)


def plan_of_page(
    user: User, query: str, order: str = "-updated_at,id"
) -> tuple[int, dict[str, Any]]:
    """How many tickets a search counts, and the plan of the statement that reads its first page."""
    caller = Caller(ApiToken.issue(user))
    with CaptureQueriesContext(connection) as asked:
        answer = caller.post("/api/tickets/search", {"query": query, "order": order})
    assert answer.status_code == 200, answer.content
    page = next(
        one["sql"]
        for one in asked.captured_queries
        if one["sql"].startswith("SELECT") and " LIMIT 51" in one["sql"]
    )
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {page}")
        (found,) = cursor.fetchone()
    (plan,) = json.loads(found) if isinstance(found, str) else found
    return answer.json()["count"], plan["Plan"]


@pytest.mark.parametrize(
    ("query", "index", "count", "buffers"),
    [
        ("CF.asset = 'A-31'", "ticket_fields", 6, 60),
        ("CF.asset = 'a-31' AND CF.severity = low", "ticket_fields", 5, 60),
        ("CF.asset = 'a-31' OR CF.asset = 'a-62' OR CF.asset = 'a-93'", "ticket_fields", 18, 60),
        ("Subject LIKE 'word2999 PRINT'", "ticket_subject_part", 17, 300),
        ("Subject STARTSWITH 'word2999 '", "ticket_subject", 17, 60),
        ("Subject MATCHES word2999", "ticket_subject_words", 17, 60),
        ("Content MATCHES word2999", "message_words", 17, 200),
        ("Content MATCHES machine", "ticket_updated", 10_000, 400),
        ("Queue = q7 AND Status = open", "ticket_queue_status", 179, 150),
        ("Queue = q7 AND (Status = open OR Status = new)", "ticket_updated", 535, 800),
        ("Owner = 'owner'", "ticket_owner", 100, 150),
        ("Requestor = 'P77@example.com'", "watcher_address", 13, 120),
        ("Status = open OR Requestor = 'p77@example.com'", "ticket_updated", 10_000, 100),
        ("Priority > 50 AND Status = resolved", "ticket_status", 10_000, 100),
    ],
)
def test_a_page_reads_little_by_the_index_that_is_for_it(
    many: dict[str, User], query: str, index: str, count: int, buffers: int
) -> None:
    counted, plan = plan_of_page(many["admin"], query)

    used = {node.get("Index Name") for node in nodes(plan)} - {None}
    scanned = [node.get("Relation Name") for node in nodes(plan) if "Seq" in node["Node Type"]]
    read = plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]
    assert (counted, index in used, scanned) == (count, True, []), (used, counted, read)
    assert read <= buffers, read
