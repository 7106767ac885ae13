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
from tessera.lib import patience
from tests.api.caller import Caller
from tests.people import administrator, grant
from tickets import field_usage, indexing
from tickets.models import Queue, QueueField
from tickets.search import counting

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
    for key, type_ in (
        ("severity", "SelectSingle"),
        ("asset", "Freeform"),
        ("seats", "Integer"),
        ("rare", "Freeform"),
    ):
        values = ["low", "high"] if type_ == "SelectSingle" else []
        field = CustomField.objects.create(
            key=key, name=key, field_type=type_, values=values, indexed=key == "seats"
        )
        for queue in queues:
            QueueField.objects.create(queue=queue, field=field, position=0)
    people = {
        name: User.objects.create_user(name, email=f"{name}@example.com")
        for name in ("agent", "customer", "owner", "office")
    }
    people["admin"] = administrator("root", email="root@example.com")
    for queue in queues[:3]:
        grant("agent", user=people["agent"], queue=queue)
    grant("customer", ticket_role="cc")
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
                    'seats', jsonb_build_array(n %% 5000))
                    || CASE WHEN n %% 833 = 0 THEN '{"rare": ["x"]}'::jsonb ELSE '{}' END AS f
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
        # One watches nearly all; a few tickets depend on each other, of which he watches one of two.
        cursor.execute(
            """
            INSERT INTO tickets_watcher (ticket_id, role, email, address)
            SELECT id, 'cc', 'office@example.com', 'office@example.com' FROM tickets_ticket
            WHERE split_part(subject, ' ', 3)::int %% 25 > 0
            """,
            [],
        )
        cursor.execute(
            """
            INSERT INTO tickets_link (source_id, target_id, type)
            SELECT id, lead(id) OVER (ORDER BY id), 'depends_on' FROM tickets_ticket
            WHERE split_part(subject, ' ', 3)::int %% 50 < 2 ORDER BY id LIMIT 1000
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
        for made in indexing.wanted():  # within a transaction none can be made beside the traffic
            cursor.execute(made.statement().as_string().replace("CONCURRENTLY ", ""))
        for index in (
            "ticket_fields",
            "ticket_keys",
            "ticket_subject_part",
            "ticket_subject_words",
            "message_words",
        ):
            cursor.execute("SELECT gin_clean_pending_list(%s::regclass)", [index])
        # With few samples one of them that fits stands for hundreds of tickets.
        cursor.execute("ALTER TABLE tickets_ticket ALTER search_subject SET STATISTICS 1000")
        cursor.execute(
            "ANALYZE tickets_ticket, tickets_watcher, tickets_transaction, tickets_message, tickets_link"
        )
    return people


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", ()):
        yield from nodes(part)


def plans_of(
    user: User, query: str, order: str = "-updated_at,id"
) -> tuple[int, dict[str, Any], dict[str, Any] | None]:
    """How many tickets a search counts, and the plans of the statements that read its first page and counted last;
    None where nothing was."""
    caller = Caller(ApiToken.issue(user))
    with CaptureQueriesContext(connection) as asked:
        answer = caller.post("/api/tickets/search", {"query": query, "order": order})
    assert answer.status_code == 200, answer.content
    sql = [one["sql"] for one in asked.captured_queries if one["sql"].startswith("SELECT")]
    page = next(text for text in sql if " LIMIT 51" in text)
    counts = [text for text in sql if " LIMIT 10001" in text and "COUNT(*)" in text]
    count = explained(counts[-1]) if counts and "tickets_ticket" in counts[-1] else None
    return answer.json()["count"], explained(page), count


def explained(sql: str) -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {sql}")
        (found,) = cursor.fetchone()
    (plan,) = json.loads(found) if isinstance(found, str) else found
    top: dict[str, Any] = plan["Plan"]
    return top


def read_by(plan: dict[str, Any]) -> int:
    return int(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"])


def _of_watchers(node: dict[str, Any]) -> bool:
    return node.get("Relation Name") == "tickets_watcher"


def indexes_of(plan: dict[str, Any]) -> set[str]:
    return {node["Index Name"] for node in nodes(plan) if "Index Name" in node}


@pytest.mark.parametrize(
    ("query", "index", "count", "buffers"),
    [
        ("CF.asset = 'A-31'", "ticket_fields", 6, 60),
        ("CF.asset = 'a-31' AND CF.severity = low", "ticket_fields", 5, 60),
        ("CF.asset = 'a-31' OR CF.asset = 'a-62' OR CF.asset = 'a-93'", "ticket_fields", 18, 60),
        ("Subject LIKE 'word2999 PRINT'", "ticket_subject_part", 17, 300),
        ("Subject STARTSWITH 'word2999 '", "ticket_subject", 17, 80),
        ("Subject MATCHES word2999", "ticket_subject_words", 17, 80),
        ("Content MATCHES word2999", "message_words", 17, 200),
        ("Content MATCHES machine", "ticket_updated", 10_000, 400),
        ("Queue = q7 AND Status = open", "ticket_queue_status", 179, 150),
        ("Queue = q7 AND (Status = open OR Status = new)", "ticket_updated", 535, 800),
        ("Owner = 'owner'", "ticket_owned", 100, 150),
        ("Requestor = 'P77@example.com'", "watcher_of_address", 13, 120),
        ("Status = open OR Requestor = 'p77@example.com'", "ticket_updated", 10_000, 100),
        ("Priority > 50 AND Status = resolved", "ticket_status", 10_000, 100),
    ],
)
def test_a_page_reads_little_by_the_index_that_is_for_it(
    many: dict[str, User], query: str, index: str, count: int, buffers: int
) -> None:
    counted, plan, _count = plans_of(many["admin"], query)

    used = indexes_of(plan)
    scanned = [node.get("Relation Name") for node in nodes(plan) if "Seq" in node["Node Type"]]
    read = read_by(plan)
    assert (counted, index in used, scanned) == (count, True, []), (used, counted, read)
    assert read <= buffers, read


@pytest.mark.parametrize(
    ("who", "query", "index", "count", "buffers"),
    [
        ("admin", "DependsOn IS NOT NULL", "", 1_000, 4_000),
        ("admin", "NOT Status = resolved AND NOT CF.severity = low", "ticket_status", 2_499, 5_500),
        ("agent", "Status != resolved AND Priority < 90", "ticket_queue_status", 1_963, 3_000),
        ("admin", "Content MATCHES machine", "ticket_seen", 10_000, 3_000),
        ("office", "Content MATCHES machine", "watcher_of_address", 10_000, 3_000),
        ("office", "Watcher = '__CurrentUser__'", "watcher_of_address", 10_000, 50_000),
        ("office", "Queue = q7", "watcher_of_address", 1_250, 4_000),
        ("office", "Status = open OR Queue = q7", "ticket_seen", 10_000, 5_000),
        ("admin", "CF.rare IS NOT NULL", "ticket_keys", 60, 100),
    ],
)
def test_a_count_reads_little_by_the_index_that_is_for_it(
    many: dict[str, User], who: str, query: str, index: str, count: int, buffers: int
) -> None:
    counted, _page, plan = plans_of(many[who], query)

    assert plan is not None
    used, read = indexes_of(plan), read_by(plan)
    assert (counted, not index or index in used) == (count, True), (used, counted, read)
    assert read <= buffers, read


@pytest.mark.parametrize(
    ("query", "order", "count", "buffers"),
    [
        ("CF.seats >= 100 AND CF.seats < 110", "-updated_at,id", 100, 250),
        ("CF.seats > 4990", "cf.seats", 90, 250),
        ("Status = open", "-cf.seats", 10_000, 400),
    ],
)
def test_a_range_and_an_order_of_an_indexed_field_read_little_by_its_index(
    many: dict[str, User], query: str, order: str, count: int, buffers: int
) -> None:
    field = CustomField.objects.get(key="seats")
    counted, plan, _count = plans_of(many["admin"], query, order)

    assert (counted, f"ticket_field_{field.pk}" in indexes_of(plan)) == (count, True), plan
    assert read_by(plan) <= buffers, read_by(plan)


def test_which_of_an_owner_s_tickets_an_agent_sees_his_index_tells(many: dict[str, User]) -> None:
    _counted, plan, _count = plans_of(many["agent"], "Queue = q9 OR Owner = 'owner'")

    conditions = [
        node["Index Cond"] for node in nodes(plan) if node.get("Index Name") == "ticket_owned"
    ]
    assert any("queue_id" in each for each in conditions), conditions
    assert "ticket_queue_status" not in indexes_of(plan)
    assert read_by(plan) <= 300, read_by(plan)


def test_that_an_owner_s_tickets_are_not_deleted_his_index_tells(many: dict[str, User]) -> None:
    _counted, _page, plan = plans_of(many["admin"], "Owner = 'owner'")

    assert plan is not None
    asked = [node for node in nodes(plan) if node.get("Relation Name") == "tickets_ticket"]
    assert [(node["Node Type"], node["Index Name"]) for node in asked] == [
        ("Index Only Scan", "ticket_owned")
    ]


def test_links_are_not_looked_for_ticket_by_ticket_among_all_that_somebody_watches(
    many: dict[str, User],
) -> None:
    counted, plan, count = plans_of(many["office"], "DependsOn IS NOT NULL")

    assert (counted, count) == (0, None)  # what fits on the page is counted there
    assert "ticket_updated" not in indexes_of(plan)
    assert read_by(plan) <= 6_000, read_by(plan)
    # What he watches is not read whole for either end.
    conditions = [node.get("Index Cond", "") for node in nodes(plan) if _of_watchers(node)]
    assert sum("ticket_id" not in each for each in conditions) <= 1, conditions


def test_of_tickets_that_stand_where_they_should_those_alone_are_read_which_somebody_watches(
    many: dict[str, User], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting, "_TICKETS", 200)  # what fits is too much to be looked for whole

    counted, _page, plan = plans_of(
        many["office"], "Queue = q7 AND NOT Status = resolved AND CF.severity = low"
    )

    assert plan is not None
    asked = [node for node in nodes(plan) if "search_fields" in node.get("Filter", "")]
    assert (counted, len(asked)) == (535, 1)
    assert "id = ANY" in asked[0]["Index Cond"]


def test_of_those_who_watch_only_the_index_is_read(many: dict[str, User]) -> None:
    _counted, plan, _count = plans_of(many["admin"], "Requestor = 'p77@example.com'")

    kinds = {
        node["Node Type"] for node in nodes(plan) if node.get("Relation Name") == "tickets_watcher"
    }
    assert kinds == {"Index Only Scan"}


def test_what_is_sorted_anyhow_is_tried_once_and_what_is_walked_for_a_while(
    many: dict[str, User],
) -> None:
    caller = Caller(ApiToken.issue(many["admin"]))

    def limits(query: str) -> list[int]:
        with CaptureQueriesContext(connection) as asked:
            assert caller.post("/api/tickets/search", {"query": query}).status_code == 200
        told = [
            each["sql"] for each in asked.captured_queries if "statement_timeout" in each["sql"]
        ]
        return [int(sql.split("'")[3]) // patience.TIMES for sql in told][:2]

    assert limits("CF.asset = 'a-31'") == [60, 6000]
    assert limits("Subject MATCHES word2999") == [60, 6000]
    assert limits("Status = open") == [60, 5000]  # that of the count


def test_how_many_tickets_have_a_field_is_told_by_its_index(many: dict[str, User]) -> None:
    with CaptureQueriesContext(connection) as asked:
        found = field_usage.of_field(CustomField(key="rare"))
    plan = explained(asked.captured_queries[-1]["sql"])

    assert (found, indexes_of(plan)) == (60, {"ticket_keys"})
    assert read_by(plan) <= 100
