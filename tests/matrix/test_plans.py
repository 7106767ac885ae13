"""What the planner makes of rights on a hundred thousand tickets."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from pytest_django.plugin import DjangoDbBlocker

from lifecycles.models import Lifecycle
from tessera.accounts.models import ApiToken, User
from tests.api.caller import Caller
from tests.people import administrator, grant
from tickets import access
from tickets.access import Actor
from tickets.models import Queue, Ticket

TICKETS = 100_000
QUEUES = 40


@pytest.fixture(scope="module")
def crowd(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[dict[str, User]]:
    """A hundred thousand tickets in forty queues, and people who see few of them or many."""
    with django_db_blocker.unblock(), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS raises_generation IMMEDIATE")
        yield _fill()
        transaction.set_rollback(True)


def _fill() -> dict[str, User]:
    lifecycle = Lifecycle.objects.get(name="default")
    queues = [Queue.objects.create(name=f"q{n}", lifecycle=lifecycle) for n in range(QUEUES)]
    people = {
        name: User.objects.create_user(name, email=f"{name}@example.com")
        for name in ("agent", "keeper", "customer", "watcher", "old", "old_watcher", "noone")
    }
    people["admin"] = administrator("root")
    for queue in queues[:3]:
        grant("agent", user=people["agent"], queue=queue)
    attic = Queue.objects.create(name="attic", lifecycle=lifecycle)
    grant("agent", user=people["keeper"], queue=attic)
    with connection.cursor() as cursor:
        # Millions of foreign keys need not be looked up for what is known to be right.
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(
            """
            INSERT INTO tickets_ticket (subject, queue_id, lifecycle_version_id, status, creator_id, updated_by_id,
                priority, created_at, updated_at, custom_fields, version, last_seq, head)
            SELECT 'Ticket ' || n, (%(queues)s::bigint[])[1 + n %% %(many)s], %(version)s, 'open', %(by)s, %(by)s,
                n %% 100, now() - n * interval '1 minute', now() - n * interval '1 minute', '{}', 1, 1, ''
            FROM generate_series(1, %(tickets)s) AS n
            """,
            {
                "queues": [queue.pk for queue in queues],
                "many": QUEUES,
                "version": lifecycle.current_id,
                "by": people["admin"].pk,
                "tickets": TICKETS,
            },
        )
        cursor.execute(
            """
            UPDATE tickets_ticket SET queue_id = %s
            WHERE id IN (SELECT id FROM tickets_ticket ORDER BY updated_at LIMIT 200)
            """,
            [attic.pk],
        )
        cursor.execute(
            """
            INSERT INTO tickets_transaction (ticket_id, seq, type, field, old_value, new_value, data, creator_id,
                created_at, batch, digest)
            SELECT id, 1, CASE WHEN id %% 3 = 0 THEN 'EmailRecord' ELSE 'Set' END, 'subject', '""', '"x"', '{}', %s,
                created_at, 1, ''
            FROM tickets_ticket ORDER BY created_at
            """,
            [people["admin"].pk],
        )
        # The oldest have high ids: `old` requested forty that nobody has touched for long, `old_watcher` thousands.
        for name, step, first in (
            ("agent", 997, 0),
            ("customer", 20_000, 0),
            ("watcher", 20, 0),
            ("old", 10, TICKETS - 400),
            ("old_watcher", 1, TICKETS - 5_000),
        ):
            cursor.execute(
                """
                INSERT INTO tickets_watcher (ticket_id, role, email, address)
                SELECT id, role, %(email)s, %(email)s
                FROM (SELECT id, row_number() OVER (ORDER BY updated_at DESC) AS n FROM tickets_ticket) t,
                    (VALUES ('requestor'), ('cc')) roles (role)
                WHERE n %% %(step)s = 0 AND n > %(first)s AND (role = 'requestor' OR n %% 2 = 0)
                """,
                {"email": f"{name}@example.com", "step": step, "first": first},
            )
        cursor.execute("SET LOCAL session_replication_role = origin")
        cursor.execute("ANALYZE tickets_ticket, tickets_watcher, tickets_transaction")
    return people


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", ()):
        yield from _nodes(part)


def explained(sql: str) -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {sql}")
        (answer,) = cursor.fetchone()
    (plan,) = json.loads(answer) if isinstance(answer, str) else answer
    found: dict[str, Any] = plan["Plan"]
    return found


def read(user: User, path: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """What a list answers, and the plan of each of its statements that asks for tickets or their log."""
    caller = Caller(ApiToken.issue(user))
    with CaptureQueriesContext(connection) as asked:
        answer = caller.get(path)
    assert answer.status_code == 200, answer.content
    found = (query["sql"] for query in asked.captured_queries)
    rows = [sql for sql in found if "tickets_ticket" in sql or "tickets_transaction" in sql]
    return answer.json(), [explained(sql) for sql in rows]


def buffers(plan: dict[str, Any]) -> int:
    return int(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"])


# Who sees how many, and how many buffers of 8 KiB the page and the count may touch.
@pytest.mark.parametrize(
    ("who", "count", "for_page", "for_count"),
    [
        ("agent", 7_578, 100, 3_000),
        ("keeper", 200, 250, 250),
        ("customer", 5, 40, 40),
        ("old", 40, 200, 200),
        ("watcher", 5_000, 16_000, 16_000),
        ("old_watcher", 5_000, 16_000, 16_000),
        ("noone", 0, 0, 0),
    ],
)
def test_page_one_of_a_hundred_thousand_tickets_reads_what_one_sees(
    crowd: dict[str, User], who: str, count: int, for_page: int, for_count: int
) -> None:
    answer, plans = read(crowd[who], "/api/tickets")

    ids = [row["id"] for row in answer["results"]]
    assert (answer["count"], len(ids), len(set(ids))) == (count, min(count, 50), min(count, 50))
    # Where nothing can be seen nothing is asked, and a page that holds all there are is not counted.
    assert len(plans) == (count > 0) + (count > 50)
    for plan in plans:
        scanned = [node.get("Relation Name") for node in _nodes(plan) if "Seq" in node["Node Type"]]
        assert "tickets_ticket" not in scanned
    for plan, most in zip(plans, (for_page, for_count), strict=False):
        assert buffers(plan) <= most


def test_a_status_is_found_by_its_index_however_it_is_written(crowd: dict[str, User]) -> None:
    few = Ticket.objects.order_by("pk").values("pk")[:60]
    Ticket.objects.filter(pk__in=few).update(status="stalled")

    answer, plans = read(crowd["admin"], "/api/tickets?status=STALLED")

    assert (answer["count"], len(plans)) == (60, 2)
    for plan in plans:
        assert sum(node.get("Rows Removed by Filter", 0) for node in _nodes(plan)) == 0


def test_pages_follow_each_other_without_gap_or_repetition(crowd: dict[str, User]) -> None:
    caller = Caller(ApiToken.issue(crowd["agent"]))
    seen: list[int] = []
    path = "/api/tickets?page_size=200"
    for _page in range(5):
        answer = caller.get(path).json()
        seen += [row["id"] for row in answer["results"]]
        path = answer["next"]
    newest = access.visible_to(Actor.of(crowd["agent"])).order_by("-updated_at", "id")
    assert seen == list(newest.values_list("pk", flat=True)[:1000])


@pytest.mark.parametrize(
    ("who", "for_page"),
    [("agent", 6_000), ("customer", 200), ("old", 400), ("watcher", 30_000), ("noone", 0)],
)
def test_the_log_across_tickets_reads_what_one_sees(
    crowd: dict[str, User], who: str, for_page: int
) -> None:
    _answer, plans = read(crowd[who], "/api/transactions")
    assert bool(plans) == (who != "noone")
    for page in plans[:1]:
        scanned = [node.get("Relation Name") for node in _nodes(page) if "Seq" in node["Node Type"]]
        assert "tickets_ticket" not in scanned
        assert "tickets_transaction" not in scanned
        assert buffers(page) <= for_page
